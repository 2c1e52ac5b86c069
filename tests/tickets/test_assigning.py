"""To whom a ticket goes by itself: turns, load, skills, who is away, levels; and handing one over with a note."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pages.world import START, build, draft

from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Membership, Notice, Organisation, Role, Staff, Team, Turn
from palier.tickets import assigning, classifying, opening, steering
from palier.tickets.assigning import Member
from palier.tickets.models import Event, Message, Ticket
from palier.tickets.verify import verify

from . import personas
from .personas import World
from .test_acts import THURSDAY, opened

TEAM = uuid4()


def member(
    skills: frozenset[str] = frozenset(), given: int | None = None, open_: int = 0, turn: str = "round"
) -> Member:
    return Member(
        team=TEAM, turn=turn, staff=uuid4(), skills=skills,
        given_at=None if given is None else THURSDAY + timedelta(minutes=given), open=open_,
    )  # fmt: skip


def test_nobody_takes_what_no_team_takes() -> None:
    assert assigning.choose([], frozenset()) is None


def test_a_team_without_turn_or_without_anybody_there_keeps_it_in_its_queue() -> None:
    waiting = member(turn=Turn.NONE)
    assert assigning.choose([waiting], frozenset()) == assigning.Given(team=TEAM, staff=None)
    gone = Member(team=TEAM, turn="round", staff=None, skills=frozenset(), given_at=None, open=0)
    assert assigning.choose([gone], frozenset()) == assigning.Given(team=TEAM, staff=None)


def test_by_turn_whoever_waited_longest_and_by_load_whoever_has_the_fewest() -> None:
    never, early, late = member(), member(given=1), member(given=2)
    assert assigning.choose([late, early, never], frozenset()) == assigning.Given(
        team=TEAM, staff=never.staff
    )
    assert assigning.choose([late, early], frozenset()) == assigning.Given(team=TEAM, staff=early.staff)
    busy, free = member(open_=5, given=1, turn="load"), member(open_=2, given=9, turn="load")
    assert assigning.choose([busy, free], frozenset()) == assigning.Given(team=TEAM, staff=free.staff)


def test_skills_come_before_turn_and_load() -> None:
    able = member(skills=frozenset({"product:cad", "language:fr"}), given=9)
    half = member(skills=frozenset({"language:fr"}), given=1)
    found = assigning.choose([half, able], frozenset({"product:cad", "language:fr", "kind:defect"}))
    assert found == assigning.Given(team=TEAM, staff=able.staff)


@given(st.integers(1, 5), st.integers(1, 40))
def test_by_turn_nobody_is_ever_two_ahead(people: int, tickets: int) -> None:
    given_at: dict[UUID, int] = {}
    counts = dict.fromkeys([uuid4() for _ in range(people)], 0)
    for turn in range(tickets):
        rows = [
            Member(
                team=TEAM, turn="round", staff=one, skills=frozenset(), open=0,
                given_at=THURSDAY + timedelta(minutes=given_at[one]) if one in given_at else None,
            )
            for one in counts
        ]  # fmt: skip
        chosen = assigning.choose(rows, frozenset())
        assert chosen is not None
        assert chosen.staff is not None
        counts[chosen.staff] += 1
        given_at[chosen.staff] = turn
    assert max(counts.values()) - min(counts.values()) <= 1


def team(world: World, *people: Staff, level: int = 1, turn: str = "round") -> Team:
    made = Team.objects.create(
        vendor_id=world.vendor_id, name=f"Level {level}", level=level, takes_new=True, turn=turn
    )
    for one in people:
        Membership.objects.create(vendor_id=world.vendor_id, staff=one, team=made)
    return made


def test_new_tickets_go_round_the_team_and_its_history_says_so(within: UUID) -> None:
    world = personas.northern(within)
    ann, bob = (personas.add_staff(world.machine, name, Role.AGENT) for name in ("ann", "bob"))
    first = team(world, ann, bob)
    tickets = [
        opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY + timedelta(minutes=n))
        for n in range(4)
    ]
    assert [one.team_id for one in tickets] == [first.id] * 4
    assert len({one.assignee_id for one in tickets[:2]}) == 2
    assert [one.assignee_id for one in tickets[:2]] == [one.assignee_id for one in tickets[2:]]
    event = Event.objects.get(ticket=tickets[0], kind="assigned")
    assert (event.by, event.data["by"]) == ("system", "turn")
    assert not verify(vendor_id=within, now=THURSDAY + timedelta(hours=1)).mismatches


@pytest.mark.parametrize("why", ["away", "left", "finance"])
def test_who_is_not_there_is_given_nothing(within: UUID, why: str) -> None:
    world = personas.northern(within)
    ann, bob = (personas.add_staff(world.machine, name, Role.AGENT) for name in ("ann", "bob"))
    team(world, ann, bob)
    changes: dict[str, dict[str, Any]] = {
        "away": {"away_until": THURSDAY + timedelta(days=1)},
        "left": {"removed_at": THURSDAY},
        "finance": {"roles": [Role.FINANCE.value]},
    }
    Staff.objects.filter(id=ann.id).update(**changes[why])
    assert {opened(world).assignee_id for _ in range(3)} == {bob.id}


def test_what_is_restricted_stays_with_the_team(within: UUID) -> None:
    world = personas.northern(within)
    first = team(world, personas.add_staff(world.machine, "ann", Role.AGENT))
    Organisation.objects.filter(id=world.organisation.id).update(restricted=True)
    ticket = opened(world)
    assert (ticket.team_id, ticket.assignee_id) == (first.id, None)


def test_another_level_is_another_team(db: None) -> None:
    made = build("proconcept")
    (customer,) = made.customers.values()
    with tenancy.vendor(made.vendor.id):
        people = [personas.add_staff(made.machine, name, Role.CONSULTANT) for name in ("ann", "bob")]
        teams = []
        for level, one in enumerate(people, start=1):
            made_team = Team.objects.create(
                vendor_id=made.vendor.id, name=f"Level {level}", level=level, takes_new=True, turn="round"
            )
            Membership.objects.create(vendor_id=made.vendor.id, staff=one, team=made_team)
            teams.append(made_team)
        ticket = opening.open_ticket(
            by=Viewer.customer(customer.contact), draft=draft("error", effect="none"), now=START
        )
        assert (ticket.level, ticket.team_id, ticket.assignee_id) == (1, teams[0].id, people[0].id)
        classifying.classify(
            by=Viewer.staff(made.manager),
            ticket=ticket,
            changes={"cause": "customer-handling"},
            reason="It was typed wrong.",
            now=START,
        )
        ticket.refresh_from_db()
        assert (ticket.level, ticket.team_id, ticket.assignee_id) == (2, teams[1].id, people[1].id)


def test_a_ticket_is_handed_over_with_a_note_that_only_the_vendor_reads(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    steering.assign(
        by=world.boss, ticket=ticket, assignee=world.agent, note="Ring before noon.", now=THURSDAY
    )
    note = Message.objects.get(ticket=ticket, public=False)
    assert note.body == "Ring before noon."
    told = Notice.objects.get(kind="given")
    assert (told.staff_id, told.data["note"]) == (world.agent.id, True)
    assert not Viewer.customer(world.contact).staff_id
    steering.assign(by=world.desk, ticket=ticket, assignee=world.agent, now=THURSDAY)
    assert Notice.objects.filter(kind="given").count() == 1
    assert Ticket.objects.get(id=ticket.id).assignee_id == world.agent.id
