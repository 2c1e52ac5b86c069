"""The desk's search through the whole stack at 1,000,000 tickets (PALIER_BENCH_TICKETS for another number), row-level security on.

Each ticket has some sixty words drawn from forty thousand, a few in most tickets and most in a few, as in any language; one
in four has internal notes. Server time of Django's test client: middleware, session, transaction, queries and rendering.
"""

from __future__ import annotations

import functools
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks import Row, _service, at_most, reported
from benchmarks import queue as queues

TICKETS = int(os.environ.get("PALIER_BENCH_TICKETS", "1000000"))
LOADS, WARM = 40, 8
RARE, COMMON, MIDDLING = "w39990", "w3", "w400"
"""In a few dozen tickets, in nearly half of them, in about one in a hundred."""


def run() -> list[Row]:
    """The page of results and what the palette asks, for words of each kind; a customer's own search."""
    from django.urls import reverse

    desk = _service.desk("search")
    _fill(desk)
    browser = _service.client(desk)
    customer = _customer(desk)
    page = f"/{desk.slug}{reverse('desk:find')}?kind=tickets&q="
    options = f"/{desk.slug}{reverse('desk:find-results')}?q="
    mine = f"/{desk.slug}{reverse('portal:requests')}?q="
    size = f"at {TICKETS:,} tickets"
    return [
        at_most(f"a rare word {size}, p50", _p50(browser, page + RARE), "ms", 15),
        at_most(f"a common word {size}, p50", _p50(browser, page + COMMON), "ms", 40),
        reported(f"a word of one in a hundred {size}, p50", _p50(browser, page + MIDDLING), "ms"),
        reported(f"a rare and a common word {size}, p50", _p50(browser, f"{page}{RARE}+{COMMON}"), "ms"),
        reported(f"a word in no ticket {size}, p50", _p50(browser, f"{page}nowhere"), "ms"),
        reported(
            f"everything, a rare word {size}, p50",
            _p50(browser, page.replace("kind=tickets&", "") + RARE),
            "ms",
        ),
        reported(f"the palette, a common beginning {size}, p50", _p50(browser, f"{options}w39"), "ms"),
        reported(f"a customer, a rare word {size}, p50", _p50(customer, mine + RARE), "ms"),
        reported(f"a customer, a common word {size}, p50", _p50(customer, mine + COMMON), "ms"),
        reported(f"words kept {size}", _megabytes(), "MB"),
    ]


def _customer(desk: _service.Desk) -> Any:
    """A browser signed in as a contact of one of the fifty customers."""
    import dataclasses

    from palier.people import actions, tenancy
    from palier.people.models import Contact

    with tenancy.vendor(desk.vendor_id):
        user = actions.add_user(
            vendor_id=desk.vendor_id, email="camille@0.example", name="Camille", now=_service.NOW
        )
        Contact.objects.filter(id=desk.contacts[0].as_contact()).update(user=user)
    return _service.client(dataclasses.replace(desk, user=user))


def _p50(browser: Any, address: str) -> float:
    load: Callable[[], None] = functools.partial(queues._load, browser, address)
    taken = []
    for turn in range(WARM + LOADS):
        begun = time.perf_counter()
        load()
        if turn >= WARM:
            taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _fill(desk: _service.Desk) -> None:
    """Some tickets by the action, and copies of them with their messages; words of their own for each."""
    from palier.people import tenancy
    from palier.site import database
    from palier.tickets.models import Message, Ticket

    with tenancy.vendor(desk.vendor_id):
        for turn in range(100):
            queues._open(desk, turn, "lasting-major")
    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("set maintenance_work_mem = '512MB'")
        cursor.execute(
            "create temporary table copies as select g, uuidv7() as new_id, t.id as old_id from generate_series(1, %s) g"
            " join (select id, row_number() over (order by number) - 1 as nth, count(*) over () as many"
            " from tickets_ticket where vendor_id = %s) t on t.nth = mod(g, t.many)",
            [TICKETS, desk.vendor_id],
        )
        queues._insert(cursor, Ticket, "c.old_id = t.id", queues._TICKETS)
        queues._insert(cursor, Message, "c.old_id = t.ticket_id", {"id": "uuidv7()", "ticket_id": "new_id"})
        for table, share, words in (("tickets_publicwords", 1, 45), ("tickets_internalwords", 4, 60)):
            # An index of words is made in a fraction of the time it takes to be filled row by row.
            cursor.execute(
                "select indexname, indexdef from pg_indexes where tablename = %s and indexdef like %s",
                [table, "%gin%"],
            )
            ((index, definition),) = cursor.fetchall()
            cursor.execute(f"drop index {index}")
            # The exponent gives few words to many tickets and many words to few.
            cursor.execute(
                f"insert into {table} (ticket_id, vendor_id, number, words)"
                " select t.id, t.vendor_id, t.number, w.words from tickets_ticket t cross join lateral ("
                " select setweight(to_tsvector('simple', 'w' || mod(t.number, 7919)), 'A')"
                " || to_tsvector('simple', string_agg('w' || floor(40000 * power(random(), 4))::int, ' ')) as words"
                " from generate_series(1, %s + 0 * t.number)) w"
                " where t.vendor_id = %s and mod(t.number, %s) = 0 on conflict do nothing",
                [words, desk.vendor_id, share],
            )
            cursor.execute(definition)
        cursor.execute("reset session_replication_role")
        cursor.execute("vacuum analyze")


def _megabytes() -> float:
    from palier.site import database

    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "select sum(pg_total_relation_size(c)) / 1e6 from unnest("
            "array['tickets_publicwords', 'tickets_internalwords']::regclass[]) c"
        )
        return float(cursor.fetchone()[0])
