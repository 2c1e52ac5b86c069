"""Which requests two tables decide otherwise: exactly, however they are written, as the fewest cases that say it all.

Two tables that decide alike have no difference: rows renumbered, reordered without effect, or reworded are none. What
differs is told as cases: conditions under which one outcome becomes another. Rules: docs/reference/checking.md.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from palier.core import regions
from palier.core.conditions import Alternative, Condition, FactValue
from palier.core.programme import OutcomeKind, Programme
from palier.core.regions import Box, Point
from palier.programme import space as spaces
from palier.programme.analysis import Table
from palier.programme.space import Space, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a decision comes to for a customer, whatever clause took it."""

    kind: OutcomeKind
    holds: tuple[str, ...]
    level: int | None
    targets: str | None
    ways: tuple[str, ...]
    consent: bool
    uses: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """Requests that are decided otherwise: under which conditions, how before and after, by which clauses, and one example."""

    when: Alternative
    before: Meaning
    after: Meaning
    by_before: tuple[str, ...]
    by_after: tuple[str, ...]
    unsaid: tuple[str, ...]
    """Facts of which nobody says anything, as no condition can tell: the seats of a request without a contract."""
    example: Mapping[str, FactValue]


def otherwise(
    old: Programme, new: Programme, *, only: Mapping[str, FactValue] | None = None
) -> tuple[Otherwise, ...]:
    """The cases in which `new` decides otherwise than `old`, over the words both know; of requests with these facts only.

    What is decided where a word exists in one of them alone is no case: that word itself is what changed.
    """
    space = spaces.of([old, new], [one.when for one in (*old.coverage, *new.coverage)])
    tables = Table(old, old.coverage, space), Table(new, new.coverage, space)
    region = _shared(space, old, new, only or {})
    if region is None:
        return ()
    changed = [both for box in _changed(*tables) if (both := regions.meet(box, region)) is not None]
    elsewhere = list(regions.parts(space.whole, [region]))
    return tuple(_told(*tables, _pieces(*tables, changed), elsewhere))


# --- where to look ----------------------------------------------------------------------------------


def _shared(space: Space, old: Programme, new: Programme, only: Mapping[str, FactValue]) -> Box | None:
    """The part of the space whose words both programmes know, with these facts."""
    given = region(space, only)
    if given is None:
        return None
    found = list(given)
    for place, one in enumerate(space.variables):
        if not (one.word or one.number or one.fact in only):
            both = (
                old.facts[one.fact].values.keys() & new.facts[one.fact].values.keys()
                if (one.fact in old.facts and one.fact in new.facts)
                else set(map(str, one.cells))
            )
            found[place] = sum(one.bit(value) for value in one.cells if value is None or value in both)
    return tuple(found) if all(found) else None


def region(space: Space, facts: Mapping[str, FactValue]) -> Box | None:
    """The requests with these facts, as far as the space tests them; None where one has a value it cannot have."""
    found = list(space.whole)
    for place, one in enumerate(space.variables):
        if one.fact not in facts:
            continue
        told = facts[one.fact]
        if one.word:
            found[place] = 2 if isinstance(told, tuple) and one.word in told else 1
        else:
            found[place] = _told_bit(one, told)
    return tuple(found) if all(found) else None


def _told_bit(variable: Variable, value: FactValue) -> int:
    if variable.number and isinstance(value, int):
        return variable.bit(max(cell for cell in variable.cells if isinstance(cell, int) and cell <= value))
    return variable.bit(value)


def _changed(old: Table, new: Table) -> list[Box]:
    """Where a row fits that is not in both tables in the same order: anywhere else both decide by the same rows."""
    left, right = ([_row(table, row) for row in range(len(table.clauses))] for table in (old, new))
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    found: list[Box] = []
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag != "equal":
            found += [box for row in range(i, i_end) for box in old.as_supposed(row)]
            found += [box for row in range(j, j_end) for box in new.as_supposed(row)]
    return list(dict.fromkeys(found))


