"""What can be done by hand to what a contract has left: correct it or move it to another contract, with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.desk.deeds import Deed, Ground
from palier.ledger import accounts, by_hand
from palier.pages import quantities
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import access
from palier.people.access import Refused


def _allowances(ground: Ground) -> dict[str, str]:
    return {one.id: ground.speech.text(one.name) for one in ground.programme.allowances.values()}


def _figure_hint(programme: Programme) -> str:
    hours = any(one.unit == quantities.HOUR_UNIT for one in programme.allowances.values())
    return _("Hours in minutes: 90 for an hour and a half.") if hours else ""


def _adjust_form(ground: Ground) -> Form | None:
    names = _allowances(ground)
    if not names:
        return None
    return ground.form(
        "adjust",
        _("Correct a balance"),
        _("Correct"),
        Field(name="allowance", label=_("What"), kind="choice", options=options(names), required=True),
        Field(
            name="difference",
            label=_("How many more or fewer"),
            kind="figure",
            required=True,
            hint=_figure_hint(ground.programme),
        ),
        Field(name="reason", label=_("Why, for the customer"), kind="long", required=True),
        says=_("Nothing is rewritten: a line of its own says who corrected it and why."),
    )


def _adjust(ground: Ground, sent: Sent) -> str:
    difference = sent.figure("difference")
    if not difference:
        raise Refused(
            code="nothing-changes",
            en="Say by how many: a whole number other than 0.",
            fr="Dites de combien : un nombre entier autre que 0.",
        )
    allowance = sent.chosen("allowance")
    by_hand.adjust(
        by=ground.viewer,
        owner=accounts.owner_for(
            ground.programme, allowance, ground.contract, ground.contract.organisation_id
        ),
        allowance=allowance,
        difference=difference,
        reason=sent.text("reason"),
        now=ground.now,
    )
    return _("Corrected; the line says why.")


def _siblings(ground: Ground) -> dict[str, str]:
    found = contracts.contracts_of(ground.viewer.vendor_id, ground.contract.organisation_id)
    return {str(one.id): one.number for one in found if one.id != ground.contract.id}


def _transfer_form(ground: Ground) -> Form | None:
    names, siblings = _allowances(ground), _siblings(ground)
    if not names or not siblings:
        return None
    return ground.form(
        "transfer",
        _("Move some to another contract"),
        _("Move"),
        Field(name="allowance", label=_("What"), kind="choice", options=options(names), required=True),
        Field(
            name="quantity",
            label=_("How many"),
            kind="whole",
            required=True,
            hint=_figure_hint(ground.programme),
        ),
        Field(name="to", label=_("To contract"), kind="choice", options=options(siblings), required=True),
        Field(name="reason", label=_("Why, for the customer"), kind="long", required=True),
    )


def _transfer(ground: Ground, sent: Sent) -> str:
    allowance, customer = sent.chosen("allowance"), ground.contract.organisation_id
    there = contracts.contract_for(ground.viewer.vendor_id, customer, ground.now, sent.id("to"))
    assert there is not None  # a choice of its own list
    by_hand.transfer(
        by=ground.viewer,
        source=accounts.owner_for(ground.programme, allowance, ground.contract, customer),
        target=accounts.owner_for(contracts.programme(there.revision_id), allowance, there, customer),
        allowance=allowance,
        quantity=sent.whole("quantity") or 0,
        reason=sent.text("reason"),
        now=ground.now,
    )
    return _("Moved; both contracts say so.")


DEEDS: Mapping[str, Deed] = {
    "adjust": Deed(section="left", roles=access.CORRECTS_BALANCES, show=_adjust_form, do=_adjust),
    "transfer": Deed(section="left", roles=access.TAKES_MONEY, show=_transfer_form, do=_transfer),
}
