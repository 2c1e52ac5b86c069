"""Many locked tickets of one vendor brought up to now together: read, folded and written in a few statements for all.

What a minute brings to thousands of tickets is nearly always the same: a warning, a breach, somebody to tell. Those go
here. A ticket with more on hand (held, silent, an answer not settled, a page) is left to `sweeping.attend`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from palier.core import worktime
from palier.core.clock import Clock
from palier.people import access, prepared, reading
from palier.people.models import Notice
from palier.tickets import clockwork, escalating, escalations, inserting, presses, watchers
from palier.tickets.models import CommitmentRow, Event, Status, Ticket

UNCOUNTABLE = (ValueError, worktime.CalendarHasNoOpening, worktime.OutOfRange)
"""What folding one ticket can end in: a broken event, or a calendar that leaves the years there are. No other ticket waits for it."""


@dataclass(slots=True, kw_only=True)
class _Gathered:
    """What is to be written for those that could be caught up with."""

    events: list[Event] = field(default_factory=list)
    escalated: list[Event] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    folded: list[tuple[Ticket, Clock]] = field(default_factory=list)
    told: list[tuple[Ticket, list[Event]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp:
    """How many were brought up to now, those that need more than this, and what could not be folded."""

    done: int
    rest: tuple[Ticket, ...]
    failures: tuple[Exception, ...]


def catch_up(vendor_id: UUID, tickets: Sequence[Ticket], *, now: datetime) -> CaughtUp:
    """Bring locked tickets up to `now` in the open transaction."""
    rows = _events(vendor_id, tickets)
    crew = escalating.Crew(vendor_id=vendor_id, now=now)
    gathered, rest, failures = _Gathered(), list[Ticket](), list[Exception]()
    for ticket in tickets:
        try:
            caught = _gather(ticket, rows[ticket.id], crew, gathered)
        except UNCOUNTABLE as error:
            error.add_note(f"ticket {ticket.id}")
            failures.append(error)
            continue
        if not caught:
            rest.append(ticket)
    _write(vendor_id, gathered, now)
    return CaughtUp(done=len(gathered.folded), rest=tuple(rest), failures=tuple(failures))


def _events(vendor_id: UUID, tickets: Iterable[Ticket]) -> Mapping[UUID, list[Event]]:
    found: defaultdict[UUID, list[Event]] = defaultdict(list)
    for row in reading.every(
        Event,
        "vendor_id = %s and ticket_id = any(%s) order by ticket_id, at, recorded_at, id",
        [vendor_id, [ticket.id for ticket in tickets]],
    ):
        found[row.ticket_id].append(row)
    return found


def _gather(ticket: Ticket, rows: list[Event], crew: escalating.Crew, gathered: _Gathered) -> bool:
    """Fold one ticket and note what is to be written; False, with nothing noted, where it needs more than this."""
    now = crew.now
    if ticket.status == Status.HELD or presses.unsettled(rows) is not None:
        return False
    clock = clockwork.fold(ticket, rows, now)
    found = clockwork.to_record(ticket, clock, rows, now)
    pending = escalations.pending(ticket, clock, rows)
    due = [step for step in pending if step.at <= clock.now]
    if not escalating.is_plain(due):
        return False
    rows = [*rows, *found]
    clockwork.index(ticket, clock, rows, now, ahead=pending[len(due) :])
    if ticket.next_check_at is not None and ticket.next_check_at <= now:
        return False
    if due:
        planned = escalating.plan(ticket, due, crew)
        gathered.escalated += planned.events
        gathered.notices += planned.notices
        if any("raised" in event.data for event in planned.events):
            clockwork.index(ticket, clock, [*rows, *planned.events], now, ahead=pending[len(due) :])
    ticket.updated_at = now
    gathered.events += found
    gathered.folded.append((ticket, clock))
    if found:
        gathered.told.append((ticket, found))
    return True


# --- writing ----------------------------------------------------------------------------------------


def _write(vendor_id: UUID, gathered: _Gathered, now: datetime) -> None:
    if gathered.events:
        Event.objects.bulk_create(gathered.events, ignore_conflicts=True)
    inserting.insert(gathered.escalated, gathered.notices)
    tickets = [ticket for ticket, _ in gathered.folded]
    inserting.rewrite(tickets, (*clockwork.INDEX, "updated_at"))
    _store_commitments(vendor_id, gathered.folded)
    _tell(vendor_id, gathered.told, now)
    _reorder(vendor_id, {ticket.organisation_id for ticket in tickets})


def _store_commitments(vendor_id: UUID, folded: Sequence[tuple[Ticket, Clock]]) -> None:
    """As `clockwork.store_commitments`, of many tickets at once."""
    ids = [ticket.id for ticket, _ in folded]
    stored = {
        (row.ticket_id, row.commitment, row.cycle): row
        for row in reading.every(CommitmentRow, "vendor_id = %s and ticket_id = any(%s)", [vendor_id, ids])
    }
    fresh: list[CommitmentRow] = []
    changed: list[CommitmentRow] = []
    for ticket, clock in folded:
        for row in clockwork.commitment_rows(ticket, clock):
            before = stored.pop((row.ticket_id, row.commitment, row.cycle), None)
            if before is None:
                fresh.append(row)
            elif clockwork.values(before) != clockwork.values(row):
                row.id = before.id
                changed.append(row)
    inserting.insert(fresh)
    inserting.rewrite(changed, clockwork.COMMITMENT_INDEX)
    if stored:
        gone = [row.id for row in stored.values()]
        CommitmentRow.objects.filter(vendor_id=vendor_id, id__in=gone).delete()


def _tell(vendor_id: UUID, told: Sequence[tuple[Ticket, list[Event]]], now: datetime) -> None:
    """Tell those who watch: one question finds the few tickets that anybody does."""
    if not told:
        return
    watched = {
        id_
        for (id_,) in prepared.rows(
            "select distinct ticket_id from tickets_watch where vendor_id = %s and ticket_id = any(%s)",
            [vendor_id, [ticket.id for ticket, _ in told]],
        )
    }
    machine = access.Viewer.machine(vendor_id)
    for ticket, found in told:
        if ticket.id in watched:
            watchers.tell(ticket, found, by=machine, now=now)


def _reorder(vendor_id: UUID, customers: set[UUID]) -> None:
    """Let each customer's ranking fill its places again, where it ranked something."""
    ranked = prepared.rows(
        "select distinct organisation_id from tickets_ticket"
        " where vendor_id = %s and organisation_id = any(%s) and is_open and rank is not null",
        [vendor_id, list(customers)],
    )
    for (organisation_id,) in ranked:
        clockwork.write_order(
            list(Ticket.objects.filter(vendor_id=vendor_id, organisation_id=organisation_id, is_open=True))
        )
