"""The one door by which a message comes in: its bytes are durable before whoever brought it hears that it was taken.

A message is known by its content: SHA-256 over it without what each delivery adds on its way (docs/reference/mail-sources.md,
"Once"). Brought twice, by whatever ways at whatever instants, it is one row.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from uuid_utils.compat import uuid7

from palier.mail import addresses
from palier.mail.models import Incoming, Original, Source
from palier.mail.reader import headers
from palier.people import prepared, tenancy

LONGEST_ID = 998
LONGEST_ADDRESS = 320
LOCAL = "local"
"""Who brought a message over a socket of this machine, which has no address."""
MOST_RECIPIENTS = 1000
"""Recipients kept of one message; what an address says of a request stands in the first."""
LONGEST_HEADER = 1 << 20
"""Octets in which the Message-ID is looked for: a header without end is not searched to its end."""

TRACE = frozenset(
    name.encode()
    for name in (
        # Trace, RFC 5321 4.4 and what servers write beside it
        "received", "return-path", "delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "delivery-date",
        "x-envelope-to", "x-envelope-from", "x-received", "received-spf", "x-original-delivered-to",
        # Authentication results, RFC 8601 and RFC 8617
        "authentication-results", "x-authentication-results", "authentication-results-original", "arc-seal",
        "arc-message-signature", "arc-authentication-results",
        # What filters on the way and mailboxes note
        "x-spam-checker-version", "x-spam-flag", "x-spam-level", "x-spam-score", "x-spam-status", "x-spam-report",
        "x-virus-scanned", "x-virus-status", "status", "x-status", "x-keywords", "x-uid", "x-imap", "x-imapbase",
        "x-mozilla-status", "x-mozilla-status2", "x-mozilla-keys", "x-gmail-labels", "x-gm-thrid", "x-gm-message-state",
    )
)  # fmt: skip
_LINE_END = re.compile(rb"\r\n|\r")
_FIELD = re.compile(rb"[!-9;-~]+(?=[ \t]*:)")
_MAIL_ID = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that is ours now. `is_new` False: it was already."""

    incoming_id: UUID
    is_new: bool


class TooLarge(Exception):
    """A message above the limit (`PALIER_LARGEST_MAIL`); nothing of it was kept."""

    def __init__(self, size: int, limit: int) -> None:
        self.size, self.limit = size, limit
        self.said = {
            "en": f"this message has {size} bytes; at most {limit} are taken (PALIER_LARGEST_MAIL)",
            "fr": f"ce message compte {size} octets ; {limit} au plus sont acceptés (PALIER_LARGEST_MAIL)",
        }
        super().__init__(self.said["en"])


class Empty(Exception):
    """No message at all: not a byte but line ends."""

    def __init__(self) -> None:
        self.said = {"en": "this message is empty", "fr": "ce message est vide"}
        super().__init__(self.said["en"])


def vendor_of(address: str) -> UUID | None:
    """The vendor that receives at an address; None for one that nobody has."""
    return addresses.vendor_of(address)


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal, of a message without trace and authentication results, line ends made one and empty lines
    at its end left out: the same for a message whatever way it came."""
    whole = _LINE_END.sub(b"\n", content)
    seal = hashlib.sha256()
    place = 0
    for start, end, name in fields(whole):
        if name not in TRACE:
            seal.update(whole[start:end])
        place = end
    seal.update(whole[place:].rstrip(b"\n"))
    return seal.hexdigest()


def fields(whole: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(from, to, lower name) of each header field with its folded lines, up to the first line that is none."""
    place = 0
    while place < len(whole):
        found = _FIELD.match(whole, place)
        if found is None:
            return
        end = _line_after(whole, place)
        while end < len(whole) and whole[end] in b" \t":
            end = _line_after(whole, end)
        yield place, end, found.group().lower()
        place = end


def _line_after(whole: bytes, place: int) -> int:
    found = whole.find(b"\n", place)
    return len(whole) if found < 0 else found + 1


def header(content: bytes, name: bytes) -> list[str]:
    """Every value of a header, unfolded, from the top; `name` in lower case."""
    whole = _LINE_END.sub(b"\n", content[:LONGEST_HEADER])
    return [
        _clean(whole[start:end].partition(b":")[2].decode("utf-8", "replace")).strip()
        for start, end, found in fields(whole)
        if found == name
    ]


