"""A programme's calendar rules become calendars, once a ticket's zone and holidays are known.

`customer` in a rule is the zone and the holidays of the ticket's site. Which dates a holiday code stands for comes in from
outside (frozen rows, or `holidays.between`), because a calendar must count the same tomorrow as today.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from palier.core import calendars
from palier.core.programme import CUSTOMER, CalendarRule, Programme


def needed_holidays(programme: Programme, place: str | None = None) -> frozenset[str]:
    """The holiday codes its calendars rest on; `place` is the code of the customer's site, where that is known."""
    named = {code for rule in programme.calendars.values() for code in rule.holidays}
    here = {place} if place is not None and CUSTOMER in named else set()
    return frozenset(named - {CUSTOMER} | here)


def follows_customer(programme: Programme, calendar: str) -> bool:
    """Whether the calendar, or one it is made of, takes its zone from the customer."""
    rule = programme.calendars[calendar]
    parts = rule.combine[1] if rule.combine is not None else ()
    return rule.zone == CUSTOMER or any(follows_customer(programme, part) for part in parts)


def bind_calendar(
    programme: Programme,
    calendar: str,
    *,
    zone: str | None,
    place: str | None,
    holiday_rows: Mapping[str, Collection[date]],
    known_until: Mapping[str, date],
) -> calendars.AnyCalendar:
    """The calendar of a rule, in the customer's `zone` and with the holidays of `place` where it follows the customer.

    `holiday_rows` holds the dates of each code, `known_until` the last date for which they are known; a code that has
    neither has no holidays. Raises `calendars.CalendarError` when the rule follows the customer and `zone` is None.
    """
    rule = programme.calendars[calendar]
    if rule.combine is not None:
        operation, parts = rule.combine
        bound = tuple(
            bind_calendar(
                programme, part, zone=zone, place=place, holiday_rows=holiday_rows, known_until=known_until
            )
            for part in parts
        )
        return calendars.Combined(name=rule.id, operation=calendars.Operation(operation), parts=bound)
    return _bound(rule, zone, _codes(rule, place), holiday_rows, known_until)


def _codes(rule: CalendarRule, place: str | None) -> tuple[str, ...]:
    """The rule's holiday codes with `customer` replaced by the place, if there is one."""
    own = tuple(code for code in rule.holidays if code != CUSTOMER)
    return (*own, place) if place is not None and CUSTOMER in rule.holidays else own


def _bound(
    rule: CalendarRule,
    zone: str | None,
    codes: tuple[str, ...],
    holiday_rows: Mapping[str, Collection[date]],
    known_until: Mapping[str, date],
) -> calendars.Calendar:
    if rule.zone == CUSTOMER and zone is None:
        raise calendars.CalendarError(f"calendar '{rule.id}' follows the customer's zone: give one")
    return calendars.Calendar(
        name=rule.id,
        zone=zone if rule.zone == CUSTOMER else rule.zone,
        week=calendars.NEVER if rule.week is None else rule.week,
        holidays=frozenset(day for code in codes for day in holiday_rows.get(code, ())),
        closures=rule.closures,
        openings=rule.openings,
        dates_known_until=min((known_until[code] for code in codes if code in known_until), default=None),
    )
