"""The worked examples of docs/reference/calendars.md, and what every question does at its edges."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from palier.core import calendars, compiled, localtime, worktime
from palier.core.calendars import Calendar, DatedSpan, Week
from palier.core.localtime import DAY, HOUR

H = 3600


def week(**days: list[tuple[float, float]]) -> Week:
    return Week(
        tuple(tuple((int(a * H), int(b * H)) for a, b in days.get(day, [])) for day in calendars.WEEKDAYS)
    )


def weekdays(*hours: tuple[float, float]) -> Week:
    return week(**{day: list(hours) for day in calendars.WEEKDAYS[:5]})


OFFICE = weekdays((9, 18))


def office(zone: str = "Europe/Paris", **other: object) -> Calendar:
    return Calendar(name="office", zone=zone, week=OFFICE, **other)  # type: ignore[arg-type]


def at(text: str, zone: str = "Europe/Paris", fold: int = 0) -> int:
    moment = datetime.fromisoformat(text)
    return worktime.to_micros(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone), fold=fold))


def shown(instant: int, zone: str = "Europe/Paris") -> str:
    return worktime.to_datetime(instant).astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


# --- worked examples ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hours", "due"),
    [
        ("Europe/Paris", 8, "Fri 2026-07-10 13:00"),
        ("Europe/Paris", 12, "Fri 2026-07-10 17:00"),
        ("Europe/Paris", 16, "Mon 2026-07-13 12:00"),
        ("America/Toronto", 8, "Thu 2026-07-09 17:00"),
        ("America/Toronto", 12, "Fri 2026-07-10 12:00"),
        ("America/Toronto", 16, "Fri 2026-07-10 16:00"),
        ("Asia/Tokyo", 8, "Fri 2026-07-10 17:00"),
        ("Asia/Tokyo", 12, "Mon 2026-07-13 12:00"),
        ("Asia/Tokyo", 16, "Mon 2026-07-13 16:00"),
        ("Asia/Kathmandu", 8, "Fri 2026-07-10 16:45"),
        ("Asia/Kathmandu", 12, "Mon 2026-07-13 11:45"),
        ("Asia/Kathmandu", 16, "Mon 2026-07-13 15:45"),
    ],
)
def test_the_customer_s_own_hours(zone: str, hours: int, due: str) -> None:
    assert shown(worktime.add(office(zone), at("2026-07-09T12:00:00+00:00"), hours * HOUR), zone) == due


def test_from_the_afternoon_to_the_next_morning_is_four_hours() -> None:
    start, answer = at("2026-07-09T14:00"), at("2026-07-10T09:00")
    assert worktime.elapsed(office(), start, answer) == 4 * HOUR
    assert worktime.elapsed(office(), answer, start) == -4 * HOUR
    assert shown(worktime.add(office(), start, 4 * HOUR)) == "Thu 2026-07-09 18:00"
    assert shown(worktime.add(office(), answer, 16 * HOUR)) == "Mon 2026-07-13 16:00"


def test_the_earliest_and_the_latest() -> None:
    monday = at("2026-07-06T09:00")
    assert shown(worktime.add(office(), monday, 9 * HOUR)) == "Mon 2026-07-06 18:00"
    assert shown(worktime.add(office(), monday, 9 * HOUR + 1)) == "Tue 2026-07-07 09:00"
    assert worktime.subtract(office(), worktime.add(office(), monday, 9 * HOUR), 9 * HOUR) == monday
    assert shown(worktime.subtract(office(), at("2026-07-07T09:00"), 9 * HOUR)) == "Mon 2026-07-06 09:00"
    assert shown(worktime.subtract(office(), at("2026-07-07T10:00"), HOUR)) == "Tue 2026-07-07 09:00"
    sunday = at("2026-07-05T12:00")
    assert worktime.add(office(), sunday, 0) == sunday == worktime.subtract(office(), sunday, 0)
    assert shown(worktime.next_open(office(), sunday)) == "Mon 2026-07-06 09:00"
    assert worktime.next_open(office(), monday) == monday
    assert worktime.is_open(office(), monday)
    assert not worktime.is_open(office(), at("2026-07-06T18:00"))


@pytest.mark.parametrize(("saturday", "hours"), [("2026-07-04", 8), ("2026-03-28", 7), ("2026-10-24", 9)])
def test_a_night_across_a_change_of_clocks(saturday: str, hours: int) -> None:
    night = Calendar(name="night", zone="Europe/Paris", week=week(sat=[(22, 30)]))
    start = at(f"{saturday}T12:00")
    assert worktime.elapsed(night, start, start + DAY) == hours * HOUR


def test_a_span_that_begins_in_a_gap_opens_after_it() -> None:
    early = Calendar(name="early", zone="Europe/Paris", week=week(sun=[(2.5, 10)]))
    assert shown(worktime.next_open(early, at("2026-03-28T12:00"))) == "Sun 2026-03-29 03:00"
    assert worktime.elapsed(early, at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 7 * HOUR


def test_a_span_that_ends_in_a_fold_is_two_intervals() -> None:
    late = Calendar(name="late", zone="Europe/Paris", week=week(sat=[(22, 26.5)]))
    start = at("2026-10-24T12:00")
    found = [
        tuple(worktime.to_datetime(edge).strftime("%d %H:%MZ") for edge in span)
        for span in worktime.segments(late, start, start + DAY)
    ]
    assert found == [("24 20:00Z", "25 00:30Z"), ("25 01:00Z", "25 01:30Z")]


def test_a_closed_day_takes_the_small_hours_of_a_night_begun_before() -> None:
    nights = Calendar(
        name="nights",
        zone="Europe/Paris",
        week=weekdays((22, 30)),
        closures=(DatedSpan(first=date(2026, 7, 1), last=date(2026, 7, 1)),),
    )
    found = worktime.segments(nights, at("2026-06-30T12:00"), at("2026-07-02T12:00"))
    assert [(shown(a), shown(b)) for a, b in found] == [
        ("Tue 2026-06-30 22:00", "Wed 2026-07-01 00:00"),
        ("Thu 2026-07-02 00:00", "Thu 2026-07-02 06:00"),
    ]


def test_around_the_clock_on_weekdays_and_on_all_days() -> None:
    friday = at("2026-07-10T20:00")
    weekdays_only = Calendar(name="24x5", zone="Europe/Paris", week=weekdays((0, 24)))
    assert shown(worktime.add(weekdays_only, friday, 8 * HOUR)) == "Mon 2026-07-13 04:00"
    always = Calendar(name="24x7", week=calendars.ALWAYS)
    assert shown(worktime.add(always, friday, 8 * HOUR)) == "Sat 2026-07-11 04:00"
    assert worktime.elapsed(always, at("2026-03-28T12:00"), at("2026-03-29T12:00")) == 23 * HOUR, "real time"


def test_an_event_s_window_joins_the_hours() -> None:
    toronto = "America/Toronto"
    window = calendars.Windows(
        name="event",
        open=(
            (at("2026-09-19T14:00", toronto), at("2026-09-19T20:00", toronto)),
            (at("2026-09-19T08:00", toronto), at("2026-09-19T14:00", toronto)),
        ),  # type: ignore[arg-type]
    )
    assert len(window.open) == 1
    assert window.known_until is None
    both = calendars.union("office and event", office(toronto), window)
    opened = at("2026-09-19T10:00", toronto)
    assert shown(worktime.add(both, opened, 4 * HOUR), toronto) == "Sat 2026-09-19 14:00"
    assert shown(worktime.add(office(toronto), opened, 4 * HOUR), toronto) == "Mon 2026-09-21 13:00"


# --- closures, openings, holidays ----------------------------------------------------------------------------


def test_closures_and_openings() -> None:
    calendar = office(
        holidays=frozenset({date(2026, 7, 14), date(2026, 7, 16)}),
        closures=(
            DatedSpan(first=date(2026, 8, 1), last=date(2026, 8, 15)),
            DatedSpan(first=date(2026, 7, 15), last=date(2026, 7, 15), start_s=12 * H, end_s=30 * H),
        ),
        openings=(
            DatedSpan(first=date(2026, 7, 14), last=date(2026, 7, 14), start_s=10 * H, end_s=12 * H),
            DatedSpan(first=date(2026, 7, 16), last=date(2026, 7, 18)),
            DatedSpan(first=date(2026, 7, 19), last=date(2026, 7, 19), start_s=23 * H, end_s=25 * H),
        ),
    )
    found = worktime.segments(calendar, at("2026-07-14T00:00"), at("2026-07-20T10:00"))
    assert [(shown(a)[4:], shown(b)[-5:]) for a, b in found] == [
        ("2026-07-14 10:00", "12:00"),
        ("2026-07-15 09:00", "12:00"),
        ("2026-07-16 09:00", "18:00"),
        ("2026-07-17 09:00", "18:00"),
        ("2026-07-19 23:00", "01:00"),
        ("2026-07-20 09:00", "10:00"),
    ]
    assert shown(worktime.next_open(calendar, at("2026-07-31T18:00"))) == "Mon 2026-08-17 09:00"


def test_dates_not_known_yet_make_a_due_time_provisional() -> None:
    calendar = office(dates_known_until=date(2028, 12, 31))
    assert not worktime.is_provisional(calendar, at("2028-12-31T23:59"))
    assert worktime.is_provisional(calendar, at("2029-01-01T00:00"))
    assert not worktime.is_provisional(office(), at("2399-01-01T00:00"))
    combined = calendars.intersection(
        "both", office("Asia/Tokyo", dates_known_until=date(2029, 6, 1)), calendar, office()
    )
    assert combined.known_until == calendar.known_until
    assert calendars.union("none", office()).known_until is None


# --- days of a zone ----------------------------------------------------------------------------------------


def test_a_date_that_a_zone_left_out() -> None:
    assert localtime.day_spans("Pacific/Apia", date(2011, 12, 30)) == ()
    assert localtime.day_start("Pacific/Apia", date(2011, 12, 30)) == at("2011-12-31T00:00", "Pacific/Apia")
    every_day = Calendar(
        name="apia",
        zone="Pacific/Apia",
        week=Week((((0, 24 * H),),) * 7),
        holidays=frozenset({date(2011, 12, 30)}),
    )
    start = at("2011-12-29T12:00", "Pacific/Apia")
    assert worktime.elapsed(every_day, start, start + DAY) == DAY, (
        "closing a day that never was closes nothing"
    )


def test_a_date_in_two_intervals() -> None:
    """Cuba 2026: clocks go back from 01:00 to 00:00. Newfoundland 2010: from 00:01 of the 7th back to 23:01 of the 6th."""
    saturday = localtime.day_spans("America/St_Johns", date(2010, 11, 6))
    sunday = localtime.day_spans("America/St_Johns", date(2010, 11, 7))
    assert len(saturday) == len(sunday) == 2
    assert sum(span.length for span in (*saturday, *sunday)) == 49 * HOUR
    closed = Calendar(
        name="st john's",
        zone="America/St_Johns",
        week=Week((((0, 24 * H),),) * 7),
        holidays=frozenset({date(2010, 11, 7)}),
    )
    assert worktime.elapsed(closed, saturday[0].start, sunday[-1].end) == sum(
        span.length for span in saturday
    )


def test_local_days() -> None:
    assert localtime.date_of(localtime.day_number(date(2026, 7, 9))) == date(2026, 7, 9)
    assert localtime.local_date("Asia/Tokyo", at("2026-07-09T20:00:00+00:00")) == date(2026, 7, 10)
    for name in ("Europe/Pariss", "America", "../etc/passwd", ""):
        with pytest.raises(localtime.UnknownZone, match="unknown time zone"):
            localtime.zone_of(name)


# --- edges --------------------------------------------------------------------------------------------------


def test_negative_durations_are_refused() -> None:
    now = at("2026-07-09T14:00")
    for ask in (worktime.add, worktime.subtract):
        with pytest.raises(ValueError, match="negative"):
            ask(office(), now, -1)


def test_naive_datetimes_are_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        worktime.to_micros(datetime(2026, 7, 9, 14))
    moment = datetime(2026, 7, 9, 12, 0, 0, 123456, tzinfo=UTC)
    assert worktime.to_datetime(worktime.to_micros(moment)) == moment
    before = datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert worktime.to_micros(before) == -1


def test_no_opening_within_five_years_names_the_calendar() -> None:
    now = at("2026-07-09T14:00")
    never = Calendar(name="jamais", zone="Europe/Paris", week=calendars.NEVER)
    asks: list[Callable[[], int | bool]] = [
        lambda: worktime.next_open(never, now),
        lambda: worktime.add(never, now, 1),
        lambda: worktime.subtract(never, now, 1),
    ]
    for ask in asks:
        with pytest.raises(worktime.CalendarHasNoOpening, match="jamais") as caught:
            ask()
        assert caught.value.calendar_name == "jamais"
    assert worktime.elapsed(never, now, now + 1000 * DAY) == 0
    assert worktime.add(never, now, 0) == now
    assert worktime.segments(never, now, now + DAY) == worktime.segments(office(), now, now) == ()


def days_open(*days: int) -> Calendar:
    """Open the whole day on some days since 1970."""
    return Calendar(
        name="rare",
        zone="UTC",
        week=calendars.NEVER,
        openings=tuple(
            DatedSpan(first=localtime.date_of(day), last=localtime.date_of(day), start_s=0, end_s=86_400)
            for day in days
        ),
    )


@pytest.mark.parametrize("laid_out", [False, True])
def test_five_years_are_counted_the_same_whatever_was_laid_out_before(laid_out: bool) -> None:
    day, gap = 20_000, 1827
    reached, missed = days_open(day, day + 1 + gap), days_open(day, day + 2 + gap)
    if laid_out:
        for calendar in (reached, missed):
            calendars.compile(calendar).cover((day - 3000) * DAY, (day + 6000) * DAY)
    start, close = day * DAY, (day + 1) * DAY
    opens = close + gap * DAY
    assert worktime.add(reached, start, DAY) == worktime.add(missed, start, DAY) == close
    assert worktime.add(reached, start, DAY + 1) == opens + 1
    assert worktime.add(reached, close, 2) == opens + 2
    assert worktime.next_open(reached, close) == opens
    assert worktime.subtract(reached, opens + DAY, DAY + 1) == close - 1
    assert worktime.subtract(reached, opens, 1) == close - 1
    asks: list[Callable[[], int | bool]] = [
        lambda: worktime.add(missed, start, DAY + 1),
        lambda: worktime.next_open(missed, close),
        lambda: worktime.add(missed, close, 1),
        lambda: worktime.subtract(missed, opens + 2 * DAY, DAY + 1),
        lambda: worktime.subtract(missed, opens + DAY, 1),
        lambda: worktime.add(reached, start, 2 * DAY + 1),
        lambda: worktime.subtract(reached, opens + DAY, 2 * DAY + 1),
        lambda: worktime.subtract(reached, start, 1),
        lambda: worktime.add(reached, opens + DAY, 1),
    ]
    for ask in asks:
        with pytest.raises(worktime.CalendarHasNoOpening):
            ask()


def test_long_durations_over_many_years() -> None:
    start = at("2026-07-06T09:00")
    end = worktime.add(office(), start, 40_000 * HOUR)
    assert worktime.elapsed(office(), start, end) == 40_000 * HOUR
    assert worktime.subtract(office(), end, 40_000 * HOUR) == start


def test_outside_the_years_there_are() -> None:
    always = calendars.compile(Calendar(name="toujours", week=calendars.ALWAYS))
    asks: list[Callable[[], int | bool]] = [
        lambda: always.add(at("2026-07-09T14:00"), 400 * 366 * DAY),
        lambda: always.subtract(at("2026-07-09T14:00"), 400 * 366 * DAY),
        lambda: always.is_open(localtime.LATEST),
        lambda: always.next_open(localtime.EARLIEST - 1),
    ]
    for ask in asks:
        with pytest.raises(worktime.OutOfRange, match="toujours") as caught:
            ask()
        assert caught.value.calendar_name == "toujours"
    assert always.elapsed(localtime.EARLIEST, localtime.LATEST) == localtime.LATEST - localtime.EARLIEST


def test_compiled_calendars_are_shared() -> None:
    first, second = calendars.compile(office()), calendars.compile(office())
    assert first is second is worktime.compiled(first)
    renamed = calendars.compile(Calendar(name="bureau", zone="Europe/Paris", week=OFFICE))
    assert renamed is not first
    assert renamed.hash == first.hash
    assert repr(first) == f"<Compiled office {first.hash[:12]}>"


def test_the_cache_of_compiled_calendars_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "_KEPT", 2)
    monkeypatch.setattr(calendars, "_compiled", {})
    made = [calendars.compile(Calendar(name=str(n), week=calendars.ALWAYS)) for n in range(3)]
    assert calendars.compile(Calendar(name="2", week=calendars.ALWAYS)) is made[2]
    assert calendars.compile(Calendar(name="0", week=calendars.ALWAYS)) is not made[0]


def test_threads_that_grow_a_calendar_together_agree() -> None:
    shared = compiled.Compiled(office())
    start = at("2026-07-06T09:00")
    expected = [
        compiled.Compiled(office()).add(start + year * 365 * DAY, 8 * HOUR) for year in range(-20, 20)
    ]
    answers: list[list[int]] = []
    gate = threading.Barrier(6)

    def ask(order: int) -> None:
        gate.wait()
        years = range(-20, 20) if order % 2 else range(19, -21, -1)
        found = {year: shared.add(start + year * 365 * DAY, 8 * HOUR) for year in years}
        answers.append([found[year] for year in range(-20, 20)])

    threads = [threading.Thread(target=ask, args=(order,)) for order in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 6


def test_a_layout_grown_by_another_thread_meanwhile_is_kept() -> None:
    shared = compiled.Compiled(office())
    start = at("2026-07-06T09:00")
    table = shared.cover(start, start + DAY)
    assert (
        shared._grown(table, start, start + DAY) is table
    )  # what a second thread finds after it waited for the lock


def test_datetimes_in_a_fold() -> None:
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1)
    assert second - first == HOUR
    assert worktime.to_datetime(first) + timedelta(hours=1) == worktime.to_datetime(second)


def test_a_change_of_offset_at_the_turn_of_a_year() -> None:
    """Casey base took up +08:00 at 1969-01-01T00:00Z exactly: the year before ends with the old offset."""
    zone, turn = "Antarctica/Casey", at("1969-01-01T00:00:00+00:00")
    assert localtime.runs(zone, turn - DAY, turn + DAY) == [
        (turn - DAY, turn, 0),
        (turn, turn + DAY, 8 * HOUR),
    ]


def test_a_range_that_begins_within_a_night() -> None:
    nights = Calendar(name="nights", zone="Asia/Tokyo", week=week(sat=[(22, 46)]))
    begin = at("2026-07-05T20:00", "Asia/Tokyo")
    assert nights.spans(begin, begin + DAY) == ((begin, at("2026-07-05T22:00", "Asia/Tokyo")),)
