"""Charging time that was worked: within the consent, and from the ledger by difference where hours pay for it.

What a day comes to is weighted, summed and rounded once (core/timesheet.py); an entry takes only what the day gains by it,
and a reversal gives back what the day loses. First what the consent reserved is used, then what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.contracts import queries as contracts
from palier.core import timesheet
from palier.core.programme import OutcomeKind, Price
from palier.ledger import posting
from palier.people import access
from palier.tickets import claims, consenting, convert, funds, pricing, telling, ways
from palier.tickets.models import Consent, Spending, Ticket, TimeEntry, Verdict
from palier.tickets.problems import CannotDo


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """On what time is charged: a consent, by a price or from hours bought; or an allowance that the plan includes."""

    price: Price | None
    allowance: str
    contract: contracts.Standings | None
    consent: Consent | None

    @property
    def rules(self) -> timesheet.Rules:
        """How its minutes are rounded."""
        return pricing.rules_of(self.price)


def basis_of(ticket: Ticket, verdict: Verdict) -> Basis | None:
    """On what billable time of a request would be charged now; None where nothing allows any."""
    programme = contracts.programme(ticket.revision_id)
    consent = consenting.in_force(ticket)
    if consent is not None and consent.estimate is not None:
        agreed = consent.estimate
        return Basis(
            price=funds.rate_of(programme, programme.ways[agreed.way]),
            allowance=agreed.allowance,
            contract=contract_of(ticket, agreed.contract_id),
            consent=consent,
        )
    decision = convert.decision_from_json(verdict.decision)
    uses = claims.allowance_of(programme, decision) if decision.outcome is OutcomeKind.COVER else None
    if uses is None or not funds.is_time(programme, uses):
        return None
    filled = next((price for price in programme.prices.values() if price.fills == uses), None)
    return Basis(price=filled, allowance=uses, contract=contract_of(ticket, ticket.contract_id), consent=None)


def contract_of(ticket: Ticket, contract_id: UUID | None) -> contracts.Standings | None:
    """The contract of that id, if there is one."""
    return None if contract_id is None else contracts.contract_by_id(ticket.vendor_id, contract_id)


def standing_entries(ticket: Ticket) -> list[TimeEntry]:
    """The entries that nobody reversed, oldest first."""
    found = TimeEntry.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, reverses=None, reversed_by=None
    )
    return list(found.select_related("consent").order_by("day", "started_at", "id"))


def sheet(entries: Iterable[TimeEntry], basis: Basis) -> list[timesheet.Entry]:
    """Those of them that are charged on one basis."""
    price = "" if basis.price is None else basis.price.id
    return [
        timesheet.Entry(
            person=str(one.staff_id),
            ticket=str(one.ticket_id),
            day=one.day,
            minutes=one.minutes,
            weight_percent=one.weight_percent,
        )
        for one in entries
        if one.billable and (one.price, one.allowance) == (price, basis.allowance)
    ]


def charge(
    ticket: Ticket,
    basis: Basis,
    before: Sequence[TimeEntry],
    after: Sequence[TimeEntry],
    made: Sequence[TimeEntry],
    *,
    by: access.Viewer,
    now: datetime,
) -> None:
    """Keep within the consent, and take from the ledger (or give back) what the days gain (or lose)."""
    was, is_ = sheet(before, basis), sheet(after, basis)
    total = sum(timesheet.charged(is_, basis.rules).values())
    gained = timesheet.difference(was, is_, basis.rules)
    agreed = None if basis.consent is None else basis.consent.minutes
    if agreed is not None and total > agreed and sum(gained.values()) > 0:
        raise _over(agreed, total)
    if not basis.allowance:
        return
    for (person, _, day), minutes in gained.items():
        entry = next(one for one in made if one.day == day and str(one.staff_id) == person)
        if minutes > 0:
            _take(ticket, basis, entry, minutes, by=by, now=now)
        else:
            _give_back(ticket, basis, entry, -minutes, by=by, now=now)


def _over(agreed: int, total: int) -> CannotDo:
    return CannotDo(
        code="over-estimate",
        en=f"The customer agreed to {ways.time_words(agreed)}, and this makes {ways.time_words(total)}: "
        "send a new estimate of the whole first.",
        fr=f"Le client a accepté {ways.time_words(agreed)}, et ceci en fait {ways.time_words(total)} : "
        "envoyez d’abord une nouvelle estimation de l’ensemble.",
    )


def _take(
    ticket: Ticket, basis: Basis, entry: TimeEntry, minutes: int, *, by: access.Viewer, now: datetime
) -> None:
    """First what the consent reserved, then what is left, of the grants in force when it was worked."""
    programme = contracts.programme(ticket.revision_id)
    cause = claims.cause(ticket, by, why="worked", clause=entry.clause)
    claim = claims.held(ticket)
    kept = 0
    left: int | None = None
    if claim is not None and claim.allowance == basis.allowance:
        kept = min(minutes, claim.quantity - claim.used)
    if claim is not None and kept > 0:
        posted = posting.consume(
            vendor_id=ticket.vendor_id,
            reservation=claim.reservation,
            cause=cause,
            at=now,
            now=now,
            quantity=kept,
        )
        claims.used(claim, kept, now=now)
        _write_spending(ticket, basis, entry, posted, now=now)
        left = posted.balance.available
    if minutes > kept:
        owner = funds.owner_of(programme, basis.allowance, basis.contract, ticket.organisation_id)
        try:
            posted = posting.spend(
                owner=owner,
                allowance=basis.allowance,
                quantity=minutes - kept,
                reservation=uuid7(),
                cause=cause,
                at=entry.started_at,
                now=now,
                overrun=claims.overruns(programme, basis.allowance),
            )
        except posting.NothingLeft as error:
            raise consenting.hours_missing(ticket, left=error.left, asked=error.asked, now=now) from error
        _write_spending(ticket, basis, entry, posted, now=now)
        left = posted.balance.available
    telling.tell_use(
        ticket,
        programme,
        allowance=basis.allowance,
        contract_id=None if basis.contract is None else basis.contract.id,
        quantity=minutes,
        left=left,
        now=now,
    )


def _write_spending(
    ticket: Ticket, basis: Basis, entry: TimeEntry, posted: posting.Posted, *, now: datetime
) -> None:
    Spending.objects.bulk_create(
        Spending(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            entry=entry,
            staff_id=entry.staff_id,
            day=entry.day,
            allowance=basis.allowance,
            contract_id=None if basis.contract is None else basis.contract.id,
            posting=one.id,
            minutes=one.move.quantity,
            at=now,
        )
        for one in posted.postings
        if one.move.kind == "consume"
    )


def _give_back(
    ticket: Ticket, basis: Basis, entry: TimeEntry, minutes: int, *, by: access.Viewer, now: datetime
) -> None:
    """Reverse what this person's day took, latest first, posting by posting."""
    rows = Spending.objects.filter(
        vendor_id=ticket.vendor_id,
        ticket_id=ticket.id,
        staff_id=entry.staff_id,
        day=entry.day,
        allowance=basis.allowance,
    ).order_by("-at", "-id")
    net: dict[UUID, int] = defaultdict(int)
    for row in rows:
        net[row.posting] += row.minutes
    for posting_id, there in net.items():
        back = min(minutes, there)
        if back <= 0:
            continue
        minutes -= back
        posting.give_back(
            vendor_id=ticket.vendor_id,
            posting_id=posting_id,
            quantity=back,
            cause=claims.cause(ticket, by, why="reversed", clause=entry.clause),
            at=now,
            now=now,
        )
        Spending.objects.create(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            entry=entry,
            staff_id=entry.staff_id,
            day=entry.day,
            allowance=basis.allowance,
            contract_id=None if basis.contract is None else basis.contract.id,
            posting=posting_id,
            minutes=-back,
            at=now,
        )
