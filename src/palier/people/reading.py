"""Rows by a written-out condition, for what every page asks: building such a query takes Django longer than the
database takes to answer it, so its text is put together once a process."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models

from palier.people import prepared

M = TypeVar("M", bound=models.Model)


def get(model: type[M], condition: str, params: Sequence[Any], *, locked: bool = False) -> M:
    """The row of a model under `condition`, locked if so asked until the transaction ends. Raises the model's DoesNotExist."""
    found = first(model, condition, params, locked=locked)
    if found is None:
        raise model.DoesNotExist(f"no {model.__name__} where {condition}")  # type: ignore[attr-defined]  # each model's own
    return found


def first(model: type[M], condition: str, params: Sequence[Any], *, locked: bool = False) -> M | None:
    """The first row of a model under `condition`: constant SQL of our own, its values apart as `params`; None without."""
    ending = " limit 1 for no key update" if locked else " limit 1"
    for found in every(model, condition + ending, params):
        return found
    return None


def every(model: type[M], condition: str, params: Sequence[Any]) -> list[M]:
    """The rows of a model under `condition`, to which an order may be added."""
    statement, names, converted = _prepared(model, condition)
    found: list[M] = []
    for row in prepared.rows(statement, params):
        values = list(row)
        for place, expression, convert in converted:
            values[place] = convert(values[place], expression, connection)
        found.append(model.from_db(DEFAULT_DB_ALIAS, names, values))
    return found


@functools.lru_cache(maxsize=256)
def _prepared(
    model: type[models.Model], condition: str
) -> tuple[str, tuple[str, ...], tuple[tuple[int, Any, Any], ...]]:
    fields = model._meta.concrete_fields
    table = model._meta.db_table
    columns = ", ".join(f'"{table}"."{field.column}"' for field in fields)
    converted = tuple(
        (place, field.get_col(table), convert)
        for place, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    )
    names = tuple(field.attname for field in fields)
    return f'select {columns} from "{table}" where {condition}', names, converted  # noqa: S608
