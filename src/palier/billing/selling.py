"""Who sells and who buys: the vendor's identity and provider, a customer's billing address, the tax rules. Finance writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stdnum import iban as iban_numbers
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from palier.billing import provider, taxes
from palier.billing.models import Party, Settings, TaxCategory, TaxRule
from palier.people import access, secrets
from palier.people.models import Organisation

SELLER_FIELDS = (
    "legal_name", "line_one", "line_two", "postcode", "city", "country", "subdivision", "registration", "vat_id",
    "email", "telephone", "iban", "bic",
)  # fmt: skip
PARTY_FIELDS = (
    "legal_name", "line_one", "line_two", "postcode", "city", "country", "subdivision", "registration", "vat_id",
    "email", "reference", "language",
)  # fmt: skip
_COUNTRY = re.compile(r"[A-Z]{2}")
_NEEDED = {
    "legal_name": ("its legal name", "sa raison sociale"),
    "line_one": ("its street", "sa rue"),
    "city": ("its city", "sa ville"),
    "country": ("its country", "son pays"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A seller or buyer as an invoice names it."""

    name: str
    line_one: str = ""
    line_two: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    subdivision: str = ""
    registration: str = ""
    vat_id: str = ""
    email: str = ""
    telephone: str = ""
    reference: str = ""
    iban: str = ""
    bic: str = ""
    tax_numbers: tuple[tuple[str, str], ...] = ()
    terms: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> taxes.Place:
        """Where it is, for its taxes."""
        return taxes.Place(country=self.country, subdivision=self.subdivision, has_vat_id=bool(self.vat_id))

    def frozen(self) -> dict[str, Any]:
        """As an invoice keeps it."""
        return asdict(self)


def thawed(kept: Mapping[str, Any]) -> Identity:
    """An identity as an invoice kept it."""
    numbers = tuple((str(name), str(number)) for name, number in kept.get("tax_numbers", ()))
    return Identity(**{**kept, "tax_numbers": numbers})


def settings_of(vendor_id: UUID) -> Settings | None:
    """The vendor's billing settings; None before somebody wrote any."""
    return Settings.objects.filter(vendor_id=vendor_id).first()


def account_of(vendor_id: UUID) -> provider.Account | None:
    """The vendor's account at the payment provider; None: it is off."""
    return provider.of(settings_of(vendor_id))


