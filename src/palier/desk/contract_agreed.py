"""What a contract agrees beforehand, and what is asked of it: caps, another plan, a newer revision of the programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from palier.contracts import caps, moving, requests
from palier.contracts.models import PlanRequest, ProgrammeRevision
from palier.desk.deeds import Deed, Ground
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import access
from palier.people import queries as people
from palier.people.models import Role, Staff

_MANAGES = {
    role.value for role in (Role.ACCOUNT_MANAGER, Role.DELIVERY_MANAGER, Role.CONSULTANT, Role.ENGINEER)
}
"""Whom a plan that is granted may name as its solutions manager."""


def revisions(ground: Ground) -> dict[UUID, ProgrammeRevision]:
    """The revisions of the programme newer than the contract's, the latest first."""
    rows = ProgrammeRevision.objects.filter(vendor_id=ground.viewer.vendor_id, programme=ground.programme.id)
    mine = rows.get(id=ground.contract.revision_id)
    newer = rows.filter(recorded_at__gt=mine.recorded_at).order_by("-effective_on", "-recorded_at")
    return {one.id: one for one in newer.defer("source")}


# --- caps -------------------------------------------------------------------------------------------


def _cap_form(ground: Ground) -> Form | None:
    names = ground.names()
    if not names:
        return None
    currency = {"currency": ground.programme.currency}
    return ground.form(
        "cap",
        _("Agree on a cap"),
        _("Agree"),
        Field(name="minutes", label=_("Minutes a request without asking"), kind="whole"),
        Field(name="amount", label=_("Amount a request, %(currency)s") % currency, kind="money"),
        Field(name="month", label=_("Amount a month, %(currency)s") % currency, kind="money"),
        Field(
            name="agreed_by",
            label=_("Which contact agreed"),
            kind="choice",
            options=options(names),
            required=True,
        ),
        Field(name="approvers", label=_("Who may agree to more"), kind="several", options=options(names)),
        says=_("Within it, work goes on without asking; every such yes is recorded as given by the cap."),
    )


def _cap(ground: Ground, sent: Sent) -> str:
    caps.set_cap(
        by=ground.viewer,
        contract=ground.row,
        now=ground.now,
        per_request_minutes=sent.whole("minutes"),
        per_request_amount=sent.money("amount", ground.programme.currency),
        per_month_amount=sent.money("month", ground.programme.currency),
        approvers=[ground.contacts[id_] for id_ in sent.several("approvers")],
        agreed_by=ground.contacts[sent.chosen("agreed_by")],
    )
    return _("The cap is agreed; the contact is told.")


def _cap_off_form(ground: Ground) -> Form | None:
    if caps.cap_of(ground.viewer.vendor_id, ground.contract.id, ground.now) is None:
        return None
    return ground.form(
        "cap-off", _("Withdraw the cap"), _("Withdraw"), says=_("From now on everything is asked again.")
    )


def _cap_off(ground: Ground, sent: Sent) -> str:
    del sent
    caps.withdraw_cap(by=ground.viewer, contract=ground.row, now=ground.now)
    return _("The cap is withdrawn.")


# --- another plan -----------------------------------------------------------------------------------


def asked(ground: Ground) -> PlanRequest | None:
    """The request for another plan that waits for its answer."""
    return requests.plan_requests(ground.viewer, open_only=True).filter(contract=ground.row).first()


def plan_name(ground: Ground, id_: str) -> str:
    """A plan's name, or its id where the programme no longer has it."""
    found = ground.programme.plans.get(id_)
    return ground.speech.text(found.name) if found is not None else id_


