"""What becomes of a contract over time: terms and renewals, dated changes, history, and moving to a newer programme."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.tickets import personas
from tests.tickets.personas import START, World, at

from palier.contracts import actions, effects, jobs, listeners, moving, queries, weighing
from palier.contracts.models import Contract, ContractEvent
from palier.contracts.standings import Change, Standing, Standings, TermOn
from palier.people import actions as people
from palier.people import notices, tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Notice, Organisation
from palier.programme import comparison

THURSDAY = at("2026-07-09 12:00")


def standings(world: World) -> Standings:
    return queries.contract_by_id(world.vendor_id, world.contract.id)


def renew(world: World, **other: Any) -> Contract:
    given: dict[str, Any] = {
        "by": world.boss,
        "contract": world.contract,
        "now": THURSDAY,
        "paid_at": THURSDAY,
    }
    return actions.renew(**{**given, **other})


# --- renewals ---------------------------------------------------------------------------------------


def test_a_renewal_that_follows_on_keeps_the_origin_and_its_leap_day(within: UUID) -> None:
    world = personas.northern(within)
    leap = actions.draw_up(
        by=world.boss, organisation=world.organisation, plan="standard", number="N-29",
        activation_on=date(2024, 2, 29), now=at("2024-02-01 00:00"), paid_at=at("2024-02-01 00:00"),
        revision=world.revision,
    )  # fmt: skip
    ends = [leap.ends_on]
    for _ in range(4):
        ends.append(renew(world, contract=leap).ends_on)
    assert ends == [
        date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28),
    ]  # fmt: skip
    found = queries.contract_by_id(within, leap.id)
    assert {one.origin_on for one in found.terms} == {date(2024, 2, 29)}
    assert [one.starts_on for one in found.terms[1:]] == [one.ends_on for one in found.terms[:-1]]
    there = found.as_of(at("2026-07-01 00:00"))
    assert (there.starts_on, there.ends_on) == (date(2026, 2, 28), date(2027, 2, 28))


def test_a_renewal_after_a_gap_sets_a_new_origin(within: UUID) -> None:
    world = personas.northern(within)
    renew(world, starts_on=date(2027, 3, 15))
    found = standings(world)
    assert [one.origin_on for one in found.terms] == [date(2026, 1, 1), date(2027, 3, 15)]
    assert found.standing(at("2026-12-31 22:59")) is Standing.ACTIVE
    assert found.standing(at("2027-02-01 00:00")) is Standing.FUTURE
    assert found.standing(at("2027-04-01 00:00")) is Standing.ACTIVE
    assert found.term_at(at("2027-02-01 00:00")) is None
    with pytest.raises(Refused, match="term-runs"):
        renew(world, starts_on=date(2028, 1, 1))


def test_an_unpaid_renewal_is_pending_from_its_first_instant_on(within: UUID) -> None:
    world = personas.northern(within)
    renew(world, paid_at=None)
    turn = at("2026-12-31 23:00")
    found = standings(world)
    assert [found.standing(when) for when in (at("2026-12-31 22:59"), turn)] == ["active", "unpaid"]
    assert found.changes_at(THURSDAY) == turn
    actions.mark_paid(by=world.boss, contract=world.contract, now=at("2027-01-10 12:00"))
    found = standings(world)
    assert found.standing(turn) is Standing.UNPAID
    assert found.standing(at("2027-01-10 12:00")) is Standing.ACTIVE
    assert found.terms[0].paid_at == START
    assert found.terms[1].origin_on == date(2026, 1, 1)


def test_the_earliest_unpaid_term_is_paid_first_or_the_one_named(within: UUID) -> None:
    world = personas.horizant(within, paid=False)
    renew(world, paid_at=None)
    with pytest.raises(Refused, match="no-such-term"):
        actions.mark_paid(
            by=world.boss, contract=world.contract, now=THURSDAY, term_starts_on=date(2026, 5, 1)
        )
    actions.mark_paid(by=world.boss, contract=world.contract, now=THURSDAY)
    assert [one.paid_at for one in standings(world).terms] == [THURSDAY, None]
    actions.mark_paid(by=world.boss, contract=world.contract, now=THURSDAY, term_starts_on=date(2027, 1, 1))
    assert [one.paid_at for one in standings(world).terms] == [THURSDAY, THURSDAY]


def test_a_contract_ended_early_can_be_taken_up_again(within: UUID) -> None:
    world = personas.northern(within)
    actions.end(by=world.boss, contract=world.contract, now=THURSDAY)
    later = at("2026-09-01 10:00")
    renew(world, now=later, paid_at=later)
    found = standings(world)
    assert found.terms[1].origin_on == date(2026, 9, 1)
    assert found.standing(THURSDAY) is Standing.UNPAID
    assert found.standing(later) is Standing.ACTIVE


def test_a_renewal_may_bring_another_plan_seats_and_amount_from_its_first_day(within: UUID) -> None:
    world = personas.infor(within, plan="business")
    renew(world, yearly_amount=80_000_000, seats=40)
    found = standings(world)
    before, after = found.as_of(THURSDAY), found.as_of(at("2027-01-02 00:00"))
    assert (before.plan, before.seats, before.yearly_amount) == ("business", 1, 10_000_000)
    assert (after.plan, after.seats, after.yearly_amount) == ("enterprise", 40, 80_000_000)
    world.contract.refresh_from_db()
    assert world.contract.plan == "business"


# --- amendments -------------------------------------------------------------------------------------


def test_seats_change_from_a_date_on_and_the_past_stays(within: UUID) -> None:
    world = personas.northern(within)
    actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, seats=16)
    actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, seats=15, from_on=date(2026, 9, 1))
    actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, seats=6, from_on=date(2026, 3, 1))
    found = standings(world)
    seen = {
        "2026-02-28 22:59": 1,
        "2026-02-28 23:00": 6,
        "2026-07-09 11:59": 6,
        "2026-07-09 12:00": 16,
        "2026-08-31 21:59": 16,
        "2026-08-31 22:00": 15,
    }
    assert {when: queries.seats_at(found, at(when)) for when in seen} == seen
    world.contract.refresh_from_db()
    assert world.contract.seats == 16
    assert at("2026-08-31 22:00") in found.turns
    with pytest.raises(Refused, match="before-the-contract"):
        actions.change_seats(
            by=world.boss, contract=world.contract, seats=9, now=THURSDAY, from_on=date(2025, 12, 31)
        )
    with pytest.raises(Refused, match="nothing-changes"):
        actions.change_seats(by=world.boss, contract=world.contract, seats=16, now=THURSDAY)


def test_the_plan_follows_the_amount_and_a_contradiction_is_refused(within: UUID) -> None:
    world = personas.infor(within, plan="business")
    amended = actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, yearly_amount=40_000_000)
    assert (amended.plan, amended.yearly_amount) == ("business-plus", 40_000_000)
    with pytest.raises(Refused, match="amount-gives-another-plan"):
        actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, plan="enterprise")
    with pytest.raises(Refused, match="amount-gives-another-plan"):
        actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, yearly_amount=5)
    with pytest.raises(weighing.CannotAgree) as caught:
        actions.amend(
            by=world.boss, contract=world.contract, now=THURSDAY, plan="golden", environments=["moon"]
        )
    assert len(caught.value.problems) == 2


def test_products_are_replaced_whole_and_at_once(within: UUID) -> None:
    world = personas.northern(within)
    with pytest.raises(Refused, match="products-now"):
        actions.amend(
            by=world.boss, contract=world.contract, now=THURSDAY, products={}, from_on=date(2026, 9, 1)
        )
    actions.amend(
        by=world.boss, contract=world.contract, now=THURSDAY, products={"northern-software": "13.0"}
    )
    assert standings(world).products["northern-software"].version == "13.0"
    event = ContractEvent.objects.get(contract=world.contract, kind="amended")
    assert event.data["products"] == [
        [["northern-software", "", True]],
        [["northern-software", "13.0", True]],
    ]


def test_a_plan_with_fewer_places_than_are_taken_is_refused(within: UUID) -> None:
    world = personas.horizant(within)
    actions.authorise_contact(
        by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
    )
    text = personas.source("horizant").replace("contacts: 2", "contacts: 1")
    fewer = actions.publish_revision(by=world.boss, source=text, now=THURSDAY)
    with pytest.raises(Refused, match="too-many-contacts") as caught:
        moving.move(by=world.boss, contract=world.contract, revision=fewer, now=THURSDAY)
    assert "Camille, Dominique" in caught.value.said["fr"]


def test_suspending_twice_and_lifting_nothing_are_refused(within: UUID) -> None:
    world = personas.northern(within)
    with pytest.raises(Refused, match="not-suspended"):
        actions.lift_suspension(by=world.boss, contract=world.contract, now=THURSDAY)
    actions.suspend(by=world.boss, contract=world.contract, now=THURSDAY)
    with pytest.raises(Refused, match="suspended-already"):
        actions.suspend(by=world.boss, contract=world.contract, now=THURSDAY)


# --- history ----------------------------------------------------------------------------------------


def test_history_says_what_who_and_from_when_and_cannot_be_rewritten(within: UUID) -> None:
    world = personas.northern(within)
    actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, seats=4, from_on=date(2026, 8, 1))
    actions.suspend(by=world.boss, contract=world.contract, now=THURSDAY)
    told = list(queries.history(within, world.contract.id))
    assert [one.kind for one in told] == ["drawn-up", "solution-added", "suspended", "amended"]
    amended = told[-1]
    assert amended.changes == {"seats": [1, 4]}
    assert (amended.effective_at, amended.recorded_at) == (at("2026-07-31 22:00"), THURSDAY)
    assert amended.staff is not None
    assert amended.staff.name == "Morgan"
    # The customer's administrator learns of it.
    kinds = Notice.objects.filter(contact=world.contact).values_list("data__event", flat=True)
    assert sorted(kinds) == ["amended", "suspended"]
    for change in (lambda: told[0].delete(), lambda: ContractEvent.objects.update(recorded_at=START)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


instants = st.datetimes(min_value=datetime(2026, 1, 2), max_value=datetime(2026, 12, 30)).map(
    lambda when: when.replace(tzinfo=START.tzinfo)
)


@given(steps=st.lists(st.tuples(instants, st.integers(1, 40)), max_size=8), asked=instants)
def test_the_value_at_an_instant_is_that_of_the_last_change_before_it(
    steps: list[tuple[datetime, int]], asked: datetime
) -> None:
    """Law: whatever the order of recording, seats at an instant are those of the latest effective change, else the first."""
    recorded: list[tuple[datetime, int, int]] = []
    for when, seats in steps:
        recorded.append((when, _naive(recorded, when), seats))
    ordered = sorted(recorded, key=lambda one: one[0])
    found = _bare(
        changes=tuple(Change(effective_at=when, values={"seats": (was, to)}) for when, was, to in ordered),
        seats=_naive(recorded, datetime.max.replace(tzinfo=START.tzinfo)),
    )
    assert found.seats_at(asked) == _naive(recorded, asked)
    assert found.as_of(asked).seats == found.seats_at(asked)


def _naive(recorded: list[tuple[datetime, int, int]], when: datetime) -> int:
    ordered = sorted(recorded, key=lambda one: one[0])
    seats = ordered[0][1] if ordered else 1
    for effective, _, to in ordered:
        if effective <= when:
            seats = to
    return seats


def _bare(**other: Any) -> Standings:
    nothing = UUID(int=0)
    term = TermOn(
        zone="UTC", origin_on=date(2026, 1, 1), starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1),
        term="year", paid_at=START,
    )  # fmt: skip
    values: dict[str, Any] = {
        "id": nothing, "number": "X", "organisation_id": nothing, "partner_id": None, "revision_id": nothing,
        "plan": "standard", "options": (), "term": "year", "zone": "UTC", "activation_on": date(2026, 1, 1),
        "starts_on": date(2026, 1, 1), "ends_on": date(2027, 1, 1), "paid_at": START, "suspended_at": None,
        "ended_at": None, "seats": 1, "licence_seats": None, "yearly_amount": None, "currency": "",
        "environments": (), "products": {}, "authorised": (), "authorised_users": (), "solutions": (),
        "projects": (), "documents": frozenset(), "terms": (term,), "changes": (),
    }  # fmt: skip
    return Standings(**{**values, **other})


# --- moving to another revision ---------------------------------------------------------------------


def newer(world: World, name: str, *replaced: tuple[str, str]) -> Any:
    text = personas.source(name)
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return actions.publish_revision(by=world.boss, source=text, now=THURSDAY)


def test_the_statement_says_in_both_languages_what_changes_for_this_customer(within: UUID) -> None:
    world = personas.horizant(within)
    revision = newer(world, "horizant", ("contacts: 2", "contacts: 3"))
    found = moving.statement(standings(world), revision, THURSDAY)
    places = next(one for one in found if one.about == "place")
    assert places.said == {
        "en": "Authorised contacts: 3 instead of 2.",
        "fr": "Contacts autorisés\u00a0: 3 au lieu de 2.",
    }
    assert places.turn is comparison.Turn.BETTER


def test_nothing_changes_where_only_words_of_a_comment_do(within: UUID) -> None:
    world = personas.northern(within)
    revision = newer(world, "northern", ("\nplans:", "\n# said otherwise\nplans:"))
    assert moving.statement(standings(world), revision, THURSDAY) == ()


def test_times_prices_and_texts_are_compared(within: UUID) -> None:
    world = personas.northern(within)
    text = personas.source("northern")
    assert "amount: 180.00 EUR" in text
    revision = newer(
        world,
        "northern",
        ("amount: 180.00 EUR", "amount: 190.00 EUR"),
        ('service level agreement}, version: "1"', 'service level agreement}, version: "2"'),
    )
    found = moving.statement(standings(world), revision, THURSDAY)
    assert {one.about for one in found} == {"price", "text"}
    price = next(one for one in found if one.about == "price")
    assert price.turn is comparison.Turn.WORSE
    assert "190" in price.en
    assert "180" in price.en
    assert moving.worse_first(found)[0] == price


def test_a_move_takes_effect_when_it_says_and_earlier_decisions_stand(within: UUID) -> None:
    world = personas.northern(within)
    revision = newer(
        world,
        "northern",
        ('service level agreement}, version: "1"', 'service level agreement}, version: "2"'),
    )
    moving.move(
        by=world.boss, contract=world.contract, revision=revision, now=THURSDAY, from_on=date(2026, 8, 1)
    )
    found = standings(world)
    assert found.as_of(THURSDAY).revision_id == world.revision.id
    assert found.as_of(at("2026-08-01 00:00")).revision_id == revision.id
    assert found.revision_id == world.revision.id
    told = Notice.objects.get(contact=world.contact, kind=notices.Kind.CONTRACT_CHANGED)
    assert told.data["event"] == "moved"
    with pytest.raises(Refused, match="nothing-changes"):
        moving.move(by=world.boss, contract=world.contract, revision=world.revision, now=THURSDAY)
    with pytest.raises(Refused, match="in-the-past"):
        moving.move(
            by=world.boss, contract=world.contract, revision=revision, now=THURSDAY, from_on=date(2026, 7, 1)
        )
    with pytest.raises(Refused, match="role-needed"):
        moving.move(by=world.desk, contract=world.contract, revision=revision, now=THURSDAY)


def test_a_contract_does_not_move_to_a_programme_without_its_plan(within: UUID) -> None:
    world = personas.northern(within)
    other = actions.publish_revision(by=world.boss, source=personas.source("infor"), now=THURSDAY)
    with pytest.raises(weighing.CannotAgree) as caught:
        moving.move(by=world.boss, contract=world.contract, revision=other, now=THURSDAY)
    assert {one.code for one in caught.value.problems} == {"unknown-word"}
    assert moving.statement(standings(world), other, THURSDAY) == ()


# --- dated changes take effect ----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_dated_change_reaches_the_row_and_those_who_listen_once(vendor: Any) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        actions.amend(by=world.boss, contract=world.contract, now=THURSDAY, seats=9, from_on=date(2026, 8, 1))
    told: list[datetime] = []

    def listen(vendor_id: UUID, organisation_id: UUID, now: datetime) -> None:
        told.append(now)

    due = at("2026-07-31 22:00")
    listeners.register(listen)
    try:
        assert effects.take_effect(now=due - timedelta(seconds=1)) == 0
        assert effects.take_effect(now=due) == 1
        assert jobs.take_effect(timestamp=0) == 0
        assert told == [due]
    finally:
        listeners._listeners.remove(listen)
    with tenancy.vendor(vendor.id):
        assert Contract.objects.get(id=world.contract.id).seats == 9


# --- more of the statement --------------------------------------------------------------------------


def test_a_shorter_time_is_better_and_other_hours_are_told(within: UUID) -> None:
    world = personas.northern(within)
    faster = newer(world, "northern", ("first_response: {1: 8h, 2: 8h", "first_response: {1: 4h, 2: 12h"))
    found = {one.turn: one for one in moving.statement(standings(world), faster, THURSDAY)}
    assert found[comparison.Turn.BETTER].en.endswith("first response: 4\u00a0h instead of 8\u00a0h.")
    assert found[comparison.Turn.WORSE].fr.endswith("première réponse\u00a0: 12\u00a0h au lieu de 8\u00a0h.")
    assert {one.about for one in found.values()} == {"targets"}


def test_clauses_that_can_decide_something_of_the_plan_are_told(within: UUID) -> None:
    world = personas.northern(within)
    other = newer(
        world,
        "northern",
        ("if: {kind: services, plan: from augmented}", "if: {kind: [services, beta], plan: from augmented}"),
        (
            "if: {contact: not-authorised}\n    then: {hold: sender}",
            "if: {contact: not-authorised, kind: defect}\n    then: {hold: sender}",
        ),
    )
    found = moving.statement(standings(world), other, THURSDAY)
    assert {one.about for one in found} == {"coverage"}
    told = {one.clause: one for one in found}
    assert told["B1"].en == (
        "Kind of request: a technical question about the solution; author of the request: not an authorised contact; "
        "delivered solution: before hand-over: held (sender to be confirmed) → not covered (the project team)."
    )
    assert told["C1"].turn is comparison.Turn.BETTER
    assert told["C1"].fr.endswith("en attente (expéditeur à confirmer) → couvert.")
    # Of requests under this contract only: what another plan can do is nothing to it.
    assert not any("Augmented" in one.en for one in found)


def test_rows_renumbered_and_reworded_change_nothing_for_a_customer(within: UUID) -> None:
    world = personas.northern(within)
    other = newer(
        world,
        "northern",
        ("clause: B1\n", "clause: B11\n"),
        ("en: We do not know you as a contact of this company yet.", "en: You are new to us."),
    )
    assert [
        one for one in moving.statement(standings(world), other, THURSDAY) if one.about == "coverage"
    ] == []


def test_allowances_are_compared_for_this_contracts_seats(within: UUID) -> None:
    world = personas.northern(within)
    first = actions.publish_revision(by=world.boss, source=personas.source("solidxperts"), now=START)
    contract = actions.draw_up(
        by=world.boss, organisation=world.organisation, plan="standard", number="S-1", seats=6, revision=first,
        activation_on=date(2026, 1, 1), now=START, paid_at=START,
    )  # fmt: skip
    other = newer(
        world,
        "solidxperts",
        ("by_seats: {1..5: 1, 6..15: 2, 16..: 3}", "by_seats: {1..5: 1, 6..15: 4, 16..: 9}"),
    )
    there = queries.contract_by_id(within, contract.id)
    (found,) = moving.statement(there, other, THURSDAY)
    assert (found.about, found.turn) == ("allowance", comparison.Turn.BETTER)
    assert "4 a contract year instead of 2 a contract year" in found.en
    assert "4 par année de contrat au lieu de 2 par année de contrat" in found.fr


def test_a_renewal_under_another_revision_brings_its_binding_texts(within: UUID) -> None:
    world = personas.northern(within)
    revision = newer(
        world,
        "northern",
        ('service level agreement}, version: "1"', 'service level agreement}, version: "2"'),
    )
    renew(world, revision=revision)
    rows = world.contract.agreements.filter(document="sla").order_by("from_at")
    turn = at("2026-12-31 23:00")
    assert [(row.version, row.until_at) for row in rows] == [("1", turn), ("2", None)]
    assert standings(world).as_of(turn).revision_id == revision.id


# --- who may not ------------------------------------------------------------------------------------


def test_what_a_viewer_may_not_see_it_cannot_change(within: UUID) -> None:
    world = personas.northern(within)
    Organisation.objects.filter(id=world.organisation.id).update(restricted=True)
    boss = Viewer.staff(world.manager)
    with pytest.raises(Contract.DoesNotExist):
        actions.suspend(by=boss, contract=world.contract, now=THURSDAY)
    people.clear(by=boss, staff=world.manager, organisation=world.organisation, now=START)
    actions.suspend(by=Viewer.staff(world.manager), contract=world.contract, now=THURSDAY)


@pytest.mark.django_db(transaction=True)
def test_another_vendor_finds_nothing_to_change(vendor: Any) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
    other = personas.add_vendor("other")
    with tenancy.vendor(other.id):
        for act in (actions.suspend, actions.end, actions.mark_paid):
            with pytest.raises(ObjectDoesNotExist):
                act(by=Viewer.machine(other.id), contract=world.contract, now=THURSDAY)
        with pytest.raises(Contract.DoesNotExist):
            queries.contract_by_id(other.id, world.contract.id)
        assert not ContractEvent.objects.exists()
