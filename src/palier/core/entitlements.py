"""What an allowance gives, and for which period: contract years, calendar months, terms, or once and for all.

Contract years and terms count from the contract's original date, in its zone, never from the last anniversary. A calendar
month is the whole local month, whatever day a contract begins on. `account` is one period without an end. Instants are
whole microseconds since 1970 (UTC); hours are counted in minutes. Rules: docs/reference/ledger.md, docs/reference/terms.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from palier.core import terms
from palier.core.programme import BY_SEATS, Allowance, FactValue, fits

CONTRACT_YEAR = "contract-year"
CALENDAR_MONTH = "calendar-month"
TERM = "term"
ACCOUNT = "account"

PLAN = "plan"
TIER = "tier"
"""Where the units of a period come from: a fixed number of the plan, or the tier of the seats."""

HOUR = "hour"
MINUTES_AN_HOUR = 60
_YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A span in which an allowance counts: `[starts_at, ends_at)`; `ends_at` None never ends. `key` names its lot."""

    key: str
    starts_at: int
    ends_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """How many units (hours: minutes) a period gives by the rules in force at an instant; `origin` is `plan` or `tier`."""

    quantity: int
    period: Period
    origin: str


def entitlement_period(per: str, *, origin: date, months: int, zone: str, at: int) -> Period | None:
    """The period of an allowance that an instant lies in; None before the contract's first.

    `per` is `contract-year`, `calendar-month`, `term` (of `months`) or `account`; `origin` the contract's original date.
    """
    if per == ACCOUNT:
        # It belongs to the organisation, whose contracts begin on many days: it is open from before all of them.
        return Period(key=ACCOUNT, starts_at=0, ends_at=None)
    day = terms.date_at(at, zone)
    if per == CALENDAR_MONTH:
        first = day.replace(day=1)
        after = terms.add_months(first, 1)
        if after <= origin:
            return None
        return _period(f"month:{first:%Y-%m}", first=first, after=after, zone=zone)
    length = _YEAR_MONTHS if per == CONTRACT_YEAR else months
    term = terms.term_on(origin=origin, months=length, day=day)
    if term is None:
        return None
    word = "year" if per == CONTRACT_YEAR else "term"
    return _period(f"{word}:{term.first_on}", first=term.first_on, after=term.end_on, zone=zone)


def _period(key: str, *, first: date, after: date, zone: str) -> Period:
    return Period(key=key, starts_at=terms.start_of(first, zone), ends_at=terms.start_of(after, zone))


def entitlement(
    *,
    allowance: Allowance,
    granted: int | str | None,
    seats: int,
    facts: Mapping[str, FactValue],
    origin: date,
    months: int,
    zone: str,
    at: int,
) -> Entitlement | None:
    """What a contract is entitled to of an allowance in the period of `at`; None before its first period.

    `granted` is the plan's own number, `by-seats`, or None where the plan gives none (then the quantity is 0). A contract
    that the allowance is not for (`not_for`) is entitled to 0 as well. Hours come out in minutes.
    """
    period = entitlement_period(allowance.per, origin=origin, months=months, zone=zone, at=at)
    if period is None:
        return None
    tiered = granted == BY_SEATS
    units = allowance.tier(seats) if tiered else int(granted or 0)
    if allowance.not_for and fits(allowance.not_for, facts):
        units = 0
    return Entitlement(
        quantity=units * (MINUTES_AN_HOUR if allowance.unit == HOUR else 1),
        period=period,
        origin=TIER if tiered else PLAN,
    )


def counts_at(per: str, *, unit: str, reached_at: int, chosen_at: int) -> int:
    """The instant whose grant pays a request: incidents of a calendar month count in the month they reached us.

    Everything else is taken from the grant in force when the customer chooses.
    """
    return reached_at if per == CALENDAR_MONTH and unit != HOUR else chosen_at
