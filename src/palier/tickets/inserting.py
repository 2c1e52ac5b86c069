"""Many rows of several tables written in one round trip.

Opening a request writes five tables while the vendor's numbering is locked: each trip to the database that is saved lets
the next opening begin sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import sql


def insert(*groups: Sequence[models.Model]) -> None:
    """Insert these rows, in the order given; each group holds rows of one table. An empty group is left out."""
    # The connection itself: its stand-in looks the connection up at every attribute, thousands of times here.
    connection = connections[DEFAULT_DB_ALIAS]
    statements: list[str] = []
    params: list[Any] = []
    for rows in groups:
        if not rows:
            continue
        model = type(rows[0])
        query = sql.InsertQuery(model)
        query.insert_values(model._meta.concrete_fields, list(rows), raw=False)
        compiler = query.get_compiler(connection=connection)
        for statement, given in compiler.as_sql():
            statements.append(statement)
            params += given
    if not statements:
        return
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements), params)
    for rows in groups:
        for row in rows:
            row._state.adding = False
            row._state.db = connection.alias
