"""Which taxes a sale bears: the rules of the most precise place that has any, on a date. All figures are the vendor's rows.

A place is named by country and subdivision, by the country, by `EU` (the other member states), or not at all (everywhere
else). `usual` gives the rules a seller of a country begins with; they are then its own to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from palier.billing.models import TaxCategory, TaxRule
from palier.billing.sums import Tax
from palier.people import access

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
UNION = "EU"


class NoTaxRule(access.Refused):
    """No rule says how a sale to that place is taxed."""

    def __init__(self, place: str) -> None:
        super().__init__(
            code="no-tax-rule",
            en=f"No tax rule says how a sale to {place} is taxed: add one in the billing settings.",
            fr=f"Aucune règle ne dit comment taxer une vente vers {place} : ajoutez-en une dans les réglages de "
            "facturation.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a buyer is, and whether it has a VAT number."""

    country: str
    subdivision: str = ""
    has_vat_id: bool = False


def on(vendor_id: UUID, *, seller_country: str, buyer: Place, day: date) -> tuple[Tax, ...]:
    """The taxes on every line of a sale of that date. Raises NoTaxRule."""
    rules = TaxRule.objects.filter(vendor_id=vendor_id, valid_from__lte=day).order_by("id")
    return chosen(
        [rule for rule in rules if rule.valid_until is None or day < rule.valid_until],
        seller_country=seller_country,
        buyer=buyer,
    )


def chosen(rules: Sequence[TaxRule], *, seller_country: str, buyer: Place) -> tuple[Tax, ...]:
    """Of rules in force, those of the most precise place; of these, those for buyers like this one. Raises NoTaxRule."""
    for country, subdivision in _places(seller_country, buyer):
        there = [rule for rule in rules if (rule.country, rule.subdivision) == (country, subdivision)]
        fitting = [rule for rule in there if rule.vat_id in ("", "yes" if buyer.has_vat_id else "no")]
        if fitting:
            return tuple(map(as_tax, fitting))
    raise NoTaxRule("-".join(filter(None, (buyer.country, buyer.subdivision))) or "?")


def _places(seller_country: str, buyer: Place) -> Iterable[tuple[str, str]]:
    if buyer.country:
        if buyer.subdivision:
            yield buyer.country, buyer.subdivision
        yield buyer.country, ""
        if buyer.country in EU and buyer.country != seller_country:
            yield UNION, ""
    yield "", ""


def as_tax(rule: TaxRule) -> Tax:
    """A rule as a value."""
    return Tax(
        tax=rule.tax,
        category=rule.category,
        rate=rule.rate,
        names={"en": rule.name_en, "fr": rule.name_fr},
        reasons={"en": rule.reason_en, "fr": rule.reason_fr},
        reason_code=rule.reason_code,
    )


# --- rules to begin with ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """A rule to begin with."""

    country: str
    subdivision: str = ""
    tax: str
    category: TaxCategory
    rate: int
    en: str
    fr: str
    reason_en: str = ""
    reason_fr: str = ""
    code: str = ""
    vat_id: str = ""


def _vat(country: str, rate: int, *, vat_id: str = "") -> Usual:
    return Usual(
        country=country,
        tax="VAT",
        category=TaxCategory.STANDARD,
        rate=rate,
        en="VAT",
        fr="TVA",
        vat_id=vat_id,
    )


def _canadian(subdivision: str, tax: str, rate: int, en: str, fr: str) -> Usual:
    return Usual(
        country="CA", subdivision=subdivision, tax=tax, category=TaxCategory.STANDARD, rate=rate, en=en, fr=fr
    )


_REVERSE = Usual(
    country=UNION,
    tax="VAT",
    category=TaxCategory.REVERSE_CHARGE,
    rate=0,
    en="VAT",
    fr="TVA",
    reason_en="Reverse charge",
    reason_fr="Autoliquidation",
    code="VATEX-EU-AE",
    vat_id="yes",
)
_OUTSIDE = Usual(
    country="",
    tax="VAT",
    category=TaxCategory.OUTSIDE,
    rate=0,
    en="VAT",
    fr="TVA",
    reason_en="Service supplied outside the scope of VAT here",
    reason_fr="Prestation hors du champ de la TVA d’ici",
    code="VATEX-EU-O",
)
_STANDARD = {"FR": 20_000, "CH": 8_100, "BE": 21_000, "LU": 17_000, "DE": 19_000}
_HST = {"ON": 13_000, "NB": 15_000, "NL": 15_000, "PE": 15_000, "NS": 14_000}


def usual(country: str) -> tuple[Usual, ...]:
    """The rules a seller of that country begins with; empty for a country we know nothing of."""
    if country == "CA":
        return (
            _canadian("QC", "GST", 5_000, "GST", "TPS"),
            _canadian("QC", "QST", 9_975, "QST", "TVQ"),
            *(_canadian(place, "HST", rate, "HST", "TVH") for place, rate in _HST.items()),
            _canadian("", "GST", 5_000, "GST", "TPS"),
            Usual(
                country="", tax="GST", category=TaxCategory.ZERO, rate=0, en="GST", fr="TPS",
                reason_en="Supplied to a non-resident", reason_fr="Fourni à un non-résident",
            ),
        )  # fmt: skip
    rate = _STANDARD.get(country)
    if rate is None:
        return ()
    if country in EU:
        return (_vat(country, rate), _REVERSE, _vat(UNION, rate, vat_id="no"), _OUTSIDE)
    return (_vat(country, rate), _OUTSIDE)
