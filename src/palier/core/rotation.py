"""Who is on call: rotations with handovers by local date, layers in order, swaps on top; asked at an instant or over a range.

A roster is a frozen value. Its shifts begin at local handover times in its own zone, so that a week with a change of
clocks has 167 or 169 hours and nobody's turn moves. What no layer covers is a gap, told as a shift without a person.
Semantics: docs/reference/on-call.md.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from palier.core import localtime, spans
from palier.core.calendars import DAY_SECONDS, AnyCalendar
from palier.core.localtime import DAY, SECOND
from palier.core.spans import Span, Spans

NOBODY = ""
"""In a layer's people: a turn that nobody has (whose person left). What covers it lies below."""
_NEAR = 2 * DAY
# Wall time is never farther than this from UTC.


class RotationError(ValueError):
    """A layer or roster that cannot be: nobody in it, shifts without a length, a swap that ends before it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """People who take turns, in order, from a date on: the first shift begins on `starts_on` at the handover.

    A shift lasts `days` local days, or (where `weekdays` are given, 0 is Monday) until the next of these weekdays.
    `hours` narrows it to what a calendar has open; None: at all hours.
    """

    people: tuple[str, ...]
    starts_on: date
    handover_s: int = 0
    """Seconds after local 00:00."""
    days: int = 7
    weekdays: tuple[int, ...] = ()
    hours: AnyCalendar | None = None

    def __post_init__(self) -> None:
        if not self.people:
            raise RotationError("a layer needs somebody in it")
        if not 0 <= self.handover_s < DAY_SECONDS:
            raise RotationError(f"a handover at second {self.handover_s} lies outside its day")
        if not self.weekdays and not 1 <= self.days <= 366:
            raise RotationError(f"a shift of {self.days} days: it lasts 1 to 366")
        if tuple(sorted(set(self.weekdays))) != self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise RotationError(f"weekdays {self.weekdays}: write each once, in order, 0 (Monday) to 6")

    def first_day(self, turn: int) -> int:
        """The local date on which a turn begins, as a day number. Turn 0 is the first."""
        start = localtime.day_number(self.starts_on)
        if not self.weekdays:
            return start + turn * self.days
        if turn == 0:
            return start
        # The turns after the first are counted in whole weeks of handovers, from the weekday after the start.
        after = bisect_right(self.weekdays, _weekday(start))
        weeks, place = divmod(after + turn - 1, len(self.weekdays))
        return start - _weekday(start) + 7 * weeks + self.weekdays[place]

    def turn_on(self, day: int) -> int:
        """The latest turn that begins on this local date or before; -1 before the first."""
        start = localtime.day_number(self.starts_on)
        if day < start:
            return -1
        if not self.weekdays:
            return (day - start) // self.days
        monday = start - _weekday(start)
        weeks, rest = divmod(day - monday, 7)
        passed = weeks * len(self.weekdays) + bisect_right(self.weekdays, rest)
        return passed - bisect_right(self.weekdays, _weekday(start))

    def person(self, turn: int) -> str:
        """Whose turn it is."""
        return self.people[turn % len(self.people)]

    def begins(self, zone: str, turn: int) -> int:
        """The instant of a turn's handover: the first at which the wall shows that date and time, or later.

        A handover that a change of clocks skips is the instant of the change; of one that it repeats, the first.
        """
        wall = self.first_day(turn) * DAY + self.handover_s * SECOND
        return localtime.instants(zone, [(wall, wall + 4 * _NEAR)], wall - _NEAR, wall + _NEAR)[0].start

    def turn_at(self, zone: str, at: int) -> int:
        """The turn that runs at an instant; -1 before the first."""
        turn = self.turn_on(localtime.day_number(localtime.local_date(zone, at)))
        while turn >= 0 and self.begins(zone, turn) > at:
            turn -= 1
        while self.begins(zone, turn + 1) <= at:
            turn += 1
        return turn


def _weekday(day: int) -> int:
    return (day + 3) % 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """That one person is on call from `start` to `end`, whatever the layers say. `id` names it."""

    id: str
    person: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise RotationError("a swap ends before it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """That a person cannot be called: shifts of its turn fall through to what covers them below."""

    person: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Layers in order, the first that covers an instant counts; swaps on top, of which the last given counts."""

    zone: str
    layers: tuple[Layer, ...] = ()
    swaps: tuple[Swap, ...] = ()
    absences: tuple[Absence, ...] = ()

    def __post_init__(self) -> None:
        localtime.zone_of(self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody's time on call, `[start, end)` in µs. `person` None: a gap. `swap` names the swap, else `layer` and `turn` say whence."""

    start: int
    end: int
    person: str | None
    layer: int | None = None
    turn: int | None = None
    swap: str | None = None

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on call."""
        return self.person is None


_Source = tuple[str, int | None, int | None, str | None]


def shifts(roster: Roster, start: int, end: int) -> tuple[Shift, ...]:
    """Every shift and gap in `[start, end)`, in order, cut to it: together they are exactly that range."""
    remaining: Spans = spans.join([(start, end)])
    found: list[Shift] = []
    for person, layer, turn, swap, covered in _sources(roster, start, end):
        taken = spans.intersect(remaining, covered)
        if not taken:
            continue
        remaining = spans.subtract(remaining, taken)
        found += [Shift(start=a, end=b, person=person, layer=layer, turn=turn, swap=swap) for a, b in taken]
    found += [Shift(start=a, end=b, person=None) for a, b in remaining]
    return tuple(sorted(found, key=lambda one: one.start))


def _sources(
    roster: Roster, start: int, end: int
) -> Iterator[tuple[str, int | None, int | None, str | None, Spans]]:
    """Who covers what, whoever comes first counting."""
    for swap in reversed(roster.swaps):
        covered = _present(roster, swap.person, spans.clip([(swap.start, swap.end)], start, end))
        yield swap.person, None, None, swap.id, covered
    for number, layer in enumerate(roster.layers):
        open_ = spans.join([(start, end)]) if layer.hours is None else layer.hours.spans(start, end)
        for turn, begins, ends in turns(layer, roster.zone, start, end):
            person = layer.person(turn)
            if person != NOBODY:
                covered = spans.intersect(open_, spans.join([(begins, ends)]))
                yield person, number, turn, None, _present(roster, person, covered)


def turns(layer: Layer, zone: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(turn, from, to) of a layer's turns in `[start, end)`, cut to it, whatever its hours."""
    turn = max(layer.turn_at(zone, start), 0)
    begins = layer.begins(zone, turn)
    while begins < end:
        ends = layer.begins(zone, turn + 1)
        if max(begins, start) < min(ends, end):
            yield turn, max(begins, start), min(ends, end)
        turn, begins = turn + 1, ends


def _present(roster: Roster, person: str, covered: Spans) -> Spans:
    away = [(one.start, one.end) for one in roster.absences if one.person == person]
    return spans.subtract(covered, spans.join(away)) if away else covered


def on_call(roster: Roster, at: int) -> Shift | None:
    """Who is on call at an instant, with `start` and `end` of the instant itself (one µs); None in a gap."""
    found = next(_covering(roster, at), None)
    if found is None:
        return None
    person, layer, turn, swap = found
    return Shift(start=at, end=at + 1, person=person, layer=layer, turn=turn, swap=swap)


def _covering(roster: Roster, at: int) -> Iterator[_Source]:
    """All who cover an instant, the one who counts first: swaps, then each layer's turn."""
    for swap in reversed(roster.swaps):
        if swap.start <= at < swap.end and not _is_away(roster, swap.person, at):
            yield swap.person, None, None, swap.id
    for number, layer in enumerate(roster.layers):
        turn = layer.turn_at(roster.zone, at)
        if turn < 0 or layer.person(turn) == NOBODY or _is_away(roster, layer.person(turn), at):
            continue
        if layer.hours is None or layer.hours.spans(at, at + 1):
            yield layer.person(turn), number, turn, None


def _is_away(roster: Roster, person: str, at: int) -> bool:
    return any(one.person == person and one.start <= at < one.end for one in roster.absences)


def line(roster: Roster, at: int) -> tuple[str, ...]:
    """Whom to call at an instant, in order, each once: who is on call, who is in the layers below, whose turn comes next.

    A swap takes the place of whoever it stands in for: that person is not in the line on that account.
    """
    covering = list(_covering(roster, at))
    first = covering[:1]
    layers = [one for one in covering if one[1] is not None]
    if first and first[0][3] is not None:
        # Of the layers, the first is whom the swap stands in for.
        below, following = layers[1:], layers[:1]
    else:
        below, following = layers[1:], first
    wanted = [person for person, *_ in [*first, *below]]
    for _, number, turn, _swap in [*following, *below]:
        assert number is not None
        assert turn is not None
        layer = roster.layers[number]
        wanted += [layer.person(turn + step) for step in range(1, len(layer.people))]
    stood_in = {one[0] for one in following} if first and first[0][3] is not None else set()
    return tuple(
        person
        for person in dict.fromkeys(wanted)
        if person != NOBODY and not _is_away(roster, person, at) and person not in stood_in - {first[0][0]}
    )


def next_change(found: Sequence[Shift], at: int) -> int | None:
    """The instant at which whoever is on call at `at` hands over, of shifts that cover it; None where none does."""
    place = bisect_left([one.end for one in found], at + 1)
    if place == len(found) or found[place].start > at:
        return None
    person, end = found[place].person, found[place].end
    for one in found[place + 1 :]:
        if one.person != person:
            break
        end = one.end
    return end


def gaps(found: Sequence[Shift]) -> Spans:
    """The times of these shifts at which nobody is on call."""
    return spans.join(Span(one.start, one.end) for one in found if one.is_gap)
