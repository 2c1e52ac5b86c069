"""Escalations: what falls due on the way of a promise, and when exactly.

`due` says it of a folded clock: every step of every rule with its true instant, past and ahead. It is a function of the
clock alone, so that what a late worker finds is what a punctual one would have found. Which steps were taken is history
(`Taken`); `pending` compares. Instants are whole microseconds. Rules: docs/reference/escalation.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple

from palier.core import calendars, compiled
from palier.core.clock import Clock, Counting, Promised
from palier.core.compiled import Compiled
from palier.core.programme import Commitment, Escalation, Moment, Point, fits

ASSIGNEE: Final = "assignee"
TEAM: Final = "team"
WATCHERS: Final = "watchers"
ROLE: Final = "role:"
NAMED: Final = "named:"
ROLES: Final = (
    "agent", "consultant", "engineer", "account-manager", "delivery-manager", "finance", "programme-writer",
    "manager", "administrator",
)  # fmt: skip
"""The roles of the vendor's people, as `role:manager` names everybody who has one."""
NAMED_ROLES: Final = ("account-manager", "solutions-manager", "delivery-manager", "executive-sponsor")
"""Whom a contract names, as `named:delivery-manager` names them."""
WHO: Final = (
    ASSIGNEE, TEAM, WATCHERS, *(f"{ROLE}{one}" for one in ROLES), *(f"{NAMED}{one}" for one in NAMED_ROLES),
)  # fmt: skip
"""Whom an escalation can notify."""


class Part(StrEnum):
    """What a step does: all that can be done at once, or the page, which may have to wait for the desk to open."""

    ACT = "act"
    PAGE = "page"


class Step(NamedTuple):
    """One step of one rule on one cycle of its commitment, at its true instant. `since` is when the cycle began.

    Rule, `since` and part together are taken once: a late event may number the cycles anew, but not begin one elsewhere.
    """

    rule: Escalation
    part: Part
    commitment: Commitment
    cycle: int
    since: int
    at: int

    @property
    def key(self) -> Taken:
        """By what it is known in the history."""
        return Taken(self.rule.clause, self.since, self.part)


class Taken(NamedTuple):
    """A step in the history: rule, beginning of the cycle, part."""

    rule: str
    since: int
    part: str


class _Stretch(NamedTuple):
    """A stretch of a promise that is not paused, on the same terms and facts throughout.

    `end` None: for ever. `used` and `over` are the time used, and the time late, at its start.
    """

    start: int
    end: int | None
    calendar: Compiled
    used: int
    over: int | None
    """None while the promise is not missed."""
    duration: int
    wakes: bool
    fitting: frozenset[int]
    """The rules whose conditions hold, by their place."""


def due(rules: Sequence[Escalation], clock: Clock, desk: calendars.AnyCalendar) -> tuple[Step, ...]:
    """Every step of these rules on this clock, taken or not, by instant; those after `clock.now` as things stand.

    `desk` are the vendor's own hours: what is not round the clock pages nobody outside them.
    """
    if not rules or not clock.promises:
        return ()
    fitting = _fitting(rules, clock)
    if not any(here for _, here in fitting):
        return ()
    watched = {rule.on for rule in rules}
    hours = calendars.compile(desk)
    found = [
        step
        for promised in clock.promises
        if promised.commitment in watched
        for step in _steps(rules, promised, clock, fitting, hours)
    ]
    return tuple(sorted(found, key=attrgetter("at")))


def pending(steps: Iterable[Step], taken: Iterable[Taken]) -> tuple[Step, ...]:
    """The steps that the history lacks. What happened stays, wherever the steps have moved since."""
    history = frozenset(taken)
    return tuple(step for step in steps if step.key not in history)


# --- one promise ------------------------------------------------------------------------------------

_Fitting = list[tuple[int, frozenset[int]]]


def _fitting(rules: Sequence[Escalation], clock: Clock) -> _Fitting:
    """Which rules fit from each instant on at which the facts changed."""
    return [
        (at, frozenset(place for place, rule in enumerate(rules) if fits(rule.when, facts)))
        for at, facts in clock.known
    ]


def _steps(
    rules: Sequence[Escalation], promised: Promised, clock: Clock, fitting: _Fitting, desk: Compiled
) -> Iterator[Step]:
    stretches: list[_Stretch] | None = None
    for place, rule in enumerate(rules):
        if rule.on is not promised.commitment:
            continue
        if stretches is None:
            stretches = list(_stretches(promised, clock, fitting))
        at = _instant(rule.at, place, stretches)
        if at is None:
            continue
        common = (promised.commitment, promised.cycle, promised.started_at)
        if rule.notify or rule.raised or rule.reassign is not None:
            yield Step(rule, Part.ACT, *common, at)
        paged = _page(at, stretches, desk) if rule.page else None
        if paged is not None:
            yield Step(rule, Part.PAGE, *common, paged)


