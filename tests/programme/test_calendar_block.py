"""Calendar blocks as written: every form that is read, and every mistake with its place."""

from __future__ import annotations

from datetime import date

import pytest

from palier.core import calendars
from palier.programme import calendar_block, yamltext
from palier.programme.calendar_block import CalendarBlock
from palier.programme.problems import Code, Level, Problem

H = 3600


def parse(text: str, **options: object) -> tuple[CalendarBlock | None, tuple[Problem, ...]]:
    document = yamltext.read(text, "c.yaml")
    assert document.problems == ()
    assert document.root is not None
    return calendar_block.parse_calendar(document.root, **options)  # type: ignore[arg-type]


def good(text: str) -> CalendarBlock:
    block, found = parse(text)
    assert found == ()
    assert block is not None
    return block


def test_every_form() -> None:
    block = good("""
zone: Europe/Paris
week: {mon-wed: ["09:00-12:30", "13:30 - 18:00"], thu: [22:00-06:00], fri: always, sat: ["18:00-24:00"], sun: []}
holidays: [FR, CH-GE, FR]
closures: [2026-12-24, 2026-12-24 12:00-18:00, 2026-08-01..2026-08-15, 2026-08-20 .. 2026-08-21]
openings: [2026-07-14, 2026-07-19 22:00-02:00:30]
""")
    morning = ((9 * H, 12 * H + 1800), (13 * H + 1800, 18 * H))
    assert block.week.days == (
        morning,
        morning,
        morning,
        ((22 * H, 30 * H),),
        ((0, 24 * H),),
        ((18 * H, 24 * H),),
        (),
    )
    assert block.zone == "Europe/Paris"
    assert block.holidays == ("FR", "CH-GE")
    eve, shut = date(2026, 12, 24), calendars.DatedSpan
    assert block.closures == (
        shut(first=eve, last=eve),
        shut(first=eve, last=eve, start_s=12 * H, end_s=18 * H),
        shut(first=date(2026, 8, 1), last=date(2026, 8, 15)),
        shut(first=date(2026, 8, 20), last=date(2026, 8, 21)),
    )
    assert block.openings[1] == shut(
        first=date(2026, 7, 19), last=date(2026, 7, 19), start_s=22 * H, end_s=26 * H + 30
    )
    bound = calendar_block.bind(
        block, name="desk", holiday_dates=[date(2026, 7, 14)], known_until=date(2028, 12, 31)
    )
    assert (bound.name, bound.zone, bound.holidays) == (
        "desk",
        "Europe/Paris",
        frozenset({date(2026, 7, 14)}),
    )
    assert bound.dates_known_until == date(2028, 12, 31)


def test_always_and_round_the_weekend() -> None:
    assert good("week: always") == CalendarBlock(zone=None, week=calendars.ALWAYS)
    assert good("{zone: UTC, week: always, closures: [2026-12-25]}").zone == "UTC"
    days = good("{zone: UTC, week: {fri-mon: always}}").week.days
    assert [bool(day) for day in days] == [True, False, False, False, True, True, True]
    only = good("{zone: UTC, week: {}, openings: [2026-07-19 08:00-20:00]}")
    assert only.week == calendars.NEVER
    assert calendar_block.bind(good("week: always"), name="a").zone is None


def test_holidays_may_be_nothing() -> None:
    assert good("{zone: UTC, week: {mon: always}, holidays: }").holidays == ()
    assert good("{zone: UTC, week: {mon: always}, holidays: []}").holidays == ()
    block, found = parse('{zone: UTC, week: {mon: always}, holidays: ""}')
    assert (block, [p.code for p in found]) == (None, [Code.CALENDAR_SHAPE])


def test_the_customer_s_zone_is_put_in() -> None:
    block = good("{zone: customer, week: {mon: always}, holidays: customer}")
    assert (block.zone, block.holidays) == ("customer", ("customer",))
    assert calendar_block.bind(block, name="c", zone="Asia/Tokyo").zone == "Asia/Tokyo"
    with pytest.raises(calendars.CalendarError, match="follows the customer's zone"):
        calendar_block.bind(block, name="c")
    fixed = good("{zone: UTC, week: {mon: always}}")
    assert calendar_block.bind(fixed, name="c", zone="Asia/Tokyo").zone == "UTC"


def test_other_keys_are_the_caller_s() -> None:
    block, found = parse(
        "{name: x, assumed: true, week: always}", other_keys=("name", "assumed"), path="calendars.a"
    )
    assert block is not None
    assert found == ()


