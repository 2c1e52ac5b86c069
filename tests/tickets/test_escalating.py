"""Escalations on stored tickets: each step once, at its true instant, whoever comes by and however late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from palier.contracts.models import NamedRole, RoleHolder
from palier.core import escalation
from palier.people import actions, notices, tenancy
from palier.people.models import Membership, Notice, Role, Staff, Turn, Vendor
from palier.site import database
from palier.tickets import answering, calling, classifying, opening, reopening, steering, sweeping, verify
from palier.tickets.calling import Call
from palier.tickets.models import Event, Ticket

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")
DUE = at("2026-07-10 11:00")
THREE_QUARTERS = at("2026-07-10 09:00")
MINUTE = timedelta(minutes=1)

MORE = """
  - clause: Y1
    if: {severity: 1}
    on: first_response
    at: start
    page: on-call
    text: {fr: On appelle., en: We page.}
  - clause: Y2
    on: first_response
    at: 1h after
    raise: 5
    reassign: 2
    text: {fr: On reprend., en: We take over.}
"""


@pytest.fixture
def world(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> World:
    """Northern's customer, under a programme that also pages, raises and reassigns."""
    text = personas.source("northern")
    monkeypatch.setattr(personas, "source", lambda _name: text.replace("\nunfreed:", f"{MORE}\nunfreed:", 1))
    with tenancy.vendor(vendor.id):
        return personas.northern(vendor.id)


@pytest.fixture
def calls() -> Iterator[list[Call]]:
    """The pages that were called."""
    found: list[Call] = []
    before = list(calling._callers)
    calling._callers[:] = [found.append]
    yield found
    calling._callers[:] = before


def opened(world: World, now: datetime = THURSDAY, **more: Any) -> Ticket:
    with tenancy.vendor(world.vendor_id):
        return opening.open_ticket(by=world.customer, draft=personas.failure(**more), now=now)


def taken(world: World, ticket: Ticket) -> list[tuple[str, str, datetime]]:
    """(rule, part, instant) of the steps recorded."""
    with tenancy.vendor(world.vendor_id):
        ticket.refresh_from_db()
        rows = Event.objects.filter(ticket=ticket, kind="escalated").order_by("at", "recorded_at", "id")
        return [(row.data["rule"], row.data["part"], row.at) for row in rows]


def told(world: World, staff: Staff) -> list[dict[str, Any]]:
    with tenancy.vendor(world.vendor_id):
        found = Notice.objects.filter(staff=staff, kind=notices.Kind.ESCALATED).order_by("created_at", "id")
        return [row.data for row in found]


def sound(world: World, now: datetime) -> None:
    assert verify.verify(vendor_id=world.vendor_id, now=now).mismatches == ()


def test_the_words_of_the_core_are_those_of_the_people_and_contracts() -> None:
    assert set(escalation.ROLES) == set(Role.values)
    assert set(escalation.NAMED_ROLES) == set(NamedRole.values)


def test_each_step_is_recorded_once_at_its_true_instant_and_tells_its_people(world: World) -> None:
    ticket = opened(world)
    assert sweeping.sweep(now=THREE_QUARTERS - timedelta(microseconds=1)) == 0
    sweeping.sweep(now=THREE_QUARTERS)
    assert taken(world, ticket) == [("X1", "act", THREE_QUARTERS)]
    assert ticket.next_check_at == DUE
    for _ in range(2):
        sweeping.sweep(now=DUE + 30 * timedelta(seconds=1))
    assert taken(world, ticket) == [("X1", "act", THREE_QUARTERS), ("X2", "act", DUE)]
    assert ticket.next_check_at == DUE + timedelta(hours=1), "the next step, though no promise asks for it"
    (notice,) = told(world, world.manager)
    assert (notice["rule"], notice["ticket"], "late" in notice) == ("X2", str(ticket.id), False)
    assert told(world, world.agent) == []
    sound(world, DUE + MINUTE)


def test_an_answer_in_time_spares_it(world: World) -> None:
    ticket = opened(world)
    with tenancy.vendor(world.vendor_id):
        answering.reply(by=world.desk, ticket=ticket, body="Here", now=at("2026-07-09 13:00"))
    sweeping.sweep(now=at("2026-07-10 12:00"))
    assert taken(world, ticket) == []


