"""What is wrong with a user's file, where, and the way out, in each language.

Reading a file never raises for its author's mistake: every reader returns `Problem`s, all of them at once. Each has a
stable code (docs/reference/problems.md), a place, the path by name (`targets.standard.first_response.5`), a message and
a hint. Both languages are written side by side with `said(en=…, fr=…)`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    hint: Said | None = None
    severity: Level = Level.ERROR

    def text(self, language: str) -> str:
        """One line for people, in the form compilers use: `file:line:column: error CODE: path: message; hint`."""
        head = f"{self.place}: {_LEVELS[self.severity][_short(language)]} {self.code}:"
        path = f" {self.path}:" if self.path else ""
        hint = f" ({in_language(self.hint, language)})" if self.hint is not None else ""
        return f"{head}{path} {in_language(self.message, language)}{hint}"

    def plain(self, language: str) -> dict[str, str | int | None]:
        """The same as values for `--json`."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "path": self.path,
            "message": in_language(self.message, language),
            "hint": None if self.hint is None else in_language(self.hint, language),
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


def error(code: str, place: Place, path: str, message: Said, hint: Said | None = None) -> Problem:
    """A problem that stops the file from being used."""
    return Problem(code=code, place=place, path=path, message=message, hint=hint)


def warning(code: str, place: Place, path: str, message: Said, hint: Said | None = None) -> Problem:
    """A problem that does not stop the file from being used."""
    return Problem(code=code, place=place, path=path, message=message, hint=hint, severity=Level.WARNING)


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
