"""Level 2 from the cause that was found to the last minute booked: estimate, consent, time, caps, hours, travel."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from palier.contracts import actions as contracts
from palier.contracts import caps
from palier.people.access import Refused, Viewer
from palier.people.models import Notice, Role
from palier.tickets import (
    answering,
    choosing,
    classifying,
    estimating,
    opening,
    reopening,
    researching,
    timekeeping,
    waiting,
)
from palier.tickets.estimating import Extra
from palier.tickets.models import Choice, Claim, Consent, Estimate, Event, Spending, Status, Ticket, TimeEntry
from palier.tickets.problems import CannotDo

from . import moneyed, personas
from .moneyed import asked, left, state
from .personas import World, at

MORNING = at("2026-07-09 06:00")  # 08:00 in Zurich
TEN, NOON, EVENING = at("2026-07-09 08:00"), at("2026-07-09 10:00"), at("2026-07-09 18:00")


def error(world: World) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=asked("error", effect="task-hindered"), now=MORNING)


def found_to_be_their_own(world: World, ticket: Ticket) -> Ticket:
    classifying.classify(
        by=world.desk, ticket=ticket, changes={"cause": "customer-handling"}, reason="An import", now=TEN
    )
    return Ticket.objects.get(id=ticket.id)


def estimate(world: World, ticket: Ticket, minutes: int, **more: object) -> Estimate:
    values = {"by": world.desk, "way": "estimate", "text": "We would repair it.", "now": TEN, **more}
    return estimating.estimate(ticket=ticket, minutes=minutes, **values)  # type: ignore[arg-type]


def agree(world: World, ticket: Ticket, row: Estimate, **more: object) -> Consent:
    values = {"by": world.customer, "text": "Yes", "now": NOON, **more}
    return estimating.agree(ticket=ticket, estimate=row, **values)  # type: ignore[arg-type]


def book(
    world: World, ticket: Ticket, start: datetime, minutes: int, **more: object
) -> tuple[TimeEntry, ...]:
    values = {"by": world.desk, "billable": True, "note": "", "now": EVENING, **more}
    return timekeeping.book(ticket=ticket, started_at=start, minutes=minutes, **values)  # type: ignore[arg-type]


# --- consent before cost ----------------------------------------------------------------------------


def test_nothing_billable_before_the_yes_and_never_what_was_done_before_it(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = error(world)
    assert (ticket.outcome, ticket.level) == ("cover", 1)
    with pytest.raises(CannotDo, match="no-consent"):
        book(world, ticket, MORNING, 30)
    (analysis,) = book(world, ticket, MORNING, 30, billable=False, note="Looked for the cause")
    ticket = found_to_be_their_own(world, ticket)
    assert (ticket.clause, ticket.level, ticket.wait) == ("B4", 2, "consent")
    with pytest.raises(CannotDo, match="no-consent"):
        book(world, ticket, TEN, 30)
    row = estimate(world, ticket, 80)
    assert (row.minutes, row.amount, row.currency) == (90, 33000, "CHF")
    assert "1\xa0h\xa030" in estimating.words(row, "en")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait) == (Status.WAITING, "consent")
    consent = agree(world, ticket, row)
    assert (consent.agreed, consent.minutes, consent.amount, consent.text) == (True, 90, 33000, "Yes")
    assert (consent.contact_id, consent.at) == (world.contact.id, NOON)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.answers["way"], state(ticket)) == (Status.OPEN, "estimate", "quoted")
    with pytest.raises(CannotDo, match="before-consent"):
        book(world, ticket, NOON - timedelta(minutes=1), 30)
    book(world, ticket, NOON, 35)
    free, billed = timekeeping.charged(ticket)
    assert (free.billable, free.charged, free.entries) == (False, 0, (analysis,))
    assert (billed.minutes, billed.charged, billed.clause, billed.price) == (35, 45, "B4", "consulting")
    assert billed.consent == consent


def test_booked_over_the_estimate_it_asks_again(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = found_to_be_their_own(world, error(world))
    agree(world, ticket, estimate(world, ticket, 60))
    book(world, ticket, NOON, 50)
    with pytest.raises(CannotDo, match="over-estimate"):
        book(world, ticket, NOON + timedelta(hours=1), 20)
    second = estimate(world, ticket, 120, now=at("2026-07-09 12:00"))
    assert second.replaces is not None
    with pytest.raises(CannotDo, match="over-estimate"):
        book(world, ticket, NOON + timedelta(hours=1), 20)
    agree(world, ticket, second, now=at("2026-07-09 13:00"))
    with pytest.raises(CannotDo, match="before-consent"):
        book(world, ticket, NOON + timedelta(hours=1), 20)
    book(world, ticket, at("2026-07-09 13:00"), 20)
    (day,) = timekeeping.charged(ticket)
    assert (day.minutes, day.charged) == (70, 75)


def test_declined_the_way_is_given_up_and_nothing_can_be_billed(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = found_to_be_their_own(world, error(world))
    row = estimate(world, ticket, 60)
    with pytest.raises(CannotDo, match="no-words"):
        estimating.decline(by=world.customer, ticket=ticket, estimate=row, reason=" ", now=NOON)
    estimating.decline(by=world.customer, ticket=ticket, estimate=row, reason="Too much", now=NOON)
    ticket.refresh_from_db()
    assert (ticket.outcome, ticket.wait) == ("offer", "consent")
    assert Consent.objects.get(ticket=ticket).agreed is False
    with pytest.raises(CannotDo, match="not-to-be-answered"):
        agree(world, ticket, row)
    with pytest.raises(CannotDo, match="no-consent"):
        book(world, ticket, NOON, 30)
    assert Notice.objects.filter(kind="estimate-declined", staff=world.agent).exists()


def test_twice_twenty_minutes_are_forty_five_and_a_reversal_takes_them_back(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = found_to_be_their_own(world, error(world))
    agree(world, ticket, estimate(world, ticket, 60))
    (one,) = book(world, ticket, NOON, 20)
    book(world, ticket, NOON + timedelta(hours=1), 20)
    assert [day.charged for day in timekeeping.charged(ticket)] == [45]
    with pytest.raises(CannotDo, match="no-reason"):
        timekeeping.reverse(by=world.desk, ticket=ticket, entry=one, reason="", now=EVENING)
    row = timekeeping.reverse(by=world.desk, ticket=ticket, entry=one, reason="Wrong ticket", now=EVENING)
    assert (row.reverses_id, [day.charged for day in timekeeping.charged(ticket)]) == (one.id, [30])
    for entry in (one, row):
        with pytest.raises(CannotDo, match="reversed-already"):
            timekeeping.reverse(by=world.desk, ticket=ticket, entry=entry, reason="Again", now=EVENING)


def test_time_over_midnight_is_cut_in_the_contracts_zone(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = error(world)
    entries = book(world, ticket, at("2026-07-09 21:30"), 60, billable=False, now=at("2026-07-10 06:00"))
    assert [(one.day, one.minutes) for one in entries] == [(date(2026, 7, 9), 30), (date(2026, 7, 10), 30)]
    for start, minutes in ((EVENING, 1), (TEN, 0), (TEN, 1441)):
        with pytest.raises(CannotDo, match=r"not-worked-yet|bad-time"):
            book(world, ticket, start, minutes, billable=False)


def test_who_may_estimate_agree_book_and_reverse(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = found_to_be_their_own(world, error(world))
    finance = Viewer.staff(personas.add_staff(world.machine, "fran", Role.FINANCE))
    other = Viewer.customer(
        personas.add_contact(world.machine, personas.add_customer(world.machine, name="Berge"), "berthe")
    )
    with pytest.raises(Refused):
        estimate(world, ticket, 60, by=world.customer)
    with pytest.raises(Ticket.DoesNotExist):
        estimate(world, ticket, 60, by=finance)
    row = estimate(world, ticket, 60)
    with pytest.raises(Refused):
        agree(world, ticket, row, by=world.desk)
    with pytest.raises(Ticket.DoesNotExist):
        agree(world, ticket, row, by=other)
    agree(world, ticket, row)
    with pytest.raises(Refused):
        book(world, ticket, NOON, 30, by=world.customer)
    with pytest.raises(Refused):
        book(world, ticket, NOON, 30, by=world.machine)
    (entry,) = book(world, ticket, NOON, 30)
    beside = Viewer.staff(personas.add_staff(world.machine, "sacha", Role.CONSULTANT))
    with pytest.raises(Refused, match="not-yours"):
        timekeeping.reverse(by=beside, ticket=ticket, entry=entry, reason="Mine", now=EVENING)
    timekeeping.reverse(by=world.boss, ticket=ticket, entry=entry, reason="Too long", now=EVENING)


def test_an_estimate_needs_a_way_that_is_estimated(within: UUID) -> None:
    world = moneyed.solidxperts(within)
    ticket = opening.open_ticket(by=world.customer, draft=asked("how-to"), now=MORNING)
    with pytest.raises(CannotDo, match="no-estimate-needed"):
        estimate(world, ticket, 60, way="grace-call")
    with pytest.raises(CannotDo, match="unknown-word"):
        estimate(world, ticket, 60, way="moon")
    with pytest.raises(CannotDo, match="no-amount"):
        estimate(world, ticket, 60, way="fixed-quote")
    with pytest.raises(CannotDo, match="no-time"):
        estimate(world, ticket, 0, way="hourly-quote")
    row = estimate(world, ticket, 0, way="fixed-quote", amount=50000)
    assert (row.amount, row.minutes) == (50000, 0)
    agree(world, ticket, row)
    assert Choice.objects.get(ticket=ticket).way == "fixed-quote"


# --- caps -------------------------------------------------------------------------------------------


def test_within_a_cap_it_is_agreed_at_once_and_above_only_its_approvers_agree(within: UUID) -> None:
    world = moneyed.proconcept(within)
    caps.set_cap(
        by=world.customer,
        contract=world.contract,
        per_request_minutes=120,
        per_request_amount=50000,
        per_month_amount=60000,
        currency="CHF",
        approvers=[world.contact],
        now=MORNING,
    )
    ticket = found_to_be_their_own(world, error(world))
    row = estimate(world, ticket, 120)
    consent = Consent.objects.get(estimate=row)
    assert (consent.agreed, consent.contact_id, consent.cap is not None, consent.amount) == (
        True, None, True, 44000
    )  # fmt: skip
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait) == (Status.OPEN, "")
    book(world, ticket, TEN, 60)
    over = found_to_be_their_own(world, error(world))
    second = estimate(world, over, 60)  # 440 + 220 CHF are more than 600 a month
    over.refresh_from_db()
    assert over.wait == "consent"
    with pytest.raises(Refused, match="above-cap"):
        agree(world, over, second, by=Viewer.customer(world.colleague))
    agree(world, over, second)


# --- expert hours -----------------------------------------------------------------------------------


def with_block(world: World) -> Ticket:
    """A request of the support contract for which a block was bought: its hours lie on the hours contract."""
    ticket = opening.open_ticket(by=world.customer, draft=asked("installation"), now=MORNING)
    choice = choosing.choose(
        by=world.customer, ticket=ticket, way="block-10", text="", agreed=True, now=MORNING
    )
    assert choice.contract_id == moneyed.hours_contract().id
    choosing.funded(vendor_id=world.vendor_id, choice_id=choice.id, now=MORNING)
    return Ticket.objects.get(id=ticket.id)


def test_expert_hours_are_reserved_with_the_yes_and_taken_as_they_are_worked(within: UUID) -> None:
    world = moneyed.expert_hours(within)
    hours = moneyed.hours_contract()
    ticket = with_block(world)
    assert left(world, "expert-hours", TEN, hours) == 600
    row = estimate(
        world,
        ticket,
        470,
        way="expert-hours",
        extras=[Extra(kind="travel", text="Québec–Lévis", amount=12000)],
    )
    assert (row.minutes, row.amount, row.balance_before, row.balance_after) == (480, 12000, 600, 120)
    assert "Québec–Lévis" in estimating.words(row, "fr")
    agree(world, ticket, row)
    assert left(world, "expert-hours", NOON, hours) == 120
    (entry,) = book(world, ticket, NOON, 50)
    assert [one.minutes for one in Spending.objects.filter(ticket=ticket)] == [60]
    book(world, ticket, NOON + timedelta(hours=1), 10)
    assert sum(one.minutes for one in Spending.objects.filter(ticket=ticket)) == 60
    timekeeping.reverse(by=world.desk, ticket=ticket, entry=entry, reason="Not mine", now=EVENING)
    assert [one.charged for one in timekeeping.charged(ticket)] == [15]
    assert left(world, "expert-hours", EVENING, hours) == 165
    reopening.resolve(by=world.desk, ticket=ticket, now=EVENING)
    assert left(world, "expert-hours", EVENING, hours) == 585
    assert Claim.objects.get(ticket=ticket).state == Claim.RELEASED


def test_at_zero_work_stops_with_the_ways_on(within: UUID) -> None:
    world = moneyed.expert_hours(within)
    ticket = with_block(world)
    row = estimate(world, ticket, 660, way="expert-hours")
    with pytest.raises(CannotDo, match="hours-exhausted") as refused:
        agree(world, ticket, row)
    assert "Buy a block of 10 expert hours" in refused.value.said["en"]
    assert not Consent.objects.filter(estimate=row).exists()


def test_only_the_authorised_users_of_the_hours_agree(within: UUID) -> None:
    world = moneyed.expert_hours(within)
    ticket = with_block(world)
    contracts.authorise_contact(
        by=world.machine, contract=world.contract, contact=world.colleague, now=MORNING
    )
    row = estimate(world, ticket, 60, way="expert-hours")
    with pytest.raises(Refused):
        agree(world, ticket, row, by=Viewer.customer(world.colleague))
    contracts.name_user(
        by=world.customer, contract=moneyed.hours_contract(), contact=world.colleague, now=NOON
    )
    with pytest.raises(Refused):
        agree(world, ticket, row, now=NOON + timedelta(minutes=1))
    agree(world, ticket, row, by=Viewer.customer(world.colleague), now=NOON + timedelta(minutes=1))


def test_extension_hours_are_taken_from_the_month_they_are_worked_in(within: UUID) -> None:
    world = moneyed.enterprise(within)
    ticket = opening.open_ticket(by=world.customer, draft=asked("extension-work"), now=MORNING)
    assert ticket.clause == "E5"
    august = at("2026-08-01 06:00")
    book(world, ticket, at("2026-07-31 21:30"), 60, now=august)  # 23:30 to 00:30 in Paris
    assert left(world, "extension-hours", august) == 930
    book(world, ticket, at("2026-07-20 06:00"), 900, now=august)
    book(world, ticket, at("2026-07-21 06:00"), 30, now=august)
    with pytest.raises(CannotDo, match="hours-exhausted"):
        book(world, ticket, at("2026-07-22 06:00"), 1, now=august)
    assert Notice.objects.filter(kind="allowance-used", contact=world.contact).count() == 4


# --- research ---------------------------------------------------------------------------------------


def test_a_request_handed_to_research_keeps_its_reference_and_is_followed_up(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = error(world)
    with pytest.raises(Refused):
        researching.hand_over(
            by=world.customer, ticket=ticket, wait="patch", reference="", follow_up_on=None, message="x", now=TEN
        )  # fmt: skip
    with pytest.raises(CannotDo, match="not-handed-over"):
        researching.came_back(by=world.desk, ticket=ticket, now=TEN)
    with pytest.raises(CannotDo, match="follow-up-past"):
        researching.hand_over(
            by=world.desk, ticket=ticket, wait="patch", reference="", follow_up_on=date(2026, 7, 8),
            message="x", now=TEN,
        )  # fmt: skip
    row = researching.hand_over(
        by=world.desk,
        ticket=ticket,
        wait="patch",
        reference="RD-77",
        follow_up_on=date(2026, 7, 20),
        message="Our research works on a patch.",
        now=TEN,
    )
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait, researching.standing(ticket)) == (Status.WAITING, "patch", row)
    researching.follow_up(
        by=world.desk, ticket=ticket, reference="RD-78", follow_up_on=date(2026, 7, 15), now=NOON
    )
    researching.came_back(by=world.desk, ticket=ticket, now=EVENING)
    ticket.refresh_from_db()
    assert (ticket.status, researching.standing(ticket)) == (Status.OPEN, None)
    assert Event.objects.filter(ticket=ticket, kind="handed-over").count() == 3
    answering.reply(by=world.desk, ticket=ticket, body="Here is the patch", now=EVENING)
    waiting.wait_for(by=world.desk, ticket=ticket, wait="customer", message="Does it work?", now=EVENING)


# --- beside what is covered, and at a discount ------------------------------------------------------


def test_travel_is_billed_apart_on_a_covered_request_and_its_labour_never(within: UUID) -> None:
    world = moneyed.under(within, "horizant", plan="support", authorise=True)
    ticket = opening.open_ticket(by=world.customer, draft=personas.deviation(), now=TEN)
    assert ticket.outcome == "cover"
    with pytest.raises(CannotDo, match="covered"):
        estimate(world, ticket, 60, way="")
    travel = [Extra(kind="travel", text="", amount=25000), Extra(kind="lodging", text="", amount=18000)]
    row = estimate(world, ticket, 0, way="", extras=travel, text="We come to you.")
    assert (row.amount, row.minutes, row.currency) == (43000, 0, "CAD")
    assert "travel" in estimating.words(row, "en")
    ticket.refresh_from_db()
    assert ticket.wait == "consent"
    agree(world, ticket, row)
    ticket.refresh_from_db()
    assert (ticket.outcome, ticket.wait, "way" in ticket.answers) == ("cover", "", False)
    with pytest.raises(CannotDo, match="no-consent"):
        book(world, ticket, NOON, 30)
    with pytest.raises(CannotDo, match="unknown-word"):
        estimate(world, ticket, 0, way="", extras=[Extra(kind="gift", text="", amount=1)])


def test_augmented_support_takes_its_discount_off(within: UUID) -> None:
    world = moneyed.under(within, "northern", plan="augmented", zone="Europe/Paris")
    ticket = opening.open_ticket(by=world.customer, draft=asked("services"), now=MORNING)
    row = estimate(world, ticket, 60, way="discounted-services")
    assert (ticket.clause, row.amount) == ("B3", 16200)


def test_a_work_order_is_agreed_by_its_amount_and_its_time_is_not_billed_again(within: UUID) -> None:
    world = moneyed.enterprise(within)
    ticket = opening.open_ticket(by=world.customer, draft=asked("services"), now=MORNING)
    row = estimate(world, ticket, 600, way="work-order", amount=120000)
    agree(world, ticket, row)
    with pytest.raises(CannotDo, match="fixed-price"):
        book(world, ticket, NOON, 30)
    book(world, ticket, NOON, 30, billable=False)


def test_a_price_above_the_cap_is_chosen_by_its_approvers_only(within: UUID) -> None:
    world = moneyed.solidxperts(within)
    caps.set_cap(
        by=world.customer,
        contract=world.contract,
        per_request_amount=10000,
        currency="CAD",
        approvers=[world.contact],
        now=MORNING,
    )
    colleague = Viewer.customer(world.colleague)
    ticket = opening.open_ticket(by=colleague, draft=asked("how-to"), now=MORNING)
    with pytest.raises(Refused, match="above-cap"):
        choosing.choose(by=colleague, ticket=ticket, way="incident", text="", agreed=True, now=NOON)
    choosing.choose(by=world.customer, ticket=ticket, way="incident", text="", agreed=True, now=NOON)
    assert state(ticket) == "unpaid"
