"""The parts of a message: the standard library's parser, kept from what makes it recurse, wander or fail.

It is fed in pieces, so that time is looked at between them; parts below a depth and beyond a number are not entered; a
message within a message stays bytes (it is shown as an attached file, its text is not this message's); headers of parts
are kept as they came, because the library's own reading of broken values raises what it pleases.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesFeedParser
from email.policy import EmailPolicy
from typing import Any

from palier.mail.reader import headers, names
from palier.mail.reader.values import Fault, Limits, Unreadable

_FED = 64 * 1024
_LONGEST = 8_192
"""Characters of a part's header that are read: the library's reading of parameters grows with the square of them."""
_KEPT = frozenset(
    {"content-type", "content-transfer-encoding", "content-disposition", "content-id", "mime-version"}
)
_BASE64_AND_SPACE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n"
_NO_BASE64 = bytes(byte for byte in range(256) if byte not in _BASE64_AND_SPACE) + b" \t\r\n"


class Deadline:
    """How much time is left. `clock` counts seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock, self._ends = clock, clock() + seconds

    def check(self) -> None:
        """Unreadable when the time is over."""
        if self._clock() > self._ends:
            raise Unreadable(
                "too-slow",
                en="Reading this message took too long. Read it in a mail program, or ask its writer to send it anew.",
                fr="La lecture de ce message a pris trop de temps. Lisez-le dans une messagerie, ou demandez à son"
                " auteur de le renvoyer.",
            )


class _Raw(EmailPolicy):
    """Headers of parts as text, not taken apart."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, _, value = "".join(sourcelines).partition(":")
        return name.strip(), _plain(value)

    def header_fetch_parse(self, name: str, value: str) -> str:
        del name
        return value


def _plain(value: str) -> str:
    """On one line, 8-bit characters read, no NUL: what the library stumbles over otherwise."""
    raw = (
        value[:_LONGEST].encode("ascii", "surrogateescape")
        if not value.isascii()
        else value[:_LONGEST].encode()
    )
    return headers.unfolded(raw.replace(b"\x00", b"").replace(b"\r", b" ").strip())


@dataclass(slots=True)
class _Count:
    """What all parts of one message share."""

    limits: Limits
    parts: int = 0
    faults: set[Fault] = field(default_factory=set)


class _Piece(EmailMessage):
    """A part while it is parsed."""

    count: _Count
    depth: int = 0
    text: str = ""

    def attach(self, payload: Any) -> None:
        payload.depth = self.depth + 1
        if self.count.parts > self.count.limits.parts:
            self.count.faults.add(Fault.PARTS_CUT)
        else:
            super().attach(payload)

    def set_payload(self, payload: Any, charset: Any = None) -> None:
        # Kept apart: the library decodes what it hands out by whatever charset the part declares.
        del charset
        self.text = payload
        self._payload = ""

    def get_content_maintype(self) -> str:
        # What the parser asks before it goes into a part.
        kind = self.real_type()
        if (
            kind.startswith("multipart/")
            and self.depth < self.count.limits.depth
            and self.count.parts < self.count.limits.parts
        ):
            return "multipart"
        return "application"

    def get_content_type(self) -> str:
        kind = self.real_type()
        return kind if kind == "multipart/digest" else "application/octet-stream"

    def real_type(self) -> str:
        """The declared type, "text/plain" where none or nonsense is."""
        declared = str(self.get("content-type", "") or "").partition(";")[0].strip().strip('"').lower()
        if _TYPE.fullmatch(declared):
            return declared
        return self.get_default_type() if not declared else "text/plain"


_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,120}")


@dataclass(slots=True)
class Node:
    """A part with its children. `raw` is what stands there, still encoded."""

    media_type: str
    parameters: dict[str, str]
    disposition: str
    file_name: str
    content_id: str
    encoding: str
    raw: bytes = b""
    children: list[Node] = field(default_factory=list)

    @property
    def main(self) -> str:
        """What stands before the slash."""
        return self.media_type.partition("/")[0]

    def walk(self) -> Iterator[Node]:
        """It and all below it, in their order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def content(self) -> tuple[bytes, bool]:
        """Its bytes, and whether their encoding was whole."""
        return _decoded(self.raw, self.encoding)


