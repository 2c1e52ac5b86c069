"""``postgresql://…`` addresses as Django's settings."""

from __future__ import annotations

from typing import Any

import psycopg.conninfo

from palier.site.environment import BadEnvironment

_FIELDS = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}


def parsed(url: str) -> dict[str, Any]:
    """The entry of ``DATABASES`` for ``url``; parameters after ``?`` become libpq options."""
    try:
        given = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise BadEnvironment(
            en=f"a database address cannot be read: {error}",
            fr=f"une adresse de base de données est illisible : {error}",
        ) from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{field: str(given[key]) for key, field in _FIELDS.items() if given.get(key) is not None},
        "OPTIONS": {key: value for key, value in given.items() if key not in _FIELDS},
        # One connection a thread, kept; asked whether it still lives before each request.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
