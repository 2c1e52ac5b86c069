"""Keys kept in files of mode 0600, made the first time they are needed."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path


class OpenKeyFile(Exception):
    """Others than its owner may read the file of a key; `said` holds the sentence in English and French."""

    def __init__(self, file: Path) -> None:
        self.said = {
            "en": f"{file} can be read by others than its owner: `chmod 600 {file}`, and replace the key",
            "fr": f"{file} est lisible par d’autres que son propriétaire : `chmod 600 {file}`, puis changez la clé",
        }
        super().__init__(self.said["en"])


def kept(file: Path, make: Callable[[], str]) -> str:
    """The text in ``file``, written by ``make`` the first time; raises OpenKeyFile when others may read it."""
    if not file.exists():
        _write(file, make())
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise OpenKeyFile(file)
    return file.read_text(encoding="ascii").strip()


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
        # A link appears whole or not at all, and never over the key another process has just made.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        os.unlink(fresh)
