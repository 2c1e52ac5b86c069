"""Runs the ledger's story of a scenario and compares what each step expects with what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from palier.core import ledger
from palier.core.entitlements import HOUR
from palier.core.money import Amount
from palier.core.programme import FactValue, Programme
from palier.programme import situation
from palier.programme.compared import ABSENT, Difference
from palier.programme.ledger_file import AMOUNTS, NO_WAY, LedgerTold, Named, Step
from palier.programme.ledger_story import Outcome, Story

_MICROS_A_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a story came to: its differences, and the clauses that decided its requests."""

    differences: tuple[Difference, ...]
    clauses: tuple[str, ...]


def run(
    programme: Programme, told: LedgerTold, *, facts: Mapping[str, FactValue], holidays: str | None, path: str
) -> Told:
    """Tell the story. `facts` are those of every request, besides what its step says and what its contract is."""
    story = Story(programme=programme, told=told, said=facts, holidays=holidays)
    found: list[Difference] = []
    for number, step in enumerate(told.steps, start=1):
        found += _differences(story, step, story.play(step), f"{path}.steps[{number}]")
    return Told(differences=tuple(found), clauses=tuple(story.clauses))


def _differences(story: Story, step: Step, outcome: Outcome, path: str) -> Iterator[Difference]:
    if outcome.refused and not any(one.what == "refused" for one in step.expected):
        yield Difference(place=step.place, what=f"{path}.refused", expected="false", got="true")
    for one in step.expected:
        got = _GOT[one.what](story, step, outcome, one)
        if got != _wanted(one):
            what = f"{path}.{one.what}" if one.of is None else f"{path}.{one.what}.{one.of}"
            yield Difference(
                place=one.place,
                what=what,
                expected=_shown(story.programme, one, _wanted(one)),
                got=_shown(story.programme, one, got),
            )


def _wanted(one: Named) -> object:
    if one.what in ("credits", "costs"):
        minor, currency = one.value
        return Amount(minor=minor, currency=currency)
    return one.value


def _balance(story: Story, step: Step, one: Named) -> int:
    found = ledger.balance(story.state(str(one.of)), step.at)
    return {
        "left": found.available,
        "reserved": found.reserved,
        "used": found.consumed,
        "granted": found.granted,
    }[one.what]


def _paid_by(outcome: Outcome) -> str | None:
    """The periods or purchases that were reserved from, or whose units were used or let go of."""
    taken = dict.fromkeys(
        move.lot.key.partition(":")[2] or move.lot.key
        for move in outcome.moves
        if ledger.Bucket.RESERVED in (move.source, move.target)
    )
    return ", ".join(taken) or None


def _next(outcome: Outcome) -> str:
    ways = () if outcome.decision is None else outcome.decision.ways
    return next((one.way for one in ways if one.available and one.way != outcome.way), NO_WAY)


_GOT: Mapping[str, Callable[[Story, Step, Outcome, Named], Any]] = {
    **dict.fromkeys(AMOUNTS, lambda story, step, _, one: _balance(story, step, one)),
    "paid_by": lambda _story, _step, outcome, _: _paid_by(outcome),
    "charged": lambda _story, _step, outcome, _: outcome.charged,
    "costs": lambda _story, _step, outcome, _: outcome.costs,
    "credits": lambda story, _step, _outcome, one: story.credited().get(str(one.of)),
    "clause": lambda _story, _step, outcome, _: None if outcome.decision is None else outcome.decision.clause,
    "refused": lambda _story, _step, outcome, _: outcome.refused,
    "next": lambda _story, _step, outcome, _: _next(outcome),
}


def _shown(programme: Programme, one: Named, value: object) -> str:
    """A value as a scenarios file writes it."""
    if value is None:
        return ABSENT
    if isinstance(value, Amount):
        return f"{value.decimal()} {value.currency}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        hours = one.what == "charged" or programme.allowances[str(one.of)].unit == HOUR
        return situation.written_duration(value * _MICROS_A_MINUTE) if hours else str(value)
    return str(value)
