"""The whole decision table at a glance: for each plan, what becomes of each kind of request, by cause and environment.

A cell holds every outcome that requests of it can have, for a contract that is active and an author who may ask, exactly
(`programme.analysis`); where there are several, each with what it depends on. Rules: docs/reference/checking.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from palier.core import regions
from palier.core.conditions import Alternative, FactValue
from palier.core.coverage import NONE
from palier.core.programme import Programme
from palier.core.regions import Box
from palier.programme import analysis, difference
from palier.programme.analysis import Table
from palier.programme.difference import Meaning

ENTITLED: Mapping[str, FactValue] = {
    "contract": "active",
    "contact": "authorised",
    "information": "complete",
    "product_on_contract": "yes",
    "funding": "none",
    "way": "none",
}
"""Of whom the table speaks: what a request is before anything holds it and before any way is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One thing that can become of the requests of a cell: by which clause, and when (empty: always)."""

    clause: str
    meaning: Meaning
    when: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Requests of a kind, with one of these causes (none named: whatever it is), in one of these environments (as well)."""

    kind: str
    causes: tuple[str, ...]
    environments: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What becomes of every kind of request under a plan."""

    plan: str
    cells: tuple[Cell, ...]


def overviews(programme: Programme) -> tuple[Overview, ...]:
    """One for each plan, in the order of the programme."""
    table = analysis.table(programme, programme.coverage)
    return tuple(
        Overview(
            plan=plan, cells=tuple(cell for kind in programme.kinds for cell in _cells(table, plan, kind))
        )
        for plan in programme.plans
    )


_Parts = tuple[tuple[int, Box], ...]
"""Rows with the boxes in which they decide."""


def _cells(table: Table, plan: str, kind: str) -> Iterator[Cell]:
    """The cells of a kind under a plan. Causes and environments of which the same becomes are one cell."""
    region = difference.region(table.space, {**ENTITLED, "plan": plan, "kind": kind})
    assert region is not None
    parts = tuple(_parts(table, region))
    known: dict[_Parts, tuple[Outcome, ...]] = {}
    by_outcomes: dict[tuple[Outcome, ...], dict[str, list[str]]] = {}
    for cause, environment in itertools.product(_words(table, "cause"), _words(table, "environment")):
        facts = {"cause": cause} if cause else {}
        facts |= {"environment": environment} if environment else {}
        asked = difference.region(table.space, facts)
        within = regions.meet(region, asked) if asked is not None else None
        assert within is not None
        inside = [(row, both) for row, box in parts if (both := regions.meet(box, within)) is not None]
        if inside:
            alike = tuple(sorted((row, _blank(table, box)) for row, box in inside))
            if alike not in known:
                known[alike] = _outcomes(table, alike, within)
            by_outcomes.setdefault(known[alike], {}).setdefault(cause, []).append(environment)
    yield from _grouped(kind, by_outcomes)


def _grouped(kind: str, found: Mapping[tuple[Outcome, ...], Mapping[str, list[str]]]) -> Iterator[Cell]:
    """Causes and environments as few cells; what they all have in common is not named."""
    every_cause = {cause for pairs in found.values() for cause in pairs}
    every_environment = {one for pairs in found.values() for several in pairs.values() for one in several}
    for outcomes, pairs in found.items():
        by_environments: dict[tuple[str, ...], list[str]] = {}
        for cause, environments in pairs.items():
            by_environments.setdefault(tuple(environments), []).append(cause)
        for where, causes in by_environments.items():
            yield Cell(
                kind=kind,
                causes=() if set(causes) == every_cause else tuple(causes),
                environments=() if set(where) == every_environment else where,
                outcomes=outcomes,
            )


def _words(table: Table, fact: str) -> tuple[str, ...]:
    """The values of a fact, one empty word where nothing tests it; of the environments, those that can be named."""
    place = table.space.place(fact)
    if place is None:
        return ("",)
    return tuple(str(one) for one in table.space.variables[place].cells if one not in (None, NONE))


def _blank(table: Table, box: Box) -> Box:
    """A box whatever the cause and the environment."""
    found = list(box)
    for fact in ("cause", "environment"):
        place = table.space.place(fact)
        if place is not None:
            found[place] = table.space.variables[place].all
    return tuple(found)


def _parts(table: Table, region: Box) -> Iterator[tuple[int, Box]]:
    """A region in parts in which all is decided by one row."""
    waiting = list(regions.parts(region, table.space.impossible))
    while waiting:
        box = waiting.pop()
        point = regions.witness(box, ())
        assert point is not None
        read = table.read(point)
        both = regions.meet(read.around, box)
        assert both is not None
        yield read.row, both
        waiting.extend(regions.parts(box, [both]))


def _outcomes(table: Table, parts: _Parts, within: Box) -> tuple[Outcome, ...]:
    """What can become of the requests of a cell, by the clauses in their order."""
    by_row: dict[int, list[Box]] = {}
    for row, box in parts:
        both = regions.meet(box, within)
        assert both is not None
        by_row.setdefault(row, []).append(both)
    elsewhere = list(regions.parts(table.space.whole, [within]))
    return tuple(
        Outcome(
            clause=table.clauses[row].id,
            meaning=difference.meaning(table, (row,)),
            when=() if len(by_row) == 1 else difference.cases(table.space, by_row[row], elsewhere),
        )
        for row in sorted(by_row)
    )
