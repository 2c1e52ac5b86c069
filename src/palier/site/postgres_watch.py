"""The embedded server, started again when it dies under a command that uses it.

A thread of the command asks every second by a connection attempt, as everything does that wants to know whether the
server lives (docs/reference/postgresql.md). Several commands on one data folder may all notice: the locks of
:mod:`palier.site.postgres` let one of them start it, and the others find it up.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from palier.site import postgres
from palier.site.postgres_folder import PostgresTrouble

# Not structlog's: this runs before Django set logging up, when structlog would write into a command's output.
log = logging.getLogger(__name__)

LOOK_S = 1.0
LONGEST_PAUSE_S = 30.0


@contextlib.contextmanager
def watched(server: postgres.Server) -> Iterator[None]:
    """While the block lasts, ``server`` (in use) is started again whenever it does not answer."""
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(server, ended), name="postgres-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        # It must be through before the server is left: else it could start what was just stopped.
        ended.set()
        watcher.join()


def _watch(server: postgres.Server, ended: threading.Event) -> None:
    pause_s = LOOK_S
    while not ended.wait(pause_s):
        try:
            if server.revive():
                log.warning("the database in %s had ended; it answers again", server.root)
            pause_s = LOOK_S
        except (PostgresTrouble, OSError) as trouble:
            # Such as a full disk. The next look may find it mended; the log must not fill up meanwhile.
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            if not ended.is_set():
                log.error("the database ended and could not be started: %s", trouble)
