"""Tickets as they might have come at another time: real ones moved in time, their clocks folded anew.

A pattern is a ticket with all that hangs on it, not yet written. Nothing of its clock is moved along: warnings, breaches,
promises and the place in the queue are computed from the moved events, so that holidays, summer time and what is missed
by now are as they would have been, and `palier verify` finds nothing to say.
"""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef

from palier.core import records
from palier.core.clock import EventKind
from palier.people import access, tenancy
from palier.people.models import Contact, Membership, Staff
from palier.people.rows import TenantRow
from palier.site.refusals import Refused
from palier.tickets import clockwork, convert, escalating, happenings, tags
from palier.tickets.models import (
    Attachment,
    Choice,
    Claim,
    CommitmentRow,
    DefectLink,
    Event,
    HandOver,
    Link,
    Message,
    Objection,
    Tag,
    Ticket,
    TimeEntry,
    Verdict,
)

Row = TypeVar("Row", bound=TenantRow)
Hanging = TypeVar("Hanging", Message, Event, Verdict)

TEMPLATES = 400
"""So many tickets at most are taken as models: the first of the vendor's that can be."""
OPEN_SHARE = 0.1
LONGEST = timedelta(days=3 * 365)
"""So far back what is closed is moved."""
LONGEST_OPEN = timedelta(days=60)
QUIET = timedelta(hours=2)
"""For so long from now nothing happens to a pattern by itself."""
TAGS = ("import", "printing", "performance", "training", "migration", "urgent", "regression", "documentation")
_TAGGED = 0.4
_TRIES = 12
_RECORDS = frozenset({*records.RecordKind, happenings.DeskKind.ESCALATED})
"""What follows from the clock: it is not moved, but found anew."""
_COPIED = frozenset(
    {
        *EventKind, *_RECORDS, happenings.DeskKind.ASSIGNED, happenings.DeskKind.COMPLETED, happenings.DeskKind.NOTED,
        happenings.DeskKind.REMINDED, happenings.DeskKind.SETTLED, happenings.DeskKind.TAGGED,
        happenings.DeskKind.ESCALATED,
    }
) - {EventKind.WITHDRAWN, EventKind.ANSWER_WITHDRAWN, EventKind.MERGED, EventKind.WINDOW_JOINED}  # fmt: skip
"""Events that say nothing of another ticket, of money or of another event."""
_APART = (Choice, Claim, TimeEntry, HandOver, DefectLink, Link, Objection)
"""What another table would have to say too: tickets that have any are no models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A ticket at another time. Ids within are those of its model; events are in the order of the clock."""

    ticket: Ticket
    messages: tuple[Message, ...]
    events: tuple[Event, ...]
    verdicts: tuple[Verdict, ...]
    commitments: tuple[CommitmentRow, ...]
    tag: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """A ticket of the vendor's, and who else might have written or worked on it."""

    ticket: Ticket
    messages: tuple[Message, ...]
    events: tuple[Event, ...]
    verdicts: tuple[Verdict, ...]
    authors: tuple[Contact, ...]
    assignees: tuple[Staff, ...]


