"""What each kind of event does to a ticket on the clock: one small function a kind.

They move a `Ticket` (`palier.core.clock_state`); `take` chooses. Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from palier.core.clock_state import Ticket
from palier.core.events import Event, EventKind
from palier.core.programme import Commitment, FactValue, OutcomeKind, Relief, Wait
from palier.core.promises import Because

_TERMS = frozenset(
    {
        EventKind.SUBMITTED, EventKind.INFORMATION_MISSING, EventKind.INFORMATION_COMPLETE, EventKind.HELD,
        EventKind.FREED, EventKind.DECIDED, EventKind.FACTS_CHANGED, EventKind.RELIEVED, EventKind.RELIEF_REVOKED,
        EventKind.WINDOW_JOINED,
    }
)  # fmt: skip
"""Events that change on what terms a clock runs. Those of one instant are settled together: a decision that brings its own
targets must not be preceded by a breach under targets that were in force for no time at all."""


def take(ticket: Ticket, event: Event) -> None:
    """Moves the ticket on to the event."""
    if ticket.unsettled is not None and (event.at != ticket.at or event.kind not in _TERMS):
        ticket.settle()
    ticket.at = event.at
    _HANDLERS[event.kind](ticket, event)


def _submitted(ticket: Ticket, event: Event) -> None:
    if ticket.submitted:
        raise event.bad("submitted twice", "déposé deux fois")
    ticket.submitted = True
    ticket.complete = event.flag("complete")
    ticket.holds.update(dict.fromkeys(event.words("holds")))
    ticket.facts.update(event.facts())
    _decided(ticket, event)


def _decided(ticket: Ticket, event: Event) -> None:
    """A decision. One that accepts nothing leaves a started clock on the terms it has: a clock never un-starts."""
    outcome = event.outcome()
    ticket.accepted = outcome in (OutcomeKind.COVER, OutcomeKind.OFFER)
    if ticket.accepted:
        ticket.override = event.word_or_none("targets")
    ticket.choice_awaited = outcome is OutcomeKind.OFFER and not event.flag("chosen", default=False)
    if ticket.waiting is Wait.CONSENT and ticket.accepted and not ticket.choice_awaited:
        ticket.waiting = None
    ticket.change(Because.DECIDED)


def _information_missing(ticket: Ticket, _: Event) -> None:
    """Before the start it keeps the clock from starting; found missing later, it is a wait."""
    ticket.complete = False
    if ticket.running:
        ticket.waiting = Wait.CUSTOMER
    ticket.change(Because.WAITING)


def _information_complete(ticket: Ticket, _: Event) -> None:
    ticket.complete = True
    if ticket.waiting is Wait.CUSTOMER:
        ticket.waiting = None
    ticket.change(Because.INFORMATION_COMPLETE)


def _held(ticket: Ticket, event: Event) -> None:
    ticket.holds[event.word("hold")] = None


def _freed(ticket: Ticket, event: Event) -> None:
    ticket.holds.pop(event.word("hold"), None)
    ticket.change(Because.DECIDED)


_CHANGES = (
    ("severity", Because.SEVERITY_CHANGED),
    ("plan", Because.PLAN_CHANGED),
    ("zone", Because.ZONE_CHANGED),
    ("calendar_version", Because.CALENDAR_CHANGED),
)


def _facts_changed(ticket: Ticket, event: Event) -> None:
    changed = event.facts()
    if "severity" in changed and ticket.running:
        _keep_severity(ticket, changed)
    ticket.facts.update(changed)
    found = (because for name, because in _CHANGES if name in changed)
    ticket.change(next(found, Because.FACTS_CHANGED))


def _keep_severity(ticket: Ticket, changed: Mapping[str, FactValue]) -> None:
    """Lowering the severity relieves only where the regime lists it: else the regime stays until it is relieved."""
    severity = ticket.facts["severity"] if ticket.kept_severity is None else ticket.kept_severity
    before, ticket.kept_severity = ticket.base_regime(), None
    if before is None or not before.until or ticket.relieved or Relief.SEVERITY_LOWERED in before.until:
        return
    after = {**ticket.facts, **changed}
    stays = ticket.regimes({**after, "severity": severity}, ticket.override)
    asked = ticket.regimes(after, ticket.override)
    if stays is not None and stays.until and (asked is None or not asked.until):
        ticket.kept_severity = severity


def _answered(ticket: Ticket, event: Event) -> None:
    """A public answer. Only a person's counts, and only once the clock runs."""
    if event.by != "person" or not ticket.running:
        return
    ticket.done(Commitment.FIRST_RESPONSE, Because.ANSWERED)
    ticket.next_cycle(Because.ANSWERED)


