"""The coverage decision: facts in, an explained decision out.

A decision table in the sense of DMN with hit policy *First*. Rows that hold are gates: they are looked at before all
others, and all that match are reported together. The first other row that fits decides. A decision carries every row
looked at with the facts that kept it from fitting, the ways forward with price and balance, and what would change it.
Rules: docs/reference/coverage.md; OMG Decision Model and Notation 1.5, §8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is left of an allowance at this moment, of how many; `granted` None means without limit."""

    left: int
    granted: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Why a condition did not fit: it needed `condition`, the fact is `is_` (None when nobody said)."""

    condition: Condition
    is_: FactValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
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
    changes: tuple[Change, ...]

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


def complete(programme: Programme, given: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The facts with what follows from them filled in: family, severity, plan's environments, defaults.

    Raises UnknownFactError for a fact or value the programme does not know.
    """
    facts: dict[str, FactValue] = {
        fact.id: fact.default
        for fact in programme.facts.values()
        if fact.default is not None and not fact.number
    }
    facts.update(given)
    for name, value in facts.items():
        _check(programme, name, value)
    product = programme.products.get(str(facts.get("product", NONE)))
    if product is not None:
        facts.setdefault("family", product.family) if "family" in given else facts.update(
            family=product.family
        )
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
    programme: Programme, given: Mapping[str, FactValue], balances: Mapping[str, Balance] | None = None
) -> Decision:
    """The decision for these facts, with every reason. `balances` are by allowance id.

    `cause: unknown` decides as covered wherever any cause of that kind would be.
    Raises UnknownFactError for a fact or value the programme does not know.
    """
    balances = balances or {}
    facts = complete(programme, given)
    facts.update(
        {f"left.{name}": balance.left for name, balance in balances.items() if f"left.{name}" not in facts}
    )
    return _explained(programme, facts, balances, changes=_changes(programme, facts))


def _explained(
    programme: Programme,
    facts: Mapping[str, FactValue],
    balances: Mapping[str, Balance],
    changes: tuple[Change, ...],
) -> Decision:
    hits = _deciding(programme, facts)
    first = hits[0]
    outcome = first.outcome
    ways = dict.fromkeys(way for clause in hits for way in clause.outcome.ways)
    assumed = _as_if(programme, facts, first)
    return Decision(
        programme=programme.id,
        version=programme.version,
        facts=dict(facts),
        outcome=outcome.kind,
        clauses=tuple(clause.id for clause in hits),
        matched=_matched(first, assumed),
        looked=tuple(_looked(programme, facts, first)),
        level=outcome.level,
        targets=outcome.targets,
        holds=tuple(clause.outcome.hold for clause in hits if clause.outcome.hold is not None),
        ways=tuple(_forward(programme, programme.ways[way], facts, balances) for way in ways),
        consent=outcome.consent,
        changes=changes,
    )


def _deciding(programme: Programme, facts: Mapping[str, FactValue]) -> tuple[Clause, ...]:
    """All gates that match, else the one row that decides."""
    gates = tuple(c for c in programme.coverage if c.outcome.kind is OutcomeKind.HOLD and fits(c.when, facts))
    if gates:
        return gates
    return (_first(programme, facts),)


def _first(programme: Programme, facts: Mapping[str, FactValue]) -> Clause:
    """The first row other than a gate that fits; with the cause unknown, the first that covers for some cause."""
    if facts.get("cause") == UNKNOWN:
        for supposed in _supposed(programme, facts):
            found = _first_fitting(programme, supposed)
            if found.outcome.kind is OutcomeKind.COVER:
                return found
    return _first_fitting(programme, facts)


def _supposed(programme: Programme, facts: Mapping[str, FactValue]) -> Iterator[Mapping[str, FactValue]]:
    """The facts with the cause unknown, then with each cause that such a request can turn out to have."""
    yield facts
    kind = programme.kinds.get(str(facts.get("kind")))
    for cause in kind.causes if kind is not None else ():
        yield {**facts, "cause": cause}


def _as_if(programme: Programme, facts: Mapping[str, FactValue], clause: Clause) -> Mapping[str, FactValue]:
    """The facts, or the facts with the supposed cause, under which `clause` fits."""
    return next((s for s in _supposed(programme, facts) if fits(clause.when, s)), facts)


