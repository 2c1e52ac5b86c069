"""Words for the tickets, decisions and clauses that a posting of the ledger names."""

from __future__ import annotations

from collections.abc import Collection

from palier.people import access
from palier.programme.problems import Said, said
from palier.tickets.models import Ticket, Verdict
from palier.tickets.queries import number_of


def tickets(viewer: access.Viewer, ids: Collection[str]) -> dict[str, Said]:
    """The numbers of requests that the viewer may see, by id."""
    found = Ticket.objects.visible_to(viewer).filter(id__in=list(ids))
    return {
        str(id_): _same(number_of(revision_id, number))
        for id_, revision_id, number in found.values_list("id", "revision_id", "number")
    }


def decisions(viewer: access.Viewer, ids: Collection[str]) -> dict[str, Said]:
    """Decisions as the number of their request and their own: `SXP-1042, decision 2`."""
    visible = Ticket.objects.visible_to(viewer).values("id")
    found = Verdict.objects.filter(vendor_id=viewer.vendor_id, id__in=list(ids), ticket_id__in=visible)
    words: dict[str, Said] = {}
    for row in found.select_related("ticket").defer("decision"):
        number = number_of(row.ticket.revision_id, row.ticket.number)
        words[str(row.id)] = said(
            en=f"{number}, decision {row.number}", fr=f"{number}, décision {row.number}"
        )
    return words


def _same(word: str) -> Said:
    return said(en=word, fr=word)
