"""Many rows of several tables written in one round trip.

Opening a request writes five tables while the vendor's numbering is locked: each trip to the database that is saved lets
the next opening begin sooner. The rows go as JSON, one list a table, so that the statement is the same however many
there are, and the database has it ready.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models

from palier.people import prepared


def insert(*groups: Sequence[models.Model]) -> None:
    """Insert these rows; each group holds rows of one table. An empty group is left out."""
    groups = tuple(rows for rows in groups if rows)
    if not groups:
        return
    tables = tuple(type(rows[0]) for rows in groups)
    prepared.run(_statement(tables), [_as_json(rows) for rows in groups])
    for rows in groups:
        for row in rows:
            row._state.adding = False
            row._state.db = DEFAULT_DB_ALIAS


def rewrite(rows: Sequence[models.Model], names: tuple[str, ...]) -> None:
    """Write these columns of rows of one table anew, in one statement; each row is found by its vendor and id."""
    if rows:
        prepared.run(_rewriting(type(rows[0]), names), [_some_as_json(rows, names)])


def _some_as_json(rows: Sequence[models.Model], names: tuple[str, ...]) -> str:
    wanted = {"vendor_id", "id", *names}
    fields = [(name, column) for name, column in _fields(type(rows[0])) if name in wanted]
    return _encoder.encode([{column: getattr(row, name) for name, column in fields} for row in rows])


@functools.lru_cache(maxsize=64)
def _rewriting(model: type[models.Model], names: tuple[str, ...]) -> str:
    table, columns = model._meta.db_table, dict(_fields(model))
    changed = ", ".join(f'"{columns[name]}" = r."{columns[name]}"' for name in names)
    return (
        f'update "{table}" t set {changed} from json_populate_recordset(null::"{table}", %s) r'  # noqa: S608 (our own names)
        " where t.vendor_id = r.vendor_id and t.id = r.id"
    )


def _as_json(rows: Sequence[models.Model]) -> str:
    fields = _fields(type(rows[0]))
    return _encoder.encode([{column: getattr(row, name) for name, column in fields} for row in rows])


def _plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(f"{value!r} is not written as it stands: use Django's bulk_create")


_encoder = json.JSONEncoder(default=_plain, ensure_ascii=False, allow_nan=False, check_circular=False)


@functools.lru_cache(maxsize=256)
def _fields(model: type[models.Model]) -> tuple[tuple[str, str], ...]:
    """(attribute, column) of each column. Only Django's own fields, whose values JSON holds as they stand."""
    found: list[tuple[str, str]] = []
    for field in model._meta.concrete_fields:
        named: Any = field
        ours = type(field).__module__.startswith("django.db.models.fields")
        if not ours or field.generated or getattr(field, "auto_now", False):
            raise TypeError(
                f"{model.__name__}.{field.name} is not written as it stands: use Django's bulk_create"
            )
        found.append((named.attname, named.column))
    return tuple(found)


@functools.lru_cache(maxsize=256)
def _statement(tables: tuple[type[models.Model], ...]) -> str:
    written = [
        f'into{n} as (insert into "{table}" ({columns}) select {columns}'  # noqa: S608 (our own names)
        f' from json_populate_recordset(null::"{table}", %s))'
        for n, (table, columns) in enumerate((model._meta.db_table, _columns(model)) for model in tables)
    ]
    return f"with {', '.join(written)} select"


def _columns(model: type[models.Model]) -> str:
    return ", ".join(f'"{column}"' for _, column in _fields(model))
