"""What a customer reads of a page: that the engineer on call was woken for its request, when, and who has it since."""

from __future__ import annotations

from datetime import datetime

from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.services import queries
from palier.tickets.ticket_page import TicketPage


def said(viewer: Viewer, page: TicketPage, speech: Speech, now: datetime) -> str:
    """`The engineer on call was paged at 02:13 (Paris).`; empty where nobody was, and once the request is over.

    Instants are in the zone of the request, as its clock is.
    """
    if not page.ticket.is_open:
        return ""
    found = queries.paged(viewer.vendor_id, page.ticket.id)
    if found is None:
        return ""
    there = speech.moments_in(page.zone)
    values = {"when": there.near(found.at, now), "city": there.city}
    if found.acknowledged_at is None:
        return _("The engineer on call was paged: %(when)s (%(city)s).") % values
    values["taken"] = there.near(found.acknowledged_at, now)
    return (
        _("The engineer on call was paged: %(when)s (%(city)s). Somebody has been on it since %(taken)s.")
        % values
    )
