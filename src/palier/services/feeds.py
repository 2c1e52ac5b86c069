"""Calendars of shifts and dues at addresses nobody can guess: their keys, and the text of RFC 5545.

The key is told once and kept as a hash. Every instant is written in UTC, which each calendar shows in its own zone. The
same contents are the same bytes: an event's DTSTAMP is when what it tells was last changed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import icalendar

from palier.people.access import Viewer
from palier.people.models import Staff
from palier.services import convert, queries
from palier.services.models import FeedKey, Roster
from palier.tickets.models import Ticket

KEY_BYTES = 24
BEFORE, AHEAD = timedelta(days=30), timedelta(days=120)
"""What a calendar reaches back and ahead."""
LONGEST = timedelta(days=367)
"""No shift is longer: one that runs when a calendar begins is read from its beginning."""
READ_EVERY = timedelta(hours=1)
MOST_DUES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift in a calendar."""

    roster: Roster
    staff: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event as it is written. `end` None: an instant. `at` is when what it tells was last changed."""

    uid: str
    start: datetime
    end: datetime | None
    summary: str
    at: datetime
    description: str = ""
    url: str = ""
    busy: bool = False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- keys -------------------------------------------------------------------------------------------


def renew(*, by: Viewer, now: datetime) -> str:
    """A new secret for one's own calendars; addresses with the one before stop working. Told this once."""
    token = secrets.token_urlsafe(KEY_BYTES)
    FeedKey.objects.update_or_create(
        vendor_id=by.vendor_id,
        staff_id=by.as_staff(),
        defaults={"token_hash": _hash(token), "made_at": now, "revoked_at": None, "read_at": None},
    )
    return token


def revoke(*, by: Viewer, now: datetime) -> None:
    """One's own calendars are no longer read anywhere."""
    mine = FeedKey.objects.filter(vendor_id=by.vendor_id, staff_id=by.as_staff(), revoked_at=None)
    mine.update(revoked_at=now)


def key_of(viewer: Viewer) -> FeedKey | None:
    """One's own key, if there is one that works."""
    return FeedKey.objects.filter(
        vendor_id=viewer.vendor_id, staff_id=viewer.as_staff(), revoked_at=None
    ).first()


def reader(vendor_id: UUID, token: str, now: datetime) -> Staff | None:
    """Whose calendars a secret opens; None for one that opens nothing, and for who left."""
    found = (
        FeedKey.objects.filter(vendor_id=vendor_id, token_hash=_hash(token), revoked_at=None)
        .select_related("staff", "staff__user")
        .first()
    )
    if found is None or found.staff.removed_at is not None or not found.staff.user.is_active:
        return None
    if found.read_at is None or now - found.read_at >= READ_EVERY:
        # To the hour: a calendar asks every few minutes, and that is nothing to write down each time.
        FeedKey.objects.filter(vendor_id=vendor_id, pk=found.pk).update(read_at=now)
    return found.staff


# --- what they tell ---------------------------------------------------------------------------------


def shifts(rows: Iterable[Roster], *, of: UUID | None, day: datetime) -> list[Shift]:
    """The shifts of these rosters around `day`, all or one person's, each from its own beginning: its name must not change."""
    start = day - BEFORE - LONGEST
    return [
        Shift(
            roster=drawn.row,
            staff=UUID(one.person),
            start=convert.instant(one.start),
            end=convert.instant(one.end),
        )
        for drawn in queries.drawn(rows, start=start, end=day + AHEAD, now=day)
        for one in drawn.shifts
        if one.person is not None
        and (of is None or one.person == str(of))
        and one.end > convert.micros(day - BEFORE)
    ]


def dues(viewer: Viewer) -> list[Ticket]:
    """The viewer's own open requests that it may see and that have something due, the next first."""
    mine = Ticket.objects.visible_to(viewer).filter(
        assignee_id=viewer.as_staff(), is_open=True, next_due_at__isnull=False
    )
    return list(mine.select_related("organisation").order_by("next_due_at", "number")[:MOST_DUES])


def text(*, name: str, language: str, entries: Iterable[Entry]) -> bytes:
    """The calendar as RFC 5545 writes it."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//Palier//On call//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", timedelta(minutes=15))
    for entry in entries:
        calendar.add_component(_event(entry))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", _second(entry.at))
    event.add("last-modified", _second(entry.at))
    event.add("dtstart", _second(entry.start))
    if entry.end is not None:
        event.add("dtend", _second(entry.end))
    event.add("summary", entry.summary)
    if entry.description:
        event.add("description", entry.description)
    if entry.url:
        event.add("url", entry.url)
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def changed_at(vendor_id: UUID) -> datetime | None:
    """When any roster or swap was last changed, those taken away too."""
    return (
        Roster.objects.filter(vendor_id=vendor_id)
        .order_by("-changed_at")
        .values_list("changed_at", flat=True)
        .first()
    )
