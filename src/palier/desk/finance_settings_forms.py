"""The forms of the billing settings: who sells, which taxes, and the payment provider; each is one action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse

from palier.billing import selling
from palier.billing.models import (
    Settings,
    TaxCategory,
)
from palier.desk import finance_forms as forms
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people.access import Refused, Viewer


def seller_form(settings: Settings | None, name: str) -> Form:
    """Who sells."""

    def value(field: str) -> str:
        return str(getattr(settings, field)) if settings is not None else ""

    numbers = settings.tax_numbers if settings is not None else []
    terms = settings.terms if settings is not None else {}
    return Form(
        action="seller",
        title=_("Who sells"),
        button=_("Save"),
        url=reverse("desk:finance-settings-act", args=["seller"]),
        says=_("What every invoice names from now on; those issued keep what they say."),
        fields=(
            *forms.identity(value, name),
            Field(name="telephone", label=_("Telephone"), value=value("telephone")),
            Field(name="tax_numbers", label=_("Other tax numbers"), kind="long", value="\n".join(f"{a}: {b}" for a, b in numbers), hint=_("One a line, such as TPS/GST: 123456789 RT0001.")),
            Field(name="iban", label="IBAN", value=value("iban")),
            Field(name="bic", label="BIC", value=value("bic")),
            Field(name="payment_days", label=_("Days to pay"), kind="whole", value=value("payment_days") or "30", required=True),
            Field(name="terms_en", label=_("Below the totals, in English"), kind="long", value=str(terms.get("en", ""))),
            Field(name="terms_fr", label=_("Below the totals, in French"), kind="long", value=str(terms.get("fr", ""))),
        ),
    )  # fmt: skip


def save_seller(by: Viewer, sent: Sent, now: datetime) -> str:
    """Write it."""
    numbers = [line.partition(":") for line in sent.text("tax_numbers").splitlines() if line.strip()]
    selling.save_settings(
        by=by,
        values={name: sent.text(name) for name in selling.SELLER_FIELDS},
        payment_days=sent.whole("payment_days") or 0,
        tax_numbers=tuple((name.strip(), number.strip()) for name, _colon, number in numbers),
        terms={language: sent.text(f"terms_{language}") for language in ("en", "fr")},
        now=now,
    )
    return _("Saved. What is issued from now on says so.")


def provider_form(settings: Settings | None) -> Form:
    """The payment provider."""
    return Form(
        action="provider",
        title=_("Change"),
        button=_("Save"),
        url=reverse("desk:finance-settings-act", args=["provider"]),
        says=_(
            "Both secrets are sealed when they are saved and never shown again; left empty, those kept stay."
        ),
        fields=(
            Field(
                name="enabled",
                label=_("Customers can pay by card"),
                kind="check",
                value="yes" if settings is not None and settings.stripe_enabled else "",
            ),
            Field(name="key", label=_("Secret key of Stripe"), hint="sk_…"),
            Field(name="signing", label=_("Signing secret of the address below"), hint="whsec_…"),
        ),
    )


def save_provider(by: Viewer, sent: Sent, now: datetime) -> str:
    """Switch it."""
    row = selling.set_provider(
        by=by, enabled=sent.ticked("enabled"), key=sent.text("key"), signing=sent.text("signing"), now=now
    )
    return _("The provider is on.") if row.stripe_enabled else _("The provider is off.")


def forget_form() -> Form:
    """Take the secrets away."""
    return Form(
        action="forget",
        title=_("Forget its secrets"),
        button=_("Switch off and forget"),
        url=reverse("desk:finance-settings-act", args=["forget"]),
    )


def usual_form(country: str, day: date) -> Form:
    """Rules to begin with."""
    return Form(
        action="usual",
        title=_("Add the usual rules of a country"),
        button=_("Add"),
        url=reverse("desk:finance-settings-act", args=["usual"]),
        says=_("For sellers in FR, BE, LU, DE, CH and CA. Check them: the rates are yours to answer for."),
        fields=(
            Field(name="country", label=_("Country of the seller"), value=country, required=True),
            Field(name="valid_from", label=_("From"), kind="date", value=day.isoformat(), required=True),
        ),
    )


def add_usual(by: Viewer, sent: Sent) -> str:
    """Add them."""
    count = selling.add_usual_rules(
        by=by, country=sent.text("country").upper(), valid_from=sent.day("valid_from") or date.min
    )
    if not count:
        raise Refused(
            code="no-usual-rules",
            en="Nothing to add: they are there already, or we know no rules of that country.",
            fr="Rien à ajouter : elles y sont déjà, ou nous ne connaissons pas de règles pour ce pays.",
        )
    return _("Added: %(n)d rules.") % {"n": count}


CATEGORIES = {
    TaxCategory.STANDARD: "S",
    TaxCategory.ZERO: "Z",
    TaxCategory.EXEMPT: "E",
    TaxCategory.REVERSE_CHARGE: "AE",
    TaxCategory.INTRA_COMMUNITY: "K",
    TaxCategory.EXPORT: "G",
    TaxCategory.OUTSIDE: "O",
}


def category_names() -> dict[str, str]:
    """The categories in words."""
    return {
        "S": _("S: standard rate"),
        "Z": _("Z: zero rated"),
        "E": _("E: exempt"),
        "AE": _("AE: reverse charge"),
        "K": _("K: supply within the Union"),
        "G": _("G: export"),
        "O": _("O: outside the scope"),
    }


def rule_form(day: date) -> Form:
    """A rule."""
    return Form(
        action="rule",
        title=_("Add a rule"),
        button=_("Add"),
        url=reverse("desk:finance-settings-act", args=["rule"]),
        fields=(
            Field(name="country", label=_("Country of the buyer"), hint=_("Two letters; EU for its other members; empty for everywhere else.")),
            Field(name="subdivision", label=_("Province"), hint=_("Such as QC.")),
            Field(name="tax", label=_("Tax"), value="VAT", hint="VAT, GST, QST …", required=True),
            Field(name="category", label=_("Category"), kind="choice", options=options(category_names(), "S"), required=True),
            Field(name="rate", label=_("Rate in percent"), kind="text", hint=_("Such as 20 or 9.975."), required=True),
            Field(name="name_en", label=_("Name in English"), value="VAT", required=True),
            Field(name="name_fr", label=_("Name in French"), value="TVA", required=True),
            Field(name="reason_en", label=_("Why no tax is due, in English")),
            Field(name="reason_fr", label=_("Why no tax is due, in French")),
            Field(name="reason_code", label=_("Code of that reason"), hint="VATEX-EU-AE"),
            Field(name="vat_id", label=_("Only for buyers"), kind="choice", options=options({"yes": _("with a VAT number"), "no": _("without one")})),
            Field(name="valid_from", label=_("From"), kind="date", value=day.isoformat(), required=True),
        ),
    )  # fmt: skip


def add_rule(by: Viewer, sent: Sent) -> str:
    """Add it."""
    selling.add_tax_rule(
        by=by,
        country=sent.text("country"),
        subdivision=sent.text("subdivision"),
        tax=sent.text("tax"),
        category=sent.chosen("category"),
        rate=rate_of(sent.text("rate")),
        names={"en": sent.text("name_en"), "fr": sent.text("name_fr")},
        reasons={"en": sent.text("reason_en"), "fr": sent.text("reason_fr")},
        reason_code=sent.text("reason_code"),
        vat_id=sent.chosen("vat_id"),
        valid_from=sent.day("valid_from") or date.min,
    )
    return _("Added.")


def rate_of(text: str) -> int:
    """`9,975` and `9.975` as thousandths of a percent. Raises Refused."""
    whole, _point, rest = text.replace(",", ".").removesuffix("%").strip().partition(".")
    if not (
        whole.isascii()
        and whole.isdigit()
        and len(whole) <= 3
        and len(rest) <= 3
        and (not rest or (rest.isascii() and rest.isdigit()))
    ):
        raise Refused(
            code="bad-field",
            en="A rate is a percentage with at most three decimals, such as 9.975.",
            fr="Un taux est un pourcentage avec au plus trois décimales, comme 9,975.",
        )
    return int(whole) * 1000 + int(rest.ljust(3, "0") or 0)


def end_rule_form(rules: Mapping[str, str], day: date) -> Form:
    """A rule that no longer holds."""
    return Form(
        action="end-rule",
        title=_("End a rule"),
        button=_("End it"),
        url=reverse("desk:finance-settings-act", args=["end-rule"]),
        fields=(
            Field(name="rule", label=_("Rule"), kind="choice", options=options(rules), required=True),
            Field(
                name="until",
                label=_("It no longer holds from"),
                kind="date",
                value=day.isoformat(),
                required=True,
            ),
        ),
    )


def end_rule(by: Viewer, sent: Sent) -> str:
    """End it."""
    selling.end_tax_rule(by=by, rule_id=sent.id("rule") or UUID(int=0), until=sent.day("until") or date.min)
    return _("Ended.")
