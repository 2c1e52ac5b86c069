"""Messages as they are shown: Markdown source, as somebody typed it, into HTML that can do nothing.

CommonMark with line breaks kept, tables, strikethrough and addresses made into links; no HTML of the writer's, no picture
from elsewhere, no address but http, https, mailto and tel. What depends on the reader (whether it may see a ticket that is
named, where a file lies, its language) is left open in what is kept and filled in for each. Rules: docs/reference/writing.md.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from uuid import UUID

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

LONGEST = 20_000
MOST_BRACKETS = 400
"""What is longer, or full of brackets, is shown as typed: a parser's time grows with the square of such texts, and what is
that long is a log."""
LONG_QUOTE = 8
"""A quote of more lines than this is folded."""
TICKET = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]{1,7}-[1-9][0-9]{0,8}(?![\w-])")
"""What a ticket's number looks like: NOR-1042."""
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_FILE = re.compile(r"file:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)
_TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "table", "thead", "tbody", "tr",
    "th", "td", "hr", "details", "summary",
}  # fmt: skip
_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}([tfq]):([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_OURS = re.compile(f"[{_OPEN}{_CLOSE}\x00-\x08\x0b\x0c\x0e-\x1f]")
_KEPT_CHARACTERS = 8_000_000
_KEPT_AT_MOST = 40_000


# --- what depends on the reader ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of the message, where its reader finds it. `picture` only for what was made anew as a plain image."""

    address: str
    name: str
    picture: bool = False
    width: int | None = None
    height: int | None = None


def _lines(count: int) -> str:
    return f"… ({count})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refers:
    """How a reader finds what a message refers to. Each answers None for what the reader may not see."""

    ticket: Callable[[str], str | None] = lambda _number: None
    """The address of a ticket, by its number as written."""
    file: Callable[[UUID], File | None] = lambda _id: None
    quoted: Callable[[int], str] = _lines
    """What stands on a folded quote of so many lines."""


NOTHING = Refers()


# --- the one that parses -----------------------------------------------------------------------------


class _Parser(MarkdownIt):
    """The library's, for which only our addresses are addresses."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  # the library's name
        scheme, colon, rest = url.strip().partition(":")
        if colon and scheme.lower() == "file":
            return _FILE.fullmatch(url.strip()) is not None
        return bool(colon and rest) and scheme.lower() in SCHEMES


def _parser() -> MarkdownIt:
    found = _Parser("commonmark", {"html": False, "linkify": True, "breaks": True, "typographer": False})
    found.enable(["table", "strikethrough", "linkify"])
    # "----" under a line is a signature's rule, not a heading.
    found.disable("lheading")
    if found.linkify is not None:
        # Only what is written as an address: setup.py and README.md are names of files, not of hosts.
        found.linkify.set({"fuzzy_link": False, "fuzzy_email": True})
    found.core.ruler.push("palier", _mark)
    for name, made in (
        ("heading_open", "<p><strong>"),
        ("heading_close", "</strong></p>\n"),
        ("fold_close", "</details>\n"),
    ):
        found.add_render_rule(name, _constant(made))
    found.add_render_rule("fold_open", _fold_open)
    return found


def _constant(made: str) -> Callable[..., str]:
    def render(
        self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        del self, tokens, index, options, env
        return made

    return render


def _fold_open(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    del self, options, env
    return f"<details><summary>{_OPEN}q:{tokens[index].content}{_CLOSE}</summary>\n"


def _mark(state: StateCore) -> None:
    """Leave slots for tickets, files and folded quotes, and make links of pictures from elsewhere."""
    state.tokens = list(_folded(state.tokens))
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = list(_marked(token.children))


def _folded(tokens: Sequence[Token]) -> Iterator[Token]:
    folding = False
    for token in tokens:
        if token.type == "blockquote_open" and token.level == 0 and token.map is not None:
            lines = token.map[1] - token.map[0]
            folding = lines > LONG_QUOTE
            if folding:
                yield Token("fold_open", "", 0, content=str(lines))
        yield token
        if token.type == "blockquote_close" and token.level == 0 and folding:
            yield Token("fold_close", "", 0)


def _marked(tokens: Sequence[Token]) -> Iterator[Token]:
    inside = 0
    own_file: str | None = None
    for token in tokens:
        if token.type == "link_open":
            inside += 1
            own = _FILE.fullmatch(str(token.attrGet("href") or ""))
            if own is not None:
                own_file = own[1]
                continue
        elif token.type == "link_close":
            inside -= 1
            if own_file is not None:
                own_file = None
                continue
        elif own_file is not None and token.type == "text":
            token.content = _slot("f", f"{own_file}:{token.content}")
        elif token.type == "image":
            yield from _picture(token, linked=inside > 0)
            continue
        elif token.type == "text" and not inside:
            token.content = TICKET.sub(lambda found: _slot("t", found[0]), token.content)
        yield token


def _picture(token: Token, *, linked: bool) -> Iterator[Token]:
    address = str(token.attrGet("src") or "")
    words = " ".join(token.content.split())
    own = _FILE.fullmatch(address)
    text = Token("text", "", 0, content=_slot("f", f"{own[1]}:{words}") if own else words or address)
    if own is not None or linked:
        yield text
        return
    yield Token("link_open", "a", 1, attrs={"href": address})
    yield text
    yield Token("link_close", "a", -1)


def _slot(kind: str, what: str) -> str:
    return f"{_OPEN}{kind}:{what}{_CLOSE}"


_PARSER = _parser()


# --- rendering ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as HTML with slots: `texts` are pieces of HTML, between each two of them one of `slots` (kind, what)."""

    texts: tuple[str, ...]
    slots: tuple[tuple[str, str], ...]

    @property
    def tickets(self) -> frozenset[str]:
        """The numbers of tickets that it names."""
        return frozenset(what for kind, what in self.slots if kind == "t")

    def filled(self, refers: Refers) -> SafeString:
        """The HTML for one reader."""
        if not self.slots:
            return mark_safe(self.texts[0])  # noqa: S308  # cleaned by nh3
        found = [self.texts[0]]
        for (kind, what), text in zip(self.slots, self.texts[1:], strict=True):
            found += (_FILLED[kind](what, refers), text)
        return mark_safe("".join(found))  # noqa: S308  # cleaned by nh3; what fills the slots is escaped


def _filled_ticket(number: str, refers: Refers) -> str:
    address = refers.ticket(number)
    return number if address is None else f'<a href="{escape(address)}">{number}</a>'


def _filled_file(what: str, refers: Refers) -> str:
    """`what` is an id and words that nh3 has escaped as text: for an attribute quotes are escaped as well."""
    id_, _, words = what.partition(":")
    said = words.replace('"', "&quot;")
    found = refers.file(UUID(id_))
    if found is None:
        return words
    address = escape(found.address)
    if not found.picture:
        return f'<a href="{address}">{words or escape(found.name)}</a>'
    size = f' width="{found.width}" height="{found.height}"' if found.width and found.height else ""
    alt = said or escape(found.name)
    return f'<a href="{address}"><img src="{address}" alt="{alt}" loading="lazy"{size}></a>'


def _filled_quote(lines: str, refers: Refers) -> str:
    return escape(refers.quoted(int(lines)))


_FILLED: Mapping[str, Callable[[str, Refers], str]] = {
    "t": _filled_ticket,
    "f": _filled_file,
    "q": _filled_quote,
}


def render(text: str) -> Rendered:
    """The message with its slots open."""
    typed = _OURS.sub("\ufffd", text)
    if len(typed) > LONGEST or typed.count("[") > MOST_BRACKETS:
        return Rendered((f"<p>{escape(typed).replace(chr(10), '<br>' + chr(10))}</p>",), ())
    made = _PARSER.render(typed)
    clean = nh3.clean(
        made,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=set(SCHEMES),
        link_rel="noopener nofollow ugc",
    ).rstrip()
    parts = _SLOT.split(clean)
    return Rendered(tuple(parts[::3]), tuple(zip(parts[1::3], parts[2::3], strict=True)))


def html(text: str, *, refers: Refers = NOTHING) -> SafeString:
    """Markdown as HTML for one reader, not kept: for previews."""
    return render(text).filled(refers)


# --- kept by message ---------------------------------------------------------------------------------


class _Kept:
    """Rendered messages by id, the latest read ones, up to so many characters: messages never change."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._found: OrderedDict[UUID, Rendered] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, id_: UUID, text: str) -> Rendered:
        """What is kept, else rendered now."""
        with self._lock:
            found = self._found.get(id_)
            if found is not None:
                self._found.move_to_end(id_)
                return found
        made = render(text)
        size = _size(made)
        if size <= _KEPT_AT_MOST:
            with self._lock:
                if id_ not in self._found:
                    self._found[id_] = made
                    self._size += size
                while self._size > self._most:
                    self._size -= _size(self._found.popitem(last=False)[1])
        return made

    def __len__(self) -> int:
        return len(self._found)


def _size(made: Rendered) -> int:
    return sum(map(len, made.texts)) + sum(len(what) for _, what in made.slots) + 200


_kept = _Kept(_KEPT_CHARACTERS)


def message(id_: UUID, text: str) -> Rendered:
    """A stored message, rendered once and kept."""
    return _kept.get(id_, text)
