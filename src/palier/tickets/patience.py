"""How long a silent request is kept: reminders and closing of what nobody frees and of what the customer never answers.

Days are local dates in the contract's zone, the last one included: a reminder on day 3 is due at the start of that date,
closing after 30 days at the start of the thirty-first. Each is dated at that instant, whenever the worker comes by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from palier.contracts import queries as contracts
from palier.core import terms
from palier.core.clock import Clock, EventKind
from palier.core.programme import Patience, Programme, Wait
from palier.tickets import convert
from palier.tickets.models import Event, Status, Ticket

UNFREED, SILENCE = "unfreed", "silence"
CUSTOMERS_TURN = frozenset({Wait.CUSTOMER, Wait.CONSENT})
_BEGIN_HOLD = frozenset({EventKind.SUBMITTED, EventKind.HELD, EventKind.REOPENED})
_BEGIN_WAIT = frozenset(
    {EventKind.SUBMITTED, EventKind.DECIDED, EventKind.WAIT_STARTED, EventKind.INFORMATION_MISSING}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What falls due by silence: a reminder on a day, or closing (`day` None)."""

    at: datetime
    about: str
    day: int | None


def steps(
    ticket: Ticket,
    clock: Clock,
    rows: Iterable[Event],
    programme: Programme,
    standing: Iterable[contracts.Standings] = (),
) -> tuple[Step, ...]:
    """The steps of a silent ticket that are not taken yet, in order; none for one where it is our turn."""
    found = _silence(ticket, clock, list(rows), programme)
    if found is None:
        return ()
    about, patience, since, taken = found
    zone = contract_zone(ticket, standing)
    return tuple(step for step in _all(about, patience, since, zone) if step.day not in taken)


def _silence(
    ticket: Ticket, clock: Clock, rows: list[Event], programme: Programme
) -> tuple[str, Patience, int, frozenset[int]] | None:
    if ticket.status == Status.HELD:
        about, patience, begin = UNFREED, programme.unfreed, _BEGIN_HOLD
    elif ticket.status == Status.WAITING and (clock.waiting in CUSTOMERS_TURN or not clock.complete):
        about, patience, begin = SILENCE, programme.silence, _BEGIN_WAIT
    else:
        return None
    begun = max((row.at for row in rows if row.kind in begin), default=ticket.reached_at)
    taken = frozenset(
        row.data["day"]
        for row in rows
        if row.kind == "reminded" and row.data["about"] == about and row.at >= begun
    )
    return about, patience, convert.micros(begun), taken


def _all(about: str, patience: Patience, since: int, zone: str) -> Iterator[Step]:
    for day in patience.remind_days:
        at = terms.on_day(since=since, days=day, zone=zone)
        yield Step(at=convert.instant(at), about=about, day=day)
    closing = terms.after_days(since=since, days=patience.close_days, zone=zone)
    yield Step(at=convert.instant(closing), about=about, day=None)


def contract_zone(ticket: Ticket, standing: Iterable[contracts.Standings] = ()) -> str:
    """The zone of a ticket's contract; without one its customer's. `standing`: contracts of its customer read already."""
    if ticket.contract_id is not None:
        for one in standing:
            if one.id == ticket.contract_id:
                return one.zone
        return contracts.contract_by_id(ticket.vendor_id, ticket.contract_id).zone
    return ticket.organisation.zone


def next_check(
    ticket: Ticket,
    clock: Clock,
    rows: Iterable[Event],
    programme: Programme,
    now: datetime,
    standing: tuple[contracts.Standings, ...] | None = None,
) -> datetime | None:
    """When the worker should look again for anything but a promise: the next step, or a contract's start or end.

    `standing`: the contracts of its customer, as they are kept, where they were read in this transaction.
    """
    ahead = [step.at for step in steps(ticket, clock, rows, programme, standing or ())][:1]
    if ticket.status == Status.HELD:
        if standing is None:
            standing = contracts.contracts_of(ticket.vendor_id, ticket.organisation_id)
        ahead += [at for at in (one.changes_at(now) for one in standing) if at is not None]
        ahead += hand_overs(standing, now)
    return min(ahead, default=None)


def hand_overs(standing: Iterable[contracts.Standings], now: datetime) -> list[datetime]:
    """The instants still ahead at which a solution is handed over."""
    found = (
        convert.instant(terms.start_of(solution.handed_over_on, one.zone))
        for one in standing
        for solution in one.solutions
        if solution.handed_over_on is not None
    )
    return [at for at in found if at > now]
