"""Terms, anniversaries and spans of days: calendar dates of one zone turned into instants.

Anniversaries and terms count from the *original* date, never from the last one: a contract of 29 February 2024 renews
on 28 February 2025 and again on 29 February 2028. Spans of days ("within 14 days") are local dates with the last day
included. Instants are whole microseconds since 1970 (UTC). Rules: docs/reference/terms.md.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MONTHS = 12


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the last day of a month that is too short."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def date_at(instant: int, zone: str) -> date:
    """The local date of an instant in a zone."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> int:
    """`day 00:00` in a zone: the first instant whose local date is `day` or later.

    Where the clocks jump over midnight (or over the whole day, as in Apia on 2011-12-30) it is the jump itself.
    """
    local = ZoneInfo(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=local)
    instant = (midnight.astimezone(UTC) - _EPOCH) // _MICROSECOND
    shown = (_EPOCH + timedelta(microseconds=instant)).astimezone(local)
    if shown.replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return instant
    # Midnight does not exist there: look for the jump, the last instant before which it is still an earlier date.
    before, at = instant - 26 * 3_600_000_000, instant
    while at - before > 1:
        middle = (before + at) // 2
        before, at = (middle, at) if date_at(middle, zone) < day else (before, middle)
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term or contract year: from the first date up to, without, `end_on`. `number` 0 is the original one."""

    number: int
    first_on: date
    end_on: date


def nth_term(*, origin: date, months: int, number: int) -> Term:
    """The term that starts `number` terms after the original date."""
    return Term(
        number=number,
        first_on=add_months(origin, months * number),
        end_on=add_months(origin, months * (number + 1)),
    )


def term_on(*, origin: date, months: int, day: date) -> Term | None:
    """The term a date lies in, or None before the original date."""
    if day < origin:
        return None
    passed = (day.year - origin.year) * _MONTHS + day.month - origin.month
    found = nth_term(origin=origin, months=months, number=passed // months)
    # The month alone is one too many while the day of the month has not come yet.
    return found if found.first_on <= day else nth_term(origin=origin, months=months, number=found.number - 1)


def after_days(*, since: int, days: int, zone: str) -> int:
    """The first instant after a span of `days` local days from the date of `since`, last day included."""
    return start_of(date_at(since, zone) + timedelta(days=days + 1), zone)


def on_day(*, since: int, days: int, zone: str) -> int:
    """The first instant of the local date `days` after that of `since`."""
    return start_of(date_at(since, zone) + timedelta(days=days), zone)


def within_days(*, since: int, instant: int, days: int, zone: str) -> bool:
    """Whether `instant` still lies within `days` local days of `since`, last day included."""
    return instant < after_days(since=since, days=days, zone=zone)
