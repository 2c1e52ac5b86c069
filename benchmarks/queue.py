"""The queue and a ticket's page through the whole stack, at 1,000 and at 200,000 tickets, row-level security on.

A third of the tickets is open, a tenth of those are ranked; all have their messages, events, verdict and promises. Server time of Django's test client: middleware, session,
transaction, queries and rendering, without the network.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import Row, _service, at_most, reported

SMALL, LARGE = 1_000, 200_000
TEMPLATES = 200
"""Tickets opened by the action, from which the others are copied."""
LOADS = 120
WARM = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds: half and nineteen in twenty were faster; `own` is what this process computed, without the database."""

    p50: float
    p95: float
    own: float


def run() -> list[Row]:
    """Both pages at both sizes, and what the size costs. Sizes take turns, so that a ratio compares them under one load."""
    from django.urls import reverse

    _service.start()
    queues: list[Callable[[], None]] = []
    pages: list[Callable[[], None]] = []
    queries: list[Callable[[], None]] = []
    for size in (SMALL, LARGE):
        desk = _service.desk(f"queue-{size}")
        number = _fill(desk, size)
        load = functools.partial(_load, _service.client(desk))
        queues.append(functools.partial(load, f"/{desk.slug}{reverse('desk:queue')}"))
        pages.append(functools.partial(load, f"/{desk.slug}{reverse('desk:ticket', args=[f'NOR-{number}'])}"))
        queries.append(functools.partial(_query, desk))
    _analyze()
    small, large = _times(queues)
    rows = [
        reported(f"queue at {SMALL:,} tickets, p50", small.p50, "ms"),
        reported(f"queue at {SMALL:,} tickets, p95", small.p95, "ms"),
        at_most(f"queue at {LARGE:,} tickets, p50", large.p50, "ms", 10),
        reported(f"queue at {LARGE:,} tickets, p95", large.p95, "ms"),
        reported(f"queue at {LARGE:,} tickets, own time, p50", large.own, "ms"),
        at_most(f"queue p95 at {LARGE:,} against {SMALL:,}", large.p95 / small.p95, "×", 1.3),
    ]
    for name, works in (("ticket page", pages), ("queue query alone", queries)):
        small, large = _times(works)
        rows += [
            reported(f"{name} at {SMALL:,} tickets, p50", small.p50, "ms"),
            reported(f"{name} at {LARGE:,} tickets, p50", large.p50, "ms"),
            reported(f"{name} at {LARGE:,} tickets, p95", large.p95, "ms"),
        ]
    return rows


def _load(browser: object, address: str) -> None:
    response = browser.get(address)  # type: ignore[attr-defined]
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")


def _times(works: Sequence[Callable[[], None]]) -> list[Times]:
    """How long each takes, one after the other in turn."""
    taken: list[list[float]] = [[] for _ in works]
    own: list[list[float]] = [[] for _ in works]
    for turn in range(WARM + LOADS):
        for i, work in enumerate(works):
            begun, computed = time.perf_counter(), time.process_time()
            work()
            if turn >= WARM:
                own[i].append((time.process_time() - computed) * 1000)
                taken[i].append((time.perf_counter() - begun) * 1000)
    cuts = [statistics.quantiles(one, n=20) for one in taken]
    return [
        Times(p50=cut[9], p95=cut[18], own=statistics.median(one)) for cut, one in zip(cuts, own, strict=True)
    ]


def _query(desk: _service.Desk) -> None:
    from palier.people import tenancy
    from palier.tickets import lists

    with tenancy.vendor(desk.vendor_id):
        lists.page(desk.agent, now=_service.NOW)


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


_OPEN = "mod(g, 3) = 0"
_MISSED = "mod(g, 150) = 0"
_SPREAD = "(g % 864000 - 3600) * interval '1 s'"
"""Due from an hour ago to ten days on."""
_TICKETS = {
    "id": "new_id",
    "number": "10000 + g",
    "is_open": _OPEN,
    "status": f"case when {_OPEN} then t.status else 'closed' end",
    "rank": "case when mod(g, 30) = 0 then mod(g, 9) + 1 end",
    "breached": f"{_OPEN} and {_MISSED}",
    "breached_at": f"case when {_OPEN} and {_MISSED} then now() - interval '1 h' end",
    "order_calm": f"not ({_OPEN} and {_MISSED})",
    "order_number": "10000 + g",
    "order_due": f"case when t.order_due > '9000-01-01' then t.order_due else now() + {_SPREAD} end",
    "next_due_at": f"case when {_OPEN} and t.next_due_at is not null then now() + {_SPREAD} end",
    "next_check_at": "null",
    "subject": "t.subject || ' ' || g",
}


def _copy(desk: _service.Desk, count: int) -> None:
    """Copies, with all that hangs on them, with numbers, due instants and places of their own.

    One in three is open, one in ten of those ranked, one in fifty missed. Written as the owner and without the checks of
    foreign keys, which the copies meet as the copied do.
    """
    from palier.site import database
    from palier.tickets.models import CommitmentRow, Event, Message, Ticket, Verdict

    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute(
            "create temporary table copies as select g, uuidv7() as new_id, t.id as old_id from generate_series(1, %s) g"
            " join (select id, row_number() over (order by number) - 1 as nth, count(*) over () as many"
            " from tickets_ticket where vendor_id = %s) t on t.nth = mod(g, t.many)",
            [count, desk.vendor_id],
        )
        _insert(cursor, Ticket, "c.old_id = t.id", _TICKETS)
        for model in (Message, Event, Verdict, CommitmentRow):
            _insert(cursor, model, "c.old_id = t.ticket_id", {"id": "uuidv7()", "ticket_id": "new_id"})
        cursor.execute("drop table copies")
        cursor.execute("reset session_replication_role")


def _insert(cursor: Any, model: Any, joined: str, changed: dict[str, str]) -> None:
    columns = [field.column for field in model._meta.concrete_fields]
    chosen = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    cursor.execute(f"insert into {table} ({names}) select {chosen} from copies c join {table} t on {joined}")


def _analyze() -> None:
    from palier.site import database

    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
