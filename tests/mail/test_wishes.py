"""Wishes and hours: groups at once, in a digest or never; quiet by the wall clock, through nights of changing clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tickets import personas
from tests.tickets.personas import World, at

from palier.mail import quiet, wishes
from palier.mail.wishes import Way
from palier.people import notices
from palier.people.access import Refused
from palier.people.notices import Group, Kind
from palier.tickets.problems import CannotDo

ZONES = ["Europe/Paris", "America/Toronto", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
walls = st.times().map(lambda one: one.replace(microsecond=0))


@pytest.fixture
def world(within: UUID) -> World:
    return personas.northern(within)


@pytest.mark.parametrize(
    ("since", "until", "now", "end"),
    [
        ("20:00", "07:00", "2026-07-09 18:00", "2026-07-10 05:00"),
        ("20:00", "07:00", "2026-07-09 17:59", None),
        ("20:00", "07:00", "2026-07-10 04:59", "2026-07-10 05:00"),
        ("20:00", "07:00", "2026-07-10 05:00", None),
        ("12:00", "14:00", "2026-07-09 10:00", "2026-07-09 12:00"),
        # The night to summer time is an hour shorter, that to winter time an hour longer.
        ("20:00", "07:00", "2026-03-28 20:00", "2026-03-29 05:00"),
        ("20:00", "07:00", "2026-10-24 20:00", "2026-10-25 06:00"),
        # 02:30 is left out that night: the quiet ends when the clock is past it.
        ("20:00", "02:30", "2026-03-28 20:00", "2026-03-29 01:30"),
    ],
)
def test_quiet_ends_by_the_reader_s_clock(since: str, until: str, now: str, end: str | None) -> None:
    hours = quiet.Hours(since=time.fromisoformat(since), until=time.fromisoformat(until), zone="Europe/Paris")
    assert quiet.ends(hours, at(now)) == (None if end is None else at(end))


@given(now=instants, since=walls, until=walls, zone=st.sampled_from(ZONES))
def test_quiet_that_ends_ends_later_and_within_a_day(
    now: datetime, since: time, until: time, zone: str
) -> None:
    end = quiet.ends(quiet.Hours(since=since, until=until, zone=zone), now)
    if end is not None:
        assert now < end <= now + timedelta(hours=25)


@given(after=instants, wall=walls, zone=st.sampled_from(ZONES))
def test_the_next_digest_is_the_next_time_the_wall_shows_its_hour(
    after: datetime, wall: time, zone: str
) -> None:
    found = quiet.next_at(wall, zone=zone, after=after)
    assert after < found <= after + timedelta(hours=25)
    shown = found.astimezone(ZoneInfo(zone)).time()
    # Where the clock jumps over it, what it shows is as much later as it jumped.
    assert shown == wall or shown > wall


def test_without_a_wish_contacts_hear_at_once_and_staff_of_their_own_tasks() -> None:
    contact = wishes.of(None, is_contact=True, zone="UTC")
    assert {contact.way(kind) for kind in Kind} == {Way.AT_ONCE}
    staff = wishes.of(None, is_contact=False, zone="UTC")
    for kind in (Kind.GIVEN, Kind.MENTIONED, Kind.CONTESTED, Kind.FOLLOW_UP_DUE, Kind.LETTER_BOUNCED):
        assert staff.way(kind) is Way.AT_ONCE
    for kind in (Kind.WATCHED, Kind.WAY_CHOSEN, Kind.CONTRACT_CHANGED):
        assert staff.way(kind) is Way.DIGEST


def test_every_group_has_a_default_for_whoever_is_offered_it() -> None:
    assert tuple(wishes.FOR_CONTACTS) == notices.FOR_CONTACTS
    assert set(wishes.FOR_STAFF) == set(notices.FOR_STAFF) == set(Group)


def test_what_waits_for_an_answer_belongs_to_no_group() -> None:
    must = {
        Kind.REQUEST_RECEIVED, Kind.DECIDED_ANEW, Kind.REMINDED, Kind.REQUEST_HELD, Kind.ESTIMATE_MADE,
        Kind.PLAN_ASKED, Kind.CONTESTED, Kind.GIVEN, Kind.MENTIONED, Kind.LETTER_BOUNCED,
    }  # fmt: skip
    assert {notices.group_of(kind) for kind in must} == {None}


def test_wishes_are_one_s_own_and_checked(world: World) -> None:
    nothing = {"digest_at": None, "quiet_from": None, "quiet_until": None}
    row = wishes.change(by=world.customer, ways={"money": "digest"}, **nothing)
    assert wishes.mine(world.customer) == row
    assert wishes.mine(world.desk) is None
    found = wishes.of(row, is_contact=True, zone="Europe/Paris")
    assert (found.way(Kind.INVOICE_ISSUED), found.way(Kind.FIX_SHIPPED)) == (Way.DIGEST, Way.AT_ONCE)
    for ways in ({"watched": "never"}, {"money": "hourly"}):
        with pytest.raises(CannotDo):
            wishes.change(by=world.customer, ways=ways, **nothing)
    with pytest.raises(CannotDo):
        wishes.change(by=world.customer, ways={}, **{**nothing, "quiet_from": time(20)})
    with pytest.raises(Refused):
        wishes.change(by=world.machine, ways={}, **nothing)


def test_ending_digests_leaves_what_comes_at_once(world: World) -> None:
    user = world.agent.user
    row = wishes.end_digests(vendor_id=world.vendor_id, user_id=user.pk, is_contact=False)
    found = wishes.of(row, is_contact=False, zone="UTC")
    assert found.way(Kind.WATCHED) is Way.NEVER
    assert found.way(Kind.FOLLOW_UP_DUE) is Way.AT_ONCE
    assert found.way(Kind.GIVEN) is Way.AT_ONCE
