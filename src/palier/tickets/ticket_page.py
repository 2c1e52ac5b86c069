"""One ticket as a page shows it: its facts, conversation, verdict and clock, for whoever may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import coverage
from palier.core.clock import Clock
from palier.core.coverage import Decision
from palier.core.programme import OutcomeKind, Programme
from palier.ledger import queries as ledger
from palier.people import access, prepared, reading
from palier.people.actions import record_look
from palier.people.models import Contact
from palier.tickets import clockwork, convert, drafts, permissions, queries
from palier.tickets.happenings import FOR_CUSTOMERS, DeskKind
from palier.tickets.models import Event, Message, Ticket, Verdict

LONGEST_FIGURE = 10
MESSAGE_KINDS = frozenset({"answered", "customer-wrote", DeskKind.NOTED.value})
"""Events that say nothing beyond the message they carry."""


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
    language: str = ""
    channel: str = ""
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """A ticket for a reader. `beyond` is what a held one is once freed; `can` names what the reader may do; `missing` the fields still asked for."""

    ticket: Ticket
    number: str
    stream: tuple[Entry, ...]
    decision: Decision
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


def ticket_page(viewer: access.Viewer, *, number: str | int, now: datetime) -> TicketPage:
    """Everything a page of this ticket needs. Raises Ticket.DoesNotExist alike for a missing one and another's.

    For a customer the conversation leaves out internal notes and what only the desk keeps. A look at something
    restricted is recorded.
    """
    ticket = _ticket(viewer, _figure(number))
    _record_look(viewer, ticket, now)
    rows = clockwork.events_of(ticket)
    verdict = reading.get(
        Verdict, "vendor_id = %s and ticket_id = %s order by number desc", [viewer.vendor_id, ticket.id]
    )
    programme = contracts.programme(ticket.revision_id)
    contract = (
        contracts.contract_at(viewer.vendor_id, ticket.contract_id, now)
        if ticket.contract_id is not None
        else None
    )
    decision = convert.decision_from_json(verdict.decision)
    return TicketPage(
        ticket=ticket,
        number=f"{programme.prefix}-{ticket.number}",
        stream=stream(viewer, ticket, rows),
        decision=decision,
        beyond=_beyond(ticket, programme, decision, contract, now),
        verdict_number=verdict.number,
        verdict_count=verdict.number,
        verdict_at=verdict.decided_at,
        programme=programme,
        clock=clockwork.fold(ticket, rows, now),
        zone=ticket.zone,
        desk_zone=desk_zone(programme, ticket.zone),
        contact=ticket.author,
        adopted_by=ticket.adopted_by,
        contract=contract,
        missing=drafts.missing(programme, drafts.of_ticket(ticket)),
        can=permissions.allowed(viewer, ticket, now),
    )


_RELATED = (
    "organisation",
    "author",
    "adopted_by",
    "assignee",
    "team",
    "site",
    "solution",
    "project",
    "follows",
)


def _ticket(viewer: access.Viewer, number: int) -> Ticket:
    """The ticket with what it points to. Each row is read by its key: planning them as one join took longer than all."""
    seen = queries.visible(viewer)
    if seen is None:
        raise Ticket.DoesNotExist(f"no ticket {number}")
    where, given = seen
    found = reading.get(Ticket, f"{where} and number = %s", [*given, number])
    for name in _RELATED:
        id_ = getattr(found, f"{name}_id")
        if id_ is not None:
            model: Any = Ticket._meta.get_field(name).related_model
            setattr(found, name, reading.get(model, "vendor_id = %s and id = %s", [viewer.vendor_id, id_]))
    return found


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


def stream(viewer: access.Viewer, ticket: Ticket, rows: Iterable[Event]) -> tuple[Entry, ...]:
    """Messages and events in the order in which they reached us."""
    written = reading.every(
        Message,
        "vendor_id = %s and ticket_id = %s and (public or %s) order by reached_at, id",
        [viewer.vendor_id, ticket.id, not viewer.is_customer],
    )
    shown = [row for row in rows if _shown(viewer, row)]
    names = _names(viewer.vendor_id, written, shown)
    entries = [_message_entry(message, names) for message in written]
    entries += [_event_entry(row, names) for row in shown]
    # At one instant the message comes before what it did.
    entries.sort(
        key=lambda entry: (entry.at, entry.recorded_at, entry.kind not in ("message", "note"), entry.id)
    )
    return tuple(entries)


def _shown(viewer: access.Viewer, row: Event) -> bool:
    if row.kind in MESSAGE_KINDS:
        return False
    return not viewer.is_customer or row.kind in FOR_CUSTOMERS


def _names(vendor_id: UUID, messages: list[Message], rows: list[Event]) -> Mapping[UUID, str]:
    signed: list[Message | Event] = [*messages, *rows]
    users = {one.user_id for one in signed if one.user_id is not None}
    people = {one.contact_id for one in signed if one.contact_id is not None}
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


def _message_entry(message: Message, names: Mapping[UUID, str]) -> Entry:
    return Entry(
        id=message.id,
        kind="message" if message.public else "note",
        at=message.reached_at,
        recorded_at=message.recorded_at,
        who="person" if message.from_vendor else "customer",
        name=_name(message, names),
        body=message.body,
        language=message.language,
        channel=message.channel,
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
