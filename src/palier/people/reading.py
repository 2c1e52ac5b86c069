"""Rows by a written-out condition, for what every page asks: building such a query takes Django longer than the
database takes to answer it, so its text is put together once a process."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState

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
    statement, shape = _prepared(model, condition)
    return [shape.made(row) for row in prepared.rows(statement, params)]


def joined(
    aliases: tuple[tuple[str, type[models.Model]], ...], rest: str, params: Sequence[Any], *, also: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of several models side by side: `rest` is all from `from` on, and names each model by its alias.

    A tuple a row: an instance for each alias, None where an outer join found none, then the columns of `also`. One
    question instead of one for each model: prepared, its joins are planned once a connection.
    """
    statement, shapes = _side_by_side(aliases, rest, also)
    found: list[tuple[Any, ...]] = []
    for row in prepared.rows(statement, params):
        made: list[Any] = []
        place = 0
        for shape, key in shapes:
            after = place + len(shape.names)
            made.append(None if row[place + key] is None else shape.made(row[place:after]))
            place = after
        found.append((*made, *row[place:]))
    return found


class _Shape:
    """How a model's row is read: its columns in their order, and those that the database gives otherwise than the model."""

    __slots__ = ("_converted", "_model", "columns", "key", "names")

    def __init__(self, model: type[models.Model], alias: str) -> None:
        fields = model._meta.concrete_fields
        self._model = model
        self.names = tuple(field.attname for field in fields)
        self.key = next(place for place, field in enumerate(fields) if field.primary_key)
        self.columns = ", ".join(f'"{alias}"."{field.column}"' for field in fields)
        self._converted: tuple[tuple[int, Any, Any], ...] = tuple(
            (place, field.get_col(model._meta.db_table), convert)
            for place, field in enumerate(fields)
            for convert in field.get_db_converters(connection)
        )

    def made(self, row: Sequence[Any]) -> Any:
        """The instance of a row of these columns."""
        values: Sequence[Any] = row
        if self._converted:
            values = list(row)
            for place, expression, convert in self._converted:
                values[place] = convert(values[place], expression, connection)
        # As Django's `from_db`, without going through each field: no model here has any that does something when it is set.
        found: Any = self._model.__new__(self._model)
        found._state = state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        found.__dict__.update(zip(self.names, values, strict=True))
        return found


@functools.lru_cache(maxsize=256)
def _prepared(model: type[models.Model], condition: str) -> tuple[str, _Shape]:
    table = model._meta.db_table
    shape = _Shape(model, table)
    return f'select {shape.columns} from "{table}" where {condition}', shape  # noqa: S608


@functools.lru_cache(maxsize=512)
def _side_by_side(
    aliases: tuple[tuple[str, type[models.Model]], ...], rest: str, also: str
) -> tuple[str, tuple[tuple[_Shape, int], ...]]:
    shapes = tuple(_Shape(model, alias) for alias, model in aliases)
    columns = ", ".join([*(shape.columns for shape in shapes), *([also] if also else [])])
    return f"select {columns} {rest}", tuple((shape, shape.key) for shape in shapes)
