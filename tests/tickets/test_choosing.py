"""The ways on: seen before sending, chosen with a reservation, paid, taken back; and what a covered request uses."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from palier.contracts import actions as contracts
from palier.people.access import Refused, Viewer
from palier.people.models import Notice
from palier.tickets import answering, choosing, classifying, holding, opening, reopening, sweeping
from palier.tickets.funds import WayKind
from palier.tickets.models import Choice, Claim, Consent, Event, Status, Ticket, Verdict
from palier.tickets.problems import CannotDo

from . import moneyed, personas
from .moneyed import asked, left, solidxperts, state
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")
LATER = at("2026-07-10 14:00")


def how_to(world: World, **more: object) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=asked("how-to", **more), now=THURSDAY)


def choose(world: World, ticket: Ticket, way: str, **more: object) -> Choice:
    values = {"by": world.customer, "text": "Shown", "now": LATER, "agreed": True, **more}
    return choosing.choose(ticket=ticket, way=way, **values)  # type: ignore[arg-type]


# --- seen before sending ----------------------------------------------------------------------------


def test_the_preview_lists_each_way_with_price_use_and_balance_now_and_after(within: UUID) -> None:
    world = solidxperts(within, seats=6)
    preview = opening.preview_request(by=world.customer, draft=asked("how-to"), now=THURSDAY)
    assert [one.way for one in preview.ways] == [
        "grace-call", "incident", "hours-10", "hourly-quote", "fixed-quote"
    ]  # fmt: skip
    grace, incident, block, hourly, fixed = preview.ways
    assert (grace.kind, grace.available, grace.uses, grace.amount) == (WayKind.ALLOWANCE, True, 1, None)
    assert (grace.balance_before, grace.balance_after) == (2, 1)
    assert (incident.kind, incident.amount, incident.currency) == (WayKind.PAY, 19500, "CAD")
    assert (incident.needs_agreement, incident.buys) == (True, True)
    assert (block.kind, block.minutes, block.balance_before, block.balance_after) == (
        WayKind.PAY,
        600,
        0,
        600,
    )
    assert (hourly.kind, fixed.kind) == (WayKind.ESTIMATE, WayKind.ESTIMATE)
    assert "2 now, 1 after" in grace.text["en"]
    assert "2 maintenant, 1 ensuite" in grace.text["fr"]
    assert "195.00" in incident.text["en"]
    assert not Claim.objects.exists()


def test_a_way_chosen_in_the_preview_is_taken_with_the_request(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world, way="grace-call", way_text="One of one")
    choice = Choice.objects.get(ticket=ticket)
    assert (choice.way, choice.text, choice.balance_before, choice.balance_after) == (
        "grace-call", "One of one", 1, 0
    )  # fmt: skip
    assert (choice.contact_id, choice.at) == (world.contact.id, THURSDAY)
    assert (ticket.status, ticket.wait, ticket.outcome) == (Status.NEW, "", "offer")
    assert (state(ticket), left(world, "grace-calls", LATER)) == ("reserved", 0)
    decided = Verdict.objects.get(ticket=ticket).decision["facts"]
    assert (decided["way"], decided["funding"]) == ("grace-call", "reserved")
    with pytest.raises(CannotDo, match="nothing-left") as refused:
        how_to(world, way="grace-call")
    assert "195.00" in refused.value.said["en"]


def test_a_way_that_must_be_paid_holds_the_new_request(within: UUID) -> None:
    world = solidxperts(within)
    with pytest.raises(CannotDo, match="not-agreed"):
        how_to(world, way="incident")
    ticket = how_to(world, way="incident", way_agreed=True)
    assert (ticket.status, ticket.hold, state(ticket)) == (Status.HELD, "incident-payment", "unpaid")
    consent = Consent.objects.get(ticket=ticket)
    assert (consent.agreed, consent.amount, consent.currency) == (True, 19500, "CAD")
    assert consent.contact_id == world.contact.id
    choice = Choice.objects.get(ticket=ticket)
    choosing.funded(vendor_id=within, choice_id=choice.id, now=LATER)
    choosing.funded(vendor_id=within, choice_id=choice.id, now=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.hold, state(ticket)) == (Status.NEW, "", "paid")
    assert ticket.commitments.get(commitment="first_response").started_at == LATER
    assert left(world, "incident", LATER) == 0
    answering.reply(by=world.desk, ticket=ticket, body="Like so", now=LATER, then="resolve")
    # Until it can no longer be taken back, nothing is used.
    assert state(ticket) == "paid"
    sweeping.sweep(now=LATER + timedelta(seconds=10))
    assert state(ticket) == "consumed"


def test_what_turns_out_to_be_covered_needs_no_way(within: UUID) -> None:
    world = solidxperts(within)
    ticket = opening.open_ticket(
        by=world.customer, draft=asked("error", effect="nuisance", way="grace-call"), now=THURSDAY
    )
    assert (ticket.outcome, Choice.objects.count(), left(world, "grace-calls", THURSDAY)) == ("cover", 0, 1)


# --- chosen later -----------------------------------------------------------------------------------


def test_a_choice_reserves_and_ends_the_wait_and_is_used_when_resolved(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world)
    assert (ticket.status, ticket.wait) == (Status.WAITING, "consent")
    choice = choose(world, ticket, "grace-call")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait) == (Status.NEW, "")
    assert (state(ticket), left(world, "grace-calls", LATER)) == ("reserved", 0)
    assert choose(world, ticket, "grace-call").id == choice.id
    reopening.resolve(by=world.desk, ticket=ticket, now=LATER)
    assert (state(ticket), left(world, "grace-calls", LATER)) == ("consumed", 0)


def test_each_use_is_told_to_the_contact_the_administrator_and_the_account_manager(within: UUID) -> None:
    world = solidxperts(within)
    ticket = opening.open_ticket(
        by=Viewer.customer(world.colleague), draft=asked("how-to", way="grace-call"), now=THURSDAY
    )
    told = Notice.objects.filter(kind="allowance-used")
    assert {one.contact_id or one.staff_id for one in told} == {
        world.contact.id, world.colleague.id, world.manager.id
    }  # fmt: skip
    assert {one.ticket_number for one in told} == {ticket.number}
    assert {(one.data["allowance"], one.data["left"]) for one in told} == {("grace-calls", 0)}


def test_another_way_gives_the_unit_back(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world, way="grace-call")
    choose(world, ticket, "hourly-quote")
    assert (left(world, "grace-calls", LATER), state(ticket)) == (1, "quoted")
    choose(world, ticket, "grace-call", now=LATER + timedelta(hours=1))
    assert (left(world, "grace-calls", LATER + timedelta(hours=1)), state(ticket)) == (0, "reserved")
    assert [one.way for one in Choice.objects.order_by("number")] == [
        "grace-call", "hourly-quote", "grace-call"
    ]  # fmt: skip


def test_closed_unworked_or_withdrawn_it_goes_back(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world, way="grace-call")
    choosing.withdraw(by=world.customer, ticket=ticket, now=LATER)
    ticket.refresh_from_db()
    assert (left(world, "grace-calls", LATER), ticket.wait, state(ticket)) == (1, "consent", "released")
    choose(world, ticket, "grace-call")
    reopening.close(by=world.customer, ticket=ticket, now=LATER)
    assert (left(world, "grace-calls", LATER), state(ticket)) == (1, "released")
    unpaid = how_to(world, way="incident", way_agreed=True)
    sweeping.sweep(now=at("2026-09-01 12:00"))
    unpaid.refresh_from_db()
    assert (unpaid.status, state(unpaid)) == (Status.CLOSED, "released")


def test_the_ways_of_a_held_request_can_be_changed(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world, way="incident", way_agreed=True)
    listed = {one.way: one for one in choosing.ways(world.customer, ticket=ticket, now=LATER)}
    assert (listed["grace-call"].available, listed["incident"].chosen) == (True, True)
    choose(world, ticket, "grace-call")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.hold) == (Status.NEW, "")
    first = Choice.objects.get(ticket=ticket, number=1)
    assert [one.state for one in first.steps.order_by("at", "id")] == ["unpaid", "released"]
    # Paid all the same: the incident stays the customer's, and the next request uses it without paying again.
    choosing.funded(vendor_id=within, choice_id=first.id, now=LATER)
    assert left(world, "incident", LATER) == 1
    offered = opening.preview_request(by=world.customer, draft=asked("how-to"), now=LATER).ways[1]
    assert (offered.kind, offered.balance_before, offered.needs_agreement) == (WayKind.ALLOWANCE, 1, False)


def test_a_block_that_was_bought_gives_hours_and_frees_the_request(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world, way="hours-10", way_agreed=True)
    assert ticket.hold == "incident-payment"
    choosing.funded(vendor_id=within, choice_id=Choice.objects.get(ticket=ticket).id, now=LATER)
    ticket.refresh_from_db()
    assert (ticket.status, left(world, "service-hours", LATER)) == (Status.NEW, 600)
    assert left(world, "service-hours", at("2027-07-10 03:59")) == 600
    assert left(world, "service-hours", at("2027-07-10 04:00")) == 0
    again = {one.way: one for one in choosing.ways(world.customer, ticket=ticket, now=LATER)}["hours-10"]
    assert (again.kind, again.balance_before) == (WayKind.HOURS, 600)


def test_a_refund_before_use_takes_it_back_and_after_use_is_refused(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world, way="incident", way_agreed=True)
    choice = Choice.objects.get(ticket=ticket)
    choosing.funded(vendor_id=within, choice_id=choice.id, now=LATER)
    choosing.unfunded(vendor_id=within, choice_id=choice.id, now=LATER)
    ticket.refresh_from_db()
    assert (state(ticket), left(world, "incident", LATER), ticket.wait) == ("released", 0, "consent")
    used = how_to(world, way="incident", way_agreed=True)
    second = Choice.objects.get(ticket=used)
    choosing.funded(vendor_id=within, choice_id=second.id, now=LATER)
    reopening.resolve(by=world.desk, ticket=used, now=LATER)
    with pytest.raises(CannotDo, match="already-used"):
        choosing.unfunded(vendor_id=within, choice_id=second.id, now=LATER)


def test_covered_after_all_the_call_goes_back(within: UUID) -> None:
    world = solidxperts(within)
    ticket = opening.open_ticket(by=world.customer, draft=asked("error", effect="nuisance"), now=THURSDAY)
    classifying.classify(
        by=world.desk, ticket=ticket, changes={"cause": "configuration"}, reason="A setting", now=THURSDAY
    )
    choose(world, ticket, "grace-call")
    classifying.classify(
        by=world.desk, ticket=ticket, changes={"cause": "software"}, reason="A bug", now=LATER
    )
    ticket.refresh_from_db()
    assert (ticket.outcome, state(ticket), left(world, "grace-calls", LATER)) == ("cover", "released", 1)
    assert "way" not in ticket.answers


def test_a_short_rental_and_a_customer_without_subscription_have_no_grace_call(within: UUID) -> None:
    world = solidxperts(within, plan="rental", activation_on=THURSDAY.date())
    grace = opening.preview_request(by=world.customer, draft=asked("how-to"), now=LATER).ways[0]
    assert (grace.available, grace.balance_before) == (False, 0)
    contracts.end(by=world.machine, contract=world.contract, now=LATER)
    offered = opening.preview_request(by=world.customer, draft=asked("how-to"), now=LATER).ways
    assert [one.way for one in offered] == [
        "incident",
        "hours-10",
        "hourly-quote",
        "fixed-quote",
        "subscribe",
    ]


# --- what a covered request uses --------------------------------------------------------------------


def first_installation(world: World) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=asked("first-installation"), now=THURSDAY)


def test_two_devices_are_covered_and_the_third_is_not(within: UUID) -> None:
    world = solidxperts(within)
    one, two, three = (first_installation(world) for _ in range(3))
    assert [t.clause for t in (one, two, three)] == ["C3", "C3", "D1"]
    assert left(world, "devices", LATER) == 0
    reopening.close(by=world.customer, ticket=two, now=LATER)
    assert left(world, "devices", LATER) == 1
    reopening.resolve(by=world.desk, ticket=one, now=LATER)
    assert Claim.objects.get(ticket=one).state == Claim.CONSUMED
    # Decided again, a request counts its own device as left.
    four = first_installation(world)
    row = classifying.change_severity(
        by=world.desk, ticket=four, severity="1", reason="Everybody waits", now=LATER
    )
    assert row is not None
    assert (row.clause, left(world, "devices", LATER)) == ("C3", 0)


def test_the_fifth_extension_incident_of_the_month_it_reached_us_needs_a_work_order(within: UUID) -> None:
    world = moneyed.enterprise(within)
    draft = asked("extension-incident", effect="limited")
    late = at("2026-07-31 21:59")  # 23:59 in Paris
    tickets = [opening.open_ticket(by=world.customer, draft=draft, now=late) for _ in range(4)]
    assert [one.clause for one in tickets] == ["E3"] * 4
    preview = opening.preview_request(by=world.customer, draft=draft, now=late)
    assert (preview.decision.clause, [one.way for one in preview.ways]) == ("E2", ["work-order"])
    august = at("2026-07-31 22:00")
    written_late = opening.open_ticket(by=world.customer, draft=draft, now=august, reached_at=late)
    assert written_late.clause == "E2"
    assert opening.open_ticket(by=world.customer, draft=draft, now=august).clause == "E3"
    assert left(world, "extension-incidents", august) == 3
    row = classifying.change_severity(
        by=world.desk, ticket=tickets[0], severity="4", reason="Minor", now=at("2026-08-03 08:00")
    )
    assert row is not None
    assert row.clause == "E3"


# --- who may ----------------------------------------------------------------------------------------


def test_only_an_authorised_contact_of_the_customer_chooses(within: UUID) -> None:
    world = moneyed.expert_hours(within)
    ticket = opening.open_ticket(by=world.customer, draft=asked("installation"), now=THURSDAY)
    for stranger in (Viewer.customer(world.colleague), world.desk, world.boss, world.machine):
        with pytest.raises(Refused):
            choose(world, ticket, "block-10", by=stranger)
    other = personas.add_contact(
        world.machine, personas.add_customer(world.machine, name="Berge"), "berthe", is_administrator=True
    )
    with pytest.raises(Ticket.DoesNotExist):
        choose(world, ticket, "block-10", by=Viewer.customer(other))
    with pytest.raises(Ticket.DoesNotExist):
        choosing.ways(Viewer.customer(other), ticket=ticket, now=LATER)
    with pytest.raises(CannotDo, match="way-not-offered"):
        choose(world, ticket, "sales")
    with pytest.raises(CannotDo, match="nothing-left"):
        choose(world, ticket, "expert-hours")
    with pytest.raises(CannotDo, match="way-not-available"):
        choose(world, ticket, "project")
    choose(world, ticket, "block-10")
    assert (state(ticket), holding.latest_verdict(ticket).decision["facts"]["way"]) == ("unpaid", "block-10")
    assert not Event.objects.filter(ticket=ticket, kind="funded").exists()


def test_a_request_taken_up_again_counts_what_it_used_and_uses_no_more(within: UUID) -> None:
    world = solidxperts(within)
    one, two = first_installation(world), first_installation(world)
    reopening.resolve(by=world.desk, ticket=one, now=LATER)
    reopening.reopen(by=world.customer, ticket=one, now=LATER, body="Not yet")
    row = classifying.change_severity(
        by=world.desk, ticket=one, severity="1", reason="Everybody waits", now=LATER
    )
    assert row is not None
    assert (row.clause, left(world, "devices", LATER)) == ("C3", 0)
    reopening.resolve(by=world.desk, ticket=one, now=LATER)
    assert Claim.objects.filter(ticket=one).count() == Claim.objects.filter(ticket=two).count() == 1


def test_the_year_that_reserved_pays_though_it_is_over(within: UUID) -> None:
    world = solidxperts(within, activation_on=date(2025, 7, 15))
    contracts.renew(by=world.machine, contract=world.contract, now=THURSDAY, paid_at=THURSDAY)
    eve = at("2026-07-15 03:59")
    ticket = opening.open_ticket(by=world.customer, draft=asked("how-to", way="grace-call"), now=eve)
    assert left(world, "grace-calls", eve) == 0
    with pytest.raises(CannotDo, match="nothing-left"):
        opening.open_ticket(by=world.customer, draft=asked("how-to", way="grace-call"), now=eve)
    done = at("2026-07-16 14:00")
    reopening.resolve(by=world.desk, ticket=ticket, now=done)
    assert (state(ticket), left(world, "grace-calls", done)) == ("consumed", 1)


# --- elsewhere --------------------------------------------------------------------------------------


def test_a_choice_that_must_be_paid_holds_a_clock_that_runs_until_it_is(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world)
    started = ticket.commitments.get(commitment="first_response").started_at
    choice = choose(world, ticket, "incident")
    ticket.refresh_from_db()
    assert (ticket.outcome, ticket.status, ticket.wait) == ("hold", Status.WAITING, "consent")
    choosing.funded(vendor_id=within, choice_id=choice.id, now=LATER + timedelta(hours=1))
    ticket.refresh_from_db()
    assert (ticket.outcome, ticket.status, ticket.wait) == ("offer", Status.NEW, "")
    assert ticket.commitments.get(commitment="first_response").started_at == started


def test_a_project_takes_the_request_and_other_ways_elsewhere_only_tell_the_vendor(within: UUID) -> None:
    world = moneyed.expert_hours(within)
    contracts.add_project(
        by=world.machine,
        contract=world.contract,
        name="Montée de version",
        first_on=date(2026, 7, 1),
        last_on=date(2026, 8, 31),
        person="Pat",
        now=THURSDAY,
    )
    ticket = opening.open_ticket(by=world.customer, draft=asked("installation"), now=THURSDAY)
    choose(world, ticket, "project")
    ticket.refresh_from_db()
    assert (ticket.wait, ticket.answers["way"], state(ticket)) == ("", "project", "referred")
    assert ticket.project is not None
    elsewhere = opening.open_ticket(by=world.customer, draft=asked("version"), now=THURSDAY)
    assert elsewhere.outcome == "exclude"
    choose(world, elsewhere, "sales")
    elsewhere.refresh_from_db()
    assert ("way" in elsewhere.answers, state(elsewhere)) == (False, "referred")
    assert Notice.objects.filter(kind="way-chosen", ticket_number=elsewhere.number).exists()


# --- held for a colleague ---------------------------------------------------------------------------


def test_a_held_request_is_told_to_who_can_adopt_it_and_reserves_nothing(within: UUID) -> None:
    world = moneyed.under(within, "horizant", plan="support", authorise=True)
    colleague = Viewer.customer(world.colleague)
    ticket = opening.open_ticket(by=colleague, draft=asked("installation", way="block-10"), now=THURSDAY)
    assert (ticket.status, Choice.objects.count()) == (Status.HELD, 0)
    assert Notice.objects.get(kind="request-held").contact_id == world.contact.id
    holding.adopt(by=world.customer, ticket=ticket, now=LATER)
    assert Notice.objects.get(kind="request-adopted").contact_id == world.colleague.id
    with pytest.raises(Refused, match="customers-choice"):
        opening.open_ticket(
            by=world.desk, contact=world.contact, draft=asked("installation", way="block-10"), now=LATER
        )