def _instant(moment: Moment, place: int, stretches: Iterable[_Stretch]) -> int | None:
    """When the moment is reached first while the rule fits and nothing is paused; None: never, as things stand."""
    for stretch in stretches:
        if place not in stretch.fitting:
            continue
        missing = _missing(moment, stretch)
        if missing is None:
            continue
        if missing <= 0:
            return stretch.start
        at = _added(stretch.calendar, stretch.start, missing)
        if at is not None and (stretch.end is None or at <= stretch.end):
            return at
    return None


def _missing(moment: Moment, stretch: _Stretch) -> int | None:
    """How much business time there is at the start of a stretch until the moment; None: it does not come in it."""
    if moment.point is Point.AFTER:
        return None if stretch.over is None else moment.time - stretch.over
    if moment.point is Point.START or stretch.over is not None:
        return 0
    wanted = stretch.duration
    if moment.point is Point.SHARE:
        wanted = stretch.duration * moment.percent // 100
    elif moment.point is Point.BEFORE:
        wanted = stretch.duration - moment.time
    return wanted - stretch.used


def _page(at: int, stretches: Iterable[_Stretch], desk: Compiled) -> int | None:
    """When somebody may be woken, from `at` on: in the desk's own hours, or while a round-the-clock promise runs.

    None when the promise is met, or ends, before.
    """
    for stretch in stretches:
        if stretch.end is not None and stretch.end < at:
            continue
        earliest = max(at, stretch.start)
        opens = [_next_open(desk, earliest)]
        if stretch.wakes:
            opens.append(_next_open(stretch.calendar, earliest))
        first = min((one for one in opens if one is not None), default=None)
        if first is not None and (stretch.end is None or first <= stretch.end):
            return first
    return None


def _added(calendar: Compiled, start: int, time: int) -> int | None:
    try:
        return calendar.add(start, time)
    except compiled.CalendarHasNoOpening:
        return None


def _next_open(calendar: Compiled, at: int) -> int | None:
    try:
        return calendar.next_open(at)
    except compiled.CalendarHasNoOpening:
        return None


_AT = itemgetter(0)
"""The instant of terms, or of facts: their first figure."""


# --- its way ----------------------------------------------------------------------------------------


def _stretches(promised: Promised, clock: Clock, fitting: _Fitting) -> Iterator[_Stretch]:
    """The way of a promise, cut wherever its terms or the facts change; ahead of now it is as things stand."""
    cuts = sorted({at for at, _ in fitting} | {terms.at for terms in promised.terms})
    used, over = 0, None
    for start, end, name, late in _ways(promised):
        calendar = calendars.compile(clock.calendars[name])
        if late and over is None:
            over = 0
        for begin, finish in _cut(start, end, cuts):
            terms = promised.terms[max(bisect_right(promised.terms, begin, key=_AT) - 1, 0)]
            yield _Stretch(
                begin, finish, calendar, used, over, terms.duration, terms.wakes, _at(fitting, begin)
            )
            if finish is not None:
                counted = calendar.elapsed(begin, finish)
                used += counted
                over = None if over is None else over + counted


def _ways(promised: Promised) -> Iterator[tuple[int, int | None, str, bool]]:
    """(start, end, calendar, late) of what counts until it is done or ends; what is owed runs on for ever."""
    segments = promised.segments
    for segment in segments:
        if segment.state in (Counting.COUNTED, Counting.OVER, Counting.AHEAD):
            yield segment.start, segment.end, segment.calendar, segment.state is Counting.OVER
    if promised.owed and segments and not promised.stopped:
        last = segments[-1]
        yield last.end, None, last.calendar, promised.due_at is not None


def _cut(start: int, end: int | None, cuts: Sequence[int]) -> Iterator[tuple[int, int | None]]:
    for cut in cuts[bisect_right(cuts, start) :]:
        if end is not None and cut >= end:
            break
        yield start, cut
        start = cut
    yield start, end


def _at(fitting: _Fitting, at: int) -> frozenset[int]:
    place = bisect_right(fitting, at, key=_AT) - 1
    return fitting[place][1] if place >= 0 else frozenset()
