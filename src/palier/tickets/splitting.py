"""Splitting a request that is about two things: some of its messages become a request of their own, from when they reached us.

The new request is opened by the same action as any other, in the past: its own decision on the facts of that instant, its
own clock. The original is not touched: the messages stand in both, word for word, with their files. Rules:
docs/reference/clock.md, "Merging and splitting".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.clock import EventKind
from palier.people import access, notices
from palier.people.models import Contact, Staff
from palier.tickets import clockwork, drafts, links, locks, opening, permissions, previewing, steering
from palier.tickets.drafts import Draft
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Attachment, Event, Link, Message, Relation, Ticket, TicketClearance
from palier.tickets.previewing import Preview
from palier.tickets.problems import CannotDo


def draft_of(ticket: Ticket) -> Draft:
    """What the new request is asked to be until the desk says otherwise: as the original, without its words."""
    programme = contracts.programme(ticket.revision_id)
    request = drafts.of_ticket(ticket)
    asked = {fact.id for fact in drafts.questions(programme, kind=ticket.kind, of=drafts.STAFFS_WORDS)}
    return Draft(
        kind=ticket.kind,
        subject=ticket.subject,
        body="",
        product=ticket.product,
        version=ticket.version,
        environment=ticket.environment,
        effect=ticket.effect,
        facts={name: v for name, v in request.facts.items() if name in asked or name == drafts.MODIFICATION},
        fields=request.fields,
        language=ticket.language,
        solution_id=ticket.solution_id,
        site_id=ticket.site_id,
    )


def splittable(by: access.Viewer, ticket: Ticket) -> tuple[Message, ...]:
    """The messages of the customer's side that can become a request: those that have not become one yet."""
    gone = _split_before(ticket)
    rows = Message.objects.filter(vendor_id=by.vendor_id, ticket_id=ticket.id, public=True, from_vendor=False)
    return tuple(
        row for row in rows.select_related("contact").order_by("reached_at", "id") if str(row.id) not in gone
    )


