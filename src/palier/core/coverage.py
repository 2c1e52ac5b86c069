"""The coverage decision: facts in, an explained decision out.

A decision table in the sense of DMN with hit policy *First*. Rows that hold are gates: they are looked at before all
others, and all that match are reported together. The first other row that fits decides. A decision carries every row
looked at with the facts that kept it from fitting, and the ways forward with price and balance; `changes` says what
would decide otherwise.
Rules: docs/reference/coverage.md; OMG Decision Model and Notation 1.5, §8.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from palier.core.programme import (
    Alternative,
    Clause,
    Condition,
    FactValue,
    OutcomeKind,
    Programme,
    Way,
    fits,
)

UNKNOWN = "unknown"
NONE = "none"
FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "product": ("family", "maintenance"),
    "environment": ("environment_in_plan",),
    "plan": ("environment_in_plan",),
}
"""Facts that follow from another: when that one changes, what was said of them no longer holds."""
OTHERS_FOLLOW = frozenset({*FOLLOWS, "kind", "effect"})
"""Facts from which others are filled in (severity and outage follow unless they were said)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is left of an allowance at this moment, of how many; `granted` None means without limit."""

    left: int
    granted: int | None


class Miss(NamedTuple):
    """Why a condition did not fit: it needed `condition`, the fact is `is_` (None when nobody said)."""

    condition: Condition
    is_: FactValue | None


class Looked(NamedTuple):
    """A row that was looked at and did not fit, with what kept each of its alternatives from fitting."""

    clause: str
    misses: tuple[tuple[Miss, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayForward:
    """A way on, in the programme's order: whether it can be chosen now, what keeps it from it, price and balance.

    A way that has both uses the balance while something is left of it, else it is bought at the price.
    """

    way: str
    available: bool
    lacks: tuple[Miss, ...]
    amount: int | None
    currency: str | None
    balance: Balance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would decide otherwise: with `fact` at one of `values`, clause `clause` would decide `outcome`."""

    fact: str
    values: tuple[FactValue, ...]
    clause: str
    outcome: OutcomeKind
    level: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided and why. `clauses` holds one clause, or all gates that hold the request."""

    programme: str
    version: str
    facts: Mapping[str, FactValue]
    """All facts used; those in `given` were said, the others follow or are defaults."""
    given: frozenset[str]
    outcome: OutcomeKind
    clauses: tuple[str, ...]
    matched: tuple[Condition, ...]
    """The conditions of the deciding row that held."""
    looked: tuple[Looked, ...]
    level: int | None
    targets: str | None
    holds: tuple[str, ...]
    ways: tuple[WayForward, ...]
    consent: bool

    @property
    def clause(self) -> str:
        """The clause that decided; the first one where several gates hold."""
        return self.clauses[0]

    @property
    def accepted(self) -> bool:
        """Whether work on this ticket starts a clock."""
        return self.outcome in (OutcomeKind.COVER, OutcomeKind.OFFER)


class UnknownFactError(ValueError):
    """A fact the programme does not know, or a value outside its domain."""

    def __init__(self, *, fact: str, value: FactValue | None, known: tuple[str, ...]) -> None:
        self.fact, self.value, self.known = fact, value, known
        super().__init__(f"{fact}: {value!r}; known: {', '.join(known)}")


class _Row:
    """A clause with its alternatives as sets of conditions, a bit each: it fits when all bits of one are there."""

    __slots__ = ("asks", "bits", "clause", "needs", "remembered")

    def __init__(self, clause: Clause, bits: Mapping[Condition, int]) -> None:
        self.clause = clause
        self.bits = tuple(tuple((bits[c], c) for c in alternative) for alternative in clause.when)
        self.needs = tuple(sum({bit for bit, _ in alternative}) for alternative in self.bits)
        self.asks = tuple(dict.fromkeys(c.fact for alternative in clause.when for c in alternative))
        self.remembered: dict[tuple[FactValue | None, ...], Looked] = {}

    def fits(self, held: int) -> bool:
        """Whether one alternative holds as a whole, `held` being the bits of the conditions that hold."""
        for need in self.needs:
            if need & held == need:
                return True
        return not self.needs

    def looked(self, held: int, facts: Mapping[str, FactValue]) -> Looked:
        """What kept each alternative from fitting: it depends on the few facts the row asks about, so it is kept.

        A row that fits and is passed over all the same, because a later one covers a cause that is not yet excluded,
        is looked at without a miss.
        """
        told = tuple(map(facts.get, self.asks))
        found = self.remembered.get(told)
        if found is None:
            misses = [
                tuple([Miss(c, facts.get(c.fact)) for bit, c in a if not bit & held]) for a in self.bits
            ]
            found = Looked(self.clause.id, () if self.fits(held) else tuple(misses))
            if not any(isinstance(value, int) for value in told):  # words end, numbers do not
                self.remembered[told] = found
        return found


class _Table:
    """The rows as they are looked at, gates first; made once a programme.

    Every distinct condition of the table has a bit. Which of them a fact makes hold depends on its value alone, so it
    is found once a value; looking at a row is then one comparison of integers an alternative.
    """

    __slots__ = ("asked", "bits", "defaults", "gates", "rows", "seen")

    def __init__(self, programme: Programme) -> None:
        self.bits: dict[Condition, int] = {}
        self.asked: dict[str, list[Condition]] = {}
        self.seen: dict[tuple[str, FactValue], int] = {}
        self.defaults: Mapping[str, FactValue] = {
            fact.id: fact.default for fact in programme.facts.values() if fact.default is not None
        }
        for clause in programme.coverage:
            for condition in (c for alternative in clause.when for c in alternative):
                if condition not in self.bits:
                    self.bits[condition] = 1 << len(self.bits)
                    self.asked.setdefault(condition.fact, []).append(condition)
        made = [_Row(clause, self.bits) for clause in programme.coverage]
        self.gates = tuple(row for row in made if row.clause.outcome.kind is OutcomeKind.HOLD)
        self.rows = tuple(row for row in made if row.clause.outcome.kind is not OutcomeKind.HOLD)

    def held(self, facts: Mapping[str, FactValue]) -> int:
        """The bits of all conditions that hold for these facts."""
        held = 0
        for name in self.asked:
            value = facts.get(name)
            if value is not None:
                held |= self.by(name, value)
        return held

    def by(self, name: str, value: FactValue) -> int:
        """The bits of the conditions on `name` that hold when it is `value`."""
        found = self.seen.get((name, value))
        if found is None:
            found = sum(self.bits[c] for c in self.asked.get(name, ()) if c.holds({name: value}))
            if not isinstance(
                value, int
            ):  # numbers have no end: what a word makes hold is kept, a number's is not
                self.seen[name, value] = found
        return found


_tables: dict[int, _Table] = {}


def _table(programme: Programme) -> _Table:
    found = _tables.get(id(programme))
    if found is None:
        found = _tables[id(programme)] = _Table(programme)
        # An id may be given to another object once this one is gone: forget the table with its programme.
        weakref.finalize(programme, _tables.pop, id(programme), None)
    return found


def complete(programme: Programme, given: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The facts with what follows from them filled in: family, severity, plan's environments, defaults.

    Raises UnknownFactError for a fact or value the programme does not know.
    """
    for name, value in given.items():
        _check(programme, name, value)
    facts = {**_table(programme).defaults, **given}
    product = programme.products.get(str(facts.get("product", NONE)))
    if product is not None:
        if "family" not in given:
            facts["family"] = product.family
        if "maintenance" not in given:
            facts["maintenance"] = "yes" if product.maintenance else "no"
    plan = programme.plans.get(str(facts.get("plan", NONE)))
    if "environment_in_plan" not in given:
        named = facts.get("environment", NONE)
        inside = plan is None or not plan.environments or named == NONE or named in plan.environments
        facts["environment_in_plan"] = "yes" if inside else "no"
    effect = programme.effects.get(str(facts.get("effect", NONE)))
    if effect is not None and effect.outage is not None and "outage" not in given:
        facts["outage"] = effect.outage
    if "severity" not in given and "kind" in facts:
        facts["severity"] = propose_severity(
            programme, kind=str(facts["kind"]), effect=str(facts.get("effect", NONE))
        )
    return facts