def _row(table: Table, row: int) -> tuple[tuple[Box, ...], Meaning]:
    return tuple(sorted(table.boxes[row])), meaning(table, (row,))


def meaning(table: Table, rows: Sequence[int]) -> Meaning:
    """What the decision of these rows comes to: of several gates together, or of one row."""
    outcomes = [table.clauses[row].outcome for row in rows]
    first = outcomes[0]
    return Meaning(
        kind=first.kind,
        holds=tuple(sorted({one.hold for one in outcomes if one.hold is not None})),
        level=first.level,
        targets=first.targets,
        ways=tuple(dict.fromkeys(way for one in outcomes for way in one.ways)),
        consent=first.consent,
        uses=first.uses,
    )


# --- what differs -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A box in which each table decides everything by the same rows, and they differ."""

    box: Box
    point: Point
    before: tuple[int, ...]
    after: tuple[int, ...]


def _pieces(old: Table, new: Table, changed: Iterable[Box]) -> Iterator[_Piece]:
    closed = list(old.space.impossible)
    for region in changed:
        waiting = list(regions.parts(region, closed))
        while waiting:
            box = waiting.pop()
            point = regions.witness(box, ())
            assert point is not None
            before, after = old.read(point), new.read(point)
            around = regions.meet(before.around, after.around)
            both = None if around is None else regions.meet(around, box)
            assert both is not None
            if meaning(old, before.rows) != meaning(new, after.rows):
                yield _Piece(box=both, point=point, before=before.rows, after=after.rows)
            waiting.extend(regions.parts(box, [both]))
        closed.append(region)


_TOLD_LAST = ("kind", "plan", "product", "family", "cause", "environment", "severity")
"""The facts in which customers think: they are kept in a case when another would do as well."""


def _told(old: Table, new: Table, pieces: Iterator[_Piece], elsewhere: Sequence[Box]) -> Iterator[Otherwise]:
    """The pieces as few cases: those of the same meanings put together, and each as wide as it can be.

    `elsewhere` nobody asked: what is given there goes without saying.
    """
    groups: dict[tuple[Meaning, Meaning], list[_Piece]] = {}
    for piece in pieces:
        meanings = meaning(old, piece.before), meaning(new, piece.after)
        groups.setdefault(meanings, []).append(piece)
    space = old.space
    never = [*space.impossible, *elsewhere, *_held_alike(old, new)]
    for (before, after), found in groups.items():
        boxes = _joined(space, [one for piece in found for one in _said_or_not(space, piece.box)])
        for box in _cases(space, boxes, never):
            inside = [piece for piece in found if regions.meet(piece.box, box) is not None]
            yield Otherwise(
                when=_conditions(space, box),
                unsaid=tuple(
                    one.fact for one, bits in zip(space.variables, box, strict=True) if bits == one.silent
                ),
                before=before,
                after=after,
                by_before=_ids(old, (row for piece in inside for row in piece.before)),
                by_after=_ids(new, (row for piece in inside for row in piece.after)),
                example=space.facts(inside[0].point),
            )


def _held_alike(old: Table, new: Table) -> list[Box]:
    """Where both tables hold a request for the same reason: what is told of the rest goes without saying there."""
    gates = {_row(new, row) for row in range(new.gates)}
    return [box for row in range(old.gates) if _row(old, row) in gates for box in old.boxes[row]]


def _said_or_not(space: Space, box: Box) -> list[Box]:
    """The same box in parts in which of each fact either something is said or nothing, unless it does not matter at all."""
    found = [box]
    for place, one in enumerate(space.variables):
        if one.silent and box[place] != one.all and box[place] & one.silent and box[place] != one.silent:
            found = [
                (*part[:place], bits, *part[place + 1 :])
                for part in found
                for bits in (one.silent, part[place] & ~one.silent)
            ]
    return found


