"""Which thread a message belongs to: the names our own letters carry, signed, and found again in what answers them.

A letter's Message-ID is `<palier.TICKET-AND-LETTER.SIGNATURE@domain>`: the ids of ticket and letter (32 bytes) and
the first 15 bytes of an HMAC-SHA256 over vendor and ids, both in lower-case base32, for some systems change the case of
what they quote (RFC 5322 §3.6.4 wants it kept). The signature says that *we* named this thread; it says nothing of who
writes: whoever was ever sent a letter, or was forwarded one, can quote it (docs/reference/mail-in.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

PURPOSE = b"palier.mail.threads.1"
"""What the key is derived for: a signature of something else with the same secret never fits."""
SIGNATURE_BYTES = 15
MOST_REFERENCES = 200
"""Names of a message that are looked at, from the nearest; a header of thousands costs no more."""
NO_TICKET = UUID(int=0)

_OURS = re.compile(r"<?palier\.([a-z2-7]{52})\.([a-z2-7]{24})@[^@<>\s]+>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a Message-ID of ours says: its letter, and the ticket it is about (None: about none)."""

    ticket_id: UUID | None
    letter_id: UUID


def message_id(*, vendor_id: UUID, ticket_id: UUID | None, letter_id: UUID, domain: str) -> str:
    """The Message-ID of a letter, in angle brackets: always the same for the same letter."""
    ids = (ticket_id or NO_TICKET).bytes + letter_id.bytes
    signature = _signature(settings.SECRET_KEY, vendor_id, ids)
    return f"<palier.{_text(ids)}.{_text(signature)}@{domain}>"


def named(vendor_id: UUID, reference: str) -> Named | None:
    """What a Message-ID says, if this vendor gave it; None for anybody else's, and for a forged one."""
    found = _OURS.fullmatch(reference.strip())
    if found is None:
        return None
    ids, signature = _bytes(found[1]), _bytes(found[2])
    # A secret that was replaced still reads what it once signed.
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(hmac.compare_digest(signature, _signature(key, vendor_id, ids)) for key in keys):
        return None
    ticket_id = UUID(bytes=ids[:16])
    return Named(ticket_id=None if ticket_id == NO_TICKET else ticket_id, letter_id=UUID(bytes=ids[16:]))


def ticket_of(vendor_id: UUID, references: Sequence[str]) -> UUID | None:
    """The ticket that the nearest of these references of ours names; they stand from the oldest to the nearest.

    References first, In-Reply-To after them: `ticket_of(v, (*reading.references, *reading.in_reply_to))`.
    """
    for reference in reversed(references[-MOST_REFERENCES:]):
        found = named(vendor_id, reference)
        if found is not None and found.ticket_id is not None:
            return found.ticket_id
    return None


def _signature(secret: str | bytes, vendor_id: UUID, ids: bytes) -> bytes:
    key = hashlib.sha256(
        PURPOSE + b"\0" + (secret if isinstance(secret, bytes) else secret.encode())
    ).digest()
    return hmac.digest(key, vendor_id.bytes + ids, "sha256")[:SIGNATURE_BYTES]


def _text(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").lower()


def _bytes(text: str) -> bytes:
    try:
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return b""
