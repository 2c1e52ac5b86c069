"""One promise on a clock: how much of its time is used, when it is due, and the proof of both.

A `Run` is the account of one cycle of one commitment while a ticket's events are folded: it is cut wherever something
changes, and each cut leaves a `Segment`. `Promised` is what it comes to. Instants and durations are whole microseconds.
Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from palier.core import calendars
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Where one cycle of one commitment stands.

    `due_at` and `warning_at` are None while it is paused (the warning stays once reached). `met_at` is the act in time,
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

    @property
    def owed(self) -> bool:
        """Whether the vendor still has to act on it: running, paused, or missed and not made good."""
        return self.done_at is None and self.ended_at is None


class Run:
    """The account of one cycle of one commitment, moved forward through the events of its ticket.

    Every method takes the instant `at` of the event, and instants never go back. What is due by then is breached, dated
    at the due instant, before anything else is looked at: met means strictly before.
    """

    __slots__ = (
        "allotment", "began", "breached_at", "calendar", "carried", "commitment", "cycle", "done_at", "due_at",
        "duration", "ended_at", "floor", "lapsed", "mark", "met_at", "segments", "started_at", "used", "wait",
        "warning_at",
    )  # fmt: skip

    def __init__(
        self, *, allotment: Allotment, cycle: int, at: int, because: Because, carried: int = 0, floor: int = 0
    ) -> None:
        """Starts the account at `at`. A reopened one carries the time used before, and has at least `floor`."""
        self.commitment, self.cycle, self.started_at = allotment.commitment, cycle, at
        self.carried, self.floor = carried, floor
        self.used, self.mark, self.began = 0, at, because
        self.segments: list[Segment] = []
        self.wait: Wait | None = None
        self.lapsed = False
        self.due_at: int | None = None
        self.warning_at: int | None = None
        self.met_at: int | None = None
        self.breached_at: int | None = None
        self.done_at: int | None = None
        self.ended_at: int | None = None
        self._take(allotment)
        self._set_off(at, because)

    # --- questions

    @property
    def owed(self) -> bool:
        """Whether it still waits for the vendor's act."""
        return self.done_at is None and self.ended_at is None

    @property
    def _moving(self) -> bool:
        return self.wait is None and not self.lapsed

    @property
    def changeable(self) -> bool:
        """Whether new terms can still move it (or, where its targets went, take it up again)."""
        return self.owed or self.lapsed

    def _due_by(self, at: int) -> bool:
        return self.due_at is not None and self.due_at <= at

    # --- what can happen to it

    def done(self, at: int, because: Because) -> None:
        """The act came: in time if strictly before the due instant."""
        self.lapsed = False
        if not self.owed:
            return
        self._cut(at, because)
        self.done_at, self.began = at, because
        if self.breached_at is None:
            self.met_at = at

    def end(self, at: int, because: Because) -> None:
        """It ends as it stands, without the act."""
        self.lapsed = False
        if self.owed:
            self._cut(at, because)
            self.ended_at, self.began = at, because

    def pause(self, at: int, wait: Wait) -> None:
        """Time stops counting while `wait` lasts; a breach stays a breach."""
        if not self.owed or self.wait is wait:
            return
        self._cut(at, Because.WAITING)
        self.wait, self.began = wait, Because.WAITING
        self._forget_what_is_ahead(at)

    def resume(self, at: int, because: Because) -> None:
        """What was left at the pause runs on."""
        if not self.owed or self.wait is None:
            return
        self._cut(at, because)
        self.wait = None
        self._set_off(at, because)

    def retime(self, at: int, allotment: Allotment, because: Because) -> None:
        """New terms from `at` on: time used stays used, at least nothing is left. A breach keeps its terms for good."""
        if self.lapsed:
            self._cut(at, because)
            self.lapsed, self.ended_at = False, None
        elif (
            not self.owed or self.breached_at is not None or self._due_by(at) or not self._differs(allotment)
        ):
            return
        else:
            self._cut(at, because)
        self._take(allotment)
        if self.used >= self.duration:
            self.breached_at = self.due_at = at
            self._forget_what_is_ahead(at)
        self._set_off(at, because)

    def lapse(self, at: int, because: Because) -> None:
        """The targets now in force do not promise it: it ends, and runs on should they promise it again."""
        if self.owed and self.breached_at is None and not self._due_by(at):
            self.end(at, because)
            self.lapsed = True
            self._forget_what_is_ahead(at)

    # --- how it is kept

    def _take(self, allotment: Allotment) -> None:
        self.allotment = allotment
        self.calendar = calendars.compile(allotment.calendar)
        self.duration = max(allotment.duration - self.carried, self.floor)

    def _differs(self, allotment: Allotment) -> bool:
        """Whether these terms move anything; if not, they are taken over as they are, without a cut."""
        before = self.allotment
        if before.duration == allotment.duration and before.calendar.hash == allotment.calendar.hash:
            self.allotment = allotment
            return False
        return True

    def _set_off(self, at: int, because: Because) -> None:
        """A stretch begins in which time counts: when it is due, and when three quarters are used."""
        self.began = because
        if self.breached_at is not None:
            return
        moving = self._moving
        if moving:
            self.due_at = self.calendar.add(at, self.duration - self.used)
        quarters = self.duration * 3 // 4
        if self.used < quarters:
            self.warning_at = self.calendar.add(at, quarters - self.used) if moving else None
        elif self.warning_at is None or self.warning_at > at:
            self.warning_at = at

    def _forget_what_is_ahead(self, at: int) -> None:
        if self.breached_at is None:
            self.due_at = None
        if self.warning_at is not None and self.warning_at > at:
            self.warning_at = None

    def _cut(self, at: int, because: Because) -> None:
        """Closes the stretch since the last cut, as one segment, or two where the due instant lies within."""
        if not self._moving:
            self._append(at, 0, Counting.PAUSED, because)
        elif self.breached_at is not None:
            self._append(at, self.calendar.elapsed(self.mark, at), Counting.OVER, because)
        elif self.due_at is not None and self.due_at <= at:
            self._append(self.due_at, self.duration - self.used, Counting.COUNTED, Because.DUE)
            self.breached_at, self.began = self.due_at, Because.DUE
            self._append(at, self.calendar.elapsed(self.mark, at), Counting.OVER, because)
        else:
            self._append(at, self.calendar.elapsed(self.mark, at), Counting.COUNTED, because)

    def _append(self, end: int, counted: int, state: Counting, because: Because) -> None:
        if end > self.mark:
            self.segments.append(self._segment(self.mark, end, counted, state, self.began, because))
        self.used += counted
        self.mark = end

    def _segment(
        self, start: int, end: int, counted: int, state: Counting, began: Because, ended: Because
    ) -> Segment:
        return Segment(
            start=start,
            end=end,
            calendar=self.calendar.hash,
            counted=counted,
            state=state,
            began=began,
            ended=ended,
            wait=self.wait if state is Counting.PAUSED and not self.lapsed else None,
        )

    # --- what it comes to

    def promised(self, now: int) -> Promised:
        """Where it stands at `now`. The account is closed by this and not used again."""
        if self.owed:
            self._cut(now, Because.NOW)
        if self.due_at is not None and self.breached_at is None:
            self._look_ahead(self.due_at)
        return Promised(
            commitment=self.commitment,
            cycle=self.cycle,
            clause=self.allotment.clause,
            binding=self.allotment.binding,
            state=self._state(),
            started_at=self.started_at,
            duration=self.duration,
            due_at=self.due_at,
            warning_at=self._warning(),
            met_at=self.met_at,
            breached_at=self.breached_at,
            done_at=self.done_at,
            ended_at=self.ended_at,
            used=self.used,
            left=max(0, self.duration - self.used),
            provisional=self.owed and self.due_at is not None and self.calendar.is_provisional(self.due_at),
            segments=tuple(self.segments),
        )

    def _state(self) -> State:
        if self.breached_at is not None:
            return State.BREACHED
        if self.met_at is not None:
            return State.MET
        if self.ended_at is not None:
            return State.ENDED
        return State.RUNNING if self.wait is None else State.PAUSED

    def _look_ahead(self, due_at: int) -> None:
        state, began = (Counting.AHEAD, Because.NOW) if self.owed else (Counting.SPARED, self.began)
        left = self.duration - self.used
        self.segments.append(self._segment(self.mark, due_at, left, state, began, Because.DUE))

    def _warning(self) -> int | None:
        """The warning, unless the act or the end came first, or the breach came no later."""
        if self.warning_at is None or (self.breached_at is not None and self.warning_at >= self.breached_at):
            return None
        over_at = self.done_at if self.done_at is not None else self.ended_at
        return None if over_at is not None and self.warning_at > over_at else self.warning_at