def mail_id(content: bytes) -> str:
    """The Message-ID in its angle brackets; empty without one. The first, where a broken message has several."""
    for value in header(content, b"message-id")[:1]:
        # Folded into encoded words by the program that sent it: answers to it will name what it was.
        value = headers.decoded(value) if "=?" in value else value
        found = _MAIL_ID.search(value)
        # Without brackets, or with one only: as it stands, so that it is at least found again.
        known = found.group() if found else f"<{value.strip('<>')}>" if value.strip("<>") else ""
        return known if len(known) <= LONGEST_ID else ""
    return ""


def accept(
    *,
    vendor_id: UUID,
    content: bytes,
    reached_at: datetime,
    now: datetime,
    source: Source | None = None,
    envelope_from: str = "",
    recipients: Sequence[str] = (),
    history: bool = False,
    client: str = "",
    helo: str = "",
) -> Accepted:
    """Keep a message, once, in a transaction of its own; when this returns its bytes are durable.

    Called inside a transaction of the same vendor it becomes part of that one, and is durable at its end. `reached_at`
    is when the message came to us (`sources.reached_at`), which every clock counts from. `client` and `helo`: who brought it
    to our listener, its address (LOCAL: over a socket of this machine) and how it called itself; kept as `detail["client"]`
    and `detail["helo"]`, by which borders are known and which SPF asks for. Raises TooLarge and Empty.
    """
    limit: int = settings.PALIER_LARGEST_MAIL
    if len(content) > limit:
        raise TooLarge(len(content), limit)
    if not content.strip():
        raise Empty
    known, named = digest(content), mail_id(content)
    with tenancy.vendor(vendor_id):
        # Two deliveries of one message at once, or of two under one Message-ID: the second sees what the first wrote.
        prepared.run(
            "select pg_advisory_xact_lock(hashtextextended(%s, 5))", [f"{vendor_id} {named or known}"]
        )
        mine = Incoming.objects.filter(vendor_id=vendor_id)
        found = mine.filter(digest=known).values_list("id", flat=True).first()
        if found is not None:
            return Accepted(incoming_id=found, is_new=False)
        incoming = Incoming.objects.create(
            id=uuid7(),
            vendor_id=vendor_id,
            source=source,
            digest=known,
            envelope_from=_clean(envelope_from)[:LONGEST_ADDRESS],
            recipients=[_clean(one)[:LONGEST_ADDRESS] for one in recipients[:MOST_RECIPIENTS]],
            mail_id=named,
            same_id=bool(named) and _came_before(vendor_id, named),
            size=len(content),
            history=history,
            detail={"client": _clean(client), "helo": _clean(helo)[:LONGEST_ADDRESS]} if client else {},
            reached_at=min(reached_at, now),
            recorded_at=now,
        )
        Original.objects.create(vendor_id=vendor_id, incoming=incoming, content=content)
    return Accepted(incoming_id=incoming.id, is_new=True)


def brought_by(detail: Mapping[str, object]) -> dict[str, object]:
    """Who brought a message to our listener, as its row keeps it whatever else is noted there."""
    return {name: detail[name] for name in ("client", "helo") if name in detail}


def client_of(incoming: Incoming) -> str | None:
    """The address of the server that brought a message to our listener, for SPF; None where that was one of our own, whose
    address says nothing of the sender, or where the message came another way."""
    told = str(incoming.detail.get("client") or "")
    try:
        return told if ipaddress.ip_address(told).is_global else None
    except ValueError:
        return None


def _came_before(vendor_id: UUID, named: str) -> bool:
    """Whether a message under this Message-ID is kept already, by its index."""
    return bool(
        prepared.rows(
            "select 1 from mail_incoming where vendor_id = %s and mail_id = %s and mail_id <> '' limit 1",
            [vendor_id, named],
        )
    )


def _clean(text: str) -> str:
    """Text the database takes: without NULs, lone surrogates and line ends."""
    return re.sub(r"[\x00\r\n]", "", text).encode("utf-8", "replace").decode()
