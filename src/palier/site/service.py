"""The service a command stands on: its database, and Django set up on it, left in order when it is asked to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from palier.site import database, environment
from palier.site.environment import Environment


@contextmanager
def service() -> Iterator[Environment]:
    """A database that answers, and Django set up on it. Asked to end, it leaves in order: the last one stops the server."""
    found = environment.read()
    with _ended_in_order(), database.available(found) as (app_url, owner_url):
        if owner_url is not None:
            database.prepare(owner_url, app_url)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.site.settings")
        import django

        django.setup()
        yield found


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM is an interruption like that of the keyboard: left alone it would leave the embedded server running."""

    def received(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, received)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
