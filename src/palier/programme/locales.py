"""Instants, dates, durations, money and numbers as people of a region write them; French spacing.

The words come from the Unicode locale data (Babel); the shapes are ours: 24 hours, the day before the month, the zone
named in words, every dollar with its country, and no line break inside a quantity.
Locales are written as in programmes: `fr-CA`, `fr-FR`, `fr-CH`, `en`, `en-CA`, `en-GB`. Rules: docs/reference/locales.md.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import babel
from babel import core, dates, numbers

from palier.core import worktime

NO_BREAK = "\u00a0"
NARROW = "\u202f"
_SECOND = 1_000_000
_UTC = frozenset({"UTC", "Etc/UTC"})
_CITIES = {"America/Montreal": "Montréal"}
"""Zones that the locale data fold into another city's, although people there name their own."""


@functools.cache
def parse(locale: str) -> babel.Locale:
    """The Babel locale of `fr-CA`. Raises `babel.UnknownLocaleError` or ValueError for one that does not exist."""
    return babel.Locale.parse(locale, sep="-")


def language(locale: str) -> str:
    """`fr` of `fr-CA`."""
    return locale.partition("-")[0]


def _french(locale: str) -> bool:
    return language(locale) == "fr"


# --- instants and dates ---------------------------------------------------------------------------------


def _local(instant: int | datetime, zone: str) -> datetime:
    """The wall time of an instant (µs since 1970, or an aware datetime) in a zone."""
    aware = worktime.to_datetime(instant) if isinstance(instant, int) else instant
    return aware.astimezone(ZoneInfo(zone))


def _day(day: date, locale: str, *, month: str) -> str:
    """`10 juillet`, `1er juillet`, `10 July`: never broken over two lines."""
    number = "1er" if _french(locale) and day.day == 1 else str(day.day)
    return f"{number}{NO_BREAK}{dates.format_date(day, month, locale=parse(locale))}"


def long_date(day: date, locale: str) -> str:
    """`vendredi 10 juillet 2026`, `Friday 10 July 2026`."""
    weekday = dates.format_date(day, "EEEE", locale=parse(locale))
    return f"{weekday} {_day(day, locale, month='MMMM')} {day.year}"


def plain_date(day: date, locale: str) -> str:
    """`10 juillet 2026`, `10 July 2026`."""
    return f"{_day(day, locale, month='MMMM')} {day.year}"


def short_date(day: date, locale: str) -> str:
    """`ven. 10 juill.`, `Fri 10 Jul`, with the locale's own short names."""
    weekday = dates.format_date(day, "EEE", locale=parse(locale))
    return f"{weekday} {_day(day, locale, month='MMM')}"


def time_of(instant: int | datetime, zone: str) -> str:
    """`13:00` in the zone."""
    return f"{_local(instant, zone):%H:%M}"


def long_instant(instant: int | datetime, zone: str, locale: str) -> str:
    """`vendredi 10 juillet 2026 à 13:00, heure de Paris`; `Friday 10 July 2026, 13:00 Paris time`."""
    local = _local(instant, zone)
    day = long_date(local.date(), locale)
    if _french(locale):
        return f"{day} à{NO_BREAK}{local:%H:%M}, {zone_words(zone, locale)}"
    return f"{day}, {local:%H:%M}{NO_BREAK}{zone_words(zone, locale)}"


def short_instant(instant: int | datetime, zone: str, locale: str) -> str:
    """`ven. 10 juill. 13:00`, `Fri 10 Jul 13:00`: for places where the zone is named already."""
    local = _local(instant, zone)
    return f"{short_date(local.date(), locale)}{NO_BREAK}{local:%H:%M}"


def city(zone: str, locale: str) -> str:
    """The zone's city in the language of the locale: `Londres` for `Europe/London`."""
    names = parse(locale).time_zones
    known = _CITIES.get(zone) or names.get(zone, {}).get("city")
    known = known or names.get(core.get_global("zone_aliases").get(zone, ""), {}).get("city")
    return str(known) if known else zone.rpartition("/")[2].replace("_", " ")


def zone_words(zone: str, locale: str) -> str:
    """`heure de Paris`, `heure d'Amsterdam`, `heure du Caire`; `Paris time`; `UTC` where that is the zone."""
    if zone in _UTC:
        return "UTC"
    name = city(zone, locale)
    if not _french(locale):
        return f"{name} time"
    if name.startswith("Le "):
        return f"heure du{NO_BREAK}{name.removeprefix('Le ')}"
    if name[0].casefold() in "aeiouàâäéèêëîïôöùûü":
        return f"heure d’{name}"
    return f"heure de{NO_BREAK}{name}"


