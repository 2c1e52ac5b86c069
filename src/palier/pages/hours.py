"""Opening hours as pages tell them: whether the desk or the telephone is open now, and when that changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import holidays
from palier.core import calendars, compiled, worktime
from palier.core.programme import Programme
from palier.pages.due import DeskDay
from palier.pages.moments import DAY, micros


def calendar(
    vendor_id: UUID, programme: Programme, name: str, zone: str, now: datetime
) -> calendars.AnyCalendar:
    """A calendar of the vendor's own, with its holidays. `zone` is used only where it names no zone of its own."""
    words = holidays.versions(vendor_id, holidays.codes_needed(programme, ""), now, dry=True)
    bind = holidays.binder(vendor_id=vendor_id, programme=programme, zone=zone, place="", words=words)
    return bind(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Whether it is open, until when, and when it next opens (int µs; None: not within sight)."""

    is_open: bool
    changes_at: int | None


def line(found: calendars.AnyCalendar, now: int) -> Line:
    """Open or closed at `now`, and the instant at which that changes."""
    try:
        if not worktime.is_open(found, now):
            return Line(is_open=False, changes_at=worktime.next_open(found, now))
    except (compiled.CalendarHasNoOpening, compiled.OutOfRange):
        return Line(is_open=False, changes_at=None)
    return Line(is_open=True, changes_at=_closing(found, now))


def _closing(found: calendars.AnyCalendar, now: int) -> int | None:
    for days in (2, 15):
        spans = worktime.segments(found, now, now + days * DAY)
        if spans and spans[0][1] < now + days * DAY:
            return spans[0][1]
    return None


def desk_day(found: calendars.AnyCalendar, now: datetime) -> DeskDay:
    """The desk's working day around now."""
    at = micros(now)
    here = line(found, at)
    if not here.is_open:
        return DeskDay(closes_at=None, opens_at=here.changes_at)
    if here.changes_at is None:
        return DeskDay(closes_at=None, opens_at=None)
    return DeskDay(closes_at=here.changes_at, opens_at=line(found, here.changes_at).changes_at)


def opened(found: calendars.AnyCalendar, start: int, end: int) -> Sequence[tuple[int, int]]:
    """The opened stretches of a calendar, for a drawing."""
    return worktime.segments(found, start, end)
