"""One promise on a clock: how much of its time is used, when it is due, and the proof of both.

A `Run` is the account of one cycle of one commitment while a ticket's events are folded: it is cut wherever something
changes, and each cut leaves a `Segment`. `Promised` is what it comes to. Instants and durations are whole microseconds.
Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from palier.core import calendars, compiled
from palier.core.programme import Binding, Commitment, Wait
from palier.core.regimes import Allotment


class State(StrEnum):
    """Where a promise stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    ENDED = "ended"


class Counting(StrEnum):
    """What a stretch of time was to a promise."""

    COUNTED = "counted"
    PAUSED = "paused"
    OVER = "over"
    """After the due instant: late."""
    AHEAD = "ahead"
    """From now to the due instant: what is left."""
    SPARED = "spared"
    """From the act that met it to the due instant: what was not needed."""


class Because(StrEnum):
    """Why a segment began or ended."""

    STARTED = "started"
    ANSWERED = "answered"
    WAITING = "waiting"
    CUSTOMER_WROTE = "customer-wrote"
    RESUMED = "resumed"
    INFORMATION_COMPLETE = "information-complete"
    DECIDED = "decided"
    SEVERITY_CHANGED = "severity-changed"
    PLAN_CHANGED = "plan-changed"
    ZONE_CHANGED = "zone-changed"
    CALENDAR_CHANGED = "calendar-changed"
    FACTS_CHANGED = "facts-changed"
    RELIEVED = "relieved"
    RELIEF_REVOKED = "relief-revoked"
    WINDOW_JOINED = "window-joined"
    WORKAROUND_GIVEN = "workaround-given"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    MERGED = "merged"
    DUE = "due"
    NOW = "now"


# `Segment` and `Promised` are named tuples, not data classes: a fold makes dozens, and a frozen data class of that many
# fields costs five times as much to make.


class Segment(NamedTuple):
    """A stretch `[start, end)` of a promise: `counted` µs of open time of the calendar whose hash it names."""

    start: int
    end: int
    calendar: str
    counted: int
    state: Counting
    began: Because
    ended: Because
    wait: Wait | None = None
    """Whom a paused stretch waited for; None when the time was not promised just then."""


class Terms(NamedTuple):
    """On what terms a promise ran from `at` on: `duration` µs in all, and whether it is worth waking somebody for."""

    at: int
    duration: int
    wakes: bool


class Promised(NamedTuple):
    """Where one cycle of one commitment stands.

    `due_at` and `warning_at` are None while it is paused (the warning stays once reached), and where `endless` names a
    calendar that does not open for as long as the promise still needs: it runs, without an end. `met_at` is the act in time,
    `done_at` the act whenever it came, `ended_at` an end without it. Segments up to the act or now sum to `used`; with those
    ahead or spared, up to `due_at`, they sum to `duration`.
    """

    commitment: Commitment
    cycle: int
    clause: str
    binding: Binding
    state: State
    started_at: int
    duration: int
    due_at: int | None
    warning_at: int | None
    met_at: int | None
    breached_at: int | None
    done_at: int | None
    ended_at: int | None
    used: int
    left: int
    provisional: bool
    """Whether `due_at` lies past the last date whose holidays are known."""
    segments: tuple[Segment, ...]
    endless: str = ""
    """The calendar's name, where it does not open within five years so that no due instant can be told."""
    terms: tuple[Terms, ...] = ()
    """Every change of terms, in the order of time; the first from its start on."""
    stopped: bool = False
    """Whether a wait stops it now, missed or not."""

    @property
    def owed(self) -> bool:
        """Whether the vendor still has to act on it: running, paused, or missed and not made good."""
        return self.done_at is None and self.ended_at is None


# In Python 3.11 looking up a member of an enumeration costs a third of a binary search: the busy ones are looked up once.
_COUNTED, _PAUSED, _OVER = Counting.COUNTED, Counting.PAUSED, Counting.OVER
_AHEAD, _SPARED = Counting.AHEAD, Counting.SPARED
_DUE, _NOW, _WAITING = Because.DUE, Because.NOW, Because.WAITING
_RUNNING, _MET, _BREACHED = State.RUNNING, State.MET, State.BREACHED


