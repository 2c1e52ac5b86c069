"""The queue."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from palier.desk import queue_view
from palier.pages import hours, viewing
from palier.pages import speech as speeches
from palier.pages.due import DeskDay
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets import lists, orders, ticket_page


@viewing.for_staff
@require_safe
def start(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The desk begins with its queue."""
    del request, viewer
    return HttpResponseRedirect(reverse("desk:queue"))


@viewing.for_staff
@require_safe
def queue(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One view of the open tickets, a page at a time."""
    speech, now = speeches.of(request), timezone.now()
    chosen = request.GET.get("view", "all")
    if chosen not in lists.VIEWS:
        raise Http404
    after = orders.place(request.GET.get("after", ""), orders.Order.QUEUE)
    page = lists.page(viewer, now=now, asked=lists.Asked(view=chosen), after=after)
    zone, day = desk_hours(viewer, speech, now, request.vendor.zone)  # type: ignore[attr-defined]
    view = queue_view.view(
        page, speech, chosen=chosen, day=day, here=speech.moments_in(zone), now=now, is_first=after is None
    )
    return render(request, "desk/queue.html", {"queue": view, "nothing": queue_view.nothing(chosen)})


def desk_hours(viewer: Viewer, speech: Speech, now: datetime, otherwise: str) -> tuple[str, DeskDay]:
    """The desk's zone and its working day, by the programme in force."""
    programme = speech.programme
    if programme is None:
        return otherwise, DeskDay(closes_at=None, opens_at=None)
    zone = ticket_page.desk_zone(programme, otherwise)
    calendar = hours.calendar(viewer.vendor_id, programme, programme.desk_calendar, zone, now)
    return zone, hours.desk_day(calendar, now)
