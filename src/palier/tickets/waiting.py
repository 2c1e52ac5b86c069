"""Waiting for somebody, going on, and the relief that ends work round the clock."""

from __future__ import annotations

from datetime import datetime

from palier.contracts import queries as contracts
from palier.core.clock import Clock, EventKind
from palier.core.programme import Relief, Wait
from palier.core.regimes import Regime
from palier.people import access
from palier.tickets import clockwork, locks, messages, permissions, presses
from palier.tickets.happenings import Happening, append
from palier.tickets.models import Ticket
from palier.tickets.problems import unknown_word, wrong_state

DECLARED = (Relief.OPERATIONAL, Relief.REASONABLE_WORKAROUND)
"""What a vendor declares; a lowered severity relieves by itself."""


def wait_for(*, by: access.Viewer, ticket: Ticket, wait: str, message: str, now: datetime) -> Ticket:
    """Wait for the customer, the manufacturer, a patch …, from the public message that says so.

    One wait at a time. Whether it stops a clock stands in the programme. It ends when the customer writes, or by `resume`.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "wait", now)
    if wait not in tuple(Wait):
        known = tuple(one.value for one in Wait)
        raise unknown_word(what_en="wait", what_fr="attente", word=wait, known=known)
    messages.require_words(message)
    written = messages.write(by, locked, message, at=now, now=now)
    did = [
        Happening(kind=EventKind.ANSWERED, message=written),
        Happening(kind=EventKind.WAIT_STARTED, data={"wait": wait}),
    ]
    append(locked, *presses.pressed(by, written, did), by=by, at=now, now=now)
    clockwork.refold(locked, now=now)
    return locked


def resume(*, by: access.Viewer, ticket: Ticket, now: datetime) -> Ticket:
    """The wait is over: what was left runs on."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "resume", now)
    append(locked, Happening(kind=EventKind.RESUMED), by=by, at=now, now=now)
    clockwork.refold(locked, now=now)
    return locked


def relieve(*, by: access.Viewer, ticket: Ticket, relief: str, message: str, now: datetime) -> Ticket:
    """Declare publicly that the software is operational or that a reasonable workaround is in place.

    What is left of the ordinary targets then runs in ordinary hours. The customer may contest it.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "relieve", now)
    regime = _round_the_clock(locked, now)
    known = tuple(one.value for one in DECLARED if one in regime.until)
    if relief not in known:
        raise unknown_word(what_en="relief", what_fr="soulagement", word=relief, known=known)
    messages.require_words(message)
    written = messages.write(by, locked, message, at=now, now=now)
    did = [
        Happening(kind=EventKind.ANSWERED, message=written),
        Happening(kind=EventKind.RELIEVED, data={"relief": relief}),
    ]
    append(locked, *presses.pressed(by, written, did), by=by, at=now, now=now)
    clockwork.refold(locked, now=now)
    return locked


def _round_the_clock(ticket: Ticket, now: datetime) -> Regime:
    """The regime that runs until it is relieved; raises CannotDo where none runs."""
    clock = clockwork.fold(ticket, clockwork.events_of(ticket), now)
    regime = _regime(ticket, clock)
    if not clock.critical_unrelieved or regime is None:
        raise wrong_state(
            en="No work round the clock runs on this request: there is nothing to relieve.",
            fr="Aucun travail sans interruption ne court sur cette demande : il n’y a rien à lever.",
        )
    return regime


def _regime(ticket: Ticket, clock: Clock) -> Regime | None:
    programme = contracts.programme(ticket.revision_id)
    regimes = clockwork.regimes_for(ticket.vendor_id, programme)
    return regimes(clock.facts, clock.target_set)


def revoke_relief(*, by: access.Viewer, ticket: Ticket, now: datetime) -> Ticket:
    """The outage is back, or the relief was none: work round the clock resumes from now."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "revoke-relief", now)
    relieved = [
        row.kind
        for row in presses.standing(clockwork.events_of(locked))
        if row.kind in (EventKind.RELIEVED, EventKind.RELIEF_REVOKED)
    ]
    if not relieved or relieved[-1] != EventKind.RELIEVED:
        raise wrong_state(
            en="No relief stands on this request: there is nothing to revoke.",
            fr="Aucun soulagement n’est déclaré sur cette demande : il n’y a rien à retirer.",
        )
    append(locked, Happening(kind=EventKind.RELIEF_REVOKED), by=by, at=now, now=now)
    clockwork.refold(locked, now=now)
    return locked
