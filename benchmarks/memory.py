"""The resident memory of a web process that has served the queue, ticket pages and the new request's form for a while."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from benchmarks import Row, _service, at_most, reported

TICKETS = 300
LOADS = 200
READY_S = 60
SERVE = "from palier.site import commands; commands.server(address='127.0.0.1', port={port}, workers=1, threads=8)"
COLLECT = "import django; django.setup(); from palier.site import static; static.collect()"


def run() -> list[Row]:
    """The serving process after the load, and granian's own beside it."""
    desk = _service.desk("memory")
    numbers = _fill(desk)
    cookie = _service.client(desk).cookies["palier"].value
    port = _free_port()
    subprocess.run([sys.executable, "-c", COLLECT], check=True)
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE.format(port=port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        for load in range(LOADS):
            _get(port, f"/{desk.slug}/desk/queue", cookie)
            _get(port, f"/{desk.slug}/desk/tickets/NOR-{numbers[load % len(numbers)]}", cookie)
        serving = max(_resident_mb(pid) for pid in _children(server.pid))
        return [
            at_most("web process after serving queue and tickets", serving, "MB", 150),
            reported("granian's supervisor beside it", _resident_mb(server.pid), "MB"),
        ]
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=10)
        server.kill()
        server.wait()


def _fill(desk: _service.Desk) -> list[int]:
    from palier.people import tenancy
    from palier.tickets import opening
    from palier.tickets.drafts import Draft

    draft = Draft(
        kind="defect",
        subject="The archive does not open",
        body="Since this morning nobody can open the archive.",
        environment="production",
        effect="lasting-major",
        fields={"applications": "a database", "access": "call me"},
    )
    numbers = []
    for turn in range(TICKETS):
        with tenancy.vendor(desk.vendor_id):
            by = desk.contacts[turn % len(desk.contacts)]
            numbers.append(opening.open_ticket(by=by, draft=draft, now=_service.NOW).number)
    return numbers


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    limit = time.monotonic() + READY_S
    while time.monotonic() < limit:
        with suppress(OSError):
            _get(port, "/health", "")
            return
        time.sleep(0.2)
    raise RuntimeError("the web server did not become ready")


def _get(port: int, path: str, cookie: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": f"palier={cookie}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path} answered {answer.status}")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found]


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
