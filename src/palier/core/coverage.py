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
    """A way on, in the programme's order: whether it can be chosen now, what keeps it from it, price and balance."""

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


class _Table(NamedTuple):
    """The rows as they are looked at: gates first, then the others; made once a programme."""

    gates: tuple[Clause, ...]
    rows: tuple[Clause, ...]
    defaults: Mapping[str, FactValue]
    asked: tuple[str, ...]


_tables: dict[int, _Table] = {}


def _table(programme: Programme) -> _Table:
    found = _tables.get(id(programme))
    if found is None:
        names = (c.fact for clause in programme.coverage for a in clause.when for c in a)
        found = _tables[id(programme)] = _Table(
            gates=tuple(c for c in programme.coverage if c.outcome.kind is OutcomeKind.HOLD),
            rows=tuple(c for c in programme.coverage if c.outcome.kind is not OutcomeKind.HOLD),
            defaults={
                f.id: f.default for f in programme.facts.values() if f.default is not None and not f.number
            },
            asked=tuple(dict.fromkeys(names)),
        )
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
        facts.setdefault(f"left.{allowance}", balance.left)
    table = _table(programme)
    looked: list[Looked] = []
    hits: list[Clause] = []
    for clause in () if beyond_gates else table.gates:
        misses = _misses(clause, facts)
        if misses is None:
            hits.append(clause)
        else:
            looked.append(Looked(clause.id, misses))
    if not hits:
        hits.append(_first(programme, table, facts, looked))
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


def _first(
    programme: Programme, table: _Table, facts: Mapping[str, FactValue], looked: list[Looked]
) -> Clause:
    """The first row other than a gate that decides; those before it are added to `looked`.

    A row that fits and is passed over all the same, because a later one covers a cause that is not yet excluded, is
    looked at without a miss.
    """
    hit = _deciding(programme, facts)
    looked += [
        Looked(clause.id, _misses(clause, facts) or ())
        for clause in itertools.takewhile(lambda clause: clause is not hit, table.rows)
    ]
    return hit


def _deciding(programme: Programme, facts: Mapping[str, FactValue]) -> Clause:
    """The first row other than a gate that fits; with the cause unknown, the first that covers for some cause."""
    table = _table(programme)
    if facts.get("cause") == UNKNOWN:
        for supposed in _supposed(programme, facts):
            found = next(c for c in table.rows if fits(c.when, supposed))
            if found.outcome.kind is OutcomeKind.COVER:
                return found
    return next(c for c in table.rows if fits(c.when, facts))


def _supposed(programme: Programme, facts: Mapping[str, FactValue]) -> Iterator[Mapping[str, FactValue]]:
    """The facts with the cause unknown, then with each cause that such a request can turn out to have."""
    yield facts
    kind = programme.kinds.get(str(facts.get("kind")))
    for cause in kind.causes if kind is not None else ():
        yield {**facts, "cause": cause}


def _misses(clause: Clause, facts: Mapping[str, FactValue]) -> tuple[tuple[Miss, ...], ...] | None:
    """What kept each alternative from fitting, or None when the row fits."""
    found = []
    for alternative in clause.when:
        lacks = _lacks(alternative, facts)
        if not lacks:
            return None
        found.append(lacks)
    return tuple(found) if found else None


def _lacks(alternative: Alternative, facts: Mapping[str, FactValue]) -> tuple[Miss, ...]:
    return tuple([Miss(c, facts.get(c.fact)) for c in alternative if not c.holds(facts)])


def _matched(programme: Programme, facts: Mapping[str, FactValue], clause: Clause) -> tuple[Condition, ...]:
    """The alternative of the deciding row that held, under the supposed cause if it took one."""
    supposed = _supposed(programme, facts) if facts.get("cause") == UNKNOWN else iter((facts,))
    for assumed in supposed:
        for alternative in clause.when:
            if all(condition.holds(assumed) for condition in alternative):
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
    empty = balance is not None and balance.granted is not None and balance.left <= 0
    return WayForward(
        way=way.id,
        available=not lacks and not empty,
        lacks=lacks,
        amount=None if price is None else price.amount,
        currency=None if price is None else price.currency,
        balance=balance,
    )


def changes(programme: Programme, decision: Decision) -> tuple[Change, ...]:
    """What one other answer would decide instead, beyond the gates: for each fact the table asks, by clause."""
    now = decision.clause
    found: list[Change] = []
    for name in _table(programme).asked:
        fact = programme.facts[name]
        if fact.number or fact.multiple or name not in decision.facts:
            continue
        by_clause: dict[str, tuple[Clause, list[FactValue]]] = {}
        for value in _other_values(programme, decision.facts, name):
            hit = _deciding(programme, _with(programme, decision, name, value))
            if hit.id != now:
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
    stale = FOLLOWS.get(name, ())
    said = {n: v for n, v in decision.facts.items() if n in decision.given and n not in stale}
    numbers = {n: v for n, v in decision.facts.items() if n.startswith("left.")}
    return {**complete(programme, {**said, name: value}), **numbers}
