"""The queue and a ticket's page through the whole stack, at 1,000 and at 200,000 tickets, row-level security on.

A third of the tickets is open, a tenth of those are ranked. Server time of Django's test client: middleware, session,
transaction, queries and rendering, without the network.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks import Row, _service, at_most, reported

SMALL, LARGE = 1_000, 200_000
TEMPLATES = 200
"""Tickets opened by the action, from which the others are copied."""
LOADS = 120
WARM = 15


def run() -> list[Row]:
    """p50 and p95 of both pages at both sizes; the growth of the queue's p95."""
    rows: list[Row] = []
    p95: dict[int, float] = {}
    for size in (SMALL, LARGE):
        desk = _service.desk(f"queue-{size}")
        number = _fill(desk, size)
        browser = _service.client(desk)
        from django.urls import reverse

        base = f"/{desk.slug}"
        queue = _times(lambda: _load(browser, base + reverse("desk:queue")))  # noqa: B023 (called at once)
        page = _times(
            lambda: _load(browser, base + reverse("desk:ticket", args=[f"NOR-{number}"]))  # noqa: B023
        )
        p95[size] = queue[1]
        large = size == LARGE
        rows.append(
            at_most(f"queue at {size:,} tickets, p50", queue[0], "ms", 10)
            if large
            else reported(f"queue at {size:,} tickets, p50", queue[0], "ms")
        )
        rows.append(reported(f"queue at {size:,} tickets, p95", queue[1], "ms"))
        rows.append(reported(f"ticket page at {size:,} tickets, p50", page[0], "ms"))
        rows.append(reported(f"ticket page at {size:,} tickets, p95", page[1], "ms"))
        rows.append(reported(f"queue query alone at {size:,} tickets, p50", _query(desk)[0], "ms"))
    rows.append(at_most("queue p95 at 200,000 against 1,000", p95[LARGE] / p95[SMALL], "×", 1.3))
    return rows


def _load(browser: object, address: str) -> None:
    response = browser.get(address)  # type: ignore[attr-defined]
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")


def _times(work: Callable[[], None]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    for _ in range(WARM):
        work()
    taken = []
    for _ in range(LOADS):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(taken, n=20)
    return cuts[9], cuts[18]


def _query(desk: _service.Desk) -> tuple[float, float]:
    from palier.people import tenancy
    from palier.tickets import queries

    def ask() -> None:
        with tenancy.vendor(desk.vendor_id):
            queries.queue(desk.agent, now=_service.NOW)

    return _times(ask)


# --- filling ----------------------------------------------------------------------------------------


def _fill(desk: _service.Desk, size: int) -> int:
    """Some tickets by the actions, in different states, and copies of them; the number of one that was worked on."""
    from palier.people import tenancy

    effects = (
        "loss-of-service",
        "lasting-major",
        "intermittent-major",
        "lasting-minor",
        "intermittent-minor",
    )
    with tenancy.vendor(desk.vendor_id):
        numbers = [
            _open(desk, turn, effects[turn % len(effects)]) for turn in range(min(TEMPLATES, size // 2))
        ]
        _copy(desk, size - len(numbers))
    _analyze()
    return numbers[0]


def _open(desk: _service.Desk, turn: int, effect: str) -> int:
    from palier.people.models import Staff
    from palier.tickets import answering, opening, steering
    from palier.tickets.drafts import Draft

    ticket = opening.open_ticket(
        by=desk.contacts[turn % len(desk.contacts)],
        draft=Draft(
            kind="defect",
            subject=f"The archive does not open ({turn})",
            body="Since this morning nobody can open the archive.",
            environment="production",
            effect=effect,
            fields={"applications": "a database", "access": "call me"} if turn % 7 else {},
            language="fr",
        ),
        now=_service.NOW,
    )
    if turn % 3 == 0:
        agent = Staff.objects.get(id=desk.agent.staff_id or ticket.id)
        steering.assign(by=desk.agent, ticket=ticket, assignee=agent, now=_service.NOW)
        for word in ("We are on it.", "Nearly there."):
            answering.reply(by=desk.agent, ticket=ticket, body=word, now=_service.NOW)
    return ticket.number


def _copy(desk: _service.Desk, count: int) -> None:
    """Copies with numbers, due instants and places of their own: one in three open, one in ten of those ranked."""
    from django.db import connection

    from palier.tickets.models import Ticket

    columns = [field.column for field in Ticket._meta.concrete_fields if field.column]
    changed = {
        "id": "gen_random_uuid()",
        "number": "10000 + g",
        "is_open": "mod(g, 3) = 0",
        "status": "case when mod(g, 3) = 0 then t.status else 'closed' end",
        "rank": "case when mod(g, 30) = 0 then mod(g, 9) + 1 end",
        "order_number": "10000 + g",
        "order_due": "case when t.order_due > '9000-01-01' then t.order_due else t.order_due + g * interval '1 s' end",
        "next_due_at": "t.next_due_at + g * interval '1 s'",
        "next_check_at": "null",
        "subject": "t.subject || ' ' || g",
    }
    chosen = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into tickets_ticket ({names}) select {chosen} from generate_series(1, %s) g"
            " join (select *, row_number() over (order by number) - 1 as nth, count(*) over () as many"
            " from tickets_ticket where vendor_id = %s) t on t.nth = mod(g, t.many)",
            [count, desk.vendor_id],
        )


def _analyze() -> None:
    from palier.site import database

    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute("vacuum analyze tickets_ticket")
