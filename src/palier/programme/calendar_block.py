"""One calendar as written in a file: from text scalars to weekly hours and dates, then bound to a zone and to holidays.

The written form is in docs/reference/calendars.md. A block may leave its zone or its holidays to the customer; `bind`
puts in the zone and the dates and gives a `core.calendars.Calendar`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from palier.core import calendars
from palier.programme import holidays, problems, zones
from palier.programme.problems import Code, Place, Problem, Said, said
from palier.programme.yamltext import Mapping, Node, Scalar, Sequence

CUSTOMER = "customer"
ALWAYS = "always"
KEYS = ("zone", "week", "holidays", "closures", "openings")

_TIME = r"(\d\d):(\d\d)(?::(\d\d))?"
_HOURS = re.compile(rf"{_TIME}\s*-\s*{_TIME}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATED = re.compile(r"(?P<first>\S+?)(?:\s*\.\.\s*(?P<last>\S+)|\s+(?P<hours>.+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarBlock:
    """A calendar before a customer's zone and holidays are known. `holidays` are codes, or `("customer",)`."""

    zone: str | None
    week: calendars.Week
    holidays: tuple[str, ...] = ()
    closures: tuple[calendars.DatedSpan, ...] = ()
    openings: tuple[calendars.DatedSpan, ...] = ()


def parse_calendar(
    node: Node, path: str = "", *, customer: bool = True, other_keys: Collection[str] = ()
) -> tuple[CalendarBlock | None, tuple[Problem, ...]]:
    """Read one calendar block. None when it cannot be used; the problems, warnings too, in any case.

    `customer` allows `zone: customer` and `holidays: customer`; `other_keys` may stand in the block and are the
    caller's to read (a name, `assumed`).
    """
    reader = _Reader(path, customer)
    block = reader.block(node, other_keys)
    found = problems.in_order(reader.problems)
    return (None if problems.any_errors(found) else block), found


def bind(
    block: CalendarBlock,
    *,
    name: str,
    zone: str | None = None,
    holiday_dates: Collection[date] = (),
    known_until: date | None = None,
) -> calendars.Calendar:
    """The calendar of a block, with the customer's `zone` where it asks for it, and the dates its holiday codes stand for.

    Raises `calendars.CalendarError` when the block asks for the customer's zone and none is given.
    """
    if block.zone == CUSTOMER and zone is None:
        raise calendars.CalendarError(f"calendar '{name}' follows the customer's zone: give one")
    return calendars.Calendar(
        name=name,
        zone=zone if block.zone == CUSTOMER else block.zone,
        week=block.week,
        holidays=frozenset(holiday_dates),
        closures=block.closures,
        openings=block.openings,
        dates_known_until=known_until,
    )


_HOURS_HINT = said(
    en='write a list of spans such as ["09:00-12:30", "13:30-18:00"]; past midnight "22:00-06:00", to midnight "18:00-24:00"; or `always`',
    fr='écrivez une liste de plages telle que ["09:00-12:30", "13:30-18:00"] ; au-delà de minuit "22:00-06:00", jusqu\'à minuit "18:00-24:00" ; ou `always`',
)
_DATES_HINT = said(
    en="write 2026-12-24, 2026-12-24 12:00-18:00 or 2026-08-01..2026-08-15",
    fr="écrivez 2026-12-24, 2026-12-24 12:00-18:00 ou 2026-08-01..2026-08-15",
)
_WEEK_HINT = said(
    en='write `always`, or days with their hours: {mon-thu: ["09:00-18:00"], fri: ["09:00-17:00"]}',
    fr='écrivez `always`, ou des jours avec leurs heures : {mon-thu: ["09:00-18:00"], fri: ["09:00-17:00"]}',
)


