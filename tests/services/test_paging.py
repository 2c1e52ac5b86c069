"""Whoever is on call is paged once, then the next in line, until somebody has it or nobody is needed any more."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from tests import killing
from tests.tickets import personas
from tests.tickets.personas import at

from palier.people import access, notices, staffing, tenancy
from palier.people.models import Clearance, Notice, Role, Team, Turn, Vendor
from palier.services import paging, queries, rosters
from palier.services.models import Alarm, How, Page, State, Why
from palier.site import database
from palier.tickets import answering, convert, opening, reopening, steering
from palier.tickets.models import Event, Ticket

from . import on_call_world
from .on_call_world import MINUTES, NIGHT, OnCall, attend


@pytest.fixture
def on_call(vendor: Vendor) -> OnCall:
    return on_call_world.build(vendor)


def told(on_call: OnCall, name: str) -> list[tuple[str, str]]:
    """(kind, what) of the notices of a person of the vendor about calls, oldest first."""
    with tenancy.vendor(on_call.vendor_id):
        rows = Notice.objects.filter(
            staff__name=name, kind__in=[notices.Kind.PAGED, notices.Kind.PAGE_TAKEN]
        ).order_by("created_at", "id")
        return [(row.kind, str(row.data.get("what", ""))) for row in rows]


def test_who_is_on_call_is_paged_at_once_and_told(on_call: OnCall) -> None:
    on_call.call()
    assert on_call.paged() == [("Ana", Why.ON_CALL, NIGHT)]
    assert told(on_call, "Ana") == [("paged", "on-call")]
    alarm = on_call.alarm()
    assert (alarm.state, alarm.next_at, alarm.gap) == (State.OPEN, NIGHT + 10 * MINUTES, False)
    with tenancy.vendor(on_call.vendor_id):
        assert Event.objects.filter(kind="paged", at=NIGHT).count() == 1


def test_a_second_call_while_one_is_open_pages_nobody_twice(on_call: OnCall) -> None:
    on_call.call()
    on_call.call()
    on_call.call(NIGHT + MINUTES, rule="breach")
    assert on_call.names() == ["Ana"]


def test_the_line_is_walked_and_begun_again_and_then_given_up(on_call: OnCall) -> None:
    on_call.call()
    for minute in range(1, 120):
        attend(NIGHT + minute * MINUTES)
    minutes = [(name, why, (sent - NIGHT) // MINUTES) for name, why, sent in on_call.paged()]
    once = [("Ana", Why.ON_CALL), ("Dee", Why.NEXT), ("Bo", Why.NEXT), ("Martin", Why.MANAGER)]
    manager = on_call.world.manager.name
    walked = [(manager if name == "Martin" else name, why) for name, why in once]
    assert minutes == [(name, why, 10 * step) for step, (name, why) in enumerate(walked * 2)]
    alarm = on_call.alarm()
    assert (alarm.state, alarm.ended_how, alarm.next_at) == (State.UNANSWERED, How.NOBODY, None)
    assert told(on_call, manager)[-1] == ("paged", "unanswered")
    with tenancy.vendor(on_call.vendor_id):
        assert Page.objects.filter(escalated_at=None).count() == 0


def test_nothing_is_paged_before_the_time_is_over(on_call: OnCall) -> None:
    on_call.call()
    assert attend(NIGHT + 10 * MINUTES - timedelta(microseconds=1)) == 0
    assert attend(NIGHT + 10 * MINUTES) == 1
    assert attend(NIGHT + 10 * MINUTES) == 0
    assert on_call.names() == ["Ana", "Dee"]


def test_a_press_ends_it_and_tells_who_was_woken_besides(on_call: OnCall) -> None:
    on_call.call()
    attend(NIGHT + 10 * MINUTES)
    with tenancy.vendor(on_call.vendor_id):
        by = access.Viewer.staff(on_call.dee)
        for _ in range(2):
            paging.acknowledge(by=by, alarm_id=on_call.alarm().id, now=NIGHT + 12 * MINUTES)
        assert Event.objects.filter(kind="page-taken").count() == 1
        taken = queries.paged(on_call.vendor_id, on_call.ticket.id)
        assert taken == queries.Paged(at=NIGHT, acknowledged_at=NIGHT + 12 * MINUTES)
    assert attend(NIGHT + 40 * MINUTES) == 0
    alarm = on_call.alarm()
    assert (alarm.state, alarm.ended_how, alarm.ended_at) == (
        State.ACKNOWLEDGED,
        How.PRESS,
        NIGHT + 12 * MINUTES,
    )
    assert alarm.ended_by is not None
    assert alarm.ended_by.name == "Dee"
    assert told(on_call, "Ana") == [("paged", "on-call"), ("page-taken", "")]
    assert told(on_call, "Dee") == [("paged", "next")]


def test_a_late_press_still_takes_what_was_given_up(on_call: OnCall) -> None:
    on_call.call()
    for minute in range(1, 120):
        attend(NIGHT + minute * MINUTES)
    with tenancy.vendor(on_call.vendor_id):
        paging.acknowledge(
            by=access.Viewer.staff(on_call.ana), alarm_id=on_call.alarm().id, now=NIGHT + 200 * MINUTES
        )
    assert on_call.alarm().state == State.ACKNOWLEDGED


def test_an_answer_acknowledges_at_its_own_instant(on_call: OnCall) -> None:
    on_call.call()
    when = NIGHT + 3 * MINUTES
    with tenancy.vendor(on_call.vendor_id):
        answering.reply(
            by=access.Viewer.staff(on_call.ana), ticket=on_call.ticket, body="I am looking.", now=when
        )
    assert attend(when + timedelta(seconds=5)) == 1
    alarm = on_call.alarm()
    assert (alarm.state, alarm.ended_how, alarm.ended_at) == (State.ACKNOWLEDGED, How.ANSWER, when)
    assert alarm.ended_by is not None
    assert alarm.ended_by.name == "Ana"


def test_giving_it_to_a_person_acknowledges_and_giving_it_to_a_team_does_not(on_call: OnCall) -> None:
    on_call.call()
    with tenancy.vendor(on_call.vendor_id):
        team = Team.objects.create(vendor_id=on_call.vendor_id, name="Level 2", level=2)
        by = access.Viewer.staff(on_call.world.manager)
        steering.assign(by=by, ticket=on_call.ticket, team=team, now=NIGHT + MINUTES)
    assert attend(NIGHT + 2 * MINUTES) == 0
    with tenancy.vendor(on_call.vendor_id):
        steering.assign(by=by, ticket=on_call.ticket, assignee=on_call.bo, team=team, now=NIGHT + 3 * MINUTES)
    assert attend(NIGHT + 4 * MINUTES) == 1
    assert on_call.alarm().ended_how == How.ASSIGNMENT


def test_it_stops_when_nobody_is_needed_any_more(on_call: OnCall) -> None:
    on_call.call()
    with tenancy.vendor(on_call.vendor_id):
        reopening.close(
            by=on_call.world.customer, ticket=on_call.ticket, now=NIGHT + MINUTES, reason="A false alarm."
        )
    assert attend(NIGHT + 2 * MINUTES) == 1
    assert (on_call.alarm().state, on_call.names()) == (State.STOPPED, ["Ana"])
    on_call.call(NIGHT + 5 * MINUTES, rule="later")
    assert on_call.names() == ["Ana"]


def test_in_a_gap_the_managers_are_paged_and_told_so(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        for layer in on_call.roster.layers.all():
            rosters.remove_layer(
                by=on_call.world.machine, roster_id=on_call.roster.id, layer_id=layer.id, now=NIGHT
            )
    on_call.call()
    assert on_call.paged() == [(on_call.world.manager.name, Why.MANAGER, NIGHT)]
    assert on_call.alarm().gap
    assert told(on_call, on_call.world.manager.name) == [("paged", "gap")]


def test_without_a_roster_the_managers_are_paged(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        rosters.remove_roster(by=on_call.world.machine, roster_id=on_call.roster.id, now=NIGHT)
    on_call.call()
    assert on_call.names() == [on_call.world.manager.name]
    assert on_call.alarm().roster_id is None


def test_after_hours_of_downtime_it_is_dated_at_its_true_instant_and_people_still_have_their_time(
    on_call: OnCall,
) -> None:
    on_call.call(NIGHT + 180 * MINUTES, when=NIGHT)
    with tenancy.vendor(on_call.vendor_id):
        page = Page.objects.get()
        assert (page.at, page.sent_at) == (NIGHT, NIGHT + 180 * MINUTES)
    assert attend(NIGHT + 189 * MINUTES) == 0
    attend(NIGHT + 400 * MINUTES)
    with tenancy.vendor(on_call.vendor_id):
        page = Page.objects.get(step=2)
        assert (page.at, page.sent_at) == (NIGHT + 190 * MINUTES, NIGHT + 400 * MINUTES)
    assert on_call.alarm().next_at == NIGHT + 410 * MINUTES


def test_who_is_named_for_nothing_restricted_is_not_paged(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        organisation = on_call.world.organisation
        organisation.restricted = True
        organisation.save(update_fields=["restricted"])
        Clearance.objects.create(
            vendor_id=on_call.vendor_id, staff=on_call.dee, organisation=organisation, granted_at=NIGHT
        )
    on_call.call()
    assert on_call.names() == ["Dee"]
    with tenancy.vendor(on_call.vendor_id):
        stranger = access.Viewer.staff(on_call.ana)
        assert list(queries.alarms(stranger)) == []
        with pytest.raises(Alarm.DoesNotExist):
            paging.acknowledge(by=stranger, alarm_id=on_call.alarm().id, now=NIGHT)


def test_who_is_paged_for_another_teams_request_is_given_it(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        by = access.Viewer.staff(on_call.world.manager)
        team = staffing.save_team(
            by=by, name="Level 2", level=2, takes_new=False, turn=Turn.NONE, members=[], now=NIGHT
        )
        steering.assign(by=by, ticket=on_call.ticket, team=team, now=NIGHT - MINUTES)
    on_call.call()
    with tenancy.vendor(on_call.vendor_id):
        ana = access.Viewer.staff(on_call.ana)
        assert not Ticket.objects.visible_to(ana).exists()
        paging.acknowledge(by=ana, alarm_id=queries.alarms(ana).get().id, now=NIGHT + MINUTES)
        assert Ticket.objects.visible_to(ana).get().assignee_id == on_call.ana.id


def test_a_customer_and_finance_acknowledge_nothing(on_call: OnCall) -> None:
    on_call.call()
    with tenancy.vendor(on_call.vendor_id):
        finance = personas.add_staff(on_call.world.machine, "fin", Role.FINANCE)
        for viewer in (on_call.world.customer, access.Viewer.staff(finance)):
            with pytest.raises(access.Refused):
                paging.acknowledge(by=viewer, alarm_id=on_call.alarm().id, now=NIGHT)


def test_the_roster_that_names_most_serves_a_request(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        by = on_call.world.machine
        more = rosters.save_roster(by=by, name="Standard", zone="Europe/Paris", plans=["standard"], now=NIGHT)
        rosters.save_roster(by=by, name="Other", zone="Europe/Paris", plans=["other"], levels=[1], now=NIGHT)
        assert queries.roster_for(on_call.ticket) == more


def test_a_swap_is_who_is_paged(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        rosters.swap(
            by=access.Viewer.staff(on_call.bo), roster_id=on_call.roster.id, staff=on_call.bo,
            starts_at=NIGHT - 60 * MINUTES, ends_at=NIGHT + 60 * MINUTES, now=NIGHT - 300 * MINUTES,
        )  # fmt: skip
        told_ = Notice.objects.filter(kind=notices.Kind.ON_CALL_SWAPPED).values_list("staff__name", flat=True)
        assert list(told_) == ["Ana"]
    on_call.call()
    assert on_call.names() == ["Bo"]


# --- races and power cuts ---------------------------------------------------------------------------

WORKER = """
import sys, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
from palier.services import paging
from palier.tickets import convert
now = convert.instant(int(sys.argv[1]))

