"""Taking an answer back: within ten seconds, by whoever sent it, with all that it did, and unseen by the customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.moneyed import left, solidxperts, state
from tests.tickets.personas import at, northern
from tests.tickets.test_choosing import LATER, choose, how_to

from palier.people.access import Viewer
from palier.tickets import (
    answering,
    clockwork,
    opening,
    presses,
    queries,
    reopening,
    sweeping,
    ticket_page,
    verify,
    waiting,
)
from palier.tickets.models import Event, Message, Status, Ticket
from palier.tickets.problems import CannotDo

THURSDAY, FRIDAY = at("2026-07-09 12:00"), at("2026-07-10 07:00")
SECOND = timedelta(seconds=1)


def page(viewer: Viewer, ticket: Ticket, now: datetime) -> ticket_page.TicketPage:
    return ticket_page.ticket_page(viewer, number=ticket.number, now=now)


def bodies(found: ticket_page.TicketPage) -> list[str]:
    return [one.body for one in found.stream if one.kind == "message"]


def kinds(found: ticket_page.TicketPage) -> list[str]:
    return [one.kind for one in found.stream]


def opened(world: personas.World, effect: str = "lasting-major") -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(effect), now=THURSDAY)


def answered(world: personas.World, ticket: Ticket, **more: str) -> UUID:
    answering.reply(by=world.desk, ticket=ticket, body="Try this.", now=FRIDAY, **more)  # type: ignore[arg-type]
    return Message.objects.get(ticket=ticket, body="Try this.").id


INDEX = (*clockwork.INDEX, "severity")


def index(ticket: Ticket) -> dict[str, object]:
    return dict(Ticket.objects.values(*INDEX).get(id=ticket.id))


@pytest.mark.parametrize("then", ["keep", "wait-customer", "resolve"])
@pytest.mark.parametrize("workaround", [False, True])
def test_what_is_taken_back_never_was(within: UUID, then: str, workaround: bool) -> None:
    world = northern(within)
    ticket, other = opened(world), opened(world)
    before = index(ticket)
    answering.reply(
        by=world.desk, ticket=ticket, body="Try this.", now=FRIDAY, then=then, workaround=workaround
    )
    assert index(ticket) != before
    message = Message.objects.get(ticket=ticket, body="Try this.")
    found = answering.undo(by=world.desk, ticket=ticket, message=message.id, now=FRIDAY + 9 * SECOND)
    assert found.body == "Try this."
    assert index(ticket) == before
    assert verify_one(within) == ()
    assert index(other)["status"] == "new"


def verify_one(vendor_id: UUID) -> tuple[object, ...]:
    """What does not match, looked at from within the test's own transaction."""
    found = []
    tickets = list(Ticket.objects.filter(vendor_id=vendor_id).select_related("organisation"))
    for _, _, mismatches in verify._recomputed(vendor_id, tickets, FRIDAY + 9 * SECOND):
        found += mismatches
    return tuple(found)


