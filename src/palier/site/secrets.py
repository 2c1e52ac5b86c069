"""The demonstration's own secret key, made once and kept in its data folder."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def kept(data: Path) -> str:
    """The key in ``data/secret.key`` (mode 0600), made the first time. Only the demonstration uses this."""
    file = data / "secret.key"
    data.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        handle, fresh = tempfile.mkstemp(dir=data, prefix="secret.key.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(secrets.token_urlsafe(48))
            # A link appears whole or not at all, and never over the key another process has just made.
            with contextlib.suppress(FileExistsError):
                os.link(fresh, file)
        finally:
            os.unlink(fresh)
    return file.read_text(encoding="ascii").strip()