def propose_severity(programme: Programme, *, kind: str, effect: str) -> str:
    """The one severity of such a request: by its effect where the kind asks for one, else the kind's own."""
    asked = programme.kinds[kind]
    found = programme.effects.get(effect) if asked.asks_effect else None
    return asked.severity if found is None else found.severity


def _check(programme: Programme, name: str, value: FactValue) -> None:
    fact = programme.facts.get(name)
    if fact is None:
        raise UnknownFactError(fact=name, value=None, known=tuple(programme.facts))
    if fact.number:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnknownFactError(fact=name, value=value, known=("0, 1, 2 …",))
        return
    for word in value if isinstance(value, tuple) else (value,):
        if word not in fact.values:
            raise UnknownFactError(fact=name, value=word, known=tuple(fact.values))


def decide(
    programme: Programme,
    given: Mapping[str, FactValue],
    balances: Mapping[str, Balance] | None = None,
    *,
    beyond_gates: bool = False,
) -> Decision:
    """The decision for these facts, with every reason. `balances` are by allowance id.

    `cause: unknown` decides as covered wherever any cause of that kind would be. `beyond_gates` leaves the rows that
    hold aside: what the same facts would decide once everything that holds the request is freed.
    Raises UnknownFactError for a fact or value the programme does not know.
    """
    balances = balances or {}
    facts = complete(programme, given)
    for allowance, balance in balances.items():
        facts[f"left.{allowance}"] = given.get(f"left.{allowance}", balance.left)
    table = _table(programme)
    held = table.held(facts)
    gates = () if beyond_gates else table.gates
    hits = [row.clause for row in gates if row.fits(held)]
    looked = [row.looked(held, facts) for row in gates if not row.fits(held)]
    if not hits:
        deciding = _deciding(programme, table, held, facts)
        before = itertools.takewhile(lambda row: row is not deciding, table.rows)
        looked += [row.looked(held, facts) for row in before]
        hits.append(deciding.clause)
    first = hits[0].outcome
    ways = dict.fromkeys(way for clause in hits for way in clause.outcome.ways)
    return Decision(
        programme=programme.id,
        version=programme.version,
        facts=facts,
        given=frozenset(given),
        outcome=first.kind,
        clauses=tuple(clause.id for clause in hits),
        matched=_matched(programme, facts, hits[0]),
        looked=tuple(looked),
        level=first.level,
        targets=first.targets,
        holds=tuple(clause.outcome.hold for clause in hits if clause.outcome.hold is not None),
        ways=tuple(_forward(programme, programme.ways[way], facts, balances) for way in ways),
        consent=first.consent,
    )


