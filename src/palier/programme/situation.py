"""A situation as a file writes it: facts, balances, the customer's zone and holidays, instants of local time.

Scenarios and `palier explain --facts` read the same words in the same way (docs/reference/scenarios.md). What is wrong is a
problem with its place, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from palier.core import calendars, worktime
from palier.core.coverage import Balance
from palier.core.entitlements import HOUR
from palier.core.programme import Fact, FactValue, Programme
from palier.programme import bind, holidays, phrases, problems, scalars, values, yamltext, zones
from palier.programme.codes import Code
from palier.programme.forms import ListOf
from palier.programme.problems import Place, did_you_mean, said
from palier.programme.reading import MISSING, Reading, known_words
from palier.programme.scalars import WHOLE, Form, scalar
from palier.programme.yamltext import Node, Sequence

YEARS_BACK: Final = 1
YEARS_AHEAD: Final = 6
"""A due instant is looked for within five years."""


# --- forms ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FactsForm:
    """Facts by name, each with a value of its domain: a word, a whole number, or a list of words."""

    programme: Programme
    words: str = "facts by name"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if not isinstance(node, yamltext.Mapping):
            reading.wrong_shape(
                node, path, en="facts such as `{kind: defect}`", fr="des faits comme `{kind: defect}`"
            )
            return MISSING
        found: dict[str, FactValue] = {}
        for key, item in node.pairs:
            at = f"{path}.{key.text}"
            reading.remember(at, item, key)
            fact = self.programme.facts.get(key.text)
            if fact is None:
                reading.error(
                    Code.UNKNOWN_FACT,
                    at,
                    said(en=f"unknown fact '{key.text}'", fr=f"le fait « {key.text} » n’existe pas"),
                    known_words(key.text, self.programme.facts),
                    at=key.place,
                )
                continue
            value = _fact_value(fact, item, at, reading)
            if value is not None:
                found[key.text] = value
        return found

    def json(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": ["string", "integer", "array"]}}


def _fact_value(fact: Fact, node: Node, path: str, reading: Reading) -> FactValue | None:
    if fact.number:
        number = WHOLE.read(node, path, reading)
        return None if number is MISSING else int(number)
    if fact.multiple:
        items = node.items if isinstance(node, Sequence) else (node,)
        words = [_word(fact, item, path, reading) for item in items]
        return tuple(dict.fromkeys(word for word in words if word is not None))
    return _word(fact, node, path, reading)


def _word(fact: Fact, node: Node, path: str, reading: Reading) -> str | None:
    text = scalar(node, path, reading, en="a word", fr="un mot")
    if text is None or text in fact.values:
        return text
    reading.error(
        Code.IMPOSSIBLE_VALUE,
        path,
        said(en=f"'{fact.id}' can never be '{text}'", fr=f"« {fact.id} » ne vaut jamais « {text} »"),
        known_words(text, fact.values),
        at=node.place,
    )
    return None


@dataclass(frozen=True, slots=True)
class ZoneForm:
    """An IANA zone name."""

    words: str = "a zone such as `Europe/Paris`"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        text = scalar(node, path, reading, en=self.words, fr="un fuseau comme `Europe/Paris`")
        if text is None or text in zones.known():
            return MISSING if text is None else text
        words = said(en=f"unknown zone '{text}'", fr=f"le fuseau « {text} » n’existe pas")
        near = did_you_mean(text, zones.known())
        reading.problems.append(problems.error(problems.Code.UNKNOWN_ZONE, node.place, path, words, near))
        return MISSING

    def json(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class HolidaysForm:
    """The holiday code of the customer's site."""

    words: str = "a code such as `FR` or `CA-QC`"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        text = scalar(node, path, reading, en=self.words, fr="un code comme `FR` ou `CA-QC`")
        if text is None:
            return MISSING
        problem = holidays.check(text, node.place, path)
        if problem is not None:
            reading.problems.append(problem)
        return MISSING if problem is not None and problem.severity is problems.Level.ERROR else text

    def json(self) -> dict[str, Any]:
        return {"type": "string"}


_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?(Z?)")


def _moment(text: str) -> datetime:
    """`2026-07-09 14:00`, with seconds or not: naive; with `Z`: aware."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, time, seconds, z = found.groups()
    moment = datetime.fromisoformat(f"{day}T{time}{seconds or ':00'}")
    return moment.replace(tzinfo=UTC) if z else moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant as written, with its place: local to the customer's zone unless it carries a `Z`."""

    written: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class MomentForm:
    """An instant such as `2026-07-09 14:00` or `2026-07-09T12:00Z`."""

    words: str = "an instant such as `2026-07-09 14:00` or `2026-07-09T12:00Z`"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        french = "un instant comme `2026-07-09 14:00` ou `2026-07-09T12:00Z`"
        form = scalars.Value(convert=_moment, en=self.words, fr=french, code=Code.BAD_DATE)
        written = form.read(node, path, reading)
        return MISSING if written is MISSING else Moment(written=written, place=node.place)

    def json(self) -> dict[str, Any]:
        return {"type": "string"}


