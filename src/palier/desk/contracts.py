"""Contracts on the desk: the list, one with everything that hangs on it, and what can be done to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.contracts import agreements, caps
from palier.contracts import queries as contracts
from palier.contracts.models import Agreement, Contract
from palier.desk import contract_agreed, contract_deeds
from palier.desk.contract_agreed import Changes
from palier.desk.contract_deeds import DEEDS
from palier.desk.deeds import Ground
from palier.ledger import queries as ledger
from palier.ledger.models import Account
from palier.pages import (
    attachment,
    contract_blocks,
    contract_caps,
    contract_people,
    contract_words,
    ledger_lines,
    saying,
    viewing,
)
from palier.pages import speech as speeches
from palier.pages.balances import BalanceView
from palier.pages.catalogue import gettext as _
from palier.pages.contract_history import Happened
from palier.pages.contract_people import RoleView
from palier.pages.contract_words import PlacesView, PlanView, ProjectView, SolutionView, StandingView
from palier.pages.small_forms import Form
from palier.pages.speech import Speech
from palier.people import access
from palier.people.access import Viewer

A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A contract in the list."""

    url: str
    number: str
    customer: str
    plan: str
    term: str
    seats: int
    standing: StandingView


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """A binding text as it stands on the contract, with where each language of it is read."""

    name: str
    version: str
    note: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """Everything the page of one contract shows; `forms` by section."""

    number: str
    customer: str
    customer_url: str
    standing: StandingView
    facts: tuple[tuple[str, str], ...]
    plan: PlanView
    places: PlacesView
    roles: tuple[RoleView, ...]
    balances: tuple[BalanceView, ...]
    projects: tuple[ProjectView, ...]
    solutions: tuple[SolutionView, ...]
    asked: str
    cap: str
    changes: Changes | None
    texts: tuple[TextView, ...]
    history: tuple[Happened, ...]
    revision: str
    forms: dict[str, list[Form]]


