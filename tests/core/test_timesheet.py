"""Working time as it is charged: worked figures and laws."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.test_ledger import at

from palier.core import calendars, localtime, timesheet
from palier.core.calendars import Calendar, Week
from palier.core.timesheet import Entry, Piece, Rules, Weight

QUARTERS = Rules(round_up_minutes=15)
DAY = date(2026, 7, 9)


def worked(*minutes: int, weight: int = 100, person: str = "ana", day: date = DAY) -> list[Entry]:
    return [Entry(person=person, ticket="t", day=day, minutes=m, weight_percent=weight) for m in minutes]


def charged(entries: list[Entry], rules: Rules = QUARTERS) -> list[int]:
    return list(timesheet.charged(entries, rules).values())


@pytest.mark.parametrize(
    ("entries", "rules", "expected"),
    [
        (worked(20, 20), QUARTERS, [45]),
        (worked(35), QUARTERS, [45]),
        (worked(45), QUARTERS, [45]),
        (worked(46), QUARTERS, [60]),
        (worked(1), Rules(), [1]),
        (worked(5), Rules(round_up_minutes=15, minimum_minutes=60), [60]),
        (worked(70), Rules(round_up_minutes=15, minimum_minutes=60), [75]),
        # The weight comes before rounding: 1.5 x 20 = 30, 1.5 x 21 = 31.5 -> 45.
        (worked(20, weight=150), QUARTERS, [30]),
        (worked(21, weight=150), QUARTERS, [45]),
        (worked(20) + worked(10, weight=200), QUARTERS, [45]),
        # Two people, two days: each rounds apart.
        (worked(20) + worked(20, person="ben"), QUARTERS, [30, 30]),
        (worked(20) + worked(20, day=date(2026, 7, 10)), QUARTERS, [30, 30]),
        # Wholly reversed: nothing, not even the minimum.
        (worked(20, -20), Rules(round_up_minutes=15, minimum_minutes=60), [0]),
        (worked(20, 20, -20), QUARTERS, [30]),
        ([], QUARTERS, []),
    ],
)
def test_worked_figures(entries: list[Entry], rules: Rules, expected: list[int]) -> None:
    assert charged(entries, rules) == expected


def test_no_more_can_be_reversed_than_was_entered() -> None:
    with pytest.raises(timesheet.OverReversed, match="2026-07-09"):
        charged(worked(20, -21))


def test_an_entry_posts_the_difference_it_makes() -> None:
    key = ("ana", "t", DAY)
    assert timesheet.difference(worked(20), worked(20, 20), QUARTERS) == {key: 15}
    assert timesheet.difference(worked(20), worked(20, 10), QUARTERS) == {}
    assert timesheet.difference(worked(20, 20), worked(20, 20, -20), QUARTERS) == {key: -15}
    assert timesheet.difference(worked(20), [], QUARTERS) == {key: -30}
    assert timesheet.difference([], worked(35), QUARTERS) == {key: 45}


minutes = st.lists(st.integers(1, 600), min_size=1, max_size=6)


@given(before=minutes, added=minutes, step=st.sampled_from([1, 5, 15, 60]), minimum=st.integers(0, 120))
def test_differences_add_up_to_what_is_charged(
    before: list[int], added: list[int], step: int, minimum: int
) -> None:
    rules, key = Rules(round_up_minutes=step, minimum_minutes=minimum), ("ana", "t", DAY)
    entries: list[Entry] = []
    posted = 0
    for m in (*before, *added):
        after = [*entries, *worked(m)]
        posted += timesheet.difference(entries, after, rules).get(key, 0)
        entries = after
    found = timesheet.charged(entries, rules)[key]
    whole = sum(before) + sum(added)
    assert posted == found >= max(whole, minimum)
    assert found == minimum or (found % step == 0 and found - whole < step)


# --- pieces --------------------------------------------------------------------------------------------


def test_an_entry_over_the_turn_of_the_month_is_split() -> None:
    start = at("2026-02-01T04:30:00Z")
    found = timesheet.pieces(started_at=start, minutes=60, zone="America/Toronto")
    assert found == (
        Piece(day=date(2026, 1, 31), started_at=start, minutes=30, weight_percent=100),
        Piece(day=date(2026, 2, 1), started_at=at("2026-02-01T05:00:00Z"), minutes=30, weight_percent=100),
    )


def test_a_minute_belongs_where_it_begins() -> None:
    start = at("2026-02-01T04:59:30Z")
    found = timesheet.pieces(started_at=start, minutes=2, zone="America/Toronto")
    assert [(p.day, p.minutes, p.started_at - start) for p in found] == [
        (date(2026, 1, 31), 1, 0),
        (date(2026, 2, 1), 1, timesheet.MINUTE),
    ]
    last = timesheet.pieces(started_at=start, minutes=1, zone="America/Toronto")
    assert [(p.day, p.minutes) for p in last] == [(date(2026, 1, 31), 1)]


def calendar(name: str, week: dict[int, tuple[tuple[int, int], ...]], zone: str = "Europe/Paris") -> Calendar:
    hours = tuple(
        tuple((opens * 3600, closes * 3600) for opens, closes in week.get(day, ())) for day in range(7)
    )
    return Calendar(name=name, zone=zone, week=Week(hours))


NIGHT = Weight(calendar=calendar("night", dict.fromkeys(range(7), ((22, 30),))), percent=150)
WEEKEND = Weight(calendar=calendar("weekend", {5: ((0, 24),), 6: ((0, 24),)}), percent=200)


def test_night_and_weekend_count_more_and_the_first_weight_wins() -> None:
    # Friday 21:30 in Paris, three hours.
    start = at("2026-07-10T19:30:00Z")
    found = timesheet.pieces(started_at=start, minutes=180, zone="Europe/Paris", weights=[WEEKEND, NIGHT])
    assert [(p.day.day, p.minutes, p.weight_percent) for p in found] == [
        (10, 30, 100),
        (10, 120, 150),
        (11, 30, 200),
    ]
    night_first = timesheet.pieces(
        started_at=start, minutes=180, zone="Europe/Paris", weights=[NIGHT, WEEKEND]
    )
    assert [(p.day.day, p.minutes, p.weight_percent) for p in night_first] == [
        (10, 30, 100),
        (10, 120, 150),
        (11, 30, 150),
    ]


def test_pieces_that_do_not_differ_are_one() -> None:
    # The night weight begins inside the weekend, which wins all through.
    start = at("2026-07-11T19:30:00Z")
    found = timesheet.pieces(started_at=start, minutes=60, zone="Europe/Paris", weights=[WEEKEND, NIGHT])
    assert [(p.minutes, p.weight_percent, p.started_at) for p in found] == [(60, 200, start)]


def test_there_is_no_entry_without_a_minute() -> None:
    with pytest.raises(ValueError, match="at least one"):
        timesheet.pieces(started_at=0, minutes=0, zone="UTC")


instants = st.integers(at("2026-03-28T00:00:00Z"), at("2026-11-02T00:00:00Z"))


@given(
    start=instants,
    minutes=st.integers(1, 4000),
    zone=st.sampled_from(["Europe/Paris", "America/Toronto", "Asia/Kathmandu"]),
)
def test_pieces_add_up_and_each_minute_is_where_it_begins(start: int, minutes: int, zone: str) -> None:
    weights = [WEEKEND, NIGHT]
    found = timesheet.pieces(started_at=start, minutes=minutes, zone=zone, weights=weights)
    assert sum(p.minutes for p in found) == minutes
    at_minute = start
    for p in found:
        assert p.started_at == at_minute
        for edge in (p.started_at, p.started_at + (p.minutes - 1) * timesheet.MINUTE):
            assert localtime.local_date(zone, edge) == p.day
            on = [w.percent for w in weights if calendars.compile(w.calendar).is_open(edge)]  # type: ignore[arg-type]
            assert p.weight_percent == (on[0] if on else 100)
        at_minute += p.minutes * timesheet.MINUTE
