"""One ticket as a page shows it: its facts, conversation, verdict and clock, for whoever may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts.models import Project, Solution
from palier.core import coverage
from palier.core.clock import Clock
from palier.core.coverage import Decision
from palier.core.escalation import Step
from palier.core.programme import OutcomeKind, Programme
from palier.ledger import queries as ledger
from palier.people import access, prepared, reading
from palier.people.actions import record_look
from palier.people.models import Contact, Organisation, Site, Staff, Team
from palier.tickets import (
    attachments,
    clockwork,
    convert,
    drafts,
    escalations,
    links,
    permissions,
    presses,
    queries,
)
from palier.tickets import hanging as hangings
from palier.tickets.hanging import Hanging
from palier.tickets.happenings import FOR_CUSTOMERS, DeskKind
from palier.tickets.models import Event, Message, Ticket

LONGEST_FIGURE = 10
MESSAGE_KINDS = frozenset({"answered", "customer-wrote", DeskKind.NOTED.value})
"""Events that say nothing beyond the message they carry."""
UNTOLD = MESSAGE_KINDS | {"answer-withdrawn", DeskKind.SETTLED.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Who took an answer back, and when. Only the vendor's people see such an answer."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing in a ticket's conversation: a message (`kind` is `message` or `note`) or an event, by its kind.

    `who` is `customer`, `person` (of the vendor) or `system`; `data` holds ids and figures, never words to translate.
    """

    id: UUID
    kind: str
    at: datetime
    recorded_at: datetime
    who: str
    name: str
    body: str = ""
    folded: str = ""
    """What a mail repeats beside its own words."""
    language: str = ""
    channel: str = ""
    sent_at: datetime | None = None
    """What its writer's clock said, of a mail."""
    origin: str = ""
    """The number of the merged request in which it was written; empty for one of this request's own."""
    press: str = ""
    """The press of "Send" that wrote it, where that can be or could have been taken back."""
    undo_until: datetime | None = None
    """Until when its reader can still take it back; None where that is over or another's."""
    taken_back: TakenBack | None = None
    files: tuple[attachments.FileShown, ...] = ()
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """A ticket for a reader. `beyond` is what a held one is once freed; `can` names what the reader may do; `missing` the fields still asked for."""

    ticket: Ticket
    number: str
    stream: tuple[Entry, ...]
    decision: Decision
    decided: str
    """The decision as it is stored: equal for tickets decided alike."""
    beyond: Decision | None
    verdict_number: int
    verdict_count: int
    verdict_at: datetime
    programme: Programme
    clock: Clock
    zone: str
    desk_zone: str
    contact: Contact
    adopted_by: Contact | None
    contract: contracts.Standings | None
    missing: tuple[str, ...]
    can: frozenset[str]
    hanging: Hanging
    escalation: Step | None = None
    """What comes next by itself as things stand; only for the vendor's people."""


def ticket_page(viewer: access.Viewer, *, number: str | int, now: datetime) -> TicketPage:
    """Everything a page of this ticket needs. Raises Ticket.DoesNotExist alike for a missing one and another's.

    For a customer the conversation leaves out internal notes and what only the desk keeps. A look at something
    restricted is recorded.
    """
    read = _read(viewer, _figure(number))
    ticket = read.ticket
    _record_look(viewer, ticket, now)
    every = clockwork.events_of(ticket)
    rows = presses.shown_to_customers(every, now) if viewer.is_customer else every
    programme = contracts.programme(ticket.revision_id)
    contract = (
        contracts.contract_at(viewer.vendor_id, ticket.contract_id, now)
        if ticket.contract_id is not None
        else None
    )
    decision = convert.decision_from_text(read.decided)
    clock = clockwork.fold(ticket, rows, now)
    if len(rows) != len(every):
        # Its row knows of a press that the customer does not: what it says is told anew without it.
        clockwork.index(ticket, clock, rows, now)
    return TicketPage(
        ticket=ticket,
        number=f"{programme.prefix}-{ticket.number}",
        stream=stream(viewer, ticket, every, now, hanging=read.hanging),
        decision=decision,
        decided=read.decided,
        hanging=read.hanging,
        beyond=_beyond(ticket, programme, decision, contract, now),
        verdict_number=read.number,
        verdict_count=read.number,
        verdict_at=read.decided_at,
        programme=programme,
        clock=clock,
        zone=ticket.zone,
        desk_zone=desk_zone(programme, ticket.zone),
        contact=ticket.author,
        adopted_by=ticket.adopted_by,
        contract=contract,
        missing=drafts.missing(programme, drafts.of_ticket(ticket)),
        can=permissions.allowed(viewer, ticket, now),
        escalation=None
        if viewer.is_customer
        else next(iter(escalations.pending(ticket, clock, every)), None),
    )


