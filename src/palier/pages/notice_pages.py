"""The list of notices and marking them as read, the same on both faces but for where things stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from palier.pages import notices as words
from palier.pages import speech as speeches
from palier.people import notices
from palier.people.access import Viewer
from palier.people.models import Notice

SHOWN = 100
"""Older ones are looked for where they lead: on the request or the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """Where a face has its list, the template of it, and the pages that notices lead to."""

    template: str
    listed: str
    read: str
    links: words.Links


def page_of(name: str) -> Callable[[str], str]:
    """The address of a page by an id of the data; nothing where the id is none, or the face has no such page."""

    def address(id_: str) -> str:
        try:
            return reverse(name, args=[UUID(id_)])
        except (NoReverseMatch, ValueError):
            return ""

    return address


def listed(request: HttpRequest, viewer: Viewer, face: Face) -> HttpResponse:
    """The latest notices, new ones marked."""
    speech, now = speeches.of(request), timezone.now()
    rows = words.views(viewer, notices.notices(viewer)[:SHOWN], speech, face.links, now)
    page = {"notices": rows, "any_new": any(one.is_new for one in rows), "read_url": reverse(face.read)}
    return render(request, face.template, page)


def read(request: HttpRequest, viewer: Viewer, face: Face) -> HttpResponse:
    """Mark one as read, or all of them where none is named."""
    named, now = request.POST.get("notice", ""), timezone.now()
    if not named:
        notices.read_all(viewer, now)
    else:
        try:
            notices.read(viewer, UUID(named), now)
        except (Notice.DoesNotExist, ValueError):
            raise Http404 from None
    return HttpResponseRedirect(reverse(face.listed))
