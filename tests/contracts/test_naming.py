"""Who is named on a contract: swapping a contact, stand-ins, authorised users, roles of the vendor, caps, plans asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from tests.tickets import personas
from tests.tickets.personas import START, World, at

from palier.contracts import actions, caps, queries, requests, roles
from palier.contracts.models import Contract, ContractEvent, NamedRole
from palier.contracts.standings import Standings
from palier.people import notices, tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Notice, Organisation, Role

THURSDAY = at("2026-07-09 12:00")
LATER = at("2026-07-20 04:00")


def standings(world: World) -> Standings:
    return queries.contract_by_id(world.vendor_id, world.contract.id)


def named(world: World, when: object) -> set[UUID]:
    return set(queries.authorised_contacts(standings(world), when))  # type: ignore[arg-type]


# --- contacts ---------------------------------------------------------------------------------------


def test_the_customers_administrator_swaps_a_contact_and_the_vendor_is_told(within: UUID) -> None:
    world = personas.horizant(within)
    manager = personas.add_staff(world.machine, "helen", Role.ACCOUNT_MANAGER)
    third = personas.add_contact(world.machine, world.organisation, "sacha")
    actions.authorise_contact(
        by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
    )
    actions.swap_contact(
        by=world.customer,
        contract=world.contract,
        out=world.colleague,
        replacement=third,
        now=THURSDAY,
        at=LATER,
    )
    assert named(world, THURSDAY) == {world.contact.id, world.colleague.id}
    assert named(world, LATER) == {world.contact.id, third.id}
    event = ContractEvent.objects.get(kind="contact-swapped")
    assert (event.effective_at, event.recorded_at, event.contact_id) == (LATER, THURSDAY, world.contact.id)
    assert event.data == {"out": str(world.colleague.id), "in": str(third.id), "from": LATER.isoformat()}
    told = Notice.objects.filter(kind="contact-swapped")
    assert {(one.staff_id, one.contact_id) for one in told} == {
        (manager.id, None),
        (None, world.colleague.id),
        (None, third.id),
    }


def test_what_a_swap_refuses(within: UUID) -> None:
    world = personas.horizant(within)
    third = personas.add_contact(world.machine, world.organisation, "sacha")
    for out, replacement, when, code in (
        (third, world.colleague, THURSDAY, "not-authorised-there"),
        (world.contact, world.contact, START, "in-the-past"),
    ):
        with pytest.raises(Refused, match=code):
            actions.swap_contact(
                by=world.customer,
                contract=world.contract,
                out=out,
                replacement=replacement,
                now=THURSDAY,
                at=when,
            )
    with pytest.raises(Refused, match="not-your-contract"):
        actions.swap_contact(
            by=Viewer.customer(third),
            contract=world.contract,
            out=world.contact,
            replacement=third,
            now=THURSDAY,
        )
    assert named(world, LATER) == {world.contact.id}


def test_a_stand_in_holds_the_place_for_a_time_and_gives_it_back(within: UUID) -> None:
    world = personas.horizant(within)
    third = personas.add_contact(world.machine, world.organisation, "sacha")
    fourth = personas.add_contact(world.machine, world.organisation, "robin")
    actions.authorise_contact(by=world.customer, contract=world.contract, contact=world.colleague, now=START)
    for stand_in, first, last in (
        (third, LATER, at("2026-08-03 04:00")),
        (fourth, at("2026-07-12 04:00"), at("2026-07-14 04:00")),
    ):
        actions.name_stand_in(
            by=world.customer, contract=world.contract, absent=world.colleague, stand_in=stand_in, from_at=first,
            until_at=last, now=THURSDAY,
        )  # fmt: skip
    seen = {
        "2026-07-12 03:59": world.colleague,
        "2026-07-12 04:00": fourth,
        "2026-07-14 04:00": world.colleague,
        "2026-07-20 04:00": third,
        "2026-08-03 03:59": third,
        "2026-08-03 04:00": world.colleague,
        "2030-01-01 00:00": world.colleague,
    }
    for when, who in seen.items():
        assert named(world, at(when)) == {world.contact.id, who.id}, when
    # The other place is no freer while somebody stands in.
    with pytest.raises(Refused, match="no-place-for-contact") as caught:
        actions.authorise_contact(
            by=world.customer, contract=world.contract, contact=fourth, now=THURSDAY, from_at=LATER
        )
    assert "Camille and" in caught.value.said["en"]


def test_authorised_users_agree_to_estimates_and_without_any_the_contacts_do(within: UUID) -> None:
    world = personas.horizant(within)
    plan = queries.programme(world.contract.revision_id).plans["support"]

    def may(contact: object) -> bool:
        return queries.may_approve(standings(world), plan, contact, THURSDAY)  # type: ignore[arg-type]

    assert (may(world.contact), may(world.colleague)) == (True, False)
    actions.name_user(by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY)
    assert (may(world.contact), may(world.colleague)) == (False, True)
    with pytest.raises(Refused, match="already-authorised"):
        actions.name_user(by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY)
    actions.withdraw_user(by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY)
    assert (may(world.contact), may(world.colleague)) == (True, False)


def test_a_removed_contact_takes_no_place(within: UUID) -> None:
    world = personas.horizant(within)
    world.colleague.removed_at = START
    world.colleague.save()
    with pytest.raises(Refused, match="contact-removed"):
        actions.authorise_contact(
            by=world.customer, contract=world.contract, contact=world.colleague, now=THURSDAY
        )


# --- roles ------------------------------------------------------------------------------------------


def test_the_account_manager_is_the_regions_unless_one_is_named(within: UUID) -> None:
    world = personas.northern(within)
    Organisation.objects.filter(id=world.organisation.id).update(region="europe")
    nora, paul = (personas.add_staff(world.machine, name, Role.ACCOUNT_MANAGER) for name in ("nora", "paul"))
    with pytest.raises(Refused, match="unknown-region"):
        actions.name_region(by=world.boss, region="moon", staff=nora, now=START)
    actions.name_region(by=world.boss, region="europe", staff=nora, now=START)
    manager = NamedRole.ACCOUNT_MANAGER
    found = roles.roles_of(standings(world), THURSDAY)[manager]
    assert (found.name, found.email, found.by_region) == ("Nora", "nora@vendor.example", True)
    actions.name_role(by=world.boss, contract=world.contract, role=manager, staff=paul, now=THURSDAY)
    assert roles.roles_of(standings(world), THURSDAY)[manager].name == "Paul"
    assert roles.vendor_side(standings(world), THURSDAY) == (paul.id,)
    assert roles.roles_of(standings(world), START)[manager].name == "Nora"
    actions.withdraw_role(by=world.boss, contract=world.contract, role=manager, now=LATER)
    assert roles.roles_of(standings(world), LATER)[manager].name == "Nora"
    with pytest.raises(Refused, match="role-needed"):
        actions.name_role(by=world.customer, contract=world.contract, role=manager, staff=paul, now=LATER)


def test_without_any_account_manager_the_managers_are_told(within: UUID) -> None:
    world = personas.northern(within)
    assert roles.roles_of(standings(world), THURSDAY) == {}
    assert roles.vendor_side(standings(world), THURSDAY) == (world.manager.id,)


# --- caps -------------------------------------------------------------------------------------------


def test_a_cap_holds_from_when_it_was_given_with_every_limit(within: UUID) -> None:
    world = personas.northern(within)
    caps.set_cap(
        by=world.customer, contract=world.contract, now=THURSDAY, per_request_minutes=120, per_request_amount=30_000,
        per_month_amount=100_000, approvers=[world.colleague],
    )  # fmt: skip
    assert caps.cap_of(within, world.contract.id, START) is None
    cap = caps.cap_of(within, world.contract.id, THURSDAY)
    assert cap is not None
    assert (cap.agreed_by, cap.approvers) == (world.contact.id, frozenset({world.colleague.id}))
    for minutes, amount, currency, so_far, holds in (
        (120, 30_000, "EUR", 70_000, True),
        (121, 30_000, "EUR", 0, False),
        (None, 30_000, "EUR", 0, False),
        (60, 30_001, "EUR", 0, False),
        (60, 30_000, "EUR", 70_001, False),
        (60, 30_000, "CAD", 0, False),
        (60, None, None, 0, False),
    ):
        assert cap.holds(minutes=minutes, amount=amount, currency=currency, month_so_far=so_far) is holds
    caps.set_cap(by=world.customer, contract=world.contract, now=LATER, per_request_minutes=60)
    assert [one.per_request_minutes for one in caps.caps(within, world.contract.id)] == [60, 120]
    latest = caps.cap_of(within, world.contract.id, LATER)
    assert latest is not None
    assert latest.holds(minutes=60, amount=9_999_999, currency="XYZ", month_so_far=0)
    caps.withdraw_cap(by=world.customer, contract=world.contract, now=LATER)
    assert caps.cap_of(within, world.contract.id, LATER) is None
    with pytest.raises(Refused, match="no-cap"):
        caps.withdraw_cap(by=world.customer, contract=world.contract, now=LATER)


def test_a_cap_is_the_customers_word(within: UUID) -> None:
    world = personas.horizant(within)
    refused = {
        "bad-cap": {"by": world.customer},
        "not-your-contract": {"by": Viewer.customer(world.colleague), "per_request_minutes": 1},
        "role-needed": {"by": world.desk, "per_request_minutes": 1},
        "who-agreed": {"by": world.boss, "per_request_minutes": 1},
    }
    for code, given in refused.items():
        with pytest.raises(Refused, match=code):
            caps.set_cap(contract=world.contract, now=THURSDAY, **given)  # type: ignore[arg-type]
    caps.set_cap(
        by=world.boss, contract=world.contract, now=THURSDAY, per_month_amount=50_000, agreed_by=world.contact
    )
    assert Notice.objects.get(contact=world.contact).kind == "cap-changed"
    stranger = personas.add_contact(world.machine, personas.add_customer(world.machine, name="X"), "sacha")
    with pytest.raises(Contract.DoesNotExist):
        caps.withdraw_cap(by=Viewer.customer(stranger), contract=world.contract, now=THURSDAY)


# --- asking for a plan ------------------------------------------------------------------------------


def test_augmented_support_is_asked_for_granted_and_brings_its_discount(within: UUID) -> None:
    world = personas.northern(within)
    before = standings(world)
    assert [one.id for one in requests.plans_to_ask(before, THURSDAY)] == ["augmented"]
    assert queries.discount_of(before, "professional-services", THURSDAY) == Decimal(0)
    asked = requests.ask_for_plan(
        by=world.customer, contract=world.contract, plan="augmented", words="Three plants.", now=THURSDAY
    )
    told = Notice.objects.get(staff=world.manager)
    assert (told.kind, told.data["plan"]) == ("plan-asked", "augmented")
    with pytest.raises(Refused, match="asked-already"):
        requests.ask_for_plan(
            by=world.customer, contract=world.contract, plan="augmented", words="", now=THURSDAY
        )
    with pytest.raises(Refused, match="role-needed"):
        requests.grant_plan(by=world.desk, request=asked, now=LATER)
    requests.grant_plan(
        by=world.boss, request=asked, now=LATER, answer="Gladly.", solutions_manager=world.agent
    )
    found = standings(world)
    assert (found.as_of(THURSDAY).plan, found.as_of(LATER).plan) == ("standard", "augmented")
    assert roles.roles_of(found, LATER)[NamedRole.SOLUTIONS_MANAGER].staff_id == world.agent.id
    for price in ("professional-services", "professional-services-augmented"):
        assert queries.discount_of(found, price, THURSDAY) == Decimal(0)
        assert queries.discount_of(found, price, LATER) == Decimal(10)
    assert queries.discount_of(found, "nothing", LATER) == Decimal(0)
    assert requests.plans_to_ask(found, LATER) == ()
    assert Notice.objects.filter(contact=world.contact, kind="plan-granted").exists()
    with pytest.raises(Refused, match="answered-already"):
        requests.decline_plan(by=world.boss, request=asked, answer="No.", now=LATER)


def test_a_plan_is_declined_with_a_reason_and_only_what_builds_on_ones_own_is_asked_for(within: UUID) -> None:
    world = personas.northern(within)
    with pytest.raises(Refused, match="not-to-ask-for"):
        requests.ask_for_plan(
            by=world.customer, contract=world.contract, plan="standard", words="", now=THURSDAY
        )
    asked = requests.ask_for_plan(
        by=world.customer, contract=world.contract, plan="augmented", words="", now=THURSDAY
    )
    with pytest.raises(Refused, match="no-reason"):
        requests.decline_plan(by=world.boss, request=asked, answer=" ", now=LATER)
    requests.decline_plan(by=world.boss, request=asked, answer="Not yet.", now=LATER)
    assert standings(world).as_of(LATER).plan == "standard"
    found = requests.plan_requests(world.customer).get()
    assert (found.granted, found.answer, found.answered_by) == (False, "Not yet.", world.manager)
    assert not requests.plan_requests(world.boss, open_only=True).exists()
    kinds = notices.notices(world.customer).values_list("kind", flat=True)
    assert list(kinds) == ["plan-declined"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_reach_for_the_last_place_one_has_it(vendor: Any) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.horizant(vendor.id)
        rivals = [
            personas.add_contact(world.machine, world.organisation, name) for name in ("sacha", "robin")
        ]
    start = Barrier(2)

    def reach(rival: Contact) -> str:
        try:
            start.wait()
            with tenancy.vendor(vendor.id):
                actions.authorise_contact(
                    by=world.machine, contract=world.contract, contact=rival, now=THURSDAY
                )
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "has it"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(reach, rivals)) == ["has it", "no-place-for-contact"]
