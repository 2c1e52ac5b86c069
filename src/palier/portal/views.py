"""The customer's pages: home, list, one request and what can be done to it. Each action is one call, then the page again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from palier.pages import attaching, referring, saying, ticket_view, verdict, viewing, wording
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.moments import moment
from palier.pages.severities import field_name
from palier.pages.speech import Speech
from palier.pages.stream import Teller
from palier.pages.ticket_view import TicketView
from palier.people import queries as people
from palier.people.access import Refused, Viewer
from palier.people.models import Contact
from palier.portal import feedback, forms, money, on_call, request_links, writing
from palier.portal import home as homes
from palier.programme import locales
from palier.tickets import answering, holding, links, queries, reopening, steering, ticket_page
from palier.tickets import home as ticket_home
from palier.tickets.models import Status, Ticket
from palier.tickets.ticket_page import TicketPage
from palier.workspace import drafts
from palier.workspace.drafts import Place


@viewing.anyone_to_their_face
@require_safe
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is open, what is due, what waits for the reader."""
    speech, now = speeches.of(request), timezone.now()
    contact = _contact(viewer)
    place = people.place_of(contact.organisation, contact.site)
    try:
        found = ticket_home.home(viewer, now=now)
    except Refused as problem:
        return render(request, "portal/nothing.html", {"refusal": saying.refusal(problem, speech)})
    view = homes.view(
        found,
        speech,
        zone=place.zone,
        organisation=contact.organisation.name,
        vendor_id=viewer.vendor_id,
        now=now,
    )
    return render(request, "portal/home.html", {"home": view})


