"""winmail.dat: what Outlook wraps a message in (MS-OXTNEF).

The stream is walked here, within its bounds; single properties are tnefparse's. Its own walk believes every count it reads,
and a count of four thousand million in thirty bytes keeps it busy for hours.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from tnefparse import mapi, properties
from tnefparse.tnef import TNEF

from palier.mail.reader import charsets

_SIGNATURE = TNEF.TNEF_SIGNATURE
_MOST_OBJECTS = 2_000
_MOST_PROPERTIES = 4_000
_FIXED = {
    mapi.SZMAPI_SHORT: 4,
    mapi.SZMAPI_BOOLEAN: 4,
    mapi.SZMAPI_INT: 4,
    mapi.SZMAPI_FLOAT: 4,
    mapi.SZMAPI_ERROR: 4,
    mapi.SZMAPI_DOUBLE: 8,
    mapi.SZMAPI_APPTIME: 8,
    mapi.SZMAPI_CURRENCY: 8,
    mapi.SZMAPI_INT8BYTE: 8,
    mapi.SZMAPI_SYSTIME: 8,
    mapi.SZMAPI_CLSID: 16,
}
_VARYING = (
    mapi.SZMAPI_STRING,
    mapi.SZMAPI_UNICODE_STRING,
    mapi.SZMAPI_OBJECT,
    mapi.SZMAPI_BINARY,
    mapi.SZMAPI_UNSPECIFIED,
)


@dataclass(slots=True)
class File:
    """A file of the stream. `media_type` is "" where none is given."""

    name: str = ""
    media_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Unwrapped:
    """What stands in the stream; `whole` is false when it broke off."""

    plain: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Property:
    name: int
    kind: int
    value: bytes


def unwrap(data: bytes) -> Unwrapped:
    """The text and files of a TNEF stream; what can be read of one that is broken. Never fails, time linear."""
    found = Unwrapped()
    try:
        _walk(memoryview(data), found)
    except (struct.error, ValueError, IndexError):
        found.whole = False
    found.files = [file for file in found.files if file.content or file.name]
    return found


def _walk(data: memoryview, found: Unwrapped) -> None:
    if len(data) < 6 or _uint32(data, 0) != _SIGNATURE:
        raise ValueError("no TNEF stream")
    codepage = "cp1252"
    at, objects = 6, 0
    while at + 11 <= len(data):
        objects += 1
        if objects > _MOST_OBJECTS:
            raise ValueError("too many objects")
        name, size = _uint16(data, at + 1), _uint32(data, at + 5)
        value = data[at + 9 : at + 9 + size]
        found.whole &= len(value) == size
        at += 9 + size + 2
        if name == TNEF.ATTOEMCODEPAGE and size >= 4:
            codepage = charsets.known(f"cp{_uint32(value, 0)}") or "cp1252"
        elif name == TNEF.ATTBODY:
            found.plain = _text(bytes(value), codepage)
        elif name == TNEF.ATTMAPIPROPS:
            _message(value, codepage, found)
        elif name == TNEF.ATTATTACHRENDDATA:
            found.files.append(File())
        elif found.files:
            _file(name, value, codepage, found.files[-1])


def _message(value: memoryview, codepage: str, found: Unwrapped) -> None:
    kept = _properties(value, found)
    page = next((p for p in kept if p.name == properties.MAPI_INTERNET_CODEPAGE), None)
    declared = "" if page is None else _page(_uint32(memoryview(page.value), 0))
    for one in kept:
        if one.name == properties.MAPI_BODY:
            found.plain = _string(one, codepage)
        elif one.name == properties.MAPI_BODY_HTML:
            wide = one.kind == mapi.SZMAPI_UNICODE_STRING
            found.html = _string(one, codepage) if wide else _text(one.value, declared or codepage)


def _page(number: int) -> str:
    return {65001: "utf-8", 20127: "ascii", 20866: "koi8-r"}.get(
        number, f"iso-8859-{number - 28590}" if 28591 <= number <= 28606 else f"cp{number}"
    )


def _file(name: int, value: memoryview, codepage: str, file: File) -> None:
    if name == TNEF.ATTATTACHTITLE:
        file.name = file.name or _text(bytes(value), codepage)
    elif name == TNEF.ATTATTACHDATA:
        file.content = bytes(value)
    elif name == TNEF.ATTATTACHMENT:
        for one in _properties(value, Unwrapped()):
            if one.name == properties.MAPI_ATTACH_LONG_FILENAME or (
                one.name == properties.MAPI_ATTACH_FILENAME and not file.name
            ):
                file.name = _string(one, codepage)
            elif one.name == properties.MAPI_ATTACH_MIME_TAG:
                file.media_type = _string(one, codepage).lower()
            elif one.name == properties.MAPI_ATTACH_CONTENT_ID:
                file.content_id = _string(one, codepage).strip("<>")
            elif one.name == properties.MAPI_ATTACH_DATA_OBJ and not file.content:
                file.content = one.value.removeprefix(mapi.IMESSAGE_SIG)


def _properties(data: memoryview, found: Unwrapped) -> list[_Property]:
    """The properties of an object, as far as they can be read."""
    made: list[_Property] = []
    count, at = _uint32(data, 0), 4
    if count > _MOST_PROPERTIES:
        found.whole = False
    for _ in range(min(count, _MOST_PROPERTIES)):
        if at + 4 > len(data):
            found.whole = False
            break
        kind, name = _uint16(data, at), _uint16(data, at + 2)
        at += 4
        if name >= mapi.GUID_EXISTS_FLAG:
            named = _uint32(data, at + 16)
            at += 24 if named == 0 else 24 + _padded(_uint32(data, at + 20))
        many = bool(kind & mapi.MULTI_VALUE_FLAG)
        kind &= ~mapi.MULTI_VALUE_FLAG
        values = 1
        if many or kind in _VARYING:
            values = _uint32(data, at)
            at += 4
        if values > _MOST_PROPERTIES:
            raise ValueError("too many values")
        for number in range(values):
            value, at = _value(data, at, kind)
            if number == 0:
                made.append(_Property(name, kind, value))
    return made


def _value(data: memoryview, at: int, kind: int) -> tuple[bytes, int]:
    if kind in _FIXED:
        return bytes(data[at : at + _FIXED[kind]]), at + _FIXED[kind]
    if kind == mapi.SZMAPI_NULL:
        return b"", at
    if kind not in _VARYING:
        raise ValueError("unknown type of property")
    size = _uint32(data, at)
    if at + 4 + size > len(data):
        raise ValueError("a value beyond the end")
    return bytes(data[at + 4 : at + 4 + size]), at + 4 + _padded(size)


def _padded(size: int) -> int:
    return size + (-size % 4)


def _string(one: _Property, codepage: str) -> str:
    if one.kind == mapi.SZMAPI_UNICODE_STRING:
        return one.value.decode("utf-16-le", "replace").rstrip("\x00")
    return _text(one.value, codepage)


def _text(value: bytes, codepage: str) -> str:
    return charsets.decode(value.rstrip(b"\x00"), codepage, guess=False)[0]


def _uint32(data: memoryview, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _uint16(data: memoryview, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])
