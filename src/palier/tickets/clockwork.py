"""The clock of a stored ticket: folded from its events, and kept as an index on its row and its commitments.

`refold` is the one function that writes the index. It also writes down what the clock brought by itself: warnings,
breaches, breaches taken back, each at its true instant. The ticket's row is locked by whoever calls it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import holidays
from palier.contracts import queries as contracts
from palier.core import clock as clocks
from palier.core import queue_order, records
from palier.core.clock import Clock, EventKind, Promised, Regime
from palier.core.escalation import Step
from palier.core.programme import FactValue, OutcomeKind, Programme
from palier.core.regimes import Facts, regime_for
from palier.people import access, prepared, reading
from palier.tickets import convert, escalations, patience, presses, watchers
from palier.tickets.deciding import CALENDAR_VERSION, PLACE, ZONE
from palier.tickets.models import OPEN_STATUSES, CommitmentRow, Event, Status, Ticket

INDEX = (
    "status", "hold", "wait", "is_open", "breached", "breached_at", "critical", "next_due_at", "next_due_commitment",
    "next_check_at", "order_calm", "order_severity", "order_priority", "order_due", "order_number", "resolved_at",
    "closed_at", "raised",
)  # fmt: skip
"""The columns of a ticket that are an index over its events."""
COMMITMENT_INDEX = ("state", "clause", "started_at", "due_at", "warning_at", "met_at", "breached_at")


# --- regimes ----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _deciding_facts(held: _Held) -> tuple[str, ...]:
    """The facts that can choose a target set or its calendar, and where it runs."""
    programme = held.programme
    choices = [
        *(choice for plan in programme.plans.values() for choice in plan.targets),
        *(choice for targets in programme.targets.values() for choice in targets.calendar),
    ]
    asked = {c.fact for choice in choices for alternative in choice.when for c in alternative}
    return tuple(sorted(asked | {"plan", "severity", ZONE, PLACE, CALENDAR_VERSION}))


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A programme as a key of a cache: equal when its version is."""

    programme: Programme

    def __hash__(self) -> int:
        return hash(self.programme.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.programme.version == self.programme.version


def regimes_for(vendor_id: UUID, programme: Programme) -> clocks.Regimes:
    """Chooses the regime for a ticket's facts under this programme; the same facts give the same object."""
    held = _Held(programme)
    names = _deciding_facts(held)

    def regimes(facts: Facts, override: str | None) -> Regime | None:
        wanted = tuple((name, facts[name]) for name in names if name in facts)
        return _regime(vendor_id, held, wanted, override)

    return regimes


@functools.lru_cache(maxsize=16384)
def _regime(
    vendor_id: UUID, held: _Held, facts: tuple[tuple[str, FactValue], ...], override: str | None
) -> Regime | None:
    given = dict(facts)
    words = given.get(CALENDAR_VERSION, ())
    bind = holidays.binder(
        vendor_id=vendor_id,
        programme=held.programme,
        zone=str(given[ZONE]),
        place=str(given.get(PLACE, "")),
        words=words if isinstance(words, tuple) else (),
    )
    return regime_for(held.programme, given, bind=bind, override=override)


# --- folding ----------------------------------------------------------------------------------------


def events_of(ticket: Ticket) -> list[Event]:
    """Everything that happened to a ticket, in the order of the clock."""
    return reading.every(
        Event,
        "vendor_id = %s and ticket_id = %s order by at, recorded_at, id",
        [ticket.vendor_id, ticket.id],
    )


def fold(ticket: Ticket, rows: Iterable[Event], now: datetime) -> Clock:
    """The clock of a ticket at `now`, from these events."""
    regimes = regimes_for(ticket.vendor_id, contracts.programme(ticket.revision_id))
    return clocks.fold(convert.clock_events(rows), regimes, convert.micros(now))


def refold(ticket: Ticket, *, now: datetime) -> Clock:
    """Fold a locked ticket again, write down what the clock brought by itself, and store the index."""
    rows = events_of(ticket)
    clock = fold(ticket, rows, now)
    rows += record(ticket, clock, rows, now)
    index(ticket, clock, rows, now)
    ticket.updated_at = now
    ticket.save(update_fields=[*INDEX, "updated_at"])
    store_commitments(ticket, clock)
    reorder(ticket)
    return clock


def record(ticket: Ticket, clock: Clock, rows: list[Event], now: datetime) -> list[Event]:
    """Write down warnings, breaches and withdrawals that are not yet: once each, whoever else tries (a unique key)."""
    found = to_record(ticket, clock, rows, now)
    if found:
        Event.objects.bulk_create(found, ignore_conflicts=True)
        watchers.tell(ticket, found, by=access.Viewer.machine(ticket.vendor_id), now=now)
    return found


def to_record(ticket: Ticket, clock: Clock, rows: list[Event], now: datetime) -> list[Event]:
    """The same, not yet written."""
    return [
        Event(
            vendor_id=ticket.vendor_id,
            ticket_id=ticket.id,
            kind=one.kind.value,
            at=convert.instant(one.at),
            recorded_at=now,
            by="system",
            data=convert.record_data(one),
        )
        for one in records.to_record(clock, convert.recorded(rows))
    ]


# --- the index on the ticket's row ------------------------------------------------------------------


def index(
    ticket: Ticket,
    clock: Clock,
    rows: Sequence[Event],
    now: datetime,
    *,
    ahead: Sequence[Step] | None = None,
    standing: tuple[contracts.Standings, ...] | None = None,
) -> None:
    """Set every column of the index, without writing the row.

    `ahead`: the escalations not taken, by instant; `standing`: the contracts of its customer; each where known already.
    """
    programme = contracts.programme(ticket.revision_id)
    steps_ahead = escalations.pending(ticket, clock, rows) if ahead is None else ahead
    ticket.raised = escalations.raised(rows)
    settles_at = presses.settles_at(rows)
    rows = presses.standing(rows)
    ticket.status = status_of(ticket, clock, rows)
    ticket.is_open = ticket.status in OPEN_STATUSES
    ticket.hold = clock.held[0] if clock.held and ticket.is_open else ""
    ticket.wait = _wait_of(ticket, clock)
    ticket.breached = clock.breached
    ticket.breached_at = convert.instant_or_none(_owed_breach(clock))
    ticket.critical = clock.critical_unrelieved
    ticket.resolved_at = convert.instant_or_none(clock.resolved_at)
    ticket.closed_at = convert.instant_or_none(clock.closed_at)
    due = clock.next_due
    ticket.next_due_at = convert.instant_or_none(None if due is None else due.due_at)
    ticket.next_due_commitment = "" if due is None else due.commitment.value
    place_in_queue(ticket, queue_order.natural_key(queued(ticket, programme)))
    steps = (
        convert.instant_or_none(clock.next_check_at),
        patience.next_check(ticket, clock, rows, programme, now, standing),
        settles_at,
        convert.instant(steps_ahead[0].at) if steps_ahead else None,
    )
    ticket.next_check_at = min((at for at in steps if at is not None), default=None)


def status_of(ticket: Ticket, clock: Clock, rows: Iterable[Event]) -> Status:
    """Where a ticket stands, from its clock and the decision in force."""
    if clock.closed_at is not None:
        return Status.CLOSED
    if clock.resolved_at is not None:
        return Status.RESOLVED
    if clock.started_at is None and clock.held:
        return Status.HELD
    if ticket.outcome == OutcomeKind.EXCLUDE:
        return Status.NOT_COVERED
    if clock.waiting is not None or not clock.complete:
        return Status.WAITING
    answered = any(row.kind == EventKind.ANSWERED and row.by == "person" for row in rows)
    return Status.OPEN if answered else Status.NEW


def _wait_of(ticket: Ticket, clock: Clock) -> str:
    if ticket.status != Status.WAITING:
        return ""
    return clock.waiting.value if clock.waiting is not None else "customer"


def _owed_breach(clock: Clock) -> int | None:
    """The earliest breach of what is still owed."""
    return min((p.breached_at for p in clock.promises if p.owed and p.breached_at is not None), default=None)


def store_commitments(ticket: Ticket, clock: Clock) -> None:
    """Bring the rows of a ticket's promises in line with its clock."""
    stored = {
        (row.commitment, row.cycle): row
        for row in CommitmentRow.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id)
    }
    fresh: list[CommitmentRow] = []
    for row in commitment_rows(ticket, clock):
        before = stored.pop((row.commitment, row.cycle), None)
        if before is None:
            fresh.append(row)
        elif values(before) != values(row):
            row.id = before.id
            row.save(force_update=True, update_fields=COMMITMENT_INDEX)
    if fresh:
        CommitmentRow.objects.bulk_create(fresh)
    if stored:
        CommitmentRow.objects.filter(
            vendor_id=ticket.vendor_id, id__in=[row.id for row in stored.values()]
        ).delete()


