"""``palier worker``: runs the queued jobs, under a supervisor that ends it for certain.

A job that runs in a thread cannot be interrupted, and the library waits for it whatever its time limit says. So the
worker proper is a child process: on SIGTERM or SIGINT it may finish what it runs; after a grace it is killed, and its
jobs are queued again by ``palier.site.upkeep`` of any worker that lives. A worker that fails is started again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

POLLING_S = 0.25
HEARTBEAT_S = 5.0
HEARTBEAT_LIMIT_S = 20.0
GRACE_S = 20.0
CONCURRENCY = 4
LONGEST_PAUSE_S = 30.0


def run_worker(*, concurrency: int = CONCURRENCY, grace_s: float = GRACE_S) -> int:
    """Run jobs until SIGTERM or SIGINT; the exit code: 0, or 1 when jobs had to be cut short.

    The database must be there and known by ``DATABASE_URL`` (``site.database.available``). Connections used:
    ``concurrency`` + 2.
    """
    command = [sys.executable, "-m", "palier.site.worker", str(concurrency), str(grace_s)]
    return supervise(command, grace_s=grace_s)


def supervise(command: Sequence[str], *, grace_s: float, first_pause_s: float = 1.0) -> int:
    """Keep ``command`` running until this process is asked to stop; then ask it, and kill it after ``grace_s``.

    The child holds our pipe as its standard input: when we die, however, it reads the end and stops too.
    """
    asked = threading.Event()
    pause_s = first_pause_s
    with _signals(lambda: asked.set()):
        while True:
            started = time.monotonic()
            child = subprocess.Popen(list(command), stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
            try:
                code = _watch(child, asked)
                if asked.is_set():
                    return _end(child, grace_s=grace_s)
            finally:
                _end(child, grace_s=0)
            # A worker that ran for long failed for a new reason: begin again with the short pause.
            pause_s = first_pause_s if time.monotonic() - started > LONGEST_PAUSE_S else pause_s
            log.error("worker ended by itself, it is started again", code=code, pause_s=pause_s)
            if asked.wait(pause_s):
                return 0
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


@contextlib.contextmanager
def _signals(react: Callable[[], None]) -> Iterator[None]:
    def received(number: int, frame: FrameType | None) -> None:
        del number, frame
        react()

    before = {number: signal.signal(number, received) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(child: subprocess.Popen[bytes], asked: threading.Event) -> int | None:
    """Until the child ends (its code) or we are asked to stop (``None``)."""
    while not asked.is_set():
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(timeout=0.2)
    return None


def _end(child: subprocess.Popen[bytes], *, grace_s: float) -> int:
    """Stop the child; 0 when it ended by itself within the grace, 1 when it was killed."""
    if child.poll() is None and grace_s > 0:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=grace_s)
    killed = child.poll() is None
    if killed:
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()
    return 1 if killed else 0


def run_present(*, concurrency: int = 1) -> None:
    """Run the jobs that are queued now, and those they queue, in this process; then return. For demo and tests."""
    _run(concurrency=concurrency, wait=False)


def _run(*, concurrency: int, wait: bool) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.jobs import DeleteJobCondition

    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        working.run_worker(
            concurrency=concurrency,
            wait=wait,
            listen_notify=wait,
            install_signal_handlers=wait,
            # Nothing tells a worker that a lock was freed: with the usual 5 s it would idle beside waiting jobs.
            fetch_job_polling_interval=POLLING_S,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=HEARTBEAT_LIMIT_S,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
        )


def _stop_with_parent(grace_s: float) -> None:
    """Wait for the end of standard input, which only comes when the supervisor is gone."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_s)
    os._exit(1)


def main(concurrency: str, grace_s: str) -> None:
    """The child process."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.site.settings")
    django.setup()
    from palier.site import database

    database.verify()
    threading.Thread(target=_stop_with_parent, args=(float(grace_s),), daemon=True).start()
    log.info("worker runs", concurrency=int(concurrency), pid=os.getpid())
    _run(concurrency=int(concurrency), wait=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