def _joined(space: Space, boxes: Sequence[Box]) -> list[Box]:
    """The same region in fewer boxes: two that differ in one variable are one, until there are no such two."""
    found = list(dict.fromkeys(boxes))
    for place, one in enumerate(space.variables):
        together: dict[tuple[Box, bool], int] = {}
        for box in found:
            rest = (*box[:place], 0, *box[place + 1 :])
            key = rest, bool(box[place] & one.silent)
            together[key] = together.get(key, 0) | box[place]
        found = [
            part
            for (rest, _), bits in together.items()
            for part in _said_or_not(space, (*rest[:place], bits, *rest[place + 1 :]))
        ]
    return found if len(found) >= len(boxes) else _joined(space, found)


def cases(space: Space, boxes: Sequence[Box], elsewhere: Sequence[Box]) -> tuple[Alternative, ...]:
    """A region as few alternatives of conditions; `elsewhere` nobody asked."""
    split = _joined(space, [one for box in boxes for one in _said_or_not(space, box)])
    return tuple(_conditions(space, box) for box in _cases(space, split, [*space.impossible, *elsewhere]))


def _cases(space: Space, boxes: Sequence[Box], never: Sequence[Box]) -> list[Box]:
    """The boxes as wide as they can be, with none that the others make needless."""
    wide: list[Box] = []
    for box in boxes:
        if regions.witness(box, [*never, *wide]) is not None:
            wide.append(_widened(space, box, [*boxes, *never]))
    for one in tuple(wide):
        others = [other for other in wide if other is not one]
        if regions.witness(one, [*never, *others]) is None:
            wide.remove(one)
    return wide


def _widened(space: Space, box: Box, known: Sequence[Box]) -> Box:
    """A box as wide as it can be, variable by variable, without holding anything outside the known ones."""
    order = sorted(
        range(len(space.variables)),
        key=lambda place: (
            _TOLD_LAST[::-1].index(space.variables[place].fact) + 1
            if space.variables[place].fact in _TOLD_LAST
            else 0,
            place,
        ),
    )
    for place in order:
        one = space.variables[place]
        said = 0 if box[place] == one.silent else one.all & ~one.silent
        bits = [1 << bit for bit in range(said.bit_length()) if said >> bit & 1]
        for wider in (one.all, *bits):
            tried = (*box[:place], wider | box[place], *box[place + 1 :])
            if tried != box and regions.witness(tried, known) is None:
                box = tried
    return box


def _conditions(space: Space, box: Box) -> Alternative:
    """A box as conditions: those facts that it narrows and of which something is said."""
    found: list[Condition] = []
    for one, allowed in zip(space.variables, box, strict=True):
        if allowed in (one.all, one.silent):
            continue
        if one.word:
            found.append(Condition(fact=one.fact, values=(one.word,), negated=allowed == 1))
        elif one.number:
            found += _ranges(one, allowed)
        else:
            values = [str(value) for i, value in enumerate(one.cells) if allowed >> i & 1]
            rest = [str(value) for i, value in enumerate(one.cells) if value and not allowed >> i & 1]
            negated = 0 < len(rest) < len(values)
            found.append(Condition(fact=one.fact, values=tuple(rest if negated else values), negated=negated))
    order = {name: place for place, name in enumerate(_TOLD_LAST)}
    return tuple(sorted(found, key=lambda one: order.get(one.fact, len(order))))


def _ranges(variable: Variable, allowed: int) -> Iterator[Condition]:
    """A range of numbers, from the least to the greatest that is allowed, and those within that are not."""
    lows = [cell for cell in variable.cells if isinstance(cell, int)]
    inside = [place for place in range(len(lows)) if allowed >> place & 1]
    first, last = inside[0], inside[-1]

    def upto(place: int) -> int | None:
        return lows[place + 1] - 1 if place + 1 < len(lows) else None

    yield Condition(fact=variable.fact, low=lows[first], high=upto(last))
    for place in range(first, last):
        if place not in inside:
            yield Condition(fact=variable.fact, low=lows[place], high=upto(place), negated=True)


def _ids(table: Table, rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(table.clauses[row].id for row in dict.fromkeys(rows))
