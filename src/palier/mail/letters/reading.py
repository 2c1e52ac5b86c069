"""What letters need to know, read once for a batch of them: readers, requests as each reader may see them, answers.

What a reader may not see is not read: a request comes through the same condition as on the pages, an answer only while it
stands and can no longer be taken back, an internal note never.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from palier.contracts import queries as contracts
from palier.core.programme import Binding, Programme
from palier.pages import speech as speeches
from palier.pages.speech import Speech
from palier.people import access, prepared
from palier.people import queries as people
from palier.people import reading as rows_of
from palier.people.models import Contact, Notice, Organisation, Staff, Vendor
from palier.tickets import attachments, clockwork, presses, queries
from palier.tickets.attachments import FileShown
from palier.tickets.models import CommitmentRow, Ticket

LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A letter that is wanted: for whom, and the notices it tells of, all about one request or one matter.

    Of a `digest` they may be about anything, and `unsubscribe` is the address where it is ended. `ticket` is the request,
    where the caller has it: what stands in the letter is read all the same, as the reader may see it.
    """

    vendor: Vendor
    reader: Contact | Staff
    notices: Sequence[Notice]
    now: datetime
    ticket: Ticket | None = None
    digest: bool = False
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: as what, in which language, in which zone."""

    viewer: access.Viewer
    name: str
    language: str
    zone: str
    contact: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRead:
    """A request as one reader may see it, with the decision in force as it is stored and its promises."""

    ticket: Ticket
    number: str
    programme: Programme
    decided: str
    verdict_number: int
    promises: tuple[CommitmentRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRead:
    """An answer of a person of the vendor, as it stands."""

    id: UUID
    body: str
    language: str
    who: str
    at: datetime
    files: tuple[FileShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All that the letters of one batch need, by reader, by request, by message."""

    programme: Programme | None
    readers: Mapping[UUID, Reader]
    tickets: Mapping[tuple[UUID, int], TicketRead]
    messages: Mapping[UUID, MessageRead]
    of_notice: Mapping[UUID, UUID]
    """The answer that a notice tells of."""

    def ticket(self, wanted: Wanted, number: int | None) -> TicketRead | None:
        """A request by its figure; None where the reader may not see it."""
        return None if number is None else self.tickets.get((wanted.reader.id, number))

    def message(self, notice: Notice) -> MessageRead | None:
        """The answer that a notice tells of; None where it tells of none, and where it was taken back."""
        found = self.of_notice.get(notice.id)
        return None if found is None else self.messages.get(found)


def read(wanteds: Sequence[Wanted]) -> Batch:
    """Everything for these letters, all of one vendor, in its transaction."""
    vendor, now = wanteds[0].vendor, max(one.now for one in wanteds)
    if any(one.vendor.id != vendor.id for one in wanteds):
        raise ValueError("letters of several vendors in one batch: one transaction sees one vendor")
    readers = _readers(vendor, [one.reader for one in wanteds])
    tickets = _tickets(readers, wanteds, now)
    told = [notice for one in wanteds for notice in one.notices]
    messages, of_notice = _messages(vendor.id, told, now)
    return Batch(
        programme=speeches.programme_of(vendor.id, now),
        readers=readers,
        tickets=tickets,
        messages=messages,
        of_notice=of_notice,
    )


def speech(programme: Programme | None, language: str, zone: str) -> Speech:
    """How to speak to a reader of that language, which is one of ours."""
    return Speech(
        language=language, locale=speeches.locale_of(programme, language), zone=zone, programme=programme
    )


def language_of(code: str) -> str:
    """The one of our languages that is nearest: `fr` of `fr-CA`, English for any other."""
    found = code.partition("-")[0].lower()
    return found if found in LANGUAGES else "en"


# --- readers -----------------------------------------------------------------------------------------


_CONTACTS_NEED, _STAFF_NEEDS = ("user", "organisation", "site"), ("user",)


def _readers(vendor: Vendor, wanted: Iterable[Contact | Staff]) -> Mapping[UUID, Reader]:
    """The readers; whatever of a row's relations the caller has read is not read again. None for who was removed."""
    unique = {one.id: one for one in wanted if one.removed_at is None}
    contacts = [one for one in unique.values() if isinstance(one, Contact)]
    staff = [one for one in unique.values() if isinstance(one, Staff)]
    models.prefetch_related_objects(contacts, *_CONTACTS_NEED)
    models.prefetch_related_objects(staff, *_STAFF_NEEDS)
    served = _customers_of(vendor.id, {one.organisation_id for one in contacts})
    found = {one.id: _contact(one, vendor, served.get(one.organisation_id, frozenset())) for one in contacts}
    return found | {one.id: _staff(one, vendor) for one in staff}


