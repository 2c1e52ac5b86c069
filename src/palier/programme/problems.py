"""What is wrong with a user's file, where, and the way out, in each language.

Reading a file never raises for its author's mistake: every reader returns `Problem`s, all of them at once. Each has a
stable code (docs/reference/problems.md), a place, the path by name (`targets.standard.first_response.5`), a message and
a hint. Both languages are written side by side with `said(en=…, fr=…)`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

Said = Mapping[str, str]
"""The same sentence by language code."""

NO_BREAK = "\u00a0"
_FRENCH_SPACING = {
    " :": NO_BREAK + ":",
    " ?": NO_BREAK + "?",
    " !": NO_BREAK + "!",
    " ;": NO_BREAK + ";",
    "« ": "«" + NO_BREAK,
    " »": NO_BREAK + "»",
}
_KNOWN_SHOWN = 12


class Level(StrEnum):
    """An error stops the file from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """The stable codes of problems. P0xx the text, P02x calendars, P1xx and up the programme."""

    UNREADABLE_FILE = "P001-unreadable-file"
    SYNTAX = "P002-syntax"
    DUPLICATE_KEY = "P003-duplicate-key"
    ANCHOR = "P004-anchor"
    TAG = "P005-tag"
    SEVERAL_DOCUMENTS = "P006-several-documents"
    KEY_NOT_TEXT = "P007-key-not-text"
    EMPTY_FILE = "P008-empty-file"
    TOO_DEEP = "P009-too-deep"

    CALENDAR_SHAPE = "P020-calendar-shape"
    CALENDAR_KEY = "P021-calendar-key"
    UNKNOWN_ZONE = "P022-unknown-zone"
    MISSING_ZONE = "P023-missing-zone"
    UNKNOWN_WEEKDAY = "P024-unknown-weekday"
    WEEKDAY_TWICE = "P025-weekday-twice"
    BAD_HOURS = "P026-bad-hours"
    BAD_DATES = "P027-bad-dates"
    OPENING_WITHOUT_HOURS = "P028-opening-without-hours"
    NEVER_OPEN = "P029-never-open"
    UNKNOWN_HOLIDAYS = "P030-unknown-holidays"
    NO_HOLIDAY_DATA = "P031-no-holiday-data"
    CUSTOMER_NOT_HERE = "P032-customer-not-here"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A character of a file: line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right: its stable code, where it stands (by place and by name), what is wrong, the way out."""

    code: str
    place: Place
    path: str
    message: Said
    hint: Said
    severity: Level = Level.ERROR

    def text(self, language: str) -> str:
        """One line for people, in the form compilers use: `file:line:column: error CODE: path: message; hint`."""
        head = f"{self.place}: {_LEVELS[self.severity][_short(language)]} {self.code}:"
        path = f" {self.path}:" if self.path else ""
        return f"{head}{path} {in_language(self.message, language)} ({in_language(self.hint, language)})"

    def plain(self, language: str) -> dict[str, str | int]:
        """The same as values for `--json`."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "path": self.path,
            "message": in_language(self.message, language),
            "hint": in_language(self.hint, language),
        }


_LEVELS = {
    Level.ERROR: {"en": "error", "fr": "erreur"},
    Level.WARNING: {"en": "warning", "fr": "avertissement"},
}


def _short(language: str) -> str:
    short = language.partition("-")[0]
    return short if short in ("en", "fr") else "en"


def said(*, en: str, fr: str) -> Said:
    """A sentence in English and French. French no-break spaces are put in here: write plain ones."""
    for plain, spaced in _FRENCH_SPACING.items():
        fr = fr.replace(plain, spaced)
    return {"en": en, "fr": fr}


def in_language(words: Said, language: str) -> str:
    """The sentence in `language` (`fr`, `fr-CA`, `en` …); English for a language that is not there."""
    return words[_short(language)]


