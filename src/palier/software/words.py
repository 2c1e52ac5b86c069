"""Texts of a defect in several languages, its number as people write it, and words as they are searched for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

LANGUAGES = ("en", "fr")
_NUMBER = re.compile(r"(?:[A-Za-z0-9]{1,8}-)?[Dd]?([0-9]{1,9})")
_WORD = re.compile(r"[\w.]+")
_AROUND = ".,;:!?\"'()[]«»“”"
TELLING = 4


def in_language(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """The text in that language, else in the first there is; and the language it is in. Empty without any."""
    wanted = language.partition("-")[0]
    for one in (wanted, *LANGUAGES, *texts):
        if texts.get(one, "").strip():
            return texts[one], one
    return "", wanted


def number_of(prefix: str, number: int) -> str:
    """A defect's number as people write it: NOR-D12."""
    return f"{prefix}-D{number}"


def figure(asked: str) -> int | None:
    """The figure of a number as somebody wrote it (`NOR-D12`, `D12`, `12`); None for what is none."""
    found = _NUMBER.fullmatch(asked.strip())
    return int(found[1]) if found is not None and asked.isascii() else None


def named(asked: str, prefix: str) -> int | None:
    """The figure of a number as an address has it: `NOR-D12` exactly (in any case), no other vendor's."""
    head, _, tail = asked.rpartition("-")
    if head.upper() != prefix.upper() or tail[:1] not in ("D", "d"):
        return None
    return figure(tail)


def folded(text: str) -> str:
    """A text as it is searched for: lower case, without accents, in single spaces."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in apart if not unicodedata.combining(one)).split())


def searched(text: str) -> tuple[str, ...]:
    """The words of a question, as they are searched for, a reference such as `R&D-7` in one piece."""
    found = (one.strip(_AROUND) for one in folded(text).split())
    return tuple(dict.fromkeys(one for one in found if one))


def telling(text: str) -> tuple[str, ...]:
    """Of the words of a question, those that say what it is about: the longer ones, and those with a figure in them."""
    found = (one.strip(".") for one in _WORD.findall(folded(text)))
    return tuple(dict.fromkeys(one for one in found if len(one) >= TELLING or any(map(str.isdigit, one))))
