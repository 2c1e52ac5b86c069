"""Customers on the desk: the list with its search, one with all there is of it, and notes about it."""

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
from palier.desk import customer_view, views
from palier.desk.customer_view import Looking
from palier.pages import contract_words, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.contract_words import StandingView
from palier.pages.speech import Speech
from palier.people import access, actions, finding, noting
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.models import Organisation

A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A customer in the list: the time there, its plan and how that stands."""

    url: str
    name: str
    there: str
    zone: str
    plan: str
    standing: StandingView | None
    partner: str
    restricted: bool


@viewing.for_staff
@require_safe
def customers_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The customers a page at a time, by name; found by any part of it, with accents or without."""
    speech, now = speeches.of(request), timezone.now()
    sought, after = request.GET.get("q", "").strip()[: finding.LONGEST], request.GET.get("after", "")[:200]
    more = ""
    if sought:
        found = list(finding.organisations(viewer, sought, limit=A_PAGE))
    else:
        rows = people.organisations(viewer).select_related("partner")
        found = list((rows.filter(name__gt=after) if after else rows)[: A_PAGE + 1])
        if found[A_PAGE:]:
            given = QueryDict(mutable=True)
            given["after"] = found[A_PAGE - 1].name
            more = f"{reverse('desk:customers')}?{given.urlencode()}"
    context = {
        "lines": [_line(viewer, one, speech, now) for one in found[:A_PAGE]],
        "sought": sought,
        "more": more,
        "may_add": viewer.has_role(access.DRAWS_UP),
    }
    return render(request, "desk/customers.html", context)


def _line(viewer: Viewer, one: Organisation, speech: Speech, now: datetime) -> Line:
    contract = contracts.contract_for(viewer.vendor_id, one.id, now)
    moments = speech.moments_in(one.zone)
    plan, standing = "", None
    if contract is not None:
        programme = contracts.programme(contract.revision_id)
        plan = contract_words.plan(contract, programme, speech).name
        standing = contract_words.standing(contract, programme, speech, now)
    return Line(
        url=reverse("desk:customer", args=[one.id]),
        name=one.name,
        there=moments.weekday_time(now),
        zone=moments.city,
        plan=plan,
        standing=standing,
        partner=one.partner.name if one.partner is not None else "",
        restricted=one.restricted,
    )


@viewing.for_staff
@require_safe
def customer_page(request: HttpRequest, viewer: Viewer, organisation: UUID) -> HttpResponse:
    """One customer. A look at a restricted one is kept."""
    found = _organisation(viewer, organisation)
    if found.restricted:
        actions.record_look(
            viewer=viewer, subject_kind="organisation", subject_id=found.id, now=timezone.now()
        )
    return render(request, "desk/customer.html", _context(request, viewer, found))


def _organisation(viewer: Viewer, organisation_id: UUID) -> Organisation:
    """The customer asked for. Http404 alike for a missing one and one this viewer may not see."""
    found = people.organisations(viewer).select_related("partner").filter(id=organisation_id).first()
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, viewer: Viewer, found: Organisation) -> dict[str, Any]:
    speech, now = speeches.of(request), timezone.now()
    zone, day = views.desk_hours(viewer, speech, now, request.vendor.zone)  # type: ignore[attr-defined]
    asked = Looking(viewer=viewer, organisation=found, speech=speech, now=now, zone=zone, day=day)
    return {"page": customer_view.view(asked), "refusal": "", "typed": ""}


@viewing.shown_by(customer_page, dropping="action")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, organisation: UUID, action: str) -> HttpResponse:
    """Keep a note; a refusal shows the page again with what was typed."""
    found = _organisation(viewer, organisation)
    if action != "note":
        raise Http404
    typed = request.POST.get("body", "")
    try:
        with transaction.atomic():
            noting.note(by=viewer, organisation=found, body=typed, now=timezone.now())
    except saying.REFUSALS as problem:
        context = _context(request, viewer, found)
        context |= {"refusal": saying.refusal(problem, speeches.of(request)), "typed": typed}
        return render(request, "desk/customer.html", context, status=422)
    messages.success(request, _("Noted."))
    return HttpResponseRedirect(reverse("desk:customer", args=[found.id]) + "#notes")
