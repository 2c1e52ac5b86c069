"""Business time: additions and differences a second, one by one and in arrays, and against `businesstimedelta`.

A calendar of three years, Monday to Friday 09:00–18:00 in Paris, laid out beforehand; whole seconds spread evenly at random
over it. `businesstimedelta` counts the same rule over the same instants, on datetimes, which is its only form.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import pytz  # type: ignore[import-untyped]

from benchmarks import Row, at_least, best_rates, reported
from palier.core import arrays, calendars, compiled, worktime
from palier.core.localtime import DAY, HOUR, SECOND
from palier.programme import zones

ZONE = "Europe/Paris"
EIGHT_HOURS = 8 * HOUR
NINETY_DAYS = 90 * DAY
MANY = 100_000
FEW = 300


def calendar() -> compiled.Compiled:
    """The calendar, laid out for 2025 to 2027."""
    week = calendars.Week((((9 * 3600, 18 * 3600),),) * 5 + ((),) * 2)
    ready = calendars.compile(calendars.Calendar(name="office", zone=ZONE, week=week))
    ready.cover(
        worktime.to_micros(datetime(2025, 1, 1, tzinfo=ZoneInfo(ZONE))),
        _instants()[-1] + NINETY_DAYS + 30 * DAY,
    )
    return ready


def _instants() -> list[int]:
    first = worktime.to_micros(datetime(2025, 1, 1, tzinfo=ZoneInfo(ZONE)))
    chance = random.Random(1)
    return sorted(first + chance.randrange(970 * 86_400) * SECOND for _ in range(MANY))


def run() -> list[Row]:
    """All figures."""
    zones.use_bundled_zones()
    ready = calendar()
    instants = _instants()
    random.Random(2).shuffle(instants)
    return [*_scalar(ready, instants), *_vectorised(ready, instants), *_against(ready, instants)]


def _add(ready: compiled.Compiled, instants: list[int]) -> Callable[[], int]:
    def work() -> int:
        add = ready.add
        for at in instants:
            add(at, EIGHT_HOURS)
        return len(instants)

    return work


def _elapsed(ready: compiled.Compiled, instants: list[int]) -> Callable[[], int]:
    pairs = [(at, at + NINETY_DAYS) for at in instants]

    def work() -> int:
        elapsed = ready.elapsed
        for start, end in pairs:
            elapsed(start, end)
        return len(pairs)

    return work


def _add_datetimes(ready: compiled.Compiled, moments: list[datetime]) -> Callable[[], int]:
    def work() -> int:
        to_micros, to_datetime, add = worktime.to_micros, worktime.to_datetime, ready.add
        for moment in moments:
            to_datetime(add(to_micros(moment), EIGHT_HOURS))
        return len(moments)

    return work


def _scalar(ready: compiled.Compiled, instants: list[int]) -> list[Row]:
    add, elapsed = best_rates(_add(ready, instants), _elapsed(ready, instants))
    return [
        at_least("add 8 h", add / 1e6, "M/s", 1),
        at_least("elapsed over 90 days", elapsed / 1e6, "M/s", 1),
    ]


def _vectorised(ready: compiled.Compiled, instants: list[int]) -> list[Row]:
    starts = np.array(instants * 10, np.int64)
    ends = starts + NINETY_DAYS
    add, elapsed = best_rates(
        lambda: arrays.add(ready, starts, EIGHT_HOURS).size,
        lambda: arrays.elapsed(ready, starts, ends).size,
    )
    return [
        at_least("add 8 h, in arrays", add / 1e6, "M/s", 10),
        at_least("elapsed over 90 days, in arrays", elapsed / 1e6, "M/s", 10),
    ]


def _against(ready: compiled.Compiled, instants: list[int]) -> list[Row]:
    """Both get the same instants; theirs and the datetime form as datetimes in UTC, as a database gives them."""
    zone: Any = pytz.timezone(ZONE)  # the only kind of zone it takes; it comes with it
    rule: Any = businesstimedelta.WorkDayRule(
        start_time=time(9), end_time=time(18), working_days=[0, 1, 2, 3, 4], tz=zone
    )
    rules: Any = businesstimedelta.Rules([rule])
    eight: Any = businesstimedelta.BusinessTimeDelta(rules, hours=8)
    moments = [worktime.to_datetime(at) for at in instants]
    few = [(moment, moment + timedelta(days=90)) for moment in moments[:FEW]]
    _agree(ready, few, rules, eight)

    def their_add() -> int:
        for moment, _ in few:
            moment + eight
        return FEW

    def their_elapsed() -> int:
        for start, end in few[:20]:
            rules.difference(start, end)
        return 20

    short = instants[:20_000]
    theirs, theirs_elapsed, add, elapsed, on_datetimes = best_rates(
        their_add,
        their_elapsed,
        _add(ready, short),
        _elapsed(ready, short),
        _add_datetimes(ready, moments[:20_000]),
        rounds=25,
    )
    return [
        reported("businesstimedelta: add 8 h", theirs / 1e3, "k/s"),
        reported("businesstimedelta: elapsed over 90 days", theirs_elapsed / 1e3, "k/s"),
        at_least("add against businesstimedelta", add / theirs, "×", 80),
        at_least("elapsed against businesstimedelta", elapsed / theirs_elapsed, "×", 500),
        reported("add 8 h on datetimes", on_datetimes / 1e6, "M/s"),
        at_least("add on datetimes against businesstimedelta", on_datetimes / theirs, "×", 40),
    ]


def _agree(ready: compiled.Compiled, pairs: list[tuple[datetime, datetime]], rules: Any, eight: Any) -> None:
    """A ratio means nothing unless both count the same: 09:00–18:00 never meets a change of clocks, so they must."""
    for start, end in pairs:
        ours, theirs = worktime.to_datetime(ready.add(worktime.to_micros(start), EIGHT_HOURS)), start + eight
        if ours != theirs:
            raise AssertionError(f"add differs: {ours} and {theirs}")
        counted = timedelta(microseconds=ready.elapsed(worktime.to_micros(start), worktime.to_micros(end)))
        if counted != rules.difference(start, end).timedelta:
            raise AssertionError(f"elapsed differs: {counted} and {rules.difference(start, end).timedelta}")