_FORMAT = said(
    en="docs/reference/programme-format.md says what each key holds",
    fr="docs/reference/programme-format.md dit ce que contient chaque clé",
)
_WAY_OUT: Mapping[str, Said] = {
    "P002-syntax": said(
        en="look at the brackets, quotes, colons and indentation of this line and the one before",
        fr="regardez les crochets, guillemets, deux-points et retraits de cette ligne et de la précédente",
    ),
    "P008-empty-file": said(
        en="begin with a file of `programmes`, or take the right one",
        fr="partez d’un fichier de `programmes`, ou prenez le bon",
    ),
    "P104-wrong-shape": _FORMAT,
    "P106-empty": said(en="fill it in, or leave the key out", fr="remplissez-le, ou omettez la clé"),
    "P108-bad-value": _FORMAT,
    "P109-repeated": said(en="keep one of them", fr="n’en gardez qu’un"),
    "P113-bad-duration": said(
        en="write a number with its unit; days count in local dates, hours in open time",
        fr="écrivez un nombre avec son unité ; les jours comptent en dates locales, les heures en temps ouvert",
    ),
    "P114-bad-date": said(en="write year, month and day", fr="écrivez l’année, le mois et le jour"),
    "P115-bad-amount": said(
        en="write the figure with a point, then the currency",
        fr="écrivez le montant avec un point, puis la devise",
    ),
    "P116-bad-id": _FORMAT,
    "P201-circular-extends": said(
        en="leave out the `extends` of one of them", fr="omettez le `extends` de l’un d’eux"
    ),
    "P208-circular-calendars": said(
        en="make one of them of hours of its own", fr="donnez à l’un d’eux ses propres heures"
    ),
    "P308-outcome-unclear": said(en="keep exactly one of them", fr="gardez-en exactement une"),
    "P503-way-unclear": said(
        en="keep one of them, or an allowance with a price that fills it",
        fr="gardez-en une, ou un droit avec un prix qui le remplit",
    ),
    "P704-other-currency": said(
        en="check the currency; amounts of different currencies are never added up",
        fr="vérifiez la devise ; des montants de devises différentes ne s’additionnent jamais",
    ),
}
"""The way out where what is wrong says nearly all."""
_SEE = said(
    en="docs/reference/problems.md shows an example of each code",
    fr="docs/reference/problems.md donne un exemple de chaque code",
)


def error(code: str, place: Place, path: str, message: Said, hint: Said | None = None) -> Problem:
    """A problem that stops the file from being used. Without a hint of its own it gets the one of its code."""
    return Problem(code=code, place=place, path=path, message=message, hint=hint or _WAY_OUT.get(code, _SEE))


def warning(code: str, place: Place, path: str, message: Said, hint: Said | None = None) -> Problem:
    """A problem that does not stop the file from being used. Without a hint of its own it gets the one of its code."""
    found = error(code, place, path, message, hint)
    return replace(found, severity=Level.WARNING)


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word the author most likely meant, or None when nothing is near."""
    by_folded = {one.casefold(): one for one in sorted(known, reverse=True)}
    near = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=cutoff)
    return by_folded[near[0]] if near else None


def known_words(word: str, known: Iterable[str]) -> Said | None:
    """The hint for an unknown word: what is known (the first dozen), and did you mean. None when nothing is known."""
    words = list(known)
    if not words:
        return None
    listed = ", ".join(words[:_KNOWN_SHOWN]) + (" …" if len(words) > _KNOWN_SHOWN else "")
    near = closest(word, words)
    if near is None:
        return said(en=f"known: {listed}", fr=f"connus : {listed}")
    return said(
        en=f"known: {listed}; did you mean '{near}'?",
        fr=f"connus : {listed} ; vouliez-vous dire « {near} » ?",
    )


def did_you_mean(word: str, known: Iterable[str]) -> Said | None:
    """The hint for a word of a long list (zones, countries): only the nearest one, or None."""
    near = closest(word, known)
    if near is None:
        return None
    return said(en=f"did you mean '{near}'?", fr=f"vouliez-vous dire « {near} » ?")


def any_errors(found: Iterable[Problem]) -> bool:
    """Whether one of them stops the file from being used."""
    return any(problem.severity is Level.ERROR for problem in found)


def in_order(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """By place, then code: the order in which an author reads the file. The same problem twice counts once."""
    unique = {(p.place, p.code, p.path, p.message["en"]): p for p in found}
    return tuple(unique[key] for key in sorted(unique))
