"""Many tickets at once: each by its own action, what is refused said ticket by ticket, and what can be undone undone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.personas import World, at

from palier.people import actions as people
from palier.people import tenancy
from palier.people.models import Vendor
from palier.tickets import answering, lists, opening, reopening, snoozing, steering, tags, watching
from palier.tickets.models import Message, Ticket
from palier.tickets.problems import CannotDo
from palier.workspace import bulk
from palier.workspace.models import Bulk

NOW = at("2026-07-09 13:00")


def opened(world: World, n: int = 3) -> list[Ticket]:
    return [
        opening.open_ticket(by=world.customer, draft=personas.failure(), now=at("2026-07-09 12:00"))
        for _ in range(n)
    ]


def run(world: World, deed: str, tickets: list[Ticket], **given: str) -> Bulk:
    ids = [one.id for one in tickets]
    return bulk.run(by=world.desk, deed=deed, ticket_ids=ids, given=given, now=NOW)


def again(tickets: list[Ticket]) -> list[Ticket]:
    return [Ticket.objects.get(id=one.id) for one in tickets]


def numbers(tickets: list[Ticket]) -> list[str]:
    return [f"NOR-{one.number}" for one in tickets]


def test_assigned_together_and_undone_where_nobody_changed_it_since(within: UUID) -> None:
    world = personas.northern(within)
    tickets = opened(world)
    steering.assign(by=world.desk, ticket=tickets[0], assignee=world.manager, now=NOW)
    done = run(world, "assign", tickets, assignee=str(world.agent.id))
    assert [one["number"] for one in done.done] == numbers(tickets)
    assert done.refused == []
    assert {one.assignee_id for one in again(tickets)} == {world.agent.id}
    steering.assign(by=world.boss, ticket=tickets[2], assignee=None, now=NOW)
    back, left = bulk.undo(by=world.desk, bulk=done, now=NOW)
    assert (back, left) == (numbers(tickets[:2]), numbers(tickets[2:]))
    assert [one.assignee_id for one in again(tickets)] == [world.manager.id, None, None]
    with pytest.raises(CannotDo, match="not-undone"):
        bulk.undo(by=world.desk, bulk=done, now=NOW)


def test_each_is_refused_for_its_own_reason_and_the_others_are_done(within: UUID) -> None:
    world = personas.northern(within)
    tickets = opened(world)
    reopening.close(by=world.desk, ticket=tickets[1], now=NOW)
    done = run(world, "answer", tickets, body="The patch is out.", then="keep")
    assert [one["number"] for one in done.done] == numbers([tickets[0], tickets[2]])
    assert [one["number"] for one in done.refused] == numbers([tickets[1]])
    assert "You cannot write in this request" in done.refused[0]["en"]
    assert "Vous ne pouvez pas" in done.refused[0]["fr"]
    assert Message.objects.filter(from_vendor=True, body="The patch is out.").count() == 2
    assert not bulk.undoable(done)


def test_all_or_none_leaves_everything_as_it_was(within: UUID) -> None:
    world = personas.northern(within)
    tickets = opened(world)
    reopening.close(by=world.desk, ticket=tickets[2], now=NOW)
    done = bulk.run(
        by=world.desk,
        deed="answer",
        ticket_ids=[one.id for one in tickets],
        given={"body": "Hello"},
        now=NOW,
        all_or_none=True,
    )
    assert done.done == []
    assert len(done.refused) == 1
    assert not Message.objects.filter(from_vendor=True).exists()
    assert Bulk.objects.count() == 1


def test_team_tags_snoozes_and_watching_are_undone(within: UUID) -> None:
    world = personas.northern(within)
    tickets = opened(world)
    level1 = people.add_team(by=world.machine, name="Level 1", level=1)
    tags.change(by=world.desk, ticket=tickets[0], add=["export"], now=NOW)
    watching.watch(by=world.desk, ticket=tickets[1], now=NOW)
    until = (NOW + timedelta(days=1)).isoformat()
    deeds = [
        run(world, "tag", tickets, add="Export, urgent", remove="old"),
        run(world, "watch", tickets),
        run(world, "snooze", tickets, until=until),
    ]
    assert set(snoozing.asleep(world.desk, NOW)) == {one.id for one in tickets}
    assert lists.page(world.desk, now=NOW).rows == ()
    assert len(lists.page(world.desk, now=NOW, asked=lists.Asked(view="snoozed")).rows) == 3
    for done in deeds:
        back, left = bulk.undo(by=world.desk, bulk=done, now=NOW)
        assert (len(back), left) == (3, [])
    assert snoozing.asleep(world.desk, NOW) == {}
    assert watching.watched(world.desk) == {tickets[1].id}
    # The same tag in other letters was there before: undoing leaves it.
    assert [tags.of_ticket(world.desk, one.id) for one in tickets] == [("export",), (), ()]
    boss = world.boss
    given = bulk.run(
        by=boss, deed="team", ticket_ids=[one.id for one in tickets], given={"team": str(level1.id)}, now=NOW
    )
    assert {one.team_id for one in again(tickets)} == {level1.id}
    bulk.undo(by=boss, bulk=given, now=NOW)
    assert {one.team_id for one in again(tickets)} == {None}


def test_severity_and_closing_are_done_each_with_its_reason(within: UUID) -> None:
    world = personas.northern(within)
    tickets = opened(world)
    done = run(world, "severity", tickets, severity="minor", reason="It has a workaround.")
    assert len(done.done) + len(done.refused) == 3
    assert {one.severity for one in again(tickets)} == ({"minor"} if done.done else {tickets[0].severity})
    run(world, "close", tickets, body="Solved by the patch.")
    assert {one.status for one in again(tickets)} == {"closed"}


def test_nothing_and_too_much_are_refused(within: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    world = personas.northern(within)
    tickets = opened(world, 2)
    with pytest.raises(CannotDo, match="none-selected"):
        run(world, "watch", [])
    monkeypatch.setattr(bulk, "MOST", 1)
    with pytest.raises(CannotDo, match="many-selected"):
        run(world, "watch", tickets)


def test_what_one_may_not_see_is_passed_over(within: UUID) -> None:
    world = personas.northern(within)
    mine, hidden = opened(world, 2)
    level2 = people.add_team(by=world.machine, name="Level 2", level=2)
    steering.assign(by=world.boss, ticket=hidden, team=level2, now=NOW)
    done = run(world, "tag", [mine, hidden], add="export")
    assert [one["number"] for one in done.done] == numbers([mine])
    assert f"NOR-{hidden.number}" not in str(done.refused)
    assert tags.of_ticket(world.boss, hidden.id) == ()


def test_another_persons_and_another_vendors_deeds_are_unknown(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        done = run(world, "watch", opened(world))
        with pytest.raises(Bulk.DoesNotExist):
            bulk.find(world.boss, done.id)
        with pytest.raises(Bulk.DoesNotExist):
            bulk.undo(by=world.boss, bulk=done, now=NOW)
    other = personas.add_vendor("neighbour")
    with tenancy.vendor(other.id):
        neighbour = personas.northern(other.id)
        with pytest.raises(Bulk.DoesNotExist):
            bulk.find(neighbour.desk, done.id)
        theirs = [UUID(one["ticket"]) for one in done.done]
        strange = bulk.run(by=neighbour.desk, deed="watch", ticket_ids=theirs, given={}, now=NOW)
        assert strange.done == []


def test_what_woke_by_itself_is_not_put_back(within: UUID) -> None:
    world = personas.northern(within)
    tickets = opened(world, 1)
    done = run(world, "snooze", tickets, until="")
    answering.reply(by=world.customer, ticket=tickets[0], body="Any news?", now=NOW + timedelta(hours=1))
    back, left = bulk.undo(by=world.desk, bulk=done, now=NOW + timedelta(hours=2))
    assert (back, left) == ([], numbers(tickets))
