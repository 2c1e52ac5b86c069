"""`palier worktime CALENDAR.yaml`: questions about one calendar, one JSON object a line, answered one a line.

Each question is `{"op": …, "start": ISO, …}`: `add` and `subtract` take `seconds`, `elapsed` takes `end`, `is_open` and
`next_open` only `start`. Each answer is `{"result": …}` or `{"error": …}`, in the order of the questions. Instants are
ISO 8601 with their offset in, UTC with `Z` out; durations are exact decimal seconds. See docs/reference/calendars.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Protocol

from palier.core import compiled, localtime, worktime
from palier.core.localtime import SECOND
from palier.programme import calendar_block, files, holidays, problems, yamltext
from palier.programme.calendar_block import CalendarBlock
from palier.programme.problems import Problem, Said, said


class Lines(Protocol):
    """Where lines go: a text stream."""

    def write(self, text: str, /) -> object:
        """Append text."""

    def flush(self) -> object:
        """Let the reader see it now: a program may be waiting for each answer."""


FINE, MISTAKE = 0, 1


def main(
    calendar_path: str | Path,
    lines_in: Iterable[str | bytes],
    lines_out: Lines,
    lang: str,
    *,
    problems_out: Lines | None = None,
) -> int:
    """Answer every line. 0 when all went well; 1 when the calendar cannot be used, or when any line was in error.

    `lines_in` may hold bytes (taken as UTF-8). What is wrong with the calendar goes to `problems_out`, else to stderr.
    """
    block, found = read_calendar(calendar_path)
    report: Lines = sys.stderr if problems_out is None else problems_out
    for problem in found:
        report.write(problem.text(lang) + "\n")
    if block is None:
        return MISTAKE
    desk = Desk(Path(calendar_path).name, block)
    code = FINE
    for line in lines_in:
        try:
            answer = f'{{"result": {desk.answer(_text_of(line))}}}'
        except Mistake as mistake:
            code = MISTAKE
            answer = json.dumps({"error": problems.in_language(mistake.words, lang)}, ensure_ascii=False)
        lines_out.write(answer + "\n")
        lines_out.flush()
    return code


def read_calendar(path: str | Path) -> tuple[CalendarBlock | None, tuple[Problem, ...]]:
    """The calendar of a file that holds one calendar's keys at top level, and what is wrong with it."""
    text, unreadable = files.read_text(Path(path))
    if text is None:
        return None, unreadable
    document = yamltext.read(text, str(path))
    if document.root is None:
        return None, document.problems
    block, found = calendar_block.parse_calendar(document.root, customer=False)
    found = problems.in_order([*document.problems, *found])
    return (None if problems.any_errors(found) else block), found


class Mistake(Exception):
    """A line that cannot be answered, and why."""

    def __init__(self, words: Said) -> None:
        super().__init__(words["en"])
        self.words = words


def _wrong(en: str, fr: str) -> Mistake:
    return Mistake(said(en=en, fr=fr))


# --- a line --------------------------------------------------------------------------------------------


def _text_of(line: str | bytes) -> str:
    if isinstance(line, str):
        return line
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong("the line is not UTF-8 text", "la ligne n’est pas du texte UTF-8") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise _wrong(
                f"the key {json.dumps(key)} stands twice: keep one",
                f"la clé {json.dumps(key)} figure deux fois : n’en gardez qu’une",
            )
    return dict(pairs)


def _no_constant(word: str) -> object:
    raise ValueError(word)


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except DecimalException:  # an exponent of twenty digits
        raise ValueError(digits) from None


def question(line: str) -> Mapping[str, object]:
    """The object of a line; its decimals as `Decimal`. Raises `Mistake`."""
    try:
        found: object = json.loads(
            line, parse_float=_decimal, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as err:
        raise _wrong(
            f"not JSON: {err.msg} at column {err.colno}",
            f"ce n’est pas du JSON : erreur à la colonne {err.colno}",
        ) from None
    except (ValueError, RecursionError):  # NaN, a number of thousands of digits, a thousand brackets
        raise _wrong("not JSON that can be read", "ce n’est pas du JSON lisible") from None
    if not isinstance(found, dict):
        raise _wrong(
            'a question is an object such as {"op": "is_open", "start": "2026-07-09T12:00:00Z"}',
            'une question est un objet tel que {"op": "is_open", "start": "2026-07-09T12:00:00Z"}',
        )
    return found


_INSTANT = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d+))?(?P<offset>Z|z|[+-]\d\d(?::?\d\d(?::\d\d)?)?)?"
)


