"""The demonstration's own secret key, made once and kept in its data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept(data: Path) -> str:
    """The key in ``data/secret.key`` (mode 0600), made the first time. Only the demonstration uses this."""
    file = data / "secret.key"
    data.mkdir(parents=True, exist_ok=True)
    fresh = data / f"secret.key.{os.getpid()}"
    if not file.exists():
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(48))
        try:
            # A link appears whole or not at all, and never over the key another process has just made.
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text(encoding="ascii").strip()
