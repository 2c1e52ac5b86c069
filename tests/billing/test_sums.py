"""Laws of an invoice's sums."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from palier.billing import sums

VAT = sums.Tax(tax="VAT", category="S", rate=20_000, names={"en": "VAT", "fr": "TVA"}, reasons={})
GST = sums.Tax(tax="GST", category="S", rate=5_000, names={"en": "GST", "fr": "TPS"}, reasons={})
QST = sums.Tax(tax="QST", category="S", rate=9_975, names={"en": "QST", "fr": "TVQ"}, reasons={})


def test_tax_is_rounded_once_an_invoice() -> None:
    found = sums.totals([(1003, [VAT])] * 3, currency="EUR")
    assert (found.net, found.tax, found.total) == (3009, 602, 3611)


def test_gst_and_qst_each_have_the_same_base() -> None:
    found = sums.totals([(165_000, [GST, QST])], currency="CAD")
    assert [(one.tax.tax, one.base, one.amount) for one in found.taxes] == [
        ("GST", 165_000, 8_250), ("QST", 165_000, 16_459),
    ]  # fmt: skip
    assert found.total == 189_709


def test_a_line_of_minutes_is_no_rounded_third() -> None:
    priced = sums.line(quantity=20_000, unit=sums.MINUTE, unit_amount=18_500, currency="CAD")
    assert priced.net == 6_167
    three = sums.line(quantity=60_000, unit=sums.MINUTE, unit_amount=18_500, currency="CAD")
    assert three.net == 18_500


def test_the_discount_is_what_is_rounded() -> None:
    priced = sums.line(quantity=1000, unit=sums.ONE, unit_amount=1_005, currency="EUR", discount=10_000)
    assert (priced.gross, priced.net) == (1_005, 904)


lines = st.lists(
    st.tuples(st.integers(-(10**9), 10**9), st.sampled_from([(VAT,), (GST, QST), (), (GST,)])), max_size=20
)


@given(lines)
def test_totals_add_up_and_turn_their_sign(found: list[tuple[int, tuple[sums.Tax, ...]]]) -> None:
    forward = sums.totals(found, currency="EUR")
    back = sums.totals([(-net, taxes) for net, taxes in found], currency="EUR")
    assert forward.total == forward.net + forward.tax
    assert forward.net == sum(net for net, _ in found)
    assert (back.net, back.tax) == (-forward.net, -forward.tax)
    for one in forward.taxes:
        assert abs(one.amount * 100_000 - one.base * one.tax.rate) <= 50_000


@given(
    st.integers(-(10**6), 10**6),
    st.sampled_from([sums.ONE, sums.MINUTE]),
    st.integers(0, 10**7),
    st.integers(0, 100_000),
)
def test_a_line_mirrors_its_reversal(quantity: int, unit: str, amount: int, discount: int) -> None:
    there = sums.line(quantity=quantity, unit=unit, unit_amount=amount, currency="CHF", discount=discount)
    back = sums.line(quantity=-quantity, unit=unit, unit_amount=amount, currency="CHF", discount=discount)
    assert (back.gross, back.net) == (-there.gross, -there.net)
    assert abs(there.net) <= abs(there.gross)


@given(lines)
def test_a_total_is_kept_and_read_back(found: list[tuple[int, tuple[sums.Tax, ...]]]) -> None:
    for one in sums.totals(found, currency="EUR").taxes:
        assert sums.thawed(one.frozen()) == one
