"""What hangs on a ticket besides its conversation, asked with the ticket itself: a page then reads only what is there.

Most tickets have no choice of a way, no estimate, no time, no files, and were never handed over or merged.
"""

from __future__ import annotations

from dataclasses import dataclass

_OF_TICKET = {
    "choice": "tickets_choice h where h.ticket_id = tickets_ticket.id",
    "estimate": "tickets_estimate h where h.ticket_id = tickets_ticket.id",
    "hand_over": "tickets_handover h where h.ticket_id = tickets_ticket.id",
    "time": "tickets_timeentry h where h.ticket_id = tickets_ticket.id",
    "files": (
        "tickets_attachment h join tickets_message m on m.vendor_id = h.vendor_id and m.id = h.message_id"
        " where m.ticket_id = tickets_ticket.id"
    ),
    "merged": "tickets_link h where h.other_id = tickets_ticket.id and h.relation = 'merged-into'",
    "defect": "tickets_defectlink h where h.ticket_id = tickets_ticket.id",
    "links": "tickets_link h where tickets_ticket.id in (h.ticket_id, h.other_id)",
    "sites": "people_site h where h.organisation_id = tickets_ticket.organisation_id",
}
NAMES = tuple(_OF_TICKET)
COLUMNS = ", ".join(
    f"exists (select from {found} and h.vendor_id = tickets_ticket.vendor_id)"
    for found in _OF_TICKET.values()
)
"""One column for each of NAMES, beside a row of tickets_ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """Whether there is any of each. `hand_over`: it was with research once; `merged`: another was merged into it;
    `links`: it is linked to others, or takes one up; `sites`: its customer has several places."""

    choice: bool
    estimate: bool
    hand_over: bool
    time: bool
    files: bool
    merged: bool
    defect: bool
    links: bool
    sites: bool
