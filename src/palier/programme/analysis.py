"""What a decision table decides over all requests there can be: exactly, without trying them one by one.

A table is read as `core.coverage` decides it: gates first, then the first row that fits; and while the cause of a request
is unknown, the first row that covers it for one of the causes it can have. Rules: docs/reference/checking.md.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from palier.core import regions
from palier.core.coverage import UNKNOWN
from palier.core.programme import Clause, OutcomeKind
from palier.core.regions import Box, Point
from palier.programme import space as spaces
from palier.programme.space import Space, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a point is decided by: a row, by its place in the table, and a box around it in which it is decided alike.

    `rows` are all gates that hold it, of which `row` is the first; else that row alone.
    """

    row: int
    around: Box
    rows: tuple[int, ...]


class Table:
    """The rows of a table over a space, gates first, as they are looked at."""

    def __init__(self, vocabulary: Vocabulary, coverage: Sequence[Clause], space: Space) -> None:
        self.space = space
        gates = [one for one in coverage if one.outcome.kind is OutcomeKind.HOLD]
        self.clauses = (*gates, *(one for one in coverage if one.outcome.kind is not OutcomeKind.HOLD))
        self.gates = len(gates)
        self.boxes: tuple[tuple[Box, ...], ...] = tuple(space.boxes(one.when) for one in self.clauses)
        self._cause, self._kind = space.place("cause"), space.place("kind")
        self._unknown = 0
        self._causes: dict[int, tuple[int, ...]] = {}
        if self._cause is not None and self._kind is not None:
            words = space.variables[self._cause].cells
            self._unknown = words.index(UNKNOWN)
            for place, kind in enumerate(space.variables[self._kind].cells):
                known = vocabulary.kinds.get(str(kind))
                can = known.causes if known is not None else ()
                self._causes[place] = tuple(words.index(one) for one in can if one in words)

    # --- one request --------------------------------------------------------------------------------

    def read(self, point: Point) -> Reading:
        """The row that decides a point (the first of the gates that hold it), and how far around nothing is otherwise.

        Raises LookupError where no row fits: a table ends in one that always does.
        """
        held = self._held(point)
        if held.rows:
            return held
        before = [held.around]
        for supposed in self._supposed(point):
            found = self._first(supposed, range(self.gates, len(self.clauses)))
            before.append(self._as_it_stands(found.around, point))
            if self._covers(found.row):
                return Reading(row=found.row, rows=(found.row,), around=functools.reduce(_common, before))
        found = self._first(point, range(self.gates, len(self.clauses)))
        if found.row == len(self.clauses):
            raise LookupError("no row fits")
        if self._cause is not None and point[self._cause] != self._unknown:
            # Where the cause is not known, what it could be is asked as well.
            known = list(self.space.whole)
            known[self._cause] &= ~(1 << self._unknown)
            before.append(tuple(known))
        return Reading(
            row=found.row, rows=(found.row,), around=functools.reduce(_common, before, found.around)
        )

    def _held(self, point: Point) -> Reading:
        """All gates that hold a point; no row where none does."""
        hits: list[int] = []
        inside: list[Box] = []
        outside: list[Box] = []
        for row in range(self.gates):
            hit = next((box for box in self.boxes[row] if regions.holds(box, point)), None)
            if hit is None:
                outside.extend(self.boxes[row])
            else:
                hits.append(row)
                inside.append(hit)
        around = regions.around(point, inside=inside, outside=outside, space=self.space.whole)
        return Reading(row=hits[0] if hits else len(self.clauses), rows=tuple(hits), around=around)

    def _first(self, point: Point, rows: Iterable[int]) -> Reading:
        """The first of these rows that fits; the number of rows there are where none does."""
        outside: list[Box] = []
        for row in rows:
            hit = next((box for box in self.boxes[row] if regions.holds(box, point)), None)
            if hit is not None:
                around = regions.around(point, inside=[hit], outside=outside, space=self.space.whole)
                return Reading(row=row, rows=(row,), around=around)
            outside.extend(self.boxes[row])
        around = regions.around(point, inside=[], outside=outside, space=self.space.whole)
        return Reading(row=len(self.clauses), rows=(), around=around)

    def _covers(self, row: int) -> bool:
        return row < len(self.clauses) and self.clauses[row].outcome.kind is OutcomeKind.COVER

    def _supposed(self, point: Point) -> Iterator[Point]:
        """The same point under each cause it can turn out to have, where nobody knows it yet."""
        if self._cause is None or self._kind is None or point[self._cause] != self._unknown:
            return
        for cause in (self._unknown, *self._causes[point[self._kind]]):
            yield (*point[: self._cause], cause, *point[self._cause + 1 :])

    def _as_it_stands(self, box: Box, point: Point) -> Box:
        """A box found under a supposed cause, for the request itself: its cause unknown, of its very kind."""
        assert self._cause is not None
        assert self._kind is not None
        seen = list(box)
        seen[self._cause] = 1 << self._unknown
        seen[self._kind] &= 1 << point[self._kind]
        return tuple(seen)

    # --- all of them --------------------------------------------------------------------------------

    def points(self, row: int, within: Box | None = None, without: Sequence[Box] = ()) -> Iterator[Point]:
        """Possible requests that a row decides (a gate: holds), each apart from the boxes around those before it: they end.

        `within` a region only, and outside the regions `without`.
        """
        closed = [*self.space.impossible, *without]
        for box in self._reach(row, self.space.whole if within is None else within):
            known: list[Box] = []
            while (point := regions.witness(box, [*closed, *known])) is not None:
                if row < self.gates:
                    # Gates that hold together are told together: none hides another.
                    yield point
                    known.append(box)
                    continue
                found = self.read(point)
                known.append(found.around)
                if found.row == row:
                    yield point

    def witness(self, row: int, within: Box | None = None, without: Sequence[Box] = ()) -> Point | None:
        """One of them; None when there is none: the row never decides."""
        return next(self.points(row, within, without), None)

    def _reach(self, row: int, limit: Box) -> Iterator[Box]:
        """Where a row can decide at most: where it fits, and where it would if the cause that is not known were one it names."""
        before = [] if row < self.gates else [one for boxes in self.boxes[:row] for one in boxes]
        for box in self.boxes[row]:
            near = regions.meet(box, limit)
            if near is not None and regions.witness(near, [*self.space.impossible, *before]) is not None:
                yield near
            if self._cause is None or not self._covers(row) or box[self._cause] >> self._unknown & 1:
                continue
            unknown = (*box[: self._cause], 1 << self._unknown, *box[self._cause + 1 :])
            near = regions.meet(unknown, limit)
            if near is not None:
                yield near

    def as_supposed(self, row: int) -> Iterator[Box]:
        """Where a row fits, or would for a cause that is not known yet."""
        for box in self.boxes[row]:
            if self._cause is None or row < self.gates:
                yield box
            else:
                yield (*box[: self._cause], box[self._cause] | 1 << self._unknown, *box[self._cause + 1 :])

    def fits(self, box: Box) -> bool:
        """Whether there can be a request in a box."""
        return regions.witness(box, self.space.impossible) is not None

    def hiders(self, row: int) -> tuple[int, ...]:
        """The rows before that take all this one would, as few as can be named; none where nothing possible fits it at all."""
        before = [(place, one) for place, boxes in enumerate(self.boxes[:row]) for one in boxes]
        impossible = len(self.space.impossible)
        closed = [*self.space.impossible, *(one for _, one in before)]
        named: set[int] = set()
        for box in self.boxes[row]:
            if self.fits(box) and regions.witness(box, closed) is None:
                found = regions.hiders(box, closed)
                named |= {before[place - impossible][0] for place in found if place >= impossible}
        return tuple(sorted(named))


def _common(a: Box, b: Box) -> Box:
    """What two boxes around one point have in common: the point at least."""
    return tuple(x & y for x, y in zip(a, b, strict=True))


def table(vocabulary: Vocabulary, coverage: Sequence[Clause]) -> Table:
    """The table of a programme over the space of the facts it tests."""
    space = spaces.of([vocabulary], [one.when for one in coverage])
    return Table(vocabulary, coverage, space)