def build(*, vendor_id: UUID, count: int, now: datetime, seed: int = 1) -> tuple[Pattern, ...]:
    """So many patterns of a vendor, the oldest first; one in ten is open. Opens transactions of its own, writes tags only.

    Raises Refused where the vendor has no closed and no open ticket that can be a model.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret by it
    with tenancy.vendor(vendor_id):
        models = _models(vendor_id)
        known = _tags(vendor_id, now)
        is_open: dict[bool, list[_Model]] = {True: [], False: []}
        for one in models:
            is_open[one.ticket.is_open].append(one)
        if not is_open[True] or not is_open[False]:
            raise Refused(
                en="there are no tickets to take as models: an open and a closed one are needed, without money or links",
                fr="aucun ticket ne peut servir de modèle : il en faut un ouvert et un clos, sans argent ni lien",
            )
        wanted_open = max(1, round(count * OPEN_SHARE))
        found = [
            *_moved(is_open[True], wanted_open, LONGEST_OPEN, known, now, chance),
            *_moved(is_open[False], count - wanted_open, LONGEST, known, now, chance),
        ]
    return tuple(sorted(found, key=lambda one: one.ticket.reached_at))


# --- models -----------------------------------------------------------------------------------------


def _models(vendor_id: UUID) -> list[_Model]:
    tickets = Ticket.objects.filter(vendor_id=vendor_id, restricted=False, follows=None)
    for apart in _APART:
        rows = apart.objects.filter(vendor_id=vendor_id, ticket_id=OuterRef("id"))
        tickets = tickets.exclude(Exists(rows))
    others = Event.objects.filter(vendor_id=vendor_id, ticket_id=OuterRef("id")).exclude(kind__in=_COPIED)
    files = Attachment.objects.filter(vendor_id=vendor_id, message__ticket_id=OuterRef("id"))
    tickets = tickets.exclude(Exists(others)).exclude(Exists(files))
    found = list(tickets.select_related("organisation").order_by("number")[:TEMPLATES])
    ids = [one.id for one in found]
    messages = _by_ticket(Message.objects.filter(ticket_id__in=ids).order_by("reached_at", "id"))
    events = _by_ticket(Event.objects.filter(ticket_id__in=ids).order_by("at", "recorded_at", "id"))
    verdicts = _by_ticket(Verdict.objects.filter(ticket_id__in=ids).order_by("number"))
    authors = list(Contact.objects.filter(id__in={one.author_id for one in found}, removed_at=None))
    staff = [one for one in Staff.objects.filter(removed_at=None) if access.WORKS_ON_TICKETS & set(one.roles)]
    teams = set(Membership.objects.values_list("staff_id", "team_id"))
    return [
        _Model(
            ticket=one,
            messages=tuple(messages[one.id]),
            events=tuple(events[one.id]),
            verdicts=tuple(verdicts[one.id]),
            authors=tuple(
                who
                for who in authors
                if (who.organisation_id, who.site_id) == (one.organisation_id, one.author.site_id)
            ),
            assignees=tuple(who for who in staff if one.team_id is None or (who.id, one.team_id) in teams),
        )
        for one in found
    ]


def _by_ticket(rows: Iterable[Hanging]) -> defaultdict[UUID, list[Hanging]]:
    found: defaultdict[UUID, list[Hanging]] = defaultdict(list)
    for row in rows:
        found[row.ticket_id].append(row)
    return found


def _tags(vendor_id: UUID, now: datetime) -> tuple[Tag, ...]:
    Tag.objects.bulk_create(
        [Tag(vendor_id=vendor_id, key=tags.key(name), name=name, made_at=now) for name in TAGS],
        ignore_conflicts=True,
    )
    return tuple(Tag.objects.filter(vendor_id=vendor_id, key__in=map(tags.key, TAGS)).order_by("key"))


# --- moving -----------------------------------------------------------------------------------------


def _moved(
    models: Sequence[_Model],
    count: int,
    longest: timedelta,
    known: Sequence[Tag],
    now: datetime,
    chance: random.Random,
) -> list[Pattern]:
    """So many, of each model in turn; a model of which nothing can be made is passed over."""
    found: list[Pattern] = []
    minutes = longest // timedelta(minutes=1)
    left = list(models)
    while len(found) < count and left:
        for model in list(left):
            for _ in range(_TRIES):
                pattern = _pattern(model, timedelta(minutes=-chance.randrange(minutes)), known, now, chance)
                if pattern is not None:
                    found.append(pattern)
                    break
            else:
                left.remove(model)
    if not found:
        raise Refused(
            en="no ticket of this vendor can be moved in time: something is about to happen to each",
            fr="aucun ticket de cet éditeur ne peut être déplacé dans le temps : il va se passer quelque chose pour chacun",
        )
    while len(found) < count:
        found.append(chance.choice(found))
    return found[:count]


def _pattern(
    model: _Model, shift: timedelta, known: Sequence[Tag], now: datetime, chance: random.Random
) -> Pattern | None:
    """A model moved by `shift`; None where the clock would do something soon, or makes it open that was closed."""
    ticket = _shifted(model.ticket, shift, "reached_at", "updated_at")
    ticket.rank = None
    events = [
        _shifted(one, shift, "at", "recorded_at")
        for one in model.events
        if one.kind not in _RECORDS and one.kind != happenings.DeskKind.TAGGED
    ]
    messages = [_shifted(one, shift, "reached_at", "recorded_at") for one in model.messages]
    clock = clockwork.fold(ticket, events, now)
    events += [_record(ticket, one) for one in records.to_record(clock, ())]
    events += escalating.as_taken(ticket, clock, events)
    clockwork.index(ticket, clock, events, now)
    if ticket.is_open != model.ticket.is_open or (
        ticket.next_check_at is not None and ticket.next_check_at <= now + QUIET
    ):
        return None
    author, assignee = chance.choice(model.authors), None
    if ticket.assignee_id is not None and model.assignees:
        assignee = chance.choice(model.assignees)
    _cast(ticket, messages, events, author=author, assignee=assignee)
    tag = chance.choices(known, [1 / (nth + 1) for nth in range(len(known))])[0]
    tagged = assignee is not None and chance.random() < _TAGGED
    if assignee is not None and tagged:
        events.append(_tagging(ticket, tag, assignee, at=max(one.at for one in events)))
    ticket.updated_at = max([ticket.updated_at, *(one.recorded_at for one in events)])
    return Pattern(
        ticket=ticket,
        messages=tuple(messages),
        events=tuple(sorted(events, key=lambda one: (one.at, one.recorded_at))),
        verdicts=tuple(_shifted(one, shift, "decided_at") for one in model.verdicts),
        commitments=tuple(clockwork.commitment_rows(ticket, clock)),
        tag=tag.id if tagged else None,
    )


def _shifted(row: Row, shift: timedelta, *names: str) -> Row:
    moved = copy.copy(row)
    for name in names:
        setattr(moved, name, getattr(row, name) + shift)
    return moved


def _record(ticket: Ticket, one: records.ToRecord) -> Event:
    """A warning or breach as the worker would have written it, at its instant."""
    at = convert.instant(one.at)
    return Event(
        vendor_id=ticket.vendor_id,
        ticket_id=ticket.id,
        kind=one.kind.value,
        at=at,
        recorded_at=at,
        by="system",
        data=convert.record_data(one),
    )


def _tagging(ticket: Ticket, tag: Tag, by: Staff, *, at: datetime) -> Event:
    return Event(
        vendor_id=ticket.vendor_id,
        ticket_id=ticket.id,
        kind=happenings.DeskKind.TAGGED.value,
        at=at,
        recorded_at=at,
        by="person",
        user_id=by.user_id,
        data={"added": [tag.name], "removed": []},
    )


def _cast(
    ticket: Ticket,
    messages: Sequence[Message],
    events: Sequence[Event],
    *,
    author: Contact,
    assignee: Staff | None,
) -> None:
    """Let a colleague of the author have written it, and another of the team have worked on it."""
    wrote, worked = ticket.author_id, ticket.assignee_id
    for rows in (messages, events):
        for row in rows:
            if row.contact_id == wrote:
                row.contact_id, row.user_id = author.id, author.user_id
    ticket.author_id = author.id
    if assignee is None:
        return
    ticket.assignee_id = assignee.id
    for event in events:
        if event.kind == happenings.DeskKind.ASSIGNED and event.data.get("assignee") == str(worked):
            event.data = {**event.data, "assignee": str(assignee.id)}
