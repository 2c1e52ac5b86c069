"""Which requests two tables decide otherwise, against asking both for every one."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.programme.test_analysis import base, every, tables

from palier.core import coverage
from palier.core.conditions import fits
from palier.core.programme import Clause, OutcomeKind, Programme
from palier.programme import analysis, difference
from palier.programme import space as spaces

Rows = tuple[Clause, ...]


def programme(rows: Rows) -> Programme:
    return dataclasses.replace(base(), coverage=rows)


def told(one: difference.Otherwise, facts: dict[str, object]) -> bool:
    return fits((one.when,), facts) and not any(name in facts for name in one.unsaid)  # type: ignore[arg-type]


def meaning(one: Programme, facts: dict[str, object]) -> tuple[object, ...]:
    found = coverage.decide(one, facts)  # type: ignore[arg-type]
    outcome = next(row.outcome for row in one.coverage if row.id == found.clause)
    return (found.outcome, frozenset(found.holds), outcome.level, tuple(way.way for way in found.ways))


@settings(max_examples=60, deadline=None)
@given(tables(), tables())
def test_the_cases_are_the_requests_that_are_decided_otherwise(left: Rows, right: Rows) -> None:
    old, new = programme(left), programme(right)
    found = difference.otherwise(old, new)
    space = spaces.of([old, new], [one.when for one in (*left, *right)])
    table = analysis.Table(old, left, space)
    if space.place("kind") is None:
        return
    for point in every(table):
        facts: dict[str, object] = dict(space.facts(point))
        before, after = meaning(old, facts), meaning(new, facts)
        cases = [one for one in found if told(one, facts)]
        if before != after:
            assert cases, facts
        elif before[0] is not OutcomeKind.HOLD:
            # A case goes on over requests that both hold alike: nothing is decided there either way.
            assert not cases, (facts, cases)


@settings(max_examples=40, deadline=None)
@given(tables(), tables())
def test_an_example_is_decided_as_its_case_says(left: Rows, right: Rows) -> None:
    old, new = programme(left), programme(right)
    for one in difference.otherwise(old, new):
        facts = {"kind": "fault", **one.example}
        assert coverage.decide(old, facts).outcome is one.before.kind
        assert coverage.decide(new, facts).outcome is one.after.kind
        assert coverage.decide(old, facts).clause in one.by_before
        assert coverage.decide(new, facts).clause in one.by_after


@settings(max_examples=30, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_rows_renumbered_and_reworded_make_no_difference(rows: Rows, random: object) -> None:
    other = tuple(dataclasses.replace(one, id=f"N{one.id}", ref="7") for one in rows)
    assert difference.otherwise(programme(rows), programme(other)) == ()


@settings(max_examples=30, deadline=None)
@given(tables())
def test_of_some_requests_only_those_are_compared(rows: Rows) -> None:
    old, new = programme(rows), programme(rows[-1:])
    for one in difference.otherwise(old, new, only={"kind": "fault", "seats": 2, "option": ("night",)}):
        assert one.example.get("kind", "fault") == "fault"
        assert "weekend" not in one.example.get("option", ())  # type: ignore[operator]
