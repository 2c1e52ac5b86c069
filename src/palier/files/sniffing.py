"""What a file is, by its first bytes. Its name only chooses among what the bytes allow; what the sender says is not heard.

Nothing is unpacked: an office document is a zip with a name that says which.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import filetype

HEAD = 8192
"""How many bytes are looked at."""
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What is shown, encoded anew by us. Never SVG: it is a program."""
_ZIP = "application/zip"
_TEXT_AS_WELL = frozenset({"application/pdf", "application/rtf", "application/postscript"})
"""Formats that may consist of letters only."""
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
ZIPPED = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".odt": f"{_OPEN}.text",
    ".ods": f"{_OPEN}.spreadsheet",
    ".odp": f"{_OPEN}.presentation",
}
_HANDED_OUT = frozenset(
    {
        *RASTER, *ZIPPED.values(), _ZIP, TEXT, "application/pdf", "application/gzip", "application/x-7z-compressed",
        "image/bmp", "image/tiff", "image/heic", "video/mp4", "video/webm", "audio/mpeg", "audio/mp4",
    }
)  # fmt: skip
# Tab, line feed, form feed, return and escape stand in logs; any other control character says: not text.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(r"<(head|body|script|iframe|style|meta|title|div|p|a|img|table)\b")
_MARKUP = re.compile(r"^(?:<!--.*?-->|<\?xml.*?\?>|<!doctype[^>]*>|\s)*", re.DOTALL | re.IGNORECASE)


def media_type(head: bytes, name: str) -> str:
    """The media type by the first `HEAD` bytes; `application/octet-stream` for what nobody knows."""
    head = head[:HEAD]
    guess = filetype.guess(head)
    found = "" if guess is None else str(guess.mime)
    if _is_text(head) and found not in _TEXT_AS_WELL:
        return _text_kind(head)
    suffix = PurePosixPath(name).suffix.lower()
    if found == _ZIP and suffix in ZIPPED:
        return ZIPPED[suffix]
    return found or UNKNOWN


def _is_text(head: bytes) -> bool:
    return bool(head) and (head.startswith(_BOMS[1:]) or _CONTROL.search(head) is None)


def _text_kind(head: bytes) -> str:
    encoding = "utf-16" if head.startswith(_BOMS[1:]) else "utf-8-sig"
    text = head.decode(encoding, errors="replace").lstrip().lower()
    if not text.startswith("<"):
        return TEXT
    rest = text[_MARKUP.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    if rest.startswith("<svg") or "<!doctype svg" in text[:512]:
        return "image/svg+xml"
    if "<!doctype html" in text[:512] or rest.startswith("<html"):
        return "text/html"
    if text.startswith("<?xml"):
        return "application/xml"
    return "text/html" if _HTML.match(rest) else TEXT


def handed_out_as(kind: str) -> str:
    """The type a download names: a known harmless one, else bytes of no type. Markup is never called markup."""
    return kind if kind in _HANDED_OUT else UNKNOWN
