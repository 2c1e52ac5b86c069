"""The demonstration's own secret key, made once and kept in its data folder."""

from __future__ import annotations

import secrets
from pathlib import Path

from palier.people import keyfiles
from palier.site.refusals import Refused


def kept(data: Path) -> str:
    """The key in ``data/secret.key`` (mode 0600), made the first time. Only the demonstration uses this."""
    try:
        return keyfiles.kept(data / "secret.key", lambda: secrets.token_urlsafe(48))
    except keyfiles.OpenKeyFile as error:
        raise Refused(en=error.said["en"], fr=error.said["fr"]) from error