def commitment_rows(ticket: Ticket, clock: Clock) -> list[CommitmentRow]:
    """One row a promise, not yet written."""
    return [_commitment_row(ticket, promised) for promised in clock.promises]


def _commitment_row(ticket: Ticket, promised: Promised) -> CommitmentRow:
    return CommitmentRow(
        vendor_id=ticket.vendor_id,
        ticket_id=ticket.id,
        commitment=promised.commitment.value,
        cycle=promised.cycle,
        state=promised.state.value,
        clause=promised.clause,
        started_at=convert.instant(promised.started_at),
        due_at=convert.instant_or_none(promised.due_at),
        warning_at=convert.instant_or_none(promised.warning_at),
        met_at=convert.instant_or_none(promised.met_at),
        breached_at=convert.instant_or_none(promised.breached_at),
    )


def values(row: CommitmentRow) -> tuple[object, ...]:
    """What is compared of two rows of the same promise."""
    return tuple(getattr(row, name) for name in COMMITMENT_INDEX)


# --- the order of the queue -------------------------------------------------------------------------


def queued(ticket: Ticket, programme: Programme) -> queue_order.Queued:
    """What the order of the queue needs to know, from the ticket's index."""
    severity = programme.severities.get(ticket.severity)
    plan = programme.plans.get(ticket.plan)
    return queue_order.Queued(
        severity=severity.rank if severity is not None else len(programme.severities) + 1,
        priority=(plan.queue_priority if plan is not None else 0) + ticket.raised,
        due=None if ticket.next_due_at is None else convert.micros(ticket.next_due_at),
        number=ticket.number,
        breached=ticket.breached,
        critical_unrelieved=ticket.critical,
        rank=ticket.rank,
    )


