"""What state a database is in for the demonstration, and emptying it, which is done to the demonstration's own only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import psycopg
from psycopg import sql

from palier.site.refusals import Refused

_LOCK = 7_255_432_102


class State(StrEnum):
    """What a database holds."""

    EMPTY = "empty"
    UNFINISHED = "unfinished"
    """The demonstration's own, whose filling was interrupted."""
    FILLED = "filled"
    FOREIGN = "foreign"
    """Vendors that the demonstration did not make."""


@contextmanager
def alone(owner_url: str) -> Iterator[Alone]:
    """Be the only demonstration on this database, as long as the block lasts. Refused when another one runs."""
    held = Alone(owner_url)
    try:
        yield held
    finally:
        held.close()


class Alone:
    """That no other demonstration runs on this database: held by a connection, so it ends with us however we end."""

    def __init__(self, owner_url: str) -> None:
        self._owner_url = owner_url
        self._connection = self._taken()

    def keep(self) -> None:
        """Take it again where the database was started anew meanwhile, which is to be asked now and then.

        While the database is away nothing happens. Refused when another demonstration was faster.
        """
        try:
            self._connection.execute("select 1")
        except psycopg.OperationalError:
            self._connection.close()
            with contextlib.suppress(psycopg.OperationalError):
                self._connection = self._taken()

    def close(self) -> None:
        """Let another one run."""
        self._connection.close()

    def _taken(self) -> psycopg.Connection[tuple[object, ...]]:
        connection = psycopg.connect(self._owner_url, autocommit=True)
        row = connection.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if row is None or not row[0]:
            connection.close()
            raise Refused(
                en="the demonstration runs already on this database: use it, or end it there with Ctrl-C first",
                fr="la démonstration tourne déjà sur cette base : utilisez-la, ou arrêtez-la d’abord par Ctrl-C",
            )
        return connection


def state(owner_url: str) -> State:
    """What the database holds, whether or not its tables are there."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        if not _has(connection, "people_vendor"):
            # Not one of our tables: whatever else is in there is somebody else's.
            return State.FOREIGN if _any_table(connection) else State.EMPTY
        vendors = _one(connection, "select count(*), count(*) filter (where demo) from people_vendor")
        mark = None
        if _has(connection, "demo_demonstration"):
            mark = _one(connection, "select finished_at is not null from demo_demonstration")
        if vendors is None or vendors[0] != vendors[1] or (vendors[0] and mark is None):
            return State.FOREIGN
        if mark is None:
            return State.EMPTY
        return State.FILLED if mark[0] else State.UNFINISHED


def empty(owner_url: str) -> None:
    """Take everything out of the demonstration's own database; raises Refused for any other, untouched."""
    found = state(owner_url)
    if found is State.EMPTY:
        return
    if found is State.FOREIGN:
        raise foreign()
    with psycopg.connect(owner_url, autocommit=True) as connection, connection.transaction():
        # The whole schema: tables, functions, types and the job queue's; `database.prepare` and `migrate` make it anew.
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


def foreign() -> Refused:
    """The refusal for a database with anything in it that the demonstration did not make."""
    return Refused(
        en="this database holds vendors that the demonstration did not make: nothing was touched. Give the "
        "demonstration a place of its own: PALIER_DATA=/another/folder palier demo (or another DATABASE_URL)",
        fr="cette base contient des éditeurs que la démonstration n’a pas créés : rien n’a été touché. Donnez-lui "
        "une place à elle : PALIER_DATA=/autre/dossier palier demo (ou un autre DATABASE_URL)",
    )


def _has(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bool:
    row = _one(connection, "select to_regclass({}) is not null", f"public.{table}")
    return row is not None and bool(row[0])


def _any_table(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = _one(
        connection,
        "select exists (select from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p'))",
    )
    return row is not None and bool(row[0])


def _one(
    connection: psycopg.Connection[tuple[object, ...]], query: str, *words: str
) -> tuple[int | bool | None, ...] | None:
    filled = sql.SQL(query).format(*(sql.Literal(word) for word in words))
    return connection.execute(filled).fetchone()  # type: ignore[return-value]
