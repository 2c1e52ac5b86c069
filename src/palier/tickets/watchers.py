"""Telling those who watch a ticket what happened to it: the vendor's people who asked, its author, colleagues who follow it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from palier.people import access, notices, prepared
from palier.people.models import Notice, Staff
from palier.tickets.models import Event, Ticket

TOLD = frozenset({"customer-wrote", "resolved", "reopened", "closed", "breached"})
"""The events of which the vendor's people are told."""
TOLD_CUSTOMERS = ("resolved", "closed", "reopened", "answered")
"""Those of which contacts are told; of several at once, of the first of these."""
UNSEEN = timedelta(seconds=10)
"""A person's answer can be taken back for so long (`presses.SEND_DELAY`): its notice is dated after it, and not read before."""


def tell(ticket: Ticket, rows: Sequence[Event], *, by: access.Viewer, now: datetime) -> None:
    """Leave each watcher who may still see the ticket, and did not do it, one notice of what happened."""
    kinds = {row.kind for row in rows}
    _tell_staff(ticket, [row.kind for row in rows if row.kind in TOLD], by, now)
    for_them = [kind for kind in TOLD_CUSTOMERS if kind in kinds]
    if for_them:
        press = next((str(row.data["press"]) for row in rows if "press" in row.data), "")
        _tell_contacts(ticket, for_them[0], press, by, now)


def untell(ticket: Ticket, press: str) -> None:
    """Take the notices of an answer back that was taken back itself."""
    Notice.objects.filter(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.REQUEST_MOVED,
        ticket_number=ticket.number,
        data__press=press,
    ).delete()


def _tell_contacts(ticket: Ticket, what: str, press: str, by: access.Viewer, now: datetime) -> None:
    following = prepared.rows(
        "select f.contact_id from tickets_follow f"
        " join people_contact c on c.vendor_id = f.vendor_id and c.id = f.contact_id"
        " where f.vendor_id = %s and f.ticket_id = %s and c.sees_colleagues and c.removed_at is null",
        [ticket.vendor_id, ticket.id],
    )
    told = [ticket.author_id, ticket.adopted_by_id, *(contact_id for (contact_id,) in following)]
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.REQUEST_MOVED,
        now=now + UNSEEN if press else now,
        contacts=[one for one in told if one is not None and one != by.contact_id],
        data={"ticket": ticket.id, "what": what, **({"press": press} if press else {})},
        ticket_number=ticket.number,
    )


def _tell_staff(ticket: Ticket, happened: list[str], by: access.Viewer, now: datetime) -> None:
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
