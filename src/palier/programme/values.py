"""From the written form of a value to the value: durations, spans of days, dates, amounts, percentages.

Every function takes the text of one scalar and raises ValueError when the text does not say such a value; the reader
turns that into a problem with its place. Written forms: docs/reference/programme-format.md.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import babel
from babel import numbers

from palier.core.programme import Moment, Point

MICROSECONDS = 1_000_000

_DURATION = re.compile(r"(?:(\d{1,6})\s*h)?\s*(?:(\d{1,6})\s*min)?\s*(?:(\d{1,6})\s*s)?")
_COUNTED = {
    "day": re.compile(r"(\d{1,5})\s*days?"),
    "month": re.compile(r"(\d{1,4})\s*months?"),
    "minute": re.compile(r"(?:(\d{1,4})\s*h)?\s*(?:(\d{1,5})\s*min)?"),
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONEY = re.compile(r"(\d{1,12}(?:\.\d{1,4})?) ([A-Z]{3})")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%")
_WHOLE = re.compile(r"0|[1-9]\d{0,8}")


def duration(text: str) -> int:
    """Business time such as `8h`, `30 min`, `2h 30 min`, in µs; never nothing at all."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = (hours * 3600 + minutes * 60 + seconds) * MICROSECONDS
    if total == 0:
        raise ValueError(text)
    return total


def days(text: str) -> int:
    """Local days such as `14 days`."""
    return _count("day", text)


def months(text: str) -> int:
    """Months such as `12 months`."""
    return _count("month", text)


def minutes(text: str) -> int:
    """Minutes of work such as `15 min` or `1h`."""
    found = _COUNTED["minute"].fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError(text)
    return int(found.group(1) or 0) * 60 + int(found.group(2) or 0)


def _count(unit: str, text: str) -> int:
    found = _COUNTED[unit].fullmatch(text)
    if found is None or int(found.group(1)) == 0:
        raise ValueError(text)
    return int(found.group(1))


def day(text: str) -> date:
    """A date such as `2026-07-01`."""
    if _DATE.fullmatch(text) is None:
        raise ValueError(text)
    return date.fromisoformat(text)


def whole(text: str) -> int:
    """A whole number, zero or more."""
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def positive(text: str) -> int:
    """A whole number, one or more."""
    number = whole(text)
    if number == 0:
        raise ValueError(text)
    return number


def bounds(text: str) -> tuple[int | None, int | None]:
    """A range of whole numbers, both ends included: `1..5`, `16..`, `..5`, or one number."""
    low, dots, high = text.partition("..")
    if not dots:
        return whole(text), whole(text)
    found = whole(low) if low else None, whole(high) if high else None
    if found == (None, None) or (found[0] is not None and found[1] is not None and found[0] > found[1]):
        raise ValueError(text)
    return found


def yes(text: str) -> bool:
    """`true` or `false`, and no other word."""
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def currency(text: str) -> str:
    """An ISO 4217 code such as `CAD`."""
    if text not in numbers.list_currencies():
        raise ValueError(text)
    return text


def money(text: str) -> tuple[int, str]:
    """An amount with its currency, such as `180.00 CAD`: (minor units, code)."""
    found = _MONEY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    code = currency(found.group(2))
    exact = Decimal(found.group(1)).scaleb(numbers.get_currency_precision(code))
    if exact != exact.to_integral_value():
        raise ValueError(text)
    return int(exact), code


def percent(text: str) -> Decimal:
    """A percentage between 0 and 100, such as `10 %`."""
    found = _PERCENT.fullmatch(text)
    if found is None or Decimal(found.group(1)) > 100:
        raise ValueError(text)
    return Decimal(found.group(1))


def whole_percent(text: str) -> int:
    """A whole percentage from 1 on, such as `150 %`."""
    number, sign, rest = text.partition("%")
    if not sign or rest:
        raise ValueError(text)
    return positive(number.strip())


def locale(text: str) -> str:
    """A locale such as `fr-CA`, known to the formatting tables."""
    try:
        babel.Locale.parse(text, sep="-")
    except babel.UnknownLocaleError as err:
        raise ValueError(text) from err
    return text


def address(text: str) -> str:
    """A mail address, only so far as it has one `@` with something on both sides and no space."""
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is None:
        raise ValueError(text)
    return text


def telephone(text: str) -> str:
    """A telephone number: digits with spaces, dots, dashes, brackets, perhaps a leading `+`."""
    if re.fullmatch(r"\+?[\d (][\d .()/-]{2,28}\d", text) is None:
        raise ValueError(text)
    return text


def prefix(text: str) -> str:
    """What ticket numbers start with: two to six capital letters."""
    if re.fullmatch(r"[A-Z]{2,6}", text) is None:
        raise ValueError(text)
    return text


def identifier(text: str) -> str:
    """An id: lower-case words, digits, joined by single dashes or underscores."""
    if re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", text) is None:
        raise ValueError(text)
    return text


def clause(text: str) -> str:
    """A clause id: letters, digits, dots and dashes, starting with a letter."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*", text) is None:
        raise ValueError(text)
    return text


def language(text: str) -> str:
    """A language code such as `fr`."""
    if re.fullmatch(r"[a-z]{2,3}", text) is None:
        raise ValueError(text)
    return text


_BESIDE_DUE = re.compile(r"(?P<time>.+?)\s+(?P<side>before|after)")


def moment(text: str) -> Moment:
    """When on a promise's way: `start`, `due`, `75 %`, `2h before` or `1h after`."""
    if text in (Point.START.value, Point.DUE.value):
        return Moment(point=Point(text))
    beside = _BESIDE_DUE.fullmatch(text)
    if beside is not None:
        return Moment(point=Point(beside["side"]), time=duration(beside["time"]))
    share = whole_percent(text)
    if share >= 100:
        raise ValueError(text)
    return Moment(point=Point.SHARE, percent=share)
