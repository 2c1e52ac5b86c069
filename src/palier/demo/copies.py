# ruff: noqa: S608 - our own tables and our own text
"""Tickets made of patterns inside the database: the tables the patterns lie in, the texts, and the statements that copy.

Triggers rest on these connections; the words that searches read are written here for all rows at once, joined from the
words of each text, as the triggers would join them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import models
from psycopg import sql
from psycopg.types.json import Jsonb

from palier.demo import patterns, vocabulary
from palier.site.refusals import Refused
from palier.tickets.models import CommitmentRow, Event, Message, Ticket, Verdict

CONNECTIONS = 2
NEARBY = 50
"""Tickets that came about the same time take turns among so many patterns."""
SCHEMA = "demo_scale"
_TABLES = {
    "ticket": Ticket,
    "message": Message,
    "event": Event,
    "verdict": Verdict,
    "commitment": CommitmentRow,
}

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be written: numbers from `first` on, of so many patterns, with so many texts of each sort a language."""

    vendor_id: UUID
    first: int
    count: int
    patterns: int
    subjects: int
    bodies: int


@contextmanager
def connected(owner_url: str, vendor_id: UUID) -> Iterator[Connection]:
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
        for setting in (
            "synchronous_commit = off",
            "wal_compression = off",
            "jit = off",
            "work_mem = '128MB'",
        ):
            connection.execute(f"set {setting}")
        connection.execute("select set_config('palier.vendor', %s, false)", [str(vendor_id)])
        yield connection


# --- patterns in tables -----------------------------------------------------------------------------


def lay_out(connection: Connection, made: Sequence[patterns.Pattern]) -> None:
    """The patterns in tables that look like the real ones, each row with the pattern's place and its own among its like."""
    clear(connection)
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
    names = ("p", "nth", "tag", *(_column(field) for field in fields))
    columns = sql.SQL(", ").join([sql.Identifier(one) for one in names])
    into = sql.SQL("copy {}.{} ({}) from stdin").format(sql.Identifier(SCHEMA), sql.Identifier(name), columns)
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for p, nth, tag, row in rows:
            values = (getattr(row, field.attname) for field in fields)
            copy.write_row((p, nth, tag, *(Jsonb(one) if isinstance(one, dict) else one for one in values)))


def _column(field: models.Field[Any, Any]) -> str:
    if field.column is None:
        raise TypeError(f"{field} is no column")
    return field.column


def clear(connection: Connection) -> None:
    """Take the patterns' tables away, those of an interrupted run too."""
    connection.execute("set client_min_messages = warning")
    connection.execute(f"drop schema if exists {SCHEMA} cascade")


# --- texts ------------------------------------------------------------------------------------------


def write_texts(owner_url: str, plan: Plan) -> None:
    """Subjects and bodies of both languages with the words that searches read of them, by language, sort and place."""

    def write_in(language: str) -> None:
        writer = vocabulary.Writer(language, plan.first)
        with connected(owner_url, plan.vendor_id) as connection, connection.cursor() as cursor:
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

    with connected(owner_url, plan.vendor_id) as connection:
        connection.execute(
            f"create unlogged table {SCHEMA}.text (language text, sort text, place int, body text, words tsvector,"
            " primary key (language, sort, place))"
        )
        with futures.ThreadPoolExecutor(CONNECTIONS) as beside:
            list(beside.map(write_in, vocabulary.LANGUAGES))
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
    select g, g::bigint * %(buckets)s / %(count)s * {NEARBY} + mod(hashint4(g)::bigint + 4294967296, {NEARBY}) as p
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
    columns = [_column(field) for field in _TABLES[name]._meta.concrete_fields]
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
        _NAMED,
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


def write(connection: Connection, plan: Plan, low: int, high: int) -> None:
    """The tickets from `low` to before `high`, with all that hangs on them."""
    given = {
        "first": plan.first,
        "buckets": plan.patterns // NEARBY,
        "count": plan.count,
        "low": low,
        "high": high - 1,
        "subjects": plan.subjects,
    }
    with connection.transaction():
        connection.execute(_CHOSEN, given)
        for statement in _statements():
            connection.execute(statement, {"bodies": plan.bodies} if "%(" in statement else None)
