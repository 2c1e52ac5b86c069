"""Taking the steps of escalations: telling people, raising in the queue, giving to another team, paging whoever is on call.

The worker takes each step once, dated at its true instant, in the transaction of all that it does. What came too late to
be of use is still recorded: a request closed meanwhile is raised and given to nobody, and for a promise kept meanwhile
nobody is woken. Rules: docs/reference/escalation.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts import roles
from palier.contracts.models import NamedRole
from palier.core import escalation
from palier.core.clock import Clock
from palier.core.escalation import Part, Step
from palier.people import access, notices, prepared
from palier.people.models import Notice, Staff
from palier.tickets import assigning, calling, convert, escalations, inserting
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Event, Ticket, TicketClearance

LATE = timedelta(minutes=1)
"""What is recorded later than this after its instant is shown as noticed late."""
MACHINE = "system"


# --- whom to tell -----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Crew:
    """The vendor's people as the escalations of one transaction ask for them: each question is asked once."""

    vendor_id: UUID
    now: datetime
    _members: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    _holding: dict[str, tuple[UUID, ...]] = field(default_factory=dict)
    _named: dict[UUID, dict[str, UUID]] = field(default_factory=dict)
    _viewers: dict[UUID, access.Viewer | None] = field(default_factory=dict)

    def told(self, wanted: Iterable[str], ticket: Ticket) -> list[UUID]:
        """Those of the vendor's people whom these words name for a ticket, once each, who are here and may see it."""
        found = dict.fromkeys(one for word in wanted for one in self._named_by(word, ticket))
        return [one for one in found if self._sees(one, ticket)]

    def _named_by(self, word: str, ticket: Ticket) -> Sequence[UUID]:
        if word == escalation.ASSIGNEE:
            return () if ticket.assignee_id is None else (ticket.assignee_id,)
        if word == escalation.TEAM:
            return () if ticket.team_id is None else self._of_team(ticket.team_id)
        if word == escalation.WATCHERS:
            return self._watching(ticket.id)
        if word.startswith(escalation.ROLE):
            return self._with_role(word.removeprefix(escalation.ROLE))
        holder = self._on_contract(ticket).get(word.removeprefix(escalation.NAMED))
        return () if holder is None else (holder,)

    def _of_team(self, team_id: UUID) -> tuple[UUID, ...]:
        if team_id not in self._members:
            self._members[team_id] = self._ids(
                "select staff_id from people_membership where vendor_id = %s and team_id = %s", team_id
            )
        return self._members[team_id]

    def _with_role(self, role: str) -> tuple[UUID, ...]:
        if role not in self._holding:
            self._holding[role] = self._ids(
                "select id from people_staff where vendor_id = %s and %s = any(roles) and removed_at is null",
                role,
            )
        return self._holding[role]

    def _watching(self, ticket_id: UUID) -> tuple[UUID, ...]:
        return self._ids(
            "select staff_id from tickets_watch where vendor_id = %s and ticket_id = %s", ticket_id
        )

    def _on_contract(self, ticket: Ticket) -> dict[str, UUID]:
        if ticket.contract_id is None:
            return {}
        if ticket.contract_id not in self._named:
            contract = contracts.contract_by_id(self.vendor_id, ticket.contract_id)
            held = roles.roles_of(contract, self.now)
            self._named[ticket.contract_id] = {
                NamedRole(role).value: one.staff_id for role, one in held.items()
            }
        return self._named[ticket.contract_id]

    def _ids(self, question: str, asked: object) -> tuple[UUID, ...]:
        return tuple(id_ for (id_,) in prepared.rows(question, [self.vendor_id, asked]))

    def _sees(self, staff_id: UUID, ticket: Ticket) -> bool:
        """As `TicketQuerySet.visible_to` says it, of one person and one ticket."""
        viewer = self._viewer(staff_id)
        if viewer is None or ticket.organisation_id in viewer.hidden_organisations:
            return False
        if ticket.restricted and not self._cleared(staff_id, ticket.id):
            return False
        if viewer.has_role(access.SEES_EVERY_TEAM):
            return True
        mine = ticket.team_id is None or ticket.team_id in viewer.teams or ticket.assignee_id == staff_id
        return mine and viewer.has_role(access.SEES_OWN_TEAMS)

    def _viewer(self, staff_id: UUID) -> access.Viewer | None:
        if staff_id not in self._viewers:
            staff = Staff.objects.filter(vendor_id=self.vendor_id, id=staff_id, removed_at=None).first()
            self._viewers[staff_id] = None if staff is None else access.Viewer.staff(staff)
        return self._viewers[staff_id]

    def _cleared(self, staff_id: UUID, ticket_id: UUID) -> bool:
        named = TicketClearance.objects.filter(
            vendor_id=self.vendor_id, ticket_id=ticket_id, staff_id=staff_id
        )
        return named.exists()


