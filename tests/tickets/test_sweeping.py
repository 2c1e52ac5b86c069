"""What time alone brings is recorded once, at its true instant, by whoever comes by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from palier.contracts import actions as contracts
from palier.contracts import holidays, queries
from palier.contracts.models import HolidayRows
from palier.core import worktime
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Vendor
from palier.tickets import answering, clockwork, home, lists, opening, sweeping, ticket_page, verify
from palier.tickets.models import Event, Status, Ticket

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")
DUE = at("2026-07-10 11:00")
WARNED = at("2026-07-10 09:00")


@pytest.fixture
def world(vendor: Vendor) -> World:
    with tenancy.vendor(vendor.id):
        return personas.northern(vendor.id)


def opened(world: World, **more: Any) -> Ticket:
    with tenancy.vendor(world.vendor_id):
        return opening.open_ticket(by=world.customer, draft=personas.failure(**more), now=THURSDAY)


def seen(world: World, ticket: Ticket) -> tuple[Ticket, list[tuple[str, object]]]:
    with tenancy.vendor(world.vendor_id):
        ticket.refresh_from_db()
        kinds = ("warned", "breached", "breach-withdrawn", "reminded", "closed")
        rows = Event.objects.filter(ticket=ticket, kind__in=kinds).order_by("at", "recorded_at", "id")
        return ticket, [(row.kind, row.at) for row in rows]


def test_a_warning_and_a_breach_are_recorded_once_at_their_true_instants(world: World) -> None:
    ticket = opened(world)
    assert ticket.next_check_at == WARNED
    assert sweeping.sweep(now=WARNED - timedelta(microseconds=1)) == 0
    assert sweeping.sweep(now=at("2026-07-10 10:00")) == 1
    ticket, recorded = seen(world, ticket)
    assert recorded == [("warned", WARNED)]
    assert (ticket.next_check_at, ticket.breached) == (DUE, False)
    for _ in range(2):
        sweeping.sweep(now=at("2026-07-12 11:00"))
    ticket, recorded = seen(world, ticket)
    assert recorded == [("warned", WARNED), ("breached", DUE)]
    assert (ticket.breached_at, ticket.order_calm) == (DUE, False)


def test_a_late_event_takes_a_breach_back(world: World) -> None:
    ticket = opened(world)
    sweeping.sweep(now=at("2026-07-10 12:00"))
    with tenancy.vendor(world.vendor_id):
        answering.reply(
            by=world.desk,
            ticket=ticket,
            body="Fetched late",
            now=at("2026-07-10 15:30"),
            reached_at=at("2026-07-10 10:59"),
        )
    ticket, recorded = seen(world, ticket)
    assert [kind for kind, _ in recorded] == ["warned", "breached", "breach-withdrawn"]
    assert not ticket.breached
    sweeping.sweep(now=at("2026-07-10 15:31"))
    assert len(seen(world, ticket)[1]) == 3


def test_a_held_request_is_reminded_twice_and_closed_as_not_freed(world: World) -> None:
    ticket = opened(world, fields={})
    # Held on 9 July in Paris: reminders on 12 and 19 July, closing after 8 August.
    sweeping.sweep(now=at("2026-07-13 12:00"))
    assert seen(world, ticket)[1] == [("reminded", at("2026-07-11 22:00"))]
    sweeping.sweep(now=at("2026-08-08 21:59"))
    assert seen(world, ticket)[1][1:] == [("reminded", at("2026-07-18 22:00"))]
    sweeping.sweep(now=at("2026-08-10 12:00"))
    ticket, recorded = seen(world, ticket)
    assert recorded[2:] == [("closed", at("2026-08-08 22:00"))]
    assert (ticket.status, ticket.closed_at, ticket.next_check_at) == (
        Status.CLOSED,
        at("2026-08-08 22:00"),
        None,
    )
    with tenancy.vendor(world.vendor_id):
        assert Event.objects.get(ticket=ticket, kind="closed").data == {"reason": "not-freed"}


def test_a_customer_who_never_answers_is_reminded_and_the_request_closed(world: World) -> None:
    ticket = opened(world)
    with tenancy.vendor(world.vendor_id):
        answering.reply(
            by=world.desk, ticket=ticket, body="Which?", now=at("2026-07-09 13:00"), then="wait-customer"
        )
        programme = queries.programme_of(world.revision)
    sweeping.sweep(now=at("2026-09-30 12:00"))
    ticket, recorded = seen(world, ticket)
    reminders = [kind for kind, _ in recorded if kind == "reminded"]
    assert len(reminders) == len(programme.silence.remind_days)
    assert ticket.status == Status.CLOSED


def test_a_contract_that_begins_frees_what_it_held(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        other = personas.add_customer(world.machine, name="Later")
        contact = personas.add_contact(world.machine, other, "lea")
        contract = contracts.draw_up(
            by=world.machine,
            organisation=other,
            plan="standard",
            number="N-2",
            activation_on=date(2026, 7, 15),
            now=THURSDAY,
            paid_at=THURSDAY,
        )
        contracts.add_solution(
            by=world.machine, contract=contract, name="S", handed_over_on=date(2026, 7, 1), now=THURSDAY
        )
        ticket = opening.open_ticket(by=Viewer.customer(contact), draft=personas.failure(), now=THURSDAY)
        assert (ticket.status, ticket.hold) == (Status.HELD, "contract")
    sweeping.sweep(now=at("2026-07-16 08:00"))
    with tenancy.vendor(world.vendor_id):
        ticket.refresh_from_db()
        assert ticket.status == Status.NEW
        # It began on 15 July 00:00 in Paris: 8 h from 09:00 there.
        assert ticket.commitments.get(commitment="first_response").due_at == at("2026-07-15 15:00")


def test_a_ticket_that_cannot_be_folded_stops_nobody_else(world: World) -> None:
    good, bad = opened(world), opened(world)
    with tenancy.vendor(world.vendor_id):
        first = Event.objects.get(ticket=bad, kind="submitted")
        Event.objects.create(
            vendor_id=world.vendor_id, ticket=bad, kind="submitted", at=first.at, recorded_at=first.at, by="customer",
            data=first.data,
        )  # fmt: skip
    with pytest.raises(ExceptionGroup) as caught:
        sweeping.sweep(now=at("2026-07-10 12:00"))
    assert str(bad.id) in caught.value.exceptions[0].__notes__[0]
    assert seen(world, good)[1][-1] == ("breached", DUE)


def test_holidays_known_further_ahead_move_what_is_due(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.horizant(vendor.id)
        ticket = opening.open_ticket(by=world.customer, draft=personas.deviation(), now=THURSDAY)
        before = set(HolidayRows.objects.values_list("code", "hash"))
        assert holidays.extend(vendor.id, THURSDAY) == {}
    assert sweeping.extend_holidays(now=THURSDAY) == 0
    later = at("2028-07-10 12:00")
    assert sweeping.extend_holidays(now=later) == 1
    assert sweeping.extend_holidays(now=later) == 0
    with tenancy.vendor(vendor.id):
        fresh = set(HolidayRows.objects.values_list("code", "hash")) - before
        assert [code for code, _ in fresh] == ["CA-QC"]
        changed = Event.objects.filter(ticket=ticket, kind="facts-changed").latest("recorded_at")
        assert changed.data["facts"]["calendar_version"] == [f"CA-QC:{next(iter(fresh))[1]}"]


def _closed(programme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Northern's programme, with its customers' hours closed for good after 9 July 2026."""
    week = 'week: {mon-fri: ["09:00-18:00"]}\n'
    text = programme.replace(week, f"{week}    closures: [2026-07-10..2045-12-31]\n", 1)
    assert text != programme
    monkeypatch.setattr(personas, "source", lambda name: text)


