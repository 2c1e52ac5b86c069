"""Where the desk begins, and its working day."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from palier.desk import account
from palier.pages import hours, viewing
from palier.pages.due import DeskDay
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets import ticket_page


@viewing.for_staff
@require_safe
def start(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The desk begins where its reader chose, else with its queue."""
    del request
    return HttpResponseRedirect(account.start_url(viewer))


def desk_hours(viewer: Viewer, speech: Speech, now: datetime, otherwise: str) -> tuple[str, DeskDay]:
    """The desk's zone and its working day, by the programme in force."""
    programme = speech.programme
    if programme is None:
        return otherwise, DeskDay(closes_at=None, opens_at=None)
    zone = ticket_page.desk_zone(programme, otherwise)
    calendar = hours.calendar(viewer.vendor_id, programme, programme.desk_calendar, zone, now)
    return zone, hours.desk_day(calendar, now)