# --- what the steps come to -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of one ticket that have fallen due, as rows not yet written."""

    events: tuple[Event, ...]
    notices: tuple[Notice, ...]


def is_plain(steps: Iterable[Step]) -> bool:
    """Whether these steps only tell and raise: many tickets' can then be written together."""
    return all(step.part is Part.ACT and step.rule.reassign is None for step in steps)


def plan(ticket: Ticket, steps: Iterable[Step], crew: Crew) -> Plan:
    """What plain steps of a locked ticket come to. Nothing is written."""
    events: list[Event] = []
    told: list[Notice] = []
    for step in steps:
        people = crew.told(step.rule.notify, ticket)
        told += [_notice(ticket, step, one, crew.now) for one in people]
        more: dict[str, Any] = {"told": len(people)}
        if step.rule.raised and ticket.is_open:
            more["raised"] = step.rule.raised
        events.append(_event(ticket, step, more, crew.now))
    return Plan(events=tuple(events), notices=tuple(told))


def as_taken(ticket: Ticket, clock: Clock, rows: Iterable[Event]) -> list[Event]:
    """The steps fallen due by `clock.now` as a punctual worker would have recorded them, not written: of a ticket made up for a time.

    Nobody is told, and nobody is paged.
    """
    found = []
    for step in escalations.pending(ticket, clock, rows):
        if step.at <= clock.now:
            more: dict[str, Any] = {"called": False} if step.part is Part.PAGE else {"told": 0}
            if step.part is Part.ACT and step.rule.raised:
                more["raised"] = step.rule.raised
            found.append(_event(ticket, step, more, convert.instant(step.at)))
    return found


def escalate(ticket: Ticket, clock: Clock, rows: Iterable[Event], *, now: datetime) -> bool:
    """Take the steps of one locked ticket that have fallen due; returns whether there were any.

    Whoever calls this folds the clock again afterwards, so that the index knows.
    """
    steps = [step for step in escalations.pending(ticket, clock, rows) if step.at <= clock.now]
    crew = Crew(vendor_id=ticket.vendor_id, now=now)
    for step in steps:
        if step.part is Part.PAGE:
            _page(ticket, clock, step, now)
        else:
            _act(ticket, step, crew)
    return bool(steps)


def _act(ticket: Ticket, step: Step, crew: Crew) -> None:
    planned = plan(ticket, [step], crew)
    (event,) = planned.events
    if step.rule.reassign is not None and ticket.is_open:
        given = assigning.hand_on(ticket, level=step.rule.reassign, now=crew.now)
        if given is not None:
            event.data["reassigned"] = step.rule.reassign
            _hand_on(ticket, given, step, crew.now)
    inserting.insert([event], planned.notices)


def _hand_on(ticket: Ticket, given: Happening, step: Step, now: datetime) -> None:
    ticket.save(update_fields=["team", "assignee"])
    machine = access.Viewer.machine(ticket.vendor_id)
    append(ticket, given, by=machine, at=now, now=now)
    if ticket.assignee_id is not None:
        notices.notify(
            vendor_id=ticket.vendor_id,
            kind=notices.Kind.GIVEN,
            now=now,
            staff=[ticket.assignee_id],
            data={"ticket": ticket.id, "note": False, "rule": step.rule.clause},
            ticket_number=ticket.number,
        )


def _page(ticket: Ticket, clock: Clock, step: Step, now: datetime) -> None:
    promised = next(p for p in clock.promises if (p.commitment, p.cycle) == (step.commitment, step.cycle))
    needed = ticket.is_open and promised.owed
    inserting.insert([_event(ticket, step, {"called": needed}, now)])
    if needed:
        calling.call(
            calling.Call(
                vendor_id=ticket.vendor_id,
                ticket_id=ticket.id,
                rule=step.rule.clause,
                clause=step.rule.clause,
                at=convert.instant(step.at),
                now=now,
            )
        )


def _event(ticket: Ticket, step: Step, more: dict[str, Any], now: datetime) -> Event:
    return Event(
        vendor_id=ticket.vendor_id,
        ticket_id=ticket.id,
        kind=DeskKind.ESCALATED.value,
        at=convert.instant(step.at),
        recorded_at=now,
        by=MACHINE,
        data={
            "rule": step.rule.clause,
            "commitment": step.commitment.value,
            "cycle": step.cycle,
            "since": step.since,
            "part": step.part.value,
            **more,
        },
    )


def _notice(ticket: Ticket, step: Step, staff_id: UUID, now: datetime) -> Notice:
    late = now - convert.instant(step.at)
    data: dict[str, object] = {
        "ticket": ticket.id,
        "rule": step.rule.clause,
        "commitment": step.commitment.value,
        "at": step.at,
    }
    if late > LATE:
        data["late"] = int(late.total_seconds())
    return notices.for_staff(
        vendor_id=ticket.vendor_id,
        staff_id=staff_id,
        kind=notices.Kind.ESCALATED,
        data=data,
        ticket_number=ticket.number,
        now=now,
    )
