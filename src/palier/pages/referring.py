"""What the messages of a ticket's page refer to, as its reader finds it: tickets that it may see, files of the page, words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from palier.pages import markdown, shown_files
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets import queries
from palier.tickets.models import Ticket
from palier.tickets.ticket_page import TicketPage

MOST_NUMBERS = 500


def of_page(
    viewer: Viewer, page: TicketPage, speech: Speech, *, address: Callable[[str], str]
) -> markdown.Refers:
    """For the messages of a page. Which tickets are named is asked once, and only where any is."""

    @functools.cache
    def addresses() -> Mapping[str, str]:
        said = (entry for entry in page.stream if entry.kind in ("message", "note"))
        numbers = {number for one in said for number in markdown.message(one.id, one.body).tickets}
        return _addresses(viewer, numbers - {page.number}, address)

    @functools.cache
    def files() -> Mapping[UUID, markdown.File]:
        return {
            UUID(one.id): markdown.File(
                address=one.picture or one.url,
                name=one.name,
                picture=bool(one.picture),
                width=one.width or None,
                height=one.height or None,
            )
            for entry in page.stream
            for one in shown_files.told(entry.files, speech)
            if one.url
        }

    return markdown.Refers(
        ticket=lambda number: addresses().get(number), file=lambda id_: files().get(id_), quoted=_quoted
    )


def of_text(viewer: Viewer, text: str, *, address: Callable[[str], str]) -> markdown.Refers:
    """For a text that nobody sent yet."""
    found = _addresses(viewer, markdown.render(text).tickets, address)
    return markdown.Refers(ticket=found.get, quoted=_quoted)


def _quoted(lines: int) -> str:
    return _("Quoted, %(n)d lines") % {"n": lines}


def _addresses(viewer: Viewer, numbers: Collection[str], address: Callable[[str], str]) -> Mapping[str, str]:
    figures = {int(number.rpartition("-")[2]) for number in [*numbers][:MOST_NUMBERS]}
    if not figures:
        return {}
    rows = Ticket.objects.visible_to(viewer).filter(number__in=[one for one in figures if one < 2**31])
    seen = {
        queries.number_of(revision, number) for revision, number in rows.values_list("revision_id", "number")
    }
    return {number: address(number) for number in numbers if number in seen}
