"""Many rows of several tables written in one round trip.

Opening a request writes five tables while the vendor's numbering is locked: each trip to the database that is saved lets
the next opening begin sooner.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


def insert(*groups: Sequence[models.Model]) -> None:
    """Insert these rows, in the order given; each group holds rows of one table. An empty group is left out."""
    # The connection itself: its stand-in looks the connection up at every attribute, thousands of times here.
    connection = connections[DEFAULT_DB_ALIAS]
    groups = tuple(rows for rows in groups if rows)
    if not groups:
        return
    with connection.cursor() as cursor:
        # Each statement is filled in by itself: its text is then one of few, which the driver takes apart only once.
        cursor.execute(
            "; ".join(
                cursor.mogrify(
                    _statement(type(rows[0]), len(rows)),
                    [
                        field.get_db_prep_save(field.pre_save(row, True), connection)
                        for row in rows
                        for field in row._meta.concrete_fields
                    ],
                )
                for rows in groups
            )
        )
    for rows in groups:
        for row in rows:
            row._state.adding = False
            row._state.db = connection.alias


@functools.lru_cache(maxsize=256)
def _statement(model: type[models.Model], count: int) -> str:
    fields: tuple[Any, ...] = model._meta.concrete_fields
    strange = [field.name for field in fields if hasattr(field, "get_placeholder")]
    if strange:
        raise TypeError(
            f"{model.__name__}.{strange[0]} is not written as it stands: use Django's bulk_create"
        )
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    return f'insert into "{model._meta.db_table}" ({columns}) values {", ".join([places] * count)}'  # noqa: S608
