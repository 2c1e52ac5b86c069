"""``palier mail receive``: reads mailboxes and listens for mail, under the supervisor of ``palier.site.worker``."""

from __future__ import annotations

import os
import signal
import ssl
import sys
import threading
import time
from datetime import UTC, datetime
from types import FrameType

import structlog

from palier.site import mail_environment, worker
from palier.site.refusals import Refused

log = structlog.get_logger(__name__)

GRACE_S = 20.0


def run_receiver(*, grace_s: float = GRACE_S) -> int:
    """Receive until SIGTERM or SIGINT; the exit code: 0, or 1 when it had to be cut short (nothing is lost by that)."""
    return worker.supervise([sys.executable, "-m", "palier.site.receiver", str(grace_s)], grace_s=grace_s)


def _stop_with_parent(stopped: threading.Event, grace_s: float) -> None:
    """Wait for the end of standard input, which only comes when the supervisor is gone."""
    while os.read(0, 1):
        pass
    stopped.set()
    time.sleep(grace_s)
    os._exit(1)


def main(grace_s: str) -> None:
    """The child process."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.site.settings")
    django.setup()
    from palier.mail import receiving
    from palier.site import database

    database.verify()
    stopped = threading.Event()

    def received(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, received)
    threading.Thread(target=_stop_with_parent, args=(stopped, float(grace_s)), daemon=True).start()
    found = mail_environment.read()
    places = [
        receiving.Place(local=local, host=one.host, port=one.port, path=one.path)
        for local, one in ((False, found.smtp), (True, found.lmtp))
        if one is not None
    ]
    tls = None
    if found.certificate is not None and found.key is not None:
        tls = receiving.certificate(found.certificate, found.key)
    log.info(
        "receiver runs", pid=os.getpid(), listening=[one.path or f"{one.host}:{one.port}" for one in places]
    )
    receiving.Receiver(
        places=places,
        largest=found.largest,
        clock=lambda: datetime.now(UTC),
        stopped=stopped,
        name=found.host_name,
        tls=tls,
    ).run()


def verify() -> None:
    """Refuse, before anything runs, a certificate that cannot be used."""
    from palier.mail import receiving

    found = mail_environment.read()
    if found.certificate is not None and found.key is not None:
        try:
            receiving.certificate(found.certificate, found.key)
        except (OSError, ssl.SSLError) as error:
            raise Refused(
                en=f"PALIER_SMTP_CERTIFICATE and PALIER_SMTP_KEY do not fit: {error}",
                fr=f"PALIER_SMTP_CERTIFICATE et PALIER_SMTP_KEY ne vont pas ensemble : {error}",
            ) from error


if __name__ == "__main__":
    main(sys.argv[1])
