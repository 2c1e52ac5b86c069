"""Time, travel, fees: each billed once, by difference, with its reason; what is reversed comes back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from tests.tickets import moneyed
from tests.tickets.moneyed import asked
from tests.tickets.personas import World, add_staff, at

from palier.billing import billables, fees, invoicing, paper, paying, reasons, selling
from palier.billing.models import Charge, Invoice, InvoiceLine, Kind
from palier.contracts.models import Contract
from palier.people.access import Refused, Viewer
from palier.people.models import Organisation, Role
from palier.tickets import classifying, estimating, opening, reopening, timekeeping
from palier.tickets.estimating import Extra
from palier.tickets.models import Consent, Ticket, TimeEntry

from .selling_world import SELLERS

MORNING, TEN, NOON = at("2026-07-09 06:00"), at("2026-07-09 08:00"), at("2026-07-09 10:00")
LATER = at("2026-08-03 09:00")
JULY, AUGUST = date(2026, 7, 31), date(2026, 8, 31)


def set_up(made: World, slug: str) -> Viewer:
    """The vendor sells; answers who takes its money."""
    finance = Viewer.staff(add_staff(made.machine, "odile", Role.FINANCE))
    selling.save_settings(by=finance, values=SELLERS[slug], now=MORNING)
    selling.add_usual_rules(by=finance, country=SELLERS[slug]["country"], valid_from=date(2026, 1, 1))
    Organisation.objects.update(country=SELLERS[slug]["country"])
    return finance


@pytest.fixture
def world(within: UUID) -> World:
    return moneyed.proconcept(within)


@pytest.fixture
def finance(world: World) -> Viewer:
    return set_up(world, "proconcept")


def at_level_two(world: World, *extras: Extra, minutes: int = 120) -> Ticket:
    """A request whose cause is the customer's own, with an estimate agreed to at noon."""
    ticket = opening.open_ticket(by=world.customer, draft=asked("error", effect="task-hindered"), now=MORNING)
    classifying.classify(
        by=world.desk, ticket=ticket, changes={"cause": "customer-handling"}, reason="An import", now=TEN
    )
    row = estimating.estimate(
        by=world.desk,
        ticket=ticket,
        way="estimate",
        minutes=minutes,
        text="We repair it.",
        now=TEN,
        extras=extras,
    )
    estimating.agree(by=world.customer, ticket=ticket, estimate=row, text="Yes, please", now=NOON)
    return Ticket.objects.get(id=ticket.id)


def book(world: World, ticket: Ticket, start: datetime, minutes: int, by: Viewer | None = None) -> TimeEntry:
    (entry,) = timekeeping.book(
        by=by or world.desk, ticket=ticket, started_at=start, minutes=minutes, billable=True, note="",
        now=start + timedelta(hours=8),
    )  # fmt: skip
    return entry


def invoice(world: World, finance: Viewer, until: date = JULY, now: datetime = LATER) -> tuple[Invoice, ...]:
    return billables.invoice_customer(by=finance, organisation_id=world.organisation.id, until=until, now=now)


def test_time_is_billed_once_with_its_reason(world: World, finance: Viewer) -> None:
    ticket = at_level_two(world)
    entries = [book(world, ticket, NOON, 20), book(world, ticket, NOON + timedelta(hours=1), 15)]
    assert billables.customers(world.vendor_id, date(2026, 7, 8)) == []
    assert billables.customers(world.vendor_id, JULY) == [world.organisation.id]
    (made,) = invoice(world, finance)
    # 35 minutes are 45 by the quarter hour: 45 min at 220.00 CHF an hour, 8.1 % tax.
    assert (made.net, made.tax, made.total, made.currency) == (16_500, 1_337, 17_837, "CHF")
    (line,) = made.lines.all()
    assert (line.minutes, line.quantity, line.clause, line.ticket_id) == (45, 45_000, "B4", ticket.id)
    assert set(line.entries) == {one.id for one in entries}
    assert line.consent == Consent.objects.get().id
    (reason,) = reasons.behind([line])
    assert reason.agreed is not None
    assert (reason.agreed.who, reason.agreed.text) == (world.contact.name, "Yes, please")
    assert (reason.verdict, [one.minutes for one in reason.worked]) == (3, [20, 15])
    assert reason.clause_words is not None
    assert paper.why(reason, "en") == f"{reason.ticket} · decision 3 · clause B4 · 2 entries"
    assert invoice(world, finance) == ()
    assert billables.customers(world.vendor_id, JULY) == []


def test_what_is_booked_later_is_billed_by_difference(world: World, finance: Viewer) -> None:
    ticket = at_level_two(world)
    book(world, ticket, NOON, 20)
    (first,) = invoice(world, finance)
    assert first.lines.get().minutes == 30
    book(world, ticket, NOON + timedelta(hours=2), 5)
    # 25 minutes still are 30: nothing more to bill.
    assert invoice(world, finance) == ()
    late = book(world, ticket, NOON + timedelta(hours=3), 10)
    (second,) = invoice(world, finance, AUGUST)
    line = second.lines.get()
    assert (line.minutes, line.net) == (15, 5_500)
    assert late.id in line.entries


