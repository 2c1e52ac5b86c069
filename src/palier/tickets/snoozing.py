"""Putting a ticket aside for a while: it leaves one person's views, and nobody else's; its clock runs on.

It comes back at the instant chosen, as soon as the customer does anything, and when something promised on it is missed.
Nothing is written when it wakes: what sleeps is read against now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from palier.people import access, prepared
from palier.tickets import locks, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Snooze, Ticket
from palier.tickets.problems import CannotDo

LONGEST = timedelta(days=366)
# A customer's deed or a missed promise since then ends a sleep whatever its instant.
ASLEEP = """
select s.ticket_id, s.until from tickets_snooze s
where s.vendor_id = %s and s.staff_id = %s and (s.until is null or s.until > %s)
and not exists (select from tickets_event e where e.vendor_id = s.vendor_id and e.ticket_id = s.ticket_id
    and e.by = 'customer' and e.recorded_at > s.since)
and not exists (select from tickets_commitmentrow c where c.vendor_id = s.vendor_id and c.ticket_id = s.ticket_id
    and c.breached_at > s.since)
"""


def snooze(*, by: access.Viewer, ticket: Ticket, until: datetime | None, now: datetime) -> Ticket:
    """Put a ticket aside until an instant; None: until the customer does something, or something on it is missed."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "snooze", now)
    if until is not None and not now < until <= now + LONGEST:
        raise CannotDo(
            code="snooze-when",
            en="Choose an instant that is still to come, at most a year ahead.",
            fr="Choisissez un instant à venir, dans un an au plus.",
        )
    me = by.as_staff()
    mine = Snooze.objects.filter(vendor_id=by.vendor_id, staff_id=me)
    # What woke by itself is cleared away by whoever slept.
    mine.filter(until__lte=now).delete()
    Snooze.objects.bulk_create(
        [Snooze(vendor_id=by.vendor_id, ticket=locked, staff_id=me, until=until, since=now)],
        update_conflicts=True,
        unique_fields=["vendor", "staff", "ticket"],
        update_fields=["until", "since"],
    )
    data = {"until": until.isoformat() if until is not None else None}
    append(locked, Happening(kind=DeskKind.SNOOZED, data=data), by=by, at=now, now=now)
    return locked


def wake(*, by: access.Viewer, ticket: Ticket, now: datetime) -> Ticket:
    """Take a ticket back that one put aside. One that is awake stays so."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "snooze", now)
    was_asleep = locked.id in asleep(by, now)
    Snooze.objects.filter(vendor_id=by.vendor_id, staff_id=by.as_staff(), ticket=locked).delete()
    if was_asleep:
        append(locked, Happening(kind=DeskKind.WOKEN), by=by, at=now, now=now)
    return locked


def asleep(viewer: access.Viewer, now: datetime) -> dict[UUID, datetime | None]:
    """What the viewer has put aside and is still asleep at `now`: until when, None for no instant."""
    if viewer.staff_id is None:
        return {}
    found = prepared.rows(ASLEEP, [viewer.vendor_id, viewer.staff_id, now])
    return dict(found)
