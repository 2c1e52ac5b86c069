"""Drawing contracts up, where they stand, who is named on them, and the facts they give."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.personas import START, World, at

from palier.contracts import actions, holidays, listeners, queries
from palier.contracts.models import Authorisation, Contract, ContractDocument, HolidayRows, ProgrammeRevision
from palier.ledger import queries as ledger
from palier.people.access import Refused, Viewer
from palier.people.models import Role

THURSDAY = at("2026-07-09 12:00")


def standings(world: World) -> queries.Standings:
    return queries.contract_by_id(world.vendor_id, world.contract.id)


# --- programmes -------------------------------------------------------------------------------------


def test_the_same_text_is_the_same_revision(within: UUID) -> None:
    machine = Viewer.machine(within)
    text = personas.source("northern")
    first = actions.publish_revision(by=machine, source=text, now=START)
    again = actions.publish_revision(by=machine, source=text.replace("\n", "\r\n"), now=THURSDAY)
    assert first == again
    assert queries.programme_of(first).id == "northern"
    assert first.hash == queries.programme_of(first).version


def test_a_programme_with_problems_is_not_published_and_all_are_named(within: UUID) -> None:
    text = (
        personas.source("northern").replace("effect: 2", "").replace("targets: standard", "targets: nonsense")
    )
    with pytest.raises(actions.NotPublished) as caught:
        actions.publish_revision(by=Viewer.machine(within), source=text, now=START)
    assert any("nonsense" in problem.text("en") for problem in caught.value.problems)
    assert set(caught.value.said) == {"en", "fr"}
    assert not ProgrammeRevision.objects.exists()


def test_without_a_programme_in_force_there_is_no_revision(within: UUID) -> None:
    with pytest.raises(Refused, match="no-programme"):
        queries.current_revision(within, START)
    machine = Viewer.machine(within)
    actions.publish_revision(by=machine, source=personas.source("infor"), now=START)
    with pytest.raises(Refused, match="no-programme"):
        queries.current_revision(within, START)
    assert queries.current_revision(within, THURSDAY).programme == "infor"


def test_programmes_are_written_by_those_who_write_programmes(within: UUID) -> None:
    machine = Viewer.machine(within)
    agent = Viewer.staff(personas.add_staff(machine, "alex", Role.AGENT))
    with pytest.raises(Refused, match="role-needed"):
        actions.publish_revision(by=agent, source=personas.source("northern"), now=START)


# --- drawing up -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"plan": "golden"}, "unknown-word"),
        ({"term": "for-ever"}, "unknown-word"),
        ({"products": ["typewriter"]}, "unknown-word"),
        ({"environments": ["moon"]}, "unknown-word"),
        ({"options": ["gold"]}, "unknown-word"),
        ({"covers_whole_licence": False}, "part-of-licence"),
    ],
)
def test_what_the_programme_does_not_have_is_refused(within: UUID, words: dict[str, Any], code: str) -> None:
    world = personas.horizant(within)
    given = {
        "by": world.machine, "organisation": world.organisation, "plan": "support", "number": "H-2",
        "activation_on": date(2026, 1, 1), "now": START,
    }  # fmt: skip
    with pytest.raises(Refused, match=code):
        actions.draw_up(**{**given, **words})
    assert Contract.objects.count() == 1


def test_a_part_of_the_licence_is_fine_where_no_plan_promises_the_whole(within: UUID) -> None:
    world = personas.northern(within)
    contract = actions.draw_up(
        by=world.machine,
        organisation=world.organisation,
        plan="standard",
        number="N-9",
        activation_on=date(2026, 1, 1),
        now=START,
        covers_whole_licence=False,
        products={"northern-software": "7.1"},
        unmaintained=["northern-software"],
    )
    held = queries.contract_by_id(within, contract.id).products["northern-software"]
    assert (held.version, held.maintenance) == ("7.1", False)


@pytest.mark.parametrize(
    ("fields", "now", "standing"),
    [
        ({}, "2025-12-31 22:59", "future"),
        ({}, "2025-12-31 23:00", "active"),  # 1 January 00:00 in Paris
        ({}, "2026-12-31 22:59", "active"),
        ({}, "2026-12-31 23:00", "ended"),
        ({"paid_at": None}, "2026-07-01 12:00", "unpaid"),
        ({"suspended_at": at("2026-06-01 00:00")}, "2026-07-01 12:00", "suspended"),
        ({"ended_at": at("2026-06-01 00:00")}, "2026-07-01 12:00", "ended"),
        ({"ended_at": at("2026-08-01 00:00")}, "2026-07-01 12:00", "active"),
    ],
)
def test_where_a_contract_stands(within: UUID, fields: dict[str, Any], now: str, standing: str) -> None:
    world = personas.northern(within)
    paid = {"paid_at": at("2025-12-01 00:00"), **fields}
    Contract.objects.filter(id=world.contract.id).update(**paid)
    assert standings(world).standing(at(now)) == standing


def test_it_tells_when_it_changes_by_itself(within: UUID) -> None:
    found = standings(personas.northern(within))
    assert found.changes_at(at("2025-01-01 00:00")) == at("2025-12-31 23:00")
    assert found.changes_at(THURSDAY) == at("2026-12-31 23:00")
    assert found.changes_at(at("2027-01-01 00:00")) is None


def test_the_contract_in_force_comes_first(within: UUID) -> None:
    world = personas.northern(within)
    machine = world.machine
    older = actions.draw_up(
        by=machine, organisation=world.organisation, plan="standard", number="N-0",
        activation_on=date(2024, 1, 1), now=START, paid_at=START,
    )  # fmt: skip
    found = queries.contract_for(within, world.organisation.id, THURSDAY)
    assert found is not None
    assert found.id == world.contract.id
    named = queries.contract_for(within, world.organisation.id, THURSDAY, older.id)
    assert named is not None
    assert named.standing(THURSDAY) == "ended"
    stranger = personas.add_customer(machine, name="Stranger")
    assert queries.contract_for(within, stranger.id, THURSDAY) is None
    with pytest.raises(Contract.DoesNotExist):
        queries.contract_by_id(within, stranger.id)


def test_every_change_is_told_and_asks_for_the_right_role(within: UUID) -> None:
    world = personas.northern(within)
    told: list[datetime] = []

    def listen(vendor_id: UUID, organisation_id: UUID, now: datetime) -> None:
        assert (vendor_id, organisation_id) == (within, world.organisation.id)
        told.append(now)

    listeners.register(listen)
    try:
        contract = world.contract
        with pytest.raises(Refused, match="role-needed"):
            actions.mark_paid(by=world.desk, contract=contract, now=THURSDAY)
        assert actions.suspend(by=world.boss, contract=contract, now=THURSDAY).suspended_at == THURSDAY
        assert actions.lift_suspension(by=world.boss, contract=contract, now=THURSDAY).suspended_at is None
        assert actions.change_seats(by=world.boss, contract=contract, seats=7, now=THURSDAY).seats == 7
        assert actions.mark_paid(by=world.boss, contract=contract, now=THURSDAY).paid_at == THURSDAY
        assert actions.end(by=world.boss, contract=contract, now=THURSDAY).ended_at == THURSDAY
        assert len(told) == 5
    finally:
        listeners._listeners.remove(listen)


# --- contacts ---------------------------------------------------------------------------------------


def test_a_third_contact_is_refused_naming_who_holds_the_places(within: UUID) -> None:
    world = personas.horizant(within)
    third = personas.add_contact(world.machine, world.organisation, "sacha")
    actions.authorise_contact(
        by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
    )
    with pytest.raises(Refused, match="no-place-for-contact") as caught:
        actions.authorise_contact(by=world.customer, contract=world.contract, contact=third, now=THURSDAY)
    assert "Camille and Dominique" in caught.value.said["en"]
    assert "Camille et Dominique" in caught.value.said["fr"]
    with pytest.raises(Refused, match="already-authorised"):
        actions.authorise_contact(
            by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
        )


def test_a_stand_in_takes_the_place_while_somebody_is_off(within: UUID) -> None:
    world = personas.horizant(within)
    third = personas.add_contact(world.machine, world.organisation, "sacha")
    back = at("2026-08-01 00:00")
    actions.authorise_contact(by=world.customer, contract=world.contract, contact=world.colleague, now=START)
    actions.withdraw_contact(
        by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
    )
    actions.authorise_contact(
        by=world.customer, contract=world.contract, contact=third, now=THURSDAY, until_at=back
    )
    with pytest.raises(Refused, match="no-place-for-contact"):
        actions.authorise_contact(
            by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
        )
    actions.authorise_contact(
        by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY, from_at=back
    )
    programme = queries.programme(world.contract.revision_id)
    plan = programme.plans["support"]
    found = standings(world)
    assert queries.may_act(found, plan, third, at("2026-07-31 23:59"))
    assert not queries.may_act(found, plan, third, back)
    assert queries.may_act(found, plan, world.colleague, back)
    # Taken off before it began: nothing is left of it; ended early: the end moves.
    actions.withdraw_contact(
        by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
    )
    actions.withdraw_contact(
        by=world.customer, contract=world.contract, contact=third, now=THURSDAY, at=at("2026-07-20 00:00")
    )
    assert {one.until_at for one in Authorisation.objects.filter(contact=third)} == {at("2026-07-20 00:00")}
    assert not Authorisation.objects.filter(contact=world.colleague, from_at=back)


def test_who_may_be_named_and_by_whom(within: UUID) -> None:
    world = personas.horizant(within)
    stranger = personas.add_contact(
        world.machine, personas.add_customer(world.machine, name="Stranger"), "sacha"
    )
    with pytest.raises(Refused, match="another-customer"):
        actions.authorise_contact(by=world.machine, contract=world.contract, contact=stranger, now=THURSDAY)
    with pytest.raises(Refused, match="ends-before-it-begins"):
        actions.authorise_contact(
            by=world.machine,
            contract=world.contract,
            contact=world.colleague,
            now=THURSDAY,
            until_at=THURSDAY,
        )
    refusals = ((world.colleague, Refused, "not-your-contract"), (stranger, Contract.DoesNotExist, "-"))
    for nobody, refusal, code in refusals:
        with pytest.raises(refusal, match=code):
            actions.authorise_contact(
                by=Viewer.customer(nobody), contract=world.contract, contact=world.colleague, now=THURSDAY
            )


# --- facts ------------------------------------------------------------------------------------------


def facts(world: World, now: datetime = THURSDAY, **asked: Any) -> dict[str, Any]:
    return queries.facts_of(
        programme=queries.programme(world.contract.revision_id),
        contract=standings(world),
        contact=world.contact,
        asked=queries.Asked(**asked),
        now=now,
    )


def test_facts_without_a_contract(within: UUID) -> None:
    world = personas.northern(within)
    programme = queries.programme(world.contract.revision_id)
    found = queries.facts_of(
        programme=programme, contract=None, contact=world.contact, asked=queries.Asked(), now=THURSDAY
    )
    assert found == {"contract": "none", "plan": "none", "contact": "authorised"}
    none_left = ledger.balances(
        vendor_id=within,
        programme=programme,
        contract=None,
        organisation_id=world.organisation.id,
        at=THURSDAY,
    )
    assert none_left == {}


def test_facts_of_products_environments_solutions_and_projects(within: UUID) -> None:
    world = personas.horizant(within)
    found = facts(world, product="licensed-software", environment="test")
    assert (found["product_on_contract"], found["maintenance"]) == ("yes", "yes")
    assert (found["environment_in_plan"], found["project"], found["solution"]) == ("no", "none", "none")
    assert facts(world, environment="production")["environment_in_plan"] == "yes"
    assert "product_on_contract" not in facts(world)
    actions.add_project(
        by=world.machine, contract=world.contract, name="Go-live", first_on=date(2026, 7, 1),
        last_on=date(2026, 7, 9), person="Robin", now=START,
    )  # fmt: skip
    assert facts(world)["project"] == "active"
    # 10 July 03:59Z is still 9 July in Toronto.
    assert facts(world, now=at("2026-07-10 03:59"))["project"] == "active"
    assert facts(world, now=at("2026-07-10 04:00"))["project"] == "none"
    solution = actions.add_solution(by=world.machine, contract=world.contract, name="S", now=START)
    assert facts(world)["solution"] == "before-hand-over"
    actions.hand_over(by=world.machine, solution=solution, on=date(2026, 7, 9), now=START)
    assert facts(world)["solution"] == "delivered"
    actions.add_solution(by=world.machine, contract=world.contract, name="T", now=START)
    assert facts(world)["solution"] == "none"
    assert facts(world, solution_id=solution.id)["solution"] == "delivered"


def test_a_customers_modification_is_consented_by_a_document(within: UUID) -> None:
    world = personas.northern(within)
    assert facts(world, modification="by-customer")["modification"] == "without-consent"
    assert facts(world, modification="by-vendor")["modification"] == "by-vendor"
    actions.add_document(
        by=world.machine, contract=world.contract, kind=ContractDocument.MODIFICATION_CONSENT, title="Consent",
        signed_on=date(2026, 1, 1), now=START,
    )  # fmt: skip
    assert facts(world, modification="by-customer")["modification"] == "with-consent"


def test_a_key_user_counts_where_the_programme_asks_for_one(within: UUID) -> None:
    world = personas.infor(within, plan="business")
    key_user = personas.add_contact(world.machine, world.organisation, "kim", is_key_user=True)
    programme = queries.programme(world.contract.revision_id)
    found = queries.facts_of(
        programme=programme, contract=standings(world), contact=key_user, asked=queries.Asked(), now=THURSDAY
    )
    assert found["contact"] == "key-user"
    assert facts(world)["contact"] == "authorised"
    stranger = personas.add_contact(world.machine, personas.add_customer(world.machine, name="X"), "sacha")
    found = queries.facts_of(
        programme=programme, contract=standings(world), contact=stranger, asked=queries.Asked(), now=THURSDAY
    )
    assert found["contact"] == "not-authorised"


@pytest.mark.parametrize(("seats", "calls"), [(1, 1), (5, 1), (6, 2), (15, 2), (16, 3)])
def test_grants_follow_the_seats(within: UUID, seats: int, calls: int) -> None:
    machine = Viewer.machine(within)
    revision = actions.publish_revision(by=machine, source=personas.source("solidxperts"), now=START)
    programme = queries.programme_of(revision)
    plan = next(one for one in programme.plans.values() if "grace-calls" in one.grants)
    contract = actions.draw_up(
        by=machine, organisation=personas.add_customer(machine), plan=plan.id, number="S-1", revision=revision,
        activation_on=date(2026, 7, 1), now=START, seats=seats, paid_at=START,
    )  # fmt: skip
    balances = ledger.balances(
        vendor_id=within,
        programme=programme,
        contract=queries.contract_by_id(within, contract.id),
        organisation_id=contract.organisation_id,
        at=THURSDAY,
    )
    assert (balances["grace-calls"].left, balances["grace-calls"].granted) == (calls, calls)


# --- holidays ---------------------------------------------------------------------------------------


def test_holidays_are_frozen_two_years_ahead_under_their_content(within: UUID) -> None:
    personas.horizant(within)
    row = HolidayRows.objects.get(code="CA-QC")
    assert date(2026, 6, 24) in row.dates
    assert row.known_until == date(2029, 12, 31)
    words = holidays.versions(within, ["CA-QC", "XX"], THURSDAY)
    assert words == (f"CA-QC:{row.hash}",)
    assert holidays.frozen(within, words[0]).dates == tuple(row.dates)
    assert holidays.freeze(within, "CA-QC", THURSDAY) == row


def test_a_preview_counts_by_holidays_that_nobody_froze_yet(within: UUID) -> None:
    words = holidays.versions(within, ["FR"], THURSDAY, dry=True)
    assert not HolidayRows.objects.exists()
    assert date(2026, 7, 14) in holidays.frozen(within, words[0]).dates
    assert holidays.versions(within, ["FR"], THURSDAY) == words
    with pytest.raises(ValueError, match="no holidays"):
        holidays.freeze(within, "XX", THURSDAY)
