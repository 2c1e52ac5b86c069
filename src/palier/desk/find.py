"""Searching everything on the desk: a page of results, and the same as a fragment for the command palette."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from palier.desk import find_results
from palier.desk.find_results import Looking
from palier.pages import speech as speeches
from palier.pages import viewing
from palier.people.access import Viewer
from palier.tickets import search

_LAST_PAGE = search.MOST // find_results.A_PAGE


@viewing.for_staff
@require_safe
def find(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was found. Of a number that is a ticket's, the ticket itself."""
    text = request.GET.get("q", "").strip()[: search.LONGEST]
    kind = request.GET.get("kind", "")
    kind = kind if kind in find_results.KINDS else ""
    asked = Looking(viewer=viewer, text=text, speech=speeches.of(request), now=timezone.now())
    if not kind:
        number = _exact(asked)
        if number:
            return HttpResponseRedirect(reverse("desk:ticket", args=[number]))
    page = _page(request.GET.get("page", ""))
    context: dict[str, Any] = {
        "sought": text,
        "kind": kind,
        "sections": find_results.sections(asked, kind=kind, page=page),
        "kinds": [
            (name, words, find_results.address(text, name)) for name, words in find_results.names().items()
        ],
        "all_url": find_results.address(text, ""),
        "first_url": find_results.address(text, kind) if page > 1 else "",
    }
    return render(request, "desk/find.html", context)


def _page(text: str) -> int:
    return (
        min(int(text), _LAST_PAGE)
        if text.isascii() and text.isdecimal() and 0 < len(text) < 4 and int(text)
        else 1
    )


def _exact(asked: Looking) -> str:
    """The number of the ticket that was typed, if it is one this viewer may see."""
    hit = search.by_number(asked.viewer, asked.text)
    lines = search.lines(asked.viewer, hit)
    return lines[0].number if lines else ""


@viewing.for_staff
@require_safe
def results(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The best of each kind, as options of the palette, while the words are being typed."""
    text = request.GET.get("q", "").strip()[: search.LONGEST]
    asked = Looking(
        viewer=viewer, text=text, speech=speeches.of(request), now=timezone.now(), unfinished=True
    )
    sections = find_results.sections(asked, few=3) if len(text) > 1 else ()
    return render(request, "desk/find_options.html", {"sections": sections, "sought": text})
