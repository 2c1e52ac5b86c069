"""Hours of quiet and the hour of a digest, by the clock on a reader's own wall. Pure: no clock, no database.

A wall time that a change to summer time leaves out counts as the same time after it; one that comes twice, as the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From `since` until `until` on the wall of `zone`, past midnight where `until` is the earlier."""

    since: time
    until: time
    zone: str


def ends(hours: Hours, now: datetime) -> datetime | None:
    """When the quiet in which `now` lies is over; None where it is not quiet. Hours that end when they begin are none."""
    local = now.astimezone(ZoneInfo(hours.zone))
    wall = local.time()
    if hours.since <= hours.until:
        inside, day = hours.since <= wall < hours.until, local.date()
    else:
        inside = wall >= hours.since or wall < hours.until
        day = local.date() + timedelta(days=1) if wall >= hours.since else local.date()
    if not inside:
        return None
    end = _instant(day, hours.until, hours.zone)
    return end if end > now else None


def next_at(at: time, *, zone: str, after: datetime) -> datetime:
    """The first instant later than `after` at which it is `at` on the wall of `zone`."""
    day = after.astimezone(ZoneInfo(zone)).date()
    found = _instant(day, at, zone)
    return found if found > after else _instant(day + timedelta(days=1), at, zone)


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