def test_what_fell_due_meanwhile_is_breached_at_its_true_instant(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    due = ticket.next_due_at
    assert due is not None
    answering.reply(by=world.desk, ticket=ticket, body="Just in time.", now=due - 5 * SECOND)
    message = Message.objects.get(ticket=ticket, body="Just in time.")
    answering.undo(by=world.desk, ticket=ticket, message=message.id, now=due + 4 * SECOND)
    ticket.refresh_from_db()
    assert (ticket.breached, ticket.breached_at) == (True, due)
    assert Event.objects.get(ticket=ticket, kind="breached").at == due


def test_only_who_pressed_and_only_for_ten_seconds(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    message = answered(world, ticket)
    for viewer in (world.boss, world.machine, world.customer):
        with pytest.raises(CannotDo, match="not-your-answer"):
            answering.undo(by=viewer, ticket=ticket, message=message, now=FRIDAY + SECOND)
    with pytest.raises(CannotDo, match="too-late-to-undo") as late:
        answering.undo(by=world.desk, ticket=ticket, message=message, now=FRIDAY + 10 * SECOND)
    assert "write a second answer" in late.value.said["en"]
    answering.undo(by=world.desk, ticket=ticket, message=message, now=FRIDAY + 9 * SECOND)
    with pytest.raises(CannotDo, match="taken-back-already"):
        answering.undo(by=world.desk, ticket=ticket, message=message, now=FRIDAY + 9 * SECOND)
    note = answering.add_note(by=world.desk, ticket=ticket, body="Between us.", now=FRIDAY)
    with pytest.raises(CannotDo, match="not-your-answer"):
        answering.undo(by=world.desk, ticket=ticket, message=note.id, now=FRIDAY + SECOND)
    other = opened(world)
    with pytest.raises(CannotDo, match="not-your-answer"):
        answering.undo(by=world.desk, ticket=other, message=message, now=FRIDAY + SECOND)


def test_what_was_closed_since_is_not_taken_back(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    message = answered(world, ticket, then="resolve")
    reopening.close(by=world.boss, ticket=ticket, now=FRIDAY + SECOND)
    with pytest.raises(CannotDo, match="closed-since"):
        answering.undo(by=world.desk, ticket=ticket, message=message, now=FRIDAY + 2 * SECOND)


def test_the_customer_sees_an_answer_and_what_it_did_only_after_ten_seconds(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    answered(world, ticket, then="resolve")
    soon, then = FRIDAY + 9 * SECOND, FRIDAY + 10 * SECOND
    found = page(world.customer, ticket, soon)
    assert "Try this." not in bodies(found)
    assert "resolved" not in kinds(found)
    assert (found.ticket.status, found.clock.resolved_at) == (Status.NEW, None)
    (line,) = queries.my_tickets(world.customer, now=soon, only_open=True)
    assert (line.status, line.due_at) == (Status.NEW, at("2026-07-10 11:00"))
    found = page(world.customer, ticket, then)
    assert "Try this." in bodies(found)
    assert "resolved" in kinds(found)
    assert found.ticket.status == Status.RESOLVED
    assert queries.my_tickets(world.customer, now=then, only_open=True) == ()
    assert [one.status for one in queries.my_tickets(world.customer, now=then)] == [Status.RESOLVED]


def test_the_customer_never_sees_what_was_taken_back_and_the_desk_sees_who_did(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    message = answered(world, ticket, then="wait-customer")
    mine = next(one for one in page(world.desk, ticket, FRIDAY + SECOND).stream if one.id == message)
    assert (mine.undo_until, mine.taken_back) == (FRIDAY + 10 * SECOND, None)
    theirs = next(one for one in page(world.boss, ticket, FRIDAY + SECOND).stream if one.id == message)
    assert theirs.undo_until is None
    answering.undo(by=world.desk, ticket=ticket, message=message, now=FRIDAY + 5 * SECOND)
    for when in (FRIDAY + 6 * SECOND, FRIDAY + 60 * SECOND):
        found = page(world.customer, ticket, when)
        assert bodies(found) == bodies(page(world.customer, ticket, THURSDAY))
        assert "wait-started" not in kinds(found)
        assert found.ticket.status == Status.NEW
    found = page(world.desk, ticket, FRIDAY + 60 * SECOND)
    gone = next(one for one in found.stream if one.id == message)
    assert gone.taken_back is not None
    assert (gone.taken_back.name, gone.taken_back.at) == ("Alex", FRIDAY + 5 * SECOND)
    assert (gone.undo_until, gone.body) == (None, "Try this.")
    assert not {"wait-started", "answer-withdrawn"} & {*kinds(found)}


def test_an_answer_of_the_forms_beside_the_composer_can_be_taken_back_too(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    before = index(ticket)
    waiting.wait_for(by=world.desk, ticket=ticket, wait="patch", message="M", now=FRIDAY)
    message = Message.objects.get(ticket=ticket, body="M")
    answering.undo(by=world.desk, ticket=ticket, message=message.id, now=FRIDAY + SECOND)
    assert index(ticket) == before
    reopening.resolve(by=world.desk, ticket=ticket, message="N", now=FRIDAY)
    message = Message.objects.get(ticket=ticket, body="N")
    answering.undo(by=world.desk, ticket=ticket, message=message.id, now=FRIDAY + SECOND)
    assert index(ticket) == before


# --- what the request holds of an allowance ----------------------------------------------------------


def test_nothing_is_used_before_the_resolving_answer_stands(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world)
    choose(world, ticket, "grace-call")
    answering.reply(by=world.desk, ticket=ticket, body="Like so", now=LATER, then="resolve")
    message = Message.objects.get(ticket=ticket, body="Like so").id
    assert state(ticket) == "reserved"
    ticket.refresh_from_db()
    assert ticket.next_check_at == LATER + 10 * SECOND
    answering.undo(by=world.desk, ticket=ticket, message=message, now=LATER + 9 * SECOND)
    sweeping.attend_batch(within, [ticket.id], LATER + 20 * SECOND)
    assert (state(ticket), left(world, "grace-calls", LATER)) == ("reserved", 0)
    again = LATER + 60 * SECOND
    answering.reply(by=world.desk, ticket=ticket, body="Like this", now=again, then="resolve")
    sweeping.attend_batch(within, [ticket.id], again + 9 * SECOND)
    assert state(ticket) == "reserved"
    sweeping.attend_batch(within, [ticket.id], again + 10 * SECOND)
    assert state(ticket) == "consumed"
    assert Event.objects.filter(ticket=ticket, kind="settled").count() == 1
    ticket.refresh_from_db()
    assert ticket.next_check_at is None or ticket.next_check_at > again + 10 * SECOND
    sweeping.attend_batch(within, [ticket.id], again + 20 * SECOND)
    assert Event.objects.filter(ticket=ticket, kind="settled").count() == 1


def test_what_was_reopened_before_the_worker_came_by_is_not_used(within: UUID) -> None:
    world = solidxperts(within)
    ticket = how_to(world)
    choose(world, ticket, "grace-call")
    answering.reply(by=world.desk, ticket=ticket, body="Like so", now=LATER, then="resolve")
    # The worker slept; the customer wrote, and the request is open again.
    answering.reply(by=world.customer, ticket=ticket, body="No", now=LATER + 60 * SECOND)
    ticket.refresh_from_db()
    assert ticket.is_open
    sweeping.attend_batch(within, [ticket.id], LATER + 120 * SECOND)
    assert state(ticket) == "reserved"
    assert Event.objects.filter(ticket=ticket, kind="settled").exists()


def test_messages_that_are_not_sent_are_named_in_one_condition(within: UUID) -> None:
    """For what reads messages without a ticket's page: search, exports."""
    from django.db import connection

    world = northern(within)
    ticket = opened(world)
    message = answered(world, ticket)

    def hidden(now: datetime) -> list[UUID]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"select m.id from tickets_message m where {presses.NOT_SENT}",
                [now - presses.SEND_DELAY],
            )
            return [id_ for (id_,) in cursor.fetchall()]

    assert hidden(FRIDAY + 9 * SECOND) == [message]
    assert hidden(FRIDAY + 10 * SECOND) == []
    answering.undo(by=world.desk, ticket=ticket, message=message, now=FRIDAY + 9 * SECOND)
    assert hidden(FRIDAY + 60 * SECOND) == [message]
