"""Letters of every kind: what stands in them, what never does."""

from __future__ import annotations

from tests.pages.fixtures import NOW
from tests.pages.world import World

from palier.mail import letters
from palier.mail.letters import Wanted, Words
from palier.people import tenancy
from palier.people.models import Contact, Notice, Staff


def notice(world: World, reader: Contact | Staff, kind: str, ticket: str = "", **data: object) -> Notice:
    number = world.tickets[ticket].number if ticket else None
    who = {"contact": reader} if isinstance(reader, Contact) else {"staff": reader}
    if ticket:
        data["ticket"] = str(world.tickets[ticket].id)
    return Notice(vendor=world.vendor, kind=kind, ticket_number=number, data=data, created_at=NOW, **who)


def composed(world: World, reader: Contact | Staff, *notices: Notice, acts: bool = False) -> Words:
    with tenancy.vendor(world.vendor.id):
        found = letters.compose(
            Wanted(vendor=world.vendor, reader=reader, notices=notices, now=NOW), acts=acts
        )
    assert found is not None
    return found


def test_a_request_received_says_the_verdict_its_why_and_when_we_answer(northern: World) -> None:
    camille = list(northern.customers.values())[0].contact
    found = composed(northern, camille, notice(northern, camille, "request-received", "fresh"))
    assert found.subject.startswith("[NOR-")
