"""The clock of a ticket: a fold of its recorded events under the regimes in force, with no state of its own.

`fold` answers what was promised, what is due when, what was met or missed, and why, at one instant `now`. Events that reach
us late or are withdrawn need nothing special: the fold is taken again. Instants and durations are whole microseconds.
Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from palier.core import calendars, clock_state, clock_steps
from palier.core.events import Event, EventKind, in_order
from palier.core.programme import Commitment, FactValue, Wait
from palier.core.promises import Because, Counting, Promised, Segment, State
from palier.core.regimes import Allotment, Regime, Regimes, regime_for

__all__ = [
    "Allotment", "Because", "Clock", "Counting", "Event", "EventKind", "Promised", "Regime", "Regimes", "Segment", "State",
    "fold", "regime_for",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Where a ticket's promises stand at `now`, by the events that had reached us by then."""

    now: int
    started_at: int | None
    held: tuple[str, ...]
    """The holds that stand."""
    complete: bool
    """Whether the required information is there."""
    waiting: Wait | None
    accepted: bool
    """Whether the decision in force covers the request or offers a way."""
    resolved_at: int | None
    closed_at: int | None
    facts: Mapping[str, FactValue]
    """The facts as the events left them."""
    target_set: str | None
    """The target set in force, once started."""
    critical_unrelieved: bool
    promises: tuple[Promised, ...]
    """In the order in which they began."""
    next_check_at: int | None
    """The earliest warning or due instant after `now`; None when time alone changes nothing."""
    calendars: Mapping[str, calendars.AnyCalendar] = field(compare=False, repr=False)
    """The calendars that the segments name, by hash, to show the open hours that were counted."""
    known: tuple[tuple[int, Mapping[str, FactValue]], ...] = field(default=(), compare=False, repr=False)
    """The facts as they were from each instant on at which they changed."""

    def latest(self, commitment: Commitment) -> Promised | None:
        """The latest cycle of a commitment, or None if it was never promised."""
        return next((p for p in reversed(self.promises) if p.commitment is commitment), None)

    @property
    def next_due(self) -> Promised | None:
        """What has to be done next: the promise still owed whose due instant is the earliest, missed or not."""
        owed = (p for p in self.promises if p.owed and p.due_at is not None)
        return min(owed, key=lambda p: p.due_at or 0, default=None)

    @property
    def breached(self) -> bool:
        """Whether a promise was missed and is still owed. One that was made good late counts no more here."""
        return any(p.owed and p.breached_at is not None for p in self.promises)


def fold(events: Iterable[Event], regimes: Regimes, now: int) -> Clock:
    """The clock at `now`; what reached us later is left out.

    `regimes` chooses the regime for a ticket's facts and the target set named by the clause that decided. Raises
    events.BadEventError for an event that lacks what its kind needs or that comes twice where it can come but once.
    """
    ticket = clock_state.Ticket(regimes)
    for event in in_order(events):
        if event.at > now:
            break
        clock_steps.take(ticket, event)
    ticket.settle()
    return _clock(ticket, now)


def _clock(ticket: clock_state.Ticket, now: int) -> Clock:
    """Where all stands at `now`."""
    promised = tuple(run.promised(now) for run in ticket.runs)
    ahead = (at for p in promised if p.owed for at in (p.warning_at, p.due_at) if at is not None and at > now)
    return Clock(
        now=now,
        started_at=ticket.started_at,
        held=tuple(ticket.holds),
        complete=ticket.complete,
        waiting=ticket.waiting,
        accepted=ticket.accepted,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        facts=ticket.facts,
        target_set=None if ticket.regime is None else ticket.regime.target_set,
        critical_unrelieved=ticket.running and ticket.regime is not None and bool(ticket.regime.until),
        promises=promised,
        next_check_at=min(ahead, default=None),
        calendars=ticket.calendars,
        known=tuple(ticket.known),
    )
