"""Money in whole minor units of one currency: lines, discounts, taxes and sums.

Everything rounds half up, away from zero below it, so that a credit note is exactly its invoice with the sign turned. Tax
is computed once per category on the sum of its lines (EN 16931, BR-CO-17), never per line. Rules: docs/reference/money.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Number = int | Decimal | Fraction

_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_USUAL_DIGITS = 2
MINUTES_AN_HOUR = 60
_HUNDRED = 100


class MixedCurrencies(ValueError):
    """Amounts of two currencies in one sum. There is no rate here: keep one invoice, block or balance per currency."""

    def __init__(self, *, first: str, second: str) -> None:
        self.first, self.second = first, second
        super().__init__(
            f"{first} and {second} do not add up: keep one sum per currency"
            f" / {first} et {second} ne s’additionnent pas : gardez une somme par monnaie"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Minor units (cents) of a currency by its ISO 4217 code. Amounts of one currency add, compare and turn their sign."""

    minor: int
    currency: str

    def __add__(self, other: Amount) -> Amount:
        return Amount(minor=self.minor + self._same(other), currency=self.currency)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(minor=self.minor - self._same(other), currency=self.currency)

    def __neg__(self) -> Amount:
        return Amount(minor=-self.minor, currency=self.currency)

    def __lt__(self, other: Amount) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Amount) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Amount) -> int:
        if other.currency != self.currency:
            raise MixedCurrencies(first=self.currency, second=other.currency)
        return other.minor

    def decimal(self) -> Decimal:
        """In whole units of the currency, with all its digits: 12.50."""
        return Decimal(self.minor).scaleb(-digits(self.currency))


def digits(currency: str) -> int:
    """How many decimals a currency's minor unit has (ISO 4217)."""
    return _DIGITS.get(currency, _USUAL_DIGITS)


def zero(currency: str) -> Amount:
    """Nothing, in a currency."""
    return Amount(minor=0, currency=currency)


def total(amounts: Iterable[Amount], *, currency: str) -> Amount:
    """The sum of amounts, all in `currency`. Raises `MixedCurrencies`."""
    return sum(amounts, start=zero(currency))


def half_up(value: Fraction) -> int:
    """The nearest whole number; what lies half-way goes away from zero."""
    whole, rest = divmod(abs(value), 1)
    found = int(whole) + (rest >= Fraction(1, 2))
    return found if value >= 0 else -found


def times(price: Amount, quantity: Number) -> Amount:
    """The amount of a line: so many at this price, rounded half up."""
    return Amount(minor=half_up(price.minor * Fraction(quantity)), currency=price.currency)


def for_minutes(per_hour: Amount, minutes: int) -> Amount:
    """The amount of working time at a price an hour, rounded half up."""
    return times(per_hour, Fraction(minutes, MINUTES_AN_HOUR))


def share(amount: Amount, percent: Number) -> Amount:
    """A percentage of an amount, rounded half up."""
    return times(amount, Fraction(percent) / _HUNDRED)


def discounted(amount: Amount, percent: Number) -> Amount:
    """An amount less a discount; the discount is what is rounded, so that both add up to the amount."""
    return amount - share(amount, percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The net amount of an invoice line and the tax categories it falls under (GST and QST are two; empty: no tax)."""

    net: Amount
    taxes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """One tax category of an invoice: the sum of its lines, the rate in percent, and the tax on that sum."""

    category: str
    base: Amount
    percent: Decimal
    tax: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What an invoice comes to: net, tax by category in their first order, and gross."""

    net: Amount
    taxes: tuple[TaxTotal, ...]
    gross: Amount


class UnknownTax(ValueError):
    """A line under a tax category that has no rate."""

    def __init__(self, category: str) -> None:
        self.category = category
        super().__init__(
            f"no rate for tax category '{category}' / pas de taux pour la catégorie de taxe « {category} »"
        )


def totals(lines: Iterable[Line], rates: Mapping[str, Decimal], *, currency: str) -> Totals:
    """The totals of an invoice. `rates` gives each category its percentage. Raises `UnknownTax`, `MixedCurrencies`."""
    lines = tuple(lines)
    net = total((line.net for line in lines), currency=currency)
    taxes: list[TaxTotal] = []
    for category in dict.fromkeys(name for line in lines for name in line.taxes):
        if category not in rates:
            raise UnknownTax(category)
        base = total((line.net for line in lines if category in line.taxes), currency=currency)
        taxes.append(
            TaxTotal(category=category, base=base, percent=rates[category], tax=share(base, rates[category]))
        )
    return Totals(net=net, taxes=tuple(taxes), gross=total((t.tax for t in taxes), currency=currency) + net)
