"""The words that were sought, marked where they stand: a subject as a whole, of a long text the stretch around the first.

Done here and not by the database, whose `ts_headline` reads each text anew and would take longer than the search.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_WORD = re.compile(r"[^\W_]+")
_ENDING = 6
"""A word is another form of a stem if it has at most so many letters more."""
_BEFORE = 60


class _Plain(dict[int, str]):
    """Each sign's letter without its accent, small; made when it is first met. Always one sign: places stay where they are."""

    def __missing__(self, sign: int) -> str:
        found = self[sign] = unicodedata.normalize("NFKD", chr(sign))[0].lower()[:1]
        return found


_PLAIN = _Plain()


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_PLAIN)


def _places(text: str, stems: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where forms of the stems stand: from, to, and of which."""
    folded = _folded(text)
    # Most texts have none of them, which is seen at once.
    there = [stem for stem in stems if stem in folded]
    found = []
    for match in _WORD.finditer(folded) if there else ():
        word = match[0]
        for stem in there:
            if word.startswith(stem) and len(word) - len(stem) <= _ENDING:
                found.append((*match.span(), stem))
                break
    return found


def marked(text: str, stems: Sequence[str]) -> SafeString:
    """The whole text with the words marked."""
    return _with_marks(text, _places(text, stems))


def _with_marks(text: str, places: Iterable[tuple[int, int, str]]) -> SafeString:
    parts, last = [], 0
    for begin, end, _stem in places:
        parts += [escape(text[last:begin]), "<mark>", escape(text[begin:end]), "</mark>"]
        last = end
    return mark_safe("".join([*parts, escape(text[last:])]))  # noqa: S308 (every part is escaped)


def excerpt(texts: Iterable[str], stems: Sequence[str], *, length: int = 180) -> SafeString:
    """About `length` characters of the text that has most of the words (the first of equals), around the first of them.

    Empty if none has any.
    """
    best: tuple[int, str, list[tuple[int, int, str]]] = (0, "", [])
    for text in texts:
        line = " ".join(text.split())
        places = _places(line, stems)
        kinds = len({stem for _, _, stem in places})
        if kinds > best[0]:
            best = kinds, line, places
    _, line, places = best
    if not places:
        return mark_safe("")
    begin = max(0, places[0][0] - _BEFORE)
    if begin:
        begin = line.find(" ", begin, places[0][0]) + 1 or begin
    end = min(len(line), begin + length)
    if end < len(line):
        end = max(line.rfind(" ", begin, end), places[0][1])
    inside = [(a - begin, b - begin, stem) for a, b, stem in places if a >= begin and b <= end]
    body = _with_marks(line[begin:end], inside)
    return mark_safe(f"{'… ' if begin else ''}{body}{' …' if end < len(line) else ''}")  # noqa: S308 (escaped above)