# --- durations ------------------------------------------------------------------------------------------


def duration(micros: int) -> str:
    """`2 h 13`, `8 h`, `45 min`, `30 s`: whole minutes, begun ones left out; the same in every language, never broken."""
    seconds = abs(micros) // _SECOND
    if seconds < 60:
        return f"{seconds}{NO_BREAK}s"
    hours, minutes = divmod(seconds // 60, 60)
    if hours == 0:
        return f"{minutes}{NO_BREAK}min"
    return f"{hours}{NO_BREAK}h{NO_BREAK}{minutes:02d}" if minutes else f"{hours}{NO_BREAK}h"


def exact_duration(micros: int) -> str:
    """`7 h 59 min 59 s`: to the second, for proofs; parts that are zero are left out."""
    seconds = abs(micros) // _SECOND
    parts = {"h": seconds // 3600, "min": seconds // 60 % 60, "s": seconds % 60}
    shown = [f"{count}{NO_BREAK}{unit}" for unit, count in parts.items() if count]
    return NO_BREAK.join(shown) if shown else f"0{NO_BREAK}s"


# --- money and numbers ----------------------------------------------------------------------------------

_DOLLARS = {
    "CAD": "CA", "USD": "US", "AUD": "AU", "NZD": "NZ", "HKD": "HK", "SGD": "SG", "TWD": "TW",
}  # fmt: skip

_CODE_AT_DIGIT = re.compile(r"([A-Z]{3})(?=\d)")


@functools.lru_cache(maxsize=1024)
def money(minor: int, currency: str, locale: str) -> str:
    """An amount in minor units: `525,00 $ CA`, `CA$525.00`, `525,00 €`, `CHF 525.00`. Every dollar names its country."""
    places = numbers.get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-places)
    country = _DOLLARS.get(currency)
    if country is None:
        shown = str(numbers.format_currency(amount, currency, locale=parse(locale)))
        return _CODE_AT_DIGIT.sub(rf"\1{NO_BREAK}", shown)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    figures = numbers.format_decimal(abs(amount), pattern, locale=parse(locale))
    sign = "-" if amount < 0 else ""
    if _french(locale):
        return f"{sign}{figures}{NO_BREAK}${NO_BREAK}{country}"
    return f"{sign}{country}${figures}"


def number(value: int | Decimal, locale: str) -> str:
    """`1 234,5`, `1,234.5`."""
    return str(numbers.format_decimal(value, locale=parse(locale)))


def percentage(value: Decimal, locale: str) -> str:
    """A percentage already in hundredths: 10 is `10 %` in French, `10%` in English."""
    figures = numbers.format_decimal(value, locale=parse(locale))
    return f"{figures}{NO_BREAK}%" if _french(locale) else f"{figures}%"


# --- spacing --------------------------------------------------------------------------------------------

_SPACE = rf"[ {NO_BREAK}{NARROW}]"
_END = r"(?=\s|$|[?!;»)\]…])"
_HIGH = re.compile(rf"(?<=[^\s{NO_BREAK}{NARROW}?!;(«]){_SPACE}*([?!;]){_END}")
_COLON = re.compile(rf"(?<=[^\s{NO_BREAK}{NARROW}:]){_SPACE}*:(?=\s|$)")
_OPENING = re.compile(rf"«{_SPACE}*")
_CLOSING = re.compile(rf"{_SPACE}*»")


@functools.lru_cache(maxsize=8192)  # a page sets the same few hundred phrases of a programme again and again
def typeset(text: str, locale: str) -> str:
    """The plain text (no HTML) with the spaces that the French of the region puts around marks; other languages as is.

    fr-CA: none before `? ! ;`; fr-FR and fr-CH: a narrow no-break one. All: a no-break one before `:` and inside « ».
    Marks inside a word, such as those of addresses and times, are left alone.
    """
    if not _french(locale):
        return text
    before = "" if locale == "fr-CA" else NARROW
    text = _HIGH.sub(rf"{before}\1", text)
    text = _COLON.sub(f"{NO_BREAK}:", text)
    text = _OPENING.sub(f"«{NO_BREAK}", text)
    return _CLOSING.sub(f"{NO_BREAK}»", text)
