"""Rows to values of the core and back: instants, events, and decisions in a stable JSON form (ids only, no words)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from palier.core import records
from palier.core.clock import Event as ClockEvent
from palier.core.clock import EventKind
from palier.core.coverage import Balance, Decision, Looked, Miss, WayForward
from palier.core.programme import Commitment, Condition, FactValue, OutcomeKind
from palier.tickets.models import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CLOCK_KINDS = {kind.value: kind for kind in EventKind}
_RECORD_KINDS = {kind.value: kind for kind in records.RecordKind}


# --- instants ---------------------------------------------------------------------------------------


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 of an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The aware datetime in UTC of whole microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


def instant_or_none(at: int | None) -> datetime | None:
    """The same, or None."""
    return None if at is None else instant(at)


# --- events -----------------------------------------------------------------------------------------


def clock_event(row: Event) -> ClockEvent | None:
    """The event as the clock reads it, or None for a record that moves no clock."""
    kind = _CLOCK_KINDS.get(row.kind)
    if kind is None:
        return None
    return ClockEvent(
        id=str(row.id),
        kind=kind,
        at=micros(row.at),
        recorded=micros(row.recorded_at),
        by=row.by,
        data=row.data,
    )


def clock_events(rows: Iterable[Event]) -> list[ClockEvent]:
    """The events that move the clock."""
    return [event for event in map(clock_event, rows) if event is not None]


def recorded(rows: list[Event]) -> list[records.Recorded]:
    """The warnings, breaches and withdrawals that were written down."""
    return [
        records.Recorded(
            id=str(row.id),
            kind=_RECORD_KINDS[row.kind],
            commitment=Commitment(row.data["commitment"]),
            at=row.data["at"],
        )
        for row in rows
        if row.kind in _RECORD_KINDS
    ]


def record_data(record: records.ToRecord) -> dict[str, Any]:
    """What the event of a record holds."""
    data: dict[str, Any] = {
        "commitment": record.commitment.value,
        "cycle": record.cycle,
        "at": record.at,
        "turn": record.turn,
    }
    if record.withdraws is not None:
        data["withdraws"] = record.withdraws
    return data


# --- decisions --------------------------------------------------------------------------------------


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """A decision as JSON: the same decision gives the same text, and `decision_from_json` gives it back equal."""
    return {
        "programme": decision.programme,
        "version": decision.version,
        "facts": {name: _value(decision.facts[name]) for name in sorted(decision.facts)},
        "given": sorted(decision.given),
        "outcome": decision.outcome.value,
        "clauses": list(decision.clauses),
        "matched": [_condition(one) for one in decision.matched],
        "looked": [
            {"clause": one.clause, "misses": [[_miss(m) for m in misses] for misses in one.misses]}
            for one in decision.looked
        ],
        "level": decision.level,
        "targets": decision.targets,
        "holds": list(decision.holds),
        "ways": [_way(way) for way in decision.ways],
        "consent": decision.consent,
    }


def decision_from_json(stored: Mapping[str, Any]) -> Decision:
    """The decision that was stored."""
    return Decision(
        programme=stored["programme"],
        version=stored["version"],
        facts={name: fact_value(value) for name, value in stored["facts"].items()},
        given=frozenset(stored["given"]),
        outcome=OutcomeKind(stored["outcome"]),
        clauses=tuple(stored["clauses"]),
        matched=tuple(_condition_from(one) for one in stored["matched"]),
        looked=tuple(
            Looked(
                clause=one["clause"],
                misses=tuple(tuple(_miss_from(m) for m in misses) for misses in one["misses"]),
            )
            for one in stored["looked"]
        ),
        level=stored["level"],
        targets=stored["targets"],
        holds=tuple(stored["holds"]),
        ways=tuple(_way_from(way) for way in stored["ways"]),
        consent=stored["consent"],
    )


@functools.lru_cache(maxsize=1024)
def decision_from_text(stored: str) -> Decision:
    """The same from JSON text: tickets decided alike have the same text, which is read once."""
    return decision_from_json(json.loads(stored))


def fact_value(stored: Any) -> FactValue:
    """A fact from its JSON: lists are several words."""
    return tuple(stored) if isinstance(stored, list) else stored


def _value(value: FactValue) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _condition(condition: Condition) -> dict[str, Any]:
    stored: dict[str, Any] = {"fact": condition.fact}
    if condition.values:
        stored["values"] = list(condition.values)
    if condition.low is not None:
        stored["low"] = condition.low
    if condition.high is not None:
        stored["high"] = condition.high
    if condition.negated:
        stored["negated"] = True
    return stored


def _condition_from(stored: Mapping[str, Any]) -> Condition:
    return Condition(
        fact=stored["fact"],
        values=tuple(stored.get("values", ())),
        low=stored.get("low"),
        high=stored.get("high"),
        negated=stored.get("negated", False),
    )


def _miss(miss: Miss) -> dict[str, Any]:
    return {**_condition(miss.condition), "is": None if miss.is_ is None else _value(miss.is_)}


def _miss_from(stored: Mapping[str, Any]) -> Miss:
    is_ = stored["is"]
    return Miss(condition=_condition_from(stored), is_=None if is_ is None else fact_value(is_))


def _way(way: WayForward) -> dict[str, Any]:
    return {
        "way": way.way,
        "available": way.available,
        "lacks": [_miss(miss) for miss in way.lacks],
        "amount": way.amount,
        "currency": way.currency,
        "balance": None
        if way.balance is None
        else {"left": way.balance.left, "granted": way.balance.granted},
    }


def _way_from(stored: Mapping[str, Any]) -> WayForward:
    balance = stored["balance"]
    return WayForward(
        way=stored["way"],
        available=stored["available"],
        lacks=tuple(_miss_from(miss) for miss in stored["lacks"]),
        amount=stored["amount"],
        currency=stored["currency"],
        balance=None if balance is None else Balance(left=balance["left"], granted=balance["granted"]),
    )
