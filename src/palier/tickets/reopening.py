"""Ending and beginning again: resolve, close, reopen, and the new linked request for what was written too late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import terms
from palier.core.clock import EventKind
from palier.people import access
from palier.tickets import (
    attachments,
    claims,
    clockwork,
    convert,
    links,
    locks,
    messages,
    opening,
    patience,
    permissions,
    presses,
)
from palier.tickets.happenings import Happening, append
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo


def resolve(*, by: access.Viewer, ticket: Ticket, now: datetime, message: str | None = None) -> Ticket:
    """The request is solved: what was promised ends here. The message tells the customer."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "resolve", now)
    happenings = [Happening(kind=EventKind.RESOLVED)]
    if message is not None:
        messages.require_words(message)
        written = messages.write(by, locked, message, at=now, now=now)
        happenings.insert(0, Happening(kind=EventKind.ANSWERED, message=written))
        happenings = presses.pressed(by, written, happenings)
    append(locked, *happenings, by=by, at=now, now=now)
    clockwork.refold(locked, now=now)
    if message is None or by.staff_id is None:
        # What a person wrote can still be taken back: the worker settles it once that is over.
        claims.end(locked, by=by, now=now)
    return locked


def close(*, by: access.Viewer, ticket: Ticket, now: datetime, reason: str = "") -> Ticket:
    """Close a request: solved, or given up by whoever closes it."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "close", now)
    append(
        locked,
        Happening(kind=EventKind.CLOSED, data={"reason": reason} if reason else {}),
        by=by,
        at=now,
        now=now,
    )
    clockwork.refold(locked, now=now)
    claims.end(locked, by=by, now=now)
    return locked


def reopen(
    *, by: access.Viewer, ticket: Ticket, now: datetime, body: str, files: Sequence[UUID] = ()
) -> Ticket:
    """Take a resolved request up again, while its programme allows; later a customer's becomes a new linked one."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "reopen", now)
    messages.require_words(body, files)
    _check_not_merged(by, locked)
    return take_up_again(by=by, ticket=locked, body=body, at=now, now=now, files=files)


def _check_not_merged(by: access.Viewer, ticket: Ticket) -> None:
    """A merged request is not taken up again: it goes on in another."""
    going_on = links.survivor(by, ticket)
    if going_on.id != ticket.id:
        number = links.number(going_on)
        raise CannotDo(
            code="merged",
            en=f"This request goes on as {number}: write there.",
            fr=f"Cette demande continue sous {number} : écrivez là.",
        )


def take_up_again(
    *,
    by: access.Viewer,
    ticket: Ticket,
    body: str,
    at: datetime,
    now: datetime,
    files: Sequence[UUID] = (),
    came: messages.Came = messages.AS_WRITTEN_HERE,
) -> Ticket:
    """Reopen a locked ticket with a message that reached us at `at`, or open a new one that follows it."""
    if not reopens(ticket, at=at, now=now):
        if by.is_customer:
            return opening.open_following(
                by=by, earlier=ticket, body=body, now=now, files=files, reached_at=at, came=came
            )
        raise CannotDo(
            code="too-late-to-reopen",
            en="It was resolved too long ago to reopen: open a new request for this customer.",
            fr="Elle est résolue depuis trop longtemps : ouvrez une nouvelle demande pour ce client.",
        )
    message = messages.write(by, ticket, body, at=at, now=now, came=came)
    attachments.attach(by, message, files, now)
    wrote = EventKind.CUSTOMER_WROTE if by.is_customer else EventKind.ANSWERED
    append(
        ticket,
        Happening(kind=EventKind.REOPENED),
        Happening(kind=wrote, message=message),
        by=by,
        at=at,
        now=now,
    )
    clockwork.refold(ticket, now=now)
    return ticket


def reopens(ticket: Ticket, *, at: datetime, now: datetime) -> bool:
    """Whether a message that reached us at `at` reopens the ticket: so many local days after it was resolved, last included.

    Never where its targets say nothing of reopening, and never what was closed without being resolved.
    """
    if ticket.resolved_at is None:
        return False
    clock = clockwork.fold(ticket, clockwork.events_of(ticket), now)
    programme = contracts.programme(ticket.revision_id)
    if clock.target_set is None:
        return False
    reopening = programme.targets[clock.target_set].reopening
    if reopening is None:
        return False
    return terms.within_days(
        since=convert.micros(ticket.resolved_at),
        instant=convert.micros(at),
        days=reopening.within_days,
        zone=patience.contract_zone(ticket),
    )
