"""A ticket while its events are folded: on what terms its promises run, and what each step does to all of them.

The clock (`palier.core.clock`) walks the events and hands each to its handler; the handlers move this state. Instants and
durations are whole microseconds. Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palier.core import calendars, promises, regimes, spans
from palier.core.programme import Commitment, FactValue, Wait
from palier.core.promises import Because
from palier.core.regimes import Allotment, Regime, Regimes

_COMMITMENTS = tuple(Commitment)
_FIRST_RESPONSE, _NEXT_UPDATE = Commitment.FIRST_RESPONSE, Commitment.NEXT_UPDATE
_RESOLUTION = Commitment.RESOLUTION


@dataclass(slots=True)
class Ticket:
    """What the fold knows of the ticket so far, and what can happen to its promises at the instant `at`."""

    regimes: Regimes
    at: int = 0
    unsettled: Because | None = None
    submitted: bool = False
    complete: bool = False
    holds: dict[str, None] = field(default_factory=dict)
    accepted: bool = False
    override: str | None = None
    facts: dict[str, FactValue] = field(default_factory=dict)
    windows: spans.Spans = ()
    relieved: bool = False
    kept_severity: FactValue | None = None
    choice_awaited: bool = False
    waiting: Wait | None = None
    started_at: int | None = None
    acted: set[Commitment] = field(default_factory=set)
    """What was done since the start, promised then or not."""
    resolved_at: int | None = None
    closed_at: int | None = None
    regime: Regime | None = None
    runs: list[promises.Run] = field(default_factory=list)
    current: dict[Commitment, promises.Run] = field(default_factory=dict)
    """The runs that can still change: those owed, and those whose targets went."""
    cycles: dict[Commitment, int] = field(default_factory=dict)
    """How many cycles of each commitment have begun."""
    calendars: dict[str, calendars.AnyCalendar] = field(default_factory=dict)
    known: list[tuple[int, Mapping[str, FactValue]]] = field(default_factory=list)
    """The facts as they were from each instant on at which they changed."""

    # --- the instant

    def change(self, because: Because) -> None:
        """The terms change at this instant; the first reason given is the one that the proof names."""
        if self.unsettled is None:
            self.unsettled = because

    def settle(self) -> None:
        """The terms of this instant are all known: starts the clock if it can, else puts it on the new terms."""
        because, self.unsettled = self.unsettled, None
        if because is None:
            return
        if not self.known or self.known[-1][1] != self.facts:
            self.known.append((self.at, dict(self.facts)))
        if not self.open:
            return
        if self.started_at is None:
            self._start_if_ready()
        else:
            self._await_choice()
            self._retarget(because)
        self._repause(because)

    @property
    def open(self) -> bool:
        """Whether the ticket is neither resolved nor closed."""
        return self.resolved_at is None and self.closed_at is None

    @property
    def running(self) -> bool:
        """Whether the clock started and the ticket is open."""
        return self.started_at is not None and self.resolved_at is None and self.closed_at is None

    # --- starting

    def _start_if_ready(self) -> None:
        if self.submitted and self.complete and not self.holds and self.accepted:
            self.started_at = self.at
            self._await_choice()
            self._retarget(Because.STARTED)

    def _await_choice(self) -> None:
        """An offer waits for the customer's choice, as consent, from the start or from the decision that makes it."""
        if self.choice_awaited:
            self.waiting, self.choice_awaited = Wait.CONSENT, False

    # --- terms

    def _in_force(self) -> Regime | None:
        """The regime for the facts as they are now: the ordinary one once a round-the-clock one is relieved."""
        regime = self.base_regime()
        if regime is None or not regime.until:
            self.relieved = False
        elif self.relieved:
            regime = regime.ordinary
        return None if regime is None else regimes.with_windows(regime, self.windows)

    def base_regime(self) -> Regime | None:
        """What the facts ask for, relieved or not."""
        if self.kept_severity is None or self.relieved:
            return self.regimes(self.facts, self.override)
        return self.regimes({**self.facts, "severity": self.kept_severity}, self.override)

    def _retarget(self, because: Because) -> None:
        """Puts every promise on the regime now in force; begins those it adds and ends those it lacks."""
        before, self.regime = self.regime, self._in_force()
        if before is self.regime:
            return
        allotments = self.regime.allotments if self.regime is not None else {}
        for allotment in allotments.values():
            self.calendars[allotment.calendar.hash] = allotment.calendar
        for commitment in _COMMITMENTS:
            promised, run = allotments.get(commitment), self.current.get(commitment)
            if run is not None:
                if promised is None:
                    run.lapse(self.at, because)
                else:
                    run.retime(self.at, promised, because)
            elif promised is not None and self._to_do(commitment):
                self._begin(promised, because)

    def _to_do(self, commitment: Commitment) -> bool:
        """Whether a commitment that the targets newly promise still waits for its act."""
        if commitment is _NEXT_UPDATE:
            return _FIRST_RESPONSE in self.acted
        return commitment not in self.acted

    def _begin(self, allotment: Allotment, because: Because) -> None:
        """A new cycle, paused from its start where the standing wait pauses it."""
        commitment = allotment.commitment
        cycle = self.cycles.get(commitment, 0) + 1
        carried, floor = self._memory(commitment) if cycle > 1 else (0, 0)
        if cycle > 1 and max(allotment.duration - carried, floor) <= 0:
            return
        run = promises.Run(
            allotment=allotment, cycle=cycle, at=self.at, because=because, carried=carried, floor=floor
        )
        if self.waiting is not None and self.waiting in self._pause().get(commitment, ()):
            run.hold(self.at, self.waiting, because)
        self.cycles[commitment] = cycle
        self.runs.append(run)
        self.current[commitment] = run

    def _memory(self, commitment: Commitment) -> tuple[int, int]:
        """Only a resolution has one: reopened, it has what its earlier cycles left, but at least the floor."""
        if commitment is not _RESOLUTION:
            return 0, 0
        carried = sum(run.used for run in self.runs if run.commitment is commitment)
        return carried, self._floor()

    def _floor(self) -> int:
        reopening = self.regime.reopening if self.regime is not None else None
        return 0 if reopening is None else reopening.floor

    def _repause(self, because: Because) -> None:
        """Stops what the standing wait pauses under the regime in force, and lets run what it does not."""
        waiting, pause = self.waiting, self._pause()
        for commitment, run in self.current.items():
            wait = waiting if waiting in pause.get(commitment, ()) else None
            if run.wait is not wait:
                run.hold(self.at, wait, because)

    def _pause(self) -> Mapping[Commitment, frozenset[Wait]]:
        return {} if self.regime is None else self.regime.pause

    def wait_for(self, wait: Wait | None, because: Because) -> None:
        """One wait at a time: this one from now on, or none."""
        self.waiting = wait
        if self.running:
            self._repause(because)

    # --- acts

    def done(self, commitment: Commitment, because: Because) -> None:
        """The vendor did what it promised, in time or late."""
        if not self.running:
            return
        self.acted.add(commitment)
        run = self.current.pop(commitment, None)
        if run is not None:
            run.done(self.at, because)

    def next_cycle(self, because: Because) -> None:
        """The communication interval starts anew, in full."""
        self.done(_NEXT_UPDATE, because)
        allotment = None if self.regime is None else self.regime.allotments.get(_NEXT_UPDATE)
        if allotment is not None:
            self._begin(allotment, because)

    def end(self, because: Because) -> None:
        """Whatever still runs ends as it stands."""
        for run in self.current.values():
            run.end(self.at, because)
        self.current.clear()
        self.waiting = None

    def reopen(self) -> None:
        """What a reopened ticket is promised: the rest of its resolution and a full interval, no first response."""
        self.acted |= {_FIRST_RESPONSE, *self.cycles}
        self.acted.discard(_RESOLUTION)
        self.regime = None
