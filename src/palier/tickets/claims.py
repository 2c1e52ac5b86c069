"""Units that a request holds of an allowance: reserved with the decision or choice that asks for them, used when it is done.

A request holds one claim at a time. Each is a reservation of the ledger, taken in the transaction that records why, and
ends there: consumed from the same grant, or released. Whoever the allowance says is told of each use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from uuid_utils.compat import uuid7

from palier.contracts import queries as contracts
from palier.core import coverage
from palier.core.entitlements import HOUR
from palier.core.programme import OutcomeKind, Programme
from palier.ledger import posting
from palier.people import access
from palier.tickets import funds, listeners, telling
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import (
    Choice,
    ChoiceStep,
    Claim,
    FundingState,
    Spending,
    Status,
    Ticket,
    TimeEntry,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a claim is to be of."""

    allowance: str
    contract: contracts.Standings | None
    quantity: int
    why: str
    clause: str
    decision: UUID


def held(ticket: Ticket) -> Claim | None:
    """What a request holds now."""
    return Claim.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id, state=Claim.HELD).first()


def cause(
    ticket: Ticket, by: access.Viewer, *, why: str, clause: str, decision: UUID | None = None
) -> dict[str, str | int]:
    """Why something moves in the ledger, in ids and words of the programme."""
    found: dict[str, str | int] = {"why": why, "ticket": str(ticket.id), "clause": clause}
    if decision is not None:
        found["decision"] = str(decision)
    person = by.contact_id or by.staff_id
    if person is not None:
        found["person"] = str(person)
    return found


# --- taking -----------------------------------------------------------------------------------------


def take(
    ticket: Ticket,
    wanted: Wanted,
    *,
    programme: Programme,
    by: access.Viewer,
    now: datetime,
    choice: Choice | None = None,
) -> Claim:
    """Reserve what is wanted, in the open transaction; the ticket's customer is locked. Raises posting.NothingLeft."""
    reservation = uuid7()
    owner = funds.owner_of(programme, wanted.allowance, wanted.contract, ticket.organisation_id)
    at = funds.counts_at(programme, wanted.allowance, reached_at=ticket.reached_at, now=now)
    posted = posting.reserve(
        owner=owner,
        allowance=wanted.allowance,
        quantity=wanted.quantity,
        reservation=reservation,
        cause=cause(ticket, by, why=wanted.why, clause=wanted.clause, decision=wanted.decision),
        at=at,
        now=now,
        overrun=overruns(programme, wanted.allowance),
    )
    claim = Claim.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        choice=choice,
        allowance=wanted.allowance,
        organisation_id=owner.organisation_id,
        contract_id=owner.contract_id,
        reservation=reservation,
        quantity=wanted.quantity,
        clause=wanted.clause,
        left=posted.balance.available,
        at=now,
    )
    if ticket.number:
        tell_taken(ticket, claim, programme=programme, now=now)
    return claim


def overruns(programme: Programme, allowance: str) -> bool:
    """Whether more may be used of an allowance than there is."""
    known = programme.allowances.get(allowance)
    return known is not None and known.overrun


def tell_taken(ticket: Ticket, claim: Claim, *, programme: Programme, now: datetime) -> None:
    """Tell of a unit that was taken. What is opened only now has no number yet: its opening tells once it has one."""
    if funds.is_time(programme, claim.allowance):
        return
    telling.tell_use(
        ticket,
        programme,
        allowance=claim.allowance,
        contract_id=claim.contract_id or ticket.contract_id,
        quantity=claim.quantity,
        left=claim.left,
        now=now,
    )


# --- ending -----------------------------------------------------------------------------------------


def release(ticket: Ticket, claim: Claim, *, why: str, by: access.Viewer, now: datetime) -> None:
    """Give back what a claim still holds: it is left again, or expires at once if its period is over."""
    if claim.quantity > claim.used:
        posting.release(
            vendor_id=ticket.vendor_id,
            reservation=claim.reservation,
            cause=cause(ticket, by, why=why, clause=claim.clause),
            at=now,
            now=now,
        )
    _end(claim, Claim.RELEASED, now)
    if claim.choice_id is not None:
        step(ticket, claim.choice, FundingState.RELEASED, why=why, now=now)


def consume(ticket: Ticket, claim: Claim, *, by: access.Viewer, now: datetime) -> None:
    """The work is done: the grant that was reserved pays, whatever became of its period."""
    posting.consume(
        vendor_id=ticket.vendor_id,
        reservation=claim.reservation,
        cause=cause(ticket, by, why="done", clause=claim.clause),
        at=now,
        now=now,
    )
    _end(claim, Claim.CONSUMED, now)
    if claim.choice_id is not None:
        step(ticket, claim.choice, FundingState.CONSUMED, why="done", now=now)


def _end(claim: Claim, state: str, now: datetime) -> None:
    claim.state, claim.ended_at = state, now
    claim.save(update_fields=["state", "ended_at"])


def step(ticket: Ticket, choice: Choice, state: FundingState, *, why: str, now: datetime) -> ChoiceStep:
    """Write down where the funding of a choice stands from now on."""
    row = ChoiceStep.objects.create(vendor_id=ticket.vendor_id, choice=choice, state=state, why=why, at=now)
    if state is FundingState.RELEASED:
        listeners.tell(
            listeners.Told(
                kind=listeners.News.CHOICE_RELEASED,
                vendor_id=ticket.vendor_id,
                ticket_id=ticket.id,
                choice_id=choice.id,
                now=now,
            )
        )
    return row


# --- following the decision -------------------------------------------------------------------------


