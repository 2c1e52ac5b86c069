"""A second, slow implementation of calendars to hold the real one against: it walks the instants and looks at the wall.

It shares nothing with the code under test but the definition: each step asks `zoneinfo` for the wall time, then applies
the words of docs/reference/calendars.md to it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from palier.core.calendars import Calendar, DatedSpan, Hours

MINUTE = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_open(calendar: Calendar, at: int) -> bool:
    """Whether the wall time at an instant lies in the week and on no closed date, or in an opening."""
    if calendar.zone is None:
        return True
    wall = (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(calendar.zone))
    today = wall.date()
    second = wall.hour * 3600 + wall.minute * 60 + wall.second

    def covers(day: date, hours: Hours) -> bool:
        since = second + (today - day).days * 86_400
        return any(opens <= since < closes for opens, closes in hours)

    def dated(entry: DatedSpan, day: date, hours: Hours) -> bool:
        return entry.first <= day <= entry.last and covers(day, hours)

    near = [today, today - timedelta(days=1)]
    in_week = any(covers(day, calendar.week.days[day.weekday()]) for day in near)
    closed = today in calendar.holidays or any(
        dated(entry, day, entry.hours or ((0, 86_400),)) for entry in calendar.closures for day in near
    )
    opened = any(
        dated(entry, day, entry.hours or calendar.week.days[day.weekday()])
        for entry in calendar.openings
        for day in near
    )
    return (in_week and not closed) or opened


def elapsed(calendar: Calendar, start: int, end: int) -> int:
    """Open time between two instants on whole minutes, for hours and offsets on whole minutes: minute by minute."""
    return sum(MINUTE for at in range(start, end, MINUTE) if is_open(calendar, at))


def add(calendar: Calendar, start: int, duration: int, limit: int) -> int | None:
    """The earliest instant with that much open time since `start`; None past `limit`."""
    at = start
    while duration > 0:
        if at >= limit:
            return None
        if is_open(calendar, at):
            step = min(MINUTE, duration)
            duration -= step
            at += step
        else:
            at += MINUTE
    return at
