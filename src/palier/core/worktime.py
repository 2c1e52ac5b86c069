"""Questions about business time: when is it over, how much has passed, is it open, when does it open.

Instants are whole µs since 1970-01-01T00:00Z, durations whole µs of open time; `datetime` lives at the edges
(`to_micros`, `to_datetime`). Each function takes a calendar or one already compiled. In a tight loop, compile once and
call its methods: `c = calendars.compile(calendar); c.add(start, n)`. Semantics: docs/reference/calendars.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from palier.core import calendars, spans
from palier.core.compiled import CalendarHasNoOpening, Compiled, OutOfRange
from palier.core.localtime import EPOCH

__all__ = [
    "AnyCompilable",
    "CalendarHasNoOpening",
    "OutOfRange",
    "add",
    "compiled",
    "elapsed",
    "is_open",
    "is_provisional",
    "next_open",
    "segments",
    "subtract",
    "to_datetime",
    "to_micros",
]

AnyCompilable = calendars.AnyCalendar | Compiled


def compiled(calendar: AnyCompilable) -> Compiled:
    """The compiled form of a calendar, compiled or not."""
    return calendar if isinstance(calendar, Compiled) else calendars.compile(calendar)


def add(calendar: AnyCompilable, start: int, duration: int) -> int:
    """The *earliest* t ≥ `start` with `duration` µs of open time in `[start, t)`; `start` itself for 0, open or not.

    Raises ValueError for a negative duration, `CalendarHasNoOpening`, `OutOfRange`.
    """
    return compiled(calendar).add(start, duration)


def subtract(calendar: AnyCompilable, end: int, duration: int) -> int:
    """The *latest* t ≤ `end` with `duration` µs of open time in `[t, end)`. Raises as `add`."""
    return compiled(calendar).subtract(end, duration)


def elapsed(calendar: AnyCompilable, start: int, end: int) -> int:
    """µs of open time in `[start, end)`; negative when `end` is before `start`. Raises `OutOfRange`."""
    return compiled(calendar).elapsed(start, end)


def is_open(calendar: AnyCompilable, at: int) -> bool:
    """Whether the calendar is open at an instant. Raises `OutOfRange`."""
    return compiled(calendar).is_open(at)


def next_open(calendar: AnyCompilable, at: int) -> int:
    """The first open instant ≥ `at`. Raises `CalendarHasNoOpening`, `OutOfRange`."""
    return compiled(calendar).next_open(at)


def segments(calendar: AnyCompilable, start: int, end: int) -> spans.Spans:
    """The open spans within `[start, end)`, in order; their lengths sum to `elapsed`."""
    return compiled(calendar).segments(start, end)


def is_provisional(calendar: AnyCompilable, at: int) -> bool:
    """Whether a due time at that instant may still move, because the holidays there are not known yet."""
    return compiled(calendar).is_provisional(at)


_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """An aware datetime as µs since 1970-01-01T00:00Z. A naive one is a ValueError: it names no instant."""
    try:
        return (moment - EPOCH) // _MICROSECOND
    except TypeError:
        raise ValueError(f"{moment.isoformat()} has no zone: it names no instant") from None


def to_datetime(at: int) -> datetime:
    """An instant as a datetime in UTC."""
    return EPOCH + at * _MICROSECOND  # half the time of timedelta(microseconds=at)
