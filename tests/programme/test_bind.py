"""Calendar rules of a programme become calendars in a customer's zone, with its holidays."""

from __future__ import annotations

from datetime import date

import pytest
from tests.programme import small

from palier.core import calendars, worktime
from palier.core.programme import Programme
from palier.programme import bind

CALENDARS = """  customer:
    name: {fr: Vos heures, en: Your hours}
    zone: customer
    week: {mon-fri: ["09:00-17:00"]}
    holidays: customer
  both: {name: {fr: Les deux, en: Both}, intersection: [desk, customer]}
  either: {name: {fr: L'un ou l'autre, en: Either}, union: [desk, customer]}
  early: {name: {fr: Tôt, en: Early}, difference: [customer, desk]}
  always: {name: {fr: Toujours, en: Always}, week: always}
desk_calendar:"""
FRANCE = {"CA-QC": (date(2026, 7, 1),), "FR": (date(2026, 7, 14),)}
KNOWN = {"CA-QC": date(2028, 12, 31), "FR": date(2027, 12, 31)}


@pytest.fixture(scope="module")
def programme() -> Programme:
    return small.programme(("desk_calendar:", CALENDARS))


def bound(
    programme: Programme, calendar: str, *, zone: str | None = "Europe/Paris", place: str | None = "FR"
) -> calendars.AnyCalendar:
    return bind.bind_calendar(
        programme, calendar, zone=zone, place=place, holiday_rows=FRANCE, known_until=KNOWN
    )


def hours(calendar: calendars.AnyCalendar, day: date) -> int:
    """Open hours on a day, in UTC."""
    start = worktime.to_micros(worktime.to_datetime(0).replace(year=day.year, month=day.month, day=day.day))
    return worktime.elapsed(calendar, start, start + 86_400_000_000) // 3_600_000_000


def test_a_calendar_of_the_vendor_keeps_its_zone_and_holidays(programme: Programme) -> None:
    desk = bound(programme, "desk")
    assert isinstance(desk, calendars.Calendar)
    assert (desk.name, desk.zone, desk.dates_known_until) == ("desk", "America/Toronto", date(2028, 12, 31))
    assert hours(desk, date(2026, 7, 1)) == 0
    assert hours(desk, date(2026, 7, 14)) == 8


def test_a_calendar_of_the_customer_takes_the_zone_and_holidays_of_the_site(programme: Programme) -> None:
    customer = bound(programme, "customer")
    assert isinstance(customer, calendars.Calendar)
    assert (customer.zone, customer.dates_known_until) == ("Europe/Paris", date(2027, 12, 31))
    assert hours(customer, date(2026, 7, 1)) == 8
    assert hours(customer, date(2026, 7, 14)) == 0


@pytest.mark.parametrize("place", [None, "GB"])
def test_without_known_holidays_there_are_none(programme: Programme, place: str | None) -> None:
    customer = bound(programme, "customer", place=place)
    assert isinstance(customer, calendars.Calendar)
    assert customer.dates_known_until is None
    assert hours(customer, date(2026, 7, 14)) == 8


def test_calendars_combine(programme: Programme) -> None:
    thursday = date(2026, 7, 9)  # Paris 07–15 UTC, Toronto 13–21 UTC
    assert hours(bound(programme, "both"), thursday) == 2
    assert hours(bound(programme, "either"), thursday) == 14
    assert hours(bound(programme, "early"), thursday) == 6
    assert hours(bound(programme, "always"), thursday) == 24


def test_who_follows_the_customer(programme: Programme) -> None:
    follows = {name for name in programme.calendars if bind.follows_customer(programme, name)}
    assert follows == {"customer", "both", "either", "early"}


def test_the_customers_zone_has_to_be_given(programme: Programme) -> None:
    assert hours(bound(programme, "desk", zone=None), date(2026, 7, 9)) == 8
    with pytest.raises(calendars.CalendarError, match="'customer'"):
        bound(programme, "both", zone=None)


def test_which_holidays_are_needed(programme: Programme) -> None:
    assert bind.needed_holidays(programme) == {"CA-QC"}
    assert bind.needed_holidays(programme, "FR") == {"CA-QC", "FR"}
    assert bind.needed_holidays(small.programme(), "FR") == {"CA-QC"}
