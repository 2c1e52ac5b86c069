"""All requests a programme can ever be asked about, as a finite space: one variable for each fact its conditions test.

A number falls into the ranges between the bounds that conditions name, since within one of them all decide alike; a fact
of several words (options) is one variable a word. What cannot go together is known too: a cause that such a request
cannot have, the family of another product, a plan without a contract. Rules: docs/reference/checking.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from palier.core import regions
from palier.core.conditions import Condition, Fact, FactValue, When
from palier.core.coverage import NONE, UNKNOWN
from palier.core.programme import Kind, Plan, Product
from palier.core.regions import Box, Point


class Vocabulary(Protocol):
    """What a programme, or a draft of one, says of facts and of what follows from them."""

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Every fact by its id."""

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Every kind of request."""

    @property
    def products(self) -> Mapping[str, Product]:
        """Every product."""

    @property
    def plans(self) -> Mapping[str, Plan]:
        """Every plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A fact and the values that decide differently. `word` is set for one word of a fact that holds several.

    `cells` holds a value for each number: the word, the least number of the range; None where nobody says anything. Of a
    fact of several words: whether the word is among them, as "no" and "yes".
    """

    fact: str
    cells: tuple[FactValue | None, ...]
    word: str = ""
    number: bool = False

    @property
    def all(self) -> int:
        """The bits of every value."""
        return (1 << len(self.cells)) - 1

    @property
    def silent(self) -> int:
        """The bit of nobody saying anything; 0 where something always is."""
        return 1 << self.cells.index(None) if None in self.cells else 0

    def bits(self, condition: Condition) -> int:
        """The values for which a condition on this fact holds. Not for a fact of several words."""
        found = 0
        for place, value in enumerate(self.cells):
            if value is not None and condition.holds({self.fact: value}):
                found |= 1 << place
        return found

    def bit(self, value: FactValue | None) -> int:
        """The bit of one value; 0 for one it cannot have."""
        return 1 << self.cells.index(value) if value in self.cells else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The requests there can be. `impossible` are boxes of those that cannot."""

    variables: tuple[Variable, ...]
    impossible: tuple[Box, ...]

    @property
    def whole(self) -> Box:
        """Every combination of values, possible or not."""
        return tuple(one.all for one in self.variables)

    def place(self, fact: str, word: str = "") -> int | None:
        """The number of a variable; None for a fact that nothing tests."""
        for place, one in enumerate(self.variables):
            if one.fact == fact and one.word == word:
                return place
        return None

    def boxes(self, when: When) -> tuple[Box, ...]:
        """Where an `if` holds: a box for each way in which one of its alternatives can. Without any: everywhere."""
        if not when:
            return (self.whole,)
        found: list[Box] = []
        for alternative in when:
            boxes: list[Box] = [self.whole]
            for condition in alternative:
                narrower = self._condition(condition)
                boxes = [both for a in boxes for b in narrower if (both := regions.meet(a, b)) is not None]
            found += boxes
        return tuple(dict.fromkeys(found))

    def _condition(self, condition: Condition) -> tuple[Box, ...]:
        place = self.place(condition.fact)
        if place is not None:
            bits = self.variables[place].bits(condition)
            return ((*self.whole[:place], bits, *self.whole[place + 1 :]),) if bits else ()
        words = [(self.place(condition.fact, word), word) for word in condition.values]
        among = [place for place, _ in words if place is not None]
        if condition.negated:
            without = list(self.whole)
            for place in among:
                without[place] = 1
            return (tuple(without),)
        found: list[Box] = []
        for turn, place in enumerate(among):
            one = list(self.whole)
            one[place] = 2
            for earlier in among[:turn]:
                one[earlier] = 1
            found.append(tuple(one))
        return tuple(found)

    def facts(self, point: Point) -> dict[str, FactValue]:
        """The facts of a point, as a decision takes them."""
        found: dict[str, FactValue] = {}
        for one, value in zip(self.variables, point, strict=True):
            cell = one.cells[value]
            if one.word:
                had = found.get(one.fact, ())
                assert isinstance(had, tuple)
                found[one.fact] = (*had, one.word) if cell == "yes" else had
            elif cell is not None:
                found[one.fact] = cell
        return found


def of(vocabularies: Sequence[Vocabulary], tested: Iterable[When]) -> Space:
    """The space of the facts that these conditions test, over the words of one programme or of several together."""
    conditions = [c for when in tested for alternative in when for c in alternative]
    names = _with_what_follows(dict.fromkeys(c.fact for c in conditions))
    variables: list[Variable] = []
    for name in names:
        known = [one.facts[name] for one in vocabularies if name in one.facts]
        if known:
            variables += _variables(name, known, [c for c in conditions if c.fact == name])
    space = Space(variables=tuple(variables), impossible=())
    return Space(variables=space.variables, impossible=tuple(_impossible(space, vocabularies)))


_BESIDE: Mapping[str, tuple[str, ...]] = {
    "cause": ("kind",),
    "family": ("product",),
    "environment_in_plan": ("environment", "plan", "contract"),
    "plan": ("contract",),
    "funding": ("way",),
    "contact": ("contract",),
}
"""Facts without which it cannot be said what such a one can be."""


