"""Answers when something is wrong, each naming a way out. A missing thing and another's are told apart by nothing."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from palier.pages import outage
from palier.pages.catalogue import gettext as _


def _answer(request: HttpRequest, status: int, title: str, *ways: str) -> HttpResponse:
    template = (
        "pages/error.html" if getattr(request, "speech", None) is not None else "pages/error_plain.html"
    )
    return render(request, template, {"error_title": title, "ways": ways, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    del exception
    return _answer(
        request,
        400,
        _("We could not read what was sent"),
        _("Go back and send it again. If it happens again, start from the home page."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    del exception
    return _answer(
        request,
        403,
        _("This is not open to you"),
        _("If you think it should be, ask the person who looks after your account."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    del exception
    return _answer(
        request,
        404,
        _("There is nothing here for you"),
        _("The address may be mistyped, or what it names belongs to somebody else."),
        _("What is yours is listed on the home page."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose protection has run out."""
    del reason
    return _answer(
        request,
        403,
        _("This page was open for too long, or cookies are off"),
        _("Go back, reload the page and send again: what you typed is usually still there."),
        _("Sign-in and forms need cookies; allow them for this site."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away. Needs neither database nor session: one of them may be what failed."""
    # Django calls this while it handles what was raised, and hands it over in no other way.
    if outage.is_one(sys.exc_info()[1]):
        return outage.answer(request)
    language = (translation.get_language() or "en").partition("-")[0]
    page = render_to_string(
        "pages/error_plain.html",
        {
            "language": language if language in ("en", "fr") else "en",
            "error_title": _("Something went wrong on our side"),
            "ways": (_("Nothing was saved by this step. Wait a minute, go back and try again."),),
            "status": 500,
        },
    )
    return HttpResponse(page, status=500)