def _deciding(programme: Programme, table: _Table, held: int, facts: Mapping[str, FactValue]) -> _Row:
    """The first row other than a gate that fits; with the cause unknown, the first that covers for some cause."""
    if facts.get("cause") == UNKNOWN:
        for cause in (UNKNOWN, *_possible_causes(programme, facts)):
            supposed = held & ~table.by("cause", UNKNOWN) | table.by("cause", cause)
            found = next(row for row in table.rows if row.fits(supposed))
            if found.clause.outcome.kind is OutcomeKind.COVER:
                return found
    return next(row for row in table.rows if row.fits(held))


def _possible_causes(programme: Programme, facts: Mapping[str, FactValue]) -> tuple[str, ...]:
    """What such a request can turn out to have been caused by."""
    kind = programme.kinds.get(str(facts.get("kind")))
    return kind.causes if kind is not None else ()


def _lacks(alternative: Alternative, facts: Mapping[str, FactValue]) -> tuple[Miss, ...]:
    return tuple(Miss(c, facts.get(c.fact)) for c in alternative if not c.holds(facts))


def _matched(programme: Programme, facts: Mapping[str, FactValue], clause: Clause) -> tuple[Condition, ...]:
    """The alternative of the deciding row that held, under the supposed cause if it took one."""
    for alternative in clause.when:
        if all(condition.holds(facts) for condition in alternative):
            return alternative
    for cause in _possible_causes(programme, facts):
        for alternative in clause.when:
            if all(condition.holds({**facts, "cause": cause}) for condition in alternative):
                return alternative
    return ()


