"""What a table decides over all requests, against asking the core one by one."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.programme import small

from palier.core import coverage, regions
from palier.core.conditions import Condition, Fact, Text
from palier.core.programme import Clause, Kind, Outcome, OutcomeKind, Programme
from palier.core.regions import Point
from palier.programme import analysis, load
from palier.programme.analysis import Table

PROGRAMMES = sorted(
    path
    for path in (Path(__file__).parents[2] / "programmes").glob("*.yaml")
    if ".scenarios" not in path.name
)


def words(text: str) -> Text:
    return Text(values={"en": text, "fr": text})


def fact(
    name: str, *values: str, default: str | None = None, number: bool = False, multiple: bool = False
) -> Fact:
    return Fact(
        id=name,
        name=words(name),
        values={v: words(v) for v in values},
        default=default,
        number=number,
        multiple=multiple,
    )


FACTS = {
    "kind": fact("kind", "fault", "how-to"),
    "cause": fact("cause", "unknown", "ours", "theirs", default="unknown"),
    "place": fact("place", "here", "there", default="here"),
    "seats": fact("seats", number=True),
    "option": fact("option", "night", "weekend", multiple=True),
}
KINDS = {
    "fault": ("ours", "theirs"),
    "how-to": ("theirs",),
}


@functools.cache
def base() -> Programme:
    found = small.programme()
    known = next(iter(found.kinds.values()))
    kinds = {
        name: dataclasses.replace(known, id=name, causes=causes, asks_effect=False)
        for name, causes in KINDS.items()
    }
    assert all(isinstance(one, Kind) for one in kinds.values())
    return dataclasses.replace(found, facts={**FACTS, "severity": found.facts["severity"]}, kinds=kinds)


def conditions() -> st.SearchStrategy[Condition]:
    asked = [
        st.builds(
            lambda values, negated, name=name: Condition(fact=name, values=tuple(values), negated=negated),
            st.lists(st.sampled_from(sorted(one.values)), min_size=1, max_size=2, unique=True),
            st.booleans(),
        )
        for name, one in FACTS.items()
        if one.values
    ]
    bounds = st.tuples(st.none() | st.integers(1, 2), st.none() | st.integers(1, 2), st.booleans())
    number = bounds.filter(lambda b: b[0] is not None or b[1] is not None).map(
        lambda b: Condition(fact="seats", low=b[0], high=b[1], negated=b[2])
    )
    return st.one_of(*asked, number)


alternatives = st.lists(conditions(), min_size=1, max_size=3).map(tuple)
whens = st.lists(alternatives, min_size=1, max_size=2).map(tuple)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Clause, ...]:
    kinds = draw(st.lists(st.sampled_from(list(OutcomeKind)), max_size=6))
    found = [
        Clause(
            id=f"R{place}",
            ref=None,
            when=draw(whens),
            outcome=Outcome(kind=kind, hold="hold" if kind is OutcomeKind.HOLD else None),
            text=words("text"),
        )
        for place, kind in enumerate(sorted(kinds, key=lambda one: one is not OutcomeKind.HOLD))
    ]
    last = Clause(id="Z", ref=None, when=(), outcome=Outcome(kind=OutcomeKind.OFFER), text=words("text"))
    return (*found, last)


def of(rows: tuple[Clause, ...]) -> tuple[Programme, Table]:
    programme = dataclasses.replace(base(), coverage=rows)
    return programme, analysis.table(programme, rows)


def every(found: Table) -> Iterator[Point]:
    sizes = (len(one.cells) for one in found.space.variables)
    for point in itertools.product(*(range(size) for size in sizes)):
        if not any(regions.holds(box, point) for box in found.space.impossible):
            yield point


def decided(programme: Programme, found: Table, point: Point) -> tuple[str, ...]:
    facts = {"kind": "fault", **found.space.facts(point)}
    return coverage.decide(programme, facts).clauses


@settings(max_examples=40, deadline=None)
@given(tables())
def test_every_request_is_decided_as_the_core_decides_it(rows: tuple[Clause, ...]) -> None:
    programme, found = of(rows)
    if found.space.place("kind") is None:
        return
    for point in every(found):
        assert found.clauses[found.read(point).row].id == decided(programme, found, point)[0]


@settings(max_examples=40, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_all_around_a_request_is_decided_alike(rows: tuple[Clause, ...], random: object) -> None:
    _, found = of(rows)
    points = list(every(found))
    for point in points[:: max(1, len(points) // 20)]:
        read = found.read(point)
        assert regions.holds(read.around, point)
        for other in points:
            if regions.holds(read.around, other):
                assert found.read(other).row == read.row


@settings(max_examples=40, deadline=None)
@given(tables())
def test_a_row_has_a_witness_exactly_when_it_decides_something(rows: tuple[Clause, ...]) -> None:
    programme, found = of(rows)
    if found.space.place("kind") is None:
        return
    decide = {id_ for point in every(found) for id_ in decided(programme, found, point)}
    for row, clause in enumerate(found.clauses):
        witness = found.witness(row)
        assert (witness is not None) == (clause.id in decide)
        if witness is not None:
            assert clause.id in decided(programme, found, witness)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_the_rows_that_are_said_to_hide_a_row_do(rows: tuple[Clause, ...]) -> None:
    _, found = of(rows)
    for row in range(found.gates, len(found.clauses)):
        hidden = [box for box in found.boxes[row] if covered(found, row, box, by=range(row))]
        hiders = found.hiders(row)
        assert all(covered(found, row, box, by=hiders) for box in hidden)
        assert bool(hiders) == bool(hidden)


def covered(found: Table, row: int, box: regions.Box, *, by: Iterable[int]) -> bool:
    """Whether these rows hide what is possible of a box."""
    before = [one for place in by for one in found.boxes[place]]
    possible = regions.witness(box, found.space.impossible) is not None
    return possible and regions.witness(box, [*found.space.impossible, *before]) is None


@pytest.mark.parametrize("path", PROGRAMMES, ids=lambda path: path.stem)
def test_every_row_of_a_real_programme_decides_something(path: Path) -> None:
    programme = load.load_programme(path.read_text(encoding="utf-8"), path.name).programme
    assert programme is not None
    found = analysis.table(programme, programme.coverage)
    for row, clause in enumerate(found.clauses):
        witness = found.witness(row)
        if witness is None:
            # The last row is there for what nobody thought of.
            assert row == len(found.clauses) - 1
            continue
        assert clause.id in coverage.decide(programme, found.space.facts(witness)).clauses


def test_a_table_that_does_not_always_decide_has_no_answer() -> None:
    held = (Condition(fact="kind", values=("fault",)),)
    rows = (
        Clause(id="R", ref=None, when=(held,), outcome=Outcome(kind=OutcomeKind.COVER), text=words("text")),
    )
    programme, found = of(rows)
    with pytest.raises(LookupError, match="no row fits"):
        found.read((1, *[0] * (len(found.space.variables) - 1)))
    assert programme.coverage == rows


def test_a_gate_is_seen_although_another_holds_the_same() -> None:
    fault = ((Condition(fact="kind", values=("fault",)),),)
    gates = tuple(
        Clause(
            id=name,
            ref=None,
            when=fault,
            outcome=Outcome(kind=OutcomeKind.HOLD, hold=name),
            text=words("text"),
        )
        for name in ("A", "B")
    )
    last = Clause(id="Z", ref=None, when=(), outcome=Outcome(kind=OutcomeKind.OFFER), text=words("text"))
    _, found = of((*gates, last))
    point = found.witness(1)
    assert point is not None
    assert found.read(point).rows == (0, 1)
    assert len(list(found.points(1))) == 1


def test_what_is_covered_for_one_cause_is_reached_while_the_cause_is_unknown() -> None:
    ours = ((Condition(fact="cause", values=("ours",)),),)
    all_known = ((Condition(fact="cause", values=("ours", "theirs")),),)
    rows = (
        Clause(id="A", ref=None, when=all_known, outcome=Outcome(kind=OutcomeKind.OFFER), text=words("text")),
        Clause(id="C", ref=None, when=ours, outcome=Outcome(kind=OutcomeKind.COVER), text=words("text")),
        Clause(id="Z", ref=None, when=(), outcome=Outcome(kind=OutcomeKind.OFFER), text=words("text")),
    )
    _, found = of(rows)
    assert found.witness(1) is None
    _, found = of((rows[1], rows[0], rows[2]))
    cause, kind = found.space.place("cause"), found.space.place("kind")
    assert cause is not None
    assert kind is not None
    unknown = [point for point in every(found) if point[cause] == 0 and point[kind] == 0]
    assert {found.clauses[found.read(point).row].id for point in unknown} == {"C"}
    assert found.witness(0, within=tuple(1 if i == cause else b for i, b in enumerate(found.space.whole)))
    known = tuple(b & ~1 if i == cause else b for i, b in enumerate(found.space.whole))
    assert {point[cause] for point in found.points(0, within=known)} == {1}
