"""The demonstration's random passwords, kept in a file only its user can read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from palier.demo.cast import SignIn

FILE = "demo-passwords.json"

Passwords = dict[str, dict[str, str]]
"""By vendor, then by address."""


def path(data: Path) -> Path:
    """Where they are kept."""
    return data / FILE


def make(people: Iterable[SignIn]) -> Passwords:
    """New random ones, 96 bits each."""
    made: Passwords = {}
    for one in people:
        made.setdefault(one.vendor, {})[one.email] = secrets.token_urlsafe(12)
    return made


def keep(data: Path, made: Passwords) -> None:
    """Write them, whole or not at all, mode 0600 from the first byte on."""
    data.mkdir(parents=True, exist_ok=True)
    fresh = path(data).with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as file:
        json.dump(made, file, indent=1)
    fresh.replace(path(data))


def kept(data: Path, people: Iterable[SignIn]) -> Passwords | None:
    """Those that were kept; None when the file is not there or lacks somebody."""
    try:
        found: Passwords = json.loads(path(data).read_text(encoding="ascii"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return found if all(one.email in found.get(one.vendor, {}) for one in people) else None