def instant(value: object, key: str) -> int:
    """An ISO 8601 instant with its offset, in µs. Raises `Mistake`."""
    shown = json.dumps(value, default=str)
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None or (match["fraction"] and match["moment"].count(":") < 2):
        raise _wrong(
            f"`{key}` is {shown}: write an instant such as 2026-07-09T14:00:00+02:00 or 2026-07-09T12:00:00Z",
            f"`{key}` vaut {shown} : écrivez un instant tel que 2026-07-09T14:00:00+02:00 ou 2026-07-09T12:00:00Z",
        )
    if match["offset"] is None:
        raise _wrong(
            f"`{key}` is {shown}, which has no offset and so names no instant: add Z or one such as +02:00",
            f"`{key}` vaut {shown}, sans décalage, et ne désigne donc aucun instant : ajoutez Z ou un décalage tel que +02:00",
        )
    fraction = (match["fraction"] or "").rstrip("0")
    if len(fraction) > 6:
        raise _wrong(
            f"`{key}` is {shown}: instants are whole microseconds, six digits at most",
            f"`{key}` vaut {shown} : un instant est en microsecondes entières, six chiffres au plus",
        )
    try:
        moment = datetime.fromisoformat(match["moment"] + match["offset"].upper())
        whole = worktime.to_micros(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        raise _wrong(
            f"`{key}` is {shown}: there is no such instant",
            f"`{key}` vaut {shown} : cet instant n’existe pas",
        ) from None
    at = whole + int(fraction.ljust(6, "0"))
    if not localtime.EARLIEST <= at < localtime.LATEST:
        raise _out_of_range(f"`{key}`", f"`{key}`")
    return at


def _out_of_range(what: str, what_fr: str) -> Mistake:
    years = f"{localtime.FIRST_YEAR}–{localtime.LAST_YEAR}"
    return _wrong(
        f"{what} lies outside the years {years}: check the year",
        f"{what_fr} sort des années {years} : vérifiez l’année",
    )


_MOST_SECONDS = (localtime.LATEST - localtime.EARLIEST) // SECOND


def duration(value: object, key: str) -> int:
    """Seconds as an exact number, in µs. Raises `Mistake`."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        shown = json.dumps(value, default=str)
        raise _wrong(
            f"`{key}` is {shown}: write a number of seconds such as 3600",
            f"`{key}` vaut {shown} : écrivez un nombre de secondes tel que 3600",
        )
    if value < 0:
        raise _wrong(
            f"`{key}` is negative: for a time before `start` use subtract",
            f"`{key}` est négatif : pour un instant avant `start`, employez subtract",
        )
    if value > _MOST_SECONDS:
        raise _out_of_range("the answer", "la réponse")
    if isinstance(value, Decimal) and _places(value) > 6:
        raise _wrong(
            f"`{key}` is finer than a microsecond: six digits after the point at most",
            f"`{key}` est plus fin que la microseconde : six chiffres après la virgule au plus",
        )
    return int(value * SECOND)


def _places(value: Decimal) -> int:
    """Digits after the point that are not trailing zeros. (`normalize` would round what has over 28 digits.)"""
    _, digits, exponent = value.as_tuple()
    assert isinstance(
        exponent, int
    )  # for the type checker: JSON has no NaN or infinity, `question` refuses them
    written = "".join(map(str, digits)).rstrip("0")
    return -exponent - (len(digits) - len(written)) if written else 0


def shown_instant(at: int) -> str:
    """A JSON string: UTC with `Z`, microseconds only when there are any."""
    return f'"{worktime.to_datetime(at).replace(tzinfo=None).isoformat()}Z"'


def shown_seconds(micros: int) -> str:
    """A JSON number: an integer when whole, else exact decimals."""
    seconds, rest = divmod(abs(micros), SECOND)
    sign = "-" if micros < 0 else ""
    return f"{sign}{seconds}" + (f".{rest:06d}".rstrip("0") if rest else "")


# --- the calendar behind the counter ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An `op`: the key it needs besides `start`, and how it answers."""

    second: str | None
    answer: Callable[[Desk, int, int], str]


_FIRST_FETCHED = 2026  # any year will do: fetching spreads from it to the years that are asked about


class Desk:
    """Answers questions about one calendar, fetching the holidays of more years when a question needs them."""

    def __init__(self, name: str, block: CalendarBlock) -> None:
        self.name = name
        self.block = block
        self.known = [years for years in map(holidays.years, block.holidays) if years is not None]
        self.first = self.last = _FIRST_FETCHED
        self.calendar = self._bound()

    def answer(self, line: str) -> str:
        """The result of one line, as JSON. Raises `Mistake`."""
        asked = question(line)
        op = asked.get("op")
        operation = OPERATIONS.get(op) if isinstance(op, str) else None
        if operation is None:
            known = ", ".join(OPERATIONS)
            if "op" not in asked:
                raise _wrong(
                    f"the key `op` is missing: one of {known}", f"la clé `op` manque : parmi {known}"
                )
            raise _wrong(
                f"unknown op {json.dumps(op, default=str)}: one of {known}",
                f"op inconnue {json.dumps(op, default=str)} : parmi {known}",
            )
        keys = ["start"] if operation.second is None else ["start", operation.second]
        for key in keys:
            if key not in asked:
                raise _wrong(f"{op} needs the key `{key}`", f"{op} demande la clé `{key}`")
        for key in asked:
            if key not in ("op", *keys):
                raise _wrong(
                    f"{op} does not take the key {json.dumps(key)}: it takes {', '.join(keys)}",
                    f"{op} ne prend pas la clé {json.dumps(key)} : elle prend {', '.join(keys)}",
                )
        start = instant(asked["start"], "start")
        second = 0
        if operation.second == "end":
            second = instant(asked["end"], "end")
        elif operation.second == "seconds":
            second = duration(asked["seconds"], "seconds")
        return self._ask(operation, start, second)

    def _ask(self, operation: Operation, start: int, second: int) -> str:
        self.know(start)
        try:
            return operation.answer(self, start, second)
        except worktime.CalendarHasNoOpening:
            raise _wrong(
                f"calendar '{self.name}' has no opening within 5 years of it: check its hours, closures and openings",
                f"le calendrier « {self.name} » n’ouvre pas dans les 5 ans : vérifiez ses heures, fermetures et ouvertures",
            ) from None
        except worktime.OutOfRange:
            raise _out_of_range("the answer", "la réponse") from None

    def know(self, at: int) -> bool:
        """Have the holidays around an instant, and say whether they had to be fetched. Raises `Mistake` outside the years known."""
        if not self.known:
            return False
        first, last = max(y.first for y in self.known), min(y.last for y in self.known)
        on = localtime.local_date(self.block.zone or "UTC", at)
        if not first <= on.year <= last:
            codes = ", ".join(self.block.holidays)
            raise _wrong(
                f"the holidays of {codes} are known from {first} to {last} only: {on.year} cannot be counted",
                f"les jours fériés de {codes} ne sont connus que de {first} à {last} : {on.year} ne peut être compté",
            )
        decade = on.year // 10 * 10  # by decades: each fetch makes a new calendar, to be laid out anew
        wanted = max(min(self.first, decade - 1), first), min(max(self.last, decade + 10), last)
        if wanted == (self.first, self.last):
            return False
        self.first, self.last = wanted
        self.calendar = self._bound()
        return True

    def _bound(self) -> compiled.Compiled:
        dates = holidays.between(self.block.holidays, self.first, self.last)
        return worktime.compiled(calendar_block.bind(self.block, name=self.name, holiday_dates=dates.dates))

    def settled(self, ask: Callable[[compiled.Compiled], int]) -> int:
        """The instant that answers, asked again until the holidays of the years up to it are all counted."""
        while True:
            answer = ask(self.calendar)
            if not self.know(answer):
                return answer


def _elapsed(desk: Desk, start: int, end: int) -> str:
    desk.know(end)
    return shown_seconds(desk.calendar.elapsed(start, end))


OPERATIONS: Mapping[str, Operation] = {
    "add": Operation(
        second="seconds", answer=lambda desk, at, n: shown_instant(desk.settled(lambda c: c.add(at, n)))
    ),
    "subtract": Operation(
        second="seconds", answer=lambda desk, at, n: shown_instant(desk.settled(lambda c: c.subtract(at, n)))
    ),
    "elapsed": Operation(second="end", answer=_elapsed),
    "is_open": Operation(
        second=None, answer=lambda desk, at, _: "true" if desk.calendar.is_open(at) else "false"
    ),
    "next_open": Operation(
        second=None, answer=lambda desk, at, _: shown_instant(desk.settled(lambda c: c.next_open(at)))
    ),
}
"""Every `op`, with what it takes and how it answers."""
