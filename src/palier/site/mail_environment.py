"""What an operator sets about receiving mail. Reference: docs/reference/environment.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from palier.site import environment
from palier.site.environment import BadEnvironment

LARGEST = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where to listen: `host` and `port`, or the `path` of a socket."""

    host: str = ""
    port: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """How mail is received here. `certificate` and `key`: for STARTTLS, both or neither."""

    smtp: Listen | None
    lmtp: Listen | None
    host_name: str
    certificate: Path | None
    key: Path | None
    largest: int


def listen(source: Mapping[str, str], name: str) -> Listen | None:
    """`host:port` (`[::1]:25` for IPv6) or the whole path of a socket; None when unset."""
    value = environment.text(source, name)
    if value is None:
        return None
    if value.startswith("/"):
        return Listen(path=value)
    host, _, port = value.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise BadEnvironment(
            en=f"{name}={value!r}: expected host:port such as 127.0.0.1:2525, or the whole path of a socket",
            fr=f"{name}={value!r} : la forme attendue est hote:port, comme 127.0.0.1:2525, ou le chemin complet "
            "d’un socket",
        )
    return Listen(host=bare, port=int(port))


def read(source: Mapping[str, str] | None = None) -> Receiving:
    """Read and check what concerns receiving (`os.environ` by default)."""
    given = os.environ if source is None else source
    certificate, key = (environment.text(given, f"PALIER_SMTP_{part}") for part in ("CERTIFICATE", "KEY"))
    if bool(certificate) != bool(key):
        raise BadEnvironment(
            en="PALIER_SMTP_CERTIFICATE and PALIER_SMTP_KEY go together: set both to offer STARTTLS, or neither",
            fr="PALIER_SMTP_CERTIFICATE et PALIER_SMTP_KEY vont ensemble : donnez les deux pour offrir STARTTLS, ou "
            "aucun",
        )
    for name, value in (("PALIER_SMTP_CERTIFICATE", certificate), ("PALIER_SMTP_KEY", key)):
        if value and not Path(value).is_file():
            raise BadEnvironment(
                en=f"{name}={value!r} is not a file: name the PEM file",
                fr=f"{name}={value!r} n’est pas un fichier : indiquez le fichier PEM",
            )
    return Receiving(
        smtp=listen(given, "PALIER_SMTP_LISTEN"),
        lmtp=listen(given, "PALIER_LMTP_LISTEN"),
        host_name=environment.text(given, "PALIER_SMTP_NAME") or "",
        certificate=Path(certificate) if certificate else None,
        key=Path(key) if key else None,
        largest=environment.integer(
            given, "PALIER_LARGEST_MAIL", default=50_000_000, least=1_000_000, most=LARGEST
        ),
    )


def kept_days(given: Mapping[str, str] | None = None) -> int:
    """Days for which the bytes of discarded and ignored messages are kept. Raises BadEnvironment."""
    known = os.environ if given is None else given
    return environment.integer(known, "PALIER_MAIL_KEPT_DAYS", default=90, least=1, most=36_500)