def split(
    *, by: access.Viewer, ticket: Ticket, messages: Collection[UUID], draft: Draft, now: datetime
) -> Ticket:
    """Make a request of its own of these messages of the customer. `draft` says what it is; its words are the messages'.

    It reached us when the first of them did: decided on the facts of that instant, timed from it. Raises CannotDo.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "split", now)
    chosen = _chosen(by, locked, messages)
    contact = _contact(chosen[0], locked)
    new = opening.open_ticket(
        by=by,
        draft=_worded(draft, locked, chosen[0], contact),
        now=now,
        reached_at=chosen[0].reached_at,
        contact=contact,
        channel=_channel(chosen[0], now),
    )
    _take_readers(locked, new, by=by, now=now)
    first = Message.objects.get(vendor_id=by.vendor_id, ticket_id=new.id)
    copies = [first, *(_copy(new, one, now) for one in chosen[1:])]
    for one, copy in zip(chosen, copies, strict=True):
        _take_files(one, copy)
    Link.objects.create(
        vendor_id=by.vendor_id,
        ticket=new,
        other=locked,
        relation=Relation.SPLIT_FROM,
        user_id=by.user_id,
        at=now,
    )
    ids = [str(one.id) for one in chosen]
    came = Happening(kind=DeskKind.SPLIT_FROM, data={"number": locked.number, "messages": ids})
    went = Happening(kind=DeskKind.SPLIT_OFF, data={"number": new.number, "messages": ids})
    append(new, came, by=by, at=now, now=now)
    append(locked, went, by=by, at=now, now=now)
    clockwork.refold(new, now=now)
    notices.notify(
        vendor_id=by.vendor_id,
        kind=notices.Kind.REQUEST_SPLIT,
        now=now,
        contacts=[contact.id],
        data={"ticket": new.id, "from": links.number(locked)},
        ticket_number=new.number,
    )
    return new


def preview(
    *, by: access.Viewer, ticket: Ticket, messages: Collection[UUID], draft: Draft, now: datetime
) -> Preview:
    """What would be decided, at the instant at which the first of the messages reached us. Writes nothing."""
    permissions.require(by, ticket, "split", now)
    chosen = _chosen(by, ticket, messages)
    contact = _contact(chosen[0], ticket)
    return previewing.preview_request(
        by=by, draft=_worded(draft, ticket, chosen[0], contact), now=chosen[0].reached_at, contact=contact
    )


# --- parts --------------------------------------------------------------------------------------------


def _chosen(by: access.Viewer, ticket: Ticket, wanted: Collection[UUID]) -> list[Message]:
    if not wanted:
        raise CannotDo(
            code="no-message",
            en="Choose at least one message of the customer: the new request is made of it.",
            fr="Choisissez au moins un message du client : la nouvelle demande en est faite.",
        )
    found = [one for one in splittable(by, ticket) if one.id in set(wanted)]
    if len(found) != len(set(wanted)):
        raise CannotDo(
            code="not-to-split",
            en="Only what the customer wrote here, and what is not a request of its own yet, can be split off: reload the page.",
            fr="Seul ce que le client a écrit ici, et qui n’est pas déjà une demande, peut être détaché : rechargez la page.",
        )
    return found


def _split_before(ticket: Ticket) -> set[str]:
    rows = Event.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, kind=DeskKind.SPLIT_OFF
    ).values_list("data", flat=True)
    return {str(one) for data in rows for one in data.get("messages", ())}


def _contact(message: Message, ticket: Ticket) -> Contact:
    return message.contact if message.contact is not None else ticket.author


def _worded(draft: Draft, ticket: Ticket, first: Message, contact: Contact) -> Draft:
    """The draft in the words of its first message, under the original's contract where a partner's or a chosen one."""
    named = ticket.answers.get("contract_chosen") or contact.organisation_id != ticket.organisation_id
    return dataclasses.replace(
        draft,
        body=first.body,
        language=first.language or ticket.language,
        contract_id=ticket.contract_id if named else None,
    )


def _channel(message: Message, now: datetime) -> str:
    """The channel by which it came, where requests may still come by it."""
    programme = contracts.programme(contracts.current_revision_id(message.vendor_id, now))
    return message.channel if message.channel in programme.reach.channels else opening.PORTAL


def _take_readers(original: Ticket, new: Ticket, *, by: access.Viewer, now: datetime) -> None:
    """Who of the desk may read the original, and nobody else, may read what was part of it."""
    if original.restricted:
        named = TicketClearance.objects.filter(vendor_id=by.vendor_id, ticket_id=original.id)
        people = Staff.objects.filter(vendor_id=by.vendor_id, id__in=named.values("staff_id"))
        steering.restrict(by=by, ticket=new, restricted=True, named=list(people), now=now)
    if original.team is not None:
        steering.assign(by=by, ticket=new, team=original.team, now=now)


def _copy(new: Ticket, message: Message, now: datetime) -> Message:
    """A further message, word for word, at the instant at which it reached us."""
    copy = Message.objects.create(
        vendor_id=new.vendor_id,
        ticket=new,
        user_id=message.user_id,
        contact_id=message.contact_id,
        public=True,
        from_vendor=False,
        body=message.body,
        language=message.language,
        channel=message.channel,
        reached_at=message.reached_at,
        recorded_at=now,
    )
    writer = access.Viewer(
        vendor_id=new.vendor_id,
        name="",
        user_id=message.user_id,
        contact_id=message.contact_id or new.author_id,
    )
    wrote = Happening(kind=EventKind.CUSTOMER_WROTE, data={"of": str(message.id)}, message=copy)
    append(new, wrote, by=writer, at=message.reached_at, now=now)
    return copy


def _take_files(message: Message, copy: Message) -> None:
    """The files of a message hang on its copy too: the same ones, which its words may name."""
    rows = Attachment.objects.filter(vendor_id=message.vendor_id, message_id=message.id)
    Attachment.objects.bulk_create(
        Attachment(vendor_id=copy.vendor_id, message=copy, file_id=row.file_id, position=row.position)
        for row in rows.order_by("position")
    )