def _forward(
    programme: Programme, way: Way, facts: Mapping[str, FactValue], balances: Mapping[str, Balance]
) -> WayForward:
    price = programme.prices.get(way.price) if way.price is not None else None
    balance = balances.get(way.allowance) if way.allowance is not None else None
    lacks = () if fits(way.when, facts) else tuple(m for a in way.when for m in _lacks(a, facts))
    if way.allowance is not None:
        allowance = programme.allowances[way.allowance]
        if allowance.not_for and fits(allowance.not_for, facts):
            lacks += tuple(Miss(c, facts.get(c.fact)) for a in allowance.not_for for c in a)
    empty = balance is not None and balance.granted is not None and balance.left <= 0 and price is None
    return WayForward(
        way=way.id,
        available=not lacks and not empty,
        lacks=lacks,
        amount=None if price is None else price.amount,
        currency=None if price is None else price.currency,
        balance=balance,
    )


def changes(programme: Programme, decision: Decision) -> tuple[Change, ...]:
    """What one other answer would decide instead, beyond the gates that hold now: for each fact the table asks, by clause.

    An answer that another gate would hold is left out: nothing would be decided by it.
    """
    now = decision.clause
    table = _table(programme)
    held = table.held(decision.facts)
    quiet = [row for row in table.gates if not row.fits(held)]
    found: list[Change] = []
    for name in table.asked:
        fact = programme.facts[name]
        if fact.number or fact.multiple or name not in decision.facts:
            continue
        by_clause: dict[str, tuple[Clause, list[FactValue]]] = {}
        for value in _other_values(programme, decision.facts, name):
            changed = _with(programme, decision, name, value)
            if name in OTHERS_FOLLOW:
                supposed = table.held(changed)
            else:
                supposed = held & ~table.by(name, decision.facts[name]) | table.by(name, value)
            hit = _deciding(programme, table, supposed, changed).clause
            if hit.id != now and not any(row.fits(supposed) for row in quiet):
                by_clause.setdefault(hit.id, (hit, []))[1].append(value)
        found += [
            Change(
                fact=name,
                values=tuple(values),
                clause=clause.id,
                outcome=clause.outcome.kind,
                level=clause.outcome.level,
            )
            for clause, values in by_clause.values()
        ]
    return tuple(found)


def _other_values(programme: Programme, facts: Mapping[str, FactValue], name: str) -> Iterator[str]:
    domain: Mapping[str, object] = programme.facts[name].values
    if name == "cause":
        kind = programme.kinds.get(str(facts.get("kind")))
        domain = dict.fromkeys(kind.causes) if kind is not None else domain
    return (value for value in domain if value != facts.get(name))


def _with(programme: Programme, decision: Decision, name: str, value: FactValue) -> Mapping[str, FactValue]:
    """The facts with one changed, and what follows from it changed too."""
    if name not in OTHERS_FOLLOW:
        return {**decision.facts, name: value}
    stale = FOLLOWS.get(name, ())
    said = {n: v for n, v in decision.facts.items() if n in decision.given and n not in stale}
    numbers = {n: v for n, v in decision.facts.items() if n.startswith("left.")}
    return {**complete(programme, {**said, name: value}), **numbers}
