"""One's own shifts, and the addresses at which other calendars read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.desk import on_call
from palier.desk import settings_shared as shared
from palier.pages import moments, on_call_feed, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people.access import Viewer
from palier.services import feeds, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class MyShift:
    """A shift of one's own."""

    roster: str
    begins: str
    ends: str
    lasts: str
    now: bool


def _page(request: HttpRequest, viewer: Viewer, token: str = "") -> dict[str, Any]:
    now, speech = timezone.now(), speeches.of(request)
    here, vendor = speech.moments, shared.vendor(request)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = feeds.shifts(queries.rosters(viewer.vendor_id), of=viewer.as_staff(), day=day)
    key = feeds.key_of(viewer)
    return {
        "here": "mine",
        "runs": on_call.runs(viewer),
        "city": here.city,
        "shifts": [
            MyShift(
                roster=one.roster.name,
                begins=here.day_time(one.start),
                ends=here.day_time(one.end),
                lasts=moments.about(moments.micros(one.end) - moments.micros(one.start), speech.language),
                now=one.start <= now,
            )
            for one in sorted(found, key=lambda one: (one.start, one.roster.name))
            if one.end > now
        ],
        "key": key,
        "made": here.day_time(key.made_at) if key is not None else "",
        "read": here.near(key.read_at, now) if key is not None and key.read_at is not None else "",
        "addresses": on_call_feed.addresses(vendor, token) if token else [],
    }


@viewing.for_staff
@require_safe
def page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The shifts to come, and whether calendars elsewhere read them."""
    on_call.require(viewer)
    return render(request, "desk/on_call_mine.html", _page(request, viewer))


@viewing.shown_by(page, dropping="deed")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, deed: str) -> HttpResponse:
    """New addresses for one's calendars, shown this once; or none any more."""
    on_call.require(viewer)
    if deed == "renew":
        with transaction.atomic():
            token = feeds.renew(by=viewer, now=timezone.now())
        response = render(request, "desk/on_call_mine.html", _page(request, viewer, token))
        # The secret stands in it.
        response["Cache-Control"] = "no-store"
        return response
    if deed != "revoke":
        raise Http404
    feeds.revoke(by=viewer, now=timezone.now())
    messages.success(request, _("No calendar elsewhere reads them any more."))
    return HttpResponseRedirect(reverse("desk:on-call-mine"))
