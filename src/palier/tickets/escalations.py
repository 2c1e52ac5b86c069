"""What escalates on a stored ticket, and when: the steps of its programme's rules that its history lacks.

Rules: docs/reference/escalation.md. Taking the steps is `tickets.escalating`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from palier.contracts import holidays
from palier.contracts import queries as contracts
from palier.core import calendars, escalation
from palier.core.clock import Clock
from palier.core.escalation import Step, Taken
from palier.core.programme import Programme
from palier.tickets.deciding import CALENDAR_VERSION, PLACE, ZONE
from palier.tickets.happenings import DeskKind
from palier.tickets.models import Event, Ticket


def pending(ticket: Ticket, clock: Clock, rows: Iterable[Event]) -> tuple[Step, ...]:
    """The steps not yet taken, by instant: those fallen due by `clock.now`, then those ahead as things stand."""
    programme = contracts.programme(ticket.revision_id)
    if not programme.escalation or not clock.promises:
        return ()
    steps = escalation.due(programme.escalation, clock, desk(ticket.vendor_id, programme, clock))
    return escalation.pending(steps, taken(rows)) if steps else ()


def taken(rows: Iterable[Event]) -> list[Taken]:
    """The steps that stand in the history."""
    return [
        Taken(rule=row.data["rule"], since=row.data["since"], part=row.data["part"])
        for row in rows
        if row.kind == DeskKind.ESCALATED
    ]


def raised(rows: Iterable[Event]) -> int:
    """By how much escalations raised a ticket's priority in the queue."""
    return sum(row.data.get("raised", 0) for row in rows if row.kind == DeskKind.ESCALATED)


def desk(vendor_id: UUID, programme: Programme, clock: Clock) -> calendars.AnyCalendar:
    """The vendor's own hours, with the holidays that the ticket's clock counts by: the same whenever it is asked."""
    words = clock.facts.get(CALENDAR_VERSION, ())
    bind = holidays.binder(
        vendor_id=vendor_id,
        programme=programme,
        zone=str(clock.facts[ZONE]),
        place=str(clock.facts.get(PLACE, "")),
        words=words if isinstance(words, tuple) else (),
    )
    return bind(programme.desk_calendar)
