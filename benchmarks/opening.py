"""Opening a ticket through the action, one transaction each, beside what the database commits at all."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable

import psycopg

from benchmarks import Row, _service, at_least, reported

TICKETS = 300
COMMITS = 2000
ROUNDS = 3
PROCESSES = 2
"""One a core: openings of one vendor, which share its numbering."""


def run() -> list[Row]:
    """Tickets opened a second by one process and by two, and one-row transactions a second on the same server."""
    desk = _service.desk("opening")
    _open_some(desk, 20)
    alone = max(TICKETS / _seconds(lambda: _open_some(desk, TICKETS)) for _ in range(ROUNDS))
    together = max(PROCESSES * TICKETS / _seconds(lambda: _open_together(desk)) for _ in range(ROUNDS))
    committed = _commits(desk)
    return [
        at_least("tickets opened by the action, two processes", together, "1/s", 150),
        reported("tickets opened by the action, one process", alone, "1/s"),
        reported("one-row transactions committed, one connection", committed, "1/s"),
        reported("commits in the time of one opening", committed / alone, "×"),
    ]


def _open_some(desk: _service.Desk, times: int) -> None:
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
        language="fr",
    )
    for contact in itertools.islice(itertools.cycle(desk.contacts), times):
        with tenancy.vendor(desk.vendor_id):
            opening.open_ticket(by=contact, draft=draft, now=_service.NOW)


def _open_together(desk: _service.Desk) -> None:
    from django.db import connections

    connections.close_all()  # a connection belongs to one process
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=_open_some, args=(desk, TICKETS)) for _ in range(PROCESSES)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        raise RuntimeError("an opener failed: see above")


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _commits(desk: _service.Desk) -> float:
    from django.conf import settings

    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:

        def commit() -> None:
            for _ in range(COMMITS):
                with connection.transaction():
                    connection.execute("select set_config('palier.vendor', %s, true)", [str(desk.vendor_id)])
                    connection.execute("update tickets_numbering set next = next")

        return max(COMMITS / _seconds(commit) for _ in range(ROUNDS))
