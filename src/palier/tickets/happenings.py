"""What is written into a ticket's history: the one function that appends events, and the kinds the desk keeps itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from palier.core.clock import EventKind
from palier.people import access
from palier.tickets.models import Event, Message, Ticket


class DeskKind(StrEnum):
    """Events that move no clock."""

    ASSIGNED = "assigned"
    """(assignee, team: ids or absent)"""
    ADOPTED = "adopted"
    DECLINED = "declined"
    """(reason)"""
    CONTESTED = "contested"
    """(what)"""
    COMPLETED = "completed"
    """(fields: those filled in)"""
    LIFTED = "lifted"
    """(hold): a person of the vendor lifted a hold by hand"""
    REMINDED = "reminded"
    """(about: `unfreed` or `silence`, day)"""
    LINKED = "linked"
    """(number: the request that takes this one up, or that this one takes up; relation: `follows` or `followed-by`)"""
    RANKED = "ranked"
    """(rank)"""
    RESTRICTED = "restricted"
    NOTED = "noted"


FOR_CUSTOMERS = frozenset(
    {
        *(
            kind.value
            for kind in EventKind
            if kind not in (EventKind.RESUMED, EventKind.CUSTOMER_WROTE, EventKind.ANSWERED)
        ),
        *(
            kind.value
            for kind in (
                DeskKind.ADOPTED, DeskKind.DECLINED, DeskKind.CONTESTED, DeskKind.COMPLETED, DeskKind.LIFTED,
                DeskKind.REMINDED, DeskKind.LINKED,
            )
        ),
        "breached",
        "breach-withdrawn",
    }
)  # fmt: skip
"""The kinds that the customer reads in the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened, before it is a row."""

    kind: str
    data: Mapping[str, object] = field(default_factory=dict)
    message: Message | None = None


def rows(
    ticket: Ticket, happenings: Iterable[Happening], *, by: access.Viewer, at: datetime, now: datetime
) -> list[Event]:
    """The events of these happenings, not yet written. `at` is when it reached us, `now` when it is written down."""
    return [
        Event(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            kind=str(happening.kind),
            at=at,
            recorded_at=now,
            by=by.by,
            user_id=by.user_id,
            contact_id=by.contact_id,
            message=happening.message,
            data=dict(happening.data),
        )
        for happening in happenings
    ]


def append(
    ticket: Ticket, *happenings: Happening, by: access.Viewer, at: datetime, now: datetime
) -> list[Event]:
    """Append to a ticket's history. Whoever appends folds the clock again afterwards (`clockwork.refold`)."""
    found = rows(ticket, happenings, by=by, at=at, now=now)
    Event.objects.bulk_create(found)
    return found
