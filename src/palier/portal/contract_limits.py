"""What a customer agrees to on its contract: a limit within which nothing is asked, another plan, the binding texts."""

from __future__ import annotations

from collections.abc import Mapping

from palier.contracts import agreements, caps, requests
from palier.core import money
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.portal.deeds import Deed, Ground

# --- what may be spent without asking -----------------------------------------------------------------


def _cap_form(ground: Ground) -> Form | None:
    if not caps.may_set(ground.viewer, ground.contract, ground.now):
        return None
    cap = caps.cap_of(ground.viewer.vendor_id, ground.contract.id, ground.now)
    names = {id_: one.name for id_, one in ground.contacts.items()}
    chosen = [str(one) for one in cap.approvers] if cap is not None else []
    currency = ground.programme.currency
    return ground.form(
        "cap",
        _("Change what may be spent without asking") if cap is not None else _("Agree beforehand to a limit"),
        _("Agree"),
        Field(
            name="minutes",
            label=_("Minutes a request"),
            kind="whole",
            value=str(cap.per_request_minutes or "") if cap is not None else "",
            hint=_("Such as 120 for two hours."),
        ),
        Field(
            name="request",
            label=_("Amount a request (%(currency)s)") % {"currency": currency},
            kind="money",
            value=_typed(cap.per_request_amount if cap is not None else None, currency),
        ),
        Field(
            name="month",
            label=_("Amount a month (%(currency)s)") % {"currency": currency},
            kind="money",
            value=_typed(cap.per_month_amount if cap is not None else None, currency),
        ),
        Field(
            name="approvers",
            label=_("Who agrees to more"),
            kind="several",
            options=options(names, *chosen),
            hint=_("Nobody ticked: whoever agrees to estimates."),
        ),
        says=_(
            "Estimates within every limit you give are agreed to at once, in your name, and you are told."
        ),
    )


def _typed(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(money.Amount(minor=minor, currency=currency).decimal())


def _cap(ground: Ground, sent: Sent) -> str:
    caps.set_cap(
        by=ground.viewer,
        contract=ground.row,
        now=ground.now,
        per_request_minutes=sent.whole("minutes"),
        per_request_amount=sent.money("request", ground.programme.currency),
        per_month_amount=sent.money("month", ground.programme.currency),
        approvers=[ground.contacts[one] for one in sent.several("approvers")],
    )
    return _("Agreed, from now on.")


def _no_cap_form(ground: Ground) -> Form | None:
    if not caps.may_set(ground.viewer, ground.contract, ground.now):
        return None
    if caps.cap_of(ground.viewer.vendor_id, ground.contract.id, ground.now) is None:
        return None
    return ground.form(
        "no-cap",
        _("Ask me every time"),
        _("Withdraw the limit"),
        says=_("What was agreed to under it stays agreed."),
    )


def _no_cap(ground: Ground, sent: Sent) -> str:
    del sent
    caps.withdraw_cap(by=ground.viewer, contract=ground.row, now=ground.now)
    return _("Withdrawn. Every estimate is asked from now on.")


# --- another plan, texts ----------------------------------------------------------------------------


def _ask_form(ground: Ground) -> Form | None:
    plans = requests.plans_to_ask(ground.contract, ground.now)
    waits = requests.plan_requests(ground.viewer, open_only=True).filter(contract_id=ground.contract.id)
    if not (plans and ground.may_name) or waits.exists():
        return None
    names = {plan.id: ground.speech.text(plan.name) for plan in plans}
    texts = " ".join(ground.speech.text(plan.text) for plan in plans)
    return ground.form(
        "ask-plan",
        _("Ask for another plan"),
        _("Send to your account manager"),
        Field(name="plan", label=_("Plan"), kind="choice", options=options(names), required=True),
        Field(name="words", label=_("What you need it for"), kind="long"),
        says=texts,
    )


def _ask(ground: Ground, sent: Sent) -> str:
    requests.ask_for_plan(
        by=ground.viewer,
        contract=ground.row,
        plan=sent.chosen("plan"),
        words=sent.text("words"),
        now=ground.now,
    )
    return _("Sent. Your account manager answers here.")


def _accept_form(ground: Ground) -> Form | None:
    if not ground.may_name:
        return None
    waiting = {
        one.document: f"{ground.speech.text(one.named.name) if one.named is not None else one.document}, {one.version}"
        for one in agreements.of_contract(ground.viewer.vendor_id, ground.contract.id, ground.programme)
        if one.until_at is None and one.accepted_at is None
    }
    if not waiting:
        return None
    return ground.form(
        "accept",
        _("Accept a text"),
        _("Accept it for your organisation"),
        Field(name="document", label=_("Text"), kind="choice", options=options(waiting), required=True),
        says=_("Read it first: your name and the time are kept with its version and fingerprint."),
    )


def _accept(ground: Ground, sent: Sent) -> str:
    agreements.accept(by=ground.viewer, contract=ground.row, document=sent.chosen("document"), now=ground.now)
    return _("Accepted, and kept with your name and the time.")


DEEDS: Mapping[str, Deed] = {
    "cap": Deed(section="cap", show=_cap_form, do=_cap),
    "no-cap": Deed(section="cap", show=_no_cap_form, do=_no_cap),
    "ask-plan": Deed(section="plan", show=_ask_form, do=_ask),
    "accept": Deed(section="texts", show=_accept_form, do=_accept),
}
