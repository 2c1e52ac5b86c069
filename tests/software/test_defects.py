"""Known defects: confirmed, corrected with a history, found by words in any spelling, and read only by whom they are for."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.tickets import personas
from tests.tickets.personas import World, at

from palier.people.access import Refused
from palier.people.models import Role
from palier.software import actions, queries, words
from palier.software.actions import Facts
from palier.software.models import Defect, DefectChange, State

THURSDAY = at("2026-07-09 12:00")
PRODUCTS = {"northern-software", "other"}
STOPS = Facts(
    product="northern-software",
    title={"en": "The import stops", "fr": "L’importation s’arrête"},
    description={"en": "At two gigabytes."},
    workaround={"fr": "Découper le fichier."},
    affected=("7.1", "7.2"),
    public=True,
)


def confirm(world: World, facts: Facts = STOPS, **more: Any) -> Defect:
    facts = dataclasses.replace(facts, **more)
    return actions.confirm(by=world.desk, facts=facts, products=PRODUCTS, now=THURSDAY)


def known(world: World, *products: str, **more: Any) -> list[str]:
    found = queries.known(vendor_id=world.vendor_id, products=products or ("northern-software",), **more)
    return [one.number for one in found]


def test_numbers_are_gapless_and_who_confirms_owns_it(within: UUID) -> None:
    world = personas.northern(within)
    with pytest.raises(Refused, match="no-title"), transaction.atomic():
        confirm(world, title={"en": " "})
    found = [confirm(world), confirm(world)]
    assert [one.number for one in found] == [1, 2]
    assert (found[0].owner_id, found[0].first_seen_on, found[0].state) == (
        world.agent.id, date(2026, 7, 9), State.CONFIRMED,
    )  # fmt: skip
    assert words.number_of(queries.prefix_of(within), 12) == "ACM-D12"


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("no-such-product", {"product": "strange"}),
        ("no-such-state", {"state": "gone"}),
        ("ship-it", {"state": "shipped"}),
        ("too-long", {"title": {"en": "x" * 201}}),
        ("too-long", {"affected": ("x" * 41,)}),
        ("seen-in-the-future", {"first_seen_on": date(2026, 7, 10)}),
        ("follow-up-past", {"follow_up_on": date(2026, 7, 8)}),
        ("no-such-person", {"owner_id": UUID(int=1)}),
    ],
)
def test_what_cannot_be_said_of_one(within: UUID, code: str, more: dict[str, Any]) -> None:
    world = personas.northern(within)
    with pytest.raises(Refused, match=code) as refused:
        confirm(world, **more)
    assert all(refused.value.said[language].endswith(".") for language in ("en", "fr"))


def test_what_is_corrected_is_kept_with_what_was_before(within: UUID) -> None:
    world = personas.northern(within)
    defect = confirm(world)
    after = dataclasses.replace(
        STOPS, affected=("7.1", "7.2", "7.3"), state="in-progress", owner_id=world.manager.id
    )
    actions.edit(by=world.boss, defect=defect, facts=after, products=PRODUCTS, now=THURSDAY)
    change = queries.changes(defect).last()
    assert change is not None
    assert (change.kind, change.user_id) == ("edited", world.manager.user_id)
    assert change.data == {
        "affected": [["7.1", "7.2"], ["7.1", "7.2", "7.3"]],
        "state": ["confirmed", "in-progress"],
        "owner": [str(world.agent.id), str(world.manager.id)],
    }
    with pytest.raises(Refused, match="no-change"):
        actions.edit(by=world.boss, defect=defect, facts=after, products=PRODUCTS, now=THURSDAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        DefectChange.objects.all().delete()


def test_the_manufacturer_is_asked_again_and_what_it_said_is_kept(within: UUID) -> None:
    world = personas.northern(within)
    defect = confirm(world)
    day = date(2026, 7, 20)
    row = actions.follow_up(
        by=world.desk, defect=defect, reference="R&D-7", follow_up_on=day, words_said="In test.", now=THURSDAY
    )
    assert (row.maker_reference, row.follow_up_on) == ("R&D-7", day)
    change = queries.changes(defect).last()
    assert change is not None
    assert change.data["said"] == [None, "In test."]
    assert [one.number for one in queries.find(world.desk, "r&d-7")] == [1]


def test_shipped_once_in_a_version_and_taken_up_again(within: UUID) -> None:
    world = personas.northern(within)
    defect = confirm(world, follow_up_on=date(2026, 7, 20))
    with pytest.raises(Refused, match="no-patch"):
        actions.ship(by=world.desk, defect=defect, fixed_in=" ", shipped_on=None, now=THURSDAY)
    with pytest.raises(Refused, match="not-shipped-yet"):
        actions.ship(by=world.desk, defect=defect, fixed_in="7.3", shipped_on=date(2026, 7, 10), now=THURSDAY)
    row = actions.ship(by=world.desk, defect=defect, fixed_in="7.3", shipped_on=None, now=THURSDAY)
    assert (row.state, row.fixed_in, row.shipped_on, row.follow_up_on) == (
        State.SHIPPED, "7.3", date(2026, 7, 9), None,
    )  # fmt: skip
    with pytest.raises(Refused, match="not-to-ship"):
        actions.ship(by=world.desk, defect=defect, fixed_in="7.3", shipped_on=None, now=THURSDAY)
    again = dataclasses.replace(STOPS, state="in-progress", fixed_in="7.3")
    row = actions.edit(by=world.desk, defect=defect, facts=again, products=PRODUCTS, now=THURSDAY)
    assert (row.state, row.shipped_on) == (State.IN_PROGRESS, None)


def test_customers_read_what_is_public_of_their_products_only(within: UUID) -> None:
    world = personas.northern(within)
    confirm(world)
    confirm(world, public=False, title={"en": "The import is secret"})
    confirm(world, product="other", title={"en": "The import elsewhere"})
    confirm(world, state="withdrawn", title={"en": "The import never stopped"})
    assert known(world) == ["ACM-D1"]
    assert known(world, text="the import") == ["ACM-D1"]
    assert queries.known(vendor_id=within, products=()) == ()
    one = queries.known_one(vendor_id=within, products={"northern-software"}, number="acm-d1")
    assert one.number == 1
    for hidden in ("ACM-D2", "ACM-D3", "ACM-D4", "ACM-D99", "NOR-D1", "D1", "ACM-1", "ACM-D١"):
        with pytest.raises(Defect.DoesNotExist):
            queries.known_one(vendor_id=within, products={"northern-software"}, number=hidden)


def test_found_by_words_in_any_spelling_those_of_my_version_first(within: UUID) -> None:
    world = personas.northern(within)
    confirm(world)
    confirm(world, title={"en": "The export stops"}, affected=("6.0",))
    assert known(world, text="IMPORTATION s'arrete") == ["ACM-D1"]
    assert known(world, text="stops") == ["ACM-D2", "ACM-D1"]
    assert known(world, text="stops", version="7.1") == ["ACM-D1", "ACM-D2"]
    assert known(world, text="acm-d2") == ["ACM-D2"]
    assert known(world, text="of an a") == []
    assert [one.number for one in queries.find(world.desk, "decouper fichier")] == [2, 1]
    assert [one.number for one in queries.find(world.desk, "D2")] == [2]


def test_a_customer_has_it_too_once_and_corrects_its_version(within: UUID) -> None:
    world = personas.northern(within)
    defect = confirm(world)
    actions.me_too(by=world.customer, defect=defect, version="7.1", now=THURSDAY)
    actions.me_too(by=world.customer, defect=defect, version="7.2", now=THURSDAY + timedelta(days=1))
    (row,) = queries.me_toos(defect)
    assert (row.organisation_id, row.version) == (world.organisation.id, "7.2")
    with pytest.raises(Refused, match="for-contacts"):
        actions.me_too(by=world.desk, defect=defect, version="7.2", now=THURSDAY)
    with pytest.raises(Refused, match="role-needed"):
        confirm(dataclasses.replace(world, agent=personas.add_staff(world.machine, "fin", Role.FINANCE)))


@given(st.text(max_size=40))
def test_folding_is_stable_and_finds_itself(text: str) -> None:
    folded = words.folded(text)
    assert words.folded(folded) == folded
    assert all(one in folded for one in words.searched(text))


@given(st.integers(1, 10**8))
def test_a_number_is_read_back_in_any_spelling(number: int) -> None:
    written = words.number_of("NOR", number)
    for text in (written, written.lower(), f"D{number}", str(number), f" {written} "):
        assert words.figure(text) == number
    assert words.named(written, "nor") == number
    assert words.named(written, "ACM") is None
