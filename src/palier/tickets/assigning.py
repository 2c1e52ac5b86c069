"""To whom a new ticket goes by itself: the team that takes its level, and of that team whoever's turn it is.

Nothing is given out where no team takes new tickets, and nobody is given a ticket of a customer it may not see. Rules:
docs/reference/assignment.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from palier.core.coverage import Decision
from palier.core.programme import OutcomeKind
from palier.people import access, prepared
from palier.people.models import Turn
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Ticket

FIRST_LEVEL = 1
WORKED_ON = (OutcomeKind.COVER, OutcomeKind.OFFER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of a team who is there: the team, what the person is good at, when it was last given one, how many it has open.

    `staff` None: the team has nobody who is there.
    """

    team: UUID
    turn: str
    staff: UUID | None
    skills: frozenset[str]
    given_at: datetime | None
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The team a ticket goes to, and the person; None: it waits in the team's queue."""

    team: UUID
    staff: UUID | None


def wanted(ticket: Ticket) -> frozenset[str]:
    """The skills that a ticket asks for: its product, its kind, the language it is written in."""
    found = {f"kind:{ticket.kind}", f"language:{ticket.language.partition('-')[0]}"}
    if ticket.product != "none":
        found.add(f"product:{ticket.product}")
    return frozenset(found)


def choose(members: Iterable[Member], skills: frozenset[str]) -> Given | None:
    """The team and the person of these members for a ticket that asks for these skills; None without any team.

    Of the team's members who are there, those with most of the skills come first; among them whoever waited longest
    (`round`) or has the fewest open (`load`, then whoever waited longest).
    """
    found = list(members)
    if not found:
        return None
    team, turn = found[0].team, found[0].turn
    there = [one for one in found if one.staff is not None]
    if turn == Turn.NONE or not there:
        return Given(team=team, staff=None)
    most = max(len(one.skills & skills) for one in there)
    apt = [one for one in there if len(one.skills & skills) == most]

    def waited(one: Member) -> tuple[bool, Any, str]:
        return one.given_at is not None, one.given_at, str(one.staff)

    if turn == Turn.LOAD:
        fewest = min(one.open for one in apt)
        apt = [one for one in apt if one.open == fewest]
    return Given(team=team, staff=min(apt, key=waited).staff)


_MEMBERS = """
with t as (
    select vendor_id, id, turn from people_team
    where vendor_id = %s and takes_new and level = %s order by name, id limit 1
)
select t.id, t.turn, s.id, s.skills, m.given_at,
    case when t.turn = 'load' and s.id is not null then (
        select count(*) from tickets_ticket k where k.vendor_id = t.vendor_id and k.assignee_id = s.id and k.is_open
    ) else 0 end
from t
left join people_membership m on m.vendor_id = t.vendor_id and m.team_id = t.id
left join people_staff s on s.vendor_id = m.vendor_id and s.id = m.staff_id and s.removed_at is null
    and (s.away_until is null or s.away_until <= %s)
    and s.roles && %s::varchar[]
"""


def members(vendor_id: UUID, level: int, now: datetime) -> list[Member]:
    """Who is there of the team that takes new tickets of a level; the first by name, were there several."""
    roles = sorted(role.value for role in access.WORKS_ON_TICKETS)
    return [
        Member(
            team=team,
            turn=turn,
            staff=staff,
            skills=frozenset(skills or ()),
            given_at=given_at,
            open=open_,
        )
        for team, turn, staff, skills, given_at, open_ in prepared.rows(
            _MEMBERS, [vendor_id, level, now, roles]
        )
    ]


def give(ticket: Ticket, *, restricted: bool, now: datetime) -> Happening | None:
    """Set team and person of a ticket that is about to be written, and say so; None where no team takes its level.

    What only named people may see stays with the team: nobody becomes named by turn.
    """
    given = choose(members(ticket.vendor_id, ticket.level or FIRST_LEVEL, now), wanted(ticket))
    if given is None:
        return None
    return _given(ticket, given, restricted=restricted, now=now, by="turn")


def _given(ticket: Ticket, given: Given, *, restricted: bool, now: datetime, by: str) -> Happening:
    ticket.team_id, ticket.assignee_id = given.team, None if restricted else given.staff
    if ticket.assignee_id is not None:
        prepared.run(
            "update people_membership set given_at = %s where vendor_id = %s and team_id = %s and staff_id = %s",
            [now, ticket.vendor_id, given.team, ticket.assignee_id],
        )
    data = {"team": str(given.team), "by": by}
    if ticket.assignee_id is not None:
        data["assignee"] = str(ticket.assignee_id)
    return Happening(kind=DeskKind.ASSIGNED, data=data)


def hand_on(ticket: Ticket, *, level: int, now: datetime) -> Happening | None:
    """Set the team that takes a level, and a person of it, on a locked ticket, and say so.

    None, with nothing changed, where no team takes that level or the ticket is that team's already.
    """
    # Several are handed on in one transaction: two workers that each give turns to the same people would wait for each other.
    prepared.run("select from people_vendor where id = %s for no key update", [ticket.vendor_id])
    given = choose(members(ticket.vendor_id, level, now), wanted(ticket))
    if given is None or given.team == ticket.team_id:
        return None
    restricted = ticket.restricted or ticket.organisation.restricted
    return _given(ticket, given, restricted=restricted, now=now, by="escalation")


def pass_on(ticket: Ticket, *, before: Decision, after: Decision, now: datetime) -> None:
    """Give out a locked ticket that is decided anew: one that only now is worked on, or whose level changed.

    It stays where it is when no team takes its level, and with the person who has it when the level stays.
    """
    if after.outcome not in WORKED_ON:
        return
    same_level = (before.level or FIRST_LEVEL) == (after.level or FIRST_LEVEL)
    if same_level and (before.outcome in WORKED_ON or ticket.team_id or ticket.assignee_id):
        return
    was = (ticket.team_id, ticket.assignee_id)
    given = give(ticket, restricted=ticket.restricted or ticket.organisation.restricted, now=now)
    if given is None or was == (ticket.team_id, ticket.assignee_id):
        return
    ticket.save(update_fields=["team", "assignee"])
    append(ticket, given, by=access.Viewer.machine(ticket.vendor_id), at=now, now=now)
