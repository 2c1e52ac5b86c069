"""What must be written into a ticket's history about its clock: warnings, breaches, and breaches taken back.

The clock is recomputed at will; what people were told about it is history. `to_record` compares the two: given the
clock and what was recorded before, it says what to append, and nothing once that is done. Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from palier.core.clock import Clock
from palier.core.programme import Commitment


class RecordKind(StrEnum):
    """What can be recorded of a clock."""

    WARNED = "warned"
    BREACHED = "breached"
    BREACH_WITHDRAWN = "breach-withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A record in the history. `at` is the true instant (of the warning or of the breach), not that of writing it."""

    id: str
    kind: RecordKind
    commitment: Commitment
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRecord:
    """What to append. A withdrawal names the breach it takes back in `withdraws`, and bears its instant.

    `turn` counts earlier records of the same kind, commitment and instant: 0 but for a breach that stands again after it
    was taken back. Kind, commitment, instant and turn together are written once, however many workers race.
    """

    kind: RecordKind
    commitment: Commitment
    cycle: int
    at: int
    turn: int
    withdraws: str | None = None


def to_record(clock: Clock, recorded: Iterable[Recorded]) -> tuple[ToRecord, ...]:
    """What the history lacks at `clock.now`, by instant. Recording it all and asking again gives nothing.

    A breach is known by its commitment and instant: a late event may number the cycles anew without taking it back.
    """
    history = tuple(recorded)
    turns = Counter((entry.kind, entry.commitment, entry.at) for entry in history)
    standing = _standing(history)
    breaches = {(p.commitment, p.breached_at): p.cycle for p in clock.promises if p.breached_at is not None}
    found = [*_warnings(clock, turns), *_withdrawals(standing, breaches, clock, turns)]
    for (commitment, at), cycle in breaches.items():
        if (commitment, at) not in standing:
            turn = turns[RecordKind.BREACHED, commitment, at]
            found.append(
                ToRecord(kind=RecordKind.BREACHED, commitment=commitment, cycle=cycle, at=at, turn=turn)
            )
    return tuple(sorted(found, key=lambda entry: entry.at))


Turns = Counter[tuple[RecordKind, Commitment, int]]


def _standing(history: tuple[Recorded, ...]) -> dict[tuple[Commitment, int], str]:
    """The breaches that were recorded and not taken back, with the id of the last record of each."""
    balance: Counter[tuple[Commitment, int]] = Counter()
    ids: dict[tuple[Commitment, int], str] = {}
    for entry in history:
        key = (entry.commitment, entry.at)
        if entry.kind is RecordKind.BREACHED:
            balance[key] += 1
            ids[key] = max(entry.id, ids.get(key, ""))
        elif entry.kind is RecordKind.BREACH_WITHDRAWN:
            balance[key] -= 1
    return {key: record for key, record in ids.items() if balance[key] > 0}


def _warnings(clock: Clock, turns: Turns) -> Iterator[ToRecord]:
    for p in clock.promises:
        at = p.warning_at
        if at is not None and at <= clock.now and not turns[RecordKind.WARNED, p.commitment, at]:
            yield ToRecord(kind=RecordKind.WARNED, commitment=p.commitment, cycle=p.cycle, at=at, turn=0)


def _withdrawals(
    standing: dict[tuple[Commitment, int], str],
    breaches: dict[tuple[Commitment, int], int],
    clock: Clock,
    turns: Turns,
) -> Iterator[ToRecord]:
    for (commitment, at), record in standing.items():
        if (commitment, at) not in breaches and at <= clock.now:
            yield ToRecord(
                kind=RecordKind.BREACH_WITHDRAWN,
                commitment=commitment,
                cycle=_cycle_at(clock, commitment, at),
                at=at,
                turn=turns[RecordKind.BREACH_WITHDRAWN, commitment, at],
                withdraws=record,
            )


def _cycle_at(clock: Clock, commitment: Commitment, at: int) -> int:
    """The cycle that ran at that instant, as the clock sees it now; 1 if none did."""
    begun = (p.cycle for p in clock.promises if p.commitment is commitment and p.started_at <= at)
    return max(begun, default=1)
