"""What a plan gives a customer, line by line: targets by severity, allowances at the start, prices it can come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from palier.contracts.standings import TermOn
from palier.core import terms
from palier.core.programme import (
    BY_SEATS,
    Allowance,
    FactValue,
    Plan,
    Price,
    Programme,
    Severity,
    TargetSet,
    When,
    fits,
)

YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """What is promised for a severity: the target set that counts, with durations (µs), calendar and binding."""

    severity: Severity
    targets: TargetSet


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLine:
    """What the plan gives of an allowance at the start (units, hours: hours), and when it starts anew (None: never)."""

    allowance: Allowance
    quantity: int
    first_on: date
    anew_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """A price of the programme with the discount in percent this contract has on it."""

    price: Price
    discount: Decimal


def targets(programme: Programme, plan: Plan | None, options: Sequence[str]) -> tuple[TargetLine, ...]:
    """Each severity with every set of targets it can come under: an outage may bring a sharper one."""
    if plan is None:
        return ()
    outages = programme.facts["outage"].values if "outage" in programme.facts else {}
    lines = []
    for severity in sorted(programme.severities.values(), key=lambda one: one.rank):
        facts: dict[str, FactValue] = {"plan": plan.id, "severity": severity.id}
        if options:
            facts["option"] = tuple(options)
        sets = [programme.targets_for(facts)]
        sets += [programme.targets_for({**facts, "outage": outage}) for outage in outages]
        found = {one.id: one for one in sets if one is not None}
        lines += [TargetLine(severity=severity, targets=one) for one in found.values()]
    return tuple(lines)


def grants(
    programme: Programme, plan: Plan, facts: Mapping[str, FactValue], term: TermOn
) -> tuple[GrantLine, ...]:
    lines = []
    for id_, granted in plan.grants.items():
        allowance = programme.allowances[id_]
        if allowance.not_for and fits(allowance.not_for, facts):
            continue
        seats = facts["seats"]
        units = allowance.tier(seats) if granted == BY_SEATS and isinstance(seats, int) else int(granted)
        lines.append(
            GrantLine(
                allowance=allowance,
                quantity=units,
                first_on=term.starts_on,
                anew_on=_anew(allowance.per, term),
            )
        )
    return tuple(lines)


def _anew(per: str, term: TermOn) -> date | None:
    if per == "contract-year":
        found = terms.term_on(origin=term.origin_on, months=YEAR, day=term.starts_on)
        return found.end_on if found is not None else None
    if per == "calendar-month":
        return terms.add_months(term.starts_on.replace(day=1), 1)
    return term.ends_on if per == "term" else None


def prices(programme: Programme, plan: Plan | None, facts: Mapping[str, FactValue]) -> tuple[PriceLine, ...]:
    """The programme's prices this contract can come to, each once: those of a way that asks for another plan are not."""
    named = {way.price for way in programme.ways.values() if way.price is not None}
    reached = {
        way.price
        for way in programme.ways.values()
        if way.price is not None and (plan is None or _can_fit(way.when, facts))
    }
    return tuple(
        PriceLine(price=price, discount=price.discount_percent or Decimal(0))
        for price in programme.prices.values()
        if price.id in reached or price.id not in named
    )


def _can_fit(when: When, facts: Mapping[str, FactValue]) -> bool:
    """Whether these facts leave it open: what is asked of others can still come true."""
    return not when or any(
        all(one.holds(facts) for one in alternative if one.fact in facts) for alternative in when
    )
