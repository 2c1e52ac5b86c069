"""Choices about the pages themselves: language and appearance. Both are plain POSTs that come back to the same page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from palier.pages.context import THEME_COOKIE, THEMES
from palier.pages.middleware import LANGUAGES
from palier.people import signin

_A_YEAR = 365 * 24 * 3600


def _back(request: HttpRequest) -> HttpResponse:
    """To the page the choice was made on; never to another host."""
    wanted = request.POST.get("next", "")
    return HttpResponseRedirect(wanted if signin.is_inside(wanted) else reverse("portal:home"))


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read the pages in another language, here and wherever this person signs in."""
    chosen = request.POST.get("language", "")
    response = _back(request)
    if chosen in LANGUAGES:
        _keep(response, settings.LANGUAGE_COOKIE_NAME, chosen)
        if request.user.is_authenticated:
            request.user.language = chosen
            request.user.save(update_fields=["language"])
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system."""
    chosen = request.POST.get("theme", "")
    response = _back(request)
    if chosen in ("", *THEMES):
        _keep(response, THEME_COOKIE, chosen or "system")
        if request.user.is_authenticated:
            request.user.theme = chosen
            request.user.save(update_fields=["theme"])
    return response
