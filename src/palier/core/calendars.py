"""Business calendars: weekly hours in local wall time, holidays, closures, special openings; and sets made of calendars.

`open = (week − holidays − closures) ∪ openings`, as sets of instants. A calendar is a frozen value that holds *dates*
(codes such as `CA-QC` are resolved before) and a zone (never `customer`: that is bound before). `compile` makes it
answer questions. Semantics: docs/reference/calendars.md.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from palier.core import compiled, localtime, spans
from palier.core.localtime import DAY, SECOND
from palier.core.spans import Spans

DAY_SECONDS = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Hours = tuple[tuple[int, int], ...]
"""Spans of one day in seconds after local 00:00; a close after 86,400 lies in the next day."""

ALL_DAY: Hours = ((0, DAY_SECONDS),)


class CalendarError(ValueError):
    """A calendar that cannot be: hours out of order, an opening that opens nothing, a zone that is missing."""


def _check_hours(opens: int, closes: int) -> None:
    if not (0 <= opens < DAY_SECONDS and opens < closes <= opens + DAY_SECONDS):
        raise CalendarError(
            f"hours from second {opens} to {closes}: a span opens within its day and lasts at most 24 hours"
        )


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of each weekday, Monday first. A span belongs to the day it opens on, and may close the day after."""

    days: tuple[Hours, ...]

    def __post_init__(self) -> None:
        if len(self.days) != len(WEEKDAYS):
            raise CalendarError(f"a week has 7 days, not {len(self.days)}")
        for hours in self.days:
            for opens, closes in hours:
                _check_hours(opens, closes)

    def hours(self, day: int) -> Hours:
        """The spans that open on a day (days since 1970-01-01, a Thursday)."""
        return self.days[(day + 3) % 7]