@pytest.mark.parametrize(
    ("text", "code", "path", "column"),
    [
        ("[a]", Code.CALENDAR_SHAPE, "", 1),
        ("{week: always, hours: x}", Code.CALENDAR_KEY, "hours", 16),
        ("{zone: Europe/Pariss, week: {mon: always}}", Code.UNKNOWN_ZONE, "zone", 8),
        ("{zone: qqqq, week: {mon: always}}", Code.UNKNOWN_ZONE, "zone", 8),
        ("{zone: [UTC], week: {mon: always}}", Code.UNKNOWN_ZONE, "zone", 8),
        ("{week: {mon-sun: always}}", Code.MISSING_ZONE, "zone", 1),
        ("{week: {mon: always}}", Code.MISSING_ZONE, "zone", 1),
        ("{week: always, closures: [2026-12-24]}", Code.MISSING_ZONE, "zone", 1),
        ("{zone: UTC}", Code.CALENDAR_SHAPE, "week", 1),
        ("{zone: UTC, week: [mon]}", Code.CALENDAR_SHAPE, "week", 19),
        ("{zone: UTC, week: alway}", Code.CALENDAR_SHAPE, "week", 19),
        ("{zone: UTC, week: {mon: always, mom: always}}", Code.UNKNOWN_WEEKDAY, "week.mom", 33),
        ("{zone: UTC, week: {mon-fri-sun: always}}", Code.UNKNOWN_WEEKDAY, "week.mon-fri-sun", 20),
        ("{zone: UTC, week: {mon-fri: always, wed: []}}", Code.WEEKDAY_TWICE, "week.wed", 37),
        ("{zone: UTC, week: {mon: 09:00-18:00}}", Code.BAD_HOURS, "week.mon", 25),
        ("{zone: UTC, week: {mon: [[]]}}", Code.BAD_HOURS, "week.mon", 26),
        ("{zone: UTC, week: {mon: [9:00-18:00]}}", Code.BAD_HOURS, "week.mon", 26),
        ("{zone: UTC, week: {mon: [09:00-24:01]}}", Code.BAD_HOURS, "week.mon", 26),
        ("{zone: UTC, week: {mon: [24:00-02:00]}}", Code.BAD_HOURS, "week.mon", 26),
        ("{zone: UTC, week: {mon: [09:60-18:00]}}", Code.BAD_HOURS, "week.mon", 26),
        ("{zone: UTC, week: {mon: [09:00-09:00]}}", Code.BAD_HOURS, "week.mon", 26),
        ("{zone: UTC, week: {mon: always}, holidays: FR}", Code.CALENDAR_SHAPE, "holidays", 44),
        ("{zone: UTC, week: {mon: always}, holidays: [[FR]]}", Code.CALENDAR_SHAPE, "holidays", 44),
        ("{zone: UTC, week: {mon: always}, holidays: [CA-QB]}", Code.UNKNOWN_HOLIDAYS, "holidays", 45),
        ("{zone: UTC, week: {mon: always}, closures: 2026-12-24}", Code.BAD_DATES, "closures", 44),
        ("{zone: UTC, week: {mon: always}, closures: {a: b}}", Code.BAD_DATES, "closures", 44),
        ("{zone: UTC, week: {mon: always}, closures: [[2026-12-24]]}", Code.BAD_DATES, "closures", 45),
        ("{zone: UTC, week: {mon: always}, closures: [2026-02-30]}", Code.BAD_DATES, "closures", 45),
        ("{zone: UTC, week: {mon: always}, closures: ['']}", Code.BAD_DATES, "closures", 45),
        ("{zone: UTC, week: {mon: always}, closures: [24/12/2026]}", Code.BAD_DATES, "closures", 45),
        (
            "{zone: UTC, week: {mon: always}, closures: [2026-12-24..2026-12-23]}",
            Code.BAD_DATES,
            "closures",
            45,
        ),
        ("{zone: UTC, week: {mon: always}, closures: [2026-12-24..x]}", Code.BAD_DATES, "closures", 45),
        ("{zone: UTC, week: {mon: always}, closures: [2026-12-24 12-18]}", Code.BAD_DATES, "closures", 45),
        (
            "{zone: UTC, week: {mon: always}, openings: [2026-07-14]}",
            Code.OPENING_WITHOUT_HOURS,
            "openings",
            45,
        ),
        ("{zone: UTC, week: {}}", Code.NEVER_OPEN, "week", 13),
    ],
)
def test_mistakes(text: str, code: Code, path: str, column: int) -> None:
    block, found = parse(text)
    assert block is None
    assert [(p.code, p.path, p.place.column) for p in found] == [(code, path, column)]
    named = parse(text, path="calendars.desk")[1][0]
    assert named.path == ("calendars.desk" + ("." + path if path else ""))


def test_all_mistakes_at_once() -> None:
    _, found = parse("{zone: Mars, week: {mon: [x], tuesday: always}, closures: [y], hours: z}")
    assert [p.code for p in found] == [
        Code.UNKNOWN_ZONE,
        Code.BAD_HOURS,
        Code.UNKNOWN_WEEKDAY,
        Code.BAD_DATES,
        Code.CALENDAR_KEY,
    ]


def test_no_customer_where_there_is_none() -> None:
    block, found = parse("{zone: customer, week: {mon: always}, holidays: customer}", customer=False)
    assert block is None
    assert [(p.code, p.path) for p in found] == [
        (Code.CUSTOMER_NOT_HERE, "zone"),
        (Code.CUSTOMER_NOT_HERE, "holidays"),
    ]


def test_a_warning_leaves_the_calendar_usable() -> None:
    block, found = parse("{zone: UTC, week: {mon: always}, holidays: [BV]}")
    assert block is not None
    assert [(p.code, p.severity) for p in found] == [(Code.NO_HOLIDAY_DATA, Level.WARNING)]
