"""Telling those who watch a ticket what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from palier.people import access, notices, prepared
from palier.people.models import Staff
from palier.tickets.models import Ticket

TOLD = frozenset({"customer-wrote", "resolved", "reopened", "closed", "breached"})
"""The events of which they are told."""


def tell(ticket: Ticket, kinds: Iterable[str], *, by: access.Viewer, now: datetime) -> None:
    """Leave each watcher who may still see the ticket, and did not do it, one notice of what happened."""
    happened = [kind for kind in kinds if kind in TOLD]
    if not happened:
        return
    watching = [
        staff_id
        for (staff_id,) in prepared.rows(
            "select staff_id from tickets_watch where vendor_id = %s and ticket_id = %s",
            [ticket.vendor_id, ticket.id],
        )
        if staff_id != by.staff_id
    ]
    if not watching:
        return
    people = Staff.objects.filter(vendor_id=ticket.vendor_id, id__in=watching, removed_at=None)
    told = [one.id for one in people if _sees(one, ticket)]
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.WATCHED,
        now=now,
        staff=told,
        data={"ticket": ticket.id, "what": happened[0]},
        ticket_number=ticket.number,
    )


def _sees(staff: Staff, ticket: Ticket) -> bool:
    """A team, a role or a name on a restricted ticket may have been taken away since."""
    return Ticket.objects.visible_to(access.Viewer.staff(staff)).filter(id=ticket.id).exists()
