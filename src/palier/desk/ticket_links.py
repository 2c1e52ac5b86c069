"""What a ticket hangs together with, on the desk: its known defect, the requests linked to it; finding, adding, removing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.desk import defect_view
from palier.desk.defect_view import DefectLine
from palier.pages import defects as defect_words
from palier.pages import kept, link_words, saying, viewing, wording
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.defects import StateView, Written
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.software import queries as software
from palier.software import words
from palier.software.models import Defect
from palier.tickets import defects, links, ticket_page
from palier.tickets.links import Linked
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
from palier.tickets.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A linked request: what this one is to it, and how it stands."""

    relation: str
    words: str
    number: str
    url: str
    subject: str
    customer: str
    status: str
    status_words: str
    removable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDefect:
    """The known defect that a ticket hangs on."""

    number: str
    url: str
    title: Written
    state: StateView
    fixed_in: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The same on the ticket's page, where most tickets have neither and look alike (palier.pages.kept)."""

    defect: OnDefect | None
    links: tuple[LinkView, ...]
    may_link: bool

    @property
    def at(self) -> str:
        """Stands for where the ticket's addresses begin."""
        return kept.AT

    @property
    def number(self) -> str:
        """Stands for its number."""
        return kept.hole("number")

    @property
    def is_plain(self) -> bool:
        """Whether there is neither."""
        return self.defect is None and not self.links


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What the ticket's page shows of it."""

    number: str
    defect: OnDefect | None
    links: tuple[LinkView, ...]
    can: frozenset[str]

    @property
    def panel(self) -> Panel:
        """As a part of the ticket's page."""
        return Panel(defect=self.defect, links=self.links, may_link="link" in self.can)


def section(viewer: Viewer, page: TicketPage, speech: Speech) -> Section:
    """The part of the ticket's page."""
    row = defects.of(page.ticket) if page.hanging.defect else None
    return Section(
        number=page.number,
        defect=None if row is None else on_defect(row, speech),
        links=tuple(_link(one) for one in links.of(viewer, page.ticket))
        if page.hanging.links or page.ticket.follows_id is not None
        else (),
        can=page.can,
    )


def on_defect(row: Defect, speech: Speech) -> OnDefect:
    """A defect in a line."""
    number = words.number_of(software.prefix_of(row.vendor_id), row.number)
    return OnDefect(
        number=number,
        url=reverse("desk:defect", args=[number]),
        title=defect_words.written(row.title, speech),
        state=defect_words.state(row.state),
        fixed_in=row.fixed_in,
        reference=row.maker_reference,
    )


def _link(one: Linked) -> LinkView:
    return LinkView(
        relation=one.relation,
        words=link_words.relation(one.relation),
        number=one.number,
        url=reverse("desk:ticket", args=[one.number]),
        subject=one.subject,
        customer=one.organisation,
        status=one.status,
        status_words=wording.wait_for(one.wait) if one.wait else wording.status(one.status),
        removable=one.removable,
    )


def found(viewer: Viewer, number: str) -> TicketPage:
    """The ticket of an address; 404 alike for a missing one and one that the viewer may not see."""
    try:
        page = ticket_page.ticket_page(viewer, number=number, now=timezone.now())
    except Ticket.DoesNotExist:
        raise Http404 from None
    if not viewing.names(number, page.number):
        raise Http404
    return page


# --- the page -------------------------------------------------------------------------------------------


@viewing.for_staff
@require_safe
def page(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Its defect, known defects found by words (`?q=`), linked requests, and the ways to join and part them."""
    return render(request, "desk/ticket_links_page.html", _context(request, viewer, found(viewer, number)))


def _context(request: HttpRequest, viewer: Viewer, shown: TicketPage, refusal: str = "") -> dict[str, Any]:
    speech, now = speeches.of(request), timezone.now()
    sought = request.GET.get("q", "").strip()[:100]
    rows: tuple[Defect, ...] = ()
    if sought:
        rows = software.find(viewer, sought)
    elif shown.ticket.product != "none":
        rows = tuple(software.defects(viewer, state="open", product=shown.ticket.product)[:5])
    proposed: list[DefectLine] = defect_view.lines(viewer, rows, speech, now)
    return {
        "page": section(viewer, shown, speech),
        "subject": shown.ticket.subject,
        "sought": sought,
        "proposed": proposed,
        "relations": [(one.value, link_words.relation(one.value)) for one in links.BY_HAND],
        "sent": request.POST,
        "refusal": refusal,
    }


# --- what is done on it ---------------------------------------------------------------------------------


def _add(viewer: Viewer, ticket: Ticket, sent: Mapping[str, str]) -> str:
    other = links.by_number(viewer, sent.get("number", ""))
    links.add(by=viewer, ticket=ticket, other=other, relation=sent.get("relation", ""), now=timezone.now())
    return _("Linked; both histories say so.")


def _remove(viewer: Viewer, ticket: Ticket, sent: Mapping[str, str]) -> str:
    other = links.by_number(viewer, sent.get("number", ""))
    links.remove(by=viewer, ticket=ticket, other=other, relation=sent.get("relation", ""), now=timezone.now())
    return _("The link is gone; both histories keep that it was there.")


def _attach(viewer: Viewer, ticket: Ticket, sent: Mapping[str, str]) -> str:
    try:
        defect = software.by_number(viewer.vendor_id, sent.get("defect", ""))
    except Defect.DoesNotExist:
        raise CannotDo(
            code="no-such-defect",
            en="There is no defect with that number: choose one that is listed.",
            fr="Il n’y a pas de défaut de ce numéro : choisissez-en un de la liste.",
        ) from None
    defects.attach(by=viewer, ticket=ticket, defect=defect, now=timezone.now())
    return _("It hangs on the defect now, and is told when the fix ships.")


def _detach(viewer: Viewer, ticket: Ticket, sent: Mapping[str, str]) -> str:
    del sent
    defects.detach(by=viewer, ticket=ticket, now=timezone.now())
    return _("Taken off the defect.")


DEEDS: Mapping[str, Callable[[Viewer, Ticket, Mapping[str, str]], str]] = {
    "add": _add,
    "remove": _remove,
    "attach": _attach,
    "detach": _detach,
}


@viewing.shown_by(page, dropping="deed")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, number: str, deed: str) -> HttpResponse:
    """Add or remove a link, attach the ticket to a defect or take it off."""
    shown = found(viewer, number)
    if deed not in DEEDS:
        raise Http404
    try:
        with transaction.atomic():
            done = DEEDS[deed](viewer, shown.ticket, request.POST)
    except saying.REFUSALS as problem:
        context = _context(request, viewer, shown, saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/ticket_links_page.html", context, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:ticket-links", args=[shown.number]))
