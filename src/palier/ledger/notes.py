"""What is signed, byte for byte, and how a signature is checked. Knows neither database nor framework.

A note is canonical JSON (keys sorted, no blanks, ASCII) and its Ed25519 signature (RFC 8032). Two kinds: a checkpoint over
all accounts of a vendor, and a key vouched for by the one before it. Reference: docs/reference/checkpoints.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

CHECKPOINT = "palier-checkpoint/1"
KEY = "palier-key/1"
FIRST = bytes(32)
"""What the first checkpoint has for the hash of the one before it."""

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The root over the heads of all accounts of a vendor at `made_at` (µs), with the hash of the one before it."""

    vendor: str
    number: int
    day: date
    made_at: int
    key: str
    accounts: int
    root: bytes
    previous: bytes

    def text(self) -> bytes:
        """What is signed."""
        return _canonical(
            {
                "accounts": self.accounts,
                "day": self.day.isoformat(),
                "form": CHECKPOINT,
                "key": self.key,
                "made_at": self.made_at,
                "number": self.number,
                "previous": self.previous.hex(),
                "root": self.root.hex(),
                "vendor": self.vendor,
            }
        ).encode("ascii")

    def hash(self) -> bytes:
        """What the next checkpoint names as the one before it."""
        return hashlib.sha256(self.text()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A vendor's public key; `endorsement` is the signature of the key `after` over it, empty for the first one."""

    vendor: str
    public: bytes
    made_at: int
    after: str = ""
    endorsement: bytes = b""

    @property
    def name(self) -> str:
        """How notes name it: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
        return key_name(self.public)

    def text(self) -> bytes:
        """What the key before it signs."""
        return _canonical(
            {
                "after": self.after,
                "form": KEY,
                "key": self.name,
                "made_at": self.made_at,
                "public": self.public.hex(),
                "vendor": self.vendor,
            }
        ).encode("ascii")


def key_name(public: bytes) -> str:
    """The name of a public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def new_secret() -> tuple[str, bytes]:
    """A fresh private part, in hexadecimal digits, and its public part."""
    made = Ed25519PrivateKey.generate()
    return made.private_bytes_raw().hex(), made.public_key().public_bytes_raw()


def sign(text: bytes, *, secret: str) -> bytes:
    """The signature over a note, 64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(text)


def is_signed(text: bytes, *, signature: bytes, public: bytes) -> bool:
    """Whether a signature is that key's over that note."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def trusted(keys: Iterable[PublicKey], *, known: Iterable[bytes]) -> dict[str, bytes]:
    """The public parts, by name, that follow from those `known` to the reader: known themselves, or vouched for by such a key."""
    found = {key_name(public): public for public in known}
    waiting = list(keys)
    while True:
        vouched = [
            key
            for key in waiting
            if key.name not in found
            and key.after in found
            and is_signed(key.text(), signature=key.endorsement, public=found[key.after])
        ]
        if not vouched:
            return found
        found |= {key.name: key.public for key in vouched}