def work():
    while True:
        paging.attend(now=now, most=3)
"""


def several(on_call: OnCall, count: int) -> None:
    with tenancy.vendor(on_call.vendor_id):
        tickets = [
            opening.open_ticket(by=on_call.world.customer, draft=personas.failure(), now=NIGHT)
            for _ in range(count)
        ]
    for ticket in tickets:
        one = OnCall(
            world=on_call.world, roster=on_call.roster, ana=on_call.ana, bo=on_call.bo, dee=on_call.dee,
            ticket=ticket,
        )  # fmt: skip
        one.call()


def check_once(on_call: OnCall, count: int) -> None:
    with tenancy.vendor(on_call.vendor_id):
        counted = Counter(Page.objects.values_list("staff__name", flat=True))
        noticed = Counter(Notice.objects.filter(kind="paged").values_list("staff__name", flat=True))
    assert counted == noticed == {"Ana": count, "Dee": count}


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_page_once(vendor: Vendor) -> None:
    on_call = on_call_world.build(vendor)
    several(on_call, 5)

    def work() -> None:
        try:
            attend(NIGHT + 11 * MINUTES)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    attend(NIGHT + 11 * MINUTES)
    check_once(on_call, 5)


@pytest.mark.parametrize(("kills", "calls"), [(20, 12), pytest.param(200, 60, marks=pytest.mark.soak)])
@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_random_page_exactly_once(vendor: Vendor, kills: int, calls: int) -> None:
    on_call = on_call_world.build(vendor)
    several(on_call, calls)
    later = NIGHT + 11 * MINUTES
    killing.at_random(WORKER, [str(convert.micros(later))], kills=kills, longest_s=0.1, seed=kills)
    attend(later)
    check_once(on_call, calls)


def test_the_worker_reads_an_index_of_open_calls_and_no_ticket_that_has_none(on_call: OnCall) -> None:
    on_call.call()
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")
        cursor.execute(
            "explain select a.vendor_id, a.id from services_alarm a where a.state = 'open' and a.next_at <= %s",
            [at("2026-07-11 01:00")],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "services_alarm_waiting" in plan
