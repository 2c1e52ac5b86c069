"""Statements written out and kept ready: the database takes each apart and plans it once a connection, then only runs it.

For what every page and every request asks. Planning a small question costs the database several times its answer, and
building it costs Django more again. Values travel beside the text, which is therefore constant: never put one into it.
A plan is made for any values, so this is for questions answered through a key; where the best plan depends on the
values (the queue), ask through `connection.cursor()`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


class _Cursor(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor that prepares at once what it executes; Django's own never prepare (`prepare_threshold` None)."""

    binary = False

    def execute(self, query: Any, params: Any = None, **_given: Any) -> _Cursor:
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, prepare=True, binary=self.binary)
        finally:
            self.connection.prepare_threshold = None


class _BinaryCursor(_Cursor):
    """The same, answered in binary: many instants and ids are then read in a fraction of the time."""

    binary = True


def rows(statement: str, params: Sequence[Any], *, binary: bool = False) -> list[tuple[Any, ...]]:
    """The rows a statement answers, in the running transaction.

    `binary` for many rows of text, numbers, instants and ids. Not for a JSON column of a model, which Django reads as text.
    """
    with _cursor(_BinaryCursor if binary else _Cursor) as cursor:
        cursor.execute(statement, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def row(statement: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first of them; None without any."""
    with _cursor() as cursor:
        cursor.execute(statement, params)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def run(statement: str, params: Sequence[Any]) -> None:
    """Run a statement that answers nothing."""
    with _cursor() as cursor:
        cursor.execute(statement, params)


def _cursor(kind: type[_Cursor] = _Cursor) -> Any:
    """Inside Django's own: errors, broken transactions and listeners are its business as anywhere else."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    # As Django's own cursors do: a connection kept from an earlier request may have died with the database.
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    wrap: Any = wrapper.make_debug_cursor if wrapper.queries_logged else wrapper.make_cursor
    return wrap(kind(wrapper.connection))
