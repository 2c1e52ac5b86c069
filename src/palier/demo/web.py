"""The demonstration's web server, a child process that ends with whoever started it: `python -m palier.demo.web PORT`."""

from __future__ import annotations

import os
import signal
import sys
import threading

from palier.site import commands

ADDRESS = "127.0.0.1"
"""Loopback only: the demonstration speaks plain HTTP and has no second factor."""
THREADS = 4


def _stop_with_parent() -> None:
    """Wait for the end of standard input, which only comes when the parent is gone, however it went."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(port: str) -> None:
    """Serve until asked to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.site.settings")
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    commands.server(address=ADDRESS, port=int(port), workers=1, threads=THREADS)


if __name__ == "__main__":
    main(sys.argv[1])
