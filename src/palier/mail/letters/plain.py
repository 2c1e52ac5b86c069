"""A letter as plain text, complete by itself: short lines, no mark that has to be seen to be understood."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from palier.mail.letters.parts import Answer, Ask, Facts, Link, More, Next, Prose, Sheet, Why

WIDTH = 76
"""RFC 5322 §2.1.1 asks for lines of at most 78; two are left for the mark of a quotation."""


def text(sheet: Sheet) -> str:
    """The whole letter."""
    colon = "\u00a0:" if sheet.language == "fr" else ":"
    blocks = [sheet.above] if sheet.above else []
    if sheet.number:
        blocks.append("\n".join(_wrapped(f"{sheet.number}, {sheet.title}")))
    for part in sheet.parts:
        blocks.append("\n".join(_PARTS[part.template](part, colon)))
    # What follows this line is a signature to every mail program.
    blocks.append("\n".join(["-- ", *_foot(sheet)]))
    return "\n\n".join(one for one in blocks if one.strip()) + "\n"


def _foot(sheet: Sheet) -> Iterator[str]:
    yield sheet.vendor
    for one in (sheet.foot.why, sheet.foot.answer):
        if one:
            yield from _wrapped(one)
    if sheet.foot.change_url:
        yield from _wrapped(sheet.foot.change)
        yield sheet.foot.change_url
    if sheet.foot.stop_url:
        yield from _wrapped(sheet.foot.stop)
        yield sheet.foot.stop_url


def _wrapped(words: str, *, first: str = "", after: str = "") -> list[str]:
    """The words in lines; an address is never broken."""
    found: list[str] = []
    for line in words.splitlines():
        # By hand rather than `textwrap.fill` of it all: no-break spaces hold, and what was broken on purpose stays so.
        found += textwrap.wrap(
            line,
            WIDTH,
            initial_indent=after if found else first,
            subsequent_indent=after,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return found


def _prose(part: Prose, colon: str) -> Iterator[str]:
    del colon
    yield from _wrapped(part.text.strip())


def _why(part: Why, colon: str) -> Iterator[str]:
    yield part.title
    yield from _wrapped(part.headline, first="  ", after="  ")
    for clause in part.clauses:
        yield from _wrapped(f"{clause.name}. {clause.text}", first="  ", after="  ")
    for name, value in part.because:
        yield from _wrapped(f"- {name}{colon} {value}", first="  ", after="    ")
    for one in part.freeing:
        yield from _wrapped(f"- {one.name}. {one.how}", first="  ", after="    ")
    for said in part.said:
        yield from _wrapped(said, first="  ", after="  ")
    yield from _wrapped(part.more + colon, first="  ", after="  ")
    yield f"  {part.url}"


def _next(part: Next, colon: str) -> Iterator[str]:
    del colon
    yield part.title
    for due in part.dues:
        yield from _wrapped(f"- {due.sentence}", first="  ", after="    ")
    for said in part.said:
        yield from _wrapped(said, first="  ", after="  ")


def _ask(part: Ask, colon: str) -> Iterator[str]:
    yield part.title
    for said in part.said:
        yield from _wrapped(said, first="  ", after="  ")
    if part.lines:
        yield ""
        for line in part.lines:
            # At the margin and alone: copied, filled in and sent back, it is read by its label.
            yield f"{line.label} "
            if line.hint:
                yield from _wrapped(f"({line.hint})", first="    ", after="    ")
        yield ""
    for name, value in part.rows:
        yield from _wrapped(f"- {name}{colon} {value}", first="  ", after="    ")
    for way in part.ways:
        head = ", ".join(one for one in (way.name, way.price) if one)
        yield from _wrapped(f"- {head}", first="  ", after="    ")
        for one in (way.said, way.why_not):
            if one:
                yield from _wrapped(one, first="    ", after="    ")
        if way.url:
            yield f"    {way.url}"
    for said in part.after:
        yield from _wrapped(said, first="  ", after="  ")
    for press in part.presses:
        yield from _wrapped(press.words + colon, first="  ", after="  ")
        yield f"  {press.url}"


def _answer(part: Answer, colon: str) -> Iterator[str]:
    del colon
    yield from _wrapped(f"{part.who}, {part.when}")
    yield ""
    # As it was written: a log or a table would not survive being broken anew.
    yield from part.text.splitlines()
    if part.files:
        yield ""
        yield part.files_title
        for one in part.files:
            yield from _wrapped(
                f"- {', '.join(p for p in (one.name, one.size, one.said) if p)}", first="  ", after="    "
            )
            if one.url:
                yield f"    {one.url}"


def _more(part: More, colon: str) -> Iterator[str]:
    del colon
    if part.title:
        yield part.title
    for one in part.items:
        about = f"{one.about}. " if one.about else ""
        yield from _wrapped(
            f"- {about}{one.said}{f' ({one.when})' if one.when else ''}", first="  ", after="    "
        )
        if one.url:
            yield f"    {one.url}"


def _facts(part: Facts, colon: str) -> Iterator[str]:
    yield part.title
    for name, value in part.rows:
        yield from _wrapped(f"- {name}{colon} {value}", first="  ", after="    ")


def _link(part: Link, colon: str) -> Iterator[str]:
    yield from _wrapped(part.words + colon)
    yield part.url


_PARTS: Mapping[str, Callable[[Any, str], Iterator[str]]] = {
    Prose.template: _prose,
    Why.template: _why,
    Next.template: _next,
    Ask.template: _ask,
    Answer.template: _answer,
    More.template: _more,
    Facts.template: _facts,
    Link.template: _link,
}