def seller(settings: Settings | None) -> Identity:
    """The vendor as a seller. Raises Refused while what an invoice must name is missing."""
    missing = [words for name, words in _NEEDED.items() if not (settings and getattr(settings, name))]
    if settings is None or missing:
        raise access.Refused(
            code="seller-incomplete",
            en=f"An invoice names the seller by {', '.join(en for en, _ in missing)}: complete the billing settings.",
            fr=f"Une facture nomme le vendeur par {', '.join(fr for _, fr in missing)} : complétez les réglages de "
            "facturation.",
        )
    return Identity(
        name=settings.legal_name,
        **{name: getattr(settings, name) for name in SELLER_FIELDS if name != "legal_name"},
        tax_numbers=tuple((str(name), str(number)) for name, number in settings.tax_numbers),
        terms=dict(settings.terms),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A customer as a buyer, and the language in which it reads its invoices: `en` or `fr`."""

    identity: Identity
    language: str


def buyer(organisation: Organisation) -> Buyer:
    """A customer as a buyer: its billing address, else its name and place."""
    party = Party.objects.filter(vendor_id=organisation.vendor_id, organisation=organisation).first()
    word = (party.language if party is not None else "") or organisation.language
    language = "fr" if word.partition("-")[0] == "fr" else "en"
    if party is None:
        plain = Identity(
            name=organisation.name, country=organisation.country, subdivision=organisation.subdivision
        )
        return Buyer(identity=plain, language=language)
    identity = Identity(
        name=party.legal_name or organisation.name,
        country=party.country or organisation.country,
        subdivision=party.subdivision if party.country else organisation.subdivision,
        **{name: getattr(party, name) for name in PARTY_FIELDS if name not in _OWN},
    )
    return Buyer(identity=identity, language=language)


_OWN = ("legal_name", "country", "subdivision", "language")


# --- writing ----------------------------------------------------------------------------------------


def save_settings(
    *,
    by: access.Viewer,
    values: Mapping[str, str],
    now: datetime,
    payment_days: int = 30,
    tax_numbers: tuple[tuple[str, str], ...] = (),
    terms: Mapping[str, str] | None = None,
) -> Settings:
    """Write the vendor's identity (`SELLER_FIELDS`). Raises Refused for a country, IBAN or VAT number that is none."""
    access.require_role(by, access.TAKES_MONEY)
    clean = {name: values.get(name, "").strip() for name in SELLER_FIELDS}
    clean["iban"] = clean["iban"].replace(" ", "").upper()
    _check_place(clean)
    _check_iban(clean["iban"])
    if not 0 <= payment_days <= 365:
        raise access.Refused(
            code="payment-days",
            en="Customers have from 0 to 365 days to pay.",
            fr="Les clients ont de 0 à 365 jours pour payer.",
        )
    row, _ = Settings.objects.update_or_create(
        vendor_id=by.vendor_id,
        defaults={
            **clean,
            "payment_days": payment_days,
            "tax_numbers": [list(pair) for pair in tax_numbers],
            "terms": dict(terms or {}),
            "updated_at": now,
        },
    )
    return row


def set_provider(
    *, by: access.Viewer, enabled: bool, now: datetime, key: str = "", signing: str = ""
) -> Settings:
    """Switch the payment provider on or off; an empty secret leaves the kept one. Raises Refused for what is no secret."""
    access.require_role(by, access.TAKES_MONEY)
    row, _ = Settings.objects.get_or_create(vendor_id=by.vendor_id, defaults={"updated_at": now})
    for text, start, field_name, what in (
        (key.strip(), ("sk_", "rk_"), "stripe_key", "key"),
        (signing.strip(), ("whsec_",), "stripe_signing", "signing"),
    ):
        if text and not text.startswith(start):
            raise access.Refused(
                code="not-a-secret",
                en=f"That is no secret of Stripe's: it starts with {' or '.join(start)}.",
                fr=f"Ce n’est pas un secret de Stripe : il commence par {' ou '.join(start)}.",
            )
        if text:
            setattr(row, field_name, provider.sealed(by.vendor_id, what, text))
    if enabled and not (row.stripe_key and row.stripe_signing):
        raise access.Refused(
            code="provider-without-secrets",
            en="To switch the provider on, give both its secret key and the signing secret of its endpoint.",
            fr="Pour activer le prestataire, donnez sa clé secrète et le secret de signature de son point d’accès.",
        )
    row.stripe_enabled = enabled
    row.updated_at = now
    row.save()
    return row


def forget_provider(*, by: access.Viewer, now: datetime) -> None:
    """Switch the provider off and forget its secrets."""
    access.require_role(by, access.TAKES_MONEY)
    Settings.objects.filter(vendor_id=by.vendor_id).update(
        stripe_enabled=False, stripe_key=None, stripe_signing=None, updated_at=now
    )


def reseal(*, vendor_id: UUID) -> None:
    """Close the provider's secrets again with the newest sealing key, so that older ones can be dropped."""
    row = Settings.objects.select_for_update().filter(vendor_id=vendor_id).first()
    if row is None:
        return
    for name, what in (("stripe_key", "key"), ("stripe_signing", "signing")):
        kept = getattr(row, name)
        if kept is not None:
            setattr(row, name, secrets.resealed(bytes(kept), purpose=provider.purpose(vendor_id, what)))
    row.save(update_fields=["stripe_key", "stripe_signing"])


def save_party(
    *, by: access.Viewer, organisation: Organisation, values: Mapping[str, str], now: datetime
) -> Party:
    """Write how a customer is named on its invoices (`PARTY_FIELDS`)."""
    access.require_role(by, access.TAKES_MONEY)
    clean = {name: values.get(name, "").strip() for name in PARTY_FIELDS}
    _check_place(clean)
    row, _ = Party.objects.update_or_create(
        vendor_id=by.vendor_id, organisation=organisation, defaults={**clean, "updated_at": now}
    )
    return row


def _check_place(values: dict[str, str]) -> None:
    values["country"] = values["country"].upper()
    values["subdivision"] = values["subdivision"].upper()
    values["vat_id"] = values["vat_id"].replace(" ", "").upper()
    if values["country"] and not _COUNTRY.fullmatch(values["country"]):
        raise access.Refused(
            code="no-country",
            en=f"{values['country']} is no country: write its two letters, such as FR or CA.",
            fr=f"{values['country']} n’est pas un pays : écrivez ses deux lettres, comme FR ou CA.",
        )
    if values["vat_id"][:2] in taxes.EU | {"EL"} and not eu_vat.is_valid(values["vat_id"]):
        raise access.Refused(
            code="no-vat-id",
            en=f"{values['vat_id']} is no VAT number of its country: check its digits.",
            fr=f"{values['vat_id']} n’est pas un numéro de TVA de son pays : vérifiez ses chiffres.",
        )


def _check_iban(number: str) -> None:
    if not number:
        return
    try:
        iban_numbers.validate(number, check_country=False)
    except ValidationError:
        raise access.Refused(
            code="no-iban",
            en=f"{number} is no IBAN: its check digits do not fit.",
            fr=f"{number} n’est pas un IBAN : sa clé ne convient pas.",
        ) from None


# --- tax rules --------------------------------------------------------------------------------------


def tax_rules(viewer: access.Viewer) -> list[TaxRule]:
    """The vendor's rules, by place and date."""
    access.require_role(viewer, access.TAKES_MONEY)
    return list(
        TaxRule.objects.filter(vendor_id=viewer.vendor_id).order_by(
            "country", "subdivision", "valid_from", "id"
        )
    )


def add_tax_rule(
    *,
    by: access.Viewer,
    country: str,
    tax: str,
    category: str,
    rate: int,
    names: Mapping[str, str],
    valid_from: date,
    subdivision: str = "",
    reasons: Mapping[str, str] | None = None,
    reason_code: str = "",
    vat_id: str = "",
) -> TaxRule:
    """Add a rule from a date on. Raises Refused where category and rate do not fit, or a reason is missing."""
    access.require_role(by, access.TAKES_MONEY)
    reasons = reasons or {}
    if category not in TaxCategory.values or not 0 <= rate <= 100_000:
        raise access.Refused(
            code="no-tax",
            en="A tax has one of the categories listed and a rate from 0 to 100 %.",
            fr="Une taxe a l’une des catégories de la liste et un taux de 0 à 100 %.",
        )
    if (category == TaxCategory.STANDARD) != (rate > 0):
        raise access.Refused(
            code="rate-and-category",
            en="The standard category has a rate above 0; every other has the rate 0.",
            fr="La catégorie normale a un taux supérieur à 0 ; toute autre a le taux 0.",
        )
    if category not in (TaxCategory.STANDARD, TaxCategory.ZERO) and not all(
        reasons.get(language) for language in ("en", "fr")
    ):
        raise access.Refused(
            code="reason-missing",
            en="Say in both languages why no tax is due: the invoice must.",
            fr="Dites dans les deux langues pourquoi aucune taxe n’est due : la facture le doit.",
        )
    if not (tax.strip() and names.get("en") and names.get("fr")):
        raise access.Refused(
            code="tax-name-missing",
            en="Name the tax, in English and French: VAT and TVA.",
            fr="Nommez la taxe, en anglais et en français : VAT et TVA.",
        )
    return TaxRule.objects.create(
        vendor_id=by.vendor_id,
        country=country.strip().upper(),
        subdivision=subdivision.strip().upper(),
        tax=tax.strip(),
        category=category,
        rate=rate,
        name_en=names["en"],
        name_fr=names["fr"],
        reason_en=reasons.get("en", ""),
        reason_fr=reasons.get("fr", ""),
        reason_code=reason_code,
        vat_id=vat_id if vat_id in ("yes", "no") else "",
        valid_from=valid_from,
    )


def end_tax_rule(*, by: access.Viewer, rule_id: UUID, until: date) -> None:
    """A rule no longer holds from that date on. What was invoiced under it stays."""
    access.require_role(by, access.TAKES_MONEY)
    TaxRule.objects.filter(vendor_id=by.vendor_id, id=rule_id).update(valid_until=until)


def add_usual_rules(*, by: access.Viewer, country: str, valid_from: date) -> int:
    """Add the rules a seller of that country begins with, where none is for the same place and tax; answers how many."""
    access.require_role(by, access.TAKES_MONEY)
    known = {
        (rule.country, rule.subdivision, rule.tax, rule.vat_id)
        for rule in TaxRule.objects.filter(vendor_id=by.vendor_id, valid_until=None)
    }
    fresh = [
        rule
        for rule in taxes.usual(country)
        if (rule.country, rule.subdivision, rule.tax, rule.vat_id) not in known
    ]
    for rule in fresh:
        add_tax_rule(
            by=by,
            country=rule.country,
            subdivision=rule.subdivision,
            tax=rule.tax,
            category=rule.category,
            rate=rule.rate,
            names={"en": rule.en, "fr": rule.fr},
            reasons={"en": rule.reason_en, "fr": rule.reason_fr},
            reason_code=rule.code,
            vat_id=rule.vat_id,
            valid_from=valid_from,
        )
    return len(fresh)