class _Reader:
    """Reads one block and collects its problems."""

    def __init__(self, path: str, customer: bool) -> None:
        self.path = path
        self.customer = customer
        self.problems: list[Problem] = []

    def add(self, code: Code, place: Place, at: str, message: Said, hint: Said | None = None) -> None:
        self.problems.append(problems.error(code, place, self.named(at), message, hint))

    def named(self, at: str) -> str:
        return f"{self.path}.{at}" if self.path and at else self.path or at

    def block(self, node: Node, other_keys: Collection[str]) -> CalendarBlock | None:
        if not isinstance(node, Mapping):
            self.add(
                Code.CALENDAR_SHAPE,
                node.place,
                "",
                said(en="a calendar is a group of keys", fr="un calendrier est un groupe de clés"),
                said(en=f"keys: {', '.join(KEYS)}", fr=f"clés : {', '.join(KEYS)}"),
            )
            return None
        for key, _ in node.pairs:
            if key.text not in KEYS and key.text not in other_keys:
                self.add(
                    Code.CALENDAR_KEY,
                    key.place,
                    key.text,
                    said(
                        en=f"unknown key '{key.text}' in a calendar",
                        fr=f"clé inconnue dans un calendrier : « {key.text} »",
                    ),
                    problems.known_words(key.text, KEYS),
                )
        week = self.week(node)
        zone = self.zone(node)
        codes = self.holidays(node.get("holidays"))
        closures = self.dated(node.get("closures"), "closures")
        openings = self.dated(node.get("openings"), "openings")
        if week is None:
            return None
        for place, at, opening in openings:
            if not calendars.opens_something(week, opening):
                self.opens_nothing(place, at)
        if zone is None and node.get("zone") is None:
            self.no_zone(node, week, dates=bool(codes or closures or openings))
        if week == calendars.NEVER and not openings and not self.problems:
            self.never_open(node)
        if self.problems and problems.any_errors(self.problems):
            return None
        return CalendarBlock(
            zone=zone,
            week=week,
            holidays=codes,
            closures=tuple(dated for _, _, dated in closures),
            openings=tuple(dated for _, _, dated in openings),
        )

    # --- rules that look at the block as a whole --------------------------------------------------------

    def opens_nothing(self, place: Place, at: str) -> None:
        self.add(
            Code.OPENING_WITHOUT_HOURS,
            place,
            at,
            said(
                en="this opening names no hours, and the week has none on that weekday",
                fr="cette ouverture n’indique pas d’heures, et la semaine n’en a pas ce jour-là",
            ),
            said(
                en="write its hours: 2026-12-24 12:00-18:00", fr="écrivez ses heures : 2026-12-24 12:00-18:00"
            ),
        )

    def no_zone(self, node: Mapping, week: calendars.Week, *, dates: bool) -> None:
        written = node.get("week")
        if isinstance(written, Scalar) and week == calendars.ALWAYS and not dates:
            return
        self.add(
            Code.MISSING_ZONE,
            node.place,
            "zone",
            said(en="the calendar has no zone", fr="le calendrier n’a pas de fuseau"),
            said(
                en="write one such as `zone: Europe/Paris`; only `week: always` without dates can do without",
                fr="écrivez-en un tel que `zone: Europe/Paris` ; seul `week: always` sans dates peut s’en passer",
            ),
        )

    def never_open(self, node: Mapping) -> None:
        place = node.key("week")
        self.add(
            Code.NEVER_OPEN,
            place.place if place is not None else node.place,
            "week",
            said(en="the calendar never opens", fr="le calendrier n’ouvre jamais"),
            _WEEK_HINT,
        )

    # --- keys -----------------------------------------------------------------------------------------

    def zone(self, node: Mapping) -> str | None:
        written = node.get("zone")
        if written is None:
            return None
        name = written.text if isinstance(written, Scalar) else ""
        if name == CUSTOMER:
            self.refuse_customer(written.place, "zone")
            return name
        if name not in zones.known():
            self.add(
                Code.UNKNOWN_ZONE,
                written.place,
                "zone",
                said(en=f"unknown time zone '{name}'", fr=f"fuseau horaire inconnu : « {name} »"),
                problems.did_you_mean(name, zones.known())
                or said(
                    en="write an IANA name such as Europe/Paris",
                    fr="écrivez un nom IANA tel que Europe/Paris",
                ),
            )
            return None
        return name

    def refuse_customer(self, place: Place, at: str) -> None:
        if not self.customer:
            self.add(
                Code.CUSTOMER_NOT_HERE,
                place,
                at,
                said(
                    en="there is no customer here to take it from",
                    fr="il n’y a pas ici de client dont la reprendre",
                ),
                said(
                    en="write a zone such as Europe/Paris, and holiday codes such as FR",
                    fr="écrivez un fuseau tel que Europe/Paris, et des codes de jours fériés tels que FR",
                ),
            )

    def week(self, node: Mapping) -> calendars.Week | None:
        written = node.get("week")
        if isinstance(written, Scalar) and written.text == ALWAYS:
            return calendars.ALWAYS
        if not isinstance(written, Mapping):
            self.add(
                Code.CALENDAR_SHAPE,
                written.place if written is not None else node.place,
                "week",
                said(en="the week is missing", fr="la semaine manque")
                if written is None
                else said(en="this is not a week", fr="ceci n’est pas une semaine"),
                _WEEK_HINT,
            )
            return None
        days: dict[int, calendars.Hours] = {}
        for key, value in written.pairs:
            hours = self.hours(value, f"week.{key.text}")
            for day in self.weekdays(key):
                if day in days:
                    self.weekday_twice(key, day)
                days[day] = hours
        return calendars.Week(tuple(days.get(day, ()) for day in range(7)))

    def weekday_twice(self, key: Scalar, day: int) -> None:
        name = calendars.WEEKDAYS[day]
        self.add(
            Code.WEEKDAY_TWICE,
            key.place,
            f"week.{key.text}",
            said(en=f"'{name}' has its hours already", fr=f"« {name} » a déjà ses heures"),
            said(en="name each day once", fr="ne nommez chaque jour qu’une fois"),
        )

    def weekdays(self, key: Scalar) -> list[int]:
        """The days of `mon`, `mon-fri` or (round the weekend) `fri-mon`."""
        names = [part.strip() for part in key.text.split("-")]
        unknown = [name for name in names if name not in calendars.WEEKDAYS]
        if unknown or len(names) > 2:
            word = unknown[0] if unknown else key.text
            self.add(
                Code.UNKNOWN_WEEKDAY,
                key.place,
                f"week.{key.text}",
                said(en=f"unknown weekday '{word}'", fr=f"jour de la semaine inconnu : « {word} »"),
                problems.known_words(word, calendars.WEEKDAYS),
            )
            return []
        first, last = (calendars.WEEKDAYS.index(name) for name in (names[0], names[-1]))
        return [(first + i) % 7 for i in range((last - first) % 7 + 1)]

    def hours(self, node: Node, at: str) -> calendars.Hours:
        if isinstance(node, Scalar) and node.text == ALWAYS:
            return calendars.ALL_DAY
        if not isinstance(node, Sequence):
            self.bad_hours(node, at)
            return ()
        found = []
        for item in node.items:
            span = read_hours(item.text) if isinstance(item, Scalar) else None
            if span is None:
                self.bad_hours(item, at)
            else:
                found.append(span)
        return tuple(found)

    def bad_hours(self, node: Node, at: str) -> None:
        shown = f"'{node.text}'" if isinstance(node, Scalar) else "this"
        shown_fr = f"« {node.text} »" if isinstance(node, Scalar) else "ceci"
        self.add(
            Code.BAD_HOURS,
            node.place,
            at,
            said(en=f"{shown} is not a span of hours", fr=f"{shown_fr} n’est pas une plage d’heures"),
            _HOURS_HINT,
        )

    def holidays(self, node: Node | None) -> tuple[str, ...]:
        if node is None or (isinstance(node, Scalar) and not node.text and not node.quoted):
            return ()
        if isinstance(node, Scalar) and node.text == CUSTOMER:
            self.refuse_customer(node.place, "holidays")
            return (CUSTOMER,)
        if not isinstance(node, Sequence) or not all(isinstance(item, Scalar) for item in node.items):
            self.add(
                Code.CALENDAR_SHAPE,
                node.place,
                "holidays",
                said(en="holidays are a list of codes", fr="les jours fériés sont une liste de codes"),
                said(
                    en="write [FR] or [CA-QC], or `customer`, or leave the key out",
                    fr="écrivez [FR] ou [CA-QC], ou `customer`, ou omettez la clé",
                ),
            )
            return ()
        codes = []
        for item in node.items:
            assert isinstance(item, Scalar)  # for the type checker: looked at above
            problem = holidays.check(item.text, item.place, self.named("holidays"))
            if problem is not None:
                self.problems.append(problem)
            codes.append(item.text)
        return tuple(dict.fromkeys(codes))

    def dated(self, node: Node | None, at: str) -> list[tuple[Place, str, calendars.DatedSpan]]:
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.bad_dates(node, at)
            return []
        found = []
        for item in node.items:
            dated = read_dated(item.text) if isinstance(item, Scalar) else None
            if dated is None:
                self.bad_dates(item, at)
            else:
                found.append((item.place, at, dated))
        return found

    def bad_dates(self, node: Node, at: str) -> None:
        shown = f"'{node.text}'" if isinstance(node, Scalar) else "this"
        shown_fr = f"« {node.text} »" if isinstance(node, Scalar) else "ceci"
        one = isinstance(node, Scalar)
        listed = said(en="a list of dates is expected", fr="une liste de dates est attendue")
        self.add(
            Code.BAD_DATES,
            node.place,
            at,
            said(
                en=f"{shown} is not a date, a date with hours or a range of dates",
                fr=f"{shown_fr} n’est ni une date, ni une date avec des heures, ni un intervalle de dates",
            )
            if one
            else listed,
            _DATES_HINT,
        )


