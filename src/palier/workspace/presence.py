"""Who else has a ticket open, and who writes on it: so that two do not answer one customer at once.

A page says that it is looked at every ten seconds while it is seen; after `FRESH` without a word the person is gone. Nothing
of it stands in the ticket's history. Rules: docs/reference/views.md.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.people import access, prepared
from palier.tickets import queries
from palier.tickets.models import Ticket

FRESH = timedelta(seconds=30)
_KEPT = timedelta(hours=1)
"""How long rows that are old lie about before somebody's word sweeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Somebody who is on a ticket."""

    name: str
    writing: bool


def say(*, by: access.Viewer, ticket: Ticket, writing: bool, now: datetime) -> None:
    """That one has the ticket open now, and whether one writes. The caller has looked that the viewer may see it."""
    prepared.run(
        "insert into workspace_presence as p (id, vendor_id, ticket_id, staff_id, writing, seen_at)"
        " values (%s, %s, %s, %s, %s, %s) on conflict (vendor_id, ticket_id, staff_id)"
        " do update set writing = excluded.writing, seen_at = excluded.seen_at",
        [uuid7(), by.vendor_id, ticket.id, by.staff_id, writing, now],
    )
    prepared.run(
        "delete from workspace_presence where vendor_id = %s and seen_at < %s", [by.vendor_id, now - _KEPT]
    )


def leave(*, by: access.Viewer, ticket: Ticket) -> None:
    """That one has closed it."""
    prepared.run(
        "delete from workspace_presence where vendor_id = %s and ticket_id = %s and staff_id = %s",
        [by.vendor_id, ticket.id, by.staff_id],
    )


def others(viewer: access.Viewer, ticket_id: UUID, now: datetime) -> tuple[Here, ...]:
    """Who else is on a ticket: those who write first."""
    return tuple(
        Here(name=name, writing=writing)
        for name, writing in prepared.rows(
            "select s.name, p.writing from workspace_presence p"
            " join people_staff s on s.vendor_id = p.vendor_id and s.id = p.staff_id"
            " where p.vendor_id = %s and p.ticket_id = %s and p.staff_id <> %s and p.seen_at > %s"
            " order by not p.writing, s.name, s.id",
            [viewer.vendor_id, ticket_id, viewer.staff_id, now - FRESH],
        )
    )


def busy(viewer: access.Viewer, ticket_ids: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """Those of these tickets that somebody else has open."""
    if not ticket_ids:
        return frozenset()
    return frozenset(
        id_
        for (id_,) in prepared.rows(
            "select distinct ticket_id from workspace_presence where vendor_id = %s"
            " and ticket_id = any(%s::uuid[]) and staff_id <> %s and seen_at > %s",
            [viewer.vendor_id, list(ticket_ids), viewer.staff_id, now - FRESH],
        )
    )


def everywhere(viewer: access.Viewer, now: datetime) -> dict[str, tuple[Here, ...]]:
    """Who else is on which ticket, by its number as people write it: of the tickets that the viewer sees."""
    seen = queries.visible(viewer)
    if seen is None:
        return {}
    where, given = seen
    rows = prepared.rows(
        "select tickets_ticket.revision_id, tickets_ticket.number, s.name, p.writing"  # noqa: S608 (our own text)
        " from workspace_presence p"
        " join people_staff s on s.vendor_id = p.vendor_id and s.id = p.staff_id"
        " join tickets_ticket on tickets_ticket.vendor_id = p.vendor_id and tickets_ticket.id = p.ticket_id"
        f" where p.vendor_id = %s and p.staff_id <> %s and p.seen_at > %s and {where}"
        " order by tickets_ticket.number, not p.writing, s.name",
        [viewer.vendor_id, viewer.staff_id, now - FRESH, *given],
    )
    found: dict[str, tuple[Here, ...]] = {}
    for revision_id, number, name, writing in rows:
        written = queries.number_of(revision_id, number)
        found[written] = (*found.get(written, ()), Here(name=name, writing=writing))
    return found
