"""Which parts of a message are its text, which are files, and what the text says."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

from palier.mail.reader import calendars, charsets, flowed, headers, markup, names, quoting, tnef
from palier.mail.reader.structure import Deadline, Node
from palier.mail.reader.values import Appointment, Fault, Limits, Part

_SHOWN = frozenset({"text/plain", "text/html", "text/markdown", "text/enriched"})
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SAYS_AS_MUCH = 0.75
"""The share of the HTML's words that a plain text must have to stand for it."""
_LOOKS_HTML = re.compile(
    r"\s*(?:<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]|<div[\s>]|<p[\s>])", re.IGNORECASE
)
_CID = re.compile(r"""cid:([^"'\s>)]{1,255})""", re.IGNORECASE)
_REPORTS = frozenset(
    {
        "message/delivery-status",
        "message/disposition-notification",
        "text/rfc822-headers",
        "message/feedback-report",
    }
)


@dataclass(slots=True)
class Shown:
    """What a message shows."""

    body: str = ""
    folded: str = ""
    html: str = ""
    parts: list[Part] = field(default_factory=list)
    calendar: tuple[Appointment, ...] = ()
    faults: set[Fault] = field(default_factory=set)


@dataclass(slots=True)
class _Text:
    """A piece of the text: as plain text, as HTML, or as both where it is said twice."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class _Reader:
    """What is gathered on the way through the parts."""

    limits: Limits
    deadline: Deadline
    shown: Shown = field(default_factory=Shown)
    raw_parts: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    """(name as given, media type, content, Content-ID)"""

    # --- the way through the parts -----------------------------------------------------------------

    def texts(self, node: Node) -> list[_Text]:
        """The pieces of text of a part and those below it, in their order; the rest becomes files."""
        self.deadline.check()
        if node.media_type in _ENCRYPTED:
            self.shown.faults.add(Fault.ENCRYPTED)
        if node.children:
            return self._of_children(node)
        if node.media_type == "text/calendar" and not self.shown.calendar:
            self._calendar(node)
        if node.media_type in _SHOWN and not node.file_name and not node.disposition.startswith("attachment"):
            return [self.text(node)]
        if node.media_type in _TNEF or (
            node.file_name.lower() == "winmail.dat" and not node.media_type.startswith("text/")
        ):
            return self._tnef(node)
        self._file(node)
        return []

    def _of_children(self, node: Node) -> list[_Text]:
        kind = node.media_type
        if kind == "multipart/alternative":
            return self._alternative(node)
        if kind == "multipart/related":
            root = _root(node)
            found = self.texts(root)
            for child in node.children:
                # What is shown already by the root; a text beside it (Apple's) is more text.
                found += self.texts(child) if child is not root else []
            return found
        if kind in ("multipart/signed", "multipart/report"):
            found = self.texts(node.children[0])
            for child in node.children[1:]:
                if child.media_type in _REPORTS or not child.media_type.startswith(("text/", "multipart/")):
                    found += self.texts(child)
                else:
                    self._all_files(child)
            return found
        made: list[_Text] = []
        for child in node.children:
            made += self.texts(child)
        return made

    def _alternative(self, node: Node) -> list[_Text]:
        """One text said several ways: the first plain and the last HTML of them, whatever their order."""
        plain: list[str] = []
        html: list[str] = []
        for child in node.children:
            found = self.texts(child)
            if any(one.html is not None for one in found):
                html = [one.html if one.html is not None else _as_html(one.plain or "") for one in found]
            elif found and not plain:
                plain = [one.plain or "" for one in found]
        if not plain and not html:
            return []
        return [_Text(plain="\n\n".join(plain) if plain else None, html="\n".join(html) if html else None)]

    def _all_files(self, node: Node) -> None:
        for one in node.walk():
            if not one.children:
                self._file(one)

    # --- single parts ------------------------------------------------------------------------------

    def text(self, node: Node) -> _Text:
        """A part as text."""
        text, faults = self._decoded(node)
        self.shown.faults |= faults
        if node.media_type == "text/html":
            return _Text(html=text)
        if _LOOKS_HTML.match(text) and re.search(r"</[a-z]+>", text, re.IGNORECASE):
            self.shown.faults.add(Fault.HTML_UNDECLARED)
            return _Text(html=text)
        if node.parameters.get("format", "").lower() == "flowed":
            text = flowed.unfold(text, del_space=node.parameters.get("delsp", "").lower() == "yes")
        return _Text(plain=text)

    def _decoded(self, node: Node) -> tuple[str, frozenset[Fault]]:
        data, whole = node.content()
        faults: set[Fault] = set() if whole else {Fault.ENCODING_BROKEN}
        text, found = charsets.decode(data, node.parameters.get("charset", ""))
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x0c", "\n")
        text = _UNSEEN.sub("", text)
        if len(text) > self.limits.text:
            text = text[: self.limits.text]
            faults.add(Fault.TEXT_CUT)
        return text, frozenset(faults | found)

    def _calendar(self, node: Node) -> None:
        found, whole = calendars.appointments(node.content()[0], node.parameters.get("charset", ""))
        self.shown.calendar = found
        if not whole:
            self.shown.faults.add(Fault.CALENDAR_BROKEN)

    def _tnef(self, node: Node) -> list[_Text]:
        data, _ = node.content()
        found = tnef.unwrap(data)
        if not found.whole:
            self.shown.faults.add(Fault.TNEF_BROKEN)
        if not (found.plain or found.html or found.files):
            self._file(node)
            return []
        for file in found.files[: self.limits.parts]:
            kind = (
                file.media_type
                if re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.media_type)
                else "application/octet-stream"
            )
            self.raw_parts.append((file.name, kind, file.content, file.content_id))
        return (
            [_Text(plain=found.plain or None, html=found.html or None)] if found.plain or found.html else []
        )

    def _file(self, node: Node) -> None:
        data, whole = node.content()
        node.raw = b""
        if not whole:
            self.shown.faults.add(Fault.ENCODING_BROKEN)
        if not data and not node.file_name:
            return
        name = node.file_name
        if not name and node.media_type in ("message/rfc822", "message/global"):
            inner = headers.split(data[:65_536]).values("subject")
            name = f"{headers.decoded(headers.unfolded(inner[0]))[:100]}.eml" if inner else ""
        self.raw_parts.append((name, node.media_type, data, node.content_id))


_UNSEEN = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the order of what is read."""


