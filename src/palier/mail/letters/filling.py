"""Words with variables, taken apart once: prose as HTML and as text, parts in their places, values filled in for each letter."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from palier.mail.letters.kinds import BLOCKS
from palier.mail.letters.parts import Prose
from palier.pages import markdown
from palier.programme import locales
from palier.workspace import canned

_BLOCK = re.compile(rf"\{{({'|'.join(BLOCKS)})\}}")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of prose: pieces of HTML and of text, at odd places the names of variables."""

    html: tuple[str, ...]
    text: tuple[str, ...]

    def filled(self, values: Mapping[str, str]) -> Prose:
        """The prose of one letter; a variable without a value leaves nothing."""
        return Prose(
            html="".join(
                [escape(values.get(one, "")) if place % 2 else one for place, one in enumerate(self.html)]
            ),
            text="".join([values.get(one, "") if place % 2 else one for place, one in enumerate(self.text)]),
        )


Piece = Chunk | str
"""A stretch of prose, or the name of a part."""


@functools.lru_cache(maxsize=2048)
def pieces(body: str, locale: str) -> tuple[Piece, ...]:
    """The words of a kind, taken apart: those of a vendor are the same for thousands of letters."""
    parts = _BLOCK.split(locales.typeset(body, locale))
    found: list[Piece] = []
    for place, one in enumerate(parts):
        if place % 2:
            found.append(one)
        elif one.strip():
            found.append(Chunk(html=_split(str(markdown.html(one.strip()))), text=_split(one.strip())))
    return tuple(found)


@functools.lru_cache(maxsize=2048)
def _line(words: str, locale: str) -> tuple[str, ...]:
    return _split(locales.typeset(words, locale))


def line(words: str, locale: str, values: Mapping[str, str]) -> str:
    """A subject with its values, on one line."""
    pieces_ = _line(words, locale)
    whole = "".join([values.get(one, "") if place % 2 else one for place, one in enumerate(pieces_)])
    return " ".join(whole.split())


def _split(text: str) -> tuple[str, ...]:
    """Text and names of variables in turn."""
    return tuple(canned.VARIABLE.split(text))
