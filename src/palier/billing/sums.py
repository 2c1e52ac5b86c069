"""From quantities and prices to the totals of an invoice: `core.money` over what a line bears.

Rates and discounts are kept in thousandths of a percent, quantities in thousandths of their unit. A price of an hour is
billed by the minute, so that 20 minutes are no rounded third. Reference: docs/reference/billing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from palier.core import money

MINUTE = "minute"
ONE = "one"
_BASES = {MINUTE: money.MINUTES_AN_HOUR, ONE: 1}
_THOUSAND = 1000


def base_of(unit: str) -> int:
    """How many units a price is for: 60 minutes, 1 piece."""
    return _BASES[unit]


def percent(rate: int) -> Decimal:
    """20000 as 20, 9975 as 9.975."""
    return Decimal(rate).scaleb(-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A line before and after its discount, in minor units."""

    gross: int
    net: int


def line(*, quantity: int, unit: str, unit_amount: int, currency: str, discount: int = 0) -> Priced:
    """A line's amounts: the quantity at the price, rounded once; then less the discount, which is what is rounded."""
    price = money.Amount(minor=unit_amount, currency=currency)
    gross = money.times(price, Fraction(quantity, _THOUSAND * _BASES[unit]))
    return Priced(gross=gross.minor, net=money.discounted(gross, percent(discount)).minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax at one rate, as it applies to a line. `names` and `reasons` by language."""

    tax: str
    category: str
    rate: int
    names: Mapping[str, str]
    reasons: Mapping[str, str]
    reason_code: str = ""

    @property
    def key(self) -> str:
        """What is summed apart."""
        return f"{self.tax}/{self.category}/{self.rate}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """A tax with the sum of its lines and what is due on it."""

    tax: Tax
    base: int
    amount: int

    def frozen(self) -> dict[str, Any]:
        """As an invoice keeps it."""
        return {
            "tax": self.tax.tax,
            "category": self.tax.category,
            "rate": self.tax.rate,
            "names": dict(self.tax.names),
            "reasons": dict(self.tax.reasons),
            "reason_code": self.tax.reason_code,
            "base": self.base,
            "amount": self.amount,
        }


def thawed(kept: Mapping[str, Any]) -> TaxTotal:
    """A total as an invoice kept it."""
    words = {name: kept[name] for name in ("tax", "category", "rate", "names", "reasons", "reason_code")}
    return TaxTotal(tax=Tax(**words), base=kept["base"], amount=kept["amount"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """An invoice's totals in minor units."""

    net: int
    taxes: tuple[TaxTotal, ...]

    @property
    def tax(self) -> int:
        """All taxes."""
        return sum(one.amount for one in self.taxes)

    @property
    def total(self) -> int:
        """With taxes."""
        return self.net + self.tax


def totals(lines: Iterable[tuple[int, Iterable[Tax]]], *, currency: str) -> Totals:
    """The totals of lines given as (net, its taxes): each tax once, on the sum of its lines (BR-CO-17)."""
    known: dict[str, Tax] = {}
    plain: list[money.Line] = []
    for net, taxes in lines:
        bears = {tax.key: tax for tax in taxes}
        known = {**bears, **known}
        plain.append(money.Line(net=money.Amount(minor=net, currency=currency), taxes=tuple(bears)))
    found = money.totals(plain, {key: percent(tax.rate) for key, tax in known.items()}, currency=currency)
    return Totals(
        net=found.net.minor,
        taxes=tuple(
            TaxTotal(tax=known[one.category], base=one.base.minor, amount=one.tax.minor)
            for one in found.taxes
        ),
    )
