"""Opening: the preview says what then happens, and Northern's worked figures come out on real rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from palier.contracts import actions as contracts
from palier.tickets import answering, convert, opening
from palier.tickets.models import CommitmentRow, Event, Status, Ticket, Verdict
from palier.tickets.problems import CannotDo

from . import personas
from .personas import at

THURSDAY = at("2026-07-09 12:00")  # 14:00 in Paris


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Europe/Paris", "2026-07-10 11:00"),
        ("America/Toronto", "2026-07-09 21:00"),
        ("Asia/Tokyo", "2026-07-10 08:00"),
        ("Asia/Kathmandu", "2026-07-10 11:00"),
    ],
)
def test_first_answer_is_due_in_the_customers_hours(within: UUID, zone: str, due: str) -> None:
    world = personas.northern(within, zone=zone)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
    assert ticket.next_due_at == at(due)
    assert ticket.next_due_commitment == "first_response"
    assert (ticket.status, ticket.outcome, ticket.clause, ticket.severity) == (Status.NEW, "cover", "C2", "2")
    assert ticket.number == 1001
    assert Verdict.objects.get(ticket=ticket).number == 1
    assert CommitmentRow.objects.get(ticket=ticket).due_at == ticket.next_due_at


def test_answered_friday_at_nine_it_took_four_hours(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
    answering.reply(by=world.desk, ticket=ticket, body="We are on it.", now=at("2026-07-10 07:00"))
    ticket.refresh_from_db()
    first = CommitmentRow.objects.get(ticket=ticket, commitment="first_response")
    assert (first.state, first.met_at) == ("met", at("2026-07-10 07:00"))
    assert ticket.next_due_commitment == "next_update"
    assert ticket.next_due_at == at("2026-07-13 14:00")
    assert ticket.status == Status.OPEN


def test_preview_says_what_opening_then_does_and_writes_nothing(within: UUID) -> None:
    world = personas.northern(within)
    before = (Event.objects.count(), Ticket.objects.count())
    preview = opening.preview_request(by=world.customer, draft=personas.failure(), now=THURSDAY)
    assert (Event.objects.count(), Ticket.objects.count()) == before
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
    assert preview.due_at is not None
    assert convert.instant(preview.due_at) == ticket.next_due_at
    assert preview.decision == convert.decision_from_json(Verdict.objects.get(ticket=ticket).decision)
    assert (preview.reply_language, preview.wrote, preview.zone) == ("en", "fr", "Europe/Paris")
    assert preview.missing == ()


def test_preview_of_an_unfinished_draft_says_what_it_will_be(within: UUID) -> None:
    world = personas.northern(within)
    draft = personas.failure(fields={}, body="")
    preview = opening.preview_request(by=world.customer, draft=draft, now=THURSDAY)
    assert preview.decision.holds == ("information",)
    assert preview.missing == ("description", "applications", "access")
    assert preview.once_complete.clause == "C2"
    assert preview.due_at is not None


def test_what_is_missing_is_asked_at_once_and_holds_the_clock(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(fields={}), now=THURSDAY)
    assert (ticket.status, ticket.hold, ticket.next_due_at) == (Status.HELD, "information", None)
    asked = Event.objects.get(ticket=ticket, kind="information-missing")
    assert asked.data == {"fields": ["applications", "access"]}
    assert asked.at == THURSDAY


def test_before_the_hand_over_a_request_goes_to_the_project(within: UUID) -> None:
    world = personas.northern(within, delivered=False)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
    assert (ticket.status, ticket.outcome, ticket.clause) == (Status.NOT_COVERED, "exclude", "B1")
    assert not CommitmentRow.objects.filter(ticket=ticket)


def test_a_late_arrival_is_decided_and_timed_by_when_it_reached_us(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(
        by=world.customer, draft=personas.failure(), now=at("2026-07-10 12:00"), reached_at=THURSDAY
    )
    assert ticket.breached_at == at("2026-07-10 11:00")
    assert Event.objects.get(ticket=ticket, kind="breached").at == at("2026-07-10 11:00")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subject": " "}, "no-subject"),
        ({"subject": "x" * 301}, "long-subject"),
        ({"kind": "nonsense"}, "unknown-word"),
        ({"product": "nonsense"}, "unknown-word"),
        ({"environment": "nonsense"}, "unknown-word"),
        ({"effect": "nonsense"}, "unknown-word"),
        ({"facts": {"contract": "active"}}, "not-asked"),
        ({"facts": {"severity": "1"}}, "not-asked"),
        ({"facts": {"nonsense": "1"}}, "unknown-word"),
        ({"facts": {"cause": "nonsense"}}, "unknown-word"),
    ],
)
def test_words_that_do_not_fit_are_refused_by_name(within: UUID, change: dict[str, Any], code: str) -> None:
    world = personas.northern(within)
    with pytest.raises(CannotDo) as caught:
        opening.open_ticket(by=world.customer, draft=personas.failure(**change), now=THURSDAY)
    assert caught.value.code == code
    assert set(caught.value.said) == {"en", "fr"}


def test_nothing_reaches_us_in_the_future(within: UUID) -> None:
    world = personas.northern(within)
    with pytest.raises(CannotDo, match="in-the-future"):
        opening.open_ticket(
            by=world.customer,
            draft=personas.failure(),
            now=THURSDAY,
            reached_at=datetime.max.replace(tzinfo=THURSDAY.tzinfo),
        )


def test_a_call_is_logged_for_a_contact(within: UUID) -> None:
    world = personas.northern(within)
    with pytest.raises(CannotDo, match="for-whom"):
        opening.open_ticket(by=world.desk, draft=personas.failure(), now=THURSDAY)
    with pytest.raises(CannotDo, match="channel-off"):
        opening.open_ticket(
            by=world.desk, draft=personas.failure(), now=THURSDAY, contact=world.contact, channel="telephone"
        )
    ticket = opening.open_ticket(by=world.desk, draft=personas.failure(), now=THURSDAY, contact=world.contact)
    assert ticket.author == world.contact


def test_of_two_contracts_that_hold_a_defect_the_one_that_will_cover_it_is_taken(within: UUID) -> None:
    world = personas.horizant(within, paid=False)
    contracts.draw_up(
        by=world.machine,
        organisation=world.organisation,
        plan="expert-hours",
        number="H-2",
        activation_on=date(2026, 6, 1),
        now=personas.START,
        contacts=[world.contact],
    )
    ticket = opening.open_ticket(by=world.customer, draft=personas.deviation(), now=THURSDAY)
    assert ticket.outcome == "hold"
    assert ticket.contract_id == world.contract.id
