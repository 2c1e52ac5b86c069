"""What an operator sets about signing letters (DKIM). Reference: docs/reference/environment.md."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from palier.site import environment
from palier.site.environment import BadEnvironment

NAMES = ("PALIER_DKIM_KEY", "PALIER_DKIM_SELECTOR", "PALIER_DKIM_DOMAIN")
FEWEST_BITS = 1024
_LABELS = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def read(source: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """Domain, selector and private key in PEM (`os.environ` by default); None when none of the three is set."""
    given = os.environ if source is None else source
    path, selector, domain = (environment.text(given, name) for name in NAMES)
    if path is None and selector is None and domain is None:
        return None
    if path is None or selector is None or domain is None:
        raise BadEnvironment(
            en=f"{', '.join(NAMES)} go together: set all three to sign letters, or none",
            fr=f"{', '.join(NAMES)} vont ensemble : donnez les trois pour signer les courriels, ou aucun",
        )
    for name, value in ((NAMES[1], selector), (NAMES[2], domain)):
        if not _LABELS.fullmatch(value.lower()):
            raise BadEnvironment(
                en=f"{name}={value!r}: expected a name as in DNS, such as acme.example or mail2026",
                fr=f"{name}={value!r} : un nom comme dans le DNS est attendu, par exemple acme.example ou mail2026",
            )
    return {"domain": domain.lower(), "selector": selector.lower(), "pem": _key(Path(path))}


def _key(path: Path) -> bytes:
    # Only here: whoever signs nothing need not load it.
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    try:
        found = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _wrong(path) from error
    if not isinstance(found, RSAPrivateKey) or found.key_size < FEWEST_BITS:
        raise _wrong(path)
    return found.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _wrong(path: Path) -> BadEnvironment:
    return BadEnvironment(
        en=f"PALIER_DKIM_KEY={str(path)!r} is not the private RSA key of {FEWEST_BITS} bits or more, in PEM and without a "
        "password: make one with `openssl genrsa -out dkim.pem 2048`",
        fr=f"PALIER_DKIM_KEY={str(path)!r} n’est pas la clé RSA privée d’au moins {FEWEST_BITS} bits, en PEM et sans mot "
        "de passe : fabriquez-en une avec `openssl genrsa -out dkim.pem 2048`",
    )
