"""The block of headers, and encoded words in them.

The block is split here and not by the standard library, because whoever proves a sender must see the very same lines as
the servers before it: a bare carriage return or a line that is no header splits programs' opinions, so both are noticed.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from palier.mail.reader import charsets

MOST_HEADERS = 2_000
LONGEST_VALUE = 16_384
_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]+)([ \t]*):")
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+()-]{1,50})(?:\*[^?]{0,20})?\?([bBqQ])\?([^?]{0,4000})\?=")
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""What cannot be seen, or turns the order of what can (a name that reads backwards)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The headers of a message from the top. `clean` is false where programs may disagree about which headers there are."""

    headers: tuple[tuple[str, bytes], ...]
    """Lower-case name, and value as it came, folds and all."""
    body_at: int
    clean: bool
    cut: bool = False

    def values(self, name: str) -> list[bytes]:
        """All values of a header, from the top."""
        return [value for found, value in self.headers if found == name]


def split(content: bytes, *, most_bytes: int | None = None) -> Block:
    """The headers of a message and where its body begins; linear in the size of the block.

    Before them a byte order mark, empty lines and a line "From …" of a mailbox file are passed over. A line that is no
    header is passed over when a header follows, else the body begins there. With `most_bytes` only so much is read.
    """
    at, clean = _begin(content)
    end, body_at = _end(content, at)
    cut = most_bytes is not None and end - at > most_bytes
    block = content[at : at + most_bytes] if cut and most_bytes is not None else content[at:end]
    clean = clean and b"\x00" not in block and b"\r" not in block.replace(b"\r\n", b"")
    found: list[tuple[str, bytes]] = []
    pieces: list[bytes] = []
    name = ""
    lines = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for number, line in enumerate(lines):
        if line[:1] in (b" ", b"\t"):
            if not name:
                clean = False
            pieces.append(line)
            continue
        matched = _NAME.match(line)
        if matched is None:
            if not line:
                continue
            clean = False
            if not _header_follows(lines, number):
                # A message without its empty line: what is no header is its text.
                body_at = min(body_at, at + _offset(block, number))
                break
            continue
        if name:
            found.append((name, b"\n".join(pieces)))
        if len(found) >= MOST_HEADERS:
            return Block(headers=tuple(found), body_at=body_at, clean=False, cut=True)
        clean = clean and not matched[2]
        name, pieces = matched[1].decode("ascii").lower(), [line[matched.end() :]]
    if name:
        found.append((name, b"\n".join(pieces)))
    return Block(headers=tuple(found), body_at=body_at, clean=clean, cut=cut)


def _begin(content: bytes) -> tuple[int, bool]:
    at = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    clean = at == 0
    while content[at : at + 1] in (b"\r", b"\n"):
        at += 1
        clean = False
    if content[at : at + 5] == b"From " or content[at : at + 6] == b">From ":
        ends = content.find(b"\n", at)
        if ends >= 0:
            at = ends + 1
    return at, clean


_BLANK = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r(?!\n)")


def _end(content: bytes, at: int) -> tuple[int, int]:
    """Where the block ends, and where the body begins: after the first empty line."""
    if content[at : at + 2] == b"\r\n":
        return at, at + 2
    if content[at : at + 1] == b"\n":
        return at, at + 1
    found = _BLANK.search(content, at)
    return (len(content), len(content)) if found is None else (found.start(), found.end())


def _header_follows(lines: list[bytes], number: int) -> bool:
    following = lines[number + 1 : number + 4]
    return any(_NAME.match(line) is not None and b" " not in line.partition(b":")[0] for line in following)


def _offset(block: bytes, number: int) -> int:
    at = 0
    for _ in range(number):
        found = _LINE_END.search(block, at)
        if found is None:
            return len(block)
        at = found.end()
    return at


_LINE_END = re.compile(rb"\r\n|\n|\r")


# --- values ------------------------------------------------------------------------------------------


def unfolded(value: bytes) -> str:
    """A value as text on one line, encoded words left as they are; 8-bit characters by UTF-8, else by a guess."""
    text, _ = charsets.decode(value[:LONGEST_VALUE], guess=False)
    # Folding put a line's end before a space that was there (RFC 5322 §2.2.3); only the line's end goes.
    return text.replace("\r", "").replace("\n", "").strip()


def decoded(text: str) -> str:
    """The text with its encoded words (RFC 2047) decoded, on one line, without what cannot be seen.

    Tolerant: words without space between, characters split between words, spaces inside a word, unknown charsets.

    >>> decoded("=?utf-8?q?caf=C3=A9?= =?utf-8?b?ICE=?= ok")
    'café ! ok'
    """
    if "=?" in text:
        text = _words(text)
    text = _CONTROL.sub(
        "", text.replace("\r\n", " ").replace("\r", " ").replace("\n", " ").replace("\t", " ")
    )
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def _words(text: str) -> str:
    made: list[str] = []
    waiting, charset = b"", ""
    last = 0
    for found in _WORD.finditer(text):
        between = text[last : found.start()]
        raw = _bytes_of(found[2], found[3])
        if raw is None:
            made.append(charsets.decode(waiting, charset, guess=False)[0] + between + found[0])
            waiting, charset = b"", ""
        elif between.strip() or found[1].lower() != charset:
            joined = "" if waiting and not between.strip() else between
            made.append(charsets.decode(waiting, charset, guess=False)[0] + joined)
            waiting, charset = raw, found[1].lower()
        else:
            # Space between two encoded words is none; their bytes may be halves of one character.
            waiting += raw
        last = found.end()
    made.append(charsets.decode(waiting, charset, guess=False)[0] + text[last:])
    return "".join(made)


def _bytes_of(kind: str, word: str) -> bytes | None:
    if kind in "qQ":
        return binascii.a2b_qp(word.encode("utf-8", "replace"), header=True)
    kept = re.sub(r"[^A-Za-z0-9+/]", "", word)
    try:
        return binascii.a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + "===")
    except binascii.Error:
        return None


def visible(text: str) -> str:
    """The text without characters that cannot be seen or that turn its order."""
    return _CONTROL.sub("", text)