def place_in_queue(ticket: Ticket, key: queue_order.Key) -> bool:
    """Give a ticket a place; returns whether it is another than before."""
    fields = ("order_calm", "order_severity", "order_priority", "order_due", "order_number")
    wanted = (key.calm, key.severity, key.priority, convert.instant(key.due), key.number)
    if tuple(getattr(ticket, name) for name in fields) == wanted:
        return False
    for name, value in zip(fields, wanted, strict=True):
        setattr(ticket, name, value)
    return True


def reorder(ticket: Ticket) -> None:
    """Let a customer's ranking fill its places again, where it ranked something. Its row is locked: nobody else does."""
    if (ticket.rank is None or not ticket.is_open) and not _ranked(ticket):
        return
    others = Ticket.objects.filter(
        vendor_id=ticket.vendor_id, organisation_id=ticket.organisation_id, is_open=True
    )
    siblings = list(others.exclude(id=ticket.id))
    if ticket.is_open:
        siblings.append(ticket)
    write_order(siblings)


def _ranked(ticket: Ticket) -> bool:
    """Whether the customer ranked an open ticket. Asked by every action, therefore written out."""
    ((ranked,),) = prepared.rows(
        "select exists (select from tickets_ticket where vendor_id = %s and organisation_id = %s"
        " and is_open and rank is not null)",
        [ticket.vendor_id, ticket.organisation_id],
    )
    return bool(ranked)


def write_order(siblings: Sequence[Ticket]) -> None:
    """Write the places of one customer's open tickets that are not as they should be."""
    keys = order_of(siblings)
    moved = [ticket for ticket in siblings if place_in_queue(ticket, keys[ticket.id])]
    if moved:
        fields = ["order_calm", "order_severity", "order_priority", "order_due", "order_number"]
        Ticket.objects.bulk_update(moved, fields)


def order_of(siblings: Iterable[Ticket]) -> dict[UUID, queue_order.Key]:
    """The place of each of one customer's open tickets."""
    return queue_order.order_keys(
        (ticket.id, queued(ticket, contracts.programme(ticket.revision_id))) for ticket in siblings
    )