def parse(
    content: bytes, block: headers.Block, *, limits: Limits, deadline: Deadline
) -> tuple[Node, set[Fault]]:
    """The parts of a message whose headers were split already."""
    count = _Count(limits=limits)

    def made(policy: EmailPolicy | None = None) -> _Piece:
        piece = _Piece(policy=policy or _POLICY)
        piece.count = count
        count.parts += 1
        return piece

    parser = BytesFeedParser(made, policy=_POLICY)
    seen: set[str] = set()
    for name, value in block.headers:
        if name in _KEPT and name not in seen:
            seen.add(name)
            parser.feed(
                name.encode() + b": " + b" ".join(value[:_LONGEST].split()).replace(b"\x00", b"") + b"\n"
            )
    parser.feed(b"\n")
    if not _has_parts(block):
        return _alone(parser.close(), content[block.body_at :], count, deadline), count.faults
    view = memoryview(content)
    for at in range(block.body_at, len(content), _FED):
        deadline.check()
        parser.feed(bytes(view[at : at + _FED]))
    root = parser.close()
    return _node(root, count, deadline), count.faults


_POLICY = _Raw()


def _has_parts(block: headers.Block) -> bool:
    return any(name == "content-type" and b"multipart/" in value.lower() for name, value in block.headers)


def _alone(root: Any, raw: bytes, count: _Count, deadline: Deadline) -> Node:
    """A message of one part: what stands below its headers, without a look at each line."""
    node = _node(root, count, deadline)
    node.raw = raw
    return node


def _node(piece: Any, count: _Count, deadline: Deadline) -> Node:
    deadline.check()
    kind = piece.real_type()
    parameters = names.parameters(str(piece.get("content-type", "") or ""))
    placed = names.parameters(str(piece.get("content-disposition", "") or ""))
    node = Node(
        media_type=kind,
        parameters=parameters,
        disposition=placed.get("", "").lower(),
        file_name=placed.get("filename", "") or parameters.get("name", ""),
        content_id=str(piece.get("content-id", "") or "").strip().strip("<>").strip()[:255],
        encoding=str(piece.get("content-transfer-encoding", "") or "")
        .partition(";")[0]
        .strip()
        .strip("\"'")
        .lower(),
    )
    children = piece.get_payload() if piece.is_multipart() else []
    if children:
        node.children = [_node(child, count, deadline) for child in children]
    else:
        node.raw = piece.text.encode("ascii", "surrogateescape")
        piece.text = ""
        if kind.startswith("multipart/"):
            _unentered(node, piece, count)
    if any(type(defect).__name__ in _BROKEN for defect in piece.defects):
        count.faults.add(Fault.BOUNDARY_BROKEN)
    return node


def _unentered(node: Node, piece: Any, count: _Count) -> None:
    """A part of parts that was not gone into: too deep, too many, or without a boundary that separates anything."""
    if piece.depth >= count.limits.depth:
        count.faults.add(Fault.TOO_DEEP)
    elif count.parts >= count.limits.parts:
        count.faults.add(Fault.PARTS_CUT)
    else:
        # No boundary, or none of its lines: all of it is one text.
        count.faults.add(Fault.BOUNDARY_BROKEN)
        node.media_type, node.encoding = "text/plain", ""
        node.parameters = {}
        return
    node.media_type = "application/octet-stream"


_BROKEN = frozenset(
    {
        "NoBoundaryInMultipartDefect",
        "StartBoundaryNotFoundDefect",
        "CloseBoundaryNotFoundDefect",
        "MultipartInvariantViolationDefect",
    }
)


def _decoded(raw: bytes, encoding: str) -> tuple[bytes, bool]:
    if encoding == "base64":
        return _base64(raw)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw), True
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _uu(raw)
    return raw, encoding in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none")


def _base64(raw: bytes) -> tuple[bytes, bool]:
    strange = len(raw.translate(None, _BASE64_AND_SPACE))
    if strange * 10 > len(raw) or _is_prose(raw[:4_096]):
        # Declared, and not done.
        return raw, False
    kept = raw.translate(None, _NO_BASE64)
    # What stands after the padding is a footer somebody appended to the encoded text.
    end = kept.find(b"=")
    whole = strange == 0 and (end < 0 or not kept[end:].strip(b"="))
    kept = kept[:end] if end >= 0 else kept
    if len(kept) % 4 == 1:
        kept, whole = kept[:-1], False
    try:
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4)), whole
    except binascii.Error:
        return raw, False


def _is_prose(raw: bytes) -> bool:
    """Whether words stand there; what follows the padding of encoded text may be words."""
    before = raw.partition(b"=")[0]
    pieces = (before if len(before) > 20 else raw).split()
    return len(pieces) > 3 and sum(map(len, pieces)) < 12 * len(pieces)


def _uu(raw: bytes) -> tuple[bytes, bool]:
    made: list[bytes] = []
    inside = False
    for line in raw.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            return b"".join(made), True
        else:
            size = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                made.append(binascii.a2b_uu(line))
            except binascii.Error:
                try:
                    # Some writers leave trailing spaces out, others pad.
                    made.append(binascii.a2b_uu(line[:size]))
                except binascii.Error:
                    return raw, False
    return (b"".join(made), False) if inside else (raw, False)
