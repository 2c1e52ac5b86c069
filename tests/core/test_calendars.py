"""Calendars as values: what they refuse, and what their hash stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from palier.core import calendars, localtime
from palier.core.calendars import ALWAYS, NEVER, Calendar, CalendarError, DatedSpan, Week

WEEK = Week((((9 * 3600, 18 * 3600),),) * 5 + ((), ()))
DAY_OFF = DatedSpan(first=date(2026, 12, 24), last=date(2026, 12, 24))
OFFICE = Calendar(name="office", zone="Europe/Paris", week=WEEK)


@pytest.mark.parametrize("hours", [(-1, 5), (86_400, 86_401), (10, 10), (10, 9), (10, 10 + 86_401)])
def test_hours_out_of_order_are_refused(hours: tuple[int, int]) -> None:
    with pytest.raises(CalendarError, match="hours from second"):
        Week(((hours,),) + ((),) * 6)
    with pytest.raises(CalendarError, match="hours from second"):
        DatedSpan(first=date(2026, 1, 1), last=date(2026, 1, 1), start_s=hours[0], end_s=hours[1])


def test_impossible_calendars_are_refused() -> None:
    with pytest.raises(CalendarError, match="7 days"):
        Week(((),) * 6)
    with pytest.raises(CalendarError, match="end before they begin"):
        DatedSpan(first=date(2026, 1, 2), last=date(2026, 1, 1))
    with pytest.raises(CalendarError, match="lack their start or their end"):
        DatedSpan(first=date(2026, 1, 1), last=date(2026, 1, 1), start_s=5)
    with pytest.raises(localtime.UnknownZone):
        Calendar(name="x", zone="customer", week=WEEK)
    with pytest.raises(CalendarError, match="no calendars"):
        calendars.union("empty")


@pytest.mark.parametrize(
    "calendar",
    [
        {"week": WEEK},
        {"week": ALWAYS, "holidays": frozenset({date(2026, 1, 1)})},
        {"week": ALWAYS, "closures": (DAY_OFF,)},
        {"week": ALWAYS, "openings": (DAY_OFF,)},
    ],
)
def test_only_always_without_dates_can_do_without_a_zone(calendar: dict[str, object]) -> None:
    with pytest.raises(CalendarError, match="needs a zone"):
        Calendar(name="x", **calendar)  # type: ignore[arg-type]
    assert Calendar(name="x", week=ALWAYS, dates_known_until=date(2030, 1, 1)).known_until is None


def test_an_opening_has_to_open_something() -> None:
    saturday = DatedSpan(first=date(2026, 7, 11), last=date(2026, 7, 11))
    with pytest.raises(CalendarError, match="2026-07-11"):
        replace(OFFICE, openings=(saturday,))
    assert calendars.opens_something(WEEK, replace(saturday, last=date(2026, 7, 13)))
    assert not calendars.opens_something(WEEK, replace(saturday, last=date(2026, 7, 12)))
    assert not calendars.opens_something(NEVER, replace(saturday, last=date(2027, 7, 12)))
    assert calendars.opens_something(NEVER, replace(saturday, start_s=0, end_s=1))


def test_the_hash_stands_for_all_that_decides_the_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    others: list[calendars.AnyCalendar] = [
        replace(OFFICE, zone="Europe/Zurich"),
        replace(OFFICE, week=ALWAYS),
        replace(OFFICE, holidays=frozenset({date(2026, 7, 14)})),
        replace(OFFICE, closures=(DAY_OFF,)),
        replace(OFFICE, openings=(DAY_OFF,)),
        replace(OFFICE, closures=(replace(DAY_OFF, start_s=1, end_s=2),)),
        replace(OFFICE, dates_known_until=date(2028, 12, 31)),
        calendars.union("u", OFFICE),
        calendars.intersection("i", OFFICE),
        calendars.difference("d", OFFICE, OFFICE),
        calendars.union("u", OFFICE, OFFICE),
        calendars.Windows(name="w", open=()),
    ]
    assert len({OFFICE.hash, *(other.hash for other in others)}) == len(others) + 1
    assert replace(OFFICE, name="bureau").hash == OFFICE.hash
    overlapping = Week((((0, 7200), (3600, 10_800)),) + ((),) * 6)
    swapped = Week((((3600, 10_800), (0, 7200)),) + ((),) * 6)
    assert replace(OFFICE, week=overlapping).hash == replace(OFFICE, week=swapped).hash, "order says nothing"
    monkeypatch.setattr(localtime, "rules_version", lambda: "1999a")
    assert replace(OFFICE).hash != OFFICE.hash, "new zone rules make a new calendar"


def test_the_rules_have_a_version() -> None:
    assert localtime.rules_version()[:2] == "20"
