"""Signing letters (DKIM, RFC 6376) where the operator gave a key: PALIER_DKIM_KEY, PALIER_DKIM_SELECTOR, PALIER_DKIM_DOMAIN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dkim
from django.conf import settings

SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to",
    b"mime-version", b"content-type", b"auto-submitted", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
"""What a change of would change what is read, and both headers that one-click unsubscribing asks to be signed (RFC 8058 §4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A domain's key: `pem` is the private one, RSA (RFC 8301)."""

    domain: str
    selector: str
    pem: bytes = field(repr=False)

    def fits(self, address: str) -> bool:
        """Whether letters from this address are signed with it: it is of the domain, or of one below it."""
        of = address.rpartition("@")[2].lower()
        return of == self.domain or of.endswith(f".{self.domain}")


def key() -> Key | None:
    """The operator's; None where letters go unsigned (another server may sign them)."""
    given: Mapping[str, Any] | None = settings.PALIER_DKIM
    return None if given is None else Key(**given)


def signed(content: bytes, address: str, key: Key | None) -> bytes:
    """A message, with CRLF at its line ends, with a signature in front where the key fits its From address."""
    if key is None or not key.fits(address):
        return content
    present = {line.partition(b":")[0].lower() for line in content.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    header: bytes = dkim.sign(
        content,
        key.selector.encode(),
        key.domain.encode(),
        key.pem,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[one for one in SIGNED if one in present],
    )
    return header + content
