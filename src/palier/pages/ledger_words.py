"""Words for the requests that ledger lines name: number and subject, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from palier.contracts import queries as contracts
from palier.ledger import naming
from palier.people.access import Viewer
from palier.programme.problems import Said, said
from palier.tickets.models import Ticket


def tickets(viewer: Viewer, ids: Collection[str]) -> Mapping[str, Said]:
    """`NOR-1042, Report stops` by id; a request that the reader may not see is not named."""
    rows = Ticket.objects.visible_to(viewer).filter(id__in=[UUID(one) for one in ids])
    found: dict[str, Said] = {}
    for id_, revision_id, number, subject in rows.values_list("id", "revision_id", "number", "subject"):
        words = f"{contracts.programme(revision_id).prefix}-{number}, {subject}"
        found[str(id_)] = said(en=words, fr=words)
    return found


def register() -> None:
    """Have the ledger name requests so."""
    naming.register("ticket", tickets)
