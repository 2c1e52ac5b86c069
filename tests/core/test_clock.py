"""The clock, by worked figures: every one of them was reckoned by hand on a calendar of July or September 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.core.clock_story import (
    ALWAYS,
    FIRST,
    HOUR,
    PARIS,
    RESOLUTION,
    UPDATE,
    WORKAROUND,
    Story,
    always,
    check_proof,
    instant,
    local,
    northern,
    regime,
    weekdays,
    working_hours,
)

from palier.core import calendars, clock, events, promises
from palier.core.clock import Because, Counting, EventKind, State
from palier.core.programme import Relief, Wait

EIGHT = always(regime({FIRST: 8}))
THURSDAY = "2026-07-09 14:00"


# --- when it starts ------------------------------------------------------------------------------------


def test_unpaid_request_starts_when_paid() -> None:
    toronto = working_hours("America/Toronto")
    story = Story(always(regime({FIRST: 4}, calendar=toronto)), zone="America/Toronto")
    story.submitted("2026-07-03 10:00", holds=("payment",), outcome="hold")
    assert story.at("2026-07-04 00:00").held == ("payment",)
    story.add(EventKind.FREED, "2026-07-06 20:00", hold="payment")
    assert story.at("2026-07-06 21:00").started_at is None
    story.add(EventKind.DECIDED, "2026-07-06 20:00", outcome="cover")
    found = story.promise(FIRST, "2026-07-06 21:00")
    assert found.started_at == instant("2026-07-06 20:00", "America/Toronto")
    assert local(found.due_at, "America/Toronto") == "2026-07-07 13:00"


def test_starts_only_when_complete_and_free_of_every_hold() -> None:
    story = Story(EIGHT).submitted(THURSDAY, complete=False, holds=("payment", "adoption"))
    story.add(EventKind.INFORMATION_COMPLETE, "2026-07-09 15:00")
    story.add(EventKind.FREED, "2026-07-09 16:00", hold="payment")
    story.add(EventKind.HELD, "2026-07-09 16:10", hold="sender")
    story.add(EventKind.FREED, "2026-07-09 16:20", hold="adoption")
    assert story.at("2026-07-09 17:00").started_at is None
    story.add(EventKind.FREED, "2026-07-09 17:00", hold="sender")
    assert story.at("2026-07-09 17:00").started_at == instant("2026-07-09 17:00")


def test_information_taken_back_before_the_start_holds_it_up() -> None:
    story = Story(EIGHT).submitted(THURSDAY, holds=("payment",))
    story.add(EventKind.INFORMATION_MISSING, "2026-07-09 15:00")
    story.add(EventKind.FREED, "2026-07-09 16:00", hold="payment")
    found = story.at("2026-07-09 17:00")
    assert (found.started_at, found.complete, found.waiting) == (None, False, None)


def test_a_started_clock_never_unstarts() -> None:
    story = Story(EIGHT).submitted(THURSDAY)
    story.add(EventKind.HELD, "2026-07-09 15:00", hold="payment")
    story.add(EventKind.DECIDED, "2026-07-09 15:30", outcome="exclude")
    story.add(EventKind.INFORMATION_MISSING, "2026-07-09 16:00")
    found = story.at("2026-07-09 17:00")
    assert found.started_at == instant(THURSDAY)
    assert (found.held, found.accepted, found.waiting) == (("payment",), False, Wait.CUSTOMER)
    assert found.promises[0].state is State.RUNNING
    assert local(found.promises[0].due_at) == "2026-07-10 13:00"


def test_excluded_starts_nothing_until_a_decision_accepts() -> None:
    story = Story(EIGHT).submitted(THURSDAY, outcome="exclude")
    story.answered("2026-07-09 15:00")
    assert story.at("2026-07-10 09:00").promises == ()
    story.add(EventKind.DECIDED, "2026-07-10 09:00", outcome="cover")
    found = story.promise(FIRST, "2026-07-10 09:30")
    assert (local(found.started_at), local(found.due_at)) == ("2026-07-10 09:00", "2026-07-10 17:00")


def test_an_answer_before_the_start_does_not_meet_the_first_response() -> None:
    story = Story(always(regime({FIRST: 8, WORKAROUND: 8}))).submitted(THURSDAY, complete=False)
    story.answered("2026-07-09 14:30").add(EventKind.WORKAROUND_GIVEN, "2026-07-09 14:30")
    story.add(EventKind.INFORMATION_COMPLETE, "2026-07-09 15:00")
    assert {p.state for p in story.at("2026-07-09 16:00").promises} == {State.RUNNING}
    assert len(story.at("2026-07-09 16:00").promises) == 2


def test_a_request_closed_before_it_started_starts_when_reopened() -> None:
    story = Story(EIGHT).submitted(THURSDAY, holds=("payment",))
    story.add(EventKind.CLOSED, "2026-07-09 15:00").add(EventKind.FREED, "2026-07-09 16:00", hold="payment")
    assert story.at("2026-07-09 17:00").started_at is None
    story.add(EventKind.REOPENED, "2026-07-09 17:00", by="customer")
    assert story.at("2026-07-09 18:00").started_at == instant("2026-07-09 17:00")


def test_where_nothing_is_promised_nothing_runs() -> None:
    found = Story(always(None)).submitted(THURSDAY).answered("2026-07-09 15:00").at("2026-07-10 09:00")
    assert found.started_at == instant(THURSDAY)
    assert (found.promises, found.next_check_at, found.target_set) == ((), None, None)
    assert found.next_due is None


def test_without_a_submission_there_is_no_clock() -> None:
    found = clock.fold([], EIGHT, instant(THURSDAY))
    assert (found.started_at, found.promises, found.accepted) == (None, (), False)


# --- met means strictly before ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("2026-07-10 12:59:59", State.MET),
        ("2026-07-10 12:59:59.999999", State.MET),
        ("2026-07-10 13:00:00", State.BREACHED),
        ("2026-07-10 13:00:01", State.BREACHED),
    ],
)
def test_met_is_strictly_before_the_due_instant(answer: str, state: State) -> None:
    found = Story(EIGHT).submitted(THURSDAY).answered(answer).promise(FIRST, "2026-07-13 09:00")
    assert found.state is state
    assert found.done_at == instant(answer)
    assert found.met_at == (instant(answer) if state is State.MET else None)
    assert found.breached_at == (None if state is State.MET else instant("2026-07-10 13:00"))
    check_proof(found)


def test_due_at_the_close_of_day_an_answer_next_morning_took_as_long_and_is_a_breach() -> None:
    story = Story(always(regime({FIRST: 4}))).submitted(THURSDAY).answered("2026-07-10 09:00")
    found = story.promise(FIRST, "2026-07-10 10:00")
    assert local(found.due_at) == local(found.breached_at) == "2026-07-09 18:00"
    assert (found.used, found.left, found.met_at) == (4 * HOUR, 0, None)
    check_proof(found)


def test_breached_at_the_due_instant_itself() -> None:
    story = Story(EIGHT).submitted(THURSDAY)
    assert story.promise(FIRST, instant("2026-07-10 13:00") - 1).state is State.RUNNING
    assert story.promise(FIRST, "2026-07-10 13:00").state is State.BREACHED


def test_opened_out_of_hours_is_not_breached_at_birth() -> None:
    found = Story(EIGHT).submitted("2026-07-11 03:00").promise(FIRST, "2026-07-12 20:00")
    assert (found.state, found.used, local(found.due_at)) == (State.RUNNING, 0, "2026-07-13 17:00")


def test_a_promise_whose_calendar_never_opens_again_runs_without_a_due_instant_and_stops_no_other() -> None:
    never = calendars.DatedSpan(first=date(2026, 7, 10), last=date(2040, 1, 1))
    closed = replace(working_hours(PARIS), closures=(never,))
    dry = always(regime({FIRST: 8}, calendar=closed))
    found = Story(dry).submitted(THURSDAY).promise(FIRST, "2026-07-20 10:00")
    assert (found.state, found.due_at, found.owed) == (State.RUNNING, None, True)
    assert (found.used, found.left, found.endless) == (4 * HOUR, 4 * HOUR, f"customer {PARIS}")
    check_proof(found)
    clock_of_it = Story(dry).submitted(THURSDAY).at("2026-07-20 10:00")
    assert (clock_of_it.next_due, clock_of_it.next_check_at, clock_of_it.breached) == (None, None, False)
    met = Story(dry).submitted(THURSDAY).answered("2026-07-13 10:00").promise(FIRST, "2026-07-20 10:00")
    assert (met.state, met.due_at, met.endless) == (State.MET, None, "")
    # Reached before the hours end, it is due as ever.
    short = always(regime({FIRST: 4}, calendar=closed))
    assert local(Story(short).submitted(THURSDAY).promise(FIRST, THURSDAY).due_at) == "2026-07-09 18:00"


# --- first response and next update ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "severity", "due"),
    [
        (PARIS, "1", "2026-07-10 13:00"),
        (PARIS, "2", "2026-07-10 13:00"),
        (PARIS, "3", "2026-07-10 17:00"),
        (PARIS, "4", "2026-07-13 12:00"),
        ("America/Toronto", "1", "2026-07-09 17:00"),
        ("America/Toronto", "2", "2026-07-09 17:00"),
        ("America/Toronto", "3", "2026-07-10 12:00"),
        ("America/Toronto", "4", "2026-07-10 16:00"),
        ("Asia/Tokyo", "1", "2026-07-10 17:00"),
        ("Asia/Tokyo", "2", "2026-07-10 17:00"),
        ("Asia/Tokyo", "3", "2026-07-13 12:00"),
        ("Asia/Tokyo", "4", "2026-07-13 16:00"),
        ("Asia/Kathmandu", "1", "2026-07-10 16:45"),
        ("Asia/Kathmandu", "2", "2026-07-10 16:45"),
        ("Asia/Kathmandu", "3", "2026-07-13 11:45"),
        ("Asia/Kathmandu", "4", "2026-07-13 15:45"),
    ],
)
def test_the_same_instant_is_due_by_the_customers_own_hours(zone: str, severity: str, due: str) -> None:
    story = Story(northern).submitted(THURSDAY, facts={"severity": severity, "zone": zone})
    assert local(story.promise(FIRST, THURSDAY).due_at, zone) == due


def test_answered_next_morning_took_four_hours_and_the_next_update_follows() -> None:
    story = Story(northern).submitted(THURSDAY).answered("2026-07-10 09:00")
    found = story.at("2026-07-10 12:00")
    first, update = found.promises
    assert (first.state, first.used, local(first.due_at)) == (State.MET, 4 * HOUR, "2026-07-10 13:00")
    assert (update.state, update.cycle, local(update.due_at)) == (State.RUNNING, 1, "2026-07-13 16:00")
    assert [(s.state, s.counted, s.began, s.ended) for s in first.segments] == [
        (Counting.COUNTED, 4 * HOUR, Because.STARTED, Because.ANSWERED),
        (Counting.SPARED, 4 * HOUR, Because.ANSWERED, Because.DUE),
    ]
    assert [(s.state, s.counted, s.began, s.ended) for s in update.segments] == [
        (Counting.COUNTED, 3 * HOUR, Because.ANSWERED, Because.NOW),
        (Counting.AHEAD, 13 * HOUR, Because.NOW, Because.DUE),
    ]
    assert set(found.calendars) == {update.segments[0].calendar}


def test_every_public_answer_of_a_person_starts_the_next_update_anew() -> None:
    story = Story(northern).submitted(THURSDAY).answered("2026-07-10 09:00")
    story.answered("2026-07-10 10:00", by="system").answered("2026-07-10 11:00", by="customer")
    assert story.promise(UPDATE, "2026-07-10 12:00").cycle == 1
    story.answered("2026-07-10 12:00")
    found = story.at("2026-07-10 12:30").promises
    assert [(p.cycle, p.state) for p in found[1:]] == [(1, State.MET), (2, State.RUNNING)]
    assert local(found[2].due_at) == "2026-07-14 10:00"


def test_a_missed_interval_is_breached_once_until_the_next_answer() -> None:
    story = Story(northern).submitted(THURSDAY).answered("2026-07-10 09:00")
    assert len(story.at("2026-08-20 09:00").promises) == 2
    story.answered("2026-08-20 09:00")
    cycles = story.at("2026-08-20 10:00").promises[1:]
    assert [(p.state, local(p.breached_at)) for p in cycles] == [
        (State.BREACHED, "2026-07-13 16:00"),
        (State.RUNNING, None),
    ]
    assert cycles[0].done_at == instant("2026-08-20 09:00")


def test_the_next_update_ends_with_the_resolution() -> None:
    story = Story(northern).submitted(THURSDAY).answered("2026-07-10 09:00")
    story.add(EventKind.RESOLVED, "2026-07-10 10:00").answered("2026-07-10 11:00")
    found = story.at("2026-09-01 09:00")
    assert [p.state for p in found.promises] == [State.MET, State.ENDED]
    assert local(found.promises[1].ended_at) == "2026-07-10 10:00"
    assert (found.next_check_at, found.next_due, found.breached) == (None, None, False)
    check_proof(found.promises[1])


def test_a_first_response_made_late_is_no_longer_owed() -> None:
    story = Story(northern).submitted(THURSDAY)
    missed = story.at("2026-07-10 15:00")
    assert missed.breached
    assert missed.next_due == missed.promises[0]
    story.answered("2026-07-10 16:00")
    answered = story.at("2026-07-10 17:00")
    assert not answered.breached
    assert answered.next_due == answered.promises[1]


# --- workaround and resolution -----------------------------------------------------------------------------


def test_workaround_and_resolution_are_met_by_their_acts() -> None:
    story = Story(always(regime({WORKAROUND: 4, RESOLUTION: 40}))).submitted("2026-07-09 09:00")
    story.add(EventKind.WORKAROUND_GIVEN, "2026-07-09 12:00")
    story.add(EventKind.WORKAROUND_GIVEN, "2026-07-10 12:00")
    story.add(EventKind.RESOLVED, "2026-07-15 17:00").add(EventKind.RESOLVED, "2026-07-16 17:00")
    assert local(story.at("2026-07-20 09:00").resolved_at) == "2026-07-15 17:00"
    workaround, resolution = story.at("2026-07-20 09:00").promises
    assert (workaround.state, local(workaround.met_at)) == (State.MET, "2026-07-09 12:00")
    assert (resolution.state, local(resolution.breached_at)) == (State.BREACHED, "2026-07-15 13:00")
    assert (resolution.used, local(resolution.done_at)) == (44 * HOUR, "2026-07-15 17:00")
    check_proof(resolution)


def test_a_resolution_makes_the_workaround_needless_and_leaves_the_first_response_as_it_stands() -> None:
    story = Story(always(regime({FIRST: 8, WORKAROUND: 8, RESOLUTION: 8}))).submitted("2026-07-09 09:00")
    story.add(EventKind.RESOLVED, "2026-07-09 10:00")
    states = {p.commitment: p.state for p in story.at("2026-07-20 09:00").promises}
    assert states == {FIRST: State.ENDED, WORKAROUND: State.MET, RESOLUTION: State.MET}


@pytest.mark.parametrize("kind", [EventKind.CLOSED, EventKind.MERGED])
def test_closing_ends_the_commitments_as_they_stand(kind: EventKind) -> None:
    story = Story(always(regime({FIRST: 1, RESOLUTION: 8}))).submitted("2026-07-09 09:00")
    story.add(kind, "2026-07-09 11:00").add(EventKind.CLOSED, "2026-07-09 12:00").waits("2026-07-09 13:00")
    found = story.at("2026-07-20 09:00")
    assert [p.state for p in found.promises] == [State.BREACHED, State.ENDED]
    assert [local(p.ended_at) for p in found.promises] == ["2026-07-09 11:00"] * 2
    assert (local(found.closed_at), found.waiting, found.next_check_at) == ("2026-07-09 11:00", None, None)
    assert found.promises[1].segments[0].ended is Because(kind.value)


# --- pausing -----------------------------------------------------------------------------------------------


def paused(wait: str = "customer") -> Story:
    """8 h of resolution, paused after two."""
    return Story(always(regime({RESOLUTION: 8}))).submitted(THURSDAY).waits("2026-07-09 16:00", wait)


def test_a_pause_moves_the_due_instant_by_business_time_only() -> None:
    story = paused()
    stopped = story.promise(RESOLUTION, "2026-07-12 12:00")
    assert (stopped.state, stopped.due_at, stopped.warning_at) == (State.PAUSED, None, None)
    assert (stopped.used, stopped.left) == (2 * HOUR, 6 * HOUR)
    check_proof(stopped)
    story.add(EventKind.RESUMED, "2026-07-13 10:00")
    found = story.promise(RESOLUTION, "2026-07-13 11:00")
    assert (found.state, local(found.due_at)) == (State.RUNNING, "2026-07-13 16:00")
    assert [(s.state, s.wait, s.began, s.ended) for s in found.segments] == [
        (Counting.COUNTED, None, Because.STARTED, Because.WAITING),
        (Counting.PAUSED, Wait.CUSTOMER, Because.WAITING, Because.RESUMED),
        (Counting.COUNTED, None, Because.RESUMED, Because.NOW),
        (Counting.AHEAD, None, Because.NOW, Because.DUE),
    ]
    check_proof(found)


def test_a_person_of_the_customers_side_ends_the_wait_and_a_machine_does_not() -> None:
    story = paused().wrote("2026-07-10 09:00", by="system")
    assert story.at("2026-07-10 10:00").waiting is Wait.CUSTOMER
    story.wrote("2026-07-13 10:00")
    found = story.at("2026-07-13 11:00")
    assert (found.waiting, local(found.promises[0].due_at)) == (None, "2026-07-13 16:00")


@pytest.mark.parametrize("wait", ["manufacturer", "third-party", "appointment"])
def test_a_wait_that_does_not_pause_leaves_the_clock_running(wait: str) -> None:
    found = paused(wait).at("2026-07-10 10:00")
    assert found.waiting is Wait(wait)
    assert (found.promises[0].state, local(found.promises[0].due_at)) == (State.RUNNING, "2026-07-10 13:00")


def test_one_wait_at_a_time_the_next_takes_its_place() -> None:
    story = paused().waits("2026-07-10 10:00", "patch")
    found = story.promise(RESOLUTION, "2026-07-10 12:00")
    assert [s.wait for s in found.segments] == [None, Wait.CUSTOMER, Wait.PATCH]
    story.waits("2026-07-10 14:00", "manufacturer")
    assert story.promise(RESOLUTION, "2026-07-10 15:00").state is State.RUNNING
    assert local(story.promise(RESOLUTION, "2026-07-10 15:00").due_at) == "2026-07-13 11:00"


def test_first_response_pauses_only_if_the_set_says_so() -> None:
    story = Story(EIGHT).submitted(THURSDAY).waits("2026-07-09 16:00")
    assert story.promise(FIRST, "2026-07-09 17:00").state is State.RUNNING
    says_so = always(regime({FIRST: 8}, pause_first=frozenset({Wait.CUSTOMER})))
    story = Story(says_so).submitted(THURSDAY).waits("2026-07-09 16:00")
    assert story.promise(FIRST, "2026-07-09 17:00").state is State.PAUSED


def test_what_was_due_before_the_pause_stays_breached() -> None:
    story = Story(always(regime({RESOLUTION: 1}))).submitted(THURSDAY).waits("2026-07-09 16:00")
    story.add(EventKind.RESUMED, "2026-07-10 10:00")
    found = story.promise(RESOLUTION, "2026-07-10 11:00")
    assert (found.state, local(found.due_at)) == (State.BREACHED, "2026-07-09 15:00")
    assert [(s.state, s.counted) for s in found.segments] == [
        (Counting.COUNTED, HOUR),
        (Counting.OVER, HOUR),
        (Counting.PAUSED, 0),
        (Counting.OVER, HOUR),
    ]
    check_proof(found)


def test_an_offer_awaits_the_choice_as_consent_and_answers_meanwhile() -> None:
    offers = always(regime({FIRST: 8, RESOLUTION: 8}))
    story = Story(offers).submitted(THURSDAY, outcome="offer")
    found = story.at("2026-07-09 15:00")
    assert found.accepted
    assert found.waiting is Wait.CONSENT
    assert [p.state for p in found.promises] == [State.RUNNING, State.PAUSED]
    story.add(EventKind.DECIDED, "2026-07-10 09:00", by="customer", outcome="offer", chosen=True)
    found = story.at("2026-07-10 10:00")
    assert found.waiting is None
    assert (found.promises[1].state, local(found.promises[1].due_at)) == (State.RUNNING, "2026-07-10 17:00")
    assert found.promises[1].segments[0].ended is Because.DECIDED


def test_an_offer_chosen_at_once_awaits_nothing() -> None:
    story = Story(EIGHT).submitted(THURSDAY, outcome="offer", chosen=True)
    assert story.at(THURSDAY).waiting is None


def test_found_billable_later_the_choice_is_awaited_from_then_on() -> None:
    story = Story(always(regime({RESOLUTION: 8}))).submitted(THURSDAY)
    story.add(EventKind.DECIDED, "2026-07-09 16:00", outcome="offer")
    found = story.at("2026-07-09 17:00")
    assert (found.waiting, found.promises[0].used) == (Wait.CONSENT, 2 * HOUR)
    assert found.promises[0].state is State.PAUSED


def test_a_decision_that_excludes_does_not_end_the_wait_for_consent() -> None:
    story = Story(always(regime({RESOLUTION: 8}))).submitted(THURSDAY, outcome="offer")
    story.add(EventKind.DECIDED, "2026-07-09 16:00", outcome="exclude")
    found = story.at("2026-07-10 17:00")
    assert (found.waiting, found.promises[0].state) == (Wait.CONSENT, State.PAUSED)
    story.add(EventKind.DECIDED, "2026-07-13 10:00", outcome="cover")
    found = story.at("2026-07-13 11:00")
    assert (found.waiting, local(found.promises[0].due_at)) == (None, "2026-07-13 18:00")


def test_information_found_missing_after_the_start_is_a_wait() -> None:
    story = Story(always(regime({RESOLUTION: 8}))).submitted(THURSDAY)
    story.add(EventKind.INFORMATION_MISSING, "2026-07-09 16:00")
    assert story.promise(RESOLUTION, "2026-07-10 09:00").state is State.PAUSED
    story.add(EventKind.INFORMATION_COMPLETE, "2026-07-13 10:00", by="customer")
    found = story.at("2026-07-13 11:00")
    assert (found.waiting, found.complete) == (None, True)
    assert local(found.promises[0].due_at) == "2026-07-13 16:00"


def test_a_wait_from_before_the_start_pauses_what_starts() -> None:
    story = Story(always(regime({RESOLUTION: 8}))).submitted(THURSDAY, holds=("payment",))
    story.waits("2026-07-09 15:00").add(EventKind.FREED, "2026-07-09 16:00", hold="payment")
    found = story.promise(RESOLUTION, "2026-07-09 17:00")
    assert (found.state, found.used, found.due_at) == (State.PAUSED, 0, None)
    assert local(found.started_at) == "2026-07-09 16:00"


def test_an_answer_during_a_wait_begins_a_paused_interval() -> None:
    story = Story(northern).submitted(THURSDAY).waits("2026-07-09 15:00").answered("2026-07-09 15:00")
    found = story.promise(UPDATE, "2026-07-10 15:00")
    assert (found.state, found.used, found.left) == (State.PAUSED, 0, 16 * HOUR)


def test_met_during_a_pause_nothing_is_left_to_be_drawn() -> None:
    story = paused().add(EventKind.RESOLVED, "2026-07-10 09:00")
    found = story.promise(RESOLUTION, "2026-07-10 10:00")
    assert (found.state, found.used, found.due_at) == (State.MET, 2 * HOUR, None)
    check_proof(found)


# --- changes of terms ----------------------------------------------------------------------------------------


def test_raised_with_more_used_than_there_is_now_it_is_breached_at_that_instant() -> None:
    story = (
        Story(northern).submitted(THURSDAY, facts={"severity": "4"}).facts("2026-07-10 17:00", severity="1")
    )
    found = story.promise(FIRST, "2026-07-10 18:00")
    assert (found.state, found.duration, found.left) == (State.BREACHED, 8 * HOUR, 0)
    assert local(found.due_at) == local(found.breached_at) == "2026-07-10 17:00"
    assert [(s.state, s.counted, s.ended) for s in found.segments] == [
        (Counting.COUNTED, 12 * HOUR, Because.SEVERITY_CHANGED),
        (Counting.OVER, HOUR, Because.NOW),
    ]
    assert (
        found.warning_at is None
    )  # its 12 h of 16 were reached at that instant too, but a warning comes before
    check_proof(found)


def test_warned_and_then_breached_by_a_change_it_keeps_the_warning_and_is_changed_no_more() -> None:
    story = (
        Story(northern).submitted(THURSDAY, facts={"severity": "4"}).facts("2026-07-10 17:30", severity="1")
    )
    story.facts("2026-07-10 17:45", severity="4")
    found = story.promise(FIRST, "2026-07-10 18:00")
    assert (local(found.warning_at), local(found.breached_at)) == ("2026-07-10 17:00", "2026-07-10 17:30")
    assert found.duration == 8 * HOUR


def test_lowered_after_the_breach_it_stays_breached() -> None:
    story = (
        Story(northern).submitted(THURSDAY, facts={"severity": "1"}).facts("2026-07-10 15:00", severity="4")
    )
    story.facts("2026-07-10 16:00", severity="3")
    found = story.promise(FIRST, "2026-07-10 17:00")
    assert (found.state, local(found.breached_at), found.duration) == (
        State.BREACHED,
        "2026-07-10 13:00",
        8 * HOUR,
    )
    assert local(found.due_at) == "2026-07-10 13:00"


def test_lowered_in_time_what_is_left_runs_on() -> None:
    story = (
        Story(northern).submitted(THURSDAY, facts={"severity": "2"}).facts("2026-07-10 10:00", severity="4")
    )
    found = story.promise(FIRST, "2026-07-10 11:00")
    assert (found.used, found.left, local(found.due_at)) == (6 * HOUR, 10 * HOUR, "2026-07-13 12:00")
    check_proof(found)


def test_a_change_that_is_exactly_used_up_is_a_breach() -> None:
    story = (
        Story(northern).submitted(THURSDAY, facts={"severity": "4"}).facts("2026-07-10 13:00", severity="2")
    )
    assert local(story.promise(FIRST, "2026-07-10 13:00").breached_at) == "2026-07-10 13:00"


def test_moving_to_another_zone_keeps_what_was_used_and_runs_on_in_its_hours() -> None:
    story = Story(northern).submitted(THURSDAY).facts("2026-07-09 18:00", zone="America/Toronto")
    found = story.promise(
        FIRST, "2026-07-09 19:00"
    )  # 4 h used in Paris; Toronto has 12:00 to 16:00 for the rest
    assert local(found.due_at, "America/Toronto") == "2026-07-09 16:00"
    first, second, ahead = found.segments
    assert (first.ended, second.began) == (Because.ZONE_CHANGED, Because.ZONE_CHANGED)
    assert first.calendar != second.calendar == ahead.calendar
    check_proof(found)


@pytest.mark.parametrize(
    ("fact", "because"),
    [
        ("severity", Because.SEVERITY_CHANGED),
        ("plan", Because.PLAN_CHANGED),
        ("zone", Because.ZONE_CHANGED),
        ("calendar_version", Because.CALENDAR_CHANGED),
        ("impact", Because.FACTS_CHANGED),
    ],
)
def test_the_proof_names_what_changed(fact: str, because: Because) -> None:
    def chosen(facts: clock.regimes.Facts, _override: str | None) -> clock.Regime:  # type: ignore[name-defined]
        return regime({FIRST: 12 if facts.get(fact) == "other" else 8})

    story = Story(chosen).submitted(THURSDAY).facts("2026-07-09 15:00", **{fact: "other"})
    found = story.promise(FIRST, "2026-07-09 16:00")
    assert (found.segments[0].ended, found.segments[1].began) == (because, because)
    assert local(found.due_at) == "2026-07-10 17:00"


def test_a_pause_survives_a_change_of_severity() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        return regime({RESOLUTION: {"2": 8, "3": 12}[facts["severity"]]})  # type: ignore[index]

    story = (
        Story(chosen).submitted(THURSDAY).waits("2026-07-09 16:00").facts("2026-07-10 10:00", severity="3")
    )
    stopped = story.promise(RESOLUTION, "2026-07-10 12:00")
    assert (stopped.state, stopped.used, stopped.left) == (State.PAUSED, 2 * HOUR, 10 * HOUR)
    assert [s.state for s in stopped.segments] == [Counting.COUNTED, Counting.PAUSED, Counting.PAUSED]
    story.wrote("2026-07-13 10:00")
    assert local(story.promise(RESOLUTION, "2026-07-13 11:00").due_at) == "2026-07-14 11:00"


def test_raised_during_a_pause_beyond_what_there_is_it_is_breached_then() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        return regime({RESOLUTION: {"2": 8, "1": 1}[facts["severity"]]})  # type: ignore[index]

    story = (
        Story(chosen).submitted(THURSDAY).waits("2026-07-09 16:00").facts("2026-07-10 10:00", severity="1")
    )
    found = story.promise(RESOLUTION, "2026-07-10 12:00")
    assert (found.state, local(found.due_at), found.used) == (State.BREACHED, "2026-07-10 10:00", 2 * HOUR)
    check_proof(found)


def test_raised_during_a_pause_to_just_what_was_used_it_is_breached_then() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        return regime({RESOLUTION: {"2": 8, "1": 2}[facts["severity"]]})  # type: ignore[index]

    story = (
        Story(chosen).submitted(THURSDAY).waits("2026-07-09 16:00").facts("2026-07-10 10:00", severity="1")
    )
    assert local(story.promise(RESOLUTION, "2026-07-10 12:00").breached_at) == "2026-07-10 10:00"


def test_what_changes_nothing_cuts_no_pause() -> None:
    story = paused().waits("2026-07-09 17:00").facts("2026-07-10 10:00", product="other")
    found = story.promise(RESOLUTION, "2026-07-10 12:00")
    assert [s.state for s in found.segments] == [Counting.COUNTED, Counting.PAUSED]


def test_targets_that_stop_promising_end_it_and_take_it_up_again_later() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        hours = {"2": {FIRST: 8.0, RESOLUTION: 8.0}, "4": {FIRST: 8.0}}[facts["severity"]]  # type: ignore[index]
        return regime(hours)

    story = Story(chosen).submitted(THURSDAY).facts("2026-07-09 16:00", severity="4")
    story.facts("2026-07-09 17:00", severity="4", plan="other")
    gone = story.promise(RESOLUTION, "2026-07-10 12:00")
    assert (gone.state, local(gone.ended_at), gone.due_at) == (State.ENDED, "2026-07-09 16:00", None)
    story.waits("2026-07-10 09:00").wrote("2026-07-10 09:30").facts("2026-07-10 10:00", severity="2")
    back = story.promise(RESOLUTION, "2026-07-10 12:00")
    assert (back.state, back.cycle, back.used, local(back.due_at)) == (
        State.RUNNING,
        1,
        4 * HOUR,
        "2026-07-10 16:00",
    )
    assert [(s.state, s.wait) for s in back.segments[:2]] == [
        (Counting.COUNTED, None),
        (Counting.PAUSED, None),
    ]
    check_proof(back)


def test_what_is_no_longer_promised_ended_then_and_not_when_the_ticket_closed() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        return regime({"2": {RESOLUTION: 8.0}, "4": {FIRST: 8.0}}[facts["severity"]])  # type: ignore[index]

    story = Story(chosen).submitted(THURSDAY).facts("2026-07-09 16:00", severity="4")
    story.add(EventKind.CLOSED, "2026-07-09 17:00")
    assert local(story.promise(RESOLUTION, "2026-07-10 12:00").ended_at) == "2026-07-09 16:00"


def test_what_was_missed_is_not_ended_by_targets_that_stop_promising_it() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        return regime({"2": {RESOLUTION: 1.0}, "4": {FIRST: 8.0}}[facts["severity"]])  # type: ignore[index]

    story = Story(chosen).submitted(THURSDAY).facts("2026-07-09 16:00", severity="4")
    found = story.promise(RESOLUTION, "2026-07-10 12:00")
    assert (found.state, local(found.breached_at), found.owed) == (State.BREACHED, "2026-07-09 15:00", True)


def test_answered_while_not_promised_an_interval_later_begins_anew() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        hours = {"2": {FIRST: 8.0, UPDATE: 16.0}, "4": {FIRST: 8.0}}[facts["severity"]]  # type: ignore[index]
        return regime(hours)

    story = Story(chosen).submitted(THURSDAY).answered("2026-07-09 15:00")
    story.facts("2026-07-09 16:00", severity="4").answered("2026-07-09 17:00").facts(
        "2026-07-10 09:00", severity="2"
    )
    found = story.promise(UPDATE, "2026-07-10 10:00")
    assert (found.cycle, local(found.started_at), found.used) == (2, "2026-07-10 09:00", HOUR)


def test_targets_that_newly_promise_what_was_done_begin_nothing() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        every = {FIRST: 8.0, WORKAROUND: 8.0}
        return regime({"4": {RESOLUTION: 8.0}, "2": every}[facts["severity"]])  # type: ignore[index]

    story = Story(chosen).submitted(THURSDAY, facts={"severity": "4"}).answered("2026-07-09 15:00")
    story.add(EventKind.WORKAROUND_GIVEN, "2026-07-09 15:00").facts("2026-07-09 16:00", severity="2")
    assert [p.commitment for p in story.at("2026-07-09 17:00").promises] == [RESOLUTION]
    story = Story(chosen).submitted(THURSDAY, facts={"severity": "4"}).facts("2026-07-09 16:00", severity="2")
    begun = story.at("2026-07-09 17:00").promises[1:]
    assert [(p.commitment, local(p.started_at)) for p in begun] == [
        (FIRST, "2026-07-09 16:00"),
        (WORKAROUND, "2026-07-09 16:00"),
    ]


def test_a_clause_that_names_its_own_targets_overrides_the_plan() -> None:
    def chosen(_facts: object, override: str | None) -> clock.Regime:
        return regime({FIRST: 40 if override == "expert" else 8}, name=override or "standard")

    story = Story(chosen).submitted(THURSDAY, targets="expert")
    assert story.promise(FIRST, THURSDAY).clause == "EXPERT"
    story.add(EventKind.DECIDED, "2026-07-10 09:00", outcome="cover")
    assert (story.at("2026-07-10 10:00").target_set, story.promise(FIRST, "2026-07-10 10:00").clause) == (
        "standard",
        "STANDARD",
    )


def test_terms_of_one_instant_are_settled_together() -> None:
    """A new severity whose plan targets are used up, decided in the same step under targets of its own."""

    def chosen(facts: object, override: str | None) -> clock.Regime:
        hours = {"4": 16, "1": 8}[facts["severity"]]  # type: ignore[index]
        return regime({FIRST: 40 if override == "expert" else hours})

    story = Story(chosen).submitted(THURSDAY, facts={"severity": "4"}).facts("2026-07-10 17:00", severity="1")
    story.add(EventKind.DECIDED, "2026-07-10 17:00", outcome="cover", targets="expert")
    found = story.promise(FIRST, "2026-07-10 18:00")
    assert (found.state, found.duration) == (State.RUNNING, 40 * HOUR)
    assert found.segments[0].ended is Because.SEVERITY_CHANGED


def test_terms_that_differ_in_words_only_leave_no_cut() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        return regime({FIRST: 8}, name=facts["plan"])  # type: ignore[index]

    story = Story(chosen).submitted(THURSDAY, facts={"plan": "silver"}).facts("2026-07-09 15:00", plan="gold")
    found = story.promise(FIRST, "2026-07-09 16:00")
    assert found.clause == "GOLD"
    assert [s.state for s in found.segments] == [Counting.COUNTED, Counting.AHEAD]
    story.facts("2026-07-10 13:00", plan="lead")
    assert (
        story.promise(FIRST, "2026-07-10 14:00").clause == "GOLD"
    )  # what is missed keeps the clause it missed


# --- round the clock, until relieved ------------------------------------------------------------------------

ORDINARY = {FIRST: 8.0, WORKAROUND: 20.0, RESOLUTION: 40.0}
EVERY_RELIEF = frozenset(Relief)


def critical(until: frozenset[Relief] = EVERY_RELIEF, *, relieved_to_nothing: bool = False) -> clock.Regimes:
    """Severity 1 runs around the clock; 2 too when there is an outage; the others in working hours."""

    def chosen(facts: object, _override: object) -> clock.Regime:
        severity, outage = facts["severity"], facts.get("outage")  # type: ignore[index,attr-defined]
        ordinary = regime(ORDINARY if severity != "4" else {RESOLUTION: 80.0})
        if severity == "1" or (severity == "2" and outage == "system"):
            after = None if relieved_to_nothing else ordinary
            return regime(ORDINARY, calendar=ALWAYS, until=until, ordinary=after, name="critical")
        return ordinary

    return chosen


def outage(**options: object) -> Story:
    """Critical since Friday 2026-07-10 20:00, Paris."""
    return Story(critical(**options)).submitted("2026-07-10 20:00", facts={"severity": "1"})  # type: ignore[arg-type]


def test_relieved_what_is_left_of_the_ordinary_target_runs_in_the_ordinary_calendar() -> None:
    story = outage()
    found = story.at("2026-07-11 10:00")
    assert (found.critical_unrelieved, found.target_set) == (True, "critical")
    story.add(EventKind.RELIEVED, "2026-07-11 14:00", relief="reasonable-workaround")
    after = story.at("2026-07-11 15:00")
    resolution = after.latest(RESOLUTION)
    assert resolution is not None
    assert (after.critical_unrelieved, after.target_set) == (False, "standard")
    assert (resolution.used, resolution.left) == (18 * HOUR, 22 * HOUR)
    assert local(resolution.due_at) == "2026-07-15 13:00"
    assert resolution.segments[0].ended is Because.RELIEVED
    check_proof(resolution)


def test_a_reasonable_workaround_is_a_workaround_given_and_operational_is_not() -> None:
    story = outage().add(EventKind.RELIEVED, "2026-07-11 14:00", relief="reasonable-workaround")
    assert story.promise(WORKAROUND, "2026-07-11 15:00").state is State.MET
    story = outage().add(EventKind.RELIEVED, "2026-07-11 14:00", relief="operational")
    assert story.promise(WORKAROUND, "2026-07-11 15:00").state is State.RUNNING


def test_a_relief_that_the_set_does_not_list_relieves_nothing() -> None:
    story = outage(until=frozenset({Relief.OPERATIONAL}))
    story.add(EventKind.RELIEVED, "2026-07-11 14:00", relief="reasonable-workaround")
    assert story.at("2026-07-11 15:00").critical_unrelieved


def test_relief_declared_before_the_start_starts_on_ordinary_terms() -> None:
    story = Story(critical()).submitted("2026-07-10 20:00", facts={"severity": "1"}, holds=("payment",))
    story.add(EventKind.RELIEVED, "2026-07-11 10:00", relief="operational")
    story.add(EventKind.FREED, "2026-07-13 09:00", hold="payment")
    assert local(story.promise(FIRST, "2026-07-13 10:00").due_at) == "2026-07-13 17:00"


def test_when_the_outage_is_back_the_regime_resumes_at_that_event() -> None:
    story = outage().add(EventKind.RELIEVED, "2026-07-11 14:00", relief="operational")
    story.add(EventKind.RELIEF_REVOKED, "2026-07-12 10:00", by="customer")
    found = story.at("2026-07-12 11:00")
    resolution = found.latest(RESOLUTION)
    assert resolution is not None
    assert found.critical_unrelieved
    assert (
        local(resolution.due_at) == "2026-07-13 08:00"
    )  # 22 h left, counted from Sunday 10:00 by the clock on the wall
    assert [s.began for s in resolution.segments][1:3] == [Because.RELIEVED, Because.RELIEF_REVOKED]
    check_proof(resolution)


def test_lowering_relieves_only_if_the_new_severity_has_no_such_regime() -> None:
    story = Story(critical()).submitted("2026-07-10 20:00", facts={"severity": "1", "outage": "system"})
    story.facts("2026-07-11 08:00", severity="2")
    assert story.at("2026-07-11 09:00").critical_unrelieved
    story.facts("2026-07-11 14:00", severity="3")
    found = story.at("2026-07-11 15:00")
    assert not found.critical_unrelieved
    assert local(found.promises[2].due_at) == "2026-07-15 13:00"


def test_raised_again_after_it_left_the_regime_the_regime_begins_anew() -> None:
    story = outage().add(EventKind.RELIEVED, "2026-07-11 14:00", relief="operational")
    story.facts("2026-07-11 15:00", severity="1")
    assert not story.at("2026-07-11 15:30").critical_unrelieved
    story.facts("2026-07-11 16:00", severity="3").facts("2026-07-11 17:00", severity="1")
    assert story.at("2026-07-11 18:00").critical_unrelieved


def test_where_lowering_is_no_relief_the_regime_stays_until_it_is_relieved() -> None:
    story = outage(until=frozenset({Relief.OPERATIONAL})).facts("2026-07-11 08:00", severity="3")
    assert story.at("2026-07-11 09:00").critical_unrelieved
    story.facts("2026-07-11 10:00", severity="4")
    assert story.at("2026-07-11 11:00").critical_unrelieved
    story.facts("2026-07-11 12:00", product="other")
    assert story.at("2026-07-11 13:00").critical_unrelieved
    story.add(EventKind.RELIEVED, "2026-07-11 14:00", relief="operational")
    found = story.at("2026-07-11 15:00")
    assert (found.critical_unrelieved, found.facts["severity"]) == (False, "4")
    assert found.latest(RESOLUTION).duration == 80 * HOUR  # type: ignore[union-attr]


def test_where_lowering_is_no_relief_a_severity_with_such_a_regime_takes_over() -> None:
    story = outage(until=frozenset({Relief.OPERATIONAL})).facts("2026-07-11 08:00", severity="3")
    story.facts("2026-07-11 09:00", severity="1")
    assert story.at("2026-07-11 10:00").critical_unrelieved
    story = Story(critical(frozenset({Relief.OPERATIONAL})))
    story.submitted("2026-07-10 20:00", facts={"severity": "2", "outage": "system"})
    story.facts("2026-07-11 08:00", severity="3", outage="none")
    assert not story.at("2026-07-11 09:00").critical_unrelieved  # it was no outage: that is no lowering


def test_without_ordinary_targets_relief_ends_what_was_promised() -> None:
    story = outage(relieved_to_nothing=True).add(EventKind.RELIEVED, "2026-07-10 21:00", relief="operational")
    found = story.at("2026-07-10 22:00")
    assert {p.state for p in found.promises} == {State.ENDED}
    story.add(EventKind.RELIEF_REVOKED, "2026-07-10 23:00")
    found = story.at("2026-07-11 00:00")
    assert {p.state for p in found.promises} == {State.RUNNING}
    assert {p.used for p in found.promises} == {2 * HOUR}


def test_reopened_the_regime_resumes_unless_the_relief_still_stands() -> None:
    story = outage().add(EventKind.RELIEVED, "2026-07-11 14:00", relief="operational")
    story.add(EventKind.RESOLVED, "2026-07-11 15:00")
    assert not story.at("2026-07-11 16:00").critical_unrelieved
    back = Story(story.regimes)
    back.events = [*story.events]
    back.add(EventKind.REOPENED, "2026-07-12 10:00", by="customer")
    assert back.at("2026-07-12 11:00").critical_unrelieved
    story.add(EventKind.REOPENED, "2026-07-12 10:00", by="customer", relieved=True)
    assert not story.at("2026-07-12 11:00").critical_unrelieved
    never = outage().add(EventKind.RESOLVED, "2026-07-11 15:00")
    never.add(EventKind.REOPENED, "2026-07-12 10:00", by="customer", relieved=True)
    assert never.at("2026-07-12 11:00").critical_unrelieved


@pytest.mark.parametrize(
    ("calendar", "due"),
    [(weekdays(PARIS), "2026-07-13 04:00"), (ALWAYS, "2026-07-11 04:00")],
    ids=["24x5", "24x7"],
)
def test_round_the_clock_on_weekdays_and_always(calendar: calendars.Calendar, due: str) -> None:
    story = Story(always(regime({FIRST: 8}, calendar=calendar))).submitted("2026-07-10 20:00")
    assert local(story.promise(FIRST, "2026-07-10 20:00").due_at) == due


# --- special events -----------------------------------------------------------------------------------------


def test_the_window_joins_the_calendar_only_of_the_tickets_of_the_event() -> None:
    zone = "America/Toronto"
    four = always(regime({FIRST: 4}, calendar=working_hours(zone)))
    window = ((instant("2026-09-19 08:00", zone), instant("2026-09-19 20:00", zone)),)
    other = Story(four, zone=zone).submitted("2026-09-19 10:00")
    assert local(other.promise(FIRST, "2026-09-19 10:00").due_at, zone) == "2026-09-21 13:00"
    attached = Story(four, zone=zone).submitted("2026-09-19 10:00")
    attached.add(EventKind.WINDOW_JOINED, "2026-09-19 10:00", event="go-live", spans=window)
    assert local(attached.promise(FIRST, "2026-09-19 10:00").due_at, zone) == "2026-09-19 14:00"


def test_the_window_joins_from_the_instant_of_joining_and_stays_through_changes() -> None:
    window = ((instant("2026-07-11 08:00"), instant("2026-07-11 20:00")),)
    story = Story(northern).submitted("2026-07-10 17:00")
    story.add(EventKind.WINDOW_JOINED, "2026-07-11 10:00", event="go-live", spans=list(window))
    assert local(story.promise(FIRST, "2026-07-11 11:00").due_at) == "2026-07-11 17:00"
    story.facts("2026-07-11 12:00", severity="3")
    found = story.promise(
        FIRST, "2026-07-11 13:00"
    )  # 1 h on Friday, 2 on Saturday; 8 more until 20:00, one on Monday
    assert (found.used, local(found.due_at)) == (4 * HOUR, "2026-07-13 10:00")
    assert found.segments[0].ended is Because.WINDOW_JOINED
    story.facts("2026-07-11 12:30", product="other")
    assert story.promise(FIRST, "2026-07-11 13:00") == found
    check_proof(found)


# --- reopening ------------------------------------------------------------------------------------------------


def resolved(hours: float, *, floor: float | None = 8, at: str = "2026-07-09 14:00") -> Story:
    """Submitted Thursday 09:00, answered at 10:00, resolved at 14:00 unless told."""
    story = Story(always(regime({FIRST: 8, UPDATE: 16, RESOLUTION: hours}, floor=floor)))
    return story.submitted("2026-07-09 09:00").answered("2026-07-09 10:00").add(EventKind.RESOLVED, at)


def test_reopened_it_has_what_was_left_but_at_least_the_floor() -> None:
    story = resolved(8).add(EventKind.REOPENED, "2026-07-10 16:00", by="customer")  # 3 h left
    found = story.at("2026-07-10 17:00")
    first, resolution, update, update_2, resolution_2 = sorted(found.promises, key=lambda p: p.cycle)
    assert (first.commitment, first.state) == (FIRST, State.MET)
    assert (update.state, resolution.state) == (State.ENDED, State.MET)
    assert {p.commitment for p in (update_2, resolution_2)} == {UPDATE, RESOLUTION}
    again = found.latest(RESOLUTION)
    assert again is not None
    assert (again.cycle, again.duration, local(again.due_at)) == (2, 8 * HOUR, "2026-07-13 15:00")
    assert local(found.latest(UPDATE).due_at) == "2026-07-14 14:00"  # type: ignore[union-attr]
    assert (found.resolved_at, again.segments[0].began) == (None, Because.REOPENED)


def test_reopened_with_more_left_than_the_floor_it_has_what_was_left() -> None:
    story = resolved(40).add(EventKind.REOPENED, "2026-07-10 16:00", by="customer")
    assert story.promise(RESOLUTION, "2026-07-10 17:00").duration == 35 * HOUR


def test_a_reopened_resolution_keeps_its_memory_through_a_change_of_severity() -> None:
    def chosen(facts: object, _override: object) -> clock.Regime:
        return regime({RESOLUTION: {"2": 40, "3": 80, "1": 8}[facts["severity"]]}, floor=4)  # type: ignore[index]

    story = Story(chosen).submitted("2026-07-09 09:00").add(EventKind.RESOLVED, "2026-07-09 14:00")
    story.add(EventKind.REOPENED, "2026-07-10 16:00", by="customer").facts("2026-07-10 17:00", severity="3")
    assert story.promise(RESOLUTION, "2026-07-10 18:00").duration == 75 * HOUR
    story.facts("2026-07-13 09:00", severity="1")
    assert story.promise(RESOLUTION, "2026-07-13 10:00").duration == 4 * HOUR


def test_reopened_twice_it_has_what_was_left_after_both() -> None:
    story = resolved(40).add(EventKind.REOPENED, "2026-07-10 09:00", by="customer")
    story.add(EventKind.RESOLVED, "2026-07-10 15:00")
    story.add(EventKind.REOPENED, "2026-07-10 16:00", by="customer")
    found = story.promise(RESOLUTION, "2026-07-10 17:00")
    assert (found.cycle, found.duration) == (3, (40 - 5 - 6) * HOUR)


def test_reopened_with_nothing_left_and_no_floor_no_resolution_is_promised_anew() -> None:
    story = resolved(2, floor=None).add(EventKind.REOPENED, "2026-07-10 16:00", by="customer")
    found = story.promise(RESOLUTION, "2026-07-10 17:00")
    assert (found.cycle, found.state) == (1, State.BREACHED)


def test_reopened_without_an_answer_ever_no_first_response_comes_back() -> None:
    story = Story(northern).submitted(THURSDAY).add(EventKind.RESOLVED, "2026-07-09 15:00")
    story.add(EventKind.REOPENED, "2026-07-10 09:00", by="customer").facts("2026-07-10 10:00", severity="3")
    found = story.at("2026-07-10 11:00")
    assert [(p.commitment, p.state) for p in found.promises] == [
        (FIRST, State.ENDED),
        (UPDATE, State.RUNNING),
    ]


def test_reopening_an_open_ticket_changes_nothing() -> None:
    plain = Story(northern).submitted(THURSDAY)
    again = Story(northern).submitted(THURSDAY).add(EventKind.REOPENED, "2026-07-09 15:00", by="customer")
    assert again.at("2026-07-09 16:00") == plain.at("2026-07-09 16:00")


def test_facts_changed_while_resolved_count_from_the_reopening() -> None:
    story = Story(northern).submitted(THURSDAY).answered("2026-07-09 15:00")
    story.add(EventKind.RESOLVED, "2026-07-09 16:00").facts("2026-07-09 17:00", severity="4")
    before = story.at("2026-07-10 08:00")
    assert (before.facts["severity"], before.latest(UPDATE).duration) == ("4", 16 * HOUR)  # type: ignore[union-attr]
    story.add(EventKind.REOPENED, "2026-07-10 09:00", by="customer")
    assert story.promise(UPDATE, "2026-07-10 10:00").duration == 32 * HOUR


# --- late events, withdrawals, warnings -----------------------------------------------------------------------


def test_what_reached_us_counts_not_when_it_was_fetched() -> None:
    story = Story(EIGHT).submitted("2026-07-09 14:01", recorded="2026-07-09 17:30")
    assert local(story.promise(FIRST, "2026-07-09 17:30").due_at) == "2026-07-10 13:01"


def test_a_late_event_takes_a_breach_back() -> None:
    story = Story(EIGHT).submitted(THURSDAY)
    assert story.promise(FIRST, "2026-07-10 14:00").state is State.BREACHED
    story.answered("2026-07-10 12:00", recorded="2026-07-10 14:00")
    assert story.promise(FIRST, "2026-07-10 14:00").state is State.MET


def test_what_reaches_us_later_than_now_is_left_out() -> None:
    story = Story(EIGHT).submitted(THURSDAY).answered("2026-07-10 12:00")
    assert story.promise(FIRST, "2026-07-10 11:00").state is State.RUNNING


def test_an_undone_answer_never_was() -> None:
    story = Story(northern).submitted(THURSDAY)
    before = story.at("2026-07-09 16:00")
    story.answered("2026-07-09 15:00").add(EventKind.WITHDRAWN, "2026-07-09 15:00", event="e001")
    assert story.at("2026-07-09 16:00") == before
    story.add(EventKind.WITHDRAWN, "2026-07-09 15:01", event="e002")
    assert story.promise(FIRST, "2026-07-09 16:00").state is State.MET


def test_events_are_read_by_reached_then_recorded_then_id() -> None:
    at = instant(THURSDAY)
    kinds = [("b", at, at), ("a", at, at), ("c", at, at - 1), ("d", at - 1, at)]
    made = [
        clock.Event(
            id=name, kind=EventKind.HELD, at=reached, recorded=recorded, by="system", data={"hold": name}
        )
        for name, reached, recorded in kinds
    ]
    assert [event.id for event in events.in_order(made)] == ["d", "c", "a", "b"]
    assert clock.fold(made, EIGHT, at).held == ("d", "c", "a", "b")


@pytest.mark.parametrize(("hours", "warning"), [(8, "2026-07-10 11:00"), (4, "2026-07-09 17:00")])
def test_the_warning_comes_when_three_quarters_are_used(hours: float, warning: str) -> None:
    story = Story(always(regime({FIRST: hours}))).submitted(THURSDAY)
    assert local(story.promise(FIRST, THURSDAY).warning_at) == warning


def test_the_warning_is_the_floor_of_three_quarters_in_whole_microseconds() -> None:
    odd = regime({FIRST: 1})
    allotment = clock.Allotment(
        commitment=FIRST,
        duration=7,
        calendar=odd.allotments[FIRST].calendar,
        clause="T",
        binding=odd.binding,
    )
    story = Story(always(regime({}))).submitted(THURSDAY)
    run = promises.Run(allotment=allotment, cycle=1, at=story.events[0].at, because=Because.STARTED)
    assert run.promised(story.events[0].at).warning_at == story.events[0].at + 5


def test_the_warning_moves_with_pauses_and_stays_once_reached() -> None:
    story = paused().add(EventKind.RESUMED, "2026-07-13 10:00")
    assert local(story.promise(RESOLUTION, "2026-07-13 11:00").warning_at) == "2026-07-13 14:00"
    late = Story(always(regime({RESOLUTION: 8}))).submitted(THURSDAY).waits("2026-07-10 12:00")
    assert local(late.promise(RESOLUTION, "2026-07-10 17:00").warning_at) == "2026-07-10 11:00"
    late.wrote("2026-07-13 10:00")
    assert local(late.promise(RESOLUTION, "2026-07-13 10:30").warning_at) == "2026-07-10 11:00"


def test_the_warning_follows_a_change_of_terms() -> None:
    lowered = Story(northern).submitted(THURSDAY).facts("2026-07-10 12:00", severity="4")
    assert local(lowered.promise(FIRST, "2026-07-10 12:30").warning_at) == "2026-07-10 17:00"
    raised = (
        Story(northern).submitted(THURSDAY, facts={"severity": "4"}).facts("2026-07-10 12:00", severity="2")
    )
    assert local(raised.promise(FIRST, "2026-07-10 12:30").warning_at) == "2026-07-10 12:00"


def test_a_warning_not_reached_before_the_act_was_none() -> None:
    story = Story(EIGHT).submitted(THURSDAY).answered("2026-07-10 10:00")
    assert story.promise(FIRST, "2026-07-10 16:00").warning_at is None
    story = Story(EIGHT).submitted(THURSDAY).answered("2026-07-10 12:00")
    assert local(story.promise(FIRST, "2026-07-10 16:00").warning_at) == "2026-07-10 11:00"


# --- when to look again ---------------------------------------------------------------------------------------


def test_the_next_check_is_the_earliest_warning_or_due_instant_ahead() -> None:
    story = Story(always(regime({FIRST: 8, RESOLUTION: 12}))).submitted(THURSDAY)
    checks = [THURSDAY, "2026-07-10 11:00", "2026-07-10 13:00", "2026-07-10 14:00", "2026-07-10 17:00"]
    assert [local(story.at(now).next_check_at) for now in checks] == [
        "2026-07-10 11:00",
        "2026-07-10 13:00",
        "2026-07-10 14:00",
        "2026-07-10 17:00",
        None,
    ]


def test_a_due_instant_past_the_known_dates_is_provisional() -> None:
    calendar = replace(working_hours(PARIS), dates_known_until=date(2026, 7, 9))
    story = Story(always(regime({FIRST: 4, RESOLUTION: 8}, calendar=calendar))).submitted(THURSDAY)
    found = {p.commitment: p.provisional for p in story.at(THURSDAY).promises}
    assert found == {FIRST: False, RESOLUTION: True}
    story.add(EventKind.RESOLVED, "2026-07-09 15:00")
    assert not any(p.provisional for p in story.at("2026-07-09 16:00").promises)


# --- events that cannot be ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (EventKind.SUBMITTED, {"complete": True, "outcome": "cover", "facts": {}}, "submitted twice"),
        (EventKind.HELD, {}, "`hold` must be a word"),
        (EventKind.WAIT_STARTED, {"wait": "godot"}, "`wait` must be one of customer, consent"),
        (EventKind.RELIEVED, {}, "`relief` must be one of operational"),
        (EventKind.DECIDED, {"outcome": "maybe"}, "`outcome` must be one of hold, cover"),
        (EventKind.DECIDED, {"outcome": "cover", "targets": 3}, "`targets` must be a word"),
        (EventKind.DECIDED, {"outcome": "offer", "chosen": "yes"}, "`chosen` must be true or false"),
        (EventKind.FACTS_CHANGED, {}, "`facts` must be facts by name"),
        (EventKind.WINDOW_JOINED, {"spans": "all day"}, "`spans` must be pairs"),
        (EventKind.WINDOW_JOINED, {"spans": [(2, 1)]}, "`spans` must be pairs"),
        (EventKind.WINDOW_JOINED, {"spans": [3]}, "`spans` must be pairs"),
        (EventKind.WINDOW_JOINED, {"spans": [(1, 2, 3)]}, "`spans` must be pairs"),
        (EventKind.WITHDRAWN, {}, "`event` must be a word"),
    ],
)
def test_an_event_that_lacks_what_it_needs_is_named(
    kind: EventKind, data: dict[str, Any], words: str
) -> None:
    story = Story(EIGHT).submitted(THURSDAY).add(kind, "2026-07-09 15:00", **data)
    with pytest.raises(events.BadEventError, match="e001") as caught:
        story.at("2026-07-09 16:00")
    assert words in str(caught.value)
    assert "événement e001" in str(caught.value)


def test_holds_that_are_no_list_are_named() -> None:
    with pytest.raises(events.BadEventError, match="`holds` must be a list of words"):
        Story(EIGHT).submitted(THURSDAY, holds="payment").at(THURSDAY)


def test_lists_from_storage_become_facts_of_several_words() -> None:
    story = Story(EIGHT).submitted(THURSDAY, facts={"option": ["a", "b"]}, holds=[])
    assert story.at(THURSDAY).facts["option"] == ("a", "b")
