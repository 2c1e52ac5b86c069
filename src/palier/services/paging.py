"""Waking somebody for a request: who is on call is paged, then the next in line, until one acknowledges.

A rule of the programme calls (`tickets.calling`) in the transaction that records it, and the first page is written with
it. From then on the worker looks at the calls that are open, which an index holds: it pages the next in line when the
time to acknowledge is over, and ends the call when somebody answered, the request was given to somebody, or it needs
nobody any more. Any number of workers may run, and die. Rules: docs/reference/on-call.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from palier.core.clock import EventKind
from palier.people import access, notices, tenancy
from palier.people.access import Viewer
from palier.people.models import Organisation, Staff
from palier.services import queries
from palier.services.models import Alarm, How, Page, State, Why
from palier.tickets import locks, steering
from palier.tickets.calling import Call
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Event, Status, Ticket

MOST = 500
WITHOUT_ROSTER_MINUTES, WITHOUT_ROSTER_ROUNDS = 10, 3
"""How patient a call is that no roster serves."""
LATE = timedelta(seconds=60)
"""A page sent so long after it fell due is shown as late."""
ASLEEP = (Status.HELD, Status.NOT_COVERED)


def call(asked: Call) -> None:
    """Page for a request whose ticket is locked, in the open transaction. A call that is open already goes on as it is."""
    known = Alarm.objects.filter(vendor_id=asked.vendor_id, ticket_id=asked.ticket_id)
    if known.filter(state=State.OPEN).exists() or known.filter(rule=asked.rule, at=asked.at).exists():
        return
    ticket = Ticket.objects.select_related("organisation").get(vendor_id=asked.vendor_id, id=asked.ticket_id)
    if not _needs_somebody(ticket):
        return
    roster = queries.roster_for(ticket)
    alarm = Alarm(
        vendor_id=asked.vendor_id,
        ticket=ticket,
        roster=roster,
        rule=asked.rule,
        clause=asked.clause,
        at=asked.at,
        recorded_at=asked.now,
        gap=not queries.line(roster, ticket, asked.now),
    )
    alarm.save(force_insert=True)
    _step(alarm, ticket, due=asked.at, now=asked.now)


def _needs_somebody(ticket: Ticket) -> bool:
    return ticket.is_open and ticket.status not in ASLEEP


def _step(alarm: Alarm, ticket: Ticket, *, due: datetime, now: datetime) -> None:
    """Page whoever comes next, and note when to look again: counted from now, since a late page is read late."""
    staff, why = _next(alarm, ticket, now)
    Page.objects.filter(vendor_id=alarm.vendor_id, alarm=alarm, escalated_at=None).update(escalated_at=now)
    if not staff:
        _give_up(alarm, ticket, due=due, now=now)
        return
    alarm.step += 1
    Page.objects.bulk_create(
        Page(
            vendor_id=alarm.vendor_id, alarm=alarm, step=alarm.step, round=alarm.round, staff_id=one, why=why,
            at=due, sent_at=now,
        )
        for one in staff
    )  # fmt: skip
    minutes = alarm.roster.ack_within if alarm.roster is not None else WITHOUT_ROSTER_MINUTES
    alarm.next_at = now + timedelta(minutes=minutes)
    alarm.save(update_fields=["step", "round", "next_at"])
    data = {"call": str(alarm.id), "staff": [str(one) for one in staff], "why": why, "gap": alarm.gap}
    machine = Viewer.machine(alarm.vendor_id)
    append(ticket, Happening(kind=DeskKind.PAGED, data=data), by=machine, at=due, now=now)
    what = "gap" if alarm.gap and why == Why.MANAGER else why
    _notify(alarm, ticket, notices.Kind.PAGED, staff, now, what=str(what), clause=alarm.clause)


def _next(alarm: Alarm, ticket: Ticket, now: datetime) -> tuple[list[UUID], Why]:
    """Whom to page now, and why; the line begins again while rounds are left. Nobody when they are over."""
    rounds = alarm.roster.rounds if alarm.roster is not None else WITHOUT_ROSTER_ROUNDS
    line = queries.line(alarm.roster, ticket, now)
    managers = queries.managers(ticket, now)
    while alarm.round <= rounds and (line or managers):
        paged = set(
            Page.objects.filter(vendor_id=alarm.vendor_id, alarm=alarm, round=alarm.round).values_list(
                "staff_id", flat=True
            )
        )
        waiting = [one for one in line if one not in paged]
        if waiting:
            return waiting[:1], Why.ON_CALL if waiting[0] == line[0] else Why.NEXT
        others = [one for one in managers if one not in paged]
        if others:
            return others, Why.MANAGER
        alarm.round += 1
    return [], Why.MANAGER


def _give_up(alarm: Alarm, ticket: Ticket, *, due: datetime, now: datetime) -> None:
    """Everybody was paged as often as the roster says: the managers are told, and it stays on the page of calls."""
    alarm.state, alarm.next_at = State.UNANSWERED, None
    alarm.ended_at, alarm.ended_how = due, How.NOBODY
    alarm.save(update_fields=["state", "next_at", "round", "ended_at", "ended_how"])
    managers = queries.managers(ticket, now)
    _notify(alarm, ticket, notices.Kind.PAGED, managers, now, what="unanswered", clause=alarm.clause)


def _notify(
    alarm: Alarm, ticket: Ticket, kind: notices.Kind, staff: list[UUID], now: datetime, **data: object
) -> None:
    notices.notify(
        vendor_id=alarm.vendor_id,
        kind=kind,
        now=now,
        staff=staff,
        data={"ticket": ticket.id, "call": alarm.id, **data},
        ticket_number=ticket.number,
    )


# --- taking it in hand ------------------------------------------------------------------------------


def acknowledge(*, by: Viewer, alarm_id: UUID, now: datetime) -> Alarm:
    """Say that one has it: nobody else is paged. By whoever was paged or works on the request; a second press changes nothing.

    Who was paged and does not see the request (another team's) is given it. Raises Alarm.DoesNotExist for a call the
    viewer may not know of.
    """
    access.require_role(by, access.WORKS_ON_TICKETS)
    me = by.as_staff()
    found = queries.alarms(by).get(id=alarm_id)
    machine = Viewer.machine(by.vendor_id)
    # Customer, request, call: the order in which the worker locks.
    ticket = locks.ticket(machine, found.ticket_id)
    alarm = Alarm.objects.select_for_update().get(vendor_id=by.vendor_id, id=alarm_id)
    if alarm.state not in (State.OPEN, State.UNANSWERED):
        return alarm
    _end(alarm, ticket, State.ACKNOWLEDGED, How.PRESS, at=now, now=now, staff_id=me, by=by)
    if not Ticket.objects.visible_to(by).filter(id=ticket.id).exists():
        staff = Staff.objects.get(vendor_id=by.vendor_id, id=me)
        steering.assign(by=machine, ticket=ticket, assignee=staff, team=ticket.team, now=now)
    return alarm


def _end(
    alarm: Alarm,
    ticket: Ticket,
    state: State,
    how: How,
    *,
    at: datetime,
    now: datetime,
    staff_id: UUID | None,
    by: Viewer,
) -> None:
    alarm.state, alarm.next_at, alarm.ended_at = state, None, at
    alarm.ended_how, alarm.ended_by_id = how, staff_id
    alarm.save(update_fields=["state", "next_at", "ended_at", "ended_how", "ended_by"])
    if state != State.ACKNOWLEDGED:
        return
    pages = Page.objects.filter(vendor_id=alarm.vendor_id, alarm=alarm)
    if staff_id is not None:
        pages.filter(staff_id=staff_id).update(acknowledged_at=at)
    data = {"call": str(alarm.id), "how": how, "staff": str(staff_id or "")}
    append(ticket, Happening(kind=DeskKind.PAGE_TAKEN, data=data), by=by, at=at, now=now)
    others = sorted(set(pages.values_list("staff_id", flat=True)) - {staff_id})
    _notify(alarm, ticket, notices.Kind.PAGE_TAKEN, others, now, by=staff_id)


# --- the worker -------------------------------------------------------------------------------------


def attend(*, now: datetime, most: int = MOST) -> int:
    """Attend to every open call whose next step has come or that was taken in hand, whatever its vendor; returns how many."""
    attended = 0
    seen: set[UUID] = set()
    while found := [(vendor_id, id_) for vendor_id, id_ in due(now, most) if id_ not in seen]:
        for vendor_id, id_ in found:
            seen.add(id_)
            with tenancy.vendor(vendor_id):
                attended += _attend(vendor_id, id_, now)
    return attended


def due(now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(vendor_id, alarm_id) of calls to attend to, of all vendors: the one look across the walls."""
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from services_alarms_due(%s, %s)", [now, most])
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


def _attend(vendor_id: UUID, alarm_id: UUID, now: datetime) -> bool:
    """One call; False where another worker or somebody's action holds it: then it is found again."""
    ticket = _free_ticket(vendor_id, alarm_id)
    if ticket is None:
        return False
    alarm = (
        Alarm.objects.select_related("roster")
        .select_for_update(skip_locked=True, of=("self",))
        .filter(vendor_id=vendor_id, id=alarm_id, state=State.OPEN)
        .first()
    )
    if alarm is None:
        return False
    machine = Viewer.machine(vendor_id)
    taken = _taken(alarm)
    if taken is not None:
        staff = Staff.objects.filter(vendor_id=vendor_id, user=taken.user).first()
        how = How.ANSWER if taken.kind == EventKind.ANSWERED else How.ASSIGNMENT
        _end(
            alarm, ticket, State.ACKNOWLEDGED, how, at=taken.at, now=now, by=machine,
            staff_id=staff.id if staff is not None else None,
        )  # fmt: skip
    elif not _needs_somebody(ticket):
        _end(
            alarm, ticket, State.STOPPED, How.NOT_NEEDED, at=ticket.updated_at, now=now, staff_id=None,
            by=machine,
        )  # fmt: skip
    elif alarm.next_at is not None and alarm.next_at <= now:
        _step(alarm, ticket, due=alarm.next_at, now=now)
    else:
        return False
    return True


def _free_ticket(vendor_id: UUID, alarm_id: UUID) -> Ticket | None:
    """The request of a call, locked after its customer as every action does, waiting for neither; None where one is held."""
    mine = Ticket.objects.filter(
        vendor_id=vendor_id,
        id__in=Alarm.objects.filter(vendor_id=vendor_id, id=alarm_id).values("ticket_id"),
    )
    customers = Organisation.objects.filter(vendor_id=vendor_id, id__in=mine.values("organisation_id"))
    if not list(customers.select_for_update(skip_locked=True, no_key=True)):
        return None
    return (
        mine.select_related("organisation")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .first()
    )


def _taken(alarm: Alarm) -> Event | None:
    """The first answer of a person, or giving to a person, since the call."""
    found = Event.objects.filter(
        vendor_id=alarm.vendor_id,
        ticket_id=alarm.ticket_id,
        at__gte=alarm.at,
        recorded_at__gte=alarm.recorded_at,
        by="person",
        kind__in=[EventKind.ANSWERED, DeskKind.ASSIGNED],
    ).order_by("at", "recorded_at", "id")
    return next((one for one in found if one.kind == EventKind.ANSWERED or "assignee" in one.data), None)
