"""What can be changed of a contract on the desk: seats, plan, options, products, amount; a new term."""

from __future__ import annotations

from collections.abc import Mapping

from palier.contracts import actions
from palier.desk.deeds import Deed, Ground, today
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import access


def _plans(ground: Ground) -> dict[str, str]:
    return {one.id: ground.speech.text(one.name) for one in ground.programme.plans.values()}


def _from_field() -> Field:
    return Field(
        name="from",
        label=_("From"),
        kind="date",
        hint=_("Left empty: from now on. A date before today brings in what was agreed then."),
    )


# --- seats ------------------------------------------------------------------------------------------


def _seats_form(ground: Ground) -> Form:
    return ground.form(
        "seats",
        _("Change the seats"),
        _("Change"),
        Field(name="seats", label=_("Seats"), kind="whole", value=str(ground.contract.seats), required=True),
        _from_field(),
        says=_(
            "More seats raise what follows them at once; fewer never take back what was used or reserved."
        ),
    )


def _seats(ground: Ground, sent: Sent) -> str:
    actions.change_seats(
        by=ground.viewer,
        contract=ground.row,
        seats=sent.whole("seats") or 0,
        now=ground.now,
        from_on=sent.day("from"),
    )
    return _("The seats are changed.")


# --- plan, options, amount, environments ------------------------------------------------------------


def _amend_form(ground: Ground) -> Form:
    programme, contract, speech = ground.programme, ground.contract, ground.speech
    fields = [
        Field(name="plan", label=_("Plan"), kind="choice", options=options(_plans(ground), contract.plan)),
    ]
    known = programme.facts["option"].values if "option" in programme.facts else {}
    if known:
        names = {id_: speech.text(name) for id_, name in known.items()}
        fields.append(
            Field(
                name="options",
                label=_("Options"),
                kind="several",
                options=options(names, *contract.options),
            )
        )
    if any(one.offered_from is not None for one in programme.plans.values()):
        fields.append(
            Field(
                name="yearly_amount",
                label=_("Yearly amount, %(currency)s") % {"currency": programme.currency},
                kind="money",
                hint=_("With the plan left open, the amount gives the plan."),
            )
        )
    environments = {id_: speech.text(name) for id_, name in programme.environments.items()}
    if environments:
        fields.append(
            Field(
                name="environments",
                label=_("Environments"),
                kind="several",
                options=options(environments, *contract.environments),
            )
        )
    return ground.form("amend", _("Amend"), _("Amend"), *fields, _from_field())


def _amend(ground: Ground, sent: Sent) -> str:
    asked = {field.name for field in sent.form.fields}
    plan = sent.chosen("plan") or None
    actions.amend(
        by=ground.viewer,
        contract=ground.row,
        now=ground.now,
        from_on=sent.day("from"),
        plan=plan,
        options=sent.several("options") if "options" in asked else None,
        environments=sent.several("environments") if "environments" in asked else None,
        yearly_amount=sent.money("yearly_amount", ground.programme.currency)
        if "yearly_amount" in asked
        else None,
    )
    return _("Amended; the history keeps what it was.")


# --- products ---------------------------------------------------------------------------------------


def _products_form(ground: Ground) -> Form | None:
    names = {one.id: ground.speech.text(one.name) for one in ground.programme.products.values()}
    if not names:
        return None
    held = ground.contract.products
    return ground.form(
        "products",
        _("Change the products"),
        _("Change"),
        Field(name="products", label=_("Products"), kind="several", options=options(names, *held)),
        Field(
            name="unmaintained",
            label=_("Of these, not under maintenance"),
            kind="several",
            options=options(names, *(id_ for id_, one in held.items() if not one.maintenance)),
        ),
    )


def _products(ground: Ground, sent: Sent) -> str:
    versions = {id_: one.version for id_, one in ground.contract.products.items()}
    actions.amend(
        by=ground.viewer,
        contract=ground.row,
        now=ground.now,
        products={id_: versions.get(id_, "") for id_ in sent.several("products")},
        unmaintained=sent.several("unmaintained"),
    )
    return _("The products are changed.")


# --- another term -----------------------------------------------------------------------------------


def _renew_form(ground: Ground) -> Form:
    terms = {one.id: ground.speech.text(one.name) for one in ground.programme.terms.values()}
    fields = [
        Field(
            name="starts_on",
            label=_("First day"),
            kind="date",
            hint=_(
                "Left empty: following on, with the same anniversaries. After a gap it is the new origin."
            ),
        ),
        Field(name="plan", label=_("Plan"), kind="choice", options=options(_plans(ground))),
        Field(name="seats", label=_("Seats"), kind="whole"),
        Field(name="paid_on", label=_("Paid on"), kind="date", hint=_("Left empty: pending.")),
    ]
    if terms:
        fields.insert(1, Field(name="term", label=_("Kind of term"), kind="choice", options=options(terms)))
    return ground.form("renew", _("Renew"), _("Renew"), *fields, says=_("What is left open stays as it is."))


def _renew(ground: Ground, sent: Sent) -> str:
    asked = {field.name for field in sent.form.fields}
    actions.renew(
        by=ground.viewer,
        contract=ground.row,
        now=ground.now,
        starts_on=sent.day("starts_on"),
        term=(sent.chosen("term") or None) if "term" in asked else None,
        plan=sent.chosen("plan") or None,
        seats=sent.whole("seats"),
        paid_at=sent.start_of("paid_on"),
    )
    return _("Renewed.")


def _pay_form(ground: Ground) -> Form | None:
    if all(term.paid_at is not None for term in ground.contract.terms):
        return None
    return ground.form(
        "paid",
        _("Record the payment"),
        _("Record it"),
        Field(name="on", label=_("Paid on"), kind="date", value=today(ground), required=True),
        says=_("What is held for it flows at once, with its clock."),
    )


def _pay(ground: Ground, sent: Sent) -> str:
    at = sent.start_of("on")
    assert at is not None
    actions.mark_paid(by=ground.viewer, contract=ground.row, now=ground.now, at=min(at, ground.now))
    return _("Payment recorded; what was held for it is decided anew.")


DEEDS: Mapping[str, Deed] = {
    "paid": Deed(section="standing", roles=access.TAKES_MONEY, show=_pay_form, do=_pay),
    "seats": Deed(section="standing", roles=access.DRAWS_UP, show=_seats_form, do=_seats),
    "amend": Deed(section="standing", roles=access.DRAWS_UP, show=_amend_form, do=_amend),
    "products": Deed(section="standing", roles=access.DRAWS_UP, show=_products_form, do=_products),
    "renew": Deed(section="standing", roles=access.DRAWS_UP, show=_renew_form, do=_renew),
}
