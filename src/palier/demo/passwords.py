"""The demonstration's random passwords, kept in a file only its user can read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

FILE = "demo-passwords.json"

Passwords = dict[str, str]
"""One a vendor, for all who can sign in there."""


def path(data: Path) -> Path:
    """Where they are kept."""
    return data / FILE


def make(vendors: Iterable[str]) -> Passwords:
    """New random ones, 96 bits each."""
    return {vendor: secrets.token_urlsafe(12) for vendor in vendors}


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


def kept(data: Path, vendors: Iterable[str]) -> Passwords | None:
    """Those that were kept; None when the file is not there, cannot be read or lacks a vendor."""
    try:
        found: Passwords = json.loads(path(data).read_text(encoding="ascii"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return found if set(vendors) <= set(found) else None
