"""Arrays of instants: shapes, errors, and the elements that leave the layout."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from palier.core import arrays, calendars, worktime
from palier.core.calendars import Calendar, Week
from palier.core.localtime import DAY, HOUR

OFFICE = Calendar(name="office", zone="Europe/Paris", week=Week((((9 * 3600, 18 * 3600),),) * 5 + ((), ())))
NEVER = Calendar(name="never", zone="Europe/Paris", week=calendars.NEVER)
START = worktime.to_micros(datetime(2026, 7, 9, 14, tzinfo=ZoneInfo("Europe/Paris")))


def test_shapes_are_kept_and_broadcast() -> None:
    grid = START + np.arange(6, dtype=np.int64).reshape(2, 3) * DAY
    added = arrays.add(OFFICE, grid, 8 * HOUR)
    assert added.shape == (2, 3)
    assert added.tolist() == [[worktime.add(OFFICE, at, 8 * HOUR) for at in row] for row in grid.tolist()]
    both = arrays.elapsed(OFFICE, grid[:, :1], grid[:1, :])
    assert both.shape == (2, 3)
    assert arrays.add(OFFICE, START, np.array([0, HOUR])).tolist() == [START, START + HOUR]
    assert int(arrays.subtract(OFFICE, START, HOUR)) == START - HOUR
    assert bool(arrays.is_open(OFFICE, START))


def test_nothing_asked_nothing_answered() -> None:
    none = np.array([], np.int64)
    for answer in (
        arrays.add(OFFICE, none, HOUR),
        arrays.subtract(OFFICE, START, none),
        arrays.elapsed(OFFICE, none, START),
        arrays.next_open(OFFICE, none),
        arrays.is_open(OFFICE, none),
    ):
        assert answer.shape == (0,)


def test_more_than_a_block_and_past_the_layout() -> None:
    calendar = Calendar(name="fresh", zone="Europe/Paris", week=OFFICE.week)
    starts = START + np.arange(40_000, dtype=np.int64) * 1_000_003
    durations = np.where(np.arange(starts.size) % 1000 == 0, 20_000 * HOUR, 8 * HOUR)
    some = slice(None, None, 500)
    assert arrays.add(calendar, starts, durations)[some].tolist() == [
        worktime.add(calendar, a, n)
        for a, n in zip(starts[some].tolist(), durations[some].tolist(), strict=True)
    ]
    assert arrays.subtract(calendar, starts, durations)[some].tolist() == [
        worktime.subtract(calendar, a, n)
        for a, n in zip(starts[some].tolist(), durations[some].tolist(), strict=True)
    ]


def test_errors_are_those_of_one_by_one() -> None:
    starts = np.array([START, START + DAY])
    for ask in (arrays.add, arrays.subtract):
        with pytest.raises(ValueError, match="negative"):
            ask(OFFICE, starts, np.array([HOUR, -1]))
        with pytest.raises(worktime.CalendarHasNoOpening, match="never"):
            ask(NEVER, starts, 1)
    with pytest.raises(worktime.CalendarHasNoOpening, match="never"):
        arrays.next_open(NEVER, starts)
    assert arrays.elapsed(NEVER, starts, starts + DAY).tolist() == [0, 0]
    with pytest.raises(worktime.OutOfRange, match="office"):
        arrays.is_open(OFFICE, np.array([1 << 60]))
    with pytest.raises(TypeError, match="whole µs"):
        arrays.elapsed(OFFICE, np.array([1.5]), START)
