"""A ticket on the desk, and what can be done to it: each action is one call, then the page again.

A refusal shows the page again with its form open and what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from palier.core.programme import FactValue
from palier.desk import (
    compose_view,
    objections,
    on_call_calls,
    queue_next,
    ticket_deeds,
    ticket_form,
    ticket_links,
    ticket_money,
    ticket_print,
    ticket_work,
)
from palier.pages import attaching, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people import queries as people
from palier.people.access import Viewer
from palier.tickets import (
    classifying,
    holding,
    queries,
    reopening,
    steering,
    ticket_page,
    waiting,
)
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
from palier.tickets.ticket_page import TicketPage
from palier.workspace import beside

M = TypeVar("M", bound=Model)


@viewing.for_staff
@require_safe
def ticket(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Facts, verdict, clock, conversation, and the forms of what may be done."""
    page = found(viewer, number)
    if "print" in request.GET:
        return ticket_print.printed(request, viewer, page)
    opened = request.GET.get("open", "")
    response = render(request, "desk/ticket.html", _context(request, viewer, page, opened=opened))
    queue_next.keep_place(request, viewer, page.ticket, response)
    return response


def found(viewer: Viewer, number: str) -> TicketPage:
    """The ticket of that number, or 404."""
    try:
        page = ticket_page.ticket_page(viewer, number=number, now=timezone.now())
    except Ticket.DoesNotExist:
        raise Http404 from None
    if not viewing.names(number, page.number):
        raise Http404
    return page


def _context(
    request: HttpRequest,
    viewer: Viewer,
    page: TicketPage,
    *,
    opened: str,
    sent: Mapping[str, Any] | None = None,
    refusal: str = "",
    tried: str = "",
    preview: SafeString | None = None,
) -> dict[str, Any]:
    """What the page shows: with the form `opened` as it was `sent`, or, of those about money, the one that was `tried`."""
    ground = _ground(request, viewer, page)
    speech, typed = ground.speech, sent or {}
    around = beside.of(viewer, page.ticket.id, ground.now)
    return {
        "page": ticket_form.view(
            page, viewer, speech, staff=ground.staff, every="all" in request.GET,
            vendor_name=request.vendor.name,  # type: ignore[attr-defined]
        ),
        "at": reverse("desk:ticket", args=[page.number]),
        "deeds": ticket_deeds.deeds(
            page, viewer, speech, staff=ground.staff, opened=opened, sent=typed
        ),
        "work": ticket_work.view(request, viewer, page, around.sight, opened),
        "holes": ticket_work.holes(request, page),
        "calls": on_call_calls.of_ticket(viewer, page.ticket.id, speech, ground.now),
        "contested": objections.of_ticket(viewer, page, speech, zone=page.desk_zone),
        "compose": compose_view.view(
            viewer, page, speech, staff=ground.staff, beside=around, now=ground.now,
            typed=typed if opened == "reply" else None, quoting=request.GET.get("quote", ""), preview=preview,
        ),
        "links": ticket_links.section(viewer, page, speech),
        "opened": opened,
        "sent": typed,
        "refusal": refusal,
        "money": ticket_money.view(
            ground, opened=opened, tried=tried, sent=request.POST if tried else None, refusal=refusal
        ),
    }  # fmt: skip


