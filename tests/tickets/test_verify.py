"""Verifying finds what was tampered with, and nothing else."""

from __future__ import annotations

import pytest

from palier.people import tenancy
from palier.people.models import Vendor
from palier.tickets import answering, choosing, opening, reopening, steering, sweeping, verify
from palier.tickets.models import Claim, CommitmentRow, Ticket

from . import moneyed, personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")
NOW = at("2026-07-10 12:00")


@pytest.fixture
def world(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(verify, "BATCH", 2)
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        made = [
            opening.open_ticket(by=world.customer, draft=personas.failure(effect), now=THURSDAY)
            for effect in ("lasting-major", "loss-of-service", "intermittent-minor")
        ]
        opening.open_ticket(by=world.customer, draft=personas.failure(fields={}), now=THURSDAY)
        answering.reply(
            by=world.desk, ticket=made[0], body="Which?", now=at("2026-07-09 13:00"), then="wait-customer"
        )
        reopening.resolve(by=world.desk, ticket=made[1], now=at("2026-07-09 14:00"))
        steering.rank(
            by=world.customer,
            organisation=world.organisation,
            ticket_ids=[made[2].id, made[0].id],
            now=at("2026-07-09 15:00"),
        )
        return world


def test_nothing_is_wrong_before_and_after_the_worker_came_by(world: World) -> None:
    assert verify.verify(vendor_id=world.vendor_id, now=at("2026-07-09 16:00")).mismatches == ()
    # What is due and not yet attended to is no mismatch.
    assert verify.verify(vendor_id=world.vendor_id, now=at("2026-07-20 12:00")).mismatches == ()
    sweeping.sweep(now=at("2026-07-20 12:00"))
    found = verify.verify(vendor_id=world.vendor_id, now=at("2026-07-20 12:00"))
    assert found.mismatches == ()
    assert (found.tickets, found.promises) == (4, 4)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"next_due_at": at("2027-01-01")}, "next_due_at"),
        ({"status": "resolved", "is_open": False}, "status"),
        ({"breached": True}, "breached"),
        ({"next_check_at": None}, "next_check_at"),
        ({"order_number": 1}, "place in the queue"),
        ({"clause": "X"}, "clause"),
        ({"severity": "1"}, "severity"),
    ],
)
def test_a_changed_row_is_found(world: World, change: dict[str, object], what: str) -> None:
    with tenancy.vendor(world.vendor_id):
        Ticket.objects.filter(number=1003).update(**change)
    found = verify.verify(vendor_id=world.vendor_id, now=at("2026-07-09 16:00")).mismatches
    assert ("NOR-1003", what) in {(one.ticket, one.what) for one in found}


def test_changed_and_missing_promises_are_found(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        CommitmentRow.objects.filter(ticket__number=1003).update(due_at=NOW)
        CommitmentRow.objects.filter(ticket__number=1002).delete()
    found = verify.verify(vendor_id=world.vendor_id, now=at("2026-07-09 16:00")).mismatches
    assert {(one.ticket, one.what) for one in found} == {
        ("NOR-1003", "first_response 1"),
        ("NOR-1002", "first_response 1"),
    }


def test_a_claim_that_the_ledger_does_not_keep_is_found(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = moneyed.solidxperts(vendor.id)
        ticket = opening.open_ticket(
            by=world.customer, draft=moneyed.asked("how-to", way="grace-call"), now=THURSDAY
        )
        moved = opening.open_ticket(by=world.customer, draft=moneyed.asked("how-to"), now=THURSDAY)
        choosing.choose(by=world.customer, ticket=moved, way="hourly-quote", text="", now=THURSDAY)
    assert verify.verify(vendor_id=vendor.id, now=NOW).mismatches == ()
    with tenancy.vendor(vendor.id):
        Claim.objects.filter(ticket=ticket).update(state=Claim.RELEASED)
    (found,) = verify.verify(vendor_id=vendor.id, now=NOW).mismatches
    assert (found.ticket, found.what, found.stored, found.computed) == (
        f"SXP-{ticket.number}",
        "claim grace-calls",
        "0",
        "1",
    )
