"""Money: worked figures and laws."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.core import money
from palier.core.money import Amount, Line

minors = st.integers(-10_000_000, 10_000_000)
percents = st.decimals(0, 100, places=3)


def eur(minor: int) -> Amount:
    return Amount(minor=minor, currency="EUR")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.4", 0), ("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("-2.4", -2), ("3", 3)],
)
def test_half_goes_up_away_from_zero(value: str, expected: int) -> None:
    assert money.half_up(Fraction(value)) == expected


def test_tax_is_computed_once_on_the_sum_of_its_lines() -> None:
    found = money.totals([Line(net=eur(1003), taxes=("S",))] * 3, {"S": Decimal(20)}, currency="EUR")
    assert (found.net.minor, found.taxes[0].tax.minor, found.gross.minor) == (3009, 602, 3611)
    assert 3 * money.share(eur(1003), 20).minor == 603


def test_gst_and_qst_are_categories_of_their_own() -> None:
    lines = [Line(net=Amount(minor=19_500, currency="CAD"), taxes=("GST", "QST"))]
    found = money.totals(lines, {"GST": Decimal(5), "QST": Decimal("9.975")}, currency="CAD")
    assert [(t.category, t.tax.minor) for t in found.taxes] == [("GST", 975), ("QST", 1945)]
    assert found.gross.minor == 22_420


def test_a_line_without_tax_and_an_invoice_without_lines() -> None:
    assert money.totals([Line(net=eur(5))], {}, currency="EUR").gross == eur(5)
    assert money.totals([], {}, currency="EUR") == money.Totals(net=eur(0), taxes=(), gross=eur(0))


def test_a_category_without_a_rate_is_an_error() -> None:
    with pytest.raises(money.UnknownTax, match="'X'"):
        money.totals([Line(net=eur(5), taxes=("X",))], {"S": Decimal(20)}, currency="EUR")


def test_currencies_do_not_mix() -> None:
    cad = Amount(minor=1, currency="CAD")
    for mixed in (lambda: eur(1) + cad, lambda: eur(1) - cad, lambda: eur(1) < cad, lambda: eur(1) <= cad):
        with pytest.raises(money.MixedCurrencies, match="EUR et CAD"):
            mixed()
    with pytest.raises(money.MixedCurrencies):
        money.totals([Line(net=cad)], {}, currency="EUR")


@pytest.mark.parametrize(
    ("currency", "text"), [("EUR", "12.50"), ("JPY", "1250"), ("TND", "1.250"), ("CHF", "12.50")]
)
def test_minor_units_have_the_currencys_digits(currency: str, text: str) -> None:
    assert str(Amount(minor=1250, currency=currency).decimal()) == text


def test_hours_are_charged_by_the_minute() -> None:
    assert money.for_minutes(eur(18_500), 45) == eur(13_875)
    assert money.for_minutes(eur(100), 1) == eur(2)
    assert not money.zero("EUR")


@given(minor=minors, percent=percents)
def test_a_discount_and_the_rest_add_up(minor: int, percent: Decimal) -> None:
    amount = eur(minor)
    assert money.discounted(amount, percent) + money.share(amount, percent) == amount


@given(minor=minors, quantity=st.fractions(-100, 100))
def test_turning_the_sign_turns_the_result(minor: int, quantity: Fraction) -> None:
    assert money.times(-eur(minor), quantity) == -money.times(eur(minor), quantity)


nets = st.lists(
    st.tuples(minors, st.sampled_from([(), ("A",), ("B",), ("A", "B")])),
    max_size=8,
)


@given(lines=nets, a=percents, b=percents)
def test_totals_add_up_in_any_order_and_a_credit_note_is_the_invoice_turned(
    lines: list[tuple[int, tuple[str, ...]]], a: Decimal, b: Decimal
) -> None:
    rates = {"A": a, "B": b}
    made = [Line(net=eur(minor), taxes=taxes) for minor, taxes in lines]
    found = money.totals(made, rates, currency="EUR")
    assert found.net == money.total((line.net for line in made), currency="EUR")
    assert found.gross - found.net == money.total((t.tax for t in found.taxes), currency="EUR")
    for t in found.taxes:
        assert abs(Fraction(t.tax.minor) - Fraction(t.base.minor) * Fraction(t.percent) / 100) <= Fraction(
            1, 2
        )
    turned = money.totals(made[::-1], rates, currency="EUR")
    assert (turned.net, turned.gross, {t.category: t for t in turned.taxes}) == (
        found.net,
        found.gross,
        {t.category: t for t in found.taxes},
    )
    credit = money.totals([Line(net=-line.net, taxes=line.taxes) for line in made], rates, currency="EUR")
    assert (credit.net, credit.gross) == (-found.net, -found.gross)


@given(a=minors, b=minors)
def test_amounts_compare_as_their_minor_units(a: int, b: int) -> None:
    assert ((eur(a) < eur(b)), (eur(a) <= eur(b)), bool(eur(a))) == (a < b, a <= b, a != 0)