_RELATED = {
    "organisation": Organisation,
    "author": Contact,
    "adopted_by": Contact,
    "assignee": Staff,
    "team": Team,
    "site": Site,
    "solution": Solution,
    "project": Project,
}
_ALIASES = (("tickets_ticket", Ticket), *_RELATED.items())
_JOINED = "from tickets_ticket" + "".join(
    f' left join {model._meta.db_table} "{name}" on "{name}".vendor_id = tickets_ticket.vendor_id'
    f' and "{name}".id = tickets_ticket.{name}_id'
    for name, model in _RELATED.items()
)
_LATEST = (
    " join lateral (select v.number, v.decided_at, v.decision from tickets_verdict v"
    " where v.vendor_id = tickets_ticket.vendor_id and v.ticket_id = tickets_ticket.id"
    " order by v.number desc limit 1) latest on true"
)
_ALSO = f"latest.number, latest.decided_at, latest.decision, {hangings.COLUMNS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A ticket with what it points to, the verdict in force (its decision as it is stored), and what hangs on it."""

    ticket: Ticket
    number: int
    decided_at: datetime
    decided: str
    hanging: Hanging


def _read(viewer: access.Viewer, number: int) -> _Read:
    """All of it in one question, prepared: planned for every page, its joins would take longer than all else."""
    seen = queries.seen_by(viewer, None, only_open=False)
    if seen is None:
        raise Ticket.DoesNotExist(f"no ticket {number}")
    where, given = seen
    rest = f"{_JOINED}{_LATEST} where {where} and tickets_ticket.number = %s"
    for row in reading.joined(_ALIASES, rest, [*given, number], also=_ALSO):
        ticket: Ticket = row[0]
        related, after = row[1 : 1 + len(_RELATED)], 1 + len(_RELATED)
        for name, one in zip(_RELATED, related, strict=True):
            if one is not None:
                setattr(ticket, name, one)
        verdict_number, decided_at, decided, *hangs = row[after:]
        return _Read(
            ticket=ticket,
            number=verdict_number,
            decided_at=decided_at,
            decided=decided,
            hanging=Hanging(**dict(zip(hangings.NAMES, hangs, strict=True))),
        )
    raise Ticket.DoesNotExist(f"no ticket {number}")


def _beyond(
    ticket: Ticket,
    programme: Programme,
    decision: Decision,
    contract: contracts.Standings | None,
    now: datetime,
) -> Decision | None:
    """What the facts of a held ticket decide once everything that holds it is freed; None when nothing does."""
    if decision.outcome is not OutcomeKind.HOLD:
        return None
    given = {name: decision.facts[name] for name in decision.given}
    balances = ledger.balances(
        vendor_id=ticket.vendor_id,
        programme=programme,
        contract=contract,
        organisation_id=ticket.organisation_id,
        at=now,
    )
    return coverage.decide(programme, given, balances, beyond_gates=True)


def _figure(number: str | int) -> int:
    """The figure of a ticket's number; what is none belongs to no ticket."""
    figure = str(number).rpartition("-")[2]
    if not (figure.isascii() and figure.isdigit() and len(figure) < LONGEST_FIGURE):
        raise Ticket.DoesNotExist(f"no ticket {number}")
    return int(figure)


def desk_zone(programme: Programme, otherwise: str) -> str:
    """The zone in which the vendor's own people work, by its desk calendar."""
    rule = programme.calendars[programme.desk_calendar]
    return rule.zone if rule.zone is not None and rule.zone != "customer" else otherwise


def _record_look(viewer: access.Viewer, ticket: Ticket, now: datetime) -> None:
    if ticket.restricted:
        record_look(viewer=viewer, subject_kind="ticket", subject_id=ticket.id, now=now)
    elif ticket.organisation.restricted:
        record_look(viewer=viewer, subject_kind="organisation", subject_id=ticket.organisation_id, now=now)


