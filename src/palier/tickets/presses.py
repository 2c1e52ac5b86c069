"""Presses of "Send": what one of them did, how long it can be taken back, and what the customer sees meanwhile.

An answer is dated at the press and durable at once. For `SEND_DELAY` whoever pressed may take it back, and the customer
sees neither the answer nor what it did. Every event of a press carries its name, which is its message's id, in its data
under `press`. Rules: docs/reference/clock.md, "Late events and withdrawals"; docs/reference/writing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from palier.core.clock import EventKind
from palier.people import access
from palier.tickets.happenings import DeskKind, Happening
from palier.tickets.models import Event, Message

SEND_DELAY = timedelta(seconds=10)
"""For so long an answer can be taken back, and is not shown to the customer."""
NOT_SENT = (
    "(m.from_vendor and m.public and (exists (select from tickets_event w where w.vendor_id = m.vendor_id"
    " and w.ticket_id = m.ticket_id and w.message_id = m.id and w.kind = 'answer-withdrawn')"
    " or (m.recorded_at > %s and exists (select from tickets_event p where p.vendor_id = m.vendor_id"
    " and p.ticket_id = m.ticket_id and p.message_id = m.id and p.data ? 'press'))))"
)
"""That a message `m` is not the customer's to read (yet), as SQL; its one value is now less `SEND_DELAY`."""


def pressed(by: access.Viewer, message: Message, happenings: Iterable[Happening]) -> list[Happening]:
    """What a press did, bearing its name. Only a person's can be taken back."""
    if by.staff_id is None:
        return list(happenings)
    press = str(message.id)
    return [
        Happening(kind=one.kind, data={**one.data, "press": press}, message=one.message) for one in happenings
    ]


def press_of(row: Event) -> str:
    """The press that an event belongs to; empty without."""
    found = row.data.get("press", "")
    return found if isinstance(found, str) else ""


def withdrawn(rows: Iterable[Event]) -> dict[str, Event]:
    """The withdrawals among these events, by the press that each takes back."""
    return {press_of(row): row for row in rows if row.kind == EventKind.ANSWER_WITHDRAWN}


def standing(rows: Sequence[Event]) -> Sequence[Event]:
    """These events without the presses that were taken back, as the clock reads them."""
    gone = withdrawn(rows)
    return [row for row in rows if press_of(row) not in gone] if gone else rows


def pending(rows: Sequence[Event], now: datetime) -> frozenset[str]:
    """The presses that can still be taken back at `now`."""
    return frozenset(
        press_of(row)
        for row in standing(rows)
        if row.kind == EventKind.ANSWERED and press_of(row) and now < row.recorded_at + SEND_DELAY
    )


def shown_to_customers(rows: Sequence[Event], now: datetime) -> Sequence[Event]:
    """These events as the customer may know of them: no press that was taken back or still can be."""
    hidden = pending(rows, now) | withdrawn(rows).keys()
    return [row for row in rows if press_of(row) not in hidden] if hidden else rows


def unsettled(rows: Sequence[Event]) -> Event | None:
    """The resolution by a press whose ten seconds nobody has attended to the end of; None where there is none."""
    settled = {press_of(row) for row in rows if row.kind == DeskKind.SETTLED}
    for row in standing(rows):
        if row.kind == EventKind.RESOLVED and press_of(row) and press_of(row) not in settled:
            return row
    return None


def settles_at(rows: Sequence[Event]) -> datetime | None:
    """When the worker must look after the resolution by a press; None where nothing waits for that."""
    found = unsettled(rows)
    return None if found is None else found.recorded_at + SEND_DELAY