ALWAYS = Week((ALL_DAY,) * 7)
"""Every hour of the week."""
NEVER = Week(((),) * 7)
"""No hours at all: a calendar of special openings only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedSpan:
    """A closure or special opening: the dates from `first` to `last`, both in; or only those hours of each of them."""

    first: date
    last: date
    start_s: int | None = None
    end_s: int | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise CalendarError(f"the dates {self.first}..{self.last} end before they begin")
        if (self.start_s is None) != (self.end_s is None):
            raise CalendarError(f"the hours of {self.first} lack their start or their end")
        if self.start_s is not None and self.end_s is not None:
            _check_hours(self.start_s, self.end_s)

    @property
    def hours(self) -> Hours | None:
        """The hours meant on each date; None for whole days."""
        return None if self.start_s is None or self.end_s is None else ((self.start_s, self.end_s),)

    def days(self, first: int, last: int) -> range:
        """Its day numbers from `first` to `last`, both in."""
        return range(
            max(localtime.day_number(self.first), first), min(localtime.day_number(self.last), last) + 1
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The hours somebody keeps. `zone` may be None only for `ALWAYS` without dates. `name` is for people and for errors.

    `dates_known_until` is the last date whose holidays are known: what falls due later is provisional.
    Raises `CalendarError`, `localtime.UnknownZone`.
    """

    name: str
    zone: str | None = None
    week: Week
    holidays: frozenset[date] = frozenset()
    closures: tuple[DatedSpan, ...] = ()
    openings: tuple[DatedSpan, ...] = ()
    dates_known_until: date | None = None
    hash: str = field(init=False, repr=False, compare=False)
    """sha256 of what decides the hours: definition, dates, version of the zone rules; not the name."""

    def __post_init__(self) -> None:
        if self.zone is None:
            if self.week != ALWAYS or self.holidays or self.closures or self.openings:
                raise CalendarError(
                    f"calendar '{self.name}' needs a zone: only `always` without dates can do without"
                )
        else:
            localtime.zone_of(self.zone)
        for opening in self.openings:
            if not opens_something(self.week, opening):
                raise CalendarError(
                    f"calendar '{self.name}': the opening of {opening.first} names no hours, and its weekday has none"
                )
        object.__setattr__(self, "hash", _digest(self._definition()))

    def _definition(self) -> list[object]:
        return [
            "calendar",
            self.zone,
            [[list(span) for span in sorted(hours)] for hours in self.week.days],
            sorted(map(str, self.holidays)),
            sorted(map(_dated, self.closures)),
            sorted(map(_dated, self.openings)),
            str(self.dates_known_until),
        ]

    @property
    def known_until(self) -> int | None:
        """The first instant after `dates_known_until`; None when nothing is left to be known."""
        if self.zone is None or self.dates_known_until is None:
            return None
        return localtime.day_start(self.zone, self.dates_known_until + timedelta(days=1))

    def spans(self, start: int, end: int) -> Spans:
        """The open time in `[start, end)`."""
        if self.zone is None:
            return spans.join([(start, end)])
        # Two days more on each side: a span may reach into the next day, and wall time lies up to a day from UTC.
        wall = self._wall(start // DAY - 3, end // DAY + 3)
        return localtime.instants(self.zone, wall, start, end)

    def _wall(self, first: int, last: int) -> Spans:
        """The open hours of some days on the wall line (local time in µs as if it were UTC)."""
        hours = spans.join(_placed((day, self.week.hours(day)) for day in range(first, last + 1)))
        closed = spans.join(self._closed(first, last))
        opened = _placed(
            (day, dated.hours or self.week.hours(day))
            for dated in self.openings
            for day in dated.days(first, last)
        )
        return spans.join([*spans.subtract(hours, closed), *opened])

    def _closed(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        for holiday in self.holidays:
            day = localtime.day_number(holiday)
            if first <= day <= last:
                yield day * DAY, (day + 1) * DAY
        for closure in self.closures:
            yield from _placed((day, closure.hours or ALL_DAY) for day in closure.days(first, last))


def _placed(days: Iterable[tuple[int, Hours]]) -> Iterator[tuple[int, int]]:
    """The hours of each day on the wall line."""
    for day, hours in days:
        for opens, closes in hours:
            yield day * DAY + opens * SECOND, day * DAY + closes * SECOND


def _dated(dated: DatedSpan) -> list[str]:
    return [str(dated.first), str(dated.last), str(dated.start_s), str(dated.end_s)]


def _digest(definition: list[object]) -> str:
    text = json.dumps([*definition, localtime.rules_version()], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def opens_something(week: Week, opening: DatedSpan) -> bool:
    """Whether an opening adds hours: its own, or those of one of its weekdays."""
    first = localtime.day_number(opening.first)
    return opening.hours is not None or any(week.hours(day) for day in opening.days(first, first + 6))


# --- calendars made of others ---------------------------------------------------------------------------


class Operation(StrEnum):
    """How calendars combine, as sets of instants."""

    UNION = "union"
    INTERSECTION = "intersection"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Plain instants as a calendar: the window of a booked event, for example. Closed at all other times."""

    name: str
    open: Spans
    hash: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "open", spans.join(self.open))
        object.__setattr__(self, "hash", _digest(["windows", [list(span) for span in self.open]]))

    @property
    def known_until(self) -> int | None:
        """None: instants do not depend on dates."""
        return None

    def spans(self, start: int, end: int) -> Spans:
        """The open time in `[start, end)`."""
        return spans.clip(self.open, start, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """The union, intersection or difference of calendars, as sets of instants; itself a calendar."""

    name: str
    operation: Operation
    parts: tuple[AnyCalendar, ...]
    hash: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.parts:
            raise CalendarError(
                f"calendar '{self.name}' is the {self.operation} of no calendars: name at least one"
            )
        object.__setattr__(self, "hash", _digest([self.operation, [part.hash for part in self.parts]]))

    @property
    def known_until(self) -> int | None:
        """The earliest instant from which a part may still change."""
        return min((part.known_until for part in self.parts if part.known_until is not None), default=None)

    def spans(self, start: int, end: int) -> Spans:
        """The open time in `[start, end)`."""
        found, *others = [part.spans(start, end) for part in self.parts]
        for other in others:
            if self.operation is Operation.UNION:
                found = spans.join([*found, *other])
            elif self.operation is Operation.INTERSECTION:
                found = spans.intersect(found, other)
            else:
                found = spans.subtract(found, other)
        return found


AnyCalendar = Calendar | Windows | Combined


def union(name: str, *parts: AnyCalendar) -> Combined:
    """Open when one of them is."""
    return Combined(name=name, operation=Operation.UNION, parts=parts)


def intersection(name: str, *parts: AnyCalendar) -> Combined:
    """Open when all of them are."""
    return Combined(name=name, operation=Operation.INTERSECTION, parts=parts)


def difference(name: str, first: AnyCalendar, *others: AnyCalendar) -> Combined:
    """Open when the first is and none of the others."""
    return Combined(name=name, operation=Operation.DIFFERENCE, parts=(first, *others))


# --- compiling ------------------------------------------------------------------------------------------

_KEPT = 4096
_compiled: dict[tuple[str, str], compiled.Compiled] = {}
_lock = threading.Lock()


def compile(calendar: AnyCalendar) -> compiled.Compiled:  # noqa: A001 (the word of the trade; nobody calls the builtin here)
    """The calendar ready to be asked. The same value gives the same, shared object."""
    key = (calendar.hash, calendar.name)
    found = _compiled.get(key)
    if found is None:
        with _lock:
            while len(_compiled) >= _KEPT:  # the oldest goes: it is made again when somebody asks
                del _compiled[next(iter(_compiled))]
            found = _compiled.setdefault(key, compiled.Compiled(calendar))  # unless another thread was first
    return found
