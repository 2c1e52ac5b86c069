"""Escalations: the instants at which rules fall due on the way of a promise, and what moves them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.clock_story import (
    ALWAYS,
    FIRST,
    HOUR,
    RESOLUTION,
    UPDATE,
    WORKAROUND,
    Story,
    always,
    instant,
    local,
    northern,
    regime,
    working_hours,
)
from tests.core.test_clock_laws import BEGIN, MOMENTS, SPAN, at, chosen, stories

from palier.core import calendars, clock, escalation
from palier.core.clock import Clock, Event, EventKind
from palier.core.escalation import Part, Step, Taken
from palier.core.programme import Commitment, Condition, Escalation, Moment, Point, Relief, Text, Wait

DESK = working_hours("Europe/Paris")
EIGHT = always(regime({FIRST: 8}))
SUBMITTED = "2026-07-09 14:00"
"""A Thursday: 8 h are due on Friday at 13:00, three quarters of them at 11:00."""


def moment(words: str) -> Moment:
    """`start`, `due`, `75 %`, `2h before`, `1h after`."""
    if words in ("start", "due"):
        return Moment(point=Point(words))
    if words.endswith("%"):
        return Moment(point=Point.SHARE, percent=int(words.removesuffix(" %")))
    hours, side = words.split("h ")
    return Moment(point=Point(side), time=int(hours) * HOUR)


def rule(
    when: str,
    *,
    on: Commitment = FIRST,
    clause: str = "E1",
    severity: str | None = None,
    page: bool = False,
    notify: tuple[str, ...] = ("assignee",),
) -> Escalation:
    conditions = () if severity is None else ((Condition(fact="severity", values=(severity,)),),)
    return Escalation(
        clause=clause,
        when=conditions,
        on=on,
        at=moment(when),
        text=Text(values={"en": "We watch."}),
        notify=notify,
        page=page,
    )


def due(rules: Escalation | Iterable[Escalation], found: Clock) -> tuple[Step, ...]:
    given_rules = (rules,) if isinstance(rules, Escalation) else tuple(rules)
    return escalation.due(given_rules, found, DESK)


def instants(rules: Escalation | Iterable[Escalation], found: Clock) -> list[str | None]:
    return [local(step.at) for step in due(rules, found)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("start", "2026-07-09 14:00"),
        ("25 %", "2026-07-09 16:00"),
        ("50 %", "2026-07-09 18:00"),
        ("75 %", "2026-07-10 11:00"),
        ("2h before", "2026-07-10 11:00"),
        ("20h before", "2026-07-09 14:00"),
        ("due", "2026-07-10 13:00"),
        ("1h after", "2026-07-10 14:00"),
        ("9h after", "2026-07-13 13:00"),
    ],
)
def test_a_rule_falls_due_in_the_business_time_of_its_commitment(when: str, expected: str) -> None:
    story = Story(EIGHT).submitted(SUBMITTED)
    for now in (SUBMITTED, "2026-07-10 10:00", "2026-07-10 13:00", "2026-07-20 09:00"):
        assert instants(rule(when), story.at(now)) == [expected]


@pytest.mark.parametrize("when", ["start", "75 %", "2h before", "due", "1h after"])
def test_what_was_met_before_never_comes(when: str) -> None:
    story = Story(EIGHT).submitted(SUBMITTED).answered(SUBMITTED)
    assert due(rule(when), story.at("2026-07-20 09:00")) == ()


def until(last: date) -> calendars.Calendar:
    """Hours that end for good: some days of July 2026, and never again."""
    week = calendars.Week(((),) * 7)
    days = calendars.DatedSpan(first=date(2026, 7, 6), last=last, start_s=9 * 3600, end_s=18 * 3600)
    return calendars.Calendar(name="July", zone="Europe/Paris", week=week, openings=(days,))


def test_what_a_calendar_has_no_time_for_never_comes() -> None:
    ending = always(regime({FIRST: 8}, calendar=until(date(2026, 7, 10))))
    story = Story(ending).submitted(SUBMITTED)
    rules = [rule("4h after", clause="E1"), rule("40h after", clause="E2")]
    assert [step.rule.clause for step in due(rules, story.at("2026-07-09 15:00"))] == ["E1"]


def test_what_is_missed_at_the_very_instant_of_a_wait_has_nothing_ahead() -> None:
    waits = always(regime({FIRST: 8}, pause_first=frozenset({Wait.CUSTOMER})))
    story = Story(waits).submitted("2026-07-10 10:00").waits("2026-07-10 18:00")
    found = escalation.due((rule("due", page=True),), story.at("2026-07-10 18:00"), DESK)
    assert [step.at for step in found if step.at > instant("2026-07-10 18:00")] == []


def test_a_page_that_waits_for_a_desk_that_never_opens_again_never_goes() -> None:
    story = Story(EIGHT).submitted("2026-07-09 20:00")
    found = story.at("2026-07-13 12:00")
    assert escalation.due((rule("due", page=True),), found, until(date(2026, 7, 8))) != ()
    parts = [one.part for one in escalation.due((rule("due", page=True),), found, until(date(2026, 7, 8)))]
    assert Part.PAGE not in parts


def test_an_answer_in_time_spares_what_is_ahead_and_keeps_what_happened() -> None:
    rules = [rule("50 %"), rule("75 %", clause="E2"), rule("due", clause="E3")]
    story = Story(EIGHT).submitted(SUBMITTED).answered("2026-07-10 10:00")
    assert instants(rules, story.at("2026-07-20 09:00")) == ["2026-07-09 18:00"]


def test_an_answer_at_the_very_instant_is_too_late_for_the_rule_as_for_the_promise() -> None:
    story = Story(EIGHT).submitted(SUBMITTED).answered("2026-07-10 13:00")
    assert instants(rule("due"), story.at("2026-07-20 09:00")) == ["2026-07-10 13:00"]
    assert instants(rule("1h after"), story.at("2026-07-20 09:00")) == []


def test_each_cycle_escalates_for_itself() -> None:
    story = Story(northern).submitted("2026-07-09 14:00").answered("2026-07-09 15:00")
    story.answered("2026-07-10 10:00")
    found = due(rule("2h before", on=UPDATE), story.at("2026-07-20 09:00"))
    assert [(step.cycle, local(step.at)) for step in found] == [(2, "2026-07-13 15:00")]
    assert local(found[0].since) == "2026-07-10 10:00"


def test_a_pause_moves_what_has_not_happened_as_it_moves_the_due() -> None:
    regimes = always(regime({RESOLUTION: 8}))
    story = Story(regimes).submitted(SUBMITTED).waits("2026-07-09 16:00").wrote("2026-07-13 10:00")
    rules = [rule("2h before", on=RESOLUTION), rule("due", on=RESOLUTION, clause="E2")]
    found = story.at("2026-07-14 12:00")
    assert instants(rules, found) == ["2026-07-13 14:00", "2026-07-13 16:00"]
    assert instants(rules[1], found) == [local(found.promises[0].due_at)]
    paused = Story(regimes).submitted(SUBMITTED).waits("2026-07-09 16:00")
    assert instants(rules, paused.at("2026-07-20 09:00")) == []


def test_a_pause_after_the_due_instant_stops_the_time_after_it() -> None:
    regimes = always(regime({RESOLUTION: 1}))
    story = Story(regimes).submitted("2026-07-09 14:00").waits("2026-07-09 16:00").wrote("2026-07-10 10:00")
    assert instants(rule("3h after", on=RESOLUTION), story.at("2026-07-20 09:00")) == ["2026-07-10 12:00"]


def test_what_fell_due_before_the_pause_stays() -> None:
    story = Story(always(regime({RESOLUTION: 8}))).submitted(SUBMITTED).waits("2026-07-09 17:00")
    assert instants(rule("25 %", on=RESOLUTION), story.at("2026-07-20 09:00")) == ["2026-07-09 16:00"]


def test_a_raised_severity_moves_what_is_ahead_and_falls_due_at_once_where_it_is_past() -> None:
    story = Story(northern).submitted("2026-07-09 14:00", facts={"severity": "4"})
    story.facts("2026-07-10 17:00", severity="1")
    found = story.at("2026-07-20 09:00")
    assert instants(rule("75 %"), found) == ["2026-07-10 17:00"]
    assert instants(rule("due"), found) == ["2026-07-10 17:00"]
    assert instants(rule("2h after"), found) == ["2026-07-13 10:00"]
    assert instants(rule("25 %"), found) == ["2026-07-09 18:00"], "it fell due under the old severity"


def test_a_rule_counts_from_when_its_conditions_hold() -> None:
    story = Story(northern).submitted("2026-07-09 14:00", facts={"severity": "3"})
    story.facts("2026-07-10 10:00", severity="2")
    assert instants(rule("start", severity="2"), story.at("2026-07-10 10:30")) == ["2026-07-10 10:00"]
    assert instants(rule("start", severity="3"), story.at("2026-07-10 10:30")) == ["2026-07-09 14:00"]
    assert instants(rule("start", severity="1"), story.at("2026-07-10 10:30")) == []


def test_a_change_of_zone_moves_what_is_ahead() -> None:
    story = Story(northern).submitted("2026-07-09 14:00")
    story.facts("2026-07-09 18:00", zone="America/Toronto")
    found = story.at("2026-07-09 19:00")
    assert instants(rule("due"), found) == [local(found.promises[0].due_at)] == ["2026-07-09 22:00"]


def test_a_night_of_the_clock_change_loses_and_doubles_no_hour() -> None:
    night = regime({FIRST: 8}, calendar=ALWAYS)
    paris = Story(always(night)).submitted("2026-10-24 22:00")
    assert instants(rule("due"), paris.at("2026-10-26 09:00")) == ["2026-10-25 05:00"]
    spring = Story(always(night), zone="America/St_Johns").submitted("2026-03-07 22:00")
    found = due(rule("due"), spring.at("2026-03-09 09:00"))
    assert [local(step.at, "America/St_Johns") for step in found] == ["2026-03-08 07:00"]


# --- pages ------------------------------------------------------------------------------------------


def paged(found: Clock, when: str = "start") -> list[str | None]:
    return instants(rule(when, page=True, notify=()), found)


def test_ordinary_work_pages_nobody_before_the_desk_opens() -> None:
    toronto = regime({FIRST: 8}, calendar=working_hours("America/Toronto"))
    story = Story(always(toronto)).submitted("2026-07-09 20:00")  # 14:00 in Toronto, night in Paris
    assert paged(story.at("2026-07-09 20:00")) == ["2026-07-10 09:00"]
    whole = due(rule("start", page=True), story.at("2026-07-09 20:00"))
    assert [(step.part, local(step.at)) for step in whole] == [
        (Part.ACT, "2026-07-09 20:00"),
        (Part.PAGE, "2026-07-10 09:00"),
    ]
    assert paged(Story(EIGHT).submitted("2026-07-09 10:00").at("2026-07-09 10:00")) == ["2026-07-09 10:00"]


def test_round_the_clock_work_pages_at_night_while_its_calendar_runs() -> None:
    until = frozenset({Relief.OPERATIONAL})
    critical = always(regime({FIRST: 1}, calendar=ALWAYS, until=until, ordinary=regime({FIRST: 8})))
    night = Story(critical).submitted("2026-07-11 03:00")
    assert paged(night.at("2026-07-11 03:00")) == ["2026-07-11 03:00"]
    assert paged(night.at("2026-07-11 03:00"), "due") == ["2026-07-11 04:00"]


def test_a_page_that_waits_for_the_desk_is_spared_by_an_answer_and_hurried_by_the_regime() -> None:
    answered = Story(EIGHT).submitted("2026-07-11 03:00").answered("2026-07-11 10:00")
    assert paged(answered.at("2026-07-20 09:00")) == []
    until = frozenset({Relief.OPERATIONAL})
    ordinary = regime({FIRST: 8}, calendar=ALWAYS)
    critical = regime({FIRST: 8}, calendar=ALWAYS, until=until, ordinary=ordinary)
    story = Story(lambda facts, _: critical if facts["severity"] == "1" else ordinary)
    story.submitted("2026-07-11 03:00").facts("2026-07-11 05:00", severity="1")
    assert paged(story.at("2026-07-11 05:00")) == ["2026-07-11 05:00"]


# --- history ----------------------------------------------------------------------------------------


def test_what_is_in_the_history_is_not_taken_again_wherever_it_has_moved() -> None:
    story = Story(northern).submitted(SUBMITTED)
    steps = due([rule("75 %"), rule("due", clause="E2")], story.at("2026-07-10 12:00"))
    taken = [steps[0].key]
    assert taken == [Taken("E1", instant(SUBMITTED), Part.ACT)]
    assert [step.rule.clause for step in escalation.pending(steps, taken)] == ["E2"]
    story.facts("2026-07-10 12:00", severity="4")
    moved = due([rule("75 %"), rule("due", clause="E2")], story.at("2026-07-10 12:00"))
    assert [step.rule.clause for step in escalation.pending(moved, taken)] == ["E2"]


def test_a_late_event_that_numbers_the_cycles_anew_repeats_nothing() -> None:
    story = Story(northern).submitted("2026-07-09 14:00").answered("2026-07-09 16:00")
    watch = rule("start", on=UPDATE)
    taken = [step.key for step in due(watch, story.at("2026-07-10 09:00"))]
    story.answered("2026-07-09 15:00", recorded="2026-07-10 09:00")
    again = escalation.pending(due(watch, story.at("2026-07-10 09:30")), taken)
    assert [local(step.since) for step in again] == ["2026-07-09 15:00"]


# --- laws -------------------------------------------------------------------------------------------

RULES = tuple(
    rule(when, on=commitment, clause=f"{commitment.value}-{when}", severity=severity, page=page)
    for commitment in (FIRST, UPDATE, WORKAROUND, RESOLUTION)
    for when, severity, page in (
        ("start", None, True), ("50 %", "2", False), ("75 %", None, False), ("2h before", None, True),
        ("due", None, True), ("3h after", "1", True),
    )
)  # fmt: skip


def fallen(events: list[Event], now: int) -> set[tuple[Taken, int]]:
    """What is due by now, each with its instant."""
    return {(step.key, step.at) for step in due(RULES, at(events, now)) if step.at <= now}


@given(stories(), MOMENTS, MOMENTS)
@settings(deadline=None)
def test_a_late_look_finds_what_a_punctual_one_found(events: list[Event], one: int, other: int) -> None:
    early, late = sorted((one, other))
    assert {found for found in fallen(events, late) if found[1] <= early} == fallen(events, early)


@given(stories(), MOMENTS)
@settings(deadline=None)
def test_what_is_ahead_comes_true_unless_something_happens(events: list[Event], now: int) -> None:
    told = [event for event in events if event.at <= now]
    ahead = [(step.key, step.at) for step in due(RULES, at(told, now)) if step.at > now]
    for key, then in ahead:
        assert (key, then) in fallen(told, then)


@given(stories(), MOMENTS)
@settings(deadline=None)
def test_the_rule_at_the_due_instant_falls_due_with_the_breach(events: list[Event], now: int) -> None:
    found = at(events, now)
    missed = {(p.started_at, p.breached_at) for p in found.promises if p.breached_at is not None}
    plain = tuple(rule("due", on=one, clause=one.value) for one in Commitment)
    steps = {(step.since, step.at) for step in due(plain, found) if step.at <= now}
    assert missed == steps


@given(stories(), MOMENTS, st.integers(1, SPAN))
@settings(deadline=None)
def test_a_pause_of_everything_moves_what_is_ahead_as_it_moves_the_due(
    events: list[Event], begin: int, minutes: int
) -> None:
    """Waiting and going on changes what is ahead of a promise only as much as it changes its due instant."""
    told = [event for event in events if event.at < begin]
    if not told:
        return
    end = begin + minutes * HOUR // 60
    pause = Event(
        id="p0", kind=EventKind.WAIT_STARTED, at=begin, recorded=begin, by="person", data={"wait": "customer"}
    )
    resume = Event(id="p1", kind=EventKind.RESUMED, at=end, recorded=end, by="person", data={})
    found = clock.fold([*told, pause, resume], chosen, end)
    shares = {
        (step.commitment, step.cycle): step.at
        for step in due([rule("2h before", on=one, clause=one.value) for one in Commitment], found)
    }
    for promised in found.promises:
        at_ = shares.get((promised.commitment, promised.cycle))
        if promised.due_at is None or promised.breached_at is not None or at_ is None or at_ <= end:
            continue
        hours = found.calendars[promised.segments[-1].calendar]
        assert calendars.compile(hours).elapsed(at_, promised.due_at) == 2 * HOUR


@given(stories(), MOMENTS)
@settings(deadline=None)
def test_pages_come_in_desk_hours_or_while_a_waking_promise_runs(events: list[Event], now: int) -> None:
    found = at(events, now)
    hours = calendars.compile(DESK)
    for step in due(RULES, found):
        if step.part is Part.PAGE and not hours.is_open(step.at):
            promised = next(
                p for p in found.promises if (p.commitment, p.cycle) == (step.commitment, step.cycle)
            )
            assert any(terms.wakes for terms in promised.terms)
    assert min((step.at for step in due(RULES, found)), default=BEGIN) >= BEGIN
