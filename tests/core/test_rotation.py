"""Who is on call: turns by local dates, layers, swaps, gaps; and the laws that hold for any roster."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palier.core import rotation
from palier.core.calendars import ALWAYS, Calendar, Week
from palier.core.localtime import DAY, EPOCH, HOUR
from palier.core.rotation import Absence, Layer, Roster, RotationError, Swap

PARIS = "Europe/Paris"


def at(text: str, zone: str = PARIS) -> int:
    """µs of a local time."""
    return (datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) - EPOCH) // timedelta(microseconds=1)


def weekly(*people: str, **more: object) -> Layer:
    values: dict[str, object] = {"people": people, "starts_on": date(2026, 3, 2), "handover_s": 9 * 3600}
    return Layer(**{**values, **more})  # type: ignore[arg-type]


def who(roster: Roster, text: str) -> str | None:
    found = rotation.on_call(roster, at(text, roster.zone))
    return found.person if found is not None else None


def test_a_week_is_handed_over_at_the_local_hour() -> None:
    roster = Roster(zone=PARIS, layers=(weekly("ana", "bo", "cy"),))
    assert who(roster, "2026-03-02T08:59:59") is None
    assert who(roster, "2026-03-02T09:00") == "ana"
    assert who(roster, "2026-03-09T08:59:59") == "ana"
    assert who(roster, "2026-03-09T09:00") == "bo"
    assert who(roster, "2026-03-23T09:00") == "ana"


@pytest.mark.parametrize(("first", "hours"), [("2026-03-23", 167), ("2026-10-19", 169), ("2026-06-01", 168)])
def test_a_week_with_a_change_of_clocks_is_shorter_or_longer(first: str, hours: int) -> None:
    layer = weekly("ana", "bo", starts_on=date.fromisoformat(first))
    assert layer.begins(PARIS, 1) - layer.begins(PARIS, 0) == hours * HOUR


def test_a_handover_in_the_skipped_hour_is_the_change_itself_and_of_a_repeated_one_the_first() -> None:
    daily = weekly("ana", "bo", days=1, handover_s=2 * 3600 + 1800, starts_on=date(2026, 3, 29))
    assert daily.begins(PARIS, 0) == at("2026-03-29T03:00")
    daily = weekly("ana", "bo", days=1, handover_s=2 * 3600 + 1800, starts_on=date(2026, 10, 25))
    assert daily.begins(PARIS, 0) == at("2026-10-25T02:30")  # fold=0: the first


def test_a_date_that_a_zone_leaves_out_has_no_shift() -> None:
    daily = weekly("ana", "bo", "cy", days=1, handover_s=0, starts_on=date(2011, 12, 29))
    roster = Roster(zone="Pacific/Apia", layers=(daily,))
    assert who(roster, "2011-12-29T12:00") == "ana"
    assert who(roster, "2011-12-31T00:00") == "cy"


def test_weekdays_hand_over_on_those_days() -> None:
    """Monday to Friday one person, the weekend the next; the first turn begins on a Wednesday."""
    layer = weekly("ana", "bo", "cy", weekdays=(0, 4), starts_on=date(2026, 3, 4))
    roster = Roster(zone=PARIS, layers=(layer,))
    assert [layer.first_day(turn) - layer.first_day(0) for turn in range(5)] == [0, 2, 5, 9, 12]
    assert who(roster, "2026-03-06T08:00") == "ana"
    assert who(roster, "2026-03-06T09:00") == "bo"
    assert who(roster, "2026-03-09T09:00") == "cy"
    assert who(roster, "2026-03-13T09:00") == "ana"


def test_nights_and_weekends_leave_the_day_to_the_layer_below_or_to_nobody() -> None:
    night = ((0, 9 * 3600), (18 * 3600, 24 * 3600))
    week = Week((night,) * 5 + (((0, 24 * 3600),),) * 2)
    nights = weekly("ana", "bo", hours=Calendar(name="nights", zone=PARIS, week=week))
    alone = Roster(zone=PARIS, layers=(nights,))
    assert who(alone, "2026-03-03T17:59") is None
    assert who(alone, "2026-03-03T18:00") == "ana"
    assert who(alone, "2026-03-07T12:00") == "ana"
    both = Roster(zone=PARIS, layers=(nights, weekly("dee")))
    assert who(both, "2026-03-03T17:59") == "dee"
    found = rotation.shifts(alone, at("2026-03-03T12:00"), at("2026-03-04T12:00"))
    assert [one.person for one in found] == [None, "ana", None]
    assert rotation.gaps(found)[0].length == 6 * HOUR


def test_a_swap_is_on_top_and_the_last_given_counts() -> None:
    swaps = (
        Swap(id="1", person="bo", start=at("2026-03-03T00:00"), end=at("2026-03-05T00:00")),
        Swap(id="2", person="cy", start=at("2026-03-04T00:00"), end=at("2026-03-06T00:00")),
    )
    roster = Roster(zone=PARIS, layers=(weekly("ana", "bo"),), swaps=swaps)
    days = [who(roster, f"2026-03-0{day}T12:00") for day in range(2, 8)]
    assert days == ["ana", "bo", "cy", "cy", "ana", "ana"]


def test_who_is_away_or_gone_is_covered_from_below() -> None:
    away = Absence(person="ana", start=at("2026-03-03T00:00"), end=at("2026-03-04T00:00"))
    roster = Roster(zone=PARIS, layers=(weekly("ana", rotation.NOBODY), weekly("dee")), absences=(away,))
    assert who(roster, "2026-03-02T12:00") == "ana"
    assert who(roster, "2026-03-03T12:00") == "dee"
    assert who(roster, "2026-03-10T12:00") == "dee"
    assert who(Roster(zone=PARIS, layers=(weekly("ana"),), absences=(away,)), "2026-03-03T12:00") is None


def test_the_line_goes_from_who_is_on_call_to_the_layers_below_and_then_to_whose_turn_is_next() -> None:
    roster = Roster(zone=PARIS, layers=(weekly("ana", "bo", "cy"), weekly("dee", "eli")))
    instant = at("2026-03-03T12:00")
    assert rotation.line(roster, instant) == ("ana", "dee", "bo", "cy", "eli")
    swapped = Roster(
        zone=PARIS,
        layers=roster.layers,
        swaps=(Swap(id="1", person="cy", start=instant, end=instant + DAY),),
    )
    assert rotation.line(swapped, instant) == ("cy", "dee", "bo", "eli")
    assert rotation.line(Roster(zone=PARIS), instant) == ()


def test_when_it_is_handed_over() -> None:
    roster = Roster(zone=PARIS, layers=(weekly("ana", "ana", "bo"),))
    found = rotation.shifts(roster, at("2026-03-03T00:00"), at("2026-04-03T00:00"))
    assert rotation.next_change(found, at("2026-03-03T12:00")) == at("2026-03-16T09:00")
    assert rotation.next_change(found, at("2026-02-01T12:00")) is None


def test_to_the_end_of_what_is_known_nobody_hands_over_to_oneself() -> None:
    roster = Roster(zone=PARIS, layers=(weekly("ana"), weekly("ana")))
    found = rotation.shifts(roster, at("2026-03-03T00:00"), at("2026-04-03T00:00"))
    assert rotation.next_change(found, at("2026-03-03T12:00")) == at("2026-04-03T00:00")


def test_what_began_at_midnight_goes_on_when_the_clock_goes_back_into_the_evening_before() -> None:
    # St John's put its clocks back at 00:01, to 23:01 of the day before.
    zone = "America/St_Johns"
    daily = weekly("ana", "bo", "cy", days=1, handover_s=0, starts_on=date(2010, 11, 5))
    roster = Roster(zone=zone, layers=(daily,))
    again = datetime(2010, 11, 6, 23, 30, fold=1, tzinfo=ZoneInfo(zone))
    found = rotation.on_call(roster, (again - EPOCH) // timedelta(microseconds=1))
    assert found is not None
    assert found.person == "cy"


def test_a_range_over_a_date_that_a_zone_leaves_out_has_no_empty_shift() -> None:
    daily = weekly("ana", "bo", "cy", days=1, handover_s=0, starts_on=date(2011, 12, 29))
    zone = "Pacific/Apia"
    found = rotation.shifts(
        Roster(zone=zone, layers=(daily,)), at("2011-12-29T00:00", zone), at("2012-01-01T00:00", zone)
    )
    assert [one.person for one in found] == ["ana", "cy"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": ()},
        {"days": 0},
        {"days": 400},
        {"handover_s": -1},
        {"handover_s": 86_400},
        {"weekdays": (4, 0)},
        {"weekdays": (7,)},
    ],
)
def test_what_cannot_be_a_layer(wrong: dict[str, object]) -> None:
    with pytest.raises(RotationError):
        weekly(**{"people": ("ana",), **wrong})


def test_a_swap_has_a_length() -> None:
    with pytest.raises(RotationError):
        Swap(id="1", person="ana", start=5, end=5)


# --- laws -------------------------------------------------------------------------------------------

ZONES = ("Europe/Paris", "America/Toronto", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
NAMES = ("ana", "bo", "cy", "dee", rotation.NOBODY)
BEGIN = (datetime(2026, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
instants = st.integers(min_value=BEGIN, max_value=BEGIN + 365 * DAY)
minutes = st.integers(min_value=0, max_value=86_400 // 60 - 1).map(lambda minute: minute * 60)


@st.composite
def layers(draw: st.DrawFn, zone: str) -> Layer:
    hours = draw(st.sampled_from(("all", "night", "day")))
    week = {
        "all": None,
        "night": Week((((18 * 3600, 33 * 3600),),) * 7),
        "day": Week((((9 * 3600, 12 * 3600), (13 * 3600, 18 * 3600)),) * 5 + ((), ())),
    }[hours]
    weekdays = draw(st.sets(st.integers(0, 6), max_size=4))
    return Layer(
        people=tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))),
        starts_on=date(2026, 1, 1) + timedelta(days=draw(st.integers(-400, 300))),
        handover_s=draw(minutes),
        days=draw(st.sampled_from((1, 2, 3, 7, 14))),
        weekdays=tuple(sorted(weekdays)),
        hours=Calendar(name="hours", zone=zone, week=week) if week is not None else None,
    )


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    zone = draw(st.sampled_from(ZONES))
    swaps = [
        Swap(id=str(number), person=draw(st.sampled_from(NAMES[:4])), start=start, end=start + length)
        for number, (start, length) in enumerate(
            draw(st.lists(st.tuples(instants, st.integers(1, 5 * DAY)), max_size=3))
        )
    ]
    away = [
        Absence(person=draw(st.sampled_from(NAMES[:4])), start=start, end=start + length)
        for start, length in draw(st.lists(st.tuples(instants, st.integers(1, 20 * DAY)), max_size=2))
    ]
    return Roster(
        zone=zone,
        layers=tuple(draw(st.lists(layers(zone), max_size=3))),
        swaps=tuple(swaps),
        absences=tuple(away),
    )


@given(rosters(), instants, st.integers(min_value=1, max_value=30 * DAY))
@settings(max_examples=60)
def test_shifts_are_exactly_the_range(roster: Roster, start: int, length: int) -> None:
    found = rotation.shifts(roster, start, start + length)
    assert found[0].start == start
    assert found[-1].end == start + length
    assert all(one.start < one.end for one in found)
    assert all(one.end == two.start for one, two in itertools.pairwise(found))


@given(rosters(), instants, st.integers(min_value=1, max_value=30 * DAY), st.data())
@settings(max_examples=60)
def test_at_every_instant_exactly_the_shift_that_covers_it(
    roster: Roster, start: int, length: int, data: st.DataObject
) -> None:
    found = rotation.shifts(roster, start, start + length)
    edges = [instant for one in found for instant in (one.start, one.end - 1)]
    for instant in [*edges[:12], data.draw(st.integers(start, start + length - 1))]:
        one = next(one for one in found if one.start <= instant < one.end)
        scalar = rotation.on_call(roster, instant)
        assert (scalar is None) == one.is_gap
        if scalar is not None:
            assert (scalar.person, scalar.layer, scalar.turn, scalar.swap) == (
                one.person,
                one.layer,
                one.turn,
                one.swap,
            )
            assert rotation.line(roster, instant)[0] == one.person
        else:
            assert rotation.line(roster, instant) == ()


@given(rosters(), instants, st.integers(min_value=1, max_value=3 * DAY), st.data())
@settings(max_examples=40)
def test_a_new_swap_wins_everywhere_it_reaches(
    roster: Roster, start: int, length: int, data: st.DataObject
) -> None:
    swap = Swap(id="new", person="zoe", start=start, end=start + length)
    swapped = Roster(
        zone=roster.zone, layers=roster.layers, swaps=(*roster.swaps, swap), absences=roster.absences
    )
    found = rotation.shifts(swapped, start - DAY, start + length + DAY)
    inside = [one for one in found if start <= one.start and one.end <= start + length]
    assert [(one.person, one.start, one.end) for one in inside] == [("zoe", start, start + length)]
    outside = data.draw(st.sampled_from([start - 1, start + length]))
    before, after = rotation.on_call(roster, outside), rotation.on_call(swapped, outside)
    assert before == after


@given(layers("Europe/Paris"), st.integers(min_value=0, max_value=500))
def test_turns_are_found_by_their_first_day(layer: Layer, turn: int) -> None:
    day = layer.first_day(turn)
    assert layer.turn_on(day) == turn
    assert layer.turn_on(day - 1) == turn - 1
    assert layer.first_day(turn + 1) > day


def test_always_is_no_restriction() -> None:
    plain = Roster(zone=PARIS, layers=(weekly("ana", "bo"),))
    always = Roster(zone=PARIS, layers=(weekly("ana", "bo", hours=Calendar(name="always", week=ALWAYS)),))
    start, end = at("2026-03-01T00:00"), at("2026-05-01T00:00")
    assert rotation.shifts(plain, start, end) == rotation.shifts(always, start, end)
