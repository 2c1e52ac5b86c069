"""What requests there can be: facts as variables, and what cannot go together."""

from __future__ import annotations

import pytest
from tests.programme import small

from palier.core import regions
from palier.core.conditions import Condition, When
from palier.core.programme import Programme
from palier.programme import space as spaces
from palier.programme.space import Space

MORE = (
    "required:",
    "families: {pens: {fr: A, en: B}}\n"
    "products: {quill: {name: {fr: A, en: B}, family: pens}}\n"
    "environments: {production: {fr: A, en: B}, test: {fr: A, en: B}}\n"
    "facts:\n"
    "  far: {name: {fr: A, en: B}, values: {no: {fr: A, en: B}, yes: {fr: A, en: B}}, kinds: [defect]}\n"
    "required:",
)
LIMITED = ("    targets: standard\n", "    targets: standard\n    environments: [production]\n")


def of(*tests: tuple[str, str]) -> tuple[Programme, Space]:
    """The space of conditions that test these facts, each for a value."""
    programme = small.programme(MORE, LIMITED)
    when: When = tuple((Condition(fact=fact, values=(value,)),) for fact, value in tests)
    return programme, spaces.of([programme], [when])


def possible(space: Space, **facts: str) -> bool:
    box = list(space.whole)
    for fact, value in facts.items():
        place = space.place(fact)
        assert place is not None
        box[place] = space.variables[place].bit(value)
    return all(box) and regions.witness(tuple(box), space.impossible) is not None


@pytest.mark.parametrize(
    ("tested", "facts", "can"),
    [
        (("family", "pens"), {"product": "quill", "family": "pens"}, True),
        (("family", "pens"), {"product": "quill", "family": "none"}, False),
        (("family", "pens"), {"product": "none", "family": "pens"}, False),
        (("plan", "basic"), {"plan": "basic", "contract": "none"}, False),
        (("plan", "basic"), {"plan": "none", "contract": "active"}, False),
        (("contact", "not-authorised"), {"contact": "not-authorised", "contract": "none"}, False),
        (("funding", "paid"), {"way": "none", "funding": "paid"}, False),
        (("funding", "paid"), {"way": "hours", "funding": "paid"}, True),
        (("environment_in_plan", "no"), {"plan": "basic", "environment": "none", "environment_in_plan": "no"}, False),
        (("environment_in_plan", "no"), {"plan": "basic", "environment": "test", "environment_in_plan": "yes"}, False),
        (("environment_in_plan", "no"), {"plan": "basic", "environment": "test", "environment_in_plan": "no"}, True),
        # A contract may name fewer environments than its plan has.
        (("environment_in_plan", "no"), {"environment": "production", "environment_in_plan": "no"}, True),
    ],
)  # fmt: skip
def test_what_cannot_go_together(tested: tuple[str, str], facts: dict[str, str], can: bool) -> None:
    _, space = of(tested)
    assert possible(space, **facts) == can


def test_a_question_that_is_not_asked_of_a_kind_has_its_default() -> None:
    _, space = of(("far", "yes"), ("kind", "defect"))
    assert possible(space, kind="defect", far="yes")
    assert possible(space, kind="how-to", far="no")
    assert not possible(space, kind="how-to", far="yes")


def test_a_fact_nobody_knows_is_no_variable() -> None:
    _, space = of(("dust", "much"), ("kind", "defect"))
    assert [one.fact for one in space.variables] == ["kind"]


def test_a_value_that_is_none_of_its_own_has_no_bit() -> None:
    _, space = of(("kind", "defect"))
    assert space.variables[0].bit("dust") == 0
    assert space.boxes(((Condition(fact="kind", values=("dust",)),),)) == ()
    assert space.place("dust") is None


def test_a_fact_that_only_one_of_two_knows_is_there_with_its_words() -> None:
    one, other = small.programme(MORE), small.programme()
    when: When = ((Condition(fact="far", values=("yes",)), Condition(fact="kind", values=("defect",))),)
    space = spaces.of([one, other], [when])
    assert {variable.fact for variable in space.variables} == {"far", "kind"}
