"""What a message says once it was read, and how much of it is read at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of one message is read. What goes beyond is left out and said in `faults`, or the message is `Unreadable`."""

    size: int = 64 * 1024 * 1024
    """Bytes of the whole message; a bigger one is unreadable."""
    header_bytes: int = 256 * 1024
    """Of all its headers together; what comes after is not read."""
    parts: int = 500
    depth: int = 24
    """Of parts in parts."""
    text: int = 1024 * 1024
    """Characters of one text."""
    seconds: float = 10.0


DEFAULT = Limits()


class Fault(StrEnum):
    """What was mended, or left out, so that the message could be read."""

    HEADERS_MALFORMED = "headers-malformed"
    """A line that is no header, a bare carriage return, a NUL, a name with a space: programs disagree about such a block."""
    HEADERS_CUT = "headers-cut"
    HEADER_TWICE = "header-twice"
    """A header that may stand once stands more than once; the first is read."""
    NO_FROM = "no-from"
    SEVERAL_FROM = "several-from"
    ADDRESS_MALFORMED = "address-malformed"
    NAME_IS_ADDRESS = "name-is-address"
    """The name beside an address looks like another address."""
    DATE_MALFORMED = "date-malformed"
    CHARSET_GUESSED = "charset-guessed"
    CHARACTERS_LOST = "characters-lost"
    NUL_REMOVED = "nul-removed"
    ENCODING_BROKEN = "encoding-broken"
    BOUNDARY_BROKEN = "boundary-broken"
    PARTS_CUT = "parts-cut"
    TOO_DEEP = "too-deep"
    TEXT_CUT = "text-cut"
    HTML_TOO_DEEP = "html-too-deep"
    HTML_UNDECLARED = "html-undeclared"
    TNEF_BROKEN = "tnef-broken"
    CALENDAR_BROKEN = "calendar-broken"
    ENCRYPTED = "encrypted"
    EMPTY = "empty"


class Unreadable(ValueError):
    """A message that cannot be read at all. `code` for programs, `en` and `fr` for people; both say the way out."""

    def __init__(self, code: str, *, en: str, fr: str) -> None:
        super().__init__(en)
        self.code, self.en, self.fr = code, en, fr


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Who, as written. `address` is `local@domain` with the domain in lower case and ASCII, or what stood there when it is
    none; `valid` says which."""

    name: str
    address: str
    valid: bool = True

    @property
    def domain(self) -> str:
        """The part after the last @, or "" when the address is not one."""
        return self.address.rpartition("@")[2] if self.valid else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of the message. `name` is safe to save under; `inline` is true where the HTML shows it by `content_id`."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """An entry of a calendar part: what is asked (`method`: REQUEST, CANCEL, REPLY …) and when, as ISO 8601 as written."""

    method: str
    uid: str
    summary: str
    starts: str
    ends: str
    place: str
    organiser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A message that was read (docs/reference/mail-reading.md). Nothing in it was proved: see `palier.mail.identity`."""

    message_id: str = ""
    """In angle brackets, as are the two below."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    from_: tuple[Mailbox, ...] = ()
    sender: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    subject: str = ""
    date: datetime | None = None
    """When its writer says it was sent: shown, never trusted."""
    body: str = ""
    """The fresh part, as Markdown."""
    folded: str = ""
    """Quoted text and signature. Together with `body` all words of the text."""
    html: str = ""
    """Sanitised; "" when the message has no HTML."""
    parts: tuple[Part, ...] = ()
    calendar: tuple[Appointment, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By lower-case name, the values from the top, unfolded and not decoded."""
    faults: tuple[Fault, ...] = ()

    def header(self, name: str) -> str:
        """The topmost value of a header, "" when there is none."""
        found = self.headers.get(name.lower())
        return found[0] if found else ""
