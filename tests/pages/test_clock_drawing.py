"""The drawing says what the fold says: same instants, same sums, nothing outside its frame, nothing left out silently."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from palier.core import calendars, clock, regimes, worktime
from palier.core.clock import Clock, Event, EventKind
from palier.core.programme import Binding, Commitment, Wait
from palier.pages import clock_drawing, clock_scale
from palier.pages.clock_drawing import Drawing
from palier.pages.moments import DAY, HOUR, Moments

ZONE = "Europe/London"
OFFICE = calendars.Calendar(
    name="office", zone=ZONE, week=calendars.Week((((9 * 3600, 18 * 3600),),) * 5 + ((),) * 2)
)
ALWAYS = calendars.Calendar(name="always", week=calendars.ALWAYS)


def at(text: str) -> int:
    return worktime.to_micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


def happen(kind: EventKind, when: str, by: str = "person", **data: object) -> Event:
    return Event(id=when + kind, kind=kind, at=at(when), recorded=at(when), by=by, data=data)


def submitted(when: str) -> Event:
    return happen(
        EventKind.SUBMITTED,
        when,
        "customer",
        complete=True,
        holds=(),
        outcome="cover",
        facts={"severity": "2"},
    )


def fold(events: Sequence[Event], now: str, calendar: calendars.AnyCalendar = OFFICE, **hours: int) -> Clock:
    regime = regimes.Regime(
        target_set="t",
        clause="T1",
        binding=Binding.TARGET,
        pause={one: frozenset({Wait.CUSTOMER}) for one in Commitment if one is not Commitment.FIRST_RESPONSE},
        allotments={
            Commitment(name): regimes.Allotment(
                commitment=Commitment(name),
                duration=n * HOUR,
                calendar=calendar,
                clause="T1",
                binding=Binding.TARGET,
            )
            for name, n in hours.items()
        },
    )
    return clock.fold(events, lambda facts, override: regime, at(now))


def draw(found: Clock, *, locale: str = "en-GB", single: bool = False) -> Drawing:
    with translation.override(locale[:2]):
        made = clock_drawing.draw(
            found.promises,
            now=found.now,
            moments=Moments(locale=locale, zone=ZONE),
            open_in=clock_drawing.opened_in(found.calendars),
            subject="BOR-1042",
            single=single,
        )
    assert made is not None
    return made


MOCK = [
    submitted("2026-07-07 14:00"),
    happen(EventKind.ANSWERED, "2026-07-07 16:25"),
    happen(EventKind.ANSWERED, "2026-07-07 17:10"),
    happen(EventKind.WAIT_STARTED, "2026-07-07 17:10", wait="customer"),
    happen(EventKind.CUSTOMER_WROTE, "2026-07-08 10:45", "customer"),
]


def the_mock() -> Clock:
    return fold(MOCK, "2026-07-09 15:32", first_response=8, workaround=12, next_update=16)


def test_a_few_days_are_drawn_to_one_scale_with_a_lane_a_commitment() -> None:
    drawn = draw(the_mock())
    assert [lane.name for lane in drawn.lanes] == ["First answer", "Workaround", "Next update"]
    assert [lane.tone for lane in drawn.lanes] == ["met", "missed", "due"]
    assert drawn.lanes[0].said == "met, 2\xa0h\xa025 of 8\xa0h"
    assert drawn.lanes[1].said == "missed by 4\xa0h\xa057 of business time; was due 10:35"
    assert drawn.lanes[2].said == "due 17:45, 2\xa0h\xa013 left of 16\xa0h"
    assert not drawn.folds
    assert drawn.kinds == {"counted", "paused", "over", "left", "spare"}
    assert [mark.kind for mark in drawn.lanes[0].marks] == ["was", "met"]
    assert drawn.lanes[1].marks[0].kind == "missed"
    assert [label.text for label in drawn.days] == ["Tue 7\xa0Jul", "Wed 8\xa0Jul", "Thu 9\xa0Jul"]


def test_the_description_says_every_lane_in_a_sentence() -> None:
    drawn = draw(the_mock())
    assert drawn.description == (
        "First answer: met, 2\xa0h\xa025 of 8\xa0h. "
        "Workaround: missed by 4\xa0h\xa057 of business time; was due Thursday 9\xa0July, 10:35. "
        "Next update: due Thursday 9\xa0July, 17:45, 2\xa0h\xa013 left of 16\xa0h."
    )
    assert drawn.title.startswith("Clock of BOR-1042 from Tuesday 7\xa0July, 08:00")


def test_in_french_nothing_stays_english() -> None:
    drawn = draw(the_mock(), locale="fr-FR")
    assert drawn.lanes[1].said == "manquée de 4\xa0h\xa057 de temps ouvré\u202f; due 10:35"
    assert drawn.now_word == "maintenant"


def test_the_proof_sums_to_what_was_promised_row_by_row() -> None:
    found = the_mock()
    for proof, promised in zip(draw(found).proofs, sorted_promises(found), strict=True):
        told = [row for row in proof.rows if "late" not in row.why]
        assert sum(row.micros for row in told) == proof.total_micros
        if promised.due_at is not None:
            assert proof.total_micros == promised.duration


def sorted_promises(found: Clock) -> list[clock.Promised]:
    order = (Commitment.FIRST_RESPONSE, Commitment.WORKAROUND, Commitment.NEXT_UPDATE, Commitment.RESOLUTION)
    return sorted(found.promises, key=lambda one: (order.index(one.commitment), one.cycle))


def test_the_rows_of_the_mock_are_its_words() -> None:
    proof = draw(the_mock()).proofs[-1]
    assert [(row.start, row.end, row.counted) for row in proof.rows] == [
        ("Tue\xa017:10", "Wed\xa010:45", "0\xa0h\xa000"),
        ("Wed\xa010:45", "18:00", "7\xa0h\xa015"),
        ("Thu\xa009:00", "now, 15:32", "6\xa0h\xa032"),
        ("now", "17:45", "2\xa0h\xa013"),
    ]
    assert proof.rows[0].why == "paused, waits for the customer"


def test_every_bar_leads_to_a_row_of_the_proof() -> None:
    drawn = draw(the_mock())
    rows = {row.id for proof in drawn.proofs for row in proof.rows if row.id}
    assert {bar.row for lane in drawn.lanes for bar in lane.bars} <= rows


def test_a_week_folds_its_nights_and_drops_the_days_nobody_works() -> None:
    drawn = draw(
        fold(
            [submitted("2026-07-02 14:00"), happen(EventKind.ANSWERED, "2026-07-03 09:25")],
            "2026-07-07 11:32",
            first_response=16,
            next_update=32,
        )
    )
    assert drawn.folds
    assert "Sat 4" not in [label.text.replace("\xa0", " ") for label in drawn.days]


def test_a_long_clock_keeps_the_days_around_now_and_names_what_it_folds() -> None:
    events = [submitted("2026-07-01 14:00"), happen(EventKind.ANSWERED, "2026-07-01 14:30")]
    drawn = draw(fold(events, "2026-07-15 16:32", ALWAYS, first_response=1, resolution=720))
    quiet = [label.text for label in drawn.days if label.quiet]
    assert quiet[0].endswith("days before")
    assert quiet[1].endswith("days after")
    assert any(label.text.replace("\xa0", " ") == "Wed 15" for label in drawn.days)


def test_the_preview_has_one_lane_without_words_and_the_due_hour_below() -> None:
    drawn = draw(fold([submitted("2026-07-09 14:00")], "2026-07-09 14:00", first_response=8), single=True)
    assert not drawn.named
    assert drawn.height in (59, 75)
    assert "13:00" in [label.text for label in drawn.hours]
    assert [bar.label for bar in drawn.lanes[0].bars] == [
        "Thu\xa014:00 to 18:00, left",
        "Fri\xa009:00 to 13:00, left",
    ]


def test_nothing_promised_is_no_drawing() -> None:
    nothing = clock_drawing.draw(
        (), now=0, moments=Moments(locale="en", zone=ZONE), open_in=lambda *_: (), subject="x"
    )
    assert nothing is None


def test_missed_intervals_before_are_counted_in_the_words() -> None:
    events = [submitted("2026-07-06 09:00"), happen(EventKind.ANSWERED, "2026-07-06 10:00"), happen(EventKind.ANSWERED, "2026-07-07 17:00")]  # fmt: skip
    drawn = draw(fold(events, "2026-07-07 17:30", first_response=4, next_update=4))
    assert drawn.lanes[1].said.endswith("; 1 missed before")


def test_the_picture_is_one_image_and_its_segments_are_links_beside_it() -> None:
    with translation.override("en"):
        html = render_to_string("pages/clock.html", {"clock": draw(the_mock())})
    image, links = html.split("pl-clock-hits")
    assert 'role="img"' in image
    assert "<a " not in image
    assert links.count("<a href=") == sum(len(lane.bars) for lane in draw(the_mock()).lanes)
    assert "style=" not in html


@given(
    st.integers(min_value=1, max_value=700),
    st.integers(min_value=0, max_value=1000),
    st.sampled_from([OFFICE, ALWAYS]),
)
@settings(max_examples=60, deadline=None)
def test_the_scale_is_monotone_and_stays_in_its_frame(
    hours: int, passed: int, calendar: calendars.AnyCalendar
) -> None:
    start = at("2026-03-02 09:30")
    end = start + hours * HOUR
    opened = worktime.segments(calendar, start, end)
    made = clock_scale.scale(
        start=start,
        end=end,
        now=min(start + passed * HOUR, end),
        opened=opened,
        moments=Moments(locale="en", zone=ZONE),
    )
    places = [made.x(start + (end - start) * n // 50) for n in range(51)]
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] == pytest.approx(100)
    assert made.x(start - DAY) == 0
    assert made.x(end + DAY) == 100