def test_what_is_reversed_before_is_not_billed_and_after_comes_back(world: World, finance: Viewer) -> None:
    ticket = at_level_two(world)
    kept, undone = book(world, ticket, NOON, 30), book(world, ticket, NOON + timedelta(hours=1), 60)
    (made,) = invoice(world, finance)
    assert made.net == 33_000
    timekeeping.reverse(by=world.desk, ticket=ticket, entry=undone, reason="The wrong request", now=LATER)
    (note,) = invoice(world, finance, AUGUST)
    assert (note.kind, note.corrects_id, note.net) == (Kind.CREDIT_NOTE, made.id, 22_000)
    assert note.lines.get().minutes == 60
    assert invoicing.account(made).open == made.total - note.total
    assert invoice(world, finance, AUGUST) == ()
    timekeeping.reverse(by=world.desk, ticket=ticket, entry=kept, reason="That too", now=LATER)
    (rest,) = invoice(world, finance, AUGUST)
    assert (rest.net, invoicing.account(made).open) == (11_000, 0)
    again = book(world, ticket, NOON + timedelta(hours=5), 15)
    (fresh,) = invoice(world, finance, AUGUST)
    assert (fresh.net, again.id in fresh.lines.get().entries) == (5_500, True)


def test_a_favour_is_not_billed_again(world: World, finance: Viewer) -> None:
    ticket = at_level_two(world)
    book(world, ticket, NOON, 60)
    (made,) = invoice(world, finance)
    invoicing.credit(by=finance, invoice=made, reason="As a favour", now=LATER)
    assert invoice(world, finance, AUGUST) == ()


def test_each_person_and_day_is_a_line(world: World, finance: Viewer) -> None:
    ticket = at_level_two(world, minutes=600)
    boss = world.boss
    book(world, ticket, NOON, 10)
    book(world, ticket, NOON + timedelta(hours=1), 10, by=boss)
    book(world, ticket, NOON + timedelta(days=1), 10)
    (made,) = invoice(world, finance)
    assert [line.minutes for line in made.lines.order_by("position")] == [15, 15, 15]
    assert (made.from_on, made.until_on) == (date(2026, 7, 9), date(2026, 7, 10))


def test_travel_of_an_estimate_is_billed_once_the_work_is_done(world: World, finance: Viewer) -> None:
    ticket = at_level_two(world, Extra(kind="travel", text="Zürich – Sonceboz", amount=12_345))
    book(world, ticket, NOON, 60)
    (time_only,) = invoice(world, finance)
    assert time_only.net == 22_000
    reopening.resolve(by=world.desk, ticket=ticket, now=NOON + timedelta(days=1), message="Repaired.")
    (made,) = invoice(world, finance)
    line = made.lines.get()
    assert (line.net, line.source, line.consent) == (12_345, "extra", Consent.objects.get().id)
    assert "Zürich – Sonceboz" in line.name_fr
    assert invoice(world, finance) == ()


def test_a_charge_about_a_request_needs_a_yes(world: World, finance: Viewer) -> None:
    values = {
        "by": finance, "organisation": world.organisation, "kind": Charge.TRAVEL,
        "names": {"en": "Travel", "fr": "Déplacement"}, "amount": 5_000, "currency": "CHF", "on": date(2026, 7, 10),
        "now": LATER,
    }  # fmt: skip
    plain = opening.open_ticket(by=world.customer, draft=asked("error", effect="task-hindered"), now=MORNING)
    with pytest.raises(Refused, match="agreed to nothing"):
        billables.charge(ticket=plain, **values)  # type: ignore[arg-type]
    for changed in ({"amount": 0}, {"kind": "gift"}, {"names": {"en": "x"}}):
        with pytest.raises(Refused, match="above 0"):
            billables.charge(**{**values, **changed})  # type: ignore[arg-type]
    with pytest.raises(Refused):
        billables.charge(**{**values, "by": world.desk})  # type: ignore[arg-type]
    row = billables.charge(ticket=at_level_two(world), **values)  # type: ignore[arg-type]
    assert row.consent == Consent.objects.get().id
    assert billables.customers(world.vendor_id, date(2026, 7, 9)) == []
    (made,) = invoice(world, finance)
    assert (made.net, made.lines.get().key) == (5_000, str(row.id))


def test_a_contracts_fee_is_billed_and_paying_it_frees_the_contract(within: UUID) -> None:
    made = moneyed.under(within, "infor", plan="premium", zone="Europe/Paris", yearly_amount=1_200_000)
    Contract.objects.update(paid_at=None)
    finance = set_up(made, "northern")
    contract = Contract.objects.get()
    assert billables.customers(within, JULY) == [made.organisation.id]
    (issued,) = invoice(made, finance)
    line = issued.lines.get()
    assert (line.net, line.source, line.key) == (1_200_000, "fee", fees.fee_key(contract))
    assert invoice(made, finance) == ()
    paying.record_for_invoice(
        by=finance, invoice=issued, method="transfer", amount=issued.total - 1, currency="EUR", paid_at=LATER,
        reference="T", now=LATER,
    )  # fmt: skip
    contract.refresh_from_db()
    assert contract.paid_at is None
    paying.record_for_invoice(
        by=finance,
        invoice=issued,
        method="transfer",
        amount=1,
        currency="EUR",
        paid_at=LATER,
        reference="T",
        now=LATER,
    )
    contract.refresh_from_db()
    assert contract.paid_at == LATER


def test_nobody_else_invoices(world: World, finance: Viewer) -> None:
    book(world, at_level_two(world), NOON, 60)
    for by in (world.desk, world.customer):
        with pytest.raises(Refused):
            billables.invoice_customer(by=by, organisation_id=world.organisation.id, until=JULY, now=LATER)
    assert not InvoiceLine.objects.exists()
