"""Part of a request made one of its own: from when it reached us, decided anew, the original as it was."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile

from palier.files import uploading
from palier.people import notices
from palier.people.access import Refused, Viewer
from palier.people.models import Role
from palier.tickets import answering, links, merging, opening, splitting, steering, ticket_page, verify
from palier.tickets.drafts import Draft
from palier.tickets.models import Attachment, CommitmentRow, Event, Message, Ticket, Verdict
from palier.tickets.problems import CannotDo

from . import moneyed, personas
from .moneyed import asked
from .personas import World, at
from .test_merging import opened

THURSDAY = at("2026-07-09 12:00")
LATER = THURSDAY + timedelta(hours=2)
MONDAY = at("2026-07-13 08:00")


def two_things(world: World) -> tuple[Ticket, Message]:
    """A request in which the customer wrote of something else two hours later."""
    ticket = opened(world)
    answering.reply(by=world.customer, ticket=ticket, body="And the report is blank.", now=LATER)
    return ticket, Message.objects.get(ticket=ticket, reached_at=LATER)


def split(world: World, ticket: Ticket, *wrote: Message, now: Any = MONDAY, **more: Any) -> Ticket:
    draft: Draft = dataclasses.replace(splitting.draft_of(ticket), subject="The report is blank", **more)
    return splitting.split(
        by=world.desk, ticket=ticket, messages=[one.id for one in wrote], draft=draft, now=now
    )


def test_it_starts_when_it_reached_us_with_its_own_verdict_and_breach(within: UUID) -> None:
    world = personas.northern(within)
    ticket, message = two_things(world)
    before = list(Event.objects.filter(ticket=ticket).values())
    new = split(world, ticket, message, effect="intermittent-minor")
    assert (new.reached_at, new.severity, new.author_id) == (LATER, "4", world.contact.id)
    submitted = Event.objects.get(ticket=new, kind="submitted")
    assert (submitted.at, submitted.recorded_at) == (LATER, MONDAY)
    verdict = Verdict.objects.get(ticket=new)
    assert (verdict.number, verdict.decided_at) == (1, LATER)
    # Severity 4: 16 h from Thursday 16:00 in Paris are over on Monday at 14:00.
    first = CommitmentRow.objects.get(ticket=new, commitment="first_response")
    assert (first.started_at, first.due_at) == (LATER, at("2026-07-13 12:00"))
    assert list(Event.objects.filter(ticket=ticket).values())[: len(before)] == before
    assert verify.verify(vendor_id=within, now=MONDAY).mismatches == ()


def test_what_fell_due_meanwhile_is_missed_at_its_true_instant(within: UUID) -> None:
    world = personas.northern(within)
    ticket, message = two_things(world)
    new = split(world, ticket, message)
    # Severity 1: 8 h from Thursday 16:00 in Paris were over on Friday at 15:00.
    assert Event.objects.get(ticket=new, kind="breached").at == at("2026-07-10 13:00")


def test_both_say_it_word_for_word_and_are_linked_for_both_sides(within: UUID) -> None:
    world = personas.northern(within)
    ticket, message = two_things(world)
    answering.reply(by=world.customer, ticket=ticket, body="Page two, too.", now=LATER + timedelta(hours=1))
    more = Message.objects.get(ticket=ticket, body="Page two, too.")
    new = split(world, ticket, more, message)
    copies = Message.objects.filter(ticket=new).order_by("reached_at")
    told = [(one.body, one.reached_at, one.contact_id, one.user_id) for one in copies]
    assert told == [(one.body, one.reached_at, one.contact_id, one.user_id) for one in (message, more)]
    assert Message.objects.filter(ticket=ticket).count() == 3
    for viewer in (world.customer, world.desk):
        assert [(one.relation, one.id) for one in links.of(viewer, ticket)] == [("split-off", new.id)]
        assert [(one.relation, one.id) for one in links.of(viewer, new)] == [("split-from", ticket.id)]
        page = ticket_page.ticket_page(viewer, number=new.number, now=MONDAY)
        assert [entry.body for entry in page.stream if entry.body] == [message.body, more.body]
    told_of = notices.notices(world.customer).get(kind="request-split")
    assert (told_of.ticket_number, told_of.data["from"]) == (new.number, links.number(ticket))


def test_a_message_becomes_a_request_once_and_only_what_the_customer_wrote_does(within: UUID) -> None:
    world = personas.northern(within)
    ticket, message = two_things(world)
    answering.reply(by=world.desk, ticket=ticket, body="We look.", now=LATER)
    ours = Message.objects.get(ticket=ticket, from_vendor=True)
    with pytest.raises(CannotDo, match="not-to-split"):
        split(world, ticket, ours)
    with pytest.raises(CannotDo, match="no-message"):
        split(world, ticket)
    split(world, ticket, message)
    assert [one.id for one in splitting.splittable(world.desk, ticket)] == [
        Message.objects.get(ticket=ticket, reached_at=THURSDAY).id
    ]
    with pytest.raises(CannotDo, match="not-to-split"):
        split(world, ticket, message)
    with pytest.raises(Refused, match="not-allowed"):
        splitting.split(
            by=world.customer,
            ticket=ticket,
            messages=[message.id],
            draft=splitting.draft_of(ticket),
            now=MONDAY,
        )


def test_who_could_not_read_the_original_does_not_read_the_new_one(within: UUID) -> None:
    world = personas.northern(within)
    ticket, message = two_things(world)
    steering.restrict(by=world.desk, ticket=ticket, restricted=True, named=[world.manager], now=LATER)
    new = split(world, ticket, message)
    stranger = Viewer.staff(personas.add_staff(world.machine, "sacha", Role.MANAGER))
    assert not Ticket.objects.visible_to(stranger).filter(id=new.id).exists()
    for viewer in (world.desk, world.boss):
        assert Ticket.objects.visible_to(viewer).filter(id=new.id).exists()


def test_the_preview_says_what_will_be_decided_and_a_unit_is_used_by_the_same_action(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = opening.open_ticket(
        by=world.customer, draft=asked("error", effect="task-hindered"), now=THURSDAY
    )
    message = Message.objects.get(ticket=ticket)
    draft = dataclasses.replace(splitting.draft_of(ticket), subject="Else")
    shown = splitting.preview(by=world.desk, ticket=ticket, messages=[message.id], draft=draft, now=MONDAY)
    new = splitting.split(by=world.desk, ticket=ticket, messages=[message.id], draft=draft, now=MONDAY)
    assert (shown.decision.clause, shown.decision.outcome) == (new.clause, new.outcome)


def test_files_come_along_and_stay_where_they_are(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    file = uploading.take(by=world.customer, name="log.txt", content=ContentFile(b"blank page"), now=LATER)
    answering.reply(by=world.customer, ticket=ticket, body="The log.", now=LATER, files=[file.id])
    message = Message.objects.get(ticket=ticket, reached_at=LATER)
    new = split(world, ticket, message)
    for where in (ticket, new):
        page = ticket_page.ticket_page(world.customer, number=where.number, now=MONDAY)
        (said,) = (entry for entry in page.stream if entry.body == "The log.")
        assert [one.name for one in said.files] == ["log.txt"]
    first, second = Attachment.objects.order_by("id")
    assert (first.file_id, first.message_id) == (second.file_id, message.id)
    other = opened(world)
    merging.merge(by=world.desk, ticket=new, into=other, now=MONDAY)
    page = ticket_page.ticket_page(world.customer, number=other.number, now=MONDAY)
    assert [one.name for entry in page.stream for one in entry.files] == ["log.txt"]
