"""What the reader should know: the list of notices, and marking them as read."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.pages import notices as words
from palier.pages import speech as speeches
from palier.pages import viewing
from palier.people import notices
from palier.people.access import Viewer
from palier.people.models import Notice

SHOWN = 100
"""Older ones are looked for where they lead: on the request or the contract."""


def _page_of(name: str, id_: str) -> str:
    """The address of a page named by an id of the data; nothing where the id is none."""
    try:
        return reverse(name, args=[UUID(id_)])
    except (NoReverseMatch, ValueError):
        return ""


LINKS = words.Links(
    ticket=lambda number: reverse("portal:request", args=[number]),
    contract=lambda id_: reverse("portal:contract", args=[id_]),
    order=lambda id_: _page_of("portal:order", id_),
    invoice=lambda id_: _page_of("portal:invoice", id_),
)


@viewing.for_customers
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The latest notices, new ones marked."""
    speech, now = speeches.of(request), timezone.now()
    rows = words.views(viewer, notices.notices(viewer)[:SHOWN], speech, LINKS, now)
    page = {"notices": rows, "any_new": any(one.is_new for one in rows), "read_url": reverse("portal:read")}
    return render(request, "portal/notices.html", page)


@viewing.for_customers
@require_POST
def read(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Mark one as read, or all of them where none is named."""
    named, now = request.POST.get("notice", ""), timezone.now()
    if not named:
        notices.read_all(viewer, now)
    else:
        try:
            notices.read(viewer, UUID(named), now)
        except (Notice.DoesNotExist, ValueError):
            raise Http404 from None
    return HttpResponseRedirect(reverse("portal:notices"))
