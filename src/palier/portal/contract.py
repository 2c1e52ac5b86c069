"""The customer's contract: how it stands, what is left, who holds its places, and what it binds both sides to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.contracts import queries as contracts
from palier.contracts.models import Contract
from palier.contracts.queries import Standings
from palier.core.programme import Programme
from palier.ledger import accounts
from palier.ledger import queries as ledger
from palier.ledger.models import Account
from palier.pages import (
    balances,
    contract_blocks,
    contract_people,
    contract_words,
    saying,
    viewing,
)
from palier.pages import speech as speeches
from palier.pages.balances import BalanceView
from palier.pages.contract_history import Happened
from palier.pages.contract_people import RoleView
from palier.pages.contract_words import PlacesView, PlanView, ProjectView, SolutionView, StandingView
from palier.pages.small_forms import Form
from palier.pages.speech import Speech
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.models import Contact
from palier.portal import contract_agreed, contract_deeds
from palier.portal.contract_agreed import Agreed
from palier.portal.contract_deeds import DEEDS
from palier.portal.deeds import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A contract of the viewer's as it stands now, with its programme and its customer's name."""

    contract: Standings
    programme: Programme
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPage:
    """Everything the page of one contract shows; `forms` by section."""

    id: UUID
    number: str
    customer: str
    standing: StandingView
    term: str
    facts: tuple[tuple[str, str], ...]
    balances: tuple[BalanceView, ...]
    plan: PlanView
    places: PlacesView
    users: PlacesView
    roles: tuple[RoleView, ...]
    projects: tuple[ProjectView, ...]
    solutions: tuple[SolutionView, ...]
    history: tuple[Happened, ...]
    agreed: Agreed
    forms: dict[str, list[Form]]


# --- all of them ------------------------------------------------------------------------------------


@viewing.for_customers
@require_safe
def contracts_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """All contracts; the page of the only one where there is but one."""
    speech, now = speeches.of(request), timezone.now()
    held = contracts_of(viewer, now)
    if len(held) == 1:
        return HttpResponseRedirect(reverse("portal:contract", args=[held[0].contract.id]))
    listed = [
        {
            "url": reverse("portal:contract", args=[one.contract.id]),
            "number": one.contract.number,
            "customer": one.customer,
            "plan": contract_words.plan(one.contract, one.programme, speech).name,
            "standing": contract_words.standing(one.contract, one.programme, speech, now),
            "term": contract_words.term(one.contract.as_of(now), speech),
        }
        for one in held
    ]
    context: dict[str, Any] = {"contracts": listed}
    programme = speech.programme
    if programme is not None and not held:
        # Without a contract there can still be hours and incidents bought one by one, and more to buy.
        context["balances"] = _own(viewer, programme, speech, now)
        context["blocks"] = contract_agreed.blocks(viewer, None, programme, speech, now)
    return render(request, "portal/contracts.html", context)


def _own(viewer: Viewer, programme: Programme, speech: Speech, now: datetime) -> list[BalanceView]:
    """What is left of what the viewer's organisation bought without a contract."""
    assert viewer.organisation_id is not None
    accounts_ = Account.objects.filter(
        vendor_id=viewer.vendor_id, organisation_id=viewer.organisation_id, contract=None
    ).order_by("allowance")
    found: list[BalanceView] = []
    for one in accounts_:
        owner = accounts.Owner(
            organisation_id=one.organisation_id, contract_id=None, contract=None, unit=one.unit
        )
        stands = ledger.balance(owner=owner, allowance=one.allowance, at=now, vendor_id=viewer.vendor_id)
        counted = balances.Counted(
            allowance=one.allowance,
            left=stands.available,
            granted=stands.granted,
            reserved=stands.reserved,
            used=stands.consumed,
        )
        found.append(balances.view(programme, counted, speech))
    return found


