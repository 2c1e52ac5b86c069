"""Known defects on the desk: the list, one with all that hangs on it, confirming, correcting, shipping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palier.desk import defect_forms, defect_view
from palier.pages import defects as views
from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, filled
from palier.pages.speech import Speech
from palier.people import access
from palier.people.access import Viewer
from palier.software import actions, queries, words
from palier.software.actions import Facts
from palier.software.models import Defect, State
from palier.tickets import defects, links, rounds
from palier.tickets.models import Message, Ticket
from palier.tickets.problems import CannotDo

A_PAGE = 100
STATES = ("open", *State.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice above the list, with where it leads."""

    name: str
    url: str
    current: bool


@viewing.for_staff
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The defects, newest first: of a state, of a product, or those in which some words stand."""
    speech, now = speeches.of(request), timezone.now()
    state, product = request.GET.get("state", "open"), request.GET.get("product", "")
    sought = request.GET.get("q", "").strip()[:100]
    if state not in (*STATES, "all"):
        raise Http404
    if sought:
        rows: list[Defect] = list(queries.find(viewer, sought, most=A_PAGE))
    else:
        found = queries.defects(viewer, state="" if state == "all" else state, product=product)
        rows = list(found[:A_PAGE])
    context = {
        "lines": defect_view.lines(viewer, rows, speech, now),
        "sought": sought,
        "state": state,
        "states": list(_states(state, product)),
        "products": list(_products(speech, state, product)),
        "may": viewer.has_role(access.WORKS_ON_TICKETS),
        "full": len(rows) == A_PAGE,
    }
    return render(request, "desk/defects.html", context)


def _states(chosen: str, product: str) -> Iterable[Filter]:
    names = {"open": _("Not ended"), **{one: views.state(one).words for one in State.values}, "all": _("All")}
    for id_, name in names.items():
        asked = {"state": id_} | ({"product": product} if product else {})
        yield Filter(name=name, url=f"{reverse('desk:defects')}?{urlencode(asked)}", current=id_ == chosen)


def _products(speech: Speech, state: str, chosen: str) -> Iterable[Filter]:
    names = {"": _("Every product"), **defect_forms.products(speech)}
    for id_, name in names.items():
        asked = {"state": state} | ({"product": id_} if id_ else {})
        yield Filter(name=name, url=f"{reverse('desk:defects')}?{urlencode(asked)}", current=id_ == chosen)


# --- one --------------------------------------------------------------------------------------------


@viewing.for_staff
@require_safe
def page(request: HttpRequest, viewer: Viewer, defect: str) -> HttpResponse:
    """Facts, requests and customers, history, and what can be done."""
    return render(request, "desk/defect.html", _context(request, viewer, _found(viewer, defect)))


def _found(viewer: Viewer, number: str) -> Defect:
    try:
        return queries.by_number(viewer.vendor_id, number)
    except Defect.DoesNotExist:
        raise Http404 from None


def _context(
    request: HttpRequest, viewer: Viewer, row: Defect, *, tried: str = "", refusal: str = ""
) -> dict[str, Any]:
    speech, now = speeches.of(request), timezone.now()
    made = _forms(viewer, row, speech) if viewer.has_role(access.WORKS_ON_TICKETS) else {}
    if tried in made:
        made[tried] = filled(made[tried], request.POST, refusal)
    return {
        "defect": defect_view.view(viewer, row, speech, now),
        "forms": list(made.values()),
        "may_ship": bool(made) and row.state not in (State.SHIPPED, State.WITHDRAWN),
        "refusal": "" if tried in made else refusal,
    }


def _forms(viewer: Viewer, row: Defect, speech: Speech) -> dict[str, Form]:
    number = words.number_of(queries.prefix_of(viewer.vendor_id), row.number)
    edit = defect_forms.facts_form(
        viewer,
        speech,
        defect_forms.facts_of(row),
        url=reverse("desk:defect-act", args=[number, "edit"]),
        title=_("Correct it"),
        button=_("Keep"),
        states=defect_forms.opened_states(row),
    )
    return {"follow-up": defect_forms.follow_up_form(row, number), "edit": edit}


@viewing.shown_by(page, dropping="deed")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, defect: str, deed: str) -> HttpResponse:
    """Correct a defect, or record a follow-up."""
    row = _found(viewer, defect)
    speech, now = speeches.of(request), timezone.now()
    made = _forms(viewer, row, speech)
    if deed not in made:
        raise Http404
    sent = defect_forms.sent(made[deed], request.POST, _zone(request))
    try:
        with transaction.atomic():
            if deed == "edit":
                actions.edit(
                    by=viewer,
                    defect=row,
                    facts=defect_forms.read_facts(sent),
                    products=set(defect_forms.products(speech)),
                    now=now,
                )
            else:
                actions.follow_up(
                    by=viewer,
                    defect=row,
                    reference=sent.text("reference"),
                    follow_up_on=sent.day("follow_up_on"),
                    words_said=sent.text("said"),
                    now=now,
                )
    except saying.REFUSALS as problem:
        context = _context(request, viewer, row, tried=deed, refusal=saying.refusal(problem, speech))
        return render(request, "desk/defect.html", context, status=422)
    messages.success(request, _("Kept; the history says what changed."))
    return HttpResponseRedirect(reverse("desk:defect", args=[defect]))


def _zone(request: HttpRequest) -> str:
    found: str = request.vendor.zone  # type: ignore[attr-defined]
    return found


# --- confirming one ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@viewing.for_staff
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """A defect is confirmed; from a request (`?ticket=`) with what the request says filled in."""
    if not viewer.has_role(access.WORKS_ON_TICKETS):
        raise Http404
    speech, now = speeches.of(request), timezone.now()
    ticket = _ticket(viewer, request.GET.get("ticket", ""))
    form = defect_forms.facts_form(
        viewer,
        speech,
        _prefilled(ticket, _today(request, now)),
        url=request.get_full_path(),
        title=_("Confirm a defect"),
        button=_("Confirm it"),
        states=tuple(one.value for one in State if one not in (State.SHIPPED, State.WITHDRAWN)),
    )
    context: dict[str, Any] = {"form": form, "ticket": links.number(ticket) if ticket is not None else ""}
    if request.method != "POST":
        return render(request, "desk/defect_new.html", context)
    try:
        with transaction.atomic():
            facts = defect_forms.read_facts(defect_forms.sent(form, request.POST, _zone(request)))
            row = _confirm(viewer, ticket, facts, speech, now)
    except saying.REFUSALS as problem:
        context["form"] = filled(form, request.POST, saying.refusal(problem, speech))
        return render(request, "desk/defect_new.html", context, status=422)
    number = words.number_of(queries.prefix_of(viewer.vendor_id), row.number)
    messages.success(request, _("Confirmed as %(number)s.") % {"number": number})
    return HttpResponseRedirect(reverse("desk:defect", args=[number]))


def _confirm(viewer: Viewer, ticket: Ticket | None, facts: Facts, speech: Speech, now: datetime) -> Defect:
    known = set(defect_forms.products(speech))
    if ticket is None:
        return actions.confirm(by=viewer, facts=facts, products=known, now=now)
    return defects.confirm(by=viewer, ticket=ticket, facts=facts, known=known, now=now)


def _today(request: HttpRequest, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(_zone(request)))


def _prefilled(ticket: Ticket | None, today: datetime) -> Facts:
    if ticket is None:
        return Facts(product="", title={}, first_seen_on=today.date())
    first = (
        Message.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id, public=True)
        .order_by("reached_at", "id")
        .first()
    )
    body = first.body[: actions.LONGEST_TEXT] if first is not None else ""
    return defects.prefilled(ticket, body=body, today=today.date())


def _ticket(viewer: Viewer, number: str) -> Ticket | None:
    if not number:
        return None
    try:
        return links.by_number(viewer, number)
    except CannotDo:
        raise Http404 from None


# --- shipping ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@viewing.for_staff
def ship(request: HttpRequest, viewer: Viewer, defect: str) -> HttpResponse:
    """Who would be told what; then the fix ships and they are."""
    row = _found(viewer, defect)
    if not viewer.has_role(access.WORKS_ON_TICKETS):
        raise Http404
    speech, now = speeches.of(request), timezone.now()
    reach = defects.reach(viewer, row)
    form = defect_forms.ship_form(
        row, defect, defects.ship_texts(row, ""), reach.languages, _today(request, now)
    )
    context = {"defect": defect_view.view(viewer, row, speech, now), "reach": defect_view.reach(reach)}
    if request.method != "POST":
        return render(request, "desk/defect_ship.html", {**context, "form": form})
    try:
        with transaction.atomic():
            sent = defect_forms.sent(form, request.POST, _zone(request))
            texts = {
                field.name.removeprefix("text_"): sent.text(field.name)
                for field in form.fields
                if field.name.startswith("text_")
            }
            started = defects.ship(
                by=viewer,
                defect=row,
                fixed_in=sent.text("fixed_in"),
                shipped_on=sent.day("shipped_on"),
                texts=texts,
                now=now,
            )
            rounds.tell_some(started, now=now)
    except saying.REFUSALS as problem:
        shown = filled(form, request.POST, saying.refusal(problem, speech))
        return render(request, "desk/defect_ship.html", {**context, "form": shown}, status=422)
    report = rounds.report(started)
    told = report.told + report.noticed
    messages.success(
        request,
        ngettext("Shipped; %(n)d has been told so far.", "Shipped; %(n)d have been told so far.", told)
        % {"n": told},
    )
    return HttpResponseRedirect(reverse("desk:defect", args=[defect]) + "#told")
