"""Which taxes a sale bears."""

from __future__ import annotations

from datetime import date

import pytest

from palier.billing import selling, taxes
from palier.billing.models import TaxRule
from palier.people import tenancy
from palier.people.access import Refused, Viewer

from .selling_world import shop


def rules(country: str) -> list[TaxRule]:
    return [
        TaxRule(
            country=one.country, subdivision=one.subdivision, tax=one.tax, category=one.category, rate=one.rate,
            name_en=one.en, name_fr=one.fr, reason_en=one.reason_en, reason_fr=one.reason_fr, reason_code=one.code,
            vat_id=one.vat_id, valid_from=date(2026, 1, 1),
        )
        for one in taxes.usual(country)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seller", "country", "subdivision", "vat", "expected"),
    [
        ("FR", "FR", "", True, [("VAT", "S", 20_000)]),
        ("FR", "FR", "", False, [("VAT", "S", 20_000)]),
        ("FR", "DE", "", True, [("VAT", "AE", 0)]),
        ("FR", "DE", "", False, [("VAT", "S", 20_000)]),
        ("FR", "CA", "QC", False, [("VAT", "O", 0)]),
        ("CH", "CH", "GE", False, [("VAT", "S", 8_100)]),
        ("CH", "FR", "", True, [("VAT", "O", 0)]),
        ("CA", "CA", "QC", False, [("GST", "S", 5_000), ("QST", "S", 9_975)]),
        ("CA", "CA", "ON", False, [("HST", "S", 13_000)]),
        ("CA", "CA", "AB", False, [("GST", "S", 5_000)]),
        ("CA", "US", "", False, [("GST", "Z", 0)]),
    ],
)
def test_the_most_precise_place_decides(
    seller: str, country: str, subdivision: str, vat: bool, expected: list[tuple[str, str, int]]
) -> None:
    place = taxes.Place(country=country, subdivision=subdivision, has_vat_id=vat)
    found = taxes.chosen(rules(seller), seller_country=seller, buyer=place)
    assert [(one.tax, one.category, one.rate) for one in found] == expected


def test_without_a_rule_it_is_said() -> None:
    place = taxes.Place(country="FR")
    with pytest.raises(taxes.NoTaxRule, match="FR"):
        taxes.chosen([], seller_country="FR", buyer=place)


@pytest.mark.django_db
def test_a_rate_holds_from_a_date_on() -> None:
    made = shop("northern")
    with tenancy.vendor(made.vendor_id):
        old = TaxRule.objects.get(country="FR")
        selling.end_tax_rule(by=made.finance, rule_id=old.id, until=date(2027, 1, 1))
        selling.add_tax_rule(
            by=made.finance, country="FR", tax="VAT", category="S", rate=21_000, names={"en": "VAT", "fr": "TVA"},
            valid_from=date(2027, 1, 1),
        )  # fmt: skip
        place = taxes.Place(country="FR")
        for day, rate in ((date(2026, 12, 31), 20_000), (date(2027, 1, 1), 21_000)):
            found = taxes.on(made.vendor_id, seller_country="FR", buyer=place, day=day)
            assert [one.rate for one in found] == [rate]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"rate": 0}, "rate-and-category"),
        ({"category": "AE"}, "rate-and-category"),
        ({"category": "AE", "rate": 0}, "reason-missing"),
        ({"category": "?"}, "no-tax"),
        ({"rate": 100_001}, "no-tax"),
        ({"names": {"en": "VAT"}}, "tax-name-missing"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(changed: dict[str, object], code: str) -> None:
    made = shop("northern")
    values: dict[str, object] = {
        "country": "FR", "tax": "VAT", "category": "S", "rate": 20_000, "names": {"en": "VAT", "fr": "TVA"},
        "valid_from": date(2026, 1, 1), **changed,
    }  # fmt: skip
    with tenancy.vendor(made.vendor_id), pytest.raises(Refused) as refused:
        selling.add_tax_rule(by=made.finance, **values)  # type: ignore[arg-type]
    assert refused.value.code == code


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("iban", "FR76 3000 6000 0112 3456 7890 188", "no-iban"),
        ("vat_id", "FR44732829321", "no-vat-id"),
        ("country", "France", "no-country"),
    ],
)
def test_an_identity_that_cannot_be_is_refused(name: str, value: str, code: str) -> None:
    made = shop("northern")
    with tenancy.vendor(made.vendor_id), pytest.raises(Refused) as refused:
        selling.save_settings(by=made.finance, values={name: value}, now=made.world.vendor.created_at)
    assert refused.value.code == code


@pytest.mark.django_db
def test_only_who_takes_money_writes() -> None:
    made = shop("northern")
    with tenancy.vendor(made.vendor_id):
        for by in (Viewer.staff(made.world.agent), made.buyer):
            with pytest.raises(Refused):
                selling.save_settings(by=by, values={}, now=made.world.vendor.created_at)
            with pytest.raises(Refused):
                selling.set_provider(by=by, enabled=False, now=made.world.vendor.created_at)
            with pytest.raises(Refused):
                selling.tax_rules(by)