def instant(moment: Moment, zone: str, path: str, reading: Reading) -> int | None:
    """The instant in µs; None, with a problem noted, for a local time that the zone's clocks skip.

    Of a local time that comes twice the first passing is meant.
    """
    if moment.written.tzinfo is not None:
        return worktime.to_micros(moment.written)
    aware = moment.written.replace(tzinfo=ZoneInfo(zone))
    if aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment.written:
        return worktime.to_micros(aware)
    reading.error(
        Code.BAD_DATE,
        path,
        said(
            en=f"{moment.written:%Y-%m-%d %H:%M} does not exist in {zone}: the clocks skip it",
            fr=f"{moment.written:%Y-%m-%d %H:%M} n’existe pas à {zone} : l’heure y est sautée",
        ),
        said(en="write it in UTC, with a Z", fr="écrivez-le en UTC, avec un Z"),
        at=moment.place,
    )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One of the ids of a table, as a word."""

    known: tuple[str, ...]
    en: str
    fr: str

    @property
    def words(self) -> str:
        return self.en

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        text = scalar(node, path, reading, en=self.en, fr=self.fr)
        if text is None or text in self.known:
            return MISSING if text is None else text
        reading.error(
            Code.UNKNOWN_REFERENCE,
            path,
            said(en=f"unknown: '{text}' ({self.en})", fr=f"inconnu : « {text} » ({self.fr})"),
            known_words(text, self.known),
            at=node.place,
        )
        return MISSING

    def json(self) -> dict[str, Any]:
        return {"enum": list(self.known)}


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """One value, or a list of them."""

    form: Form

    @property
    def words(self) -> str:
        return f"{self.form.words}, or a list"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if isinstance(node, Sequence):
            return ListOf(form=self.form).read(node, path, reading)
        value = self.form.read(node, path, reading)
        return MISSING if value is MISSING else (value,)

    def json(self) -> dict[str, Any]:
        return {"anyOf": [self.form.json(), ListOf(form=self.form).json()]}


def allowance_word(programme: Programme) -> Form:
    """An allowance's id."""
    return Words(
        known=tuple(programme.allowances), en="an allowance of the programme", fr="un droit du programme"
    )


def _time_of_work(text: str) -> int:
    """Minutes of work; unlike in a programme it may be nothing: `0h`."""
    return 0 if text.replace(" ", "") in ("0h", "0min") else values.minutes(text)


WORK: Final = scalars.Value(
    convert=_time_of_work,
    en="hours, as a time such as `6h` or `45 min`",
    fr="des heures, comme `6h` ou `45 min`",
    code=Code.BAD_DURATION,
)


def quantity(programme: Programme, allowance: str) -> Form:
    """How many units of an allowance: a whole number, or a time (in minutes) where it is counted in hours."""
    known = programme.allowances.get(allowance)
    return WORK if known is not None and known.unit == HOUR else WHOLE


@dataclass(frozen=True, slots=True)
class Amounts:
    """Units by allowance: whole numbers, times for hours."""

    programme: Programme
    words: str = "units by allowance; a time such as `6h` for hours"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if not isinstance(node, yamltext.Mapping):
            reading.wrong_shape(
                node,
                path,
                en="units by allowance such as `{calls: 1}`",
                fr="des unités par droit comme `{calls: 1}`",
            )
            return MISSING
        word = allowance_word(self.programme)
        found: dict[str, int] = {}
        for key, item in node.pairs:
            at = f"{path}.{key.text}"
            reading.remember(at, item, key)
            if word.read(key, at, reading) is MISSING:
                continue
            units = quantity(self.programme, key.text).read(item, at, reading)
            if units is not MISSING:
                found[key.text] = units
        return found

    def json(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": ["integer", "string"]}}


# --- what follows from it -------------------------------------------------------------------------------


def balances(
    programme: Programme, facts: Mapping[str, FactValue], left: Mapping[str, int]
) -> dict[str, Balance]:
    """Balances of the allowances named: what is left, of what the plan grants under these (completed) facts."""
    return {
        name: Balance(left=amount, granted=max(amount, phrases.granted(programme, facts, name)))
        for name, amount in left.items()
    }


def binder(
    programme: Programme, *, zone: str, place: str | None, at: Iterable[int]
) -> Callable[[str], calendars.AnyCalendar]:
    """From a calendar's id to the calendar in this zone with this place's holidays, around the instants `at` (µs)."""
    years = [worktime.to_datetime(instant).year for instant in at]
    first, last = min(years) - YEARS_BACK, max(years) + YEARS_AHEAD
    rows: dict[str, frozenset[date]] = {}
    until: dict[str, date] = {}
    for code in bind.needed_holidays(programme, place):
        found = holidays.between([code], first, last)
        rows[code] = found.dates
        if found.known_until is not None:
            until[code] = found.known_until
    bound: dict[str, calendars.AnyCalendar] = {}

    def calendar(id_: str) -> calendars.AnyCalendar:
        if id_ not in bound:
            bound[id_] = bind.bind_calendar(
                programme, id_, zone=zone, place=place, holiday_rows=rows, known_until=until
            )
        return bound[id_]

    return calendar


# --- writing it back ------------------------------------------------------------------------------------


def written_instant(at: int, zone: str) -> str:
    """An instant as a file writes it: local, with seconds only where there are some."""
    local = worktime.to_datetime(at).astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def written_duration(micros: int) -> str:
    """A duration as a file writes it: `7h 59 min 59 s`, `0h`; one below zero, which no file can ask for, `-30 min`."""
    if micros < 0:
        return f"-{written_duration(-micros)}"
    seconds = micros // 1_000_000
    counted = ((seconds // 3600, "h"), (seconds // 60 % 60, " min"), (seconds % 60, " s"))
    return " ".join(f"{count}{unit}" for count, unit in counted if count) or "0h"
