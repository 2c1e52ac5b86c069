"""Very many tickets for one vendor of the demonstration, to see the product as a large desk would.

A few thousand patterns (patterns.py) are laid in tables of their own, and the database makes tickets of them by the ten
thousand, over two connections: ids, numbers and texts are new, all else is the pattern's. Rows are written as the tables'
owner and without their triggers, whose work is done here for all rows at once: the words that searches read, the count
of changes. Numbers follow the order in which the tickets came. Every ten thousand are committed together: an interrupted
run keeps what it wrote, and the next one goes on to the number asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from psycopg import sql
from psycopg.types.json import Jsonb

from palier.demo import marker, patterns, vocabulary
from palier.demo.marker import State
from palier.people import tenancy
from palier.people.models import Vendor
from palier.site.refusals import Refused
from palier.tickets import clockwork
from palier.tickets.models import CommitmentRow, Event, InternalWords, Message, PublicWords, Ticket, Verdict

VENDOR = "northern"
CONNECTIONS = 2
TOGETHER = 10_000
"""So many tickets are committed together."""
SCHEMA = "demo_scale"
_NEARBY = 50
"""Tickets that came about the same time take turns among so many patterns."""
_MOST_PATTERNS = 3_000
_TABLES = {
    "ticket": Ticket,
    "message": Message,
    "event": Event,
    "verdict": Verdict,
    "commitment": CommitmentRow,
}

Progress = Callable[[int, int], None]
"""Hears how many tickets are written, of how many."""
Connection = psycopg.Connection[tuple[Any, ...]]


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
    wanted = max(4 * _NEARBY, min(_MOST_PATTERNS, count // 20 // _NEARBY * _NEARBY))
    made = patterns.build(vendor_id=vendor_id, count=wanted, now=now)
    with _connected(owner_url, vendor_id) as connection:
        _lay_out(connection, vendor_id, made)
        try:
            plan = _plan(connection, vendor_id, count, len(made))
            _write_texts(owner_url, plan)
            _let_wait(connection, _WAITING_KB)
            try:
                _in_parts(owner_url, plan, progress)
            finally:
                _number_on(connection, vendor_id)
                _let_wait(connection, None)
        finally:
            _clear(connection)
    _rank(owner_url, vendor_id)
    _tidy(owner_url, vendor_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be written: numbers from `first` on, of so many patterns, with so many texts of each sort a language."""

    vendor_id: UUID
    first: int
    count: int
    patterns: int
    subjects: int
    bodies: int


