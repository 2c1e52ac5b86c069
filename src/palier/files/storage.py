"""A folder that keeps what it was given: a file is on the disk, and so is its name, when `save` returns."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_join
from django.utils.deconstruct import deconstructible


@deconstructible(path="palier.files.storage.Folder")
class Folder(FileSystemStorage):
    """Django's folder, but written through to the disk before anything else may rely on it, and only for its owner.

    A file appears under its name whole or not at all. Saving under a name that exists replaces it: names here are hashes
    of contents, or offsets within one upload.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself."""
        del max_length
        return name

    def _save(self, name: str, content: Any) -> str:
        path = Path(safe_join(self.location, name))
        self._make_folders(path.parent)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(handle, "wb") as written:
                for chunk in content.chunks():
                    written.write(chunk)
                written.flush()
                os.fsync(written.fileno())
            partial.replace(path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                partial.unlink()
            raise
        _to_disk(path.parent)
        return name

    def _make_folders(self, folder: Path) -> None:
        """The folder with those above it; each new one is on the disk before anything is put into it."""
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            with contextlib.suppress(FileExistsError):
                each.mkdir(mode=0o700)
            _to_disk(each.parent)


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
