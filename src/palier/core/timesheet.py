"""Working time as it is charged: weighted, summed per person, ticket and day, rounded up once, then the minimum.

An entry is cut where the local day, and so the month, turns, and where a night or weekend weight begins or ends. Twice 20
minutes on one day are 45 under quarter hours, not 60. What a new or reversing entry posts is the difference it makes.
Minutes are whole; instants are microseconds since 1970 (UTC). Rules: docs/reference/ledger.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from palier.core import localtime, worktime

MINUTE = 60 * localtime.SECOND
ORDINARY_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Minutes one person worked on one ticket on one local date, at one weight. Negative minutes reverse an entry."""

    person: str
    ticket: str
    day: date
    minutes: int
    weight_percent: int = ORDINARY_PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How hours of a price are counted: rounded up to whole steps, at least a minimum per person, ticket and day."""

    round_up_minutes: int = 1
    minimum_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """While a calendar is open, time counts `percent` of itself (150: time and a half)."""

    calendar: worktime.AnyCompilable
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of worked time that lies in one local day and under one weight."""

    day: date
    started_at: int
    minutes: int
    weight_percent: int


Key = tuple[str, str, date]
"""Person, ticket, local date: what is rounded together."""


class OverReversed(ValueError):
    """More time was reversed than had been entered."""

    def __init__(self, key: Key) -> None:
        self.key = key
        super().__init__(
            f"more time was reversed than entered on {key[2]} / plus de temps annulé que saisi le {key[2]}"
        )


def pieces(*, started_at: int, minutes: int, zone: str, weights: Sequence[Weight] = ()) -> tuple[Piece, ...]:
    """Worked time cut at midnight of a zone and where weights change. The first weight whose calendar is open counts.

    A minute belongs where it begins, so the pieces add up to `minutes` exactly.
    """
    if minutes <= 0:
        raise ValueError(
            f"{minutes} minutes worked: at least one / {minutes} minutes travaillées : au moins une"
        )
    end = started_at + minutes * MINUTE
    cuts = {started_at, end, *_midnights(started_at, end, zone)}
    for weight in weights:
        for span in worktime.segments(weight.calendar, started_at, end):
            cuts |= {span.start, span.end}
    found: list[Piece] = []
    for low, high in pairwise(sorted(cuts)):
        whole = _minutes_before(high, started_at) - _minutes_before(low, started_at)
        if whole:
            at = started_at + _minutes_before(low, started_at) * MINUTE
            _append(
                found,
                Piece(
                    day=localtime.local_date(zone, at),
                    started_at=at,
                    minutes=whole,
                    weight_percent=_weight(weights, at),
                ),
            )
    return tuple(found)


def _append(found: list[Piece], piece: Piece) -> None:
    """Add a piece, joined to the one before where neither the day nor the weight changed between them."""
    last = found[-1] if found else None
    if last is not None and (last.day, last.weight_percent) == (piece.day, piece.weight_percent):
        found[-1] = Piece(
            day=last.day,
            started_at=last.started_at,
            minutes=last.minutes + piece.minutes,
            weight_percent=last.weight_percent,
        )
    else:
        found.append(piece)


def _midnights(start: int, end: int, zone: str) -> Iterator[int]:
    day = localtime.local_date(zone, start)
    while (midnight := localtime.day_start(zone, day := day + timedelta(days=1))) < end:
        yield midnight


def _minutes_before(at: int, started_at: int) -> int:
    """How many of the minutes that begin with `started_at` begin before an instant."""
    return -((started_at - at) // MINUTE)


def _weight(weights: Sequence[Weight], at: int) -> int:
    open_now = (weight.percent for weight in weights if worktime.is_open(weight.calendar, at))
    return next(open_now, ORDINARY_PERCENT)


def charged(entries: Iterable[Entry], rules: Rules) -> Mapping[Key, int]:
    """Charged minutes by person, ticket and day: weighted, summed, rounded up, then the minimum; 0 where all is reversed.

    Raises `OverReversed` where more was reversed than entered.
    """
    hundredths: dict[Key, int] = defaultdict(int)
    for entry in entries:
        key = (entry.person, entry.ticket, entry.day)
        hundredths[key] += entry.minutes * entry.weight_percent
    found: dict[Key, int] = {}
    step = rules.round_up_minutes * ORDINARY_PERCENT
    for key, worked in hundredths.items():
        if worked < 0:
            raise OverReversed(key)
        rounded = -(-worked // step) * rules.round_up_minutes
        found[key] = max(rounded, rules.minimum_minutes) if worked else 0
    return found


def difference(before: Iterable[Entry], after: Iterable[Entry], rules: Rules) -> Mapping[Key, int]:
    """What a change of entries posts: the charged minutes each person, ticket and day gains (or loses); no zeros."""
    was, now = charged(before, rules), charged(after, rules)
    gained = {key: now.get(key, 0) - was.get(key, 0) for key in dict.fromkeys((*was, *now))}
    return {key: minutes for key, minutes in gained.items() if minutes}
