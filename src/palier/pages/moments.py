"""Instants and durations in the few words a list or a drawing has room for, in the reader's language and a named zone.

The names of days and months are Babel's; the patterns are ours (24 hours, no seconds), because a queue page shows
hundreds of them and a general formatter would cost more than the query. Long forms with the zone in words are
`palier.programme.locales`. Instants are int µs since 1970 (core) or aware datetimes (rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from babel import Locale

from palier.programme import locales

NO_BREAK = "\u00a0"
MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """µs since 1970 of an aware datetime."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The aware datetime (UTC) of µs since 1970."""
    return _EPOCH + timedelta(microseconds=at)


@cache
def zone_info(name: str) -> ZoneInfo:
    """The zone, read once."""
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    days: tuple[str, ...]
    days_long: tuple[str, ...]
    months: tuple[str, ...]
    months_long: tuple[str, ...]


@cache
def _names(locale: str) -> _Names:
    found = Locale.parse(locale.replace("-", "_"))
    days, months = found.days["format"], found.months["format"]
    return _Names(
        days=tuple(days["abbreviated"][n] for n in range(7)),
        days_long=tuple(days["wide"][n] for n in range(7)),
        months=tuple(months["abbreviated"][n] for n in range(1, 13)),
        months_long=tuple(months["wide"][n] for n in range(1, 13)),
    )


def duration(micros_: int) -> str:
    """`2 h 13`, `8 h`, `45 min`; `0 min` for less than one. Never broken over lines."""
    return locales.duration(micros_) if abs(micros_) >= MINUTE else f"0{NO_BREAK}min"


def counted(micros_: int) -> str:
    """The same with hours and minutes always, so that a column of them lines up: `0 h 00`."""
    hours, rest = divmod(abs(micros_) // MINUTE, 60)
    return f"{hours}{NO_BREAK}h{NO_BREAK}{rest:02d}"


def about(micros_: int, language: str) -> str:
    """How long ago or how late: exact to the minute under two days, then days and hours."""
    if abs(micros_) < 2 * DAY:
        return duration(micros_)
    days, rest = divmod(abs(micros_), DAY)
    unit = "j" if language == "fr" else "d"
    hours = rest // HOUR
    return f"{days}{NO_BREAK}{unit}{NO_BREAK}{hours}{NO_BREAK}h" if hours else f"{days}{NO_BREAK}{unit}"


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Short words for instants, in one locale (`fr-CA`) and one zone (`Europe/Paris`)."""

    locale: str
    zone: str

    @property
    def language(self) -> str:
        """`fr` or `en`."""
        return self.locale.partition("-")[0]

    @cached_property
    def _zone(self) -> ZoneInfo:
        return zone_info(self.zone)

    @cached_property
    def _words(self) -> _Names:
        return _names(self.locale)

    @cached_property
    def city(self) -> str:
        """The zone's city as people say it: `Paris`, `New York`."""
        return "UTC" if self.zone in ("UTC", "Etc/UTC") else locales.city(self.zone, self.locale)

    @cached_property
    def _walls(self) -> dict[int | datetime, datetime]:
        """Wall times already asked for: a line of a list asks for the same instant several times, and all for now."""
        return {}

    def local(self, at: int | datetime) -> datetime:
        """The wall time there."""
        found = self._walls.get(at)
        if found is None:
            found = (moment(at) if isinstance(at, int) else at).astimezone(self._zone)
            self._walls[at] = found
        return found

    def offset(self, at: int | datetime) -> timedelta | None:
        """How far its wall time is from UTC."""
        return self.local(at).utcoffset()

    def time(self, at: int | datetime) -> str:
        """`09:05`."""
        there = self.local(at)
        return f"{there.hour:02d}:{there.minute:02d}"

    def hour(self, at: int | datetime) -> str:
        """`09`, or `09:30` when it is not a whole hour."""
        there = self.local(at)
        return f"{there.hour:02d}" if not there.minute else f"{there.hour:02d}:{there.minute:02d}"

    def weekday(self, at: int | datetime) -> str:
        """`Thu`, `jeu.`"""
        return self._words.days[self.local(at).weekday()]

    def weekday_long(self, at: int | datetime) -> str:
        """`Thursday`, `jeudi`."""
        return self._words.days_long[self.local(at).weekday()]

    def weekday_time(self, at: int | datetime) -> str:
        """`Thu 17:45`."""
        return f"{self.weekday(at)}{NO_BREAK}{self.time(at)}"

    def day(self, at: int | datetime) -> str:
        """`Tue 7 Jul`, `mar. 7 juil.`"""
        there = self.local(at)
        month = self._words.months[there.month - 1]
        return f"{self._words.days[there.weekday()]} {there.day}{NO_BREAK}{month}"

    def short_day(self, at: int | datetime) -> str:
        """`Tue 7`."""
        there = self.local(at)
        return f"{self._words.days[there.weekday()]}{NO_BREAK}{there.day}"

    def day_long(self, at: int | datetime) -> str:
        """`Tuesday 7 July`, `mardi 7 juillet`, `mercredi 1er juillet`."""
        there = self.local(at)
        number = "1er" if there.day == 1 and self.language == "fr" else str(there.day)
        return f"{self.weekday_long(at)} {number}{NO_BREAK}{self._words.months_long[there.month - 1]}"

    def date(self, on: date) -> str:
        """`31 March 2027`, `1er avril 2027`."""
        number = "1er" if on.day == 1 and self.language == "fr" else str(on.day)
        return f"{number}{NO_BREAK}{self._words.months_long[on.month - 1]} {on.year}"

    def day_time(self, at: int | datetime) -> str:
        """`Tue 7 Jul, 09:00`."""
        return f"{self.day(at)}, {self.time(at)}"

    def near(self, at: int | datetime, now: int | datetime) -> str:
        """As short as can be understood from `now`: the time today, weekday and time within six days, else day and time."""
        there, here = self.local(at), self.local(now)
        if there.date() == here.date():
            return self.time(at)
        if abs((there.date() - here.date()).days) <= 6:
            return self.weekday_time(at)
        return self.day_time(at)

    def midnight(self, at: int | datetime, *, days: int = 0) -> int:
        """The first instant of the local day of `at`, `days` later."""
        there = self.local(at).date() + timedelta(days=days)
        return micros(datetime(there.year, there.month, there.day, tzinfo=self._zone))
