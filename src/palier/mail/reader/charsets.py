"""Bytes into text, whatever was declared."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

from palier.mail.reader.values import Fault

_SAMPLE = 4_096
"""Bytes that a guess looks at: it takes time in proportion."""
_FEW = 4
"""So few signs beyond ASCII tell nothing."""
_ALIASES = {
    "ansi": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252http-equivcontent-type": "cp1252",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
}
"""What is declared and what it is read as. As browsers do, a name for a smaller set stands for the bigger one that contains it."""
_NOT_TEXT = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "unicode-escape"}
)
"""Codecs of the language that no mail is written in, and which fail on arbitrary bytes in ways of their own."""
_LOOKS_WIDE = re.compile(rb"(?:[\t\r\n -~]\x00){8}|(?:\x00[\t\r\n -~]){8}")


def known(declared: str) -> str | None:
    """The codec for a declared charset, None for one that is not known.

    >>> known('"ISO-8859-1"'), known("x-unknown")
    ('cp1252', None)
    """
    name = declared.strip().strip("\"'").strip().lower()
    name = _ALIASES.get(name, name)
    if not name or len(name) > 40 or not name.isascii() or not name.isprintable():
        return None
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, ImportError):
        return None
    if found.name in _NOT_TEXT or not getattr(found, "_is_text_encoding", True):
        return None
    return found.name


def decode(data: bytes, declared: str = "", *, guess: bool = True) -> tuple[str, frozenset[Fault]]:
    """The text, by the declared charset if it fits, else UTF-8 if it is, else a guess; with what was mended. Never fails.

    Without `guess` what is neither is read as Western European: guessing takes milliseconds, and a message has as many
    headers as its writer likes.
    """
    faults: set[Fault] = set()
    text = _decoded(data, declared, faults, guess=guess)
    if "\x00" in text:
        faults.add(Fault.NUL_REMOVED)
        text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        # What a surrogate means depends on who reads it, and no database takes one.
        faults.add(Fault.CHARACTERS_LOST)
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.removeprefix("\ufeff"), frozenset(faults)


def _decoded(data: bytes, declared: str, faults: set[Fault], *, guess: bool) -> str:
    codec = known(declared) if declared else None
    if data.isascii() and codec in (None, "utf-8", "cp1252") and b"\x00" not in data:
        return data.decode("ascii")
    if codec is None or codec == "utf-8":
        wide = _wide(data)
        if wide is not None:
            faults.add(Fault.CHARSET_GUESSED)
            return data.decode(wide, "replace")
    for tried in dict.fromkeys((codec, "utf-8")):
        if tried is None:
            continue
        try:
            text = data.decode(tried)
        except (UnicodeError, ValueError):
            continue
        if tried != (codec or "utf-8"):
            faults.add(Fault.CHARSET_GUESSED)
        return text
    if codec == "utf-8":
        # A text that was cut within a character, or holds one line of another's: not a reason to guess all of it anew.
        text = data.decode("utf-8", "replace")
        if text.count("\ufffd") * 200 <= len(text):
            faults.add(Fault.CHARACTERS_LOST)
            return text
    faults.add(Fault.CHARSET_GUESSED)
    guessed = codec if codec not in (None, "utf-8") else _guessed(data) if guess else None
    text = data.decode(guessed or "cp1252", "replace")
    if "\ufffd" in text:
        faults.add(Fault.CHARACTERS_LOST)
    return text


def _wide(data: bytes) -> str | None:
    """UTF-16 that nobody declared: by its mark, or by every second byte being zero."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    found = _LOOKS_WIDE.search(data, 0, 512) if b"\x00" in data[:512] else None
    if found is None:
        return None
    return "utf-16-be" if found[0][0] == 0 else "utf-16-le"


def _guessed(data: bytes) -> str | None:
    sample = data[:_SAMPLE]
    # Western European first: the guess prefers rarer families on the short texts that mail is made of.
    high = [byte for byte in sample if byte >= 0x80]
    if len(high) < _FEW or sum(byte in _FRENCH for byte in high) * 10 >= len(high) * 9:
        return "cp1252"
    found = charset_normalizer.from_bytes(sample, steps=3, chunk_size=1024, preemptive_behaviour=False).best()
    return None if found is None else known(found.encoding)


_FRENCH = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÇÉÈÊËÎÏÔÖÙÛÜŒñáíóúß€«»’‘“”–—…°\xa0".encode("cp1252"))
