"""Invitations: what a text/calendar part says (RFC 5545), in a few words."""

from __future__ import annotations

from typing import Any

import icalendar

from palier.mail.reader import charsets, headers
from palier.mail.reader.values import Appointment

_LONGEST = 256 * 1024
_MOST = 20


def appointments(data: bytes, declared: str) -> tuple[tuple[Appointment, ...], bool]:
    """The entries of a calendar part, and whether it could be read."""
    text, _ = charsets.decode(data[:_LONGEST], declared)
    try:
        found = icalendar.Calendar.from_ical(text)
        method = _said(found.get("method"))
        events = found.walk("VEVENT")[:_MOST]
        made = tuple(_appointment(event, method) for event in events)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        # What its writers put where a date or a name belongs is not ours to mend; the part is kept as a file.
        return (), False
    return made, True


def _appointment(event: Any, method: str) -> Appointment:
    return Appointment(
        method=method,
        uid=_said(event.get("uid")),
        summary=_said(event.get("summary")),
        starts=_when(event.get("dtstart")),
        ends=_when(event.get("dtend")),
        place=_said(event.get("location")),
        organiser=_said(event.get("organizer")).removeprefix("mailto:").removeprefix("MAILTO:"),
    )


def _said(value: Any) -> str:
    return "" if value is None else headers.visible(str(value))[:500]


def _when(value: Any) -> str:
    at = getattr(value, "dt", None)
    return "" if at is None else str(at.isoformat())


def words(found: tuple[Appointment, ...]) -> str:
    """The entries as lines of text, for a message that says nothing else."""
    return "\n\n".join(
        "\n".join(
            said
            for said in (one.summary, " – ".join(filter(None, (one.starts, one.ends))), one.place)
            if said
        )
        for one in found
    )
