"""Laws of business time, held against a walk minute by minute over zones with odd rules."""

from __future__ import annotations

import importlib.resources
import struct
import zoneinfo
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.core import walk

from palier.core import arrays, calendars, compiled, localtime, spans, worktime
from palier.core.calendars import AnyCalendar, Calendar, DatedSpan, Hours, Week
from palier.core.localtime import DAY, SECOND

ZONES = [
    "Europe/Paris",
    "America/Toronto",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "UTC",
]
MINUTE = walk.MINUTE
laws = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
walks = settings(laws, max_examples=25)


# --- calendars with everything in them -------------------------------------------------------------------

minutes_of_day = st.integers(0, 1439)


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """Up to three spans of a day on whole minutes, overlapping or past midnight as they please."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        opens = draw(minutes_of_day)
        found.append((opens * 60, (opens + draw(st.integers(1, 1440))) * 60))
    return tuple(found)


weeks = st.one_of(
    st.just(Week((((9 * 3600, 18 * 3600),),) * 5 + ((), ()))),
    st.just(Week((((22 * 3600, 30 * 3600),),) * 7)),
    st.just(calendars.ALWAYS),
    st.builds(lambda days: Week(tuple(days)), st.lists(hours(), min_size=7, max_size=7)),
)


@st.composite
def dated(draw: st.DrawFn, near: date) -> DatedSpan:
    """A few days around a date, whole or some hours of them."""
    first = near + timedelta(days=draw(st.integers(-4, 4)))
    last = first + timedelta(days=draw(st.integers(0, 3)))
    if draw(st.booleans()):
        return DatedSpan(first=first, last=last)
    opens = draw(minutes_of_day)
    return DatedSpan(
        first=first, last=last, start_s=opens * 60, end_s=(opens + draw(st.integers(1, 1440))) * 60
    )


def odd_instants(zone: str, year: int) -> list[int]:
    """Where a zone changes its offset in a year."""
    low, high = (localtime.day_number(date(one, 1, 1)) * DAY for one in (year, year + 1))
    return [start for start, _, _ in localtime.runs(zone, low, high)[1:]]


@st.composite
def moments(draw: st.DrawFn, zone: str) -> int:
    """A whole minute of 2000–2100, half of the time within two days of a change of offset (Apia: of the lost day)."""
    year = 2011 if zone == "Pacific/Apia" and draw(st.booleans()) else draw(st.integers(2000, 2100))
    changes = odd_instants(zone, year)
    near_change = draw(st.booleans())
    if changes and near_change:
        around = draw(st.sampled_from(changes)) + draw(st.integers(-2 * 1440, 2 * 1440)) * MINUTE
    else:
        around = localtime.day_number(date(year, 1, 1)) * DAY + draw(st.integers(0, 366 * 1440 - 1)) * MINUTE
    return around // MINUTE * MINUTE


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calendar, int]:
    """A calendar with closures and openings around an instant, and the instant."""
    zone = draw(st.sampled_from(ZONES))
    at = draw(moments(zone))
    near = localtime.local_date(zone, at)
    week = draw(weeks)
    openings = [
        one for one in draw(st.lists(dated(near), max_size=2)) if calendars.opens_something(week, one)
    ]
    calendar = Calendar(
        name="drawn",
        zone=zone,
        week=week,
        holidays=frozenset(near + timedelta(days=n) for n in draw(st.sets(st.integers(-4, 4), max_size=3))),
        closures=tuple(draw(st.lists(dated(near), max_size=2))),
        openings=tuple(openings),
    )
    return calendar, at


def add_or_skip(calendar: AnyCalendar, start: int, n: int) -> int:
    try:
        return worktime.add(calendar, start, n)
    except worktime.CalendarHasNoOpening:
        assume(False)
        raise


# --- against the walk --------------------------------------------------------------------------------------


@walks
@given(cases(), st.integers(0, 3 * 1440))
def test_elapsed_is_what_a_walk_counts(case: tuple[Calendar, int], length: int) -> None:
    calendar, at = case
    assert worktime.elapsed(calendar, at, at + length * MINUTE) == walk.elapsed(
        calendar, at, at + length * MINUTE
    )


@walks
@given(cases(), st.integers(0, 1440), st.integers(0, MINUTE - 1))
def test_add_is_where_a_walk_arrives(case: tuple[Calendar, int], length: int, rest: int) -> None:
    calendar, at = case
    n = length * MINUTE + rest
    walked = walk.add(calendar, at, n, at + 5 * DAY)
    if walked is not None:
        assert worktime.add(calendar, at, n) == walked
    else:
        assert add_or_skip(calendar, at, n) > at + 5 * DAY - MINUTE


@laws
@given(cases(), st.integers(-MINUTE, MINUTE))
def test_is_open_is_what_the_wall_says(case: tuple[Calendar, int], offset: int) -> None:
    calendar, at = case
    assert worktime.is_open(calendar, at + offset) == walk.is_open(calendar, at + offset)


@walks
@given(cases())
def test_next_open_is_the_first_open_minute(case: tuple[Calendar, int]) -> None:
    calendar, at = case
    walked = next((t for t in range(at, at + 3 * DAY, MINUTE) if walk.is_open(calendar, t)), None)
    try:
        found = worktime.next_open(calendar, at)
    except worktime.CalendarHasNoOpening:
        assert walked is None
    else:
        assert found == walked if walked is not None else found >= at + 3 * DAY


@laws
@given(st.sampled_from(ZONES), st.integers(0, 37_000))
def test_a_local_day_is_where_the_wall_shows_it(zone: str, days: int) -> None:
    on = date(2000, 1, 1) + timedelta(days=days)
    found = localtime.day_spans(zone, on)
    low = localtime.day_number(on) * DAY
    quarter = 15 * MINUTE
    for at in range(low - 2 * DAY, low + 3 * DAY, quarter):
        inside = any(span.start <= at < span.end for span in found)
        assert inside == (localtime.local_date(zone, at) == on)
    start = localtime.day_start(zone, on)
    assert localtime.local_date(zone, start) >= on > localtime.local_date(zone, start - SECOND)


# --- laws ---------------------------------------------------------------------------------------------------

shifts = st.integers(-40 * DAY, 40 * DAY)
durations = st.integers(0, 200 * 3600 * SECOND)


@laws
@given(cases(), shifts, shifts)
def test_elapsed_adds_up(case: tuple[Calendar, int], first: int, second: int) -> None:
    calendar, a = case
    b, c = a + first, a + second
    assert worktime.elapsed(calendar, a, c) == worktime.elapsed(calendar, a, b) + worktime.elapsed(
        calendar, b, c
    )
    assert worktime.elapsed(calendar, a, b) == -worktime.elapsed(calendar, b, a)


@laws
@given(cases(), shifts, durations)
def test_what_is_added_has_elapsed_and_no_sooner(case: tuple[Calendar, int], shift: int, n: int) -> None:
    calendar, start = case[0], case[1] + shift
    end = add_or_skip(calendar, start, n)
    assert end >= start
    assert worktime.elapsed(calendar, start, end) == n
    assert n == 0 or worktime.elapsed(calendar, start, end - 1) == n - 1


@laws
@given(cases(), shifts, durations)
def test_what_is_subtracted_has_elapsed_and_no_earlier(
    case: tuple[Calendar, int], shift: int, n: int
) -> None:
    calendar, end = case[0], case[1] + shift
    try:
        start = worktime.subtract(calendar, end, n)
    except worktime.CalendarHasNoOpening:
        assume(False)
    assert start <= end
    assert worktime.elapsed(calendar, start, end) == n
    assert n == 0 or worktime.elapsed(calendar, start + 1, end) == n - 1


@laws
@given(cases(), durations, durations)
def test_adding_twice_is_adding_the_sum(case: tuple[Calendar, int], m: int, n: int) -> None:
    calendar, a = case
    assert add_or_skip(calendar, add_or_skip(calendar, a, m), n) == add_or_skip(calendar, a, m + n)


@laws
@given(cases(), st.integers(0, 10 * DAY), durations, durations)
def test_later_and_longer_is_never_sooner(case: tuple[Calendar, int], wait: int, m: int, n: int) -> None:
    calendar, a = case
    assert add_or_skip(calendar, a, m) <= add_or_skip(calendar, a + wait, m)
    assert add_or_skip(calendar, a, min(m, n)) <= add_or_skip(calendar, a, max(m, n))


@laws
@given(cases(), shifts)
def test_segments_are_the_open_time(case: tuple[Calendar, int], shift: int) -> None:
    calendar, a = case
    b = a + shift
    found = worktime.segments(calendar, a, b)
    assert spans.total(found) == max(0, worktime.elapsed(calendar, a, b))
    assert found == spans.join(found)
    assert all(a <= span.start < span.end <= b for span in found)
    assert all(
        worktime.is_open(calendar, span.start) and not worktime.is_open(calendar, span.end)
        for span in found
        if span.end != b
    )


@laws
@given(cases(), cases(), st.integers(0, 10_000), st.integers(-5000, 5000))
def test_combined_calendars_are_set_logic(
    left: tuple[Calendar, int], right: tuple[Calendar, int], length: int, at: int
) -> None:
    a, b = left[0], right[0]
    start = left[1]
    one, two, here = worktime.is_open(a, start + at), worktime.is_open(b, start + at), start + at
    assert worktime.is_open(calendars.union("u", a, b), here) == (one or two)
    assert worktime.is_open(calendars.intersection("i", a, b), here) == (one and two)
    assert worktime.is_open(calendars.difference("d", a, b), here) == (one and not two)
    end = start + length * MINUTE
    parts: dict[str, AnyCalendar] = {
        "a": a,
        "b": b,
        "u": calendars.union("u", a, b),
        "i": calendars.intersection("i", a, b),
        "d": calendars.difference("d", a, b),
    }
    total = {name: worktime.elapsed(calendar, start, end) for name, calendar in parts.items()}
    assert total["u"] == total["a"] + total["b"] - total["i"]
    assert total["d"] == total["a"] - total["i"]


@laws
@given(cases(), st.lists(st.tuples(shifts, durations), min_size=1, max_size=20))
def test_arrays_answer_as_one_by_one(case: tuple[Calendar, int], drawn: list[tuple[int, int]]) -> None:
    calendar, at = case
    starts = np.array([at + shift for shift, _ in drawn], np.int64)
    ns = np.array([n for _, n in drawn], np.int64)
    ends = starts + ns - DAY
    assert arrays.elapsed(calendar, starts, ends).tolist() == [
        worktime.elapsed(calendar, a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    assert arrays.is_open(calendar, starts).tolist() == [
        worktime.is_open(calendar, a) for a in starts.tolist()
    ]
    try:
        added = [worktime.add(calendar, a, n) for a, n in zip(starts.tolist(), ns.tolist(), strict=True)]
        taken = [worktime.subtract(calendar, a, n) for a, n in zip(starts.tolist(), ns.tolist(), strict=True)]
        opens = [worktime.next_open(calendar, a) for a in starts.tolist()]
    except worktime.CalendarHasNoOpening:
        with pytest.raises(worktime.CalendarHasNoOpening):
            (
                arrays.add(calendar, starts, ns),
                arrays.subtract(calendar, starts, ns),
                arrays.next_open(calendar, starts),
            )
        return
    assert arrays.add(calendar, starts, ns).tolist() == added
    assert arrays.subtract(calendar, starts, ns).tolist() == taken
    assert arrays.next_open(calendar, starts).tolist() == opens


@laws
@given(cases(), st.lists(st.integers(-30 * 365 * DAY, 30 * 365 * DAY), min_size=1, max_size=4))
def test_how_the_range_grew_does_not_show(case: tuple[Calendar, int], visits: list[int]) -> None:
    calendar, at = case
    fresh, grown = compiled.Compiled(calendar), compiled.Compiled(calendar)
    for visit in visits:
        grown.is_open(at + visit)
    end = at + 9 * DAY
    assert fresh.segments(at, end) == grown.segments(at, end) == calendar.spans(at, end)
    answers: list[object] = []
    for one in (fresh, grown):
        try:
            answers.append((one.add(at, DAY), one.subtract(at, DAY), one.next_open(at)))
        except worktime.CalendarHasNoOpening as err:
            answers.append(str(err))
    assert answers[0] == answers[1]


def test_no_zone_changes_twice_within_the_step_of_the_search() -> None:
    """What `localtime._STEP` relies on, read from the transition tables of every zone of the wheel."""
    for name in sorted(zoneinfo.available_timezones()):
        changes = [at for at in transitions(name) if at >= localtime.EARLIEST // SECOND]
        assert all(b - a > 6 * 86_400 for a, b in pairwise(changes)), name


def transitions(name: str) -> list[int]:
    """Seconds since 1970 at which the offset of a zone changes, from the 64-bit table of its TZif file (RFC 8536)."""
    data = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    utc, std, leap, times, types, chars = struct.unpack(">6l", data[20:44])
    start = 44 + times * 5 + types * 6 + chars + leap * 8 + std + utc
    utc, std, leap, times, types, chars = struct.unpack(">6l", data[start + 20 : start + 44])
    body = start + 44
    instants = struct.unpack(f">{times}q", data[body : body + 8 * times])
    kinds = data[body + 8 * times : body + 9 * times]
    table = body + 9 * times
    offsets = [struct.unpack(">l", data[table + 6 * kind : table + 6 * kind + 4])[0] for kind in range(types)]
    found: list[int] = []
    previous = offsets[0]
    for at, kind in zip(instants, kinds, strict=True):
        if offsets[kind] != previous:
            found.append(at)
            previous = offsets[kind]
    return found