def _customer_wrote(ticket: Ticket, event: Event) -> None:
    """A person of the customer's side reached us: whatever was waited for, it is our turn. A machine ends no wait."""
    if event.by == "customer":
        ticket.wait_for(None, Because.CUSTOMER_WROTE)


def _wait_started(ticket: Ticket, event: Event) -> None:
    if ticket.open:
        ticket.wait_for(event.wait(), Because.WAITING)


def _resumed(ticket: Ticket, _: Event) -> None:
    ticket.wait_for(None, Because.RESUMED)


def _workaround_given(ticket: Ticket, _: Event) -> None:
    ticket.done(Commitment.WORKAROUND, Because.WORKAROUND_GIVEN)


def _relieved(ticket: Ticket, event: Event) -> None:
    """Ends a round-the-clock regime that lists this relief. A reasonable workaround is a workaround given, too."""
    relief = event.relief()
    if relief is Relief.REASONABLE_WORKAROUND:
        ticket.done(Commitment.WORKAROUND, Because.WORKAROUND_GIVEN)
    regime = ticket.base_regime()
    if regime is not None and relief in regime.until:
        ticket.relieved, ticket.kept_severity = True, None
        ticket.change(Because.RELIEVED)


def _relief_revoked(ticket: Ticket, _: Event) -> None:
    ticket.relieved = False
    ticket.change(Because.RELIEF_REVOKED)


def _window_joined(ticket: Ticket, event: Event) -> None:
    ticket.windows += event.windows()
    ticket.change(Because.WINDOW_JOINED)


def _resolved(ticket: Ticket, event: Event) -> None:
    """Meets the resolution, and the workaround it makes needless; ends the rest."""
    if not ticket.open:
        return
    ticket.done(Commitment.RESOLUTION, Because.RESOLVED)
    ticket.done(Commitment.WORKAROUND, Because.RESOLVED)
    ticket.end(Because.RESOLVED)
    ticket.resolved_at = event.at


def _reopened(ticket: Ticket, event: Event) -> None:
    """Open again. A round-the-clock regime resumes unless the event says that the relief still stands."""
    if ticket.open:
        return
    ticket.resolved_at = ticket.closed_at = None
    ticket.waiting = None
    ticket.relieved = ticket.relieved and event.flag("relieved", default=False)
    if ticket.started_at is not None:
        ticket.reopen()
    ticket.change(Because.REOPENED)


def _closed(ticket: Ticket, event: Event) -> None:
    _close(ticket, event, Because.CLOSED)


def _merged(ticket: Ticket, event: Event) -> None:
    _close(ticket, event, Because.MERGED)


def _close(ticket: Ticket, event: Event, because: Because) -> None:
    if ticket.closed_at is None:
        ticket.closed_at = event.at
        ticket.end(because)


_HANDLERS: Mapping[EventKind, Callable[[Ticket, Event], None]] = {
    EventKind.SUBMITTED: _submitted,
    EventKind.INFORMATION_MISSING: _information_missing,
    EventKind.INFORMATION_COMPLETE: _information_complete,
    EventKind.HELD: _held,
    EventKind.FREED: _freed,
    EventKind.DECIDED: _decided,
    EventKind.FACTS_CHANGED: _facts_changed,
    EventKind.ANSWERED: _answered,
    EventKind.CUSTOMER_WROTE: _customer_wrote,
    EventKind.WAIT_STARTED: _wait_started,
    EventKind.RESUMED: _resumed,
    EventKind.WORKAROUND_GIVEN: _workaround_given,
    EventKind.RELIEVED: _relieved,
    EventKind.RELIEF_REVOKED: _relief_revoked,
    EventKind.RESOLVED: _resolved,
    EventKind.REOPENED: _reopened,
    EventKind.CLOSED: _closed,
    EventKind.MERGED: _merged,
    EventKind.WINDOW_JOINED: _window_joined,
}