def _root(node: Node) -> Node:
    """The part of a multipart/related that the others belong to (RFC 2387)."""
    start = node.parameters.get("start", "").strip("<>")
    named = next((child for child in node.children if start and child.content_id == start), None)
    if named is not None:
        return named
    texts = (child for child in node.children if child.media_type.startswith(("text/html", "multipart/")))
    return next(texts, node.children[0])


def _as_html(text: str) -> str:
    return f"<p>{entities.escape(text)}</p>".replace("\n", "<br>\n")


# --- the text ----------------------------------------------------------------------------------------


def show(root: Node, *, subject: str, limits: Limits, deadline: Deadline) -> Shown:
    """What a message shows: its text as Markdown, fresh and folded, its HTML made harmless, its files."""
    reader = _Reader(limits=limits, deadline=deadline)
    # Some programs name the only text there is.
    alone = not root.children and root.media_type in _SHOWN and not root.disposition.startswith("attachment")
    texts = [reader.text(root)] if alone else reader.texts(root)
    shown = reader.shown
    known = {cid for _, _, _, cid in reader.raw_parts if cid}
    pieces: list[str] = []
    pages: list[str] = []
    for one in texts:
        deadline.check()
        page = _page(one, known, shown)
        if page is not None:
            pages.append(page)
        elif one.plain is not None:
            pages.append(_as_html(one.plain))
        pieces.append(_piece(one, page))
    # A page without a picture or a mark says no more than its text; two do.
    if any(one.html is not None for one in texts) and Fault.HTML_TOO_DEEP not in shown.faults:
        shown.html = "\n<hr>\n".join(pages)
    text = "\n\n".join(piece for piece in pieces if piece.strip())
    if not text.strip() and shown.calendar:
        text = calendars.words(shown.calendar)
    deadline.check()
    shown.body, shown.folded = quoting.fold(text, subject=subject)
    used = {found.lower() for found in _CID.findall(shown.html)}
    for number, (name, kind, content, cid) in enumerate(reader.raw_parts, start=1):
        shown.parts.append(
            Part(
                name=names.safe(name, media_type=kind, number=number),
                media_type=kind,
                content=content,
                content_id=cid,
                inline=bool(cid) and cid.lower() in used,
            )
        )
    if not shown.body.strip() and not shown.parts:
        shown.faults.add(Fault.EMPTY)
    return shown


def _page(one: _Text, known: set[str], shown: Shown) -> str | None:
    if one.html is None:
        return None
    if markup.too_deep(one.html):
        shown.faults.add(Fault.HTML_TOO_DEEP)
        return None
    return markup.clean(one.html, known=known)


def _piece(one: _Text, page: str | None) -> str:
    """A piece of text as Markdown: the plain one where it says as much as the HTML."""
    if one.html is None:
        return markup.tidy(one.plain or "")
    if page is None:
        return markup.tidy(one.plain) if one.plain and one.plain.strip() else markup.stripped(one.html)
    if one.plain is not None and one.plain.strip() and _says_as_much(one.plain, page):
        return markup.tidy(one.plain)
    return markup.markdown(page)


def _says_as_much(plain: str, page: str) -> bool:
    said = markup.words(page)
    if 'src="cid:' in page:
        # A picture within the text has a place there, which plain text does not tell.
        return False
    given = set(plain.split())
    return sum(word in given for word in said) >= _SAYS_AS_MUCH * len(said)
