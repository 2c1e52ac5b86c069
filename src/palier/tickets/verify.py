"""Recomputing every clock of a vendor from its recorded events, and comparing with what is stored; claims with the ledger.

The stored index is only a hint: if it differs from the events, the events are right. Nothing is written. Tickets are
read in batches, so that a vendor of any size fits in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from palier.contracts import queries as contracts
from palier.core import queue_order, records
from palier.core.clock import Clock
from palier.ledger.models import ReservationRow
from palier.people import tenancy
from palier.tickets import clockwork, convert, search
from palier.tickets.models import Claim, CommitmentRow, Event, Ticket, Verdict

BATCH = 500
_ORDER = ("order_calm", "order_severity", "order_priority", "order_due", "order_number")
_NOT_ORDER = tuple(name for name in clockwork.INDEX if name not in _ORDER)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Something stored that the events do not say. `what` names it: a column, a promise, a record."""

    ticket: str
    what: str
    stored: str
    computed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How many tickets and promises were recomputed, and what did not match."""

    tickets: int
    promises: int
    mismatches: tuple[Mismatch, ...]


def verify(*, vendor_id: UUID, now: datetime) -> Verified:
    """Recompute every clock, commitment, place in the queue and hint of a vendor. Opens transactions of its own."""
    tickets = promises = 0
    found: list[Mismatch] = []
    last: UUID | None = None
    while True:
        with tenancy.vendor(vendor_id):
            batch = _next(vendor_id, last)
            if not batch:
                break
            for ticket, clock, mismatches in _recomputed(vendor_id, batch, now):
                tickets += 1
                promises += len(clock.promises)
                found += mismatches
                last = ticket.id
    found += _out_of_order(vendor_id)
    return Verified(tickets=tickets, promises=promises, mismatches=tuple(found))


def _next(vendor_id: UUID, last: UUID | None) -> list[Ticket]:
    tickets = Ticket.objects.filter(vendor_id=vendor_id).select_related("organisation").order_by("id")
    if last is not None:
        tickets = tickets.filter(id__gt=last)
    return list(tickets[:BATCH])


def _recomputed(
    vendor_id: UUID, batch: list[Ticket], now: datetime
) -> Iterator[tuple[Ticket, Clock, list[Mismatch]]]:
    ids = [ticket.id for ticket in batch]
    events: defaultdict[UUID, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(vendor_id=vendor_id, ticket_id__in=ids).order_by(
        "at", "recorded_at", "id"
    ):
        events[event.ticket_id].append(event)
    stored: defaultdict[UUID, list[CommitmentRow]] = defaultdict(list)
    for row in CommitmentRow.objects.filter(vendor_id=vendor_id, ticket_id__in=ids):
        stored[row.ticket_id].append(row)
    verdicts = {
        verdict.ticket_id: verdict
        for verdict in Verdict.objects.filter(vendor_id=vendor_id, ticket_id__in=ids)
        .order_by("ticket_id", "-number")
        .distinct("ticket_id")
        .defer("decision")
    }
    claims = _claims(vendor_id, ids)
    unlike: defaultdict[UUID, list[str]] = defaultdict(list)
    for id_, which in search.different(vendor_id, ids):
        unlike[id_].append(which)
    for ticket in batch:
        rows = events[ticket.id]
        at = _as_of(ticket, now)
        clock = clockwork.fold(ticket, rows, at)
        yield (
            ticket,
            clock,
            [
                *_index(ticket, clock, rows, at),
                *_commitments(ticket, clock, stored[ticket.id]),
                *_records(ticket, clock, rows),
                *_verdict(ticket, clock, verdicts.get(ticket.id)),
                *(
                    _mismatch(ticket, f"claim {allowance}", stored, computed)
                    for allowance, stored, computed in claims[ticket.id]
                    if stored != computed
                ),
                *(
                    _mismatch(ticket, f"words sought ({which})", "others", "its texts")
                    for which in unlike[ticket.id]
                ),
            ],
        )


def _claims(vendor_id: UUID, ids: list[UUID]) -> defaultdict[UUID, list[tuple[str, int, int]]]:
    """By ticket: what its claims say they still hold of an allowance, and what the ledger keeps for them."""
    found: defaultdict[UUID, list[tuple[str, int, int]]] = defaultdict(list)
    claims = list(Claim.objects.filter(vendor_id=vendor_id, ticket_id__in=ids))
    if not claims:
        return found
    kept: dict[UUID, int] = dict(
        ReservationRow.objects.filter(
            vendor_id=vendor_id, reservation__in=[one.reservation for one in claims]
        )
        .values_list("reservation")
        .annotate(total=Sum("quantity"))
    )
    for claim in claims:
        holds = claim.quantity - claim.used if claim.state == Claim.HELD else 0
        found[claim.ticket_id].append((claim.allowance, holds, kept.get(claim.reservation, 0)))
    return found


def _as_of(ticket: Ticket, now: datetime) -> datetime:
    """Now, or just before what the worker has yet to attend to: until then the index must be right."""
    if ticket.next_check_at is None or ticket.next_check_at > now:
        return now
    return max(ticket.next_check_at - _MICROSECOND, ticket.updated_at)


def _name(ticket: Ticket) -> str:
    return f"{contracts.programme(ticket.revision_id).prefix}-{ticket.number}"


def _index(ticket: Ticket, clock: Clock, rows: list[Event], at: datetime) -> Iterator[Mismatch]:
    before = {name: getattr(ticket, name) for name in _NOT_ORDER}
    clockwork.index(ticket, clock, rows, at)
    for name, value in before.items():
        if getattr(ticket, name) != value:
            yield _mismatch(ticket, name, value, getattr(ticket, name))


def _commitments(ticket: Ticket, clock: Clock, rows: list[CommitmentRow]) -> Iterator[Mismatch]:
    stored = {(row.commitment, row.cycle): clockwork.values(row) for row in rows}
    computed = {
        (row.commitment, row.cycle): clockwork.values(row) for row in clockwork.commitment_rows(ticket, clock)
    }
    for key in sorted({*stored, *computed}):
        if stored.get(key) != computed.get(key):
            what = f"{key[0]} {key[1]}"
            yield _mismatch(ticket, what, _listed(stored.get(key)), _listed(computed.get(key)))


def _listed(values: tuple[object, ...] | None) -> str:
    if values is None:
        return "–"
    named = zip(clockwork.COMMITMENT_INDEX, values, strict=True)
    return ", ".join(f"{name} {value}" for name, value in named if value is not None)


def _records(ticket: Ticket, clock: Clock, rows: list[Event]) -> Iterator[Mismatch]:
    for one in records.to_record(clock, convert.recorded(rows)):
        what = f"{one.kind} {one.commitment} {one.cycle}"
        yield _mismatch(ticket, what, "–", convert.instant(one.at))


def _verdict(ticket: Ticket, clock: Clock, verdict: Verdict | None) -> Iterator[Mismatch]:
    if verdict is None:
        yield _mismatch(ticket, "verdict", "–", "1")
        return
    for name in ("outcome", "clause", "level"):
        if getattr(ticket, name) != getattr(verdict, name):
            yield _mismatch(ticket, name, getattr(ticket, name), getattr(verdict, name))
    for name in ("severity", "plan", "zone"):
        if name in clock.facts and getattr(ticket, name) != clock.facts[name]:
            yield _mismatch(ticket, name, getattr(ticket, name), clock.facts[name])


def _mismatch(ticket: Ticket, what: str, stored: object, computed: object) -> Mismatch:
    return Mismatch(ticket=_name(ticket), what=what, stored=str(stored), computed=str(computed))


def _out_of_order(vendor_id: UUID) -> list[Mismatch]:
    """The places in the queue, customer by customer: ranking moves a customer's own tickets only."""
    with tenancy.vendor(vendor_id):
        found: list[Mismatch] = []
        siblings: list[Ticket] = []
        open_tickets = Ticket.objects.filter(vendor_id=vendor_id, is_open=True).order_by(
            "organisation_id", "id"
        )
        for ticket in open_tickets.iterator(chunk_size=BATCH):
            if siblings and siblings[0].organisation_id != ticket.organisation_id:
                found += _misplaced(siblings)
                siblings = []
            siblings.append(ticket)
        return found + _misplaced(siblings)


def _misplaced(siblings: list[Ticket]) -> list[Mismatch]:
    keys = clockwork.order_of(siblings)
    found: list[Mismatch] = []
    for ticket in siblings:
        stored = queue_order.Key(
            calm=ticket.order_calm,
            severity=ticket.order_severity,
            priority=ticket.order_priority,
            due=convert.micros(ticket.order_due),
            number=ticket.order_number,
        )
        if stored != keys[ticket.id]:
            found.append(_mismatch(ticket, "place in the queue", tuple(stored), tuple(keys[ticket.id])))
    return found
