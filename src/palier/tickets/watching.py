"""Watching a ticket: being told, in one's notices, when the customer writes, when it ends or begins again, or is missed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from palier.people import access, prepared
from palier.tickets import locks, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Ticket, Watch


def watch(*, by: access.Viewer, ticket: Ticket, now: datetime, watching: bool = True) -> Ticket:
    """Begin to watch a ticket, or stop. What changes nothing leaves no trace."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "watch", now)
    me = by.as_staff()
    mine = Watch.objects.filter(vendor_id=by.vendor_id, staff_id=me, ticket=locked)
    if mine.exists() == watching:
        return locked
    if watching:
        Watch.objects.create(vendor_id=by.vendor_id, staff_id=me, ticket=locked, since=now)
    else:
        mine.delete()
    append(locked, Happening(kind=DeskKind.WATCHED, data={"watching": watching}), by=by, at=now, now=now)
    return locked


def watchers(viewer: access.Viewer, ticket_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Who of the vendor watches a ticket, by name; a customer is told of nobody."""
    if viewer.is_customer:
        return ()
    return tuple(
        prepared.rows(
            "select s.id, s.name from tickets_watch w"
            " join people_staff s on s.vendor_id = w.vendor_id and s.id = w.staff_id"
            " where w.vendor_id = %s and w.ticket_id = %s and s.removed_at is null order by s.name, s.id",
            [viewer.vendor_id, ticket_id],
        )
    )


def watched(viewer: access.Viewer) -> frozenset[UUID]:
    """The tickets that the viewer watches."""
    if viewer.staff_id is None:
        return frozenset()
    return frozenset(
        ticket_id
        for (ticket_id,) in prepared.rows(
            "select ticket_id from tickets_watch where vendor_id = %s and staff_id = %s",
            [viewer.vendor_id, viewer.staff_id],
        )
    )