def _with_what_follows(names: Mapping[str, None]) -> tuple[str, ...]:
    found = dict(names)
    for name in tuple(found):
        for beside in _BESIDE.get(name, ()):
            found.setdefault(beside)
            for further in _BESIDE.get(beside, ()):
                found.setdefault(further)
    return tuple(found)


def _variables(name: str, known: Sequence[Fact], conditions: Sequence[Condition]) -> Iterator[Variable]:
    fact = known[0]
    if fact.multiple:
        words = dict.fromkeys(word for one in known for word in one.values)
        tested = {word for condition in conditions for word in condition.values}
        yield from (Variable(fact=name, cells=("no", "yes"), word=word) for word in words if word in tested)
        return
    absent: tuple[None, ...] = (None,) if any(one.default is None for one in known) and name != "kind" else ()
    if fact.number:
        cuts = {0}
        for condition in conditions:
            if condition.low is not None:
                cuts.add(condition.low)
            if condition.high is not None:
                cuts.add(condition.high + 1)
        yield Variable(fact=name, cells=(*sorted(cuts), *absent), number=True)
        return
    words = dict.fromkeys(word for one in known for word in one.values)
    if name == "severity":
        # It follows from the kind or is said: no request is without one.
        absent = ()
    yield Variable(fact=name, cells=(*words, *absent))


def _impossible(space: Space, vocabularies: Sequence[Vocabulary]) -> Iterator[Box]:
    yield from _causes(space, vocabularies)
    yield from _questions(space, vocabularies)
    yield from _families(space, vocabularies)
    yield from _environments(space, vocabularies)
    yield from _together(space, "plan", NONE, "contract", NONE)
    yield from _together(space, "contract", NONE, "plan", NONE)
    yield from _together(space, "contract", NONE, "contact", "authorised")
    yield from _together(space, "way", NONE, "funding", NONE)


def _pair(space: Space, fact: str, bits: int, other: str, forbidden: int) -> Iterator[Box]:
    """That `fact` among `bits` never goes with `other` among `forbidden`."""
    a, b = space.place(fact), space.place(other)
    if a is None or b is None or not bits or not forbidden:
        return
    box = list(space.whole)
    box[a], box[b] = bits, forbidden
    yield tuple(box)


def _together(space: Space, fact: str, value: str, other: str, only: str) -> Iterator[Box]:
    """With `fact` at `value`, `other` is never anything but `only`."""
    a, b = space.place(fact), space.place(other)
    if a is not None and b is not None:
        here, there = space.variables[a], space.variables[b]
        yield from _pair(space, fact, here.bit(value), other, there.all & ~there.bit(only))


def _causes(space: Space, vocabularies: Sequence[Vocabulary]) -> Iterator[Box]:
    place, kinds = space.place("cause"), space.place("kind")
    if place is None or kinds is None:
        return
    causes = space.variables[place]
    for kind in space.variables[kinds].cells:
        can = {UNKNOWN}
        for one in vocabularies:
            can |= set(one.kinds[str(kind)].causes if kind in one.kinds else ())
        cannot = sum(causes.bit(value) for value in causes.cells if value not in can)
        yield from _pair(space, "kind", space.variables[kinds].bit(kind), "cause", cannot)


def _questions(space: Space, vocabularies: Sequence[Vocabulary]) -> Iterator[Box]:
    """What is not asked of a kind is what it is when nobody said."""
    kinds = space.place("kind")
    if kinds is None:
        return
    of_kinds = space.variables[kinds]
    for one in space.variables:
        asked: set[str] = set()
        silent: set[FactValue | None] = set()
        for vocabulary in vocabularies:
            if one.fact in vocabulary.facts:
                fact = vocabulary.facts[one.fact]
                asked |= set(fact.kinds or vocabulary.kinds)
                silent.add(fact.default)
        if one.word or one.number or one.fact in _BESIDE:
            continue
        never = sum(of_kinds.bit(kind) for kind in of_kinds.cells if kind not in asked)
        other = sum(one.bit(value) for value in one.cells if value not in silent)
        if never:
            yield from _pair(space, "kind", never, one.fact, other)


def _families(space: Space, vocabularies: Sequence[Vocabulary]) -> Iterator[Box]:
    place, products = space.place("family"), space.place("product")
    if place is None or products is None:
        return
    families = space.variables[place]
    for product in space.variables[products].cells:
        own = {one.products[str(product)].family if product in one.products else NONE for one in vocabularies}
        other = sum(families.bit(value) for value in families.cells if value not in own)
        yield from _pair(space, "product", space.variables[products].bit(product), "family", other)


def _environments(space: Space, vocabularies: Sequence[Vocabulary]) -> Iterator[Box]:
    """In the plan or not. A contract may name fewer environments than its plan has, so what a plan allows can be either."""
    place, names, plans = (space.place(one) for one in ("environment_in_plan", "environment", "plan"))
    if place is None or names is None or plans is None:
        return
    inside = space.variables[place]
    for plan, name in itertools.product(space.variables[plans].cells, space.variables[names].cells):
        limits = [one.plans[str(plan)].environments for one in vocabularies if plan in one.plans]
        if NONE in (plan, name):
            never = "no"
        elif limits and all(limit and name not in limit for limit in limits):
            never = "yes"
        else:
            continue
        box = list(space.whole)
        box[plans], box[names] = space.variables[plans].bit(plan), space.variables[names].bit(name)
        box[place] = inside.bit(never)
        yield tuple(box)
