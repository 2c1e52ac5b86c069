"""A request on paper: facts, verdict, clock with its whole proof, conversation; the same for both faces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from palier.pages import ticket_view, wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import moment
from palier.pages.speech import Speech
from palier.pages.ticket_view import TicketView
from palier.tickets.ticket_page import TicketPage


def context(
    page: TicketPage, view: TicketView, speech: Speech, *, zone: str, back: str, notes: bool = False
) -> dict[str, Any]:
    """What `pages/print.html` shows. `zone` is that of the conversation; internal notes only where they are asked for."""
    moments = speech.moments_in(zone)
    now = moments.local(moment(page.clock.now))
    return {
        "printed": {
            "ticket": view,
            "facts": [(label, value) for label, value in _facts(page, view, speech) if value],
            "proofs": [view.first_proof, *view.other_proofs] if view.first_proof is not None else [],
            "stream": [one for one in view.stream if not one.taken_back and (notes or not one.is_note)],
            "zone": moments.city,
            "clock_zone": speech.moments_in(page.zone).city,
            "when": f"{moments.date(now.date())} {moments.time(moment(page.clock.now))}",
            "has_notes": any(one.is_note for one in view.stream),
            "notes": notes,
            "back": back,
        }
    }


def _facts(page: TicketPage, view: TicketView, speech: Speech) -> Iterable[tuple[str, str]]:
    programme, ticket = page.programme, page.ticket
    moments = speech.moments_in(page.zone)
    plan = programme.plans.get(page.contract.plan) if page.contract is not None else None
    product = ticket_view.name(programme.products, ticket.product, speech)
    yield _("Customer"), f"{ticket.organisation.name}, {page.contact.name}"
    yield (
        _("Contract"),
        f"{page.contract.number}, {speech.text(plan.name)}" if page.contract is not None and plan else "",
    )
    yield _("About"), view.kind
    yield _("Product"), " ".join(part for part in (product, ticket.version) if part)
    yield _("Environment"), ticket_view.name(programme.environments, ticket.environment, speech)
    yield _("Severity"), f"{view.severity.id}, {view.severity.name}"
    yield _("State"), wording.wait_for(ticket.wait) if ticket.wait else wording.status(ticket.status)
    yield _("Reached us"), f"{moments.day_time(ticket.reached_at)}, {moments.city}"
