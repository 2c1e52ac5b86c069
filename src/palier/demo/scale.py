"""Very many tickets for one vendor of the demonstration, to see the product as a large desk would.

A few thousand patterns (patterns.py) are laid in tables of their own, and the database makes tickets of them by the ten
thousand, over two connections (copies.py): ids, numbers and texts are new, all else is the pattern's. Numbers follow the order in which the tickets came. Every ten thousand are committed together: an interrupted
run keeps what it wrote, and the next one goes on to the number asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent import futures
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.indexes import GinIndex

from palier.demo import copies, marker, patterns
from palier.demo.marker import State
from palier.people import tenancy
from palier.people.models import Vendor
from palier.tickets import clockwork
from palier.tickets.models import ORDER, InternalWords, PublicWords, Ticket

VENDOR = "northern"
TOGETHER = 10_000
"""So many tickets are committed together."""
_MOST_PATTERNS = 2_000

Progress = Callable[[int, int], None]
"""Hears how many tickets are written, of how many."""


def scale(*, owner_url: str, count: int, now: datetime, progress: Progress) -> int:
    """Let Northern have `count` tickets; returns how many were added: none where it has as many.

    Raises Refused for any database but the demonstration's own.
    """
    if marker.state(owner_url) is not State.FILLED:
        raise marker.foreign()
    vendor = Vendor.objects.get(slug=VENDOR, demo=True)
    with tenancy.vendor(vendor.id):
        there = Ticket.objects.filter(vendor_id=vendor.id).count()
    if there >= count:
        return 0
    multiply(owner_url=owner_url, vendor_id=vendor.id, count=count - there, now=now, progress=progress)
    return count - there


def multiply(*, owner_url: str, vendor_id: UUID, count: int, now: datetime, progress: Progress) -> None:
    """Add `count` tickets to a vendor, of which nobody else writes any meanwhile. Asks nothing of whose the database is."""
    wanted = max(4 * copies.NEARBY, min(_MOST_PATTERNS, count // 20 // copies.NEARBY * copies.NEARBY))
    made = patterns.build(vendor_id=vendor_id, count=wanted, now=now)
    with copies.connected(owner_url, vendor_id) as connection:
        copies.lay_out(connection, made)
        try:
            plan = _plan(connection, vendor_id, count, len(made))
            copies.write_texts(owner_url, plan)
            _let_wait(connection, _WAITING_KB)
            try:
                _in_parts(owner_url, plan, progress)
            finally:
                _number_on(connection, vendor_id)
                _let_wait(connection, None)
        finally:
            copies.clear(connection)
    _rank(owner_url, vendor_id)
    _tidy(owner_url, vendor_id)


def _plan(connection: copies.Connection, vendor_id: UUID, count: int, laid: int) -> copies.Plan:
    """Takes the numbers: whoever opens a ticket meanwhile gets one behind them."""
    row = connection.execute(
        "update tickets_numbering set next = next + %s where vendor_id = %s returning next",
        [count, vendor_id],
    ).fetchone()
    if row is None:
        raise RuntimeError("a vendor with tickets has a numbering")
    return copies.Plan(
        vendor_id=vendor_id,
        first=row[0] - count,
        count=count,
        patterns=laid,
        subjects=max(1_000, min(20_000, count // 40)),
        bodies=max(1_000, min(40_000, count // 20)),
    )


def _in_parts(owner_url: str, plan: copies.Plan, progress: Progress) -> None:
    """Write all tickets, on several connections at once. Stopped, it ends what is begun."""
    parts = iter(range(0, plan.count, TOGETHER))
    guard, stopped = threading.Lock(), threading.Event()
    done = 0

    def work() -> None:
        nonlocal done
        with copies.connected(owner_url, plan.vendor_id) as connection:
            while not stopped.is_set():
                with guard:
                    low = next(parts, None)
                if low is None:
                    return
                high = min(low + TOGETHER, plan.count)
                copies.write(connection, plan, low, high)
                with guard:
                    done += high - low
                    progress(done, plan.count)

    with futures.ThreadPoolExecutor(copies.CONNECTIONS) as beside:
        working = [beside.submit(work) for _ in range(copies.CONNECTIONS)]
        try:
            for one in futures.as_completed(working):
                one.result()
        finally:
            stopped.set()


# --- indexes of words ---------------------------------------------------------------------------------

_WAITING_KB = 262_144


def _let_wait(connection: copies.Connection, kilobytes: int | None) -> None:
    """How much may wait before it is put into the indexes of words; None: what their model says, and nothing waits any more.

    Put in by the ten thousand, words cost a third of what they cost ticket by ticket.
    """
    for model in (PublicWords, InternalWords):
        for index in model._meta.indexes:
            if isinstance(index, GinIndex):
                kept = index.deconstruct()[2]["gin_pending_list_limit"] if kilobytes is None else kilobytes
                connection.execute(f"alter index {index.name} set (gin_pending_list_limit = {kept})")
                if kilobytes is None:
                    connection.execute("set maintenance_work_mem = '256MB'")
                    connection.execute("select gin_clean_pending_list(%s::regclass)", [index.name])


# --- afterwards -------------------------------------------------------------------------------------


def _number_on(connection: copies.Connection, vendor_id: UUID) -> None:
    """The next number follows the last that was written; pages learn that something happened."""
    connection.execute(
        "update tickets_numbering set next = (select max(number) + 1 from tickets_ticket where vendor_id = %s)"
        " where vendor_id = %s",
        [vendor_id, vendor_id],
    )
    connection.execute(
        "insert into tickets_pulse as p (vendor_id, slot, changes) values (%s, 0, 1)"
        " on conflict (vendor_id, slot) do update set changes = p.changes + 1",
        [vendor_id],
    )


_PLACED = (
    "id", "number", "organisation_id", "revision_id", "severity", "plan", "next_due_at", "breached", "critical", "rank", "raised",
    *ORDER,
)  # fmt: skip
"""What the place in the queue is computed from, and the place."""


def _rank(owner_url: str, vendor_id: UUID) -> None:
    """Where a customer ranked some of its requests, these take their places among all of them anew."""
    with tenancy.vendor(vendor_id):
        ranked = Ticket.objects.filter(vendor_id=vendor_id, is_open=True).exclude(rank=None)
        customers = set(ranked.values_list("organisation_id", flat=True))
        siblings = list(
            Ticket.objects.filter(vendor_id=vendor_id, is_open=True, organisation_id__in=customers).only(
                *_PLACED
            )
        )
        moved = [
            ticket
            for customer in customers
            for ticket in _moved([one for one in siblings if one.organisation_id == customer])
        ]
    with copies.connected(owner_url, vendor_id) as connection, connection.transaction():
        connection.execute(
            "create temporary table places on commit drop as select id, order_calm, order_severity, order_priority,"
            " order_due, order_number from tickets_ticket with no data"
        )
        with connection.cursor() as cursor, cursor.copy("copy places from stdin") as copy:
            for one in moved:
                copy.write_row(
                    (
                        one.id,
                        one.order_calm,
                        one.order_severity,
                        one.order_priority,
                        one.order_due,
                        one.order_number,
                    )
                )
        connection.execute(
            "update tickets_ticket t set order_calm = p.order_calm, order_severity = p.order_severity,"
            " order_priority = p.order_priority, order_due = p.order_due, order_number = p.order_number"
            " from places p where p.id = t.id"
        )


def _moved(siblings: Sequence[Ticket]) -> list[Ticket]:
    keys = clockwork.order_of(siblings)
    return [ticket for ticket in siblings if clockwork.place_in_queue(ticket, keys[ticket.id])]


def _tidy(owner_url: str, vendor_id: UUID) -> None:
    """What the database would do in its own time: what it knows of the tables, and which pages everybody may see."""
    tables = (
        ("tickets_event", "tickets_commitmentrow", "tickets_tagging"),
        (
            "tickets_ticket",
            "tickets_publicwords",
            "tickets_message",
            "tickets_verdict",
            "tickets_internalwords",
        ),
    )

    def tidy(names: tuple[str, ...]) -> None:
        with copies.connected(owner_url, vendor_id) as connection:
            connection.execute(f"vacuum (analyze) {', '.join(names)}")

    with futures.ThreadPoolExecutor(copies.CONNECTIONS) as beside:
        list(beside.map(tidy, tables))