def shown(
    request: HttpRequest,
    viewer: Viewer,
    page: TicketPage,
    *,
    opened: str,
    sent: Mapping[str, Any] | None = None,
    refusal: str = "",
    preview: SafeString | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with one of its forms open as it was sent, at the address of that form."""
    context = _context(request, viewer, page, opened=opened, sent=sent, refusal=refusal, preview=preview)
    return render(request, "desk/ticket.html", context, status=status)


def _ground(request: HttpRequest, viewer: Viewer, page: TicketPage) -> ticket_money.Ground:
    return ticket_money.Ground(
        viewer=viewer,
        page=page,
        speech=speeches.of(request),
        now=timezone.now(),
        staff=people.desk_people(viewer),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What an action needs."""

    viewer: Viewer
    page: TicketPage
    sent: QueryDict
    now: datetime

    @property
    def ticket(self) -> Ticket:
        """The ticket."""
        return self.page.ticket

    def text(self, name: str) -> str:
        """What was typed there."""
        return self.sent.get(name, "").strip()


def _assign(do: Doing) -> Ticket:
    assignee = _listed(
        people.staff_to_assign(do.viewer),
        do.text("assignee"),
        code="no-such-person",
        en="Nobody listed here was chosen: choose somebody from the list, or nobody.",
        fr="Personne de la liste n’a été choisi : choisissez quelqu’un de la liste, ou personne.",
    )
    team = _listed(
        people.teams(do.viewer),
        do.text("team"),
        code="no-such-team",
        en="No team listed here was chosen: choose one from the list, or none.",
        fr="Aucune équipe de la liste n’a été choisie : choisissez-en une de la liste, ou aucune.",
    )
    return steering.assign(
        by=do.viewer, ticket=do.ticket, now=do.now, assignee=assignee, team=team, note=do.text("note")
    )


def _severity(do: Doing) -> Ticket:
    classifying.change_severity(
        by=do.viewer, ticket=do.ticket, severity=do.text("severity"), reason=do.text("reason"), now=do.now
    )
    return do.ticket


def _classify(do: Doing) -> Ticket:
    classifying.classify(
        by=do.viewer, ticket=do.ticket, changes=_changes(do), reason=do.text("reason"), now=do.now
    )
    return do.ticket


def _changes(do: Doing) -> dict[str, Any]:
    """What was answered otherwise than it stands."""
    found: dict[str, Any] = {}
    for name in ("kind", "cause", "product", "version", "environment", "effect"):
        if name in do.sent and do.text(name) != getattr(do.ticket, name):
            found[name] = do.text(name)
    facts: dict[str, FactValue] = {}
    stands = do.ticket.answers.get("facts", {})
    for key in do.sent:
        name = key.removeprefix("fact-")
        value = do.text(key)
        if key.startswith("fact-") and value and value != stands.get(name):
            fact = do.page.programme.facts.get(name)
            is_figure = fact is not None and fact.number and value.isascii() and value.isdigit()
            facts[name] = int(value) if is_figure else value
    if facts:
        found["facts"] = facts
    return found


def _wait(do: Doing) -> Ticket:
    return waiting.wait_for(
        by=do.viewer, ticket=do.ticket, wait=do.text("wait"), message=do.text("body"), now=do.now
    )


def _resume(do: Doing) -> Ticket:
    return waiting.resume(by=do.viewer, ticket=do.ticket, now=do.now)


def _relieve(do: Doing) -> Ticket:
    return waiting.relieve(
        by=do.viewer, ticket=do.ticket, relief=do.text("relief"), message=do.text("body"), now=do.now
    )


def _revoke(do: Doing) -> Ticket:
    return waiting.revoke_relief(by=do.viewer, ticket=do.ticket, now=do.now)


def _resolve(do: Doing) -> Ticket:
    return reopening.resolve(by=do.viewer, ticket=do.ticket, now=do.now, message=do.text("body") or None)


def _reopen(do: Doing) -> Ticket:
    return reopening.reopen(by=do.viewer, ticket=do.ticket, now=do.now, body=do.text("body"))


def _close(do: Doing) -> Ticket:
    return reopening.close(by=do.viewer, ticket=do.ticket, now=do.now, reason=do.text("body"))


def _free(do: Doing) -> Ticket:
    return holding.free(by=do.viewer, ticket=do.ticket, hold=do.text("hold"), now=do.now)


def _move(do: Doing) -> Ticket:
    site = _listed(
        people.sites(do.viewer, do.ticket.organisation_id),
        do.text("site"),
        code="no-such-site",
        en="That place is not one of this customer’s: choose one that is listed.",
        fr="Ce lieu n’est pas à ce client : choisissez-en un de la liste.",
    )
    return classifying.move_site(by=do.viewer, ticket=do.ticket, site=site, now=do.now)


def _listed(rows: QuerySet[M], chosen: str, *, code: str, en: str, fr: str) -> M | None:
    """The row that was chosen; None for none. CannotDo, in these words, for one that was not to be chosen."""
    if not chosen:
        return None
    try:
        found = rows.filter(id=UUID(chosen)).first()
    except ValueError:
        found = None
    if found is None:
        raise CannotDo(code=code, en=en, fr=fr)
    return found


ACTIONS: Mapping[str, Callable[[Doing], Ticket]] = {
    "assign": _assign,
    "severity": _severity,
    "classify": _classify,
    "wait": _wait,
    "resume": _resume,
    "relieve": _relieve,
    "revoke-relief": _revoke,
    "resolve": _resolve,
    "reopen": _reopen,
    "close": _close,
    "free": _free,
    "move": _move,
}


def _done(action: str) -> str:
    return {
        "assign": _("Assigned."),
        "severity": _("Severity changed; the customer reads why."),
        "classify": _("Classified and decided anew where that changes it."),
        "wait": _("Sent; the clock waits where the programme says so."),
        "resume": _("The clock runs again."),
        "relieve": _("Relief declared; the customer may contest it."),
        "revoke-relief": _("Relief taken back; the clock runs round the clock."),
        "resolve": _("Resolved."),
        "reopen": _("Reopened."),
        "close": _("Closed."),
        "free": _("The hold is lifted; decided anew."),
        "move": _("Moved; its hours and holidays follow."),
    }[action]


@viewing.shown_by(ticket, dropping="action")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, number: str, action: str) -> HttpResponse:
    """Do one thing to a ticket."""
    page = found(viewer, number)
    if action in ticket_money.DEEDS:
        return _act_on_money(request, viewer, page, action)
    if action not in ACTIONS:
        raise Http404
    try:
        attaching.take(request, viewer)
        # What an action wrote before it was refused goes with it: the page that tells so answers no error.
        with transaction.atomic():
            doing = Doing(viewer=viewer, page=page, sent=request.POST, now=timezone.now())
            moved = ACTIONS[action](doing)
    except saying.REFUSALS as problem:
        sent = request.POST
        typed = {key: sent[key] for key in sent}
        refusal = saying.refusal(problem, speeches.of(request))
        context = _context(request, viewer, page, opened=action, sent=typed, refusal=refusal)
        return render(request, "desk/ticket.html", context, status=422)
    messages.success(request, _done(action))
    return HttpResponseRedirect(
        reverse("desk:ticket", args=[queries.number_of(moved.revision_id, moved.number)])
    )


def _act_on_money(request: HttpRequest, viewer: Viewer, page: TicketPage, action: str) -> HttpResponse:
    ground = _ground(request, viewer, page)
    try:
        with transaction.atomic():
            done = ticket_money.do(ground, action, request.POST)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, ground.speech)
        context = _context(request, viewer, page, opened="", tried=action, refusal=refusal)
        return render(request, "desk/ticket.html", context, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:ticket", args=[page.number]) + "#money")
