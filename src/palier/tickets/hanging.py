"""What hangs on a ticket besides its conversation, asked in one question: a page then reads only what is there.

Most tickets have no choice of a way, no estimate, no time and were never handed over.
"""

from __future__ import annotations

from dataclasses import dataclass

from palier.people import prepared
from palier.tickets.models import Ticket

_TABLES = ("tickets_choice", "tickets_estimate", "tickets_handover", "tickets_timeentry")
_ASKED = ", ".join(
    f"exists (select from {table} h where h.vendor_id = %s and h.ticket_id = %s)"
    for table in _TABLES
)
_STATEMENT = (
    f"select {_ASKED}, exists (select from people_site s where s.vendor_id = %s and s.organisation_id = %s)"  # noqa: S608 (our own text)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """Whether there is any of each. `hand_over`: it was with research once; `sites`: its customer has several places."""

    choice: bool
    estimate: bool
    hand_over: bool
    time: bool
    sites: bool


def of(ticket: Ticket) -> Hanging:
    """What hangs on this ticket; whoever asks knows already that the viewer may see it."""
    mine = [ticket.vendor_id, ticket.id]
    ((choice, estimate, hand_over, time, sites),) = prepared.rows(
        _STATEMENT, [*mine * len(_TABLES), ticket.vendor_id, ticket.organisation_id]
    )
    return Hanging(choice=choice, estimate=estimate, hand_over=hand_over, time=time, sites=sites)