def test_it_raises_in_the_queue_and_gives_to_the_team_of_a_level(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        second = actions.add_team(by=world.machine, name="Second line", level=2)
        second.takes_new, second.turn = True, Turn.ROUND
        second.save()
        expert = personas.add_staff(world.machine, "eva", Role.ENGINEER)
        Membership.objects.create(vendor_id=world.vendor_id, staff=expert, team=second)
    ticket = opened(world)
    before = ticket.order_priority
    sweeping.sweep(now=DUE + timedelta(hours=2))
    assert taken(world, ticket)[-1] == ("Y2", "act", DUE + timedelta(hours=1))
    assert (ticket.raised, ticket.order_priority) == (5, before - 5)
    assert (ticket.team_id, ticket.assignee_id) == (second.id, expert.id)
    with tenancy.vendor(world.vendor_id):
        assert Notice.objects.filter(staff=expert, kind=notices.Kind.GIVEN).count() == 1
        assigned = Event.objects.get(ticket=ticket, kind="assigned")
        assert (assigned.by, assigned.data["by"]) == ("system", "escalation")
    sound(world, DUE + timedelta(hours=2))
    with tenancy.vendor(world.vendor_id):
        answering.reply(by=world.boss, ticket=ticket, body="Sorry", now=DUE + timedelta(hours=3))
        ticket.refresh_from_db()
    assert ticket.raised == 5, "what happened stays"
    sound(world, DUE + timedelta(hours=3))


def test_without_a_team_of_that_level_it_stays_where_it_is(world: World) -> None:
    ticket = opened(world)
    sweeping.sweep(now=DUE + timedelta(hours=2))
    assert (ticket.team_id, ticket.assignee_id) == (None, None)
    assert taken(world, ticket)[-1][0] == "Y2"


def test_a_request_closed_meanwhile_is_recorded_but_not_raised_nor_given(world: World) -> None:
    ticket = opened(world)
    with tenancy.vendor(world.vendor_id):
        reopening.close(by=world.customer, ticket=ticket, now=DUE + timedelta(hours=2))
    sweeping.sweep(now=DUE + timedelta(hours=5))
    assert taken(world, ticket)[-1] == ("Y2", "act", DUE + timedelta(hours=1))
    assert ticket.raised == 0
    sound(world, DUE + timedelta(hours=5))


def test_those_a_contract_names_are_told_and_those_who_may_not_see_are_not(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        anna = personas.add_staff(world.machine, "anna", Role.ACCOUNT_MANAGER)
        RoleHolder.objects.create(
            vendor_id=world.vendor_id, contract=world.contract, role=NamedRole.ACCOUNT_MANAGER, staff=anna,
            from_at=personas.START,
        )  # fmt: skip
    ticket = opened(world)
    with tenancy.vendor(world.vendor_id):
        answering.reply(by=world.desk, ticket=ticket, body="Soon", now=at("2026-07-09 13:00"))
        steering.assign(by=world.desk, ticket=ticket, assignee=world.agent, now=at("2026-07-09 13:00"))
    hidden = opened(world)
    with tenancy.vendor(world.vendor_id):
        steering.restrict(
            by=world.machine, ticket=hidden, restricted=True, named=[world.agent], now=at("2026-07-09 13:00")
        )
    sweeping.sweep(now=at("2026-07-13 16:00"))
    assert [one["rule"] for one in told(world, anna)] == ["X5"]
    assert {one["rule"] for one in told(world, world.agent)} == {"X4", "X5"}
    assert taken(world, hidden)[1] == ("X2", "act", DUE)
    assert [one for one in told(world, world.manager) if one["ticket"] == str(hidden.id)] == []


# --- pages ------------------------------------------------------------------------------------------


def test_ordinary_work_pages_when_the_desk_opens_and_not_for_what_was_answered(
    world: World, calls: list[Call]
) -> None:
    night, morning = at("2026-07-09 20:00"), at("2026-07-10 06:00")
    ticket, answered = (opened(world, night, effect="loss-of-service") for _ in range(2))
    with tenancy.vendor(world.vendor_id):
        answering.reply(by=world.desk, ticket=answered, body="Now", now=night + timedelta(hours=1))
    sweeping.sweep(now=morning - MINUTE)
    assert calls == []
    for _ in range(2):
        sweeping.sweep(now=morning)
    assert calls == [
        Call(vendor_id=world.vendor_id, ticket_id=ticket.id, rule="Y1", clause="Y1", at=morning, now=morning)
    ]
    assert taken(world, ticket) == [("Y1", "page", morning)]


def test_a_critical_incident_pages_at_night(vendor: Vendor, calls: list[Call]) -> None:
    with tenancy.vendor(vendor.id):
        infor = personas.infor(vendor.id)
        night = at("2026-07-11 01:00")
        ticket = opening.open_ticket(by=infor.customer, draft=personas.outage(), now=night)
    sweeping.sweep(now=night)
    assert [(call.ticket_id, call.rule, call.at) for call in calls] == [(ticket.id, "X1", night)]


def test_what_a_caller_raises_undoes_the_page_and_the_next_sweep_finds_it(
    world: World, calls: list[Call]
) -> None:
    def broken(_call: Call) -> None:
        raise ConnectionError("no roster")

    ticket = opened(world, DUE, effect="loss-of-service")
    calling._callers[:] = [broken]
    with pytest.raises(ConnectionError):
        sweeping.sweep(now=DUE)
    assert taken(world, ticket) == []
    calling._callers[:] = [calls.append]
    sweeping.sweep(now=DUE + MINUTE)
    assert [call.at for call in calls] == [DUE]


def test_a_page_found_after_the_answer_wakes_nobody(world: World, calls: list[Call]) -> None:
    ticket = opened(world, DUE, effect="loss-of-service")
    with tenancy.vendor(world.vendor_id):
        answering.reply(by=world.desk, ticket=ticket, body="Done", now=DUE + MINUTE)
    sweeping.sweep(now=DUE + 2 * MINUTE)
    assert (taken(world, ticket), calls) == ([("Y1", "page", DUE)], [])
    with tenancy.vendor(world.vendor_id):
        assert Event.objects.get(ticket=ticket, kind="escalated").data["called"] is False


# --- clocks that are wrong, machines that slept -----------------------------------------------------

EXPECTED = [("X1", "act", THREE_QUARTERS), ("X2", "act", DUE), ("Y2", "act", DUE + timedelta(hours=1))]


def test_a_worker_five_minutes_ahead_and_one_behind_record_each_step_once(world: World) -> None:
    ticket = opened(world)
    real = THREE_QUARTERS - timedelta(hours=1)
    while real < DUE + timedelta(hours=2):
        for skew in (-5, 5, 0):
            sweeping.sweep(now=real + skew * MINUTE)
        real += 23 * MINUTE
    assert taken(world, ticket) == EXPECTED
    with tenancy.vendor(world.vendor_id):
        counted = Counter(
            Event.objects.filter(ticket=ticket, kind__in=["warned", "breached"]).values_list("kind")
        )
    assert counted == {("warned",): 1, ("breached",): 1}
    sound(world, real + timedelta(hours=1))


def test_a_worker_asks_the_one_clock_that_all_share(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        ((before,),) = cursor.fetchall()
    assert timedelta(0) <= sweeping.shared_now() - before < timedelta(hours=1)


@pytest.mark.parametrize("slept", [timedelta(hours=3), timedelta(days=4)])
def test_a_suspended_machine_misses_nothing_doubles_nothing_and_says_what_it_noticed_late(
    world: World, slept: timedelta
) -> None:
    ticket = opened(world)
    sweeping.sweep(now=THREE_QUARTERS - MINUTE)
    sweeping.sweep(now=THREE_QUARTERS - MINUTE + slept)
    sweeping.sweep(now=THREE_QUARTERS - MINUTE + slept)
    assert taken(world, ticket) == EXPECTED[: 2 if slept < timedelta(hours=4) else 3]
    (notice,) = told(world, world.manager)
    late = THREE_QUARTERS - MINUTE + slept - DUE
    assert notice["late"] == late.total_seconds()


@pytest.mark.parametrize(
    ("zone", "opened_at", "due"),
    [
        ("Europe/Paris", "2026-10-24 20:00", "2026-10-25 04:00"),
        ("Europe/Paris", "2026-03-28 21:00", "2026-03-29 05:00"),
        ("America/St_Johns", "2026-03-08 01:30", "2026-03-08 09:30"),
        ("America/St_Johns", "2026-11-01 00:30", "2026-11-01 08:30"),
    ],
)
def test_a_night_of_the_clock_change_misses_and_doubles_nothing(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch, zone: str, opened_at: str, due: str
) -> None:
    text = personas.source("northern")
    always = text.replace('week: {mon-fri: ["09:00-18:00"]}', "week: {mon-sun: always}", 1)
    assert always != text
    monkeypatch.setattr(personas, "source", lambda _name: always)
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id, zone=zone)
    ticket = opened(world, at(opened_at))
    now = at(opened_at)
    while now < at(due) + timedelta(hours=2):
        sweeping.sweep(now=now)
        now += 40 * MINUTE
    assert taken(world, ticket) == [("X1", "act", at(due) - timedelta(hours=2)), ("X2", "act", at(due))]
    sound(world, now)


# --- one sweep of many ------------------------------------------------------------------------------


def test_a_late_event_moves_what_has_not_happened_only(world: World) -> None:
    ticket = opened(world)
    sweeping.sweep(now=THREE_QUARTERS)
    with tenancy.vendor(world.vendor_id):
        classifying.change_severity(
            by=world.desk, ticket=ticket, severity="4", reason="minor", now=THREE_QUARTERS + MINUTE
        )
    sweeping.sweep(now=at("2026-07-13 16:00"))
    found = taken(world, ticket)
    assert [one[0] for one in found] == ["X1", "X2", "Y2"]
    assert found[1][2] == at("2026-07-13 10:00")
    sound(world, at("2026-07-13 16:00"))


def test_many_tickets_are_caught_up_with_in_few_questions(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)

    def questions(tickets: int, now: datetime) -> int:
        for _ in range(tickets):
            opened(world, now)
        with connection.execute_wrapper(_Counting()):
            sweeping.sweep(now=now + timedelta(days=4))
        return _Counting.seen

    few = questions(3, THURSDAY)
    many = questions(20, THURSDAY)
    assert many <= few + 6


class _Counting:
    """Counts what is asked of the database through Django's cursors."""

    seen = 0

    def __init__(self) -> None:
        type(self).seen = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        type(self).seen += 1
        return execute(sql, params, many, context)


# --- finding what is due ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_looking_for_what_is_due_scans_no_ticket(world: World) -> None:
    ticket = opened(world)
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        columns = [
            f.column
            for f in Ticket._meta.concrete_fields
            if f.column not in ("id", "number", "next_check_at")
        ]
        names = ", ".join(f'"{one}"' for one in columns)
        cursor.execute(
            f"insert into tickets_ticket (id, number, next_check_at, {names})"
            f" select gen_random_uuid(), 2000 + n, %s, {names} from tickets_ticket, generate_series(1, 20000) n"
            " where id = %s",
            [at("2030-01-01 00:00"), ticket.id],
        )
        cursor.execute("analyze tickets_ticket")
        cursor.execute("select prosrc from pg_proc where proname = 'tickets_due'")
        ((sql,),) = cursor.fetchall()
        for name, value in (("<= at ", "<= '2026-07-10'::timestamptz "), ("limit most", "limit 1000")):
            assert name in sql
            sql = sql.replace(name, value)
        cursor.execute(f"explain {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "tickets_check" in plan
        assert "Seq Scan on tickets_ticket" not in plan
        cursor.execute("explain (analyze, buffers) select * from tickets_due('2026-07-09', 1000)")
        cursor.execute(
            "explain (analyze, buffers, format json) select * from tickets_due('2026-07-09', 1000)"
        )
        ((found,),) = cursor.fetchall()
    top = found[0]["Plan"]
    assert top["Actual Rows"] == 0
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 40, (
        "20,000 tickets lie in a thousand pages or more"
    )