@viewing.for_staff
@require_safe
def contracts_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The contracts a page at a time, by number; found by number or customer."""
    speech, now = speeches.of(request), timezone.now()
    sought, after = request.GET.get("q", "").strip()[:80], request.GET.get("after", "")[:40]
    rows = contracts.contracts(viewer)
    if sought:
        rows = rows.filter(Q(number__icontains=sought) | Q(organisation__name__icontains=sought))
    if after:
        rows = rows.filter(number__gt=after)
    found = list(rows[: A_PAGE + 1])
    lines = [_line(viewer, row, speech, now) for row in found[:A_PAGE]]
    more = f"{reverse('desk:contracts')}?{_query(sought, found[A_PAGE - 1].number)}" if found[A_PAGE:] else ""
    context = {
        "lines": lines,
        "sought": sought,
        "more": more,
        "may_draw_up": viewer.has_role(access.DRAWS_UP),
    }
    return render(request, "desk/contracts.html", context)


def _query(sought: str, after: str) -> str:
    found = QueryDict(mutable=True)
    found.update({"q": sought, "after": after} if sought else {"after": after})
    return found.urlencode()


def _line(viewer: Viewer, row: Contract, speech: Speech, now: datetime) -> Line:
    contract = contracts.contract_at(viewer.vendor_id, row.id, now)
    programme = contracts.programme(contract.revision_id)
    return Line(
        url=reverse("desk:contract", args=[contract.id]),
        number=contract.number,
        customer=row.organisation.name,
        plan=contract_words.plan(contract, programme, speech).name,
        term=contract_words.term(contract, speech),
        seats=contract.seats,
        standing=contract_words.standing(contract, programme, speech, now),
    )


# --- one contract -----------------------------------------------------------------------------------


@viewing.for_staff
@require_safe
def contract_page(request: HttpRequest, viewer: Viewer, contract_id: UUID) -> HttpResponse:
    """One contract."""
    return render(request, "desk/contract.html", _context(request, _ground(request, viewer, contract_id)))


def _ground(request: HttpRequest, viewer: Viewer, contract_id: UUID) -> Ground:
    """The contract asked for. Http404 alike for a missing one and one this viewer may not see."""
    now = timezone.now()
    row = contracts.contracts(viewer).filter(id=contract_id).first()
    if row is None:
        raise Http404
    contract = contracts.contract_at(viewer.vendor_id, row.id, now)
    return Ground(
        viewer=viewer,
        row=row,
        contract=contract,
        programme=contracts.programme(contract.revision_id),
        speech=speeches.of(request),
        now=now,
        contacts=contract_deeds.contacts_of(viewer, contract),
    )


def _context(
    request: HttpRequest, ground: Ground, *, tried: str = "", sent: QueryDict | None = None, refusal: str = ""
) -> dict[str, Any]:
    del request
    shown = contract_deeds.shown(ground, tried=tried, sent=sent, refusal=refusal)
    told = any(form.opened for section in shown.values() for form in section)
    return {"page": _view(ground, shown), "refusal": "" if told else refusal}


def _view(ground: Ground, shown: dict[str, list[Form]]) -> ContractView:
    contract, programme, speech, now = ground.contract, ground.programme, ground.speech, ground.now
    return ContractView(
        number=contract.number,
        customer=ground.row.organisation.name,
        customer_url=reverse("desk:customer", args=[contract.organisation_id]),
        standing=contract_words.standing(contract, programme, speech, now),
        facts=contract_words.facts(contract, programme, speech, now),
        plan=contract_words.plan(contract, programme, speech),
        places=contract_words.places(contract, programme, _people(ground), speech, now),
        roles=contract_people.views(
            contract, programme, speech, now, region=contract_blocks.region(contract)
        ),
        balances=contract_blocks.left(
            ground.viewer,
            contract,
            programme,
            speech,
            now,
            ledger_url=lambda account: reverse("desk:contract-ledger", args=[contract.id, account]),
        ),
        projects=contract_words.projects(contract, speech, now),
        solutions=contract_blocks.solutions(contract, speech, now),
        asked=_asked(ground),
        cap=contract_caps.sentence(caps.cap_of(ground.viewer.vendor_id, contract.id, now), speech),
        changes=contract_agreed.changes(ground),
        texts=_texts(ground),
        history=contract_blocks.history(ground.viewer, contract, programme, speech, known=ground.names()),
        revision=speech.moments.date(programme.effective_on),
        forms=shown,
    )


def _people(ground: Ground) -> dict[UUID, tuple[str, str]]:
    return {one.id: (one.name, one.email) for one in ground.contacts.values()}


def _asked(ground: Ground) -> str:
    request = contract_agreed.asked(ground)
    if request is None:
        return ""
    return _("%(who)s asked for %(plan)s on %(date)s: %(words)s") % {
        "who": request.asked_by.name,
        "plan": contract_agreed.plan_name(ground, request.plan),
        "date": ground.speech.moments.date(ground.speech.moments.local(request.asked_at)),
        "words": request.words,
    }


def _texts(ground: Ground) -> tuple[TextView, ...]:
    speech = ground.speech
    moments = speech.moments_in(ground.contract.zone)
    found = []
    for one in agreements.of_contract(ground.viewer.vendor_id, ground.contract.id, ground.programme):
        note = _("since %(date)s") % {"date": moments.date(moments.local(one.from_at))} if one.from_at else ""
        if one.until_at is not None:
            note = _("until %(date)s") % {"date": moments.date(moments.local(one.until_at))}
        elif one.accepted_at is not None:
            note = _("accepted by %(who)s on %(date)s") % {
                "who": one.accepted_by,
                "date": moments.date(moments.local(one.accepted_at)),
            }
        found.append(
            TextView(
                name=speech.text(one.named.name) if one.named is not None else one.document,
                version=one.version,
                note=note,
                links=tuple(
                    (reverse("desk:agreement", args=[text.id]), text.language.upper()) for text in one.texts
                ),
            )
        )
    return tuple(found)


@viewing.for_staff
@require_safe
def ledger_page(request: HttpRequest, viewer: Viewer, contract_id: UUID, account_id: UUID) -> HttpResponse:
    """The lines of one account of a contract, newest first."""
    ground = _ground(request, viewer, contract_id)
    before = request.GET.get("before", "")
    try:
        account = ledger.visible_account(viewer, account_id)
        if account.organisation_id != ground.contract.organisation_id:
            raise Http404
        found = ledger.entries(viewer, account_id, before=_number(before))
    except Account.DoesNotExist:
        raise Http404 from None
    view = ledger_lines.view(
        found,
        ground.speech,
        zone=ground.contract.zone,
        ticket_url=lambda number: reverse("desk:ticket", args=[number]),
    )
    return render(request, "desk/ledger.html", {"ledger": view, "ground": ground})


def _number(text: str) -> int | None:
    """The number of a line to go on from; None for none, or for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


@viewing.for_staff
@require_safe
def agreement(request: HttpRequest, viewer: Viewer, agreement_id: UUID) -> HttpResponse:
    """The text of a version, as it was deposited."""
    del request
    try:
        found = agreements.text(viewer, agreement_id)
    except Agreement.DoesNotExist:
        raise Http404 from None
    return attachment.of_paper(found.paper)


@viewing.shown_by(contract_page, dropping="action")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, contract_id: UUID, action: str) -> HttpResponse:
    """Do one thing to a contract; a refusal shows the page again with its form open and what was typed."""
    ground = _ground(request, viewer, contract_id)
    if action not in DEEDS:
        raise Http404
    try:
        # What a deed wrote before it was refused goes with it: the page that tells so answers no error.
        with transaction.atomic():
            done = contract_deeds.do(ground, action, request.POST, request.FILES)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, ground.speech)
        context = _context(request, ground, tried=action, sent=request.POST, refusal=refusal)
        return render(request, "desk/contract.html", context, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:contract", args=[contract_id]) + f"#{DEEDS[action].section}")
