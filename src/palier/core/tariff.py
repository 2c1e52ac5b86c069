"""What a programme counts and what costs: allowances with their tiers, prices, and the ways forward that use them.

They belong to the nouns of `palier.core.programme`, which passes them on. Hours are whole minutes, money is whole minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from palier.core.conditions import Text, When

BY_SEATS = "by-seats"
STANDARD_TAX = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """From `low` to `high` seats (high None: no end) the allowance is `amount` units."""

    low: int
    high: int | None
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Something counted: calls, hours, incidents, events, devices. `per` is the period after which it starts anew."""

    id: str
    clause: str
    name: Text
    text: Text | None
    unit: str
    per: str
    """`contract-year`, `calendar-month`, `term` or `account` (never)."""
    by_seats: tuple[Tier, ...] = ()
    not_for: When = ()
    tell: Mapping[str, str] = field(default_factory=dict)
    overrun: bool = False
    """Whether more may be used than there is: the balance then goes below zero."""
    assumed: bool = False

    def tier(self, seats: int) -> int:
        """Units for that many active seats; 0 when no tier holds them."""
        for tier in self.by_seats:
            if tier.low <= seats and (tier.high is None or seats <= tier.high):
                return tier.amount
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HourWeight:
    """While a calendar is open, working time counts `percent` of itself (150: time and a half)."""

    calendar: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price list entry. `amount` is in minor units of `currency`; None means on request."""

    id: str
    clause: str
    name: Text
    text: Text | None
    kind: str
    """`pay-per-incident`, `prepaid-hours`, `hourly`, `fixed` or `quote`."""
    amount: int | None
    currency: str | None
    minutes: int | None = None
    valid_months: int | None = None
    round_up_minutes: int | None = None
    minimum_minutes: int | None = None
    """The least that is charged for one person's work on one request and day."""
    weights: tuple[HourWeight, ...] = ()
    """How nights and weekends count, before rounding; the first whose calendar is open is taken."""
    usual_minutes: int | None = None
    """How long such work usually takes at most."""
    fills: str | None = None
    """The allowance that hours bought are posted to."""
    due: str | None = None
    credit_towards: str | None = None
    credit_days: int | None = None
    discount_percent: Decimal | None = None
    tax: str = STANDARD_TAX
    """How it is taxed: `standard`, `reduced`, `exempt`."""
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way forward: uses an allowance, costs a price, or points elsewhere (project, subscription).

    With both an allowance and a price it takes from the allowance while something is left, else buys what fills it.
    """

    id: str
    name: Text
    text: Text
    allowance: str | None = None
    price: str | None = None
    points_to: str | None = None
    when: When = ()
    """It can be chosen only if these facts hold; else it is shown with what is missing."""
    assumed: bool = False
