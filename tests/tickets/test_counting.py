"""Which request of the term a ticket is: counted by when it reached the vendor, anew with each term."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.tickets import counting, opening
from palier.tickets.counting import Place
from palier.tickets.models import Ticket

from . import personas
from .personas import World, at


def reached(world: World, when: datetime) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(), now=when)


def place(ticket: Ticket) -> Place | None:
    contract = contracts.contract_by_id(ticket.vendor_id, ticket.contract_id) if ticket.contract_id else None
    return counting.place(ticket, contract)


def test_in_the_order_they_reached_us_and_anew_with_the_term(within: UUID) -> None:
    world = personas.northern(within)
    # The contract is of Paris: its second term begins on 2026-12-31 at 23:00 UTC.
    first, second = reached(world, at("2026-07-09 12:00")), reached(world, at("2026-07-09 12:00"))
    last, anew = reached(world, at("2026-12-31 22:59")), reached(world, at("2026-12-31 23:00"))
    assert [place(one) for one in (first, second, last)] == [
        Place(number=number, since_on=date(2026, 1, 1)) for number in (1, 2, 3)
    ]
    assert place(anew) == Place(number=1, since_on=date(2027, 1, 1))
    # One that is told late counts where it reached us, and those after it one further.
    Ticket.objects.filter(id=last.id).update(reached_at=at("2026-07-01 12:00"))
    last.refresh_from_db()
    assert [place(one) for one in (last, first, second)] == [
        Place(number=number, since_on=date(2026, 1, 1)) for number in (1, 2, 3)
    ]


def test_nothing_to_count_without_a_contract_or_before_it(within: UUID) -> None:
    world = personas.northern(within)
    ticket = reached(world, at("2026-07-09 12:00"))
    assert counting.place(ticket, None) is None
    Ticket.objects.filter(id=ticket.id).update(reached_at=at("2025-12-31 12:00"))
    ticket.refresh_from_db()
    assert place(ticket) is None
