"""The receiving process: a thread for every mailbox that is to be read, and the listener; all ended in order.

Sources that are added, changed or turned off are noticed within seconds, without a restart.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from palier.mail import gate, imap, listener, sources
from palier.mail.models import Source
from palier.people import tenancy

log = structlog.get_logger(__name__)

LOOK_S = 5.0
GRACE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to listen: `host` and `port`, or the `path` of a socket; `local`: LMTP, else SMTP."""

    local: bool
    host: str = ""
    port: int = 0
    path: str = ""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A mailbox that is being read: its thread, and of what version its source was."""

    thread: threading.Thread
    stopped: threading.Event
    version: str


def certificate(file: Path, key: Path) -> ssl.SSLContext:
    """What STARTTLS is offered with. Raises OSError or ssl.SSLError for files that do not fit."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(file, key)
    return made


class Receiver:
    """Holds what receives. `run` returns when `stopped` is set and everything has ended."""

    def __init__(
        self,
        *,
        places: Sequence[Place],
        largest: int,
        clock: Callable[[], datetime],
        stopped: threading.Event,
        name: str = "",
        tls: ssl.SSLContext | None = None,
        look_s: float = LOOK_S,
    ) -> None:
        self._clock, self._stopped, self._look_s = clock, stopped, look_s
        self._reading: dict[UUID, _Reading] = {}
        self.listeners = [
            listener.Listener(
                limits=gate.Limits.of(largest),
                clock=clock,
                host=one.host,
                port=one.port,
                path=one.path,
                local=one.local,
                name=name,
                tls=tls,
            )
            for one in places
        ]

    def run(self) -> None:
        """Receive until asked to stop. Raises OSError where it cannot listen."""
        started: list[listener.Listener] = []
        try:
            for one in self.listeners:
                one.start()
                started.append(one)
            while not self._stopped.is_set():
                self._look()
                self._stopped.wait(self._look_s)
        finally:
            for reading in self._reading.values():
                reading.stopped.set()
            for one in started:
                one.stop(GRACE_S)
            for reading in self._reading.values():
                reading.thread.join(GRACE_S)
            connection.close()

    def _look(self) -> None:
        """Start reading what is new or changed, stop reading what is not to be read any more."""
        try:
            close_old_connections()
            wanted = _versions()
        except (DatabaseError, InterfaceError) as error:
            # What is being read goes on, and waits by itself.
            log.warning("sources not looked up", error=str(error))
            connection.close()
            return
        for source_id, reading in list(self._reading.items()):
            found = wanted.get(source_id)
            if found is None or found[1] != reading.version:
                reading.stopped.set()
            if not reading.thread.is_alive():
                if not reading.stopped.is_set():
                    log.error(
                        "a mailbox's thread ended by itself, it is started again", source=str(source_id)
                    )
                del self._reading[source_id]
        for source_id, (vendor_id, version) in wanted.items():
            if source_id not in self._reading:
                self._reading[source_id] = self._start(vendor_id, source_id, version)

    def _start(self, vendor_id: UUID, source_id: UUID, version: str) -> _Reading:
        stopped = threading.Event()

        def read() -> None:
            try:
                imap.keep(vendor_id, source_id, stopped=stopped, clock=self._clock)
            finally:
                connection.close()

        thread = threading.Thread(target=read, name=f"mailbox-{source_id}", daemon=True)
        thread.start()
        return _Reading(thread=thread, stopped=stopped, version=version)


def _versions() -> dict[UUID, tuple[UUID, str]]:
    """Vendor and version of every mailbox that is to be read."""
    by_vendor: dict[UUID, list[UUID]] = {}
    for vendor_id, source_id in sources.read_by_machine():
        by_vendor.setdefault(vendor_id, []).append(source_id)
    found: dict[UUID, tuple[UUID, str]] = {}
    for vendor_id, ids in by_vendor.items():
        with tenancy.vendor(vendor_id):
            rows = Source.objects.filter(vendor_id=vendor_id, id__in=ids, enabled=True)
            found |= {row.id: (vendor_id, sources.version(row)) for row in rows}
    return found