def _grant_form(ground: Ground) -> Form | None:
    request = asked(ground)
    if request is None:
        return None
    managers = {
        str(one.id): one.name for one in people.staff_to_assign(ground.viewer) if _MANAGES & set(one.roles)
    }
    return ground.form(
        "grant-plan",
        _("Grant %(plan)s") % {"plan": plan_name(ground, request.plan)},
        _("Grant"),
        Field(name="from", label=_("From"), kind="date", hint=_("Left empty: from now on.")),
        Field(name="manager", label=_("Solutions manager"), kind="choice", options=options(managers)),
        Field(name="answer", label=_("What the customer reads"), kind="long"),
        says=request.words,
    )


def _grant(ground: Ground, sent: Sent) -> str:
    request = asked(ground)
    assert request is not None  # without one there is no form
    chosen = sent.id("manager")
    requests.grant_plan(
        by=ground.viewer,
        request=request,
        now=ground.now,
        answer=sent.text("answer"),
        from_on=sent.day("from"),
        solutions_manager=None
        if chosen is None
        else Staff.objects.get(vendor_id=ground.viewer.vendor_id, id=chosen),
    )
    return _("Granted; the contract is amended and the contact is told.")


def _decline_form(ground: Ground) -> Form | None:
    request = asked(ground)
    if request is None:
        return None
    return ground.form(
        "decline-plan",
        _("Decline %(plan)s") % {"plan": plan_name(ground, request.plan)},
        _("Decline"),
        Field(name="answer", label=_("Why, for the customer"), kind="long", required=True),
    )


def _decline(ground: Ground, sent: Sent) -> str:
    request = asked(ground)
    assert request is not None  # without one there is no form
    requests.decline_plan(by=ground.viewer, request=request, answer=sent.text("answer"), now=ground.now)
    return _("Declined; the contact reads why.")


# --- a newer revision -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the latest revision would change for this customer: from when it is in force, and each difference."""

    since: str
    lines: tuple[tuple[str, str], ...]
    """(better, worse or neutral; the sentence), worst first."""


def changes(ground: Ground) -> Changes | None:
    """What moving to the latest revision would change; None where there is no newer one."""
    latest = next(iter(revisions(ground).values()), None)
    if latest is None:
        return None
    found = moving.worse_first(moving.statement(ground.contract, latest, ground.now))
    words = {moving.Turn.BETTER: _("better"), moving.Turn.WORSE: _("worse")}
    return Changes(
        since=ground.speech.moments.date(latest.effective_on),
        lines=tuple(
            (words.get(one.turn, ""), ground.speech.typeset(one.said[ground.speech.language]))
            for one in found
        ),
    )


def _move_form(ground: Ground) -> Form | None:
    newer = revisions(ground)
    if not newer:
        return None
    names = {
        str(one.id): _("in force from %(date)s") % {"date": ground.speech.moments.date(one.effective_on)}
        for one in newer.values()
    }
    return ground.form(
        "move",
        _("Move to a newer programme"),
        _("Move"),
        Field(name="revision", label=_("Programme"), kind="choice", options=options(names), required=True),
        Field(name="from", label=_("From"), kind="date", hint=_("Left empty: from now on.")),
        says=_("What changes for this customer stands above; the customer is told."),
    )


def _move(ground: Ground, sent: Sent) -> str:
    chosen = sent.id("revision")
    assert chosen is not None
    moving.move(
        by=ground.viewer,
        contract=ground.row,
        revision=revisions(ground)[chosen],
        now=ground.now,
        from_on=sent.day("from"),
    )
    return _("Moved; the customer is told what changes.")


DEEDS: Mapping[str, Deed] = {
    "cap": Deed(section="agreed", roles=access.DRAWS_UP, show=_cap_form, do=_cap),
    "cap-off": Deed(section="agreed", roles=access.DRAWS_UP, show=_cap_off_form, do=_cap_off),
    "grant-plan": Deed(section="agreed", roles=access.DRAWS_UP, show=_grant_form, do=_grant),
    "decline-plan": Deed(section="agreed", roles=access.DRAWS_UP, show=_decline_form, do=_decline),
    "move": Deed(section="agreed", roles=access.DRAWS_UP, show=_move_form, do=_move),
}
