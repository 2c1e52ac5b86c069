"""A ticket as its customer may know of it, while an answer can still be taken back: its row already says what comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from palier.tickets import clockwork, presses
from palier.tickets.models import Event, Ticket


def to_customers(vendor_id: UUID, ids: Collection[UUID], now: datetime) -> dict[UUID, Ticket]:
    """Those of these tickets whose rows say more than the customer may know, with their index as it may. Nothing is written.

    Asked only for tickets that changed within the last ten seconds.
    """
    if not ids:
        return {}
    events: defaultdict[UUID, list[Event]] = defaultdict(list)
    for row in Event.objects.filter(vendor_id=vendor_id, ticket_id__in=ids).order_by(
        "at", "recorded_at", "id"
    ):
        events[row.ticket_id].append(row)
    found: dict[UUID, Ticket] = {}
    pending = [id_ for id_, rows in events.items() if presses.pending(rows, now)]
    for ticket in Ticket.objects.filter(vendor_id=vendor_id, id__in=pending).select_related("organisation"):
        rows = presses.shown_to_customers(events[ticket.id], now)
        clockwork.index(ticket, clockwork.fold(ticket, rows, now), rows, now)
        found[ticket.id] = ticket
    return found