class Run:
    """The account of one cycle of one commitment, moved forward through the events of its ticket.

    Every method takes the instant `at` of the event, and instants never go back. Met means strictly before: what has used
    its whole duration by `at` is breached, dated at the due instant, whatever happens at `at`.
    """

    __slots__ = (
        "allotment", "began", "breached_at", "calendar", "carried", "commitment", "cycle", "done_at", "duration",
        "ended_at", "floor", "hash", "lapsed", "mark", "met_at", "quarters", "segments", "started_at", "terms", "used",
        "wait", "warning_at",
    )  # fmt: skip
    allotment: Allotment
    duration: int

    def __init__(
        self, *, allotment: Allotment, cycle: int, at: int, because: Because, carried: int = 0, floor: int = 0
    ) -> None:
        """Starts the account at `at`. A reopened one carries the time used before, and has at least `floor`."""
        self.commitment, self.cycle, self.started_at = allotment.commitment, cycle, at
        self.carried, self.floor = carried, floor
        self.used, self.mark, self.began = 0, at, because
        self.segments: list[Segment] = []
        self.terms: list[Terms] = []
        self.wait: Wait | None = None
        self.lapsed = False
        self.warning_at: int | None = None
        self.met_at: int | None = None
        self.breached_at: int | None = None
        self.done_at: int | None = None
        self.ended_at: int | None = None
        self._take(at, allotment)

    # --- what can happen to it

    def done(self, at: int, because: Because) -> None:
        """The act came: in time if the duration was not used up. Nothing was owed while it was not promised."""
        if not self.lapsed:
            self._cut(at, because)
            self.done_at = at
            if self.breached_at is None:
                self.met_at = at

    def end(self, at: int, because: Because) -> None:
        """It ends as it stands, without the act."""
        if not self.lapsed:
            self._cut(at, because)
            self.ended_at = at

    def hold(self, at: int, wait: Wait | None, because: Because) -> None:
        """Time stops counting while `wait` lasts, or counts again for None; a breach stays a breach."""
        if not self.lapsed:
            self._cut(at, because if wait is None else _WAITING)
        self.wait = wait

    def retime(self, at: int, allotment: Allotment, because: Because) -> None:
        """New terms from `at` on: time used stays used. With nothing left it is breached now; a breach keeps its terms."""
        if self._missed_by(at):
            return
        if not self.lapsed and not self._differs(allotment):
            if allotment.wakes != self.allotment.wakes:
                self.terms.append(Terms(at, self.duration, allotment.wakes))
            self.allotment = allotment
            return
        self._cut(at, because)
        if self.lapsed:
            self.lapsed, self.ended_at = False, None
        self._take(at, allotment)
        if self.used >= self.duration:
            self.breached_at = at
            if self.warning_at == at:  # a warning comes before
                self.warning_at = None

    def lapse(self, at: int, because: Because) -> None:
        """The targets now in force do not promise it: it ends, and runs on should they promise it again."""
        if not self.lapsed and not self._missed_by(at):
            self._cut(at, because)
            self.ended_at, self.lapsed = at, True

    # --- how it is kept

    def _take(self, at: int, allotment: Allotment) -> None:
        """Takes over terms. A warning stays if three quarters are still used, and is given now if they now are."""
        self.allotment = allotment
        self.calendar, self.hash = calendars.compile(allotment.calendar), allotment.calendar.hash
        self.duration = max(allotment.duration - self.carried, self.floor)
        self.quarters = self.duration * 3 // 4
        self.terms.append(Terms(at, self.duration, allotment.wakes))
        if self.used < self.quarters:
            self.warning_at = None
        elif self.warning_at is None:
            self.warning_at = at

    def _differs(self, allotment: Allotment) -> bool:
        """Whether these terms move anything; a clause of another name alone does not."""
        before = self.allotment
        return before.duration != allotment.duration or self.hash != allotment.calendar.hash

    def _missed_by(self, at: int) -> bool:
        if self.breached_at is not None:
            return True
        stopped = self.lapsed or self.wait is not None
        return not stopped and self.used + self.calendar.elapsed(self.mark, at) >= self.duration

    def _cut(self, at: int, because: Because) -> None:
        """Closes the stretch since the last cut, as one segment, or two where the due instant lies within."""
        if self.wait is not None or self.lapsed:
            self._append(at, 0, _PAUSED, because)
            return
        counted = self.calendar.elapsed(self.mark, at)
        if self.breached_at is not None:
            self._append(at, counted, _OVER, because)
            return
        used = self.used
        if used < self.quarters <= used + counted:
            self.warning_at = self.calendar.add(self.mark, self.quarters - used)
        left = self.duration - used
        if counted < left:
            self._append(at, counted, _COUNTED, because)
        else:
            self.breached_at = due_at = self.calendar.add(self.mark, left)
            self._append(due_at, left, _COUNTED, _DUE)
            self._append(at, counted - left, _OVER, because)

    def _append(self, end: int, counted: int, state: Counting, because: Because) -> None:
        start = self.mark
        if end > start:
            wait = None if self.lapsed else self.wait
            self.segments.append(Segment(start, end, self.hash, counted, state, self.began, because, wait))
            self.used += counted
            self.mark = end
        self.began = because

    # --- what it comes to

    def promised(self, now: int) -> Promised:
        """Where it stands at `now`. The account is closed by this and not used again."""
        owed = self.done_at is None and self.ended_at is None
        if owed:
            self._cut(now, _NOW)
        due_at = self.breached_at
        if due_at is None and self._runs():
            due_at = self._look_ahead(owed)
        used, duration = self.used, self.duration
        return Promised(
            commitment=self.commitment,
            cycle=self.cycle,
            clause=self.allotment.clause,
            binding=self.allotment.binding,
            state=self._state(),
            started_at=self.started_at,
            duration=duration,
            due_at=due_at,
            warning_at=self.warning_at,
            met_at=self.met_at,
            breached_at=self.breached_at,
            done_at=self.done_at,
            ended_at=self.ended_at,
            used=used,
            left=duration - used if used < duration else 0,
            provisional=due_at is not None and owed and self.calendar.is_provisional(due_at),
            segments=tuple(self.segments),
            endless=self.calendar.name if owed and due_at is None and self._runs() else "",
            terms=tuple(self.terms),
            stopped=self.wait is not None,
        )

    def _runs(self) -> bool:
        return not self.lapsed and self.wait is None

    def _look_ahead(self, owed: bool) -> int | None:
        """The due instant of what is not missed, with the stretch that is left until then, or was not needed.

        None where the calendar never opens for that long: a ticket must not be lost because hours were closed under it.
        """
        left = self.duration - self.used
        try:
            due_at = self.calendar.add(self.mark, left)
        except compiled.CalendarHasNoOpening:
            return None
        to_warning = self.quarters - self.used
        if owed and to_warning > 0:
            self.warning_at = self.calendar.add(self.mark, to_warning)
        state = _AHEAD if owed else _SPARED
        self.segments.append(Segment(self.mark, due_at, self.hash, left, state, self.began, _DUE))
        return due_at

    def _state(self) -> State:
        if self.breached_at is not None:
            return _BREACHED
        if self.met_at is not None:
            return _MET
        if self.ended_at is not None:
            return State.ENDED
        return _RUNNING if self.wait is None else State.PAUSED
