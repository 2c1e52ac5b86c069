"""Requests in the hands of research or of the manufacturer: their own reference, when to ask again, and that it came back."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from palier.contracts import queries as contracts
from palier.core.clock import EventKind
from palier.core.programme import Wait
from palier.people import access
from palier.tickets import clockwork, locks, messages, permissions, ticket_page
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import HandOver, Ticket
from palier.tickets.problems import CannotDo, unknown_word

TAKES_OVER = (Wait.PATCH, Wait.MANUFACTURER, Wait.THIRD_PARTY)
LONGEST_REFERENCE = 120


def hand_over(
    *,
    by: access.Viewer,
    ticket: Ticket,
    wait: str,
    reference: str,
    follow_up_on: date | None,
    message: str,
    now: datetime,
) -> HandOver:
    """Hand a request to research, the manufacturer or a third party, with the public message that says so.

    The request waits for the patch or for them, under their own reference; on `follow_up_on` (the desk's local date)
    whoever works on it is told to ask again.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "hand-over", now)
    known = tuple(one.value for one in TAKES_OVER)
    if wait not in known:
        raise unknown_word(what_en="wait", what_fr="attente", word=wait, known=known)
    messages.require_words(message)
    written = messages.write(by, locked, message, at=now, now=now)
    row = _write(by, locked, wait, reference, follow_up_on, now)
    append(
        locked,
        Happening(kind=EventKind.ANSWERED, message=written),
        _happened(row),
        Happening(kind=EventKind.WAIT_STARTED, data={"wait": wait}),
        by=by,
        at=now,
        now=now,
    )
    clockwork.refold(locked, now=now)
    return row


def follow_up(
    *,
    by: access.Viewer,
    ticket: Ticket,
    reference: str,
    follow_up_on: date | None,
    now: datetime,
) -> HandOver:
    """Keep another reference or the next date to ask again, without a message."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "hand-over", now)
    before = _out(locked)
    row = _write(by, locked, before.wait, reference, follow_up_on, now)
    append(locked, _happened(row), by=by, at=now, now=now)
    return row


def came_back(*, by: access.Viewer, ticket: Ticket, now: datetime) -> HandOver:
    """It is back with us: the wait is over and what was left runs on."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "hand-over", now)
    before = _out(locked)
    row = _write(by, locked, "", before.reference, None, now)
    append(locked, _happened(row), by=by, at=now, now=now)
    if locked.wait == before.wait:
        append(locked, Happening(kind=EventKind.RESUMED), by=by, at=now, now=now)
    clockwork.refold(locked, now=now)
    return row


def standing(ticket: Ticket) -> HandOver | None:
    """Where the request is, with the reference there; None for one that is with us."""
    latest = _latest(ticket)
    return latest if latest is not None and latest.wait else None


def _latest(ticket: Ticket) -> HandOver | None:
    return (
        HandOver.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id)
        .order_by("-at", "-id")
        .first()
    )


def _out(ticket: Ticket) -> HandOver:
    found = standing(ticket)
    if found is None:
        raise CannotDo(
            code="not-handed-over",
            en="This request is with us: hand it over first.",
            fr="Cette demande est chez nous : transmettez-la d’abord.",
        )
    return found


def _write(
    by: access.Viewer, ticket: Ticket, wait: str, reference: str, follow_up_on: date | None, now: datetime
) -> HandOver:
    text = reference.strip()
    if len(text) > LONGEST_REFERENCE:
        raise CannotDo(
            code="long-reference",
            en=f"A reference has at most {LONGEST_REFERENCE} characters.",
            fr=f"Une référence a au plus {LONGEST_REFERENCE} caractères.",
        )
    if follow_up_on is not None and follow_up_on < today(ticket, now):
        raise CannotDo(
            code="follow-up-past",
            en="The date to ask again lies in the past: choose one to come.",
            fr="La date de relance est passée : choisissez-en une à venir.",
        )
    return HandOver.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        wait=wait,
        reference=text,
        follow_up_on=follow_up_on,
        user_id=by.user_id,
        at=now,
    )


def today(ticket: Ticket, now: datetime) -> date:
    """The date at the desk."""
    programme = contracts.programme(ticket.revision_id)
    return now.astimezone(ZoneInfo(ticket_page.desk_zone(programme, ticket.zone))).date()


def _happened(row: HandOver) -> Happening:
    data: dict[str, object] = {"wait": row.wait, "reference": row.reference}
    if row.follow_up_on is not None:
        data["follow_up_on"] = row.follow_up_on.isoformat()
    return Happening(kind=DeskKind.HANDED_OVER, data=data)