def test_hours_that_never_come_again_lose_no_request_and_stop_no_sweep(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = personas.add_vendor("neighbour")
    with tenancy.vendor(other.id):
        neighbour = personas.northern(other.id)
    _closed(personas.source("northern"), monkeypatch)
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        preview = opening.preview_request(by=world.customer, draft=personas.failure(), now=THURSDAY)
        assert preview.due_at is None
        assert preview.clock is not None
        assert preview.clock.promises[0].endless
    ticket, theirs = opened(world), opened(neighbour)
    assert (ticket.status, ticket.next_due_at) == (Status.NEW, None)
    assert sweeping.sweep(now=at("2026-07-13 12:00")) == 1
    assert [kind for kind, _ in seen(neighbour, theirs)[1]] == ["warned", "breached"]
    with tenancy.vendor(world.vendor_id):
        page = ticket_page.ticket_page(world.desk, number=ticket.number, now=at("2026-07-13 12:00"))
        assert page.clock.promises[0].endless
        assert lists.page(world.desk, now=at("2026-07-13 12:00")).rows[0].due_at is None
        assert home.home(world.customer, now=at("2026-07-13 12:00")).open
        answering.reply(by=world.desk, ticket=ticket, body="We are closed", now=at("2026-07-13 12:00"))
    assert verify.verify(vendor_id=world.vendor_id, now=at("2026-07-13 13:00")).mismatches == ()


def test_a_ticket_that_cannot_be_counted_keeps_no_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = opened(world), opened(world)
    fold = clockwork.fold

    def folded(ticket: Ticket, rows: Any, now: Any) -> Any:
        if ticket.id == bad.id:
            raise worktime.OutOfRange("desk")
        return fold(ticket, rows, now)

    monkeypatch.setattr(clockwork, "fold", folded)
    with pytest.raises(ExceptionGroup) as caught:
        sweeping.sweep(now=DUE)
    assert caught.value.subgroup(worktime.OutOfRange) is not None
    assert [kind for kind, _ in seen(world, good)[1]] == ["warned", "breached"]
    assert seen(world, bad)[1] == []