def _plan(connection: Connection, vendor_id: UUID, count: int, laid: int) -> _Plan:
    """Takes the numbers: whoever opens a ticket meanwhile gets one behind them."""
    row = connection.execute(
        "update tickets_numbering set next = next + %s where vendor_id = %s returning next", [count, vendor_id]
    ).fetchone()
    if row is None:
        raise RuntimeError("a vendor with tickets has a numbering")
    return _Plan(
        vendor_id=vendor_id,
        first=row[0] - count,
        count=count,
        patterns=laid,
        subjects=max(1_000, min(20_000, count // 40)),
        bodies=max(1_000, min(40_000, count // 20)),
    )


@contextmanager
def _connected(owner_url: str, vendor_id: UUID) -> Iterator[Connection]:
    """A connection as the owner, on which triggers rest. Refused where the owner may not let them."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        try:
            connection.execute("set session_replication_role = replica")
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(
                en="writing very many tickets rests the tables' triggers, which needs a superuser in DATABASE_OWNER_URL",
                fr="écrire un très grand nombre de tickets met les déclencheurs au repos, ce qui demande un "
                "superutilisateur dans DATABASE_OWNER_URL",
            ) from error
        # Nothing of it is lost but by a crash of the server, after which it is made again.
        for setting in ("synchronous_commit = off", "wal_compression = off", "jit = off", "work_mem = '128MB'"):
            connection.execute(f"set {setting}")
        connection.execute("select set_config('palier.vendor', %s, false)", [str(vendor_id)])
        yield connection


# --- patterns in tables -----------------------------------------------------------------------------


def _lay_out(connection: Connection, vendor_id: UUID, made: Sequence[patterns.Pattern]) -> None:
    """The patterns in tables that look like the real ones, each row with the pattern's place and its own among its like."""
    _clear(connection)
    connection.execute(f"create schema {SCHEMA}")
    connection.execute(
        f"create aggregate {SCHEMA}.joined (tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '')"
    )
    for name, model in _TABLES.items():
        connection.execute(
            f"create unlogged table {SCHEMA}.{name} as"
            f" select 0 as p, 0 as nth, null::uuid as tag, t.* from {model._meta.db_table} t with no data"
        )
    rows: dict[str, list[tuple[int, int, UUID | None, models.Model]]] = {name: [] for name in _TABLES}
    for p, one in enumerate(made):
        rows["ticket"].append((p, 0, one.tag, one.ticket))
        for name, hanging in (
            ("message", one.messages),
            ("event", one.events),
            ("verdict", one.verdicts),
            ("commitment", one.commitments),
        ):
            rows[name] += [(p, nth, None, row) for nth, row in enumerate(hanging)]
    for name, model in _TABLES.items():
        _copy_in(connection, name, model, rows[name])
        connection.execute(f"create index on {SCHEMA}.{name} (p)")
        connection.execute(f"analyze {SCHEMA}.{name}")
    # Of a ticket's fields the words are the same in every copy.
    connection.execute(f"alter table {SCHEMA}.ticket add fields_words tsvector")
    connection.execute(
        f"update {SCHEMA}.ticket t set fields_words = tickets_words(t.version || ' ' || coalesce(("
        "select string_agg(value, ' ' order by key) from jsonb_each_text(t.answers -> 'fields')), ''))"
    )


def _copy_in(
    connection: Connection,
    name: str,
    model: type[models.Model],
    rows: Iterable[tuple[int, int, UUID | None, models.Model]],
) -> None:
    fields = model._meta.concrete_fields
    columns = sql.SQL(", ").join(
        map(sql.Identifier, ("p", "nth", "tag", *(field.column for field in fields)))
    )
    into = sql.SQL("copy {}.{} ({}) from stdin").format(sql.Identifier(SCHEMA), sql.Identifier(name), columns)
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for p, nth, tag, row in rows:
            values = (getattr(row, field.attname) for field in fields)
            copy.write_row((p, nth, tag, *(Jsonb(one) if isinstance(one, dict) else one for one in values)))


def _clear(connection: Connection) -> None:
    connection.execute("set client_min_messages = warning")
    connection.execute(f"drop schema if exists {SCHEMA} cascade")


# --- texts ------------------------------------------------------------------------------------------


def _write_texts(owner_url: str, plan: _Plan) -> None:
    """Subjects and bodies of both languages with the words that searches read of them, by language, sort and place."""

    def write(language: str) -> None:
        writer = vocabulary.Writer(language, plan.first)
        with _connected(owner_url, plan.vendor_id) as connection, connection.cursor() as cursor:
            cursor.execute("create temporary table raw (sort text, place int, body text)")
            with cursor.copy("copy raw from stdin") as copy:
                for sort, texts in (("s", writer.subjects(plan.subjects)), ("b", writer.bodies(plan.bodies))):
                    for place, body in enumerate(texts):
                        copy.write_row((sort, place, body))
            cursor.execute(
                f"insert into {SCHEMA}.text select %s, sort, place, body,"
                " case sort when 's' then tickets_subject_words(body) else tickets_words(body) end from raw order by sort, place",
                [language],
            )

    with _connected(owner_url, plan.vendor_id) as connection:
        connection.execute(
            f"create unlogged table {SCHEMA}.text (language text, sort text, place int, body text, words tsvector,"
            " primary key (language, sort, place))"
        )
        with futures.ThreadPoolExecutor(CONNECTIONS) as beside:
            list(beside.map(write, vocabulary.LANGUAGES))
        connection.execute(f"analyze {SCHEMA}.text")


# --- copies -----------------------------------------------------------------------------------------

_LANGUAGE = "case when {language} like 'fr%%' then 'fr' else 'en' end"
_CHOSEN = f"""
-- Every fourth subject has a number of its own, as errors and deliveries have.
create temporary table chosen on commit drop as
select g.g, g.p, %(first)s::int + g.g as number, uuidv7() as id, l.language,
    case when r.reference is null then x.body else x.body || ' (' || r.reference || ')' end as subject,
    case when r.reference is null then x.words else tickets_subject_words(x.body || ' (' || r.reference || ')') end as words
from (
    select g, g::bigint * %(buckets)s / %(count)s * {_NEARBY} + mod(hashint4(g)::bigint + 4294967296, {_NEARBY}) as p
    from generate_series(%(low)s::int, %(high)s::int) g
) g
join {SCHEMA}.ticket t on t.p = g.p
cross join lateral (select {_LANGUAGE.format(language="t.language")} as language) l
join {SCHEMA}.text x on x.language = l.language and x.sort = 's'
    and x.place = mod(hashint4(g.g + 1)::bigint + 4294967296, %(subjects)s)
cross join lateral (select case when g.g %% 4 = 0 then
    chr(65 + g.g / 4 %% 26) || chr(65 + g.g / 104 %% 26) || g.g::bigint * 7919 %% 999983 end as reference offset 0) r
order by g.g
"""
# New ids rise with the old ones' order, in which searches and pages read messages of one instant.
_WRITTEN = f"""
create temporary table written on commit drop as
select m.*, uuidv7() as id from (
    select c.g, c.id as ticket_id, t.id as old_id, t.p, t.nth, t.public, {_LANGUAGE.format(language="t.language")} as language,
        mod(hashint4(c.g * 16 + t.nth)::bigint + 4294967296, %(bodies)s) as place
    from chosen c join {SCHEMA}.message t on t.p = c.p order by c.g, t.nth offset 0
) m
"""
_NAMED = f"""
create temporary table decided on commit drop as
select c.g, t.id as old_id, uuidv7() as id from chosen c join {SCHEMA}.verdict t on t.p = c.p
"""
_TEXT = f"{SCHEMA}.text x on x.language = w.language and x.sort = 'b' and x.place = w.place"
_PUBLIC_WORDS = f"""
insert into tickets_publicwords (ticket_id, vendor_id, number, words)
select c.id, t.vendor_id, c.number, c.words || t.fields_words || coalesce(b.words, '')
from chosen c join {SCHEMA}.ticket t on t.p = c.p left join (
    select w.g, {SCHEMA}.joined(x.words order by w.nth) as words from written w join {_TEXT} where w.public group by w.g
) b on b.g = c.g order by c.g
"""
_INTERNAL_WORDS = f"""
insert into tickets_internalwords (ticket_id, vendor_id, number, words)
select c.id, t.vendor_id, c.number, c.words || t.fields_words || b.words
from chosen c join {SCHEMA}.ticket t on t.p = c.p join (
    select w.g, {SCHEMA}.joined(x.words order by w.nth) as words from written w join {_TEXT}
    group by w.g having not bool_and(w.public)
) b on b.g = c.g order by c.g
"""
_TAGGINGS = f"""
insert into tickets_tagging (id, vendor_id, ticket_id, tag_id, tagged_at)
select uuidv7(), t.vendor_id, c.id, t.tag, t.updated_at from chosen c join {SCHEMA}.ticket t on t.p = c.p
where t.tag is not null
"""
_PRESS = (
    "case when t.data ? 'press' then jsonb_set(t.data, '{press}', to_jsonb(pressed.id::text)) else t.data end"
)


def _insert(name: str, changed: dict[str, str], joins: str = "") -> str:
    """The statement that writes one table's rows of the chosen tickets, in the order of their patterns."""
    columns = [field.column for field in _TABLES[name]._meta.concrete_fields]
    chosen = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    return (
        f"insert into {_TABLES[name]._meta.db_table} ({', '.join(columns)}) select {chosen}"
        f" from chosen c join {SCHEMA}.{name} t on t.p = c.p {joins} order by c.g, t.nth"
    )


def _statements() -> tuple[str, ...]:
    hanging = {"id": "uuidv7()", "ticket_id": "c.id"}
    written = "left join written {0} on {0}.g = c.g and {0}.old_id = {1}"
    said = f"join written w on w.g = c.g and w.old_id = t.id join {_TEXT}"
    decided = "left join decided {0} on {0}.g = c.g and {0}.old_id = {1}"
    of_press = written.format("pressed", "(t.data ->> 'press')::uuid")
    events = f"{written.format('m', 't.message_id')} {of_press}"
    return (
        "analyze chosen",
        _WRITTEN,
        "analyze written",
        _NAMED,
        "analyze decided",
        _insert(
            "ticket",
            {"id": "c.id", "number": "c.number", "order_number": "c.number", "subject": "c.subject"},
        ),
        _insert("message", {"id": "w.id", "ticket_id": "c.id", "body": "x.body"}, said),
        _insert("event", {**hanging, "message_id": "m.id", "data": _PRESS}, events),
        _insert(
            "verdict",
            {"id": "v.id", "ticket_id": "c.id", "replaces_id": "r.id"},
            f"{decided.format('v', 't.id')} {decided.format('r', 't.replaces_id')}",
        ),
        _insert("commitment", hanging),
        _PUBLIC_WORDS,
        _INTERNAL_WORDS,
        _TAGGINGS,
    )


def _in_parts(owner_url: str, plan: _Plan, progress: Progress) -> None:
    """Write all tickets, on several connections at once. Stopped, it ends what is begun."""
    parts = iter(range(0, plan.count, TOGETHER))
    guard, stopped = threading.Lock(), threading.Event()
    done = 0

    def work() -> None:
        nonlocal done
        with _connected(owner_url, plan.vendor_id) as connection:
            while not stopped.is_set():
                with guard:
                    low = next(parts, None)
                if low is None:
                    return
                high = min(low + TOGETHER, plan.count)
                _write(connection, plan, low, high)
                with guard:
                    done += high - low
                    progress(done, plan.count)

    with futures.ThreadPoolExecutor(CONNECTIONS) as beside:
        working = [beside.submit(work) for _ in range(CONNECTIONS)]
        try:
            for one in futures.as_completed(working):
                one.result()
        finally:
            stopped.set()


def _write(connection: Connection, plan: _Plan, low: int, high: int) -> None:
    """The tickets from `low` to before `high`, with all that hangs on them."""
    given = {
        "first": plan.first,
        "buckets": plan.patterns // _NEARBY,
        "count": plan.count,
        "low": low,
        "high": high - 1,
        "subjects": plan.subjects,
    }
    with connection.transaction():
        connection.execute(_CHOSEN, given)
        for statement in _statements():
            connection.execute(statement, {"bodies": plan.bodies} if "%(" in statement else None)


# --- indexes of words ---------------------------------------------------------------------------------

_WAITING_KB = 262_144


def _let_wait(connection: Connection, kilobytes: int | None) -> None:
    """How much may wait before it is put into the indexes of words; None: what their model says, and nothing waits any more.

    Put in by the ten thousand, words cost a third of what they cost ticket by ticket.
    """
    for model in (PublicWords, InternalWords):
        for index in model._meta.indexes:
            if isinstance(index, GinIndex):
                kept = index.gin_pending_list_limit if kilobytes is None else kilobytes
                connection.execute(f"alter index {index.name} set (gin_pending_list_limit = {kept})")
                if kilobytes is None:
                    connection.execute("set maintenance_work_mem = '256MB'")
                    connection.execute("select gin_clean_pending_list(%s::regclass)", [index.name])


# --- afterwards -------------------------------------------------------------------------------------


def _number_on(connection: Connection, vendor_id: UUID) -> None:
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


def _rank(owner_url: str, vendor_id: UUID) -> None:
    """Where a customer ranked some of its requests, these take their places among all of them anew."""
    with tenancy.vendor(vendor_id):
        ranked = Ticket.objects.filter(vendor_id=vendor_id, is_open=True).exclude(rank=None)
        customers = set(ranked.values_list("organisation_id", flat=True))
        siblings = list(
            Ticket.objects.filter(vendor_id=vendor_id, is_open=True, organisation_id__in=customers)
        )
        moved = [
            ticket
            for customer in customers
            for ticket in _moved([one for one in siblings if one.organisation_id == customer])
        ]
    with _connected(owner_url, vendor_id) as connection, connection.transaction():
        connection.execute(
            "create temporary table places on commit drop as select id, order_calm, order_severity, order_priority,"
            " order_due, order_number from tickets_ticket with no data"
        )
        with connection.cursor() as cursor, cursor.copy("copy places from stdin") as copy:
            for one in moved:
                copy.write_row(
                    (one.id, one.order_calm, one.order_severity, one.order_priority, one.order_due, one.order_number)
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
        ("tickets_ticket", "tickets_publicwords", "tickets_message", "tickets_verdict", "tickets_internalwords"),
    )

    def tidy(names: tuple[str, ...]) -> None:
        with _connected(owner_url, vendor_id) as connection:
            connection.execute(f"vacuum (analyze) {', '.join(names)}")

    with futures.ThreadPoolExecutor(CONNECTIONS) as beside:
        list(beside.map(tidy, tables))