def contracts_of(viewer: Viewer, now: datetime) -> list[Held]:
    """The contracts of the viewer's organisations, those in force first."""
    names = {one.organisation_id: one.organisation.name for one in contracts.contracts(viewer)}
    return [
        Held(contract=one, programme=contracts.programme(one.revision_id), customer=name)
        for organisation_id, name in names.items()
        for one in contracts.in_order(contracts.contracts_of(viewer.vendor_id, organisation_id), now)
    ]


# --- one contract -----------------------------------------------------------------------------------


@viewing.for_customers
@require_safe
def contract_page(request: HttpRequest, viewer: Viewer, contract_id: UUID) -> HttpResponse:
    """One contract."""
    return render(request, "portal/contract.html", _context(ground(request, viewer, contract_id)))


@viewing.shown_by(contract_page, dropping="deed")
@viewing.for_customers
@require_POST
def act(request: HttpRequest, viewer: Viewer, contract_id: UUID, deed: str) -> HttpResponse:
    """Do one thing to a contract. A refusal shows the page again with what was typed."""
    there = ground(request, viewer, contract_id)
    if deed not in DEEDS:
        raise Http404
    try:
        # What a deed wrote before it was refused goes with it: the page that tells so answers no error.
        with transaction.atomic():
            done = contract_deeds.do(there, deed, request.POST)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, there.speech)
        page = _context(there, tried=deed, sent=request.POST, refusal=refusal)
        return render(request, "portal/contract.html", page, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("portal:contract", args=[contract_id]))


def ground(request: HttpRequest, viewer: Viewer, contract_id: UUID) -> Ground:
    """The viewer's contract with that id, as it stands now. Http404 alike for a missing one and another's."""
    now = timezone.now()
    row: Contract | None = contracts.contracts(viewer).filter(id=contract_id).first()
    if row is None:
        raise Http404
    contract = contracts.contract_by_id(viewer.vendor_id, row.id).as_of(now)
    return Ground(
        viewer=viewer,
        row=row,
        contract=contract,
        programme=contracts.programme(contract.revision_id),
        speech=speeches.of(request),
        now=now,
        contacts=_contacts(viewer, contract),
    )


def _contacts(viewer: Viewer, contract: Standings) -> dict[str, Contact]:
    organisations = [contract.organisation_id]
    if contract.partner_id is not None and contract.partner_id in viewer.organisations:
        organisations.append(contract.partner_id)
    return {str(one.id): one for of in organisations for one in people.contacts(viewer, of)}


def _context(
    there: Ground, *, tried: str = "", sent: QueryDict | None = None, refusal: str = ""
) -> dict[str, Any]:
    forms = contract_deeds.shown(there, tried=tried, sent=sent, refusal=refusal)
    told = any(form.refusal for section in forms.values() for form in section)
    return {"page": _view(there, forms), "refusal": "" if told else refusal}


def _view(there: Ground, forms: dict[str, list[Form]]) -> ContractPage:
    contract, programme, speech, now = there.contract, there.programme, there.speech, there.now
    named = {one.id: (one.name, one.email) for one in there.contacts.values()}
    me = there.viewer.contact_id
    return ContractPage(
        id=contract.id,
        number=contract.number,
        customer=there.row.organisation.name,
        standing=contract_words.standing(contract, programme, speech, now),
        term=contract_words.term(contract, speech),
        facts=contract_words.facts(contract, programme, speech, now),
        balances=contract_blocks.left(
            there.viewer,
            contract,
            programme,
            speech,
            now,
            ledger_url=lambda account: reverse("portal:ledger", args=[contract.id, account]),
        ),
        plan=contract_words.plan(contract, programme, speech),
        places=contract_words.places(contract, programme, named, speech, now, me=me),
        users=contract_words.users(contract, named, speech, now, me=me),
        roles=contract_people.views(
            contract, programme, speech, now, region=contract_blocks.region(contract)
        ),
        projects=contract_words.projects(contract, speech, now),
        solutions=contract_blocks.solutions(contract, speech, now),
        history=contract_blocks.history(
            there.viewer,
            contract,
            programme,
            speech,
            known={id_: one.name for id_, one in there.contacts.items()},
        ),
        agreed=contract_agreed.view(there),
        forms=forms,
    )
