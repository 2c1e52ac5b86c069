"""The targets in force on a ticket: how long each commitment has, on which calendar, and what pauses it.

A `Regime` is a target set of the programme made concrete for one ticket's facts: its severity has chosen the
durations, its zone and holidays have bound the calendars. The clock (`palier.core.clock`) folds events under regimes and
knows nothing of programmes; `regime_for` makes them. Durations and instants are whole microseconds.
Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from palier.core import calendars, spans
from palier.core.programme import (
    Binding,
    Choice,
    Commitment,
    FactValue,
    Programme,
    Relief,
    Reopening,
    TargetSet,
    Wait,
    choose,
)

Facts = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """What one commitment has: `duration` µs of open time of `calendar`, promised by `clause`."""

    commitment: Commitment
    duration: int
    calendar: calendars.AnyCalendar
    clause: str
    binding: Binding
    wakes: bool = False
    """Whether it is worth waking somebody for: a round-the-clock regime promises it (core/escalation.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """The allotments in force together, with the waits that pause each.

    `until` is not empty for a round-the-clock regime: it names what ends it, and `ordinary` is what runs on then (None:
    nothing is promised any more). `reopening` says for how long a resolved ticket reopens and the least time it then gets.
    """

    target_set: str
    clause: str
    binding: Binding
    allotments: Mapping[Commitment, Allotment]
    pause: Mapping[Commitment, frozenset[Wait]]
    until: frozenset[Relief] = frozenset()
    ordinary: Regime | None = None
    reopening: Reopening | None = None


Regimes = Callable[[Facts, str | None], Regime | None]
"""Chooses the regime for a ticket's facts; the second argument is the target set that a clause named, if any."""


class NoCalendarError(ValueError):
    """A target set whose `if … use …` list of calendars has no line that fits the ticket's facts."""

    def __init__(self, *, target_set: str, choices: tuple[Choice, ...]) -> None:
        self.target_set = target_set
        known = ", ".join(choice.use for choice in choices)
        super().__init__(
            f"targets.{target_set}.calendar: no line fits this ticket (lines: {known}); end the list with `else` / "
            f"aucune ligne ne convient à ce billet ; terminez la liste par `else`"
        )


def regime_for(
    programme: Programme,
    facts: Facts,
    *,
    bind: Callable[[str], calendars.AnyCalendar],
    override: str | None = None,
) -> Regime | None:
    """The regime for these facts, or None where the programme promises nothing.

    `bind` turns the id of a calendar rule into a calendar in the ticket's zone, with its holidays; `override` is the
    target set named by the clause that decided. Raises NoCalendarError when no calendar of the set fits the facts.
    """
    target_set = programme.targets_for(facts, override=override)
    if target_set is None:
        return None
    regime = _regime(target_set, facts, bind, wakes=bool(target_set.until))
    if target_set.then is None:
        return regime
    return replace(regime, ordinary=_ordinary(programme.targets[target_set.then], facts, bind))


def _regime(
    target_set: TargetSet, facts: Facts, bind: Callable[[str], calendars.AnyCalendar], *, wakes: bool
) -> Regime:
    rule = choose(target_set.calendar, facts)
    if rule is None:
        raise NoCalendarError(target_set=target_set.id, choices=target_set.calendar)
    calendar = bind(rule)
    severity = str(facts["severity"])
    durations = ((commitment, target_set.duration(commitment, severity)) for commitment in Commitment)
    return Regime(
        target_set=target_set.id,
        clause=target_set.clause,
        binding=target_set.binding,
        allotments={
            commitment: Allotment(
                commitment=commitment,
                duration=duration,
                calendar=calendar,
                clause=target_set.clause,
                binding=target_set.binding,
                wakes=wakes,
            )
            for commitment, duration in durations
            if duration is not None
        },
        pause=target_set.pause,
        until=target_set.until,
        reopening=target_set.reopening,
    )


def _ordinary(target_set: TargetSet, facts: Facts, bind: Callable[[str], calendars.AnyCalendar]) -> Regime:
    """What runs on after relief: an end of its own would never be reached, so it has none."""
    return replace(_regime(target_set, facts, bind, wakes=False), until=frozenset())


def remembering(regimes: Regimes) -> Regimes:
    """The same chooser, asked once per facts and override: a desk folds many clocks under few different facts."""
    known: dict[tuple[frozenset[tuple[str, FactValue]], str | None], Regime | None] = {}

    def remembered(facts: Facts, override: str | None) -> Regime | None:
        key = (frozenset(facts.items()), override)
        if key not in known:
            known[key] = regimes(facts, override)
        return known[key]

    return remembered


# --- special events ---------------------------------------------------------------------------------


def with_windows(regime: Regime, windows: spans.Spans) -> Regime:
    """The regime with the windows of a special event joined to every calendar."""
    if not windows:
        return regime
    return replace(
        regime,
        allotments={
            commitment: replace(allotment, calendar=_joined(allotment.calendar, windows))
            for commitment, allotment in regime.allotments.items()
        },
    )


@lru_cache(maxsize=1024)
def _joined(calendar: calendars.AnyCalendar, windows: spans.Spans) -> calendars.AnyCalendar:
    return calendars.union(calendar.name, calendar, calendars.Windows(name="windows", open=windows))
