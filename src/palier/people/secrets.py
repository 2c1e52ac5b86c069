"""Sealing what the database must not know in clear: identity providers' secrets and the seeds of second factors.

The keys live outside the database: ``PALIER_SEALING_KEYS`` or the file ``sealing.key`` of the data folder, so that a copy
of the database alone opens nothing. The first key seals, all of them open (docs/how-to/identity-provider.md). Cipher:
Fernet, that is AES-128-CBC with HMAC-SHA256.
"""

from __future__ import annotations

import functools
import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from palier.people import keyfiles


class CannotOpen(Exception):
    """A sealed value that none of the keys opens, or that was sealed for something else."""

    def __init__(self, purpose: str) -> None:
        self.said = {
            "en": f"what was sealed for {purpose} cannot be opened: add the key it was sealed with to "
            "PALIER_SEALING_KEYS, after the one in use",
            "fr": f"ce qui fut scellé pour {purpose} ne s’ouvre pas : ajoutez à PALIER_SEALING_KEYS la clé qui l’a "
            "scellé, après celle en usage",
        }
        super().__init__(self.said["en"])


class BadKey(Exception):
    """A sealing key that is none."""

    def __init__(self, number: int) -> None:
        self.said = {
            "en": f"sealing key {number} is not 32 bytes in URL-safe base64: make one with `python3 -c 'import "
            "base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`",
            "fr": f"la clé de scellement {number} n’est pas faite de 32 octets en base64 pour URL : fabriquez-en une "
            "avec `python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`",
        }
        super().__init__(self.said["en"])


def seal(text: str, *, purpose: str) -> bytes:
    """``text`` closed with the newest key, for this purpose only (``identity:<id>``, ``factor:<vendor>``)."""
    return _box(_keys()).encrypt(f"{purpose}\n{text}".encode())


def unseal(sealed: bytes, *, purpose: str) -> str:
    """What was sealed for the same purpose. Raises CannotOpen, also for another row's value put in this one's place."""
    try:
        whole = _box(_keys()).decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise CannotOpen(purpose) from error
    found, _, text = whole.partition("\n")
    if found != purpose:
        raise CannotOpen(purpose)
    return text


def resealed(sealed: bytes, *, purpose: str) -> bytes:
    """The same value closed with the newest key: after it was done for all values, older keys can be dropped."""
    return seal(unseal(sealed, purpose=purpose), purpose=purpose)


def verify() -> None:
    """Whether there are keys to seal with; raises BadKey or keyfiles.OpenKeyFile."""
    unseal(seal("", purpose="trial"), purpose="trial")


def _keys() -> str:
    given: str | None = settings.PALIER_SEALING_KEYS
    return given or keyfiles.kept(settings.PALIER_SEALING_KEY_FILE, lambda: Fernet.generate_key().decode())


@functools.lru_cache(maxsize=4)
def _box(keys: str) -> MultiFernet:
    boxes: list[Fernet] = []
    for number, key in enumerate(filter(None, re.split(r"[\s,]+", keys)), start=1):
        try:
            boxes.append(Fernet(key))
        except ValueError as error:
            raise BadKey(number) from error
    return MultiFernet(boxes)
