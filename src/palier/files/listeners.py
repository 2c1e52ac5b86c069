"""Who is told when the scanner has found something in a file. Upper layers register at start; the row's transaction tells them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from palier.files.models import File

Listener = Callable[[File, datetime], None]
"""Takes the parked file and the instant."""

_listeners: list[Listener] = []


def register(listener: Listener) -> Listener:
    """Have `listener` called whenever a file is parked; usable as a decorator."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(file: File, now: datetime) -> None:
    """Call every listener; what one of them raises undoes the parking too, and the check is run again."""
    for listener in _listeners:
        listener(file, now)
