"""Answers, waits, severity, relief, ends and new beginnings, on Northern's customer in Paris."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from palier.contracts import actions as contracts
from palier.contracts.models import Solution
from palier.people import actions as people
from palier.people.access import Refused, Viewer
from palier.people.models import Role
from palier.tickets import (
    answering,
    classifying,
    objecting,
    opening,
    reopening,
    steering,
    ticket_page,
    waiting,
)
from palier.tickets.models import CommitmentRow, Event, Message, Status, Ticket, Verdict
from palier.tickets.problems import CannotDo

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")


def opened(world: World, **more: Any) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(**more), now=THURSDAY)


def commitment(ticket: Ticket, name: str, cycle: int = 1) -> CommitmentRow:
    return CommitmentRow.objects.get(ticket=ticket, commitment=name, cycle=cycle)


def test_waiting_for_the_customer_ends_when_it_writes(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    answering.reply(
        by=world.desk, ticket=ticket, body="Which version?", now=at("2026-07-09 14:00"), then="wait-customer"
    )
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait, ticket.next_due_at) == (Status.WAITING, "customer", None)
    assert commitment(ticket, "next_update").state == "paused"
    answering.reply(by=world.customer, ticket=ticket, body="Version 7", now=at("2026-07-13 08:00"))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait) == (Status.OPEN, "")
    # 16 h left from Monday 10:00 in Paris: 8 h on Monday, 8 h on Tuesday.
    assert ticket.next_due_at == at("2026-07-14 15:00")


def test_waiting_for_a_patch_takes_a_message_and_an_agent_resumes(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(CannotDo, match="no-words"):
        waiting.wait_for(by=world.desk, ticket=ticket, wait="patch", message="", now=THURSDAY)
    with pytest.raises(CannotDo, match="unknown-word"):
        waiting.wait_for(by=world.desk, ticket=ticket, wait="godot", message="…", now=THURSDAY)
    ticket = waiting.wait_for(
        by=world.desk, ticket=ticket, wait="patch", message="A patch is coming.", now=at("2026-07-09 14:00")
    )
    assert (ticket.status, ticket.wait) == (Status.WAITING, "patch")
    ticket = waiting.resume(by=world.desk, ticket=ticket, now=at("2026-07-10 08:00"))
    assert ticket.status == Status.OPEN
    with pytest.raises(Refused, match="not-allowed"):
        waiting.resume(by=world.desk, ticket=ticket, now=at("2026-07-10 09:00"))


def test_severity_raised_after_its_time_is_breached_at_that_instant(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world, effect="intermittent-minor")
    assert ticket.severity == "4"
    friday = at("2026-07-10 15:00")  # 12 h used, more than the 8 h of severity 1
    row = classifying.change_severity(
        by=world.desk, ticket=ticket, severity="1", reason="Nobody works", now=friday
    )
    assert row is not None
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.breached_at) == ("1", friday)
    assert Event.objects.get(ticket=ticket, kind="breached").at == friday
    with pytest.raises(CannotDo, match="no-change"):
        classifying.change_severity(by=world.desk, ticket=ticket, severity="1", reason="x", now=friday)


def test_a_severity_needs_a_reason_and_the_customer_may_contest_it(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(CannotDo, match="no-reason"):
        classifying.change_severity(by=world.desk, ticket=ticket, severity="4", reason="", now=THURSDAY)
    with pytest.raises(CannotDo, match="unknown-word"):
        classifying.change_severity(by=world.desk, ticket=ticket, severity="9", reason="x", now=THURSDAY)
    with pytest.raises(Refused, match="not-allowed"):
        classifying.change_severity(by=world.customer, ticket=ticket, severity="1", reason="x", now=THURSDAY)
    with pytest.raises(CannotDo, match="unknown-word"):
        objecting.contest(by=world.customer, ticket=ticket, what="weather", words="No", now=THURSDAY)
    objecting.contest(by=world.customer, ticket=ticket, what="severity", words="It is worse.", now=THURSDAY)
    contested = Event.objects.get(ticket=ticket, kind="contested")
    assert contested.data == {"what": "severity"}
    assert contested.message is not None
    assert contested.message.body == "It is worse."


def test_classifying_decides_anew_and_the_customer_reads_it(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(CannotDo, match="unknown-word"):
        classifying.classify(
            by=world.desk, ticket=ticket, changes={"colour": "red"}, reason="x", now=THURSDAY
        )
    row = classifying.classify(
        by=world.desk,
        ticket=ticket,
        changes={"kind": "services"},
        reason="It is a wish",
        now=at("2026-07-09 13:00"),
    )
    assert row is not None
    assert (row.number, row.outcome, row.clause) == (2, "offer", "B4")
    assert row.replaces is not None
    assert row.replaces.outcome == "cover"
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait, ticket.severity) == (Status.WAITING, "consent", "4")
    page = ticket_page.ticket_page(world.customer, number=ticket.number, now=at("2026-07-09 13:00"))
    told = next(entry for entry in page.stream if entry.kind == "decided")
    assert told.data["reason"] == "It is a wish"
    assert told.data["was"] == {"outcome": "cover", "clauses": ["C2"]}
    assert (page.verdict_number, page.verdict_count) == (2, 2)
    same = classifying.classify(
        by=world.desk, ticket=ticket, changes={"kind": "services"}, reason="again", now=at("2026-07-09 13:00")
    )
    assert same is None


def test_a_hand_over_since_lets_an_excluded_request_be_decided_anew(within: UUID) -> None:
    world = personas.northern(within, delivered=False)
    ticket = opened(world)
    again: dict[str, Any] = {"by": world.desk, "ticket": ticket, "changes": {}, "reason": "Look again"}
    assert classifying.classify(**again, now=THURSDAY) is None
    contracts.hand_over(
        by=world.machine, solution=Solution.objects.get(), on=date(2026, 7, 10), now=at("2026-07-10 08:00")
    )
    row = classifying.classify(**again, now=at("2026-07-10 08:00"))
    assert row is not None
    assert (row.outcome, row.clause) == ("cover", "C2")
    # It is accepted, and so begins, on Friday 10:00 in Paris: eight hours from there.
    assert commitment(ticket, "first_response").due_at == at("2026-07-10 16:00")


def test_a_version_is_kept_and_decides_nothing(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    row = classifying.classify(
        by=world.desk, ticket=ticket, changes={"version": "7.1"}, reason="Asked", now=THURSDAY
    )
    assert row is None
    ticket.refresh_from_db()
    assert ticket.version == "7.1"
    assert Verdict.objects.filter(ticket=ticket).count() == 1


def test_resolved_and_written_again_within_the_days_reopens(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    reopening.resolve(by=world.desk, ticket=ticket, now=at("2026-07-10 08:00"), message="Solved.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.is_open, ticket.next_due_at) == (Status.RESOLVED, False, None)
    # 14 local days after 10 July, the last included: until 24 July 24:00 in Paris.
    same = answering.reply(by=world.customer, ticket=ticket, body="Again!", now=at("2026-07-24 21:59"))
    assert same.id == ticket.id
    ticket.refresh_from_db()
    assert (ticket.status, ticket.is_open) == (Status.OPEN, True)
    assert ticket.next_due_commitment == "next_update"


def test_written_too_late_it_is_a_new_linked_request(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    reopening.resolve(by=world.desk, ticket=ticket, now=at("2026-07-10 08:00"))
    late = at("2026-07-24 22:00")
    with pytest.raises(CannotDo, match="too-late-to-reopen"):
        reopening.reopen(by=world.desk, ticket=ticket, body="Look again", now=late)
    new = answering.reply(by=world.customer, ticket=ticket, body="Again!", now=late)
    assert new.id != ticket.id
    assert (new.follows_id, new.number, new.status, new.kind) == (ticket.id, 1002, Status.NEW, "defect")
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert Event.objects.get(ticket=ticket, kind="linked").data == {"number": 1002, "relation": "followed-by"}
    assert Event.objects.get(ticket=new, kind="linked").data == {"number": 1001, "relation": "follows"}


def test_closed_without_being_resolved_it_does_not_reopen(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    reopening.close(by=world.customer, ticket=ticket, now=THURSDAY, reason="mistake")
    new = reopening.reopen(by=world.customer, ticket=ticket, body="No, it is real", now=THURSDAY)
    assert new.follows_id == ticket.id


def test_notes_stay_inside(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    answering.add_note(by=world.desk, ticket=ticket, body="They forgot to pay.", now=THURSDAY)
    with pytest.raises(Refused, match="not-allowed"):
        answering.add_note(by=world.customer, ticket=ticket, body="Hello", now=THURSDAY)
    theirs = ticket_page.ticket_page(world.customer, number=f"NOR-{ticket.number}", now=THURSDAY)
    ours = ticket_page.ticket_page(world.desk, number=ticket.number, now=THURSDAY)
    assert [entry.kind for entry in theirs.stream] == ["message", "submitted"]
    assert [entry.kind for entry in ours.stream if entry.kind == "note"] == ["note"]
    assert {"reply", "contest"} <= theirs.can
    assert "classify" not in theirs.can
    assert {"reply", "classify", "assign"} <= ours.can


def test_an_empty_answer_and_an_unknown_way_on_are_refused(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(CannotDo, match="no-words"):
        answering.reply(by=world.desk, ticket=ticket, body="  ", now=THURSDAY)
    with pytest.raises(CannotDo, match="unknown-word"):
        answering.reply(by=world.desk, ticket=ticket, body="x", now=THURSDAY, then="vanish")


def test_a_workaround_and_a_resolution_in_one_answer(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    answering.reply(
        by=world.desk,
        ticket=ticket,
        body="Do it so.",
        now=at("2026-07-09 14:00"),
        workaround=True,
        then="resolve",
    )
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert Event.objects.filter(ticket=ticket, kind="workaround-given").exists()
    assert Message.objects.filter(ticket=ticket, from_vendor=True).count() == 1


def test_moving_to_another_site_keeps_the_time_used(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    tokyo = people.add_site(
        by=world.machine, organisation=world.organisation, name="Tokyo", zone="Asia/Tokyo"
    )
    ticket = classifying.move_site(by=world.desk, ticket=ticket, site=tokyo, now=at("2026-07-09 14:00"))
    # Two hours were used in Paris; six are left from Friday 09:00 in Tokyo.
    assert (ticket.zone, ticket.next_due_at) == ("Asia/Tokyo", at("2026-07-10 06:00"))
    other = personas.add_customer(world.machine, name="Other")
    elsewhere = people.add_site(by=world.machine, organisation=other, name="X", zone="UTC")
    with pytest.raises(CannotDo, match="no-such-site"):
        classifying.move_site(by=world.desk, ticket=ticket, site=elsewhere, now=at("2026-07-09 15:00"))
    back = classifying.move_site(by=world.desk, ticket=ticket, site=None, now=at("2026-07-09 15:00"))
    assert back.zone == "Europe/Paris"


def test_assigning_keeps_out_those_who_may_not_see(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    team = people.add_team(by=world.machine, name="Level 1")
    ticket = steering.assign(by=world.desk, ticket=ticket, assignee=world.agent, team=team, now=THURSDAY)
    assert (ticket.assignee_id, ticket.team_id) == (world.agent.id, team.id)
    outsider = personas.add_staff(world.machine, "robin", Role.AGENT)
    steering.restrict(by=world.boss, ticket=ticket, restricted=True, named=[world.agent], now=THURSDAY)
    with pytest.raises(CannotDo, match="not-named"):
        steering.assign(by=world.boss, ticket=ticket, assignee=outsider, now=THURSDAY)
    with pytest.raises(Ticket.DoesNotExist):
        answering.add_note(by=Viewer.staff(outsider), ticket=ticket, body="x", now=THURSDAY)
    outsider.removed_at = THURSDAY
    with pytest.raises(CannotDo, match="left"):
        steering.assign(by=world.boss, ticket=ticket, assignee=outsider, now=THURSDAY)


def test_there_is_nothing_to_relieve_in_ordinary_hours(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(CannotDo, match="wrong-state"):
        waiting.relieve(by=world.desk, ticket=ticket, relief="operational", message="Works", now=THURSDAY)
    with pytest.raises(CannotDo, match="wrong-state"):
        waiting.revoke_relief(by=world.desk, ticket=ticket, now=THURSDAY)


def test_a_critical_outage_runs_round_the_clock_until_it_is_relieved(within: UUID) -> None:
    world = personas.infor(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.outage(), now=at("2026-07-10 18:00"))
    assert ticket.critical
    assert not ticket.order_calm
    with pytest.raises(CannotDo, match="unknown-word"):
        waiting.relieve(
            by=world.desk, ticket=ticket, relief="severity-lowered", message="x", now=at("2026-07-10 19:00")
        )
    ticket = waiting.relieve(
        by=world.desk,
        ticket=ticket,
        relief="reasonable-workaround",
        message="Go round it.",
        now=at("2026-07-11 12:00"),
    )
    assert not ticket.critical
    ticket = waiting.revoke_relief(by=world.desk, ticket=ticket, now=at("2026-07-11 14:00"))
    assert ticket.critical
