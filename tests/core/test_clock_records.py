"""What a worker appends to a ticket's history about its clock."""

from __future__ import annotations

from tests.core.clock_story import FIRST, UPDATE, Story, always, instant, northern, regime

from palier.core import records
from palier.core.clock import EventKind
from palier.core.records import Recorded, RecordKind, ToRecord

EIGHT = always(regime({FIRST: 8}))
WARNING = instant("2026-07-10 11:00")
DUE = instant("2026-07-10 13:00")


def submitted() -> Story:
    return Story(EIGHT).submitted("2026-07-09 14:00")


def recorded(kind: RecordKind, at: int, name: str = "r1") -> Recorded:
    return Recorded(id=name, kind=kind, commitment=FIRST, at=at)


def expected(kind: RecordKind, at: int, *, turn: int = 0, withdraws: str | None = None) -> ToRecord:
    return ToRecord(kind=kind, commitment=FIRST, cycle=1, at=at, turn=turn, withdraws=withdraws)


def test_warning_and_breach_are_recorded_once_at_their_true_instants() -> None:
    story = submitted()
    assert records.to_record(story.at("2026-07-10 10:59"), []) == ()
    assert records.to_record(story.at("2026-07-10 11:00"), []) == (expected(RecordKind.WARNED, WARNING),)
    late = story.at("2026-07-13 09:00")  # the worker was down since
    both = (expected(RecordKind.WARNED, WARNING), expected(RecordKind.BREACHED, DUE))
    assert records.to_record(late, []) == both
    assert records.to_record(late, [recorded(RecordKind.WARNED, WARNING)]) == both[1:]
    history = [recorded(RecordKind.WARNED, WARNING), recorded(RecordKind.BREACHED, DUE)]
    assert records.to_record(late, history) == ()


def test_a_late_event_takes_a_recorded_breach_back_and_the_withdrawal_names_it() -> None:
    story = submitted().answered("2026-07-10 12:00", recorded="2026-07-10 14:00")
    history = [recorded(RecordKind.WARNED, WARNING, "r0"), recorded(RecordKind.BREACHED, DUE)]
    taken_back = expected(RecordKind.BREACH_WITHDRAWN, DUE, withdraws="r1")
    assert records.to_record(story.at("2026-07-10 15:00"), history) == (taken_back,)
    history.append(recorded(RecordKind.BREACH_WITHDRAWN, DUE, "r2"))
    assert records.to_record(story.at("2026-07-10 15:00"), history) == ()
    # The answer turns out to have been taken back by its author: the breach stands again, for the second time.
    story.add(EventKind.WITHDRAWN, "2026-07-10 12:00", event="e001")
    again = expected(RecordKind.BREACHED, DUE, turn=1)
    assert records.to_record(story.at("2026-07-10 16:00"), history) == (again,)
    history.append(recorded(RecordKind.BREACHED, DUE, "r3"))
    story.answered("2026-07-10 12:30")
    second = expected(RecordKind.BREACH_WITHDRAWN, DUE, turn=1, withdraws="r3")
    assert records.to_record(story.at("2026-07-10 16:00"), history) == (second,)


def test_a_breach_that_moves_is_taken_back_and_recorded_where_it_is() -> None:
    story = Story(EIGHT).submitted("2026-07-09 15:00")
    found = records.to_record(story.at("2026-07-10 16:00"), [recorded(RecordKind.BREACHED, DUE)])
    assert [(entry.kind, entry.at) for entry in found] == [
        (RecordKind.WARNED, instant("2026-07-10 12:00")),
        (RecordKind.BREACH_WITHDRAWN, DUE),
        (RecordKind.BREACHED, instant("2026-07-10 14:00")),
    ]


def test_cycles_numbered_anew_by_a_late_event_take_nothing_back() -> None:
    story = Story(northern).submitted("2026-07-09 14:00").answered("2026-07-09 16:00")
    story.answered("2026-07-09 15:00")
    due = instant("2026-07-13 14:00")
    history = [Recorded(id="r1", kind=RecordKind.BREACHED, commitment=UPDATE, at=due)]
    found = story.at("2026-07-13 15:00")
    assert found.promises[-1].breached_at == due
    assert [entry.kind for entry in records.to_record(found, history)] == [RecordKind.WARNED]


def test_a_look_back_in_time_takes_back_nothing_that_came_later() -> None:
    assert records.to_record(submitted().at("2026-07-09 15:00"), [recorded(RecordKind.BREACHED, DUE)]) == ()


def test_a_breach_dated_now_that_the_clock_does_not_have_is_taken_back() -> None:
    found = submitted().answered("2026-07-10 12:00").at("2026-07-10 13:00")
    taken_back = expected(RecordKind.BREACH_WITHDRAWN, DUE, withdraws="r1")
    assert taken_back in records.to_record(found, [recorded(RecordKind.BREACHED, DUE)])


def test_a_breach_of_what_was_never_promised_is_taken_back_as_the_first() -> None:
    found = records.to_record(
        Story(always(None)).at("2026-07-10 15:00"), [recorded(RecordKind.BREACHED, DUE)]
    )
    assert found == (expected(RecordKind.BREACH_WITHDRAWN, DUE, withdraws="r1"),)
