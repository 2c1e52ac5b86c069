"""A ticket on paper, and the proof of its clock as text, from the desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from palier.desk import ticket_history, ticket_links
from palier.pages import print_view, proof_text, ticket_view, viewing
from palier.pages.stream import Teller
from palier.people.access import Viewer
from palier.tickets.ticket_page import TicketPage


def printed(request: HttpRequest, viewer: Viewer, page: TicketPage) -> HttpResponse:
    """The ticket for A4: `?print`, with internal notes by `?print=notes`."""
    teller = ticket_history.teller(request, viewer, page)
    view = ticket_view.view(page, teller.speech, teller, zone=page.zone)
    context = print_view.context(
        page,
        view,
        teller.speech,
        zone=page.desk_zone,
        back=reverse("desk:ticket", args=[page.number]),
        notes=request.GET.get("print") == "notes",
    )
    return render(request, "pages/print.html", context)


@viewing.for_staff
@require_safe
def proof(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The proof as plain text, to be kept."""
    page = ticket_links.found(viewer, number)
    teller: Teller = ticket_history.teller(request, viewer, page)
    return proof_text.download(
        page, ticket_view.view(page, teller.speech, teller, zone=page.zone), teller.speech
    )