def _customers_of(vendor_id: UUID, partners: Collection[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """The customers of each partner among these organisations."""
    if not partners:
        return {}
    found: dict[UUID, set[UUID]] = {}
    pairs = prepared.rows(
        "select partner_id, id from people_organisation where vendor_id = %s and partner_id = any(%s)",
        [vendor_id, list(partners)],
    )
    for partner, customer in pairs:
        found.setdefault(partner, set()).add(customer)
    return {partner: frozenset(customers) for partner, customers in found.items()}


def _contact(one: Contact, vendor: Vendor, customers: frozenset[UUID]) -> Reader:
    user = one.user
    one.vendor = vendor
    return Reader(
        viewer=access.Viewer.customer(one, customers=customers),
        contact=one,
        name=one.name,
        language=language_of(user.language if user is not None else one.language),
        zone=(user.zone if user is not None else "") or people.place_of(one.organisation, one.site).zone,
    )


def _staff(one: Staff, vendor: Vendor) -> Reader:
    return Reader(
        viewer=access.Viewer.staff(one),
        name=one.name,
        language=language_of(one.user.language),
        zone=one.user.zone or vendor.zone,
    )


# --- requests ----------------------------------------------------------------------------------------

_RELATED = {"organisation": Organisation, "author": Contact, "adopted_by": Contact}
_ALIASES: tuple[tuple[str, Any], ...] = (("tickets_ticket", Ticket), *_RELATED.items())
_JOINED = "from tickets_ticket" + "".join(
    f' left join {model._meta.db_table} "{name}" on "{name}".vendor_id = tickets_ticket.vendor_id'
    f' and "{name}".id = tickets_ticket.{name}_id'
    for name, model in _RELATED.items()
)
_LATEST = (
    " join lateral (select v.number, v.decision from tickets_verdict v"
    " where v.vendor_id = tickets_ticket.vendor_id and v.ticket_id = tickets_ticket.id"
    " order by v.number desc limit 1) latest on true"
)
_UNSETTLED = (
    "exists (select from tickets_event e where e.vendor_id = tickets_ticket.vendor_id and e.ticket_id = tickets_ticket.id"
    " and e.recorded_at > %s and e.data ? 'press')"
)
"""Whether its row may know of a press that its customer does not: pressed within the last seconds, or undone just now."""


def _tickets(
    readers: Mapping[UUID, Reader], wanteds: Sequence[Wanted], now: datetime
) -> Mapping[tuple[UUID, int], TicketRead]:
    asked: dict[UUID, set[int]] = {}
    for wanted in wanteds:
        numbers = {one.ticket_number for one in wanted.notices if one.ticket_number is not None}
        if numbers and wanted.reader.id in readers:
            asked.setdefault(wanted.reader.id, set()).update(numbers)
    found: list[tuple[UUID, Ticket, int, str, bool]] = []
    for id_, numbers in asked.items():
        found += _seen(id_, readers[id_].viewer, sorted(numbers), now)
    promises = _promises([ticket for _, ticket, *_ in found])
    return {
        (id_, ticket.number): _read(ticket, number, decided, promises, now if unsettled else None)
        for id_, ticket, number, decided, unsettled in found
    }


def _seen(
    id_: UUID, viewer: access.Viewer, numbers: list[int], now: datetime
) -> list[tuple[UUID, Ticket, int, str, bool]]:
    """Those of these requests that the reader may see, with verdict and whether a press is still open."""
    seen = queries.visible(viewer)
    if seen is None:
        return []
    where, given = seen
    rest = f"{_JOINED}{_LATEST} where {where} and tickets_ticket.number = any(%s)"
    since = now - presses.SEND_DELAY
    found: list[tuple[UUID, Ticket, int, str, bool]] = []
    # The instant stands first: it is asked for among the columns.
    also = f"latest.number, latest.decision::text, {_UNSETTLED}"
    for row in rows_of.joined(_ALIASES, rest, [since, *given, numbers], also=also):
        ticket: Ticket = row[0]
        for name, one in zip(_RELATED, row[1:], strict=False):
            if one is not None:
                setattr(ticket, name, one)
        number, decided, unsettled = row[1 + len(_RELATED) :]
        found.append((id_, ticket, number, decided, unsettled and viewer.is_customer))
    return found


def _promises(tickets: Sequence[Ticket]) -> Mapping[UUID, tuple[CommitmentRow, ...]]:
    if not tickets:
        return {}
    found: dict[UUID, tuple[CommitmentRow, ...]] = {}
    rows = rows_of.every(
        CommitmentRow,
        "vendor_id = %s and ticket_id = any(%s) order by started_at, commitment",
        [tickets[0].vendor_id, [one.id for one in tickets]],
    )
    for row in rows:
        found[row.ticket_id] = (*found.get(row.ticket_id, ()), row)
    return found


def _read(
    ticket: Ticket,
    verdict_number: int,
    decided: str,
    promises: Mapping[UUID, tuple[CommitmentRow, ...]],
    unsettled_at: datetime | None,
) -> TicketRead:
    programme = contracts.programme(ticket.revision_id)
    rows = promises.get(ticket.id, ())
    if unsettled_at is not None:
        # Its row knows of a press that can still be taken back: for its customer it is told without that.
        events = presses.shown_to_customers(clockwork.events_of(ticket), unsettled_at)
        clock = clockwork.fold(ticket, events, unsettled_at)
        clockwork.index(ticket, clock, events, unsettled_at)
        rows = tuple(clockwork.commitment_rows(ticket, clock))
    return TicketRead(
        ticket=ticket,
        number=f"{programme.prefix}-{ticket.number}",
        programme=programme,
        decided=decided,
        verdict_number=verdict_number,
        promises=rows,
    )


def bindings(programme: Programme) -> Mapping[str, Binding]:
    """How firm the promises of each clause are meant."""
    found = _BINDINGS.get(programme.version)
    if found is None:
        found = _BINDINGS[programme.version] = {one.clause: one.binding for one in programme.targets.values()}
    return found


_BINDINGS: dict[str, Mapping[str, Binding]] = {}
"""The same for each programme, by its version."""


# --- answers -----------------------------------------------------------------------------------------

_ANSWERS = f"""
select m.id, m.body, m.language, coalesce(u.name, ''), m.reached_at
from tickets_message m left join people_user u on u.vendor_id = m.vendor_id and u.id = m.user_id
where m.vendor_id = %s and m.id = any(%s) and m.public and m.from_vendor and not {presses.NOT_SENT}
"""  # noqa: S608 (a condition of our own)
_UNPRESSED = """
select n.id, e.message_id from people_notice n
join tickets_ticket t on t.vendor_id = n.vendor_id and t.number = n.ticket_number
join tickets_event e on e.vendor_id = t.vendor_id and e.ticket_id = t.id and e.kind = 'answered'
    and e.recorded_at = n.created_at and e.message_id is not null
where n.vendor_id = %s and n.id = any(%s)
"""


_LATEST_ASKED = f"""
select distinct on (n.id) n.id, m.id from people_notice n
join tickets_ticket t on t.vendor_id = n.vendor_id and t.number = n.ticket_number
join tickets_message m on m.vendor_id = t.vendor_id and m.ticket_id = t.id and m.public and m.from_vendor
where n.vendor_id = %s and n.id = any(%s) and not {presses.NOT_SENT}
order by n.id, m.reached_at desc, m.id desc
"""  # noqa: S608 (a condition of our own)
"""What a reminder of silence repeats: the last that was said to the customer."""


def _messages(
    vendor_id: UUID, notices: Sequence[Notice], now: datetime
) -> tuple[Mapping[UUID, MessageRead], Mapping[UUID, UUID]]:
    """The answers these notices tell of: those of a press by its name, the machine's by the instant."""
    of_notice: dict[UUID, UUID] = {}
    bare: list[UUID] = []
    silent = [one.id for one in notices if one.kind == "reminded" and one.data.get("about") == "silence"]
    if silent:
        since = now - presses.SEND_DELAY
        of_notice |= dict(prepared.rows(_LATEST_ASKED, [vendor_id, silent, since]))
    for one in notices:
        if one.kind != "request-moved" or one.data.get("what") not in ("answered", "resolved"):
            continue
        press = str(one.data.get("press", ""))
        if press:
            of_notice[one.id] = UUID(press)
        else:
            bare.append(one.id)
    if bare:
        of_notice |= dict(prepared.rows(_UNPRESSED, [vendor_id, bare]))
    if not of_notice:
        return {}, {}
    ids = list(set(of_notice.values()))
    rows = prepared.rows(_ANSWERS, [vendor_id, ids, now - presses.SEND_DELAY])
    files = attachments.shown(vendor_id, [row[0] for row in rows])
    found = {
        id_: MessageRead(id=id_, body=body, language=language, who=who, at=at, files=files.get(id_, ()))
        for id_, body, language, who, at in rows
    }
    return found, of_notice
