"""What is written into a ticket's history: the one function that appends events, and the kinds the desk keeps itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from palier.core.clock import EventKind
from palier.people import access
from palier.tickets import watchers
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
    LINK_ADDED = "link-added"
    """(number, relation): the desk's own; `relation` as this request has it (tickets/links.py)"""
    LINK_REMOVED = "link-removed"
    """(number, relation)"""
    ABSORBED = "absorbed"
    """(number: the request that was merged into this one)"""
    SPLIT_OFF = "split-off"
    """(number: the new request; messages: ids of those it was made of)"""
    SPLIT_FROM = "split-from"
    """(number: the request it was part of)"""
    DEFECT_ATTACHED = "defect-attached"
    """(defect: its figure)"""
    DEFECT_DETACHED = "defect-detached"
    """(defect)"""
    FIX_SHIPPED = "fix-shipped"
    """(defect, fixed_in: the version or patch)"""
    RANKED = "ranked"
    """(rank)"""
    RESTRICTED = "restricted"
    NOTED = "noted"
    CHOSEN = "chosen"
    """(way, choice, price, amount, currency, allowance, quantity, state)"""
    CHOICE_RELEASED = "choice-released"
    """(way, choice, why)"""
    FUNDED = "funded"
    """(way, choice)"""
    ESTIMATED = "estimated"
    """(number, way, minutes, amount, currency)"""
    AGREED = "agreed"
    """(number, minutes, amount, currency; cap: agreed beforehand)"""
    DISAGREED = "disagreed"
    """(number, reason)"""
    TIME_BOOKED = "time-booked"
    """(minutes, day, billable)"""
    TIME_REVERSED = "time-reversed"
    """(minutes, day)"""
    HANDED_OVER = "handed-over"
    """(wait: empty when it came back; reference, follow_up_on)"""
    UNIT_USED = "unit-used"
    """(allowance, quantity)"""
    UNIT_RELEASED = "unit-released"
    """(allowance, quantity)"""
    OBJECTION_ANSWERED = "objection-answered"
    """(what, upheld)"""
    RATED = "rated"
    """(score)"""
    FOLLOWED = "followed"
    """(following: whether, from now on)"""
    TAGGED = "tagged"
    """(added, removed: names)"""
    WATCHED = "watched"
    """(watching: whether, from now on)"""
    SNOOZED = "snoozed"
    """(until: an instant, or None)"""
    WOKEN = "woken"
    FILE_PARKED = "file-parked"
    """(file, name, threat, state): the scanner keeps a file of a public message from everybody"""
    NOTE_FILE_PARKED = "note-file-parked"
    """The same of an internal note."""
    PAGED = "paged"
    """(call, staff: ids of who was paged, why, gap): somebody was woken for it"""
    PAGE_TAKEN = "page-taken"
    """(call, how, staff): somebody has it, and nobody else is paged"""
    ESCALATED = "escalated"
    """(rule: its clause, commitment, cycle, since: when the cycle began in int-µs, part: `act` or `page`, told: how many;
    raised, reassigned: what it did of that, called: whether somebody was woken)"""
    BROUGHT_IN = "brought-in"
    """Said before this product was in use and kept since: it moves no clock"""
    SETTLED = "settled"
    """(press): the resolving answer can no longer be taken back; what the request held is used or given back"""


FOR_CUSTOMERS = frozenset(
    {
        *(
            kind.value
            for kind in EventKind
            if kind
            not in (
                EventKind.RESUMED, EventKind.CUSTOMER_WROTE, EventKind.ANSWERED, EventKind.ANSWER_WITHDRAWN
            )
        ),
        *(
            kind.value
            for kind in (
                DeskKind.ADOPTED, DeskKind.DECLINED, DeskKind.CONTESTED, DeskKind.COMPLETED, DeskKind.LIFTED,
                DeskKind.REMINDED, DeskKind.LINKED, DeskKind.CHOSEN, DeskKind.CHOICE_RELEASED, DeskKind.FUNDED,
                DeskKind.ESTIMATED, DeskKind.AGREED, DeskKind.DISAGREED, DeskKind.HANDED_OVER, DeskKind.UNIT_USED,
                DeskKind.UNIT_RELEASED, DeskKind.ABSORBED, DeskKind.SPLIT_OFF, DeskKind.SPLIT_FROM,
                DeskKind.FIX_SHIPPED, DeskKind.BROUGHT_IN, DeskKind.FILE_PARKED, DeskKind.OBJECTION_ANSWERED, DeskKind.RATED,
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
    watchers.tell(ticket, found, by=by, now=now)
    return found
