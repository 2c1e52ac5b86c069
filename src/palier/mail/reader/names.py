"""Parameters of headers, and names of files that are safe to save under."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from palier.mail.reader import charsets, headers

_PARAMETER = re.compile(r';\s*([A-Za-z0-9!#$&+.^_`{|}~*-]{1,60})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)')
_PIECE = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LONGEST = 150
_ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/rtf": ".rtf",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/ms-tnef": ".dat",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/rtf": ".rtf",
    "text/xml": ".xml",
    "text/x-log": ".log",
    "text/rfc822-headers": ".txt",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
}


def parameters(value: str) -> dict[str, str]:
    """A header such as Content-Type taken apart: "" is what stands before the first semicolon, then the parameters by
    lower-case name, RFC 2231 pieces joined and decoded, encoded words (which do not belong there) decoded too.

    >>> parameters("attachment; filename*0*=utf-8''plan%20; filename*1=d%E9tail.pdf")["filename"]
    'plan d%E9tail.pdf'
    """
    found = {"": value.partition(";")[0].strip()}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for matched in _PARAMETER.finditer(value):
        split = _PIECE.fullmatch(matched[1])
        if split is None:
            continue
        given = matched[2].strip()
        if given.startswith('"'):
            given = re.sub(
                r"\\(.)", r"\1", given[1:-1] if given.endswith('"') and len(given) > 1 else given[1:]
            )
        name = split[1].lower()
        if split[2] is None and not split[3]:
            found.setdefault(name, headers.decoded(given))
        else:
            pieces.setdefault(name, {}).setdefault(int(split[2] or 0), (given, bool(split[3])))
    for name, numbered in pieces.items():
        found[name] = _joined(numbered)
    return found


def _joined(numbered: dict[int, tuple[str, bool]]) -> str:
    """The pieces of one parameter: the first names the charset, percent signs count in those marked with a star."""
    made = b""
    charset = ""
    for number in sorted(numbered):
        text, encoded = numbered[number]
        if encoded:
            if number == min(numbered) and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            made += unquote_to_bytes(text)
        else:
            made += text.encode("utf-8", "replace")
    return headers.decoded(charsets.decode(made, charset, guess=False)[0])


def ending(media_type: str) -> str:
    """The usual ending of a file of this type, ".bin" for one that has none here."""
    return _ENDINGS.get(media_type, ".txt" if media_type.startswith("text/") else ".bin")


def safe(name: str, *, media_type: str, number: int) -> str:
    """A name to save a file under: no path, no control or turning character, no name of a device, at most 150 characters.
    One without a name becomes "part-3.png" by its type.

    >>> safe("../../etc/passwd", media_type="text/plain", number=1), safe("", media_type="image/png", number=3)
    ('passwd', 'part-3.png')
    """
    last = re.split(r"[/\\]", headers.visible(name))[-1]
    kept = " ".join(_UNSAFE.sub("_", last).split()).strip(". ")
    if not kept.strip("_"):
        return f"part-{number}{ending(media_type)}"
    if _DEVICE.fullmatch(kept):
        kept = f"_{kept}"
    if len(kept) > _LONGEST:
        stem, dot, end = kept.rpartition(".")
        kept = f"{stem[: _LONGEST - len(end) - 1]}.{end}" if dot and len(end) <= 10 else kept[:_LONGEST]
    return kept
