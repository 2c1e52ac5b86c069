"""The parts of a letter as values, before they are HTML or text: all words chosen, nothing laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Words around the parts: as HTML, and as plain text."""

    template: ClassVar[str] = "prose"
    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A clause: its id with the vendor's own number, its words, and where it can be read."""

    name: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeing:
    """What holds a request, who frees it, and how."""

    name: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A decision with its reasons: two words, one line, the clauses, the facts, what frees it, what it costs."""

    template: ClassVar[str] = "why"
    title: str
    tone: str
    styles: Mapping[str, str]
    badge: str
    headline: str
    beside: str
    """The line without the badge's own words."""
    clauses: tuple[Cited, ...]
    because: tuple[tuple[str, str], ...]
    freeing: tuple[Freeing, ...]
    said: tuple[str, ...]
    more: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One promise: what, by when in the reader's zone, when that is elsewhere, how firm it is meant."""

    what: str
    when: str
    there: str
    binding: str
    late: bool
    sentence: str
    """All of it in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What comes next: promises, then sentences."""

    template: ClassVar[str] = "next"
    title: str
    dues: tuple[Due, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line to answer by mail: `Version :`, with what helps to fill it in."""

    label: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way on: name, price, what it means, why it cannot be taken now; where it is taken."""

    name: str
    price: str
    said: str
    why_not: str
    url: str
    press: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A link that stands as a button."""

    words: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the reader is asked for: lines to fill in, ways to choose among, an offer with its rows, and where to answer."""

    template: ClassVar[str] = "ask"
    title: str
    said: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    ways: tuple[Way, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()
    presses: tuple[Press, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of an answer, fetched on the portal; `said` tells why it cannot be, where it cannot."""

    name: str
    size: str
    url: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person wrote, in full."""

    template: ClassVar[str] = "answer"
    title: str
    who: str
    when: str
    language: str
    html: str
    text: str
    files: tuple[File, ...]
    files_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One more thing that happened, with what it is about and where to look."""

    said: str
    about: str
    url: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What else there is to tell."""

    template: ClassVar[str] = "more"
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What people of the vendor know a request by: customer, severity, product and the like."""

    template: ClassVar[str] = "facts"
    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where the letter leads."""

    template: ClassVar[str] = "link"
    words: str
    url: str


Part = Prose | Why | Next | Ask | Answer | More | Facts | Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """Why this letter came, how to have fewer, and what answering it does; empty where it does not hold."""

    why: str
    answer: str
    change: str
    change_url: str
    stop: str = ""
    stop_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole letter, before it is HTML or text."""

    language: str
    locale: str
    vendor: str
    accent: str
    title: str
    subject: str
    number: str
    preview: str
    """What a list of letters shows beside the subject: its first sentence."""
    above: str
    """The line above which an answer is written; empty where none is read."""
    parts: tuple[Part, ...]
    foot: Foot
