"""What a request hangs together with, for its customer: where it goes on, the known defect, linked requests; paper and proof."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from palier.pages import link_words, print_view, proof_text, ticket_view, viewing, wording
from palier.pages import speech as speeches
from palier.pages.speech import Speech
from palier.pages.stream import Teller
from palier.people.access import Viewer
from palier.portal import defects
from palier.portal.defects import KnownView
from palier.tickets import links, ticket_page
from palier.tickets.models import Ticket
from palier.tickets.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A linked request of the reader's."""

    words: str
    number: str
    url: str
    subject: str
    status: str
    status_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The part of the request's page."""

    number: str
    goes_on: Linked | None
    known: KnownView | None
    links: tuple[Linked, ...]


def section(viewer: Viewer, page: TicketPage, speech: Speech) -> Section:
    """What to show of a request."""
    rows = links.of(viewer, page.ticket)
    shown = [(one.relation, _linked(one)) for one in rows]
    return Section(
        number=page.number,
        goes_on=next((one for relation, one in shown if relation == "merged-into"), None),
        known=defects.of_request(viewer, page.ticket, speech, timezone.now()),
        links=tuple(one for _relation, one in shown),
    )


def _linked(one: links.Linked) -> Linked:
    return Linked(
        words=link_words.relation(one.relation),
        number=one.number,
        url=reverse("portal:request", args=[one.number]),
        subject=one.subject,
        status=one.status,
        status_words=wording.status_for_customer(one.status, one.wait),
    )


def printed(request: HttpRequest, page: TicketPage) -> HttpResponse:
    """The request for A4: `?print`."""
    teller = _teller(request, page)
    view = ticket_view.view(page, teller.speech, teller, zone=page.zone)
    back = reverse("portal:request", args=[page.number])
    context = print_view.context(page, view, teller.speech, zone=page.zone, back=back)
    return render(request, "pages/print.html", context)


@viewing.for_customers
@require_safe
def proof(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The proof of its clock as plain text, to be kept."""
    try:
        page = ticket_page.ticket_page(viewer, number=number, now=timezone.now())
    except Ticket.DoesNotExist:
        raise Http404 from None
    if not viewing.names(number, page.number):
        raise Http404
    teller = _teller(request, page)
    return proof_text.download(
        page, ticket_view.view(page, teller.speech, teller, zone=page.zone), teller.speech
    )


def _teller(request: HttpRequest, page: TicketPage) -> Teller:
    speech = speeches.of(request)
    moments = speech.moments_in(page.zone)
    return Teller(
        programme=page.programme,
        speech=speech,
        here=moments,
        there=moments,
        vendor_name=request.vendor.name,  # type: ignore[attr-defined]
        customer_name=page.ticket.organisation.name,
        staff_names={},
        reader="customer",
    )