def stream(
    viewer: access.Viewer,
    ticket: Ticket,
    rows: Sequence[Event],
    now: datetime,
    *,
    hanging: Hanging | None = None,
) -> tuple[Entry, ...]:
    """Messages and events in the order in which they reached us. `hanging`: whether there are files and merged requests.

    What a press did that was taken back is told to nobody; its message stays, marked, for the vendor's people. The
    customer sees nothing of a press that can still be taken back, either.
    """
    read = reading.joined(
        _MESSAGES, _WRITTEN, [viewer.vendor_id, ticket.id, not viewer.is_customer], also=_WRITER
    )
    written: list[Message] = [row[0] for row in read]
    pending, withdrawn = presses.pending(rows, now), presses.withdrawn(rows)
    if viewer.is_customer:
        written = [one for one in written if str(one.id) not in pending | withdrawn.keys()]
        rows = presses.shown_to_customers(rows, now)
    shown = [row for row in presses.standing(rows) if _shown(viewer, row)]
    names = {one.contact_id or one.user_id: name for one, name in read if name is not None}
    names |= _names(viewer.vendor_id, [*shown, *withdrawn.values()], known=names)
    entries = [_message_entry(message, names, withdrawn.get(str(message.id))) for message in written]
    entries = [_undoable(one, rows, viewer) if one.press in pending else one for one in entries]
    if hanging is None or hanging.files:
        files = attachments.shown(viewer.vendor_id, [message.id for message in written])
        entries = [replace(one, files=files[one.id]) if one.id in files else one for one in entries]
    entries += [_event_entry(row, names) for row in shown]
    if hanging is None or hanging.merged:
        entries += _merged(viewer, ticket, now)
    # At one instant the message comes before what it did.
    entries.sort(
        key=lambda entry: (entry.at, entry.recorded_at, entry.kind not in ("message", "note"), entry.id)
    )
    return tuple(entries)


def _merged(viewer: access.Viewer, ticket: Ticket, now: datetime) -> list[Entry]:
    """What was said in the requests merged into this one, of those the viewer may see, each naming where it stands."""
    return [
        entry if entry.origin else replace(entry, origin=links.number(one))
        for one in links.merged_here(viewer, ticket)
        for entry in stream(viewer, one, clockwork.events_of(one), now)
        if entry.kind in ("message", "note")
    ]


def _undoable(entry: Entry, rows: Iterable[Event], viewer: access.Viewer) -> Entry:
    """The entry with the time until which its reader can take it back, where the reader is who pressed."""
    mine = any(presses.press_of(row) == entry.press and row.user_id == viewer.user_id for row in rows)
    return replace(entry, undo_until=entry.recorded_at + presses.SEND_DELAY) if mine else entry


def _shown(viewer: access.Viewer, row: Event) -> bool:
    if row.kind in UNTOLD or (row.kind == DeskKind.BROUGHT_IN and row.message_id is not None):
        return False
    return not viewer.is_customer or row.kind in FOR_CUSTOMERS


_MESSAGES = (("tickets_message", Message),)
_WRITTEN = (
    "from tickets_message where vendor_id = %s and ticket_id = %s and (public or %s) order by reached_at, id"
)
_WRITER = (
    "coalesce((select c.name from people_contact c"
    " where c.vendor_id = tickets_message.vendor_id and c.id = tickets_message.contact_id),"
    " (select u.name from people_user u"
    " where u.vendor_id = tickets_message.vendor_id and u.id = tickets_message.user_id))"
)
"""Who wrote it, beside a row of tickets_message."""


def _names(vendor_id: UUID, rows: Iterable[Event], known: Mapping[UUID, str]) -> Mapping[UUID, str]:
    """The names of who did these, without those known: most events are of somebody who also wrote."""
    unknown = [one for one in rows if (one.contact_id or one.user_id) not in known]
    users = {one.user_id for one in unknown if one.user_id is not None}
    people = {one.contact_id for one in unknown if one.contact_id is not None}
    if not (users or people):
        return {}
    return dict(
        prepared.rows(
            "select id, name from people_user where vendor_id = %s and id = any(%s::uuid[])"
            " union all select id, name from people_contact where vendor_id = %s and id = any(%s::uuid[])",
            [vendor_id, list(users), vendor_id, list(people)],
        )
    )


def _name(one: Message | Event, names: Mapping[UUID, str]) -> str:
    for id_ in (one.contact_id, one.user_id):
        if id_ is not None and id_ in names:
            return names[id_]
    return ""


def _message_entry(message: Message, names: Mapping[UUID, str], withdrawn: Event | None) -> Entry:
    return Entry(
        id=message.id,
        kind="message" if message.public else "note",
        at=message.reached_at,
        recorded_at=message.recorded_at,
        who="person" if message.from_vendor else "customer",
        name=_name(message, names),
        body=message.body,
        folded=message.folded,
        language=message.language,
        channel=message.channel,
        sent_at=message.sent_at,
        press=str(message.id) if message.public and message.from_vendor else "",
        taken_back=None if withdrawn is None else TakenBack(name=_name(withdrawn, names), at=withdrawn.at),
        data={},
    )


def _event_entry(row: Event, names: Mapping[UUID, str]) -> Entry:
    return Entry(
        id=row.id,
        kind=row.kind,
        at=row.at,
        recorded_at=row.recorded_at,
        who=row.by,
        name=_name(row, names),
        data=row.data,
    )
