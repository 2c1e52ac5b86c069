"""Terms and spans of days: worked figures and laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.core import terms

ZONES = (
    "Europe/Paris",
    "America/Toronto",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "UTC",
)


def micros(text: str) -> int:
    return int((datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("number", "first", "end"),
    [
        (0, date(2024, 2, 29), date(2025, 2, 28)),
        (1, date(2025, 2, 28), date(2026, 2, 28)),
        (2, date(2026, 2, 28), date(2027, 2, 28)),
        (3, date(2027, 2, 28), date(2028, 2, 29)),
        (4, date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_anniversaries_count_from_the_original_date(number: int, first: date, end: date) -> None:
    term = terms.nth_term(origin=date(2024, 2, 29), months=12, number=number)
    assert (term.first_on, term.end_on) == (first, end)


def test_three_months_from_the_last_of_november_end_with_february() -> None:
    term = terms.nth_term(origin=date(2026, 11, 30), months=3, number=0)
    assert term.end_on == date(2027, 2, 28)
    assert terms.start_of(term.end_on, "Europe/Paris") == micros("2027-02-27T23:00:00+00:00")


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        (date(2026, 7, 1), "America/Toronto", "2026-07-01T04:00:00+00:00"),
        (date(2011, 12, 30), "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
        (date(2011, 12, 31), "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
        # Midnight is skipped: the clocks go from 00:00 to 01:00.
        (date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
        # At midnight they go back to 23:00: the new date starts an hour of real time later.
        (date(2018, 2, 18), "America/Sao_Paulo", "2018-02-18T03:00:00+00:00"),
        # St John's once changed at 00:01: the date starts before the change.
        (date(2010, 11, 7), "America/St_Johns", "2010-11-07T02:30:00+00:00"),
    ],
)
def test_start_of_a_date(day: date, zone: str, expected: str) -> None:
    assert terms.start_of(day, zone) == micros(expected)


def test_start_of_a_date_whose_midnight_lies_inside_a_jump() -> None:
    # Toronto, 31 March 1919: the clocks went from 23:30 to 00:30, so the date starts at the jump.
    assert terms.start_of(date(1919, 3, 31), "America/Toronto") == micros("1919-03-31T04:30:00+00:00")


@given(
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    zone=st.sampled_from(ZONES),
)
def test_start_of_is_the_first_instant_of_the_date(day: date, zone: str) -> None:
    start = terms.start_of(day, zone)
    assert terms.date_at(start, zone) >= day
    assert terms.date_at(start - 1, zone) < day


@given(
    origin=st.dates(date(2000, 1, 1), date(2050, 12, 31)),
    months=st.integers(1, 24),
    days=st.integers(0, 9000),
)
def test_every_date_lies_in_exactly_the_term_found(origin: date, months: int, days: int) -> None:
    day = origin + timedelta(days=days)
    found = terms.term_on(origin=origin, months=months, day=day)
    assert found is not None
    assert found.first_on <= day < found.end_on


def test_no_term_before_the_original_date() -> None:
    assert terms.term_on(origin=date(2026, 3, 1), months=12, day=date(2026, 2, 28)) is None


def test_a_span_of_days_includes_its_last_day() -> None:
    resolved = micros("2026-07-01T20:00:00+00:00")
    last = micros("2026-07-15T21:59:59+00:00")  # 15 July 23:59:59 in Paris
    assert terms.within_days(since=resolved, instant=last, days=14, zone="Europe/Paris")
    assert not terms.within_days(since=resolved, instant=last + 1_000_000, days=14, zone="Europe/Paris")
    assert terms.on_day(since=resolved, days=3, zone="Europe/Paris") == micros("2026-07-03T22:00:00+00:00")
