"""Folding the clock of a lively ticket: thirty events over three weeks, all four commitments, pauses, relief, reopening."""

from __future__ import annotations

from benchmarks import Row, at_least, best_rate, reported
from palier.core import calendars, clock, queue_order, records, regimes
from palier.core.clock import Allotment, Event, EventKind, Regime
from palier.core.programme import Binding, Commitment, Relief, Reopening, Wait

HOUR = 3_600_000_000
SUBMITTED_AT = 1_783_688_400_000_000
"""Friday 10 July 2026, 15:00 in Paris."""

_WORKING = calendars.Calendar(
    name="customer",
    zone="Europe/Paris",
    week=calendars.Week((((9 * 3600, 12 * 3600), (13 * 3600, 18 * 3600)),) * 5 + ((),) * 2),
)
_ALWAYS = calendars.Calendar(name="always", zone=None, week=calendars.ALWAYS)
_HOURS = {
    Commitment.FIRST_RESPONSE: 8,
    Commitment.NEXT_UPDATE: 16,
    Commitment.WORKAROUND: 24,
    Commitment.RESOLUTION: 60,
}
_PAUSE = dict.fromkeys(
    (Commitment.NEXT_UPDATE, Commitment.WORKAROUND, Commitment.RESOLUTION),
    frozenset({Wait.CUSTOMER, Wait.PATCH}),
)


def _regime(name: str, calendar: calendars.Calendar, *, ordinary: Regime | None = None) -> Regime:
    return Regime(
        target_set=name,
        clause=name,
        binding=Binding.TARGET,
        allotments={
            commitment: Allotment(
                commitment=commitment,
                duration=hours * HOUR,
                calendar=calendar,
                clause=name,
                binding=Binding.TARGET,
            )
            for commitment, hours in _HOURS.items()
        },
        pause=_PAUSE,
        until=frozenset() if ordinary is None else frozenset(Relief),
        ordinary=ordinary,
        reopening=Reopening(within_days=14, floor=4 * HOUR),
    )


_STANDARD = _regime("standard", _WORKING)
_CRITICAL = _regime("critical", _ALWAYS, ordinary=_STANDARD)


def _choose(facts: regimes.Facts, _override: str | None) -> Regime:
    return _CRITICAL if facts["severity"] == "1" else _STANDARD


def _told() -> list[tuple[int, EventKind, str, dict[str, object]]]:
    """The story, by hours after the submission."""
    story: list[tuple[int, EventKind, str, dict[str, object]]] = [
        (
            0,
            EventKind.SUBMITTED,
            "customer",
            {
                "complete": False,
                "holds": ["adoption"],
                "outcome": "hold",
                "facts": {"severity": "2", "zone": "Europe/Paris", "product": "suite", "plan": "premium"},
            },
        ),
        (1, EventKind.INFORMATION_COMPLETE, "customer", {}),
        (2, EventKind.FREED, "customer", {"hold": "adoption"}),
        (2, EventKind.DECIDED, "system", {"outcome": "cover"}),
        (3, EventKind.ANSWERED, "person", {}),
        (20, EventKind.FACTS_CHANGED, "person", {"facts": {"severity": "1"}}),
        (24, EventKind.WORKAROUND_GIVEN, "person", {}),
        (26, EventKind.RELIEVED, "person", {"relief": "reasonable-workaround"}),
        (27, EventKind.FACTS_CHANGED, "person", {"facts": {"cause": "third-party"}}),
    ]
    for turn in range(6):
        asked = 70 + 48 * turn
        story += [
            (asked, EventKind.ANSWERED, "person", {}),
            (asked, EventKind.WAIT_STARTED, "person", {"wait": "customer"}),
            (asked + 20, EventKind.CUSTOMER_WROTE, "customer", {}),
        ]
    story += [
        (400, EventKind.RESOLVED, "person", {}),
        (420, EventKind.REOPENED, "customer", {}),
        (424, EventKind.RESOLVED, "person", {}),
    ]
    return story


EVENTS = tuple(
    Event(
        id=f"{number:04}",
        kind=kind,
        at=SUBMITTED_AT + hours * HOUR,
        recorded=SUBMITTED_AT + hours * HOUR,
        by=by,
        data=data,
    )
    for number, (hours, kind, by, data) in enumerate(_told())
)
NOW = SUBMITTED_AT + 500 * HOUR


def _fold(times: int) -> int:
    chosen = regimes.remembering(_choose)
    for _ in range(times):
        clock.fold(EVENTS, chosen, NOW)
    return times


def _compare(times: int) -> int:
    found = clock.fold(EVENTS, _choose, NOW)
    for _ in range(times):
        records.to_record(found, ())
    return times


def _order(tickets: int) -> int:
    queued = [
        (
            number,
            queue_order.Queued(
                severity=1 + number % 4,
                priority=0,
                due=SUBMITTED_AT + number,
                number=number,
                rank=number % 7 or None,
            ),
        )
        for number in range(tickets)
    ]
    return len(queue_order.order_keys(queued))


def run() -> list[Row]:
    """Folds a second, and beside them what a worker does with one and what a ranked customer costs.

    Rounds are short and many: the best of them had a core for itself.
    """
    assert len(EVENTS) == 30
    _fold(10)
    return [
        at_least("fold of a 30-event ticket", best_rate(lambda: _fold(20), rounds=60), "folds/s", 3_000),
        reported("what to record of a clock", best_rate(lambda: _compare(500), rounds=20), "clocks/s"),
        reported(
            "queue keys of a customer's tickets", best_rate(lambda: _order(500), rounds=20), "tickets/s"
        ),
    ]