def follow(
    ticket: Ticket,
    decision: coverage.Decision,
    verdict: Verdict,
    *,
    programme: Programme,
    contract: contracts.Standings | None,
    by: access.Viewer,
    now: datetime,
) -> None:
    """Bring what a request holds in line with a decision: a covered one takes what its clause uses, others give it back."""
    if decision.outcome is OutcomeKind.HOLD:
        # Held is not otherwise: what it holds of an allowance it keeps until that is decided.
        return
    wanted = uses_of(programme, decision)
    claim = held(ticket)
    if claim is not None and claim.choice_id is None and not _of_estimate(claim, programme):
        if claim.allowance == wanted:
            return
        release(ticket, claim, why="decided-otherwise", by=by, now=now)
        append(ticket, _happening(DeskKind.UNIT_RELEASED, claim), by=by, at=now, now=now)
    if wanted is None or _used_already(ticket, wanted):
        return
    used = use(ticket, decision, verdict.id, programme=programme, contract=contract, by=by, now=now)
    if used is not None:
        append(ticket, used, by=by, at=now, now=now)


def use(
    ticket: Ticket,
    decision: coverage.Decision,
    verdict_id: UUID,
    *,
    programme: Programme,
    contract: contracts.Standings | None,
    by: access.Viewer,
    now: datetime,
) -> Happening | None:
    """Take the unit that a covered request uses, and what happened; None where it uses none."""
    wanted = uses_of(programme, decision)
    if wanted is None:
        return None
    claim = take(
        ticket,
        Wanted(
            allowance=wanted,
            contract=contract,
            quantity=1,
            why="use",
            clause=decision.clause,
            decision=verdict_id,
        ),
        programme=programme,
        by=by,
        now=now,
    )
    return _happening(DeskKind.UNIT_USED, claim)


def uses_of(programme: Programme, decision: coverage.Decision) -> str | None:
    """The allowance of which a covered request takes one unit; hours are taken as they are worked."""
    if decision.outcome is not OutcomeKind.COVER:
        return None
    uses = allowance_of(programme, decision)
    return None if uses is None or programme.allowances[uses].unit == HOUR else uses


def allowance_of(programme: Programme, decision: coverage.Decision) -> str | None:
    """The allowance that the deciding clause uses, a unit or time."""
    return next((one.outcome.uses for one in programme.coverage if one.id == decision.clause), None)


def _of_estimate(claim: Claim, programme: Programme) -> bool:
    """Whether it holds minutes of an estimate, which no decision but only another estimate changes."""
    return funds.is_time(programme, claim.allowance)


def _used_already(ticket: Ticket, allowance: str) -> bool:
    return Claim.objects.filter(
        vendor_id=ticket.vendor_id,
        ticket_id=ticket.id,
        allowance=allowance,
        choice=None,
        state__in=[Claim.HELD, Claim.CONSUMED],
    ).exists()


def units_used(ticket: Ticket) -> tuple[str, ...]:
    """The allowances of which a request that was resolved before used a unit."""
    found = Claim.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id, state=Claim.CONSUMED)
    return tuple(found.filter(used=0).values_list("allowance", flat=True))


def _happening(kind: DeskKind, claim: Claim) -> Happening:
    return Happening(kind=kind, data={"allowance": claim.allowance, "quantity": claim.quantity})


def end(ticket: Ticket, *, by: access.Viewer, now: datetime) -> None:
    """After a request was resolved or closed: what was worked is paid by what it holds, the rest goes back.

    Resolved means worked; closed without being resolved, only where time was booked on it.
    """
    if ticket.status not in (Status.RESOLVED, Status.CLOSED):
        return
    claim = held(ticket)
    worked = ticket.resolved_at is not None or _was_worked(ticket)
    if claim is not None:
        programme = contracts.programme(ticket.revision_id)
        if worked and not funds.is_time(programme, claim.allowance):
            consume(ticket, claim, by=by, now=now)
        else:
            release(ticket, claim, why="done" if worked else "unworked", by=by, now=now)
            if not worked:
                append(ticket, _happening(DeskKind.UNIT_RELEASED, claim), by=by, at=now, now=now)
    elif not worked:
        _let_go_of_unpaid(ticket, now)
    if ticket.status == Status.RESOLVED:
        listeners.tell(
            listeners.Told(
                kind=listeners.News.RESOLVED, vendor_id=ticket.vendor_id, ticket_id=ticket.id, now=now
            )
        )


def _was_worked(ticket: Ticket) -> bool:
    return TimeEntry.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, reverses=None, reversed_by=None
    ).exists()


def _let_go_of_unpaid(ticket: Ticket, now: datetime) -> None:
    """Nobody need pay any more for a request that was closed unworked."""
    choice = latest_choice(ticket)
    if choice is not None and state_of(choice) is FundingState.UNPAID:
        step(ticket, choice, FundingState.RELEASED, why="unworked", now=now)


def latest_choice(ticket: Ticket) -> Choice | None:
    """The choice made last."""
    return Choice.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id).order_by("-number").first()


def state_of(choice: Choice) -> FundingState:
    """Where the funding of a choice stands."""
    found = (
        ChoiceStep.objects.filter(vendor_id=choice.vendor_id, choice_id=choice.id)
        .order_by("-at", "-id")
        .values_list("state", flat=True)
        .first()
    )
    if found is None:
        raise LookupError(f"choice {choice.id} has no step")
    return FundingState(found)


def spent(ticket: Ticket, allowance: str) -> int:
    """The minutes of an allowance that bookings on a request took, less those given back."""
    found = Spending.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id, allowance=allowance)
    return int(found.aggregate(total=Sum("minutes"))["total"] or 0)


def used(claim: Claim, minutes: int, *, now: datetime) -> None:
    """Bookings consumed so many minutes of a claim; one that is used up ends."""
    claim.used += minutes
    claim.save(update_fields=["used"])
    if claim.used >= claim.quantity:
        _end(claim, Claim.CONSUMED, now)
