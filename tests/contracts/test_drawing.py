"""Drawing up: what the preview says, every problem at once, the whole licence, the yearly amount, terms and binding texts."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.personas import START, World, at

from palier.contracts import actions, agreements, drawing, queries, roles, weighing
from palier.contracts.models import (
    Agreement,
    Contract,
    ContractAgreement,
    ContractEvent,
    EarlierTerm,
    NamedRole,
)
from palier.people.access import Refused, Viewer
from palier.people.models import Role

THURSDAY = at("2026-07-09 12:00")


def northern_terms(world: World, **other: Any) -> drawing.Terms:
    given: dict[str, Any] = {
        "organisation": world.organisation,
        "number": "N-2",
        "plan": "augmented",
        "activation_on": date(2026, 8, 1),
        "products": {"northern-software": "12.4"},
    }
    return drawing.Terms(**{**given, **other})


def solidxperts_terms(within: UUID, **other: Any) -> drawing.Terms:
    machine = Viewer.machine(within)
    actions.publish_revision(by=machine, source=personas.source("solidxperts"), now=START)
    given: dict[str, Any] = {
        "organisation": personas.add_customer(
            machine, name="Ferrum", zone="America/Toronto", country="CA", subdivision="QC"
        ),
        "number": "SX-1",
        "plan": "standard",
        "activation_on": date(2026, 7, 1),
    }
    return drawing.Terms(**{**given, **other})


def codes(found: drawing.DrawUp) -> list[str]:
    return [one.code for one in found.problems]


# --- the preview ------------------------------------------------------------------------------------


def test_the_preview_says_what_the_customer_will_get_and_writes_nothing(within: UUID) -> None:
    terms = solidxperts_terms(within, seats=16)
    found = drawing.preview(by=Viewer.machine(within), terms=terms, now=THURSDAY)
    assert found.can_be_drawn_up
    assert found.plan is not None
    assert found.plan.id == "standard"
    assert (found.term.starts_on, found.term.ends_on) == (date(2026, 7, 1), date(2027, 7, 1))
    assert found.starts_at == at("2026-07-01 04:00")
    assert found.anniversaries[:2] == (date(2027, 7, 1), date(2028, 7, 1))
    assert found.standing == "unpaid"
    grants = {line.allowance.id: (line.quantity, line.anew_on) for line in found.grants}
    assert grants == {"grace-calls": (3, date(2027, 7, 1)), "devices": (2, None)}
    assert {line.severity.id for line in found.targets} == set(found.programme.severities)
    assert {line.price.id for line in found.prices} == set(found.programme.prices)
    assert [one.id for one in found.documents] == ["support-terms", "services-terms"]
    assert "analysis" in {one.id for one in found.benefits}
    assert not Contract.objects.exists()


def test_a_rental_of_three_months_has_no_grace_calls(within: UUID) -> None:
    terms = solidxperts_terms(within, plan="rental", activation_on=date(2026, 11, 30), seats=16)
    found = drawing.preview(by=Viewer.machine(within), terms=terms, now=THURSDAY)
    assert (found.months, found.term.ends_on) == (3, date(2027, 2, 28))
    assert [line.allowance.id for line in found.grants] == ["devices"]
    contract = drawing.draw_up(by=Viewer.machine(within), terms=terms, now=THURSDAY)
    assert (contract.term, contract.ends_on) == ("short-rental", date(2027, 2, 28))


def test_discounts_and_places_show_in_the_preview(within: UUID) -> None:
    world = personas.northern(within)
    found = drawing.preview(by=world.boss, terms=northern_terms(world), now=THURSDAY)
    prices = {line.price.id: line.discount for line in found.prices}
    assert prices["professional-services-augmented"] == 10
    assert found.places is None
    standard = drawing.preview(by=world.boss, terms=northern_terms(world, plan="standard"), now=THURSDAY)
    assert "professional-services-augmented" not in {line.price.id for line in standard.prices}


def test_every_problem_is_said_at_once(within: UUID) -> None:
    world = personas.horizant(within)
    stranger = personas.add_contact(world.machine, personas.add_customer(world.machine, name="X"), "sacha")
    terms = drawing.Terms(
        organisation=world.organisation,
        number="H-1",
        plan="support",
        activation_on=date(2026, 8, 1),
        seats=0,
        products=["typewriter"],
        environments=["moon"],
        covers_whole_licence=False,
        contacts=[world.contact, world.colleague, stranger],
        projects=[
            drawing.ProjectTerms(
                name="P", first_on=date(2026, 9, 1), last_on=date(2026, 8, 1), person="Robin"
            )
        ],
    )
    found = drawing.preview(by=world.boss, terms=terms, now=THURSDAY)
    assert codes(found) == [
        "number-taken",
        "unknown-word",
        "unknown-word",
        "bad-seats",
        "part-of-licence",
        "another-customer",
        "no-place-for-contact",
        "ends-before-it-begins",
    ]
    assert not found.can_be_drawn_up
    with pytest.raises(weighing.CannotAgree) as caught:
        drawing.draw_up(by=world.boss, terms=terms, now=THURSDAY)
    assert [one.code for one in caught.value.problems] == codes(found)
    assert all(set(one.said) == {"en", "fr"} for one in caught.value.problems)
    assert Contract.objects.count() == 1


def test_a_plan_that_is_not_there_leaves_the_rest_of_the_preview_standing(within: UUID) -> None:
    world = personas.northern(within)
    found = drawing.preview(by=world.boss, terms=northern_terms(world, plan="golden"), now=THURSDAY)
    assert codes(found) == ["unknown-word"]
    assert (found.plan, found.targets, found.grants, found.benefits) == (None, (), (), ())


def test_only_those_who_draw_up_see_the_preview(within: UUID) -> None:
    world = personas.northern(within)
    for by in (world.desk, world.customer):
        with pytest.raises(Refused, match="role-needed"):
            drawing.preview(by=by, terms=northern_terms(world), now=THURSDAY)


# --- what the programme has a say in ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "code", "words"),
    [
        ({"covers_whole_licence": False}, "part-of-licence", "R10"),
        ({"seats": 3, "licence_seats": 5}, "part-of-licence", "3 of 5 seats"),
        ({"licence": ["licensed-software"], "products": []}, "part-of-licence", "Left out"),
        ({"environments": ["test"]}, "environment-not-in-plan", "production"),
    ],
)
def test_a_plan_for_the_whole_licence_is_not_sold_for_a_part(
    within: UUID, other: dict[str, Any], code: str, words: str
) -> None:
    world = personas.horizant(within)
    terms = drawing.Terms(
        organisation=world.organisation, number="H-2", plan="support", activation_on=date(2026, 8, 1)
    )
    found = drawing.preview(by=world.boss, terms=dataclasses.replace(terms, **other), now=THURSDAY)
    assert codes(found) == [code]
    assert words in found.problems[0].said["en"]


@pytest.mark.parametrize(
    ("amount", "plan"),
    [
        (9_999_999, None),
        (10_000_000, "business"),
        (29_999_999, "business"),
        (30_000_000, "business-plus"),
        (75_000_000, "enterprise"),
        (900_000_000, "enterprise"),
    ],
)
def test_the_yearly_amount_gives_the_plan(within: UUID, amount: int, plan: str | None) -> None:
    world = personas.infor(within)
    terms = drawing.Terms(
        organisation=world.organisation,
        number="I-2",
        activation_on=date(2026, 8, 1),
        yearly_amount=amount,
    )
    found = drawing.preview(by=world.boss, terms=terms, now=THURSDAY)
    assert (found.plan.id if found.plan is not None else None) == plan
    assert found.by_amount == (plan is not None)
    named = drawing.preview(by=world.boss, terms=dataclasses.replace(terms, plan="business"), now=THURSDAY)
    if plan == "business":
        assert not named.problems
    else:
        assert codes(named) == ["amount-gives-another-plan"]
        expected = "no plan is offered" if plan is None else "this amount gives CareFor"
        assert expected in named.problems[0].said["en"]


def test_a_plan_that_follows_an_amount_asks_for_it_in_the_right_currency(within: UUID) -> None:
    world = personas.infor(within)
    terms = drawing.Terms(
        organisation=world.organisation, number="I-2", plan="enterprise", activation_on=date(2026, 8, 1)
    )
    assert codes(drawing.preview(by=world.boss, terms=terms, now=THURSDAY)) == ["amount-needed"]
    for other, code in (
        ({"yearly_amount": 80_000_000, "currency": "USD"}, "other-currency"),
        ({"yearly_amount": -1}, "bad-amount"),
    ):
        found = drawing.preview(by=world.boss, terms=dataclasses.replace(terms, **other), now=THURSDAY)
        assert codes(found) == [code]
    essential = dataclasses.replace(terms, plan="essential", options=["priority-response"])
    assert codes(drawing.preview(by=world.boss, terms=essential, now=THURSDAY)) == ["option-not-in-plan"]


# --- drawing up -------------------------------------------------------------------------------------


def test_all_that_was_agreed_hangs_on_the_contract(within: UUID) -> None:
    world = personas.northern(within)
    solver = personas.add_staff(world.machine, "ines", Role.ENGINEER)
    terms = northern_terms(
        world,
        users=[world.contact],
        paid_at=START,
        named={NamedRole.SOLUTIONS_MANAGER: solver},
        projects=[
            drawing.ProjectTerms(
                name="Move", first_on=date(2026, 8, 1), last_on=date(2026, 9, 30), person="Ines"
            )
        ],
        solutions=[drawing.SolutionTerms(name="Vault", goals="Keep drawings.")],
        documents=["sla"],
    )
    contract = drawing.draw_up(by=world.boss, terms=terms, now=START)
    found = queries.contract_by_id(within, contract.id)
    assert found.standing(THURSDAY) == "future"
    assert [one.contact_id for one in found.authorised_users] == [world.contact.id]
    assert [one.name for one in found.projects] == ["Move"]
    assert [one.name for one in found.solutions] == ["Vault"]
    assert found.products["northern-software"].version == "12.4"
    assert roles.roles_of(found, START)[NamedRole.SOLUTIONS_MANAGER].name == "Ines"
    bound = ContractAgreement.objects.filter(contract=contract)
    assert [(row.document, row.version) for row in bound] == [("sla", "1")]
    event = ContractEvent.objects.get(contract=contract)
    assert (event.kind, event.staff_id, event.recorded_at) == ("drawn-up", world.manager.id, START)


def test_a_contract_that_was_renewed_elsewhere_keeps_its_origin(within: UUID) -> None:
    world = personas.northern(within)
    terms = northern_terms(
        world, activation_on=date(2024, 2, 29), term_starts_on=date(2026, 2, 28), paid_at=START
    )
    contract = drawing.draw_up(by=world.boss, terms=terms, now=START)
    assert (contract.starts_on, contract.ends_on) == (date(2026, 2, 28), date(2027, 2, 28))
    assert EarlierTerm.objects.get(contract=contract).ends_on == date(2026, 2, 28)
    found = queries.contract_at(within, contract.id, THURSDAY)
    assert (found.activation_on, found.standing(THURSDAY)) == (date(2024, 2, 29), "active")
    odd = northern_terms(
        world, number="N-3", activation_on=date(2024, 2, 29), term_starts_on=date(2026, 3, 1)
    )
    assert codes(drawing.preview(by=world.boss, terms=odd, now=START)) == ["no-anniversary"]


# --- binding texts ----------------------------------------------------------------------------------

TEXT = b"# Service level agreement\n\nWe answer within your working hours.\n"


def deposit(by: Viewer, version: str, language: str = "en", body: bytes = TEXT) -> Any:
    return agreements.deposit(
        by=by,
        document="sla",
        version=version,
        language=language,
        filename="../sla.md",
        media_type=agreements.MARKDOWN,
        body=body,
        now=START,
    )


def test_a_text_is_kept_by_its_hash_and_a_version_never_changes(within: UUID) -> None:
    world = personas.northern(within)
    first = deposit(world.boss, "1")
    assert deposit(world.boss, "1") == first
    assert (first.paper.filename, first.paper.size) == ("sla.md", len(TEXT))
    assert first.title == "Support and maintenance service level agreement"
    assert first.dated == date(2026, 1, 1)
    with pytest.raises(Refused, match="version-is-fixed"):
        deposit(world.boss, "1", body=TEXT + b"More.\n")
    programme = queries.programme(world.contract.revision_id)
    named = agreements.of_programme(within, programme)
    assert [(one.document, len(one.texts)) for one in named] == [("sla", 1), ("scope-of-work", 0)]


@pytest.mark.parametrize(
    ("media_type", "body", "code"),
    [
        ("text/html", b"<p>", "bad-media-type"),
        ("text/plain", b"", "bad-size"),
        ("text/markdown", b"\xff\xfe", "not-what-it-says"),
        ("text/plain", b"a\0b", "not-what-it-says"),
        ("application/pdf", b"hello", "not-what-it-says"),
    ],
)
def test_what_is_no_text_is_refused(within: UUID, media_type: str, body: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        agreements.keep_paper(within, filename="x", media_type=media_type, body=body, now=START)


def test_a_later_version_takes_the_place_of_the_one_before_and_is_accepted(within: UUID) -> None:
    world = personas.northern(within)
    deposit(world.boss, "1")
    second = deposit(world.boss, "2", "fr", "Deuxième texte.".encode())
    with pytest.raises(Refused, match="unknown-version"):
        agreements.attach(by=world.boss, contract=world.contract, document="sla", version="9", now=THURSDAY)
    agreements.attach(by=world.boss, contract=world.contract, document="sla", version="2", now=THURSDAY)
    with pytest.raises(Refused, match="bound-already"):
        agreements.attach(by=world.boss, contract=world.contract, document="sla", version="2", now=THURSDAY)
    agreements.accept(by=world.customer, contract=world.contract, document="sla", now=THURSDAY)
    programme = queries.programme(world.contract.revision_id)
    texts = agreements.of_contract(within, world.contract.id, programme)
    sla = [(one.version, one.until_at, one.accepted_by) for one in texts if one.document == "sla"]
    assert sla == [("2", None, "Camille"), ("1", THURSDAY, "")]
    # Read by those it binds, and by nobody else.
    assert bytes(agreements.text(world.customer, second.id).paper.body).decode() == "Deuxième texte."
    stranger = personas.add_contact(
        world.machine, personas.add_customer(world.machine, name="Stranger"), "sacha"
    )
    with pytest.raises(Agreement.DoesNotExist):
        agreements.text(Viewer.customer(stranger), second.id)
    with pytest.raises(Contract.DoesNotExist):
        agreements.accept(by=Viewer.customer(stranger), contract=world.contract, document="sla", now=THURSDAY)
    with pytest.raises(Refused, match="who-accepted"):
        agreements.accept(by=world.boss, contract=world.contract, document="scope-of-work", now=THURSDAY)
