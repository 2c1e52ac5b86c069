"""The demonstration's child processes, web server, worker and receiver of mail: started, watched, ended with us."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from palier.demo import web
from palier.site import ports
from palier.site.refusals import Refused

READY_LIMIT_S = 60
GRACE_S = 10
LOOK_S = 0.3
PORTS_TRIED = 100


def require_port(port: int) -> None:
    """Raise Refused, naming a port that is free, when somebody listens on this one already."""
    if ports.is_free(web.ADDRESS, port):
        return
    near = range(port + 1, min(port + 1 + PORTS_TRIED, 65536))
    free = next((one for one in near if ports.is_free(web.ADDRESS, one)), None)
    way = f"palier demo --port {free}" if free is not None else "palier demo --port …"
    raise Refused(
        en=f"port {port} is taken by another program: {way}",
        fr=f"le port {port} est pris par un autre programme : {way}",
    )


@contextmanager
def children(port: int, log: Path, *, mail_port: int | None = None) -> Iterator[Children]:
    """Web server and worker, up and answering, and where a port is given a listener for mail; ended with the block."""
    with log.open("ab") as written:
        started = Children(port=port, log=log, output=written.fileno(), mail_port=mail_port)
        try:
            started.start()
            yield started
        finally:
            started.stop()


class Children:
    """The processes. Their standard input is our pipe: when we die, however, they read its end and stop too."""

    def __init__(self, *, port: int, log: Path, output: int, mail_port: int | None = None) -> None:
        self._port = port
        self._mail_port = mail_port
        self._log = log
        self._output = output
        self._web: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None
        self._receiver: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start all; returns when the web server answers."""
        self._worker = self._run("palier.site.worker", "2", str(GRACE_S))
        self._receiver = self._receive()
        self._web = self._run("palier.demo.web", str(self._port))
        limit = time.monotonic() + READY_LIMIT_S
        while not _answers(self._port):
            if self._web.poll() is not None or time.monotonic() > limit:
                raise self._failed()
            time.sleep(LOOK_S)

    def watch(self, look: Callable[[], None]) -> None:
        """Return never, while all is well: a worker or receiver that ends is started again, a web server that ends is an
        error.

        ``look`` is called each time, for what else is to be kept up.
        """
        while True:
            time.sleep(LOOK_S)
            look()
            if self._web is None or self._web.poll() is not None:
                raise self._failed()
            if self._worker is not None and self._worker.poll() is not None:
                time.sleep(1)
                self._worker = self._run("palier.site.worker", "2", str(GRACE_S))
            if self._receiver is not None and self._receiver.poll() is not None:
                time.sleep(1)
                self._receiver = self._receive()

    def stop(self) -> None:
        """Ask all to end, and end them."""
        asked = [one for one in (self._web, self._worker, self._receiver) if one is not None]
        for child in asked:
            if child.poll() is None:
                child.terminate()
        limit = time.monotonic() + GRACE_S
        for child in asked:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(0.1, limit - time.monotonic()))
            if child.poll() is None:
                child.kill()
                child.wait()
            if child.stdin is not None:
                child.stdin.close()

    def _receive(self) -> subprocess.Popen[bytes] | None:
        """The receiver of mail, on this machine only."""
        if self._mail_port is None:
            return None
        # Its place to listen is the demonstration's own, whatever the operator's service listens on.
        os.environ["PALIER_SMTP_LISTEN"] = f"{web.ADDRESS}:{self._mail_port}"
        os.environ.pop("PALIER_LMTP_LISTEN", None)
        return self._run("palier.site.receiver", str(GRACE_S))

    def _run(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command: Sequence[str] = [sys.executable, "-m", module, *arguments]
        # A session of its own: Ctrl-C in the terminal reaches us, and we end them in order.
        return subprocess.Popen(  # noqa: S603 - our own modules
            command, stdin=subprocess.PIPE, stdout=self._output, stderr=self._output, start_new_session=True
        )

    def _failed(self) -> Refused:
        last = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        tail = "\n".join(last)
        return Refused(
            en=f"the web server ended; the log {self._log} ends with:\n{tail}",
            fr=f"le serveur web s’est arrêté ; la fin du journal {self._log} :\n{tail}",
        )


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(web.ADDRESS, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
