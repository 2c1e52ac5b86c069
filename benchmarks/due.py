"""What time alone brings, at a million open tickets (PALIER_BENCH_TICKETS for another number): 20,000 fall due within one minute.

Two worker processes record breaches, escalations and notices; row-level security on, fsync on. The tickets are copies of
some that were opened by the actions: of their row, events and promises, without texts. And what looking costs while
nothing is due.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from benchmarks import Row, _scaled, _service, at_least, at_most, reported

TEMPLATES = 60
"""Tickets opened one second after the other: what is made of them falls due within one minute."""
SUBMITTED = datetime(2026, 7, 9, 12, tzinfo=UTC)
WARNED = datetime(2026, 7, 10, 9, 2, tzinfo=UTC)
DUE = datetime(2026, 7, 10, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOGETHER = 20_000
WORKERS = 2
IDLE = 20
_WORKER = """
import sys, time, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
from palier.tickets import convert, sweeping
now = convert.instant(int(sys.argv[1]))
sweeping.due(now, 1)
print("ready", flush=True)
sys.stdin.readline()
begun, computed = time.perf_counter(), time.process_time()
attended = sweeping.sweep(now=now)
print(attended, time.perf_counter() - begun, time.process_time() - computed, flush=True)
"""


def run() -> list[Row]:
    """How long two workers take, and how much time looking takes while nothing is due."""
    size = _scaled.LARGE
    falling = min(TOGETHER, size // 5)
    desk = _service.desk(f"due-{size}")
    due, calm = _templates(desk)
    _multiply(desk.vendor_id, due, falling)
    _multiply(desk.vendor_id, calm, size - falling)
    _analyse()
    idle = _idle(DUE - MINUTE)
    seconds, attended, own = _by_workers(DUE + MINUTE)
    recorded = _recorded(desk.vendor_id)
    if recorded != (falling + len(due), TEMPLATES):
        raise RuntimeError(
            f"{falling + len(due)} breaches at {TEMPLATES} instants were due; recorded: {recorded}"
        )
    at = f"{size:,} open tickets"
    return [
        at_most(f"{attended:,} falling due in a minute, {WORKERS} workers, {at}", seconds, "s", 30),
        at_least("recorded, both workers together", attended / seconds, "/s", 700),
        reported("own time of the workers, each recorded", own / attended * 1000, "ms"),
        reported(f"looking while nothing is due, {at}", idle, "ms"),
    ]


def _templates(desk: _service.Desk) -> tuple[list[UUID], list[UUID]]:
    """Tickets that fall due in the minute, warned of already; and as many that fall due days later."""
    from palier.people import tenancy
    from palier.people.models import Staff
    from palier.tickets import answering, opening, steering, sweeping
    from palier.tickets.drafts import Draft

    customers = desk.contacts[::4]  # those in Paris
    due: list[UUID] = []
    calm: list[UUID] = []
    for turn in range(TEMPLATES):
        draft = Draft(
            kind="defect",
            subject=f"The archive does not open ({turn})",
            body="Since this morning nobody can open the archive.",
            environment="production",
            effect="loss-of-service",
            fields={"applications": "a database", "access": "call me"},
            language="fr" if turn % 3 else "en",
        )
        with tenancy.vendor(desk.vendor_id):
            agent = Staff.objects.get(id=desk.agent.as_staff())
            for found, answered in ((due, False), (calm, True)):
                now = SUBMITTED + timedelta(seconds=turn)
                customer = customers[turn % len(customers)]
                ticket = opening.open_ticket(by=customer, draft=draft, now=now)
                if turn % 2:
                    steering.assign(by=desk.agent, ticket=ticket, assignee=agent, now=now)
                if answered:
                    answering.reply(by=desk.agent, ticket=ticket, body="We are on it.", now=now + MINUTE)
                found.append(ticket.id)
    sweeping.sweep(now=WARNED)
    return due, calm


def _multiply(vendor_id: UUID, templates: Sequence[UUID], count: int) -> None:
    """So many more tickets, in turn of these: rows, events and promises, as the owner, without triggers and checks."""
    from palier.demo import copies

    tables = {"tickets_event": "ticket_id", "tickets_commitmentrow": "ticket_id"}
    with copies.connected(os.environ["DATABASE_OWNER_URL"], vendor_id) as connection:
        connection.execute(
            "create temporary table made (template uuid, id uuid, number integer) on commit preserve rows"
        )
        for low in range(0, count, 50_000):
            connection.execute("truncate made")
            connection.execute(
                "insert into made select (%s::uuid[])[1 + n %% %s], gen_random_uuid(), top.number + n + 1"
                " from generate_series(0, %s) n, (select max(number) as number from tickets_ticket) top",
                [list(templates), len(templates), min(50_000, count - low) - 1],
            )
            _copy(
                connection,
                "tickets_ticket",
                {"id": "made.id", "number": "made.number", "order_number": "made.number"},
                "id",
            )
            for table, key in tables.items():
                _copy(connection, table, {"id": "gen_random_uuid()", key: "made.id"}, key)
        connection.execute("drop table made")


def _copy(connection: object, table: str, otherwise: dict[str, str], key: str) -> None:
    names = _columns(table)
    values = ", ".join(otherwise.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(  # type: ignore[attr-defined]
        f'insert into "{table}" ({listed}) select {values} from made join "{table}" t on t."{key}" = made.template'
    )


@functools.cache
def _columns(table: str) -> tuple[str, ...]:
    from django.apps import apps

    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    return tuple(str(field.column) for field in model._meta.concrete_fields)


def _analyse() -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("vacuum (analyze) tickets_ticket, tickets_event, tickets_commitmentrow")


def _idle(now: datetime) -> float:
    """Milliseconds of a sweep that finds nothing."""
    from palier.tickets import sweeping

    if sweeping.sweep(now=now):
        raise RuntimeError("something was due already")
    begun = time.perf_counter()
    for _ in range(IDLE):
        sweeping.sweep(now=now)
    return (time.perf_counter() - begun) / IDLE * 1000


def _by_workers(now: datetime) -> tuple[float, int, float]:
    """Seconds until all that is due was recorded, how much it was, and the seconds the workers computed themselves."""
    from palier.tickets import convert

    command = [sys.executable, "-c", _WORKER, str(convert.micros(now))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(WORKERS)
    ]
    for worker in workers:
        if worker.stdout is None or worker.stdout.readline() != "ready\n":
            raise RuntimeError("a worker did not start")
    for worker in workers:
        worker.stdin.write("\n")  # type: ignore[union-attr]
        worker.stdin.flush()  # type: ignore[union-attr]
    said = [worker.stdout.readline().split() for worker in workers]  # type: ignore[union-attr]
    for worker in workers:
        if worker.wait() != 0:
            raise RuntimeError("a worker failed")
    return (
        max(float(seconds) for _, seconds, _ in said),
        sum(int(attended) for attended, _, _ in said),
        sum(float(own) for _, _, own in said),
    )


def _recorded(vendor_id: UUID) -> tuple[int, int]:
    """How many breaches of the minute are recorded, and at how many instants."""
    from palier.people import tenancy
    from palier.tickets.models import Event

    with tenancy.vendor(vendor_id):
        found = Event.objects.filter(vendor_id=vendor_id, kind="breached", at__gte=DUE, at__lt=DUE + MINUTE)
        return found.count(), found.values("at").distinct().count()
