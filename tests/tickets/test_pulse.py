"""The counter of changes: one more a transaction that wrote events, none for one that was rolled back or is a stranger's."""

from __future__ import annotations

from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connection, transaction

from palier.people import tenancy
from palier.people.models import Vendor
from palier.tickets import answering, lists, opening, pulse
from palier.tickets.models import Ticket

from . import personas
from .personas import World, at

NOW = at("2026-07-09 13:00")


def count(vendor_id: UUID) -> int:
    with tenancy.vendor(vendor_id):
        return pulse.at(vendor_id)


def note_and_fail(world: World, ticket: Ticket) -> None:
    answering.add_note(by=world.desk, ticket=ticket, body="Seen.", now=NOW)
    raise ZeroDivisionError


@pytest.fixture
def world(transactional_db: None, vendor: Vendor) -> World:
    with tenancy.vendor(vendor.id):
        return personas.northern(vendor.id)


def test_it_counts_transactions_that_wrote_events(world: World) -> None:
    before = count(world.vendor_id)
    with tenancy.vendor(world.vendor_id):
        ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
        answering.add_note(by=world.desk, ticket=ticket, body="Seen.", now=NOW)
        # Nothing is told before it is committed.
        assert pulse.at(world.vendor_id) == before
    assert count(world.vendor_id) == before + 1
    with tenancy.vendor(world.vendor_id):
        lists.page(world.desk, now=NOW)
    assert count(world.vendor_id) == before + 1


def test_what_is_rolled_back_never_happened(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
    before = count(world.vendor_id)
    with pytest.raises(ZeroDivisionError), tenancy.vendor(world.vendor_id):
        note_and_fail(world, ticket)
    assert count(world.vendor_id) == before
    with tenancy.vendor(world.vendor_id):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            note_and_fail(world, ticket)
        answering.add_note(by=world.desk, ticket=ticket, body="Seen again.", now=NOW)
    assert count(world.vendor_id) == before + 1


def test_another_vendors_changes_are_its_own(world: World) -> None:
    other = personas.add_vendor("neighbour")
    with tenancy.vendor(other.id):
        neighbour = personas.northern(other.id)
        opening.open_ticket(by=neighbour.customer, draft=personas.failure(), now=NOW)
    assert count(other.id) == 1
    assert count(world.vendor_id) == 0
    with tenancy.vendor(world.vendor_id):
        assert pulse.at(other.id) == 0


def test_two_at_once_are_both_counted(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        tickets = [
            opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW) for _ in range(2)
        ]
    before = count(world.vendor_id)
    together = Barrier(2)

    def note(n: int) -> None:
        try:
            together.wait()
            for _ in range(10):
                with tenancy.vendor(world.vendor_id):
                    answering.add_note(by=world.desk, ticket=tickets[n], body="Seen.", now=NOW)
        finally:
            connection.close()

    threads = [Thread(target=note, args=(n,)) for n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert count(world.vendor_id) == before + 20
