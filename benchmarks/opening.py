"""Opening a ticket through the action, one transaction each, beside what the database commits at all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import psycopg

from benchmarks import Row, _service, at_least, reported

TICKETS = 400
COMMITS = 2000
ROUNDS = 3


def run() -> list[Row]:
    """Tickets opened a second by one process, and one-row transactions a second on the same server."""
    desk = _service.desk("opening")
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
    contacts = itertools.cycle(desk.contacts)

    def open_one() -> None:
        with tenancy.vendor(desk.vendor_id):
            opening.open_ticket(by=next(contacts), draft=draft, now=_service.NOW)

    for _ in range(20):
        open_one()
    opened = max(_rate(open_one, TICKETS) for _ in range(ROUNDS))
    committed = _commits(desk)
    return [
        at_least("tickets opened by the action", opened, "1/s", 150),
        reported("one-row transactions committed", committed, "1/s"),
        reported("commits in the time of one opening", committed / opened, "×"),
    ]


def _rate(work: Callable[[], None], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - begun)


def _commits(desk: _service.Desk) -> float:
    from django.conf import settings

    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:

        def commit() -> None:
            with connection.transaction():
                connection.execute("select set_config('palier.vendor', %s, true)", [str(desk.vendor_id)])
                connection.execute("update tickets_numbering set next = next")

        return max(_rate(commit, COMMITS) for _ in range(ROUNDS))
