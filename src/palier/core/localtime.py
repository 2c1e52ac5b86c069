"""Local dates and wall time as instants, by the zone rules of `zoneinfo`.

A zone is a run of fixed offsets. On the *wall line* (local time written as if it were UTC) a pattern of hours is plain
arithmetic; mapping it back through each run gives exactly the instants whose wall time lies in it: what a gap skips counts
nothing, what a fold repeats counts twice, and a date that a zone leaves out (Apia, 2011-12-30) is empty. Mapping back
keeps unions and differences, so closures can be taken off on the wall line. Semantics: docs/reference/calendars.md.
"""

from __future__ import annotations

import functools
import importlib.metadata
import zoneinfo
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from palier.core import spans

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = EPOCH.toordinal()

FIRST_YEAR, LAST_YEAR = 1800, 2399
EARLIEST = (date(FIRST_YEAR, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY
LATEST = (date(LAST_YEAR + 1, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY
"""The instants that can be asked about. A layout costs what its years cost, so a mistyped year has to be an error."""

_STEP = timedelta(days=3)
# No zone changes its offset twice within three days (the closest in the rules are a week apart: Boa Vista 2000, Gaza
# in Ramadan; a test walks all zones). A longer step would miss such a pair and count the hours between them wrongly.

Run = tuple[int, int, int]
"""From this instant to that one, wall time is UTC plus the third number (all µs)."""


class UnknownZone(ValueError):
    """No such IANA zone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown time zone '{name}': write an IANA name such as Europe/Paris")
        self.name = name


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The rules of an IANA zone. Raises `UnknownZone`."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (
        zoneinfo.ZoneInfoNotFoundError,
        ValueError,
        OSError,
    ) as err:  # OSError: a folder such as "America"
        raise UnknownZone(name) from err


@functools.cache
def rules_version() -> str:
    """The version of the zone rules in force (of the `tzdata` package): part of every calendar's content hash."""
    return importlib.metadata.version("tzdata")


def day_number(on: date) -> int:
    """Days since 1970-01-01."""
    return on.toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> date:
    """The date that many days after 1970-01-01."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def _moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _offset(zone: zoneinfo.ZoneInfo, moment: datetime) -> int:
    """Wall time minus UTC at a moment, in µs."""
    local = moment.astimezone(zone)
    return (local.replace(tzinfo=UTC) - moment) // timedelta(microseconds=1)


def _change(zone: zoneinfo.ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second between two moments at which the offset is no longer that of `before`."""
    old = _offset(zone, before)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


@functools.lru_cache(maxsize=8192)
def _year(name: str, year: int) -> tuple[Run, ...]:
    """The runs of one UTC year."""
    zone = zone_of(name)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    begun = moment = datetime(year, 1, 1, tzinfo=UTC)
    offset = _offset(zone, moment)
    found: list[Run] = []
    while moment < end:
        following = min(moment + _STEP, end)
        if _offset(zone, following) != offset:
            following = _change(zone, moment, following)
            found.append((_micros(begun), _micros(following), offset))
            begun, offset = following, _offset(zone, following)
        moment = following
    if begun < end:
        found.append((_micros(begun), _micros(end), offset))
    return tuple(found)


def runs(zone: str, start: int, end: int) -> list[Run]:
    """The runs of a zone that cover `[start, end)`, cut to it."""
    first, last = _moment(start).year, _moment(end - 1).year
    return [
        (max(a, start), min(b, end), offset)
        for year in range(first, last + 1)
        for a, b, offset in _year(zone, year)
        if a < end and start < b
    ]


def instants(zone: str, wall: Sequence[tuple[int, int]], start: int, end: int) -> spans.Spans:
    """The instants of `[start, end)` whose wall time lies in `wall`, a set of spans on the wall line."""
    closes = [close for _, close in wall]
    found: list[tuple[int, int]] = []
    for a, b, offset in runs(zone, start, end):
        low, high = a + offset, b + offset
        i = bisect_right(closes, low)
        while i < len(wall) and wall[i][0] < high:
            found.append((max(wall[i][0], low) - offset, min(wall[i][1], high) - offset))
            i += 1
    return spans.join(found)


_FARTHEST = 2 * DAY
# Wall time is never farther than this from UTC: what lies in a local date is looked for this far around it.


def day_spans(zone: str, on: date) -> spans.Spans:
    """The instants whose local date is `on`: one span nearly always, two at a fold across midnight, none where it was skipped."""
    low = day_number(on) * DAY
    return instants(zone, [(low, low + DAY)], low - _FARTHEST, low + DAY + _FARTHEST)


def day_start(zone: str, on: date) -> int:
    """The first instant whose local date is `on` or later: when a term that begins on that date begins."""
    low = day_number(on) * DAY
    return instants(zone, [(low, low + 3 * _FARTHEST)], low - _FARTHEST, low + _FARTHEST)[0].start


def local_date(zone: str, at: int) -> date:
    """The date on the wall at an instant."""
    return _moment(at).astimezone(zone_of(zone)).date()
