"""The tokens of links that act: how one is made, recognised, and kept out of whatever is written down.

A token is computed from its link's id and the installation's secret key, so nothing has to keep it: the row has its hash,
a letter that waits has the link's id in its place. Rules: docs/reference/links.md. Knows no rows: logging reads it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from uuid import UUID

from django.utils.crypto import salted_hmac

PLACE = "/act/"
"""What stands before a token in an address."""
LENGTH = 43
"""Characters of a token: 256 bits in base64 for addresses, without padding."""
_SALT = "palier.mail.link"
_TOKEN = re.compile(rf"(?<={PLACE})[A-Za-z0-9_-]{{{LENGTH}}}(?![A-Za-z0-9_-])")
_OCTETS = re.compile(_TOKEN.pattern.encode())
_KEPT = re.compile(rf"(?<={PLACE})link:([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})")
_ALONE = re.compile(rf"[A-Za-z0-9_-]{{{LENGTH}}}")
# Also what a mail program cut short, broke over two lines or wrapped into an address of its own: most of a token is too much.
_ANY = re.compile(r"((?:/|%2f)act(?:/|%2f))(?!link:)\s*[^\s\"'?#<>]+", re.IGNORECASE)


def make(link_id: UUID, *, secret: str | bytes | None = None) -> str:
    """The token of a link, by the installation's secret key or by an older one."""
    seal = salted_hmac(_SALT, str(link_id), secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(seal).decode().rstrip("=")


def digest(token: str) -> str:
    """By which a token is recognised."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_one(text: str) -> bool:
    """Whether it looks like a token at all."""
    return _ALONE.fullmatch(text) is not None


def masked(text: str) -> str:
    """The same without any token: for logs, and for what people wrote around a letter of ours."""
    return _ANY.sub(r"\1…", text)


def masked_octets(content: bytes) -> bytes:
    """A file without the tokens that stand in it as they are: exact ones only, since a file is somebody's evidence."""
    return _OCTETS.sub("…".encode(), content) if PLACE.encode() in content else content


def found(text: str) -> tuple[str, ...]:
    """The tokens in a text."""
    return tuple(dict.fromkeys(_TOKEN.findall(text))) if PLACE in text else ()


def put_away(text: str, ids: Callable[[str], UUID | None]) -> str:
    """The text with the link's id in place of each token."""

    def kept(match: re.Match[str]) -> str:
        link_id = ids(match.group())
        return "…" if link_id is None else f"link:{link_id}"

    return _TOKEN.sub(kept, text)


def named(text: str) -> tuple[UUID, ...]:
    """The links whose ids stand in a text in place of their tokens."""
    return tuple(dict.fromkeys(UUID(one) for one in _KEPT.findall(text))) if PLACE in text else ()


def taken_out(text: str, token_of: Callable[[UUID], str]) -> str:
    """The text with each token where its link's id stood."""
    return _KEPT.sub(lambda match: token_of(UUID(match.group(1))), text)