def read_hours(text: str) -> tuple[int, int] | None:
    """`09:00-18:00` as seconds of the day; one that closes at or before it opens closes the day after. None if it is not one."""
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        return None
    h1, m1, s1, h2, m2, s2 = (int(part or 0) for part in match.groups())
    opens, closes = h1 * 3600 + m1 * 60 + s1, h2 * 3600 + m2 * 60 + s2
    clock = m1 < 60 and s1 < 60 and m2 < 60 and s2 < 60
    if not clock or opens >= calendars.DAY_SECONDS or closes > calendars.DAY_SECONDS or opens == closes:
        return None
    return opens, closes if closes > opens else closes + calendars.DAY_SECONDS


def read_date(text: str) -> date | None:
    """`2026-12-24`; None for anything else, or a day that does not exist."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_dated(text: str) -> calendars.DatedSpan | None:
    """A closure or opening: a date, a date with hours, or a range of dates (both included). None if it is none of these."""
    match = _DATED.fullmatch(text.strip())
    if match is None:
        return None
    first = read_date(match["first"])
    last = first if match["last"] is None else read_date(match["last"])
    if first is None or last is None or last < first:
        return None
    if match["hours"] is None:
        return calendars.DatedSpan(first=first, last=last)
    hours = read_hours(match["hours"])
    return (
        None
        if hours is None
        else calendars.DatedSpan(first=first, last=last, start_s=hours[0], end_s=hours[1])
    )