@viewing.for_customers
@require_safe
def requests(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every request the reader may see, newest first."""
    speech, now = speeches.of(request), timezone.now()
    rows = [homes.row(one, speech, now) for one in queries.my_tickets(viewer, now=now)]
    may_rank = steering.offers_ranking(viewer, now)
    return render(request, "portal/requests.html", {"rows": rows, "may_rank": may_rank})


def _contact(viewer: Viewer) -> Contact:
    return Contact.objects.select_related("organisation", "site").get(
        vendor_id=viewer.vendor_id, id=viewer.contact_id or UUID(int=0)
    )


# --- one request -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One request as its customer sees it."""

    ticket: TicketView
    status: str
    status_words: str
    next: str
    next_sub: str
    next_bad: bool
    facts: tuple[tuple[str, str], ...]
    author: str
    missing: tuple[forms.Question, ...]
    can: frozenset[str]
    zone: str
    ended: bool
    held: bool


@viewing.for_customers
@require_safe
def request_page(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Conversation, why, clock, and what can be done."""
    page = found(viewer, number)
    if "print" in request.GET:
        return request_links.printed(request, page)
    return render(request, "portal/request.html", _context(request, viewer, page))


def found(viewer: Viewer, number: str) -> TicketPage:
    """The request of that number, or 404."""
    try:
        page = ticket_page.ticket_page(viewer, number=number, now=timezone.now())
    except Ticket.DoesNotExist:
        raise Http404 from None
    if not viewing.names(number, page.number):
        raise Http404
    return page


def shown(
    request: HttpRequest,
    viewer: Viewer,
    page: TicketPage,
    *,
    sent: Mapping[str, Any],
    refusal: str = "",
    preview: SafeString | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with one of its forms as it was sent, at the address of that form."""
    context = _context(request, viewer, page, sent, preview)
    return render(request, "portal/request.html", context | {"refusal": refusal}, status=status)


def _context(
    request: HttpRequest,
    viewer: Viewer,
    page: TicketPage,
    sent: Mapping[str, Any] | None = None,
    preview: SafeString | None = None,
) -> dict[str, Any]:
    speech = speeches.of(request)
    moments = speech.moments_in(page.zone)
    teller = Teller(
        programme=page.programme,
        speech=speech,
        here=moments,
        there=moments,
        vendor_name=request.vendor.name,  # type: ignore[attr-defined]
        customer_name=page.ticket.organisation.name,
        staff_names={},
        reader="customer",
        refers=referring.of_page(
            viewer, page, speech, address=lambda number: reverse("portal:request", args=[number])
        ),
    )
    ticket = ticket_view.view(page, speech, teller, zone=page.zone)
    return {
        "page": _request_view(page, ticket, speech),
        "money": money.view(viewer, page, speech, timezone.now(), sent or {}),
        "writing": writing.view(viewer, page, speech, sent or {}, preview),
        "feedback": feedback.view(viewer, page, speech),
        "hangs": request_links.section(viewer, page, speech),
        "paged": on_call.said(viewer, page, speech, timezone.now()),
        "sent": sent or {},
        "refusal": "",
    }


def _request_view(page: TicketPage, ticket: TicketView, speech: Speech) -> RequestView:
    status, now = page.ticket.status, page.clock.now
    title, sub, bad = _next(page, speech, now)
    return RequestView(
        ticket=ticket,
        status=status,
        status_words=wording.status_for_customer(status, page.ticket.wait),
        next=title,
        next_sub=sub,
        next_bad=bad,
        facts=tuple(_facts(page, ticket, speech)),
        author=page.contact.name,
        missing=tuple(_missing(page, speech)),
        can=page.can if _adoptable(page) else page.can - {"adopt", "decline"},
        zone=locales.zone_words(page.zone, speech.locale),
        ended=status in (Status.RESOLVED, Status.CLOSED),
        held=status == Status.HELD,
    )


def _adoptable(page: TicketPage) -> bool:
    return bool(verdict.adoption_holds(page.programme) & set(page.decision.holds))


def _next(page: TicketPage, speech: Speech, now: int) -> tuple[str, str, bool]:
    """The answer to "when will I hear": a date alone on its line, what it is, and whether it is late."""
    due = page.clock.next_due
    moments = speech.moments_in(page.zone)
    if due is not None and due.due_at is not None:
        what = wording.commitment(due.commitment)
        words = homes.near_words(moment(due.due_at), moment(now), moments)
        if due.breached_at is not None:
            return _("We are late"), _("%(what)s was due %(when)s") % {"what": what, "when": words}, True
        return words, what, False
    waits = {
        Status.HELD: _("On hold: no clock runs"),
        Status.WAITING: _("The clock is stopped"),
        Status.RESOLVED: _("Resolved"),
        Status.CLOSED: _("Closed"),
        Status.NOT_COVERED: _("Not worked on here"),
    }
    return waits.get(Status(page.ticket.status), _("Nothing is due")), "", False


def _facts(page: TicketPage, view: TicketView, speech: Speech) -> list[tuple[str, str]]:
    programme, ticket = page.programme, page.ticket
    product = ticket_view.name(programme.products, ticket.product, speech)
    plan = programme.plans.get(page.contract.plan) if page.contract is not None else None
    found = [
        (_("About"), ticket_view.name(programme.kinds, ticket.kind, speech)),
        (_("Product"), " ".join(part for part in (product, ticket.version) if part)),
        (_("Environment"), ticket_view.name(programme.environments, ticket.environment, speech)),
        (_("Solution"), ticket.solution.name if ticket.solution is not None else ""),
        (
            _("Contract"),
            f"{page.contract.number}, {speech.text(plan.name)}" if page.contract and plan else "",
        ),
        (_("This term"), view.of_term),
        (_("Written by"), page.contact.name),
        (_("Taken over by"), page.adopted_by.name if page.adopted_by is not None else ""),
    ]
    return [(label, value) for label, value in found if value]


def _missing(page: TicketPage, speech: Speech) -> list[forms.Question]:
    """What is still asked for, as questions."""
    found: list[forms.Question] = []
    for name in page.missing:
        options: tuple[forms.Option, ...] = ()
        if name == "product":
            options = _options({one.id: speech.text(one.name) for one in page.programme.products.values()})
        elif name == "environment":
            options = _options({id_: speech.text(text) for id_, text in page.programme.environments.items()})
        field = page.programme.fields.get(name)
        long = name == "description" or (field is not None and field.long)
        found.append(
            forms.Question(
                name=name,
                label=field_name(page.programme, name, speech),
                kind="choice" if options else "long" if long else "words",
                hint=speech.text(field.hint) if field is not None else "",
                options=options,
            )
        )
    return found


def _options(names: Mapping[str, str]) -> tuple[forms.Option, ...]:
    blank = forms.Option(value="", name=_("Choose …"), chosen=True)
    return (blank, *(forms.Option(value=id_, name=name) for id_, name in names.items()))


# --- what can be done --------------------------------------------------------------------------------


def _reply(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    return answering.reply(
        by=viewer, ticket=ticket, body=sent.get("body", ""), now=now, files=attaching.ids(sent)
    )


def _close(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    return reopening.close(by=viewer, ticket=ticket, now=now, reason=sent.get("body", "").strip())


def _reopen(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    if links.survivor(viewer, ticket).id != ticket.id:
        # Merged: it is not taken up again, what is written goes where it goes on.
        return _reply(viewer, ticket, sent, now)
    return reopening.reopen(
        by=viewer, ticket=ticket, now=now, body=sent.get("body", ""), files=attaching.ids(sent)
    )


def _adopt(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    del sent
    return holding.adopt(by=viewer, ticket=ticket, now=now)


def _decline(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    return holding.decline(by=viewer, ticket=ticket, now=now, reason=sent.get("body", ""))


def _complete(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    fields = {
        name: text
        for name, text in sent.items()
        if name not in ("csrfmiddlewaretoken",) and str(text).strip()
    }
    return holding.complete(by=viewer, ticket=ticket, fields={k: str(v) for k, v in fields.items()}, now=now)


Action = Callable[[Viewer, Ticket, QueryDict, datetime], Ticket]
ACTIONS: Mapping[str, Action] = {
    "reply": _reply,
    "close": _close,
    "reopen": _reopen,
    "contest": feedback.contest,
    "rate": feedback.rate,
    "follow": feedback.follow,
    "adopt": _adopt,
    "decline": _decline,
    "complete": _complete,
}


MONEY: Mapping[str, Callable[[Viewer, Ticket, QueryDict, datetime, Speech], Ticket]] = {
    "choose": money.choose,
    "withdraw-choice": money.withdraw,
    "agree": money.agree,
    "disagree": money.disagree,
}
"""Those whose words are kept as the reader read them."""


def _act(action: str, viewer: Viewer, ticket: Ticket, sent: QueryDict, speech: Speech) -> Ticket:
    now = timezone.now()
    if action in MONEY:
        return MONEY[action](viewer, ticket, sent, now, speech)
    return ACTIONS[action](viewer, ticket, sent, now)


def _done(action: str) -> str:
    return {
        "choose": _("Chosen. Below is what happens now."),
        "withdraw-choice": _("Taken back. What it held is yours again; choose when you are ready."),
        "agree": _("Agreed, and kept with your name, the time and the amount."),
        "disagree": _("Declined. The ways are open again."),
        "reply": _("Sent."),
        "close": _("Closed. It can be taken up again from this page."),
        "reopen": _("Taken up again."),
        "contest": _("Sent. Who answers, and by when, stands below."),
        "rate": _("Thank you. The people who worked on it read this."),
        "follow": _("Kept."),
        "adopt": _("It is yours now, and decided anew."),
        "decline": _("Not taken over; its author is told why."),
        "complete": _("Added."),
    }[action]


@viewing.shown_by(request_page, dropping="action")
@viewing.for_customers
@require_POST
def act(request: HttpRequest, viewer: Viewer, number: str, action: str) -> HttpResponse:
    """Do one thing to a request. A refusal shows the page again with what was typed."""
    page = found(viewer, number)
    if action not in ACTIONS and action not in MONEY:
        raise Http404
    speech = speeches.of(request)
    try:
        attaching.take(request, viewer)
        # What an action wrote before it was refused goes with it: the page that tells so answers no error.
        with transaction.atomic():
            ticket = _act(action, viewer, page.ticket, request.POST, speech)
            if action in ("reply", "reopen"):
                drafts.drop(by=viewer, place=Place.REPLY, ticket=page.ticket)
    except saying.REFUSALS as problem:
        typed = {
            "action": action,
            "body": request.POST.get("body", ""),
            "what": request.POST.get("what", ""),
            "score": request.POST.get("score", ""),
            "way": request.POST.get("way", ""),
            "agree": request.POST.getlist("agree"),
        }
        context = _context(request, viewer, found(viewer, number), sent=typed)
        context["refusal"] = saying.refusal(problem, speech)
        return render(request, "portal/request.html", context, status=422)
    messages.success(request, _done(action))
    return HttpResponseRedirect(
        reverse("portal:request", args=[queries.number_of(ticket.revision_id, ticket.number)])
    )
