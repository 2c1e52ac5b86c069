"""Runs scenarios against their programme: decides, folds the clock, and compares what each scenario names.

The events mean here what they mean in the service: `facts`, `severity`, `freed` and `information-complete` decide again on
the facts of that instant; the clock runs in the customer's zone with its holidays (docs/reference/scenarios.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from palier.core import calendars, coverage, escalation, worktime
from palier.core import clock as clocks
from palier.core.clock import Clock, Event, EventKind, Promised, Regime
from palier.core.coverage import Decision
from palier.core.events import BadEventError
from palier.core.programme import FactValue, OutcomeKind, Programme, Text
from palier.core.regimes import Facts, regime_for
from palier.programme import commands, files, ledger_run, library, phrases, scenario_file, situation
from palier.programme.compared import ABSENT as ABSENT
from palier.programme.compared import Difference as Difference
from palier.programme.problems import Place, Problem, any_errors
from palier.programme.scenario_file import (
    INSTANTS,
    NO_PROMISE,
    CyclesExpected,
    Escalated,
    Expected,
    Happening,
    Scenario,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One scenario as it ran: what it decided, and every difference."""

    name: Text
    place: Place
    clauses: tuple[str, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All scenarios of a file. `unexercised` lists the clauses of the table that no scenario decides by."""

    programme: str
    file: str
    results: tuple[Result, ...]
    problems: tuple[Problem, ...]
    unexercised: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether all could be read and came out as written."""
        return not any_errors(self.problems) and not any(result.differences for result in self.results)


def run_file(programme_path: Path, scenarios_path: Path | None = None) -> Report:
    """Run the scenarios beside a programme file, or in another one. A programme with problems is reported, not run."""
    path = library.scenarios(programme_path) if scenarios_path is None else scenarios_path
    loaded = commands.read(programme_path)
    if loaded.programme is None:
        return _unread(programme_path.stem, programme_path, loaded.problems)
    text, found = files.read_text(path)
    if text is None:
        return _unread(loaded.programme.id, path, found)
    return run(loaded.programme, text, str(path))


def _unread(programme: str, path: Path, found: tuple[Problem, ...]) -> Report:
    return Report(programme=programme, file=str(path), results=(), problems=found, unexercised=())


def run(programme: Programme, text: str, file: str) -> Report:
    """Run the scenarios of a text."""
    read = scenario_file.read(text, file, programme)
    results = tuple(run_one(programme, scenario) for scenario in read.scenarios)
    seen = {clause for result in results for clause in result.clauses}
    return Report(
        programme=programme.id,
        file=file,
        results=results,
        problems=read.problems,
        unexercised=tuple(clause.id for clause in programme.coverage if clause.id not in seen),
    )


def run_one(programme: Programme, scenario: Scenario) -> Result:
    """Run one scenario."""
    story = _Story(programme=programme, scenario=scenario, said=dict(scenario.facts))
    found = list(_decision_differences(scenario.decision, story.decision))
    for granted in scenario.granted:
        found += _compared(granted, phrases.granted(programme, story.decision.facts, granted.what), "granted")
    if scenario.happenings:
        try:
            clock = story.clock()
            found += _clock_differences(scenario, clock)
            found += _escalation_differences(scenario, clock, story)
        except (BadEventError, worktime.CalendarHasNoOpening, worktime.OutOfRange) as err:
            found.append(
                Difference(place=scenario.place, what="events", expected="a sound story", got=str(err))
            )
    if scenario.ledger is not None:
        told = ledger_run.run(
            programme, scenario.ledger, facts=scenario.facts, holidays=scenario.holidays, path="ledger"
        )
        found += told.differences
        story.clauses.update(dict.fromkeys(told.clauses))
    return Result(
        name=scenario.name,
        place=scenario.place,
        clauses=tuple(story.clauses),
        differences=tuple(found),
    )


# --- the story ------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Story:
    """A scenario while it is told: the facts said so far, the decision in force, the events recorded."""

    programme: Programme
    scenario: Scenario
    said: dict[str, FactValue]
    decision: Decision = field(init=False)
    facts: Mapping[str, FactValue] = field(init=False)
    holds: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    clauses: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.decision = self._decide()
        self.facts = self.decision.facts

    def _decide(self) -> Decision:
        """Decide on the facts of now. A hold that an act freed holds no more, whatever the facts still say."""
        completed = coverage.complete(self.programme, self.said)
        balances = self.scenario.balances(self.programme, completed)
        decision = coverage.decide(self.programme, self.said, balances)
        if self.events and not self.holds and decision.outcome is OutcomeKind.HOLD:
            decision = coverage.decide(self.programme, self.said, balances, beyond_gates=True)
        self.clauses |= dict.fromkeys(decision.clauses)
        return decision

    def clock(self) -> Clock:
        """Tell all events and fold the clock."""
        for happening in self.scenario.happenings:
            _TELL.get(happening.event, _Story.plain)(self, happening)
        scenario = self.scenario
        now = scenario.now if scenario.now is not None else scenario.happenings[-1].at
        bind = self.bind()

        def regimes(facts: Facts, override: str | None) -> Regime | None:
            return regime_for(self.programme, facts, bind=bind, override=override)

        return clocks.fold(self.events, regimes, now)

    def bind(self) -> Callable[[str], calendars.AnyCalendar]:
        """From a calendar's id to the calendar, in the scenario's zone and years."""
        scenario = self.scenario
        instants = [happening.at for happening in scenario.happenings]
        instants += [] if scenario.now is None else [scenario.now]
        return situation.binder(self.programme, zone=str(scenario.zone), place=scenario.holidays, at=instants)

    def record(self, kind: EventKind, at: int, *, by: str = "person", **data: object) -> None:
        """Append an event; those of one instant keep the order in which they are told."""
        number = len(self.events)
        self.events.append(Event(id=f"{number:04}", kind=kind, at=at, recorded=at + number, by=by, data=data))

    # --- what each event does

    def submitted(self, happening: Happening) -> None:
        self.holds = set(self.decision.holds)
        self.record(
            EventKind.SUBMITTED,
            happening.at,
            by="customer",
            complete=self.facts.get("information") != "missing",
            holds=self.decision.holds,
            facts=dict(self.facts),
            **self._verdict(),
        )

    def changed(self, happening: Happening) -> None:
        """Facts change, and what follows from them; the table decides again."""
        news = happening.data.get("facts") or {"severity": happening.data["severity"]}
        self.said |= news
        before = self.facts
        self.facts = coverage.complete(self.programme, self.said)
        changed = {name: value for name, value in self.facts.items() if before.get(name) != value}
        self.record(EventKind.FACTS_CHANGED, happening.at, facts=changed)
        self.decide_again(happening.at)

    def completed(self, happening: Happening) -> None:
        """The required information is there: what held for want of it is freed, and the table decides again."""
        self.said["information"] = "complete"
        self.record(EventKind.INFORMATION_COMPLETE, happening.at, by="customer")
        self.facts = coverage.complete(self.programme, self.said)
        still = set(self._decide().holds)
        for hold in sorted(self.holds - still):
            self.free(hold, happening.at)
        self.decide_again(happening.at)

    def freed(self, happening: Happening) -> None:
        self.free(str(happening.data["hold"]), happening.at)
        self.decide_again(happening.at)

    def free(self, hold: str, at: int) -> None:
        self.holds.discard(hold)
        self.record(EventKind.FREED, at, by="system", hold=hold)

    def held(self, happening: Happening) -> None:
        self.holds.add(str(happening.data["hold"]))
        self.record(EventKind.HELD, happening.at, by="system", hold=happening.data["hold"])

    def decide_again(self, at: int) -> None:
        self.decision = self._decide()
        if self.decision.outcome is not OutcomeKind.HOLD:
            self.record(EventKind.DECIDED, at, by="system", **self._verdict())

    def joined(self, happening: Happening) -> None:
        window = (happening.data["from"], happening.data["to"])
        self.record(EventKind.WINDOW_JOINED, happening.at, event="special-event", spans=(window,))

    def plain(self, happening: Happening) -> None:
        """An event that the clock takes as it stands."""
        kind = EventKind.WAIT_STARTED if happening.event == "wait" else EventKind(happening.event)
        by = "customer" if kind in (EventKind.CUSTOMER_WROTE, EventKind.REOPENED) else "person"
        self.record(kind, happening.at, by=by, **happening.data)

    def _verdict(self) -> dict[str, Any]:
        """The decision in force as an event carries it; an offer is chosen once its way is funded."""
        chosen = self.said.get("funding") in ("reserved", "paid")
        targets = {} if self.decision.targets is None else {"targets": self.decision.targets}
        return {"outcome": self.decision.outcome.value, "chosen": chosen, **targets}


_TELL: Mapping[str, Callable[[_Story, Happening], None]] = {
    "submitted": _Story.submitted,
    "facts": _Story.changed,
    "severity": _Story.changed,
    "information-complete": _Story.completed,
    "freed": _Story.freed,
    "held": _Story.held,
    "window-joined": _Story.joined,
}


# --- comparing ------------------------------------------------------------------------------------------


def _decision_differences(expected: Iterable[Expected], decision: Decision) -> Iterator[Difference]:
    got = {
        "outcome": decision.outcome.value,
        "clause": decision.clauses,
        "level": decision.level,
        "ways": tuple(way.way for way in decision.ways),
        "available": tuple(way.way for way in decision.ways if way.available),
    }
    for one in expected:
        yield from _compared(one, got[one.what], "decision")


def _clock_differences(scenario: Scenario, clock: Clock) -> Iterator[Difference]:
    for expected in scenario.clock:
        cycles = [p for p in clock.promises if p.commitment is expected.commitment]
        yield from _cycle_differences(expected, cycles, str(scenario.zone))


def _escalation_differences(scenario: Scenario, clock: Clock, story: _Story) -> Iterator[Difference]:
    expected, programme = scenario.escalated, story.programme
    if expected is None:
        return
    desk = story.bind()(programme.desk_calendar)
    got = tuple(
        Escalated(clause=step.rule.clause, at=step.at, page=step.part is escalation.Part.PAGE)
        for step in escalation.due(programme.escalation, clock, desk)
        if step.at <= clock.now
    )
    if got != expected.steps:
        zone = str(scenario.zone)
        yield Difference(
            place=expected.place,
            what="escalated",
            expected=_steps(expected.steps, zone),
            got=_steps(got, zone),
        )


def _steps(steps: tuple[Escalated, ...], zone: str) -> str:
    """Steps as a scenarios file writes them."""
    written = (
        f"{{clause: {one.clause}, at: {situation.written_instant(one.at, zone)}{', page: true' if one.page else ''}}}"
        for one in steps
    )
    return f"[{', '.join(written)}]"


def _cycle_differences(expected: CyclesExpected, got: list[Promised], zone: str) -> Iterator[Difference]:
    path = f"clock.{expected.commitment.value}"
    if not expected.every:
        yield from _promise_differences(
            expected.cycles[0], got[-1] if got else None, path, expected.place, zone
        )
        return
    if len(got) != len(expected.cycles):
        yield Difference(
            place=expected.place,
            what=f"{path} (cycles)",
            expected=str(len(expected.cycles)),
            got=str(len(got)),
        )
        return
    for number, (named, promised) in enumerate(zip(expected.cycles, got, strict=True), start=1):
        yield from _promise_differences(named, promised, f"{path}[{number}]", expected.place, zone)


def _promise_differences(
    named: tuple[Expected, ...], got: Promised | None, path: str, place: Place, zone: str
) -> Iterator[Difference]:
    if got is None:
        if not any(one.what == "state" and one.value == NO_PROMISE for one in named):
            yield Difference(place=place, what=path, expected="a promise", got=ABSENT)
        return
    values = {
        "due": got.due_at,
        "warning": got.warning_at,
        "met_at": got.met_at,
        "breached_at": got.breached_at,
        "used": got.used,
        "left": got.left,
        "state": got.state.value,
    }
    for one in named:
        yield from _compared(one, values[one.what], path, zone)


def _compared(expected: Expected, got: object, path: str, zone: str = "UTC") -> Iterator[Difference]:
    if expected.value != got:
        yield Difference(
            place=expected.place,
            what=f"{path}.{expected.what}",
            expected=_shown(expected.what, expected.value, zone),
            got=_shown(expected.what, got, zone),
        )


def _shown(what: str, value: object, zone: str) -> str:
    """A value as a scenarios file writes it."""
    if value is None:
        return ABSENT
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, int) and what in INSTANTS:
        return situation.written_instant(value, zone)
    if isinstance(value, int) and what in scenario_file.TIMES:
        return situation.written_duration(value)
    return str(value)