def _first_fitting(programme: Programme, facts: Mapping[str, FactValue]) -> Clause:
    return next(
        c for c in programme.coverage if c.outcome.kind is not OutcomeKind.HOLD and fits(c.when, facts)
    )


def _matched(clause: Clause, facts: Mapping[str, FactValue]) -> tuple[Condition, ...]:
    for alternative in clause.when:
        if all(condition.holds(facts) for condition in alternative):
            return alternative
    return ()


def _looked(programme: Programme, facts: Mapping[str, FactValue], hit: Clause) -> Iterator[Looked]:
    """Each row before the hit, gates first, with what each alternative lacked."""
    for clause in programme.coverage:
        if clause is hit:
            return
        if not fits(clause.when, facts):
            yield Looked(clause=clause.id, misses=tuple(_lacks(a, facts) for a in clause.when))


def _lacks(alternative: Alternative, facts: Mapping[str, FactValue]) -> tuple[Miss, ...]:
    return tuple(Miss(condition=c, is_=facts.get(c.fact)) for c in alternative if not c.holds(facts))


def _forward(
    programme: Programme, way: Way, facts: Mapping[str, FactValue], balances: Mapping[str, Balance]
) -> WayForward:
    price = programme.prices.get(way.price) if way.price is not None else None
    balance = balances.get(way.allowance) if way.allowance is not None else None
    lacks = () if fits(way.when, facts) else tuple(m for a in way.when for m in _lacks(a, facts))
    if way.allowance is not None:
        allowance = programme.allowances[way.allowance]
        if allowance.not_for and fits(allowance.not_for, facts):
            lacks += tuple(Miss(condition=c, is_=facts.get(c.fact)) for a in allowance.not_for for c in a)
    empty = balance is not None and balance.granted is not None and balance.left <= 0
    return WayForward(
        way=way.id,
        available=not lacks and not empty,
        lacks=lacks,
        amount=None if price is None else price.amount,
        currency=None if price is None else price.currency,
        balance=balance,
    )


def _changes(programme: Programme, facts: Mapping[str, FactValue]) -> tuple[Change, ...]:
    """What one other answer would decide instead, for each fact that the table asks about, one entry an outcome."""
    now = _deciding(programme, facts)
    found: list[Change] = []
    for name in _asked(programme):
        fact = programme.facts[name]
        if fact.number or fact.multiple or name not in facts:
            continue
        grouped: dict[str, list[FactValue]] = {}
        for value in _other_values(programme, facts, name):
            hit = _deciding(programme, _with(programme, facts, name, value))[0]
            if hit.id != now[0].id and hit.outcome.kind is not OutcomeKind.HOLD:
                grouped.setdefault(hit.id, []).append(value)
        by_id = {clause.id: clause for clause in programme.coverage}
        for clause_id, values in grouped.items():
            outcome = by_id[clause_id].outcome
            found.append(
                Change(
                    fact=name,
                    values=tuple(values),
                    clause=clause_id,
                    outcome=outcome.kind,
                    level=outcome.level,
                )
            )
    return tuple(found)


def _asked(programme: Programme) -> tuple[str, ...]:
    names = (c.fact for clause in programme.coverage for a in clause.when for c in a)
    return tuple(dict.fromkeys(names))


def _other_values(programme: Programme, facts: Mapping[str, FactValue], name: str) -> Iterator[str]:
    domain = programme.facts[name].values
    if name == "cause":
        kind = programme.kinds.get(str(facts.get("kind")))
        domain = {c: domain[c] for c in kind.causes} if kind is not None else domain
    return (value for value in domain if value != facts.get(name))


def _with(
    programme: Programme, facts: Mapping[str, FactValue], name: str, value: FactValue
) -> Mapping[str, FactValue]:
    """The facts with one changed, and what follows from it changed too."""
    changed = {**facts, name: value}
    if name in ("product", "environment", "plan"):
        derived = {"product": ("family", "maintenance"), "environment": ("environment_in_plan",)}.get(
            name, ("environment_in_plan",)
        )
        return complete(programme, {k: v for k, v in changed.items() if k not in derived})
    return changed
