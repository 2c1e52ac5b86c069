"""The files browsers keep: gathered under names with their content's hash, compressed, once a version."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP = ".gathered"
UNUSED = ["django_htmx"]
"""What a library brings and no page asks for: compressing its hundred files takes seconds."""


def collect() -> bool:
    """Gather the static files into ``STATIC_ROOT`` unless these very files are there; whether it had to.

    To be called before serving: the addresses in pages come from the list this writes.
    """
    root = Path(settings.STATIC_ROOT)
    stamp = root / STAMP
    wanted = _fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return False
    # Old files stay beside the new: pages already sent still ask for them.
    root.mkdir(parents=True, exist_ok=True)
    for name in _names():
        # Django leaves a gathered file alone that is younger than its source, and a new version may be that source.
        (root / name).unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
    stamp.write_text(wanted, encoding="ascii")
    return True


def _names() -> Iterator[str]:
    for finder in get_finders():
        for name, _storage in finder.list(UNUSED):
            yield name


def _fingerprint() -> str:
    found = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            status = os.stat(storage.path(name))
            found.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return found.hexdigest()
