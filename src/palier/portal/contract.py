"""The customer's contract: how it stands, what is left, who holds its places, and what it binds both sides to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from palier.contracts import queries as contracts
from palier.contracts.models import Contract, Solution
from palier.contracts.queries import Standings
from palier.core import terms
from palier.core.programme import Programme
from palier.pages import contract_words, viewing
from palier.pages import speech as speeches
from palier.pages.contract_words import PlacesView, PlanView, ProjectView, SolutionView, StandingView
from palier.pages.moments import micros
from palier.pages.speech import Speech
from palier.people import queries as people
from palier.people.access import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A contract of the viewer's with its programme."""

    contract: Standings
    programme: Programme
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPage:
    """Everything the page of one contract shows."""

    number: str
    customer: str
    standing: StandingView
    term: str
    facts: tuple[tuple[str, str], ...]
    plan: PlanView
    places: PlacesView
    projects: tuple[ProjectView, ...]
    solutions: tuple[SolutionView, ...]


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
            "term": contract_words.term(one.contract, speech),
        }
        for one in held
    ]
    return render(request, "portal/contracts.html", {"contracts": listed})


def contracts_of(viewer: Viewer, now: datetime) -> list[Held]:
    """The contracts of the viewer's organisations, those in force first."""
    names = {one.organisation_id: one.organisation.name for one in contracts.contracts(viewer)}
    found: list[Held] = []
    for organisation_id, name in names.items():
        for one in contracts.in_order(contracts.contracts_of(viewer.vendor_id, organisation_id), now):
            found.append(Held(contract=one, programme=contracts.programme(one.revision_id), customer=name))
    return found


def find(viewer: Viewer, contract_id: UUID) -> Held:
    """The viewer's contract with that id. Http404 alike for a missing one and another's."""
    row: Contract | None = contracts.contracts(viewer).filter(id=contract_id).first()
    if row is None:
        raise Http404
    contract = contracts.contract_by_id(viewer.vendor_id, row.id)
    return Held(
        contract=contract,
        programme=contracts.programme(contract.revision_id),
        customer=row.organisation.name,
    )


@viewing.for_customers
@require_safe
def contract_page(request: HttpRequest, viewer: Viewer, contract_id: UUID) -> HttpResponse:
    """One contract."""
    return render(request, "portal/contract.html", page(request, viewer, find(viewer, contract_id)))


def page(request: HttpRequest, viewer: Viewer, held: Held) -> dict[str, Any]:
    """What the page of one contract shows."""
    speech, now = speeches.of(request), timezone.now()
    return {"page": _view(viewer, held, speech, now), "sent": {}, "refusal": ""}


def _view(viewer: Viewer, held: Held, speech: Speech, now: datetime) -> ContractPage:
    contract, programme = held.contract, held.programme
    return ContractPage(
        number=contract.number,
        customer=held.customer,
        standing=contract_words.standing(contract, programme, speech, now),
        term=contract_words.term(contract, speech),
        facts=contract_words.facts(contract, programme, speech, now),
        plan=contract_words.plan(contract, programme, speech),
        places=contract_words.places(
            contract, programme, _people(viewer, contract), speech, now, me=viewer.contact_id
        ),
        projects=contract_words.projects(contract, speech, now),
        solutions=_solutions(contract, speech, now),
    )


def _people(viewer: Viewer, contract: Standings) -> dict[UUID, tuple[str, str]]:
    found = {one.id: (one.name, one.email) for one in people.contacts(viewer, contract.organisation_id)}
    if contract.partner_id is not None and contract.partner_id in viewer.organisations:
        found |= {one.id: (one.name, one.email) for one in people.contacts(viewer, contract.partner_id)}
    return found


def _solutions(contract: Standings, speech: Speech, now: datetime) -> tuple[SolutionView, ...]:
    today = terms.date_at(micros(now), contract.zone)
    rows = Solution.objects.filter(contract_id=contract.id).order_by("id")
    return tuple(
        SolutionView(
            name=row.name,
            goals=row.goals,
            handed_over=contract_words.handed_over(row.handed_over_on, speech, today),
            is_delivered=row.handed_over_on is not None and row.handed_over_on <= today,
        )
        for row in rows
    )
