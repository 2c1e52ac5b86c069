"""Laws of the clock, over stories told at random, and against a walk minute by minute."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.clock_story import (
    ALWAYS,
    FIRST,
    HOUR,
    MINUTE,
    PARIS,
    RESOLUTION,
    UPDATE,
    WORKAROUND,
    Story,
    always,
    check_proof,
    instant,
    regime,
    weekdays,
    working_hours,
)

from palier.core import calendars, clock, records
from palier.core.clock import Clock, Event, EventKind, Promised, Regime, State
from palier.core.programme import FactValue, Relief

BEGIN = instant("2026-07-09 06:00")
SPAN = 12 * 24 * 60
"""Minutes over which the stories are told: two weekends."""

ZONES = (PARIS, "America/Toronto", "Asia/Kathmandu")
HOURS = {
    "1": {FIRST: 1.0, UPDATE: 2.0, WORKAROUND: 6.0, RESOLUTION: 40.0},
    "2": {FIRST: 4.0, UPDATE: 8.0, WORKAROUND: 12.0, RESOLUTION: 20.0},
    "3": {FIRST: 8.0, UPDATE: 16.0, RESOLUTION: 24.0},
    "4": {FIRST: 16.0},
}


def chosen(facts: clock.regimes.Facts, override: str | None) -> Regime | None:  # type: ignore[name-defined]
    """Severity 1 is round the clock until relieved, 2 runs on weekdays, the others in working hours."""
    severity, zone = str(facts["severity"]), str(facts.get("zone", PARIS))
    ordinary = regime(HOURS[severity], calendar=working_hours(zone), floor=4)
    if override == "expert":
        return regime({RESOLUTION: 30}, calendar=working_hours(zone), name="expert")
    if severity == "1":
        until = frozenset({Relief.OPERATIONAL})
        return regime(HOURS["1"], calendar=ALWAYS, until=until, ordinary=ordinary, floor=4, name="critical")
    if severity == "2":
        return regime(HOURS["2"], calendar=weekdays(zone), floor=4)
    return ordinary


def _facts(name: str, *values: str) -> st.SearchStrategy[dict[str, object]]:
    return st.sampled_from(values).map(lambda value: {"facts": {name: value}})


WHAT = st.one_of(
    st.tuples(st.just(EventKind.ANSWERED), st.just({})),
    st.tuples(st.just(EventKind.CUSTOMER_WROTE), st.just({})),
    st.tuples(
        st.just(EventKind.WAIT_STARTED),
        st.sampled_from(["customer", "patch", "manufacturer"]).map(lambda w: {"wait": w}),
    ),
    st.tuples(st.just(EventKind.RESUMED), st.just({})),
    st.tuples(st.just(EventKind.FACTS_CHANGED), _facts("severity", "1", "2", "3", "4")),
    st.tuples(st.just(EventKind.FACTS_CHANGED), _facts("zone", *ZONES)),
    st.tuples(
        st.just(EventKind.DECIDED),
        st.sampled_from(
            [
                {"outcome": "cover"},
                {"outcome": "offer"},
                {"outcome": "exclude"},
                {"outcome": "cover", "targets": "expert"},
            ]
        ),
    ),
    st.tuples(st.just(EventKind.WORKAROUND_GIVEN), st.just({})),
    st.tuples(st.just(EventKind.RELIEVED), st.just({"relief": "operational"})),
    st.tuples(st.just(EventKind.RELIEF_REVOKED), st.just({})),
    st.tuples(st.just(EventKind.INFORMATION_MISSING), st.just({})),
    st.tuples(st.just(EventKind.INFORMATION_COMPLETE), st.just({})),
    st.tuples(
        st.just(EventKind.WINDOW_JOINED),
        st.just({"event": "go-live", "spans": [(BEGIN + 2 * 24 * HOUR, BEGIN + 3 * 24 * HOUR)]}),
    ),
    st.tuples(st.just(EventKind.RESOLVED), st.just({})),
    st.tuples(st.just(EventKind.REOPENED), st.just({})),
    st.tuples(st.just(EventKind.CLOSED), st.just({})),
)
BY = {EventKind.CUSTOMER_WROTE: "customer", EventKind.REOPENED: "customer"}


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """A submission and up to 14 more events, on whole minutes."""
    severity = draw(st.sampled_from("1234"))
    first = {"complete": True, "holds": [], "outcome": "cover", "facts": {"severity": severity}}
    told = [(0, EventKind.SUBMITTED, first)]
    for _ in range(draw(st.integers(0, 14))):
        kind, data = draw(WHAT)
        told.append((draw(st.integers(0, SPAN)), kind, data))
    return [
        Event(
            id=f"e{number:02}",
            kind=kind,
            at=BEGIN + minute * MINUTE,
            recorded=BEGIN + minute * MINUTE,
            by=BY.get(kind, "person"),
            data=data,
        )
        for number, (minute, kind, data) in enumerate(told)
    ]


MOMENTS = st.integers(0, SPAN).map(lambda minute: BEGIN + minute * MINUTE)


def at(events: list[Event], now: int) -> Clock:
    return clock.fold(events, chosen, now)


@given(stories(), MOMENTS)
@settings(deadline=None)
def test_the_proof_sums_to_the_time_used_and_with_the_rest_to_the_duration(
    events: list[Event], now: int
) -> None:
    for promised in at(events, now).promises:
        check_proof(promised)
        assert all(segment.calendar in at(events, now).calendars for segment in promised.segments)
        if promised.state in (State.RUNNING, State.PAUSED):
            assert promised.used + promised.left == promised.duration
        if promised.state is State.RUNNING:
            assert promised.due_at is not None
            assert promised.due_at > now


@given(stories(), MOMENTS, MOMENTS)
@settings(deadline=None)
def test_what_was_met_or_missed_before_an_instant_is_moved_by_nothing_later(
    events: list[Event], one: int, other: int
) -> None:
    now, later = sorted((one, other))
    before, after = at(events, now), at(events, later)
    assert len(after.promises) >= len(before.promises)
    for was, is_ in zip(before.promises, after.promises, strict=False):
        assert (was.commitment, was.cycle, was.started_at) == (is_.commitment, is_.cycle, is_.started_at)
        if was.breached_at is not None or was.met_at is not None:
            assert (was.breached_at, was.met_at) == (is_.breached_at, is_.met_at)
    known = {(p.commitment, p.cycle) for p in before.promises if p.breached_at is not None}
    assert known == {
        (p.commitment, p.cycle) for p in after.promises if p.breached_at is not None and p.breached_at <= now
    }


@given(stories(), MOMENTS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_fold_is_the_same_in_whatever_order_events_are_read(
    events: list[Event], now: int, chance: random.Random
) -> None:
    shuffled = [*events]
    chance.shuffle(shuffled)
    assert at(shuffled, now) == at(events, now) == at(events, now)


IRRELEVANT = st.sampled_from(
    [
        (EventKind.FACTS_CHANGED, "person", {"facts": {"product": "other"}}),
        (EventKind.ANSWERED, "system", {}),
        (EventKind.CUSTOMER_WROTE, "system", {}),
        (EventKind.HELD, "system", {"hold": "payment"}),
        (EventKind.WITHDRAWN, "system", {"event": "nobody"}),
    ]
)


@given(stories(), MOMENTS, MOMENTS, IRRELEVANT)
@settings(deadline=None)
def test_an_irrelevant_event_changes_nothing(
    events: list[Event], now: int, when: int, what: tuple[EventKind, str, dict[str, object]]
) -> None:
    kind, by, data = what
    when += MINUTE // 2
    more = Event(id="x", kind=kind, at=when, recorded=when, by=by, data=data)
    with_it, without = at([*events, more], now), at(events, now)
    assert replace(with_it, facts={}, held=()) == replace(without, facts={}, held=())


@given(stories(), MOMENTS, st.integers(1, 14))
@settings(deadline=None)
def test_a_withdrawn_event_never_was(events: list[Event], now: int, number: int) -> None:
    name = f"e{number:02}"
    back = Event(id="z", kind=EventKind.WITHDRAWN, at=BEGIN, recorded=now, by="person", data={"event": name})
    assert at([*events, back], now) == at([event for event in events if event.id != name], now)


PRESSED = st.lists(
    st.sampled_from(
        [
            (EventKind.WORKAROUND_GIVEN, {}),
            (EventKind.WAIT_STARTED, {"wait": "customer"}),
            (EventKind.RELIEVED, {"relief": "operational"}),
            (EventKind.RESOLVED, {}),
        ]
    ),
    max_size=3,
)


@given(stories(), MOMENTS, MOMENTS, st.integers(0, 9_999_999), PRESSED)
@settings(deadline=None)
def test_an_answer_taken_back_never_was(
    events: list[Event],
    now: int,
    when: int,
    after: int,
    did: list[tuple[EventKind, dict[str, object]]],
) -> None:
    """Whatever else happened, and whatever the same press did: waits, relief, a workaround, the resolution."""
    press = [
        Event(id=f"p{n}", kind=kind, at=when, recorded=when, by="person", data={**data, "press": "m1"})
        for n, (kind, data) in enumerate([(EventKind.ANSWERED, {}), *did])
    ]
    back = Event(
        id="z",
        kind=EventKind.ANSWER_WITHDRAWN,
        at=when + after,
        recorded=when + after,
        by="person",
        data={"press": "m1"},
    )
    assert at([*events, *press, back], now) == at(events, now)


@given(stories(), MOMENTS, MOMENTS)
@settings(deadline=None)
def test_taking_back_one_answer_leaves_the_others(events: list[Event], now: int, when: int) -> None:
    def press(name: str) -> Event:
        return Event(
            id=name, kind=EventKind.ANSWERED, at=when, recorded=when, by="person", data={"press": name}
        )

    back = Event(
        id="z", kind=EventKind.ANSWER_WITHDRAWN, at=when, recorded=when, by="person", data={"press": "m1"}
    )
    assert at([*events, press("m1"), press("m2"), back], now) == at([*events, press("m2")], now)
    undone = Event(
        id="zz", kind=EventKind.WITHDRAWN, at=when + 1, recorded=when + 1, by="person", data={"event": "z"}
    )
    assert at([*events, press("m1"), back, undone], now) == at([*events, press("m1")], now)


@given(stories(), MOMENTS)
@settings(deadline=None)
def test_time_alone_changes_nothing_before_the_next_check(events: list[Event], now: int) -> None:
    """From one event to the next, states stay what they are until `next_check_at`, and change there or a warning falls."""
    found = at(events, now)
    following = min((event.at for event in events if event.at > now), default=now + 30 * 24 * HOUR)
    check = following if found.next_check_at is None else min(found.next_check_at, following)
    before = at(events, check - 1)
    assert [(p.state, p.due_at) for p in before.promises] == [(p.state, p.due_at) for p in found.promises]
    if found.next_check_at is not None and found.next_check_at < following:
        then = at(events, found.next_check_at)
        assert any(found.next_check_at in (p.warning_at, p.breached_at) for p in then.promises)


# --- pauses ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 3 * 24 * 60), st.integers(0, 14 * 60), st.integers(0, 14 * 60), st.integers(1, 60))
def test_a_pause_in_closed_time_moves_nothing(minute: int, one: int, other: int, hours: int) -> None:
    """Closed from Friday 18:00 to Monday 09:00 and each night from 18:00 to 09:00: a pause within one night."""
    start = BEGIN + minute * MINUTE
    begins, ends = sorted((one, other))
    night = instant("2026-07-13 18:00")
    plain = Story(always(regime({RESOLUTION: hours}))).submitted(start)
    pausing = Story(always(regime({RESOLUTION: hours}))).submitted(start)
    pausing.waits(night + begins * MINUTE).wrote(night + ends * MINUTE)
    now = "2026-07-14 12:00"
    one_, two = plain.promise(RESOLUTION, now), pausing.promise(RESOLUTION, now)
    same = ("state", "due_at", "breached_at", "used", "left", "warning_at", "duration")
    assert [getattr(one_, name) for name in same] == [getattr(two, name) for name in same]


@given(st.integers(0, 4 * 24 * 60), st.lists(st.integers(0, 9 * 24 * 60), max_size=6), st.integers(1, 30))
@settings(deadline=None)
def test_the_warning_falls_when_three_quarters_are_used(minute: int, cuts: list[int], hours: int) -> None:
    story = Story(always(regime({RESOLUTION: hours}))).submitted(BEGIN + minute * MINUTE)
    for number, cut in enumerate(sorted(cuts)):
        when = BEGIN + (minute + cut) * MINUTE
        story.wrote(when) if number % 2 else story.waits(when)
    end = BEGIN + (minute + 40 * 24 * 60) * MINUTE
    found = story.promise(RESOLUTION, end)
    if found.warning_at is not None:
        then, before = (
            story.promise(RESOLUTION, found.warning_at),
            story.promise(RESOLUTION, found.warning_at - 1),
        )
        assert then.used == found.duration * 3 // 4
        assert before.used < then.used
    else:
        assert found.used < found.duration * 3 // 4


# --- against a walk, minute by minute ----------------------------------------------------------------------------

WALKED = {
    "2": (6, working_hours(PARIS)),
    "3": (11, working_hours("America/Toronto")),
    "4": (30, ALWAYS),
}
"""Hours of resolution and calendar by severity."""

STEPS = st.lists(
    st.tuples(
        st.integers(1, 6 * 24 * 60),
        st.one_of(
            st.tuples(st.just("severity"), st.sampled_from(sorted(WALKED))),
            st.tuples(st.just("wait"), st.just("customer")),
            st.tuples(st.just("resume"), st.just("")),
        ),
    ),
    max_size=8,
)


def walk(severity: str, steps: list[tuple[int, tuple[str, str]]], minutes: int) -> tuple[int, int | None]:
    """(minutes used, minute of the breach) by looking at every single minute."""
    used, breached, waiting = 0, None, False
    hours, calendar = WALKED[severity]
    compiled = calendars.compile(calendar)
    for minute in range(minutes + 1):
        if breached is None and used >= hours * 60:
            breached = minute
        for _, (what, value) in (step for step in steps if step[0] == minute):
            if what == "severity" and breached is None:
                hours, calendar = WALKED[value]
                compiled = calendars.compile(calendar)
            elif what != "severity":
                waiting = what == "wait"
        if breached is None and used >= hours * 60:
            breached = minute
        if minute < minutes and not waiting and compiled.is_open(BEGIN + minute * MINUTE):
            used += 1
    return used, breached


@given(st.sampled_from(sorted(WALKED)), STEPS)
@settings(deadline=None, max_examples=60)
def test_the_fold_agrees_with_a_walk_minute_by_minute(
    severity: str, steps: list[tuple[int, tuple[str, str]]]
) -> None:
    def by_severity(facts: dict[str, FactValue], _override: str | None) -> Regime:
        hours, calendar = WALKED[str(facts["severity"])]
        return regime({RESOLUTION: hours}, calendar=calendar)

    steps = sorted(dict(steps).items())
    story = Story(by_severity).submitted(BEGIN, facts={"severity": severity})  # type: ignore[arg-type]
    for minute, (what, value) in steps:
        when = BEGIN + minute * MINUTE
        if what == "severity":
            story.facts(when, severity=value)
        elif what == "wait":
            story.waits(when)
        else:
            story.add(EventKind.RESUMED, when)
    minutes = 7 * 24 * 60
    found: Promised = story.promise(RESOLUTION, BEGIN + minutes * MINUTE)
    used, breached = walk(severity, steps, minutes)
    assert found.used == used * MINUTE
    assert found.breached_at == (None if breached is None else BEGIN + breached * MINUTE)


# --- what is recorded -------------------------------------------------------------------------------------------


def write(history: list[records.Recorded], found: tuple[records.ToRecord, ...]) -> None:
    """Appends what is to be recorded, as a worker does."""
    for entry in found:
        name = f"r{len(history):03}"
        history.append(records.Recorded(id=name, kind=entry.kind, commitment=entry.commitment, at=entry.at))


@given(stories(), st.lists(MOMENTS, min_size=1, max_size=4), st.sets(st.integers(1, 14)))
@settings(deadline=None)
def test_recording_is_idempotent_and_leaves_just_the_breaches_of_the_clock(
    events: list[Event], moments: list[int], late: set[int]
) -> None:
    """A worker looks at several moments; some events reached us in time and are recorded only before its last look."""
    history: list[records.Recorded] = []
    prompt = [event for number, event in enumerate(events) if number not in late]
    *looks, last = sorted(moments)
    for now, known in [*((now, prompt) for now in looks), (last, events)]:
        found = at(known, now)
        due = records.to_record(found, history)
        keys = [(entry.kind, entry.commitment, entry.at, entry.turn) for entry in due]
        assert len(set(keys)) == len(keys)
        assert all(entry.at <= now for entry in due)
        write(history, due)
        assert records.to_record(found, history) == ()
    standing = [(r.commitment, r.at) for r in history if r.kind is records.RecordKind.BREACHED]
    for entry in history:
        if entry.kind is records.RecordKind.BREACH_WITHDRAWN:
            standing.remove((entry.commitment, entry.at))
    breached = [(p.commitment, p.breached_at) for p in found.promises if p.breached_at is not None]
    assert sorted(standing) == sorted(breached)
