"""How many requests a term has seen. They are counted whether or not the plan limits them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import terms
from palier.core.programme import Programme
from palier.people import prepared
from palier.tickets import convert
from palier.tickets.models import Ticket

YEAR = 12
"""The months of a term where the programme lists no kinds of term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request stands among those of its contract and term: the `number`-th since that day."""

    number: int
    since_on: date


def term_began(programme: Programme, contract: contracts.Standings, at: datetime) -> date | None:
    """The first day of the term that an instant lies in, in the contract's zone; None before the contract begins."""
    term = programme.terms.get(contract.term)
    months = YEAR if term is None else term.months
    day = terms.date_at(convert.micros(at), contract.zone)
    found = terms.term_on(origin=contract.activation_on, months=months, day=day)
    return None if found is None else found.first_on


# Of two that reached us at the same instant the lower number came first.
_COUNT = (
    "select count(*) from tickets_ticket where vendor_id = %s and contract_id = %s and organisation_id = %s"
    " and reached_at >= %s"
)


def opened(vendor_id: UUID, organisation_id: UUID, contract: contracts.Standings, since: date | None) -> int:
    """How many requests of a customer reached the vendor under a contract since the start of a day."""
    if since is None:
        return 0
    start = convert.instant(terms.start_of(since, contract.zone))
    ((count,),) = prepared.rows(_COUNT, [vendor_id, contract.id, organisation_id, start])
    return int(count)


def place(ticket: Ticket, contract: contracts.Standings | None) -> Place | None:
    """Which request of its contract's term a ticket is, of the term in which it reached the vendor; None without one."""
    if contract is None:
        return None
    there = contract.as_of(ticket.reached_at)
    since = term_began(contracts.programme(there.revision_id), there, ticket.reached_at)
    if since is None:
        return None
    start = convert.instant(terms.start_of(since, there.zone))
    ((count,),) = prepared.rows(
        f"{_COUNT} and (reached_at, number) <= (%s, %s)",
        [ticket.vendor_id, contract.id, ticket.organisation_id, start, ticket.reached_at, ticket.number],
    )
    return Place(number=count, since_on=since)
