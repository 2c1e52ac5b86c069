"""Asking for another plan: a contact asks its account manager, the vendor grants or declines, and the contract follows."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from palier.contracts import changing, naming, queries, recording, roles
from palier.contracts.models import Contract, EventKind, NamedRole, PlanRequest
from palier.contracts.standings import Standing, Standings
from palier.core.programme import Plan
from palier.people import access, notices
from palier.people.models import Staff


def plans_to_ask(there: Standings, now: datetime) -> tuple[Plan, ...]:
    """The plans a contract could ask for: those of its kind that build on its own."""
    current = there.as_of(now)
    programme = queries.programme(current.revision_id)
    running = programme.plans.get(current.plan)
    if running is None:
        return ()
    return tuple(
        plan
        for plan in programme.plans.values()
        if plan.kind == running.kind and plan.id != running.id and running.id in plan.lineage
    )


def ask_for_plan(
    *, by: access.Viewer, contract: Contract, plan: str, words: str, now: datetime
) -> PlanRequest:
    """A contact asks for another plan in its own words; the account manager is told. One request at a time."""
    asking = by.as_contact()
    there = recording.take(by, contract)
    if not naming.may_name(by, there, now):
        raise access.Refused(
            code="not-your-contract",
            en="Only its authorised contacts and your account's administrator ask for another plan.",
            fr="Seuls ses contacts autorisés et l’administrateur de votre compte demandent un autre plan.",
        )
    known = {one.id: one for one in plans_to_ask(there, now)}
    if plan not in known or there.standing(now) is Standing.ENDED:
        names = ", ".join(known) or "–"
        raise access.Refused(
            code="not-to-ask-for",
            en=f"The plan {plan!r} cannot be asked for on this contract; these can: {names}.",
            fr=f"Le plan {plan!r} ne peut être demandé sur ce contrat ; ceux-ci le peuvent : {names}.",
        )
    if PlanRequest.objects.filter(vendor_id=by.vendor_id, contract=contract, answered_at=None).exists():
        raise access.Refused(
            code="asked-already",
            en="A plan was asked for already and waits for its answer.",
            fr="Un plan a déjà été demandé et attend sa réponse.",
        )
    request = PlanRequest.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        plan=plan,
        words=words.strip(),
        asked_by_id=asking,
        asked_at=now,
    )
    data: dict[str, object] = {"plan": plan, "request": request.id}
    recording.record(by=by, contract=contract, kind=EventKind.PLAN_ASKED, now=now, data=data)
    notices.notify(
        vendor_id=by.vendor_id,
        staff=roles.vendor_side(there.as_of(now), now),
        kind=notices.Kind.PLAN_ASKED,
        data={"contract": contract.id, "plan": plan, "contact": asking, "request": request.id},
        now=now,
    )
    return request


def grant_plan(
    *,
    by: access.Viewer,
    request: PlanRequest,
    now: datetime,
    answer: str = "",
    from_on: date | None = None,
    yearly_amount: int | None = None,
    solutions_manager: Staff | None = None,
) -> Contract:
    """Grant a plan asked for, from now or from a date on; its contract is amended, and the contact is told.

    A solutions manager is named with it where the plan has one.
    """
    access.require_role(by, access.DRAWS_UP)
    locked, contract = _open(by, request)
    contract = changing.amend(
        by=by, contract=contract, now=now, from_on=from_on, plan=locked.plan, yearly_amount=yearly_amount
    )
    if solutions_manager is not None:
        roles.name_role(
            by=by,
            contract=contract,
            role=NamedRole.SOLUTIONS_MANAGER,
            staff=solutions_manager,
            now=now,
        )
    _answer(by, locked, contract, now, granted=True, answer=answer)
    return contract


def decline_plan(*, by: access.Viewer, request: PlanRequest, answer: str, now: datetime) -> PlanRequest:
    """Decline a plan asked for, saying why; the contact is told."""
    access.require_role(by, access.DRAWS_UP)
    locked, contract = _open(by, request)
    if not answer.strip():
        raise access.Refused(
            code="no-reason",
            en="Say why: the customer will read it.",
            fr="Dites pourquoi : le client le lira.",
        )
    return _answer(by, locked, contract, now, granted=False, answer=answer)


def _open(by: access.Viewer, request: PlanRequest) -> tuple[PlanRequest, Contract]:
    contract = Contract.objects.get(vendor_id=by.vendor_id, id=request.contract_id)
    recording.take(by, contract)
    locked = PlanRequest.objects.get(vendor_id=by.vendor_id, id=request.id)
    if locked.answered_at is not None:
        raise access.Refused(
            code="answered-already",
            en="This request was answered already.",
            fr="Cette demande a déjà reçu sa réponse.",
        )
    return locked, contract


def _answer(
    by: access.Viewer, request: PlanRequest, contract: Contract, now: datetime, *, granted: bool, answer: str
) -> PlanRequest:
    request.granted, request.answer = granted, answer.strip()
    request.answered_at, request.answered_by_id = now, by.staff_id
    request.save(update_fields=["granted", "answer", "answered_at", "answered_by"])
    event = EventKind.PLAN_GRANTED if granted else EventKind.PLAN_DECLINED
    data: dict[str, object] = {"plan": request.plan, "request": request.id}
    recording.record(by=by, contract=contract, kind=event, now=now, data=data)
    notices.notify(
        vendor_id=by.vendor_id,
        contacts=[request.asked_by_id],
        kind=notices.Kind.PLAN_GRANTED if granted else notices.Kind.PLAN_DECLINED,
        data={"contract": contract.id, "plan": request.plan, "request": request.id},
        now=now,
    )
    return request


def plan_requests(viewer: access.Viewer, *, open_only: bool = False) -> QuerySet[PlanRequest]:
    """The requests for another plan on the contracts a viewer sees, newest first."""
    found = PlanRequest.objects.filter(
        vendor_id=viewer.vendor_id, contract__in=queries.contracts(viewer)
    ).select_related("contract__organisation", "asked_by", "answered_by")
    if open_only:
        found = found.filter(answered_at=None)
    return found.order_by("-asked_at", "-id")
