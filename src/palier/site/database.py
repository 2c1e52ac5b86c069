"""The database: started, created, migrated, and checked for what it must never allow.

Two roles: the owner creates and migrates; ``palier_app`` serves, bound by row-level security. Works on the embedded
PostgreSQL 18 and on any server from 15 on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from psycopg import conninfo, sql

from palier.people import tenancy
from palier.site import database_urls, postgres, postgres_watch, tables
from palier.site.environment import BadEnvironment, Environment
from palier.site.refusals import Refused

EXTENSIONS = ("unaccent", "pg_trgm", "btree_gin")
OLDEST = 150_000
# Tables with a vendor_id that are read before the vendor is known.
NOT_TENANT_OWNED = frozenset({"people_vendorhost"})
_MIGRATION_LOCK = 7_255_432_101


class UnsafeDatabase(Refused):
    """The database would let one vendor see another's data."""


@contextmanager
def available(environment: Environment) -> Iterator[tuple[str, str | None]]:
    """Yield ``(DATABASE_URL, DATABASE_OWNER_URL)``, set in the process's environment; starts our server if need be.

    To be entered before Django is set up. The embedded server is started again if it dies meanwhile; the last process
    to leave stops it.
    """
    if environment.database_url is not None:
        yield environment.database_url, environment.owner_url
        return
    with postgres.Server(environment.data) as server, postgres_watch.watched(server):
        app, owner = postgres.urls(server)
        os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = app, owner
        yield app, owner


def prepare(owner_url: str, app_url: str) -> None:
    """Create what is missing: the role ``palier_app``, the database, its extensions and the rights of the role."""
    owner, app = conninfo.conninfo_to_dict(owner_url), conninfo.conninfo_to_dict(app_url)
    if app.get("user") != tenancy.APP_ROLE:
        raise BadEnvironment(
            en=f"DATABASE_URL connects as {app.get('user')}; the application's role is {tenancy.APP_ROLE}",
            fr=f"DATABASE_URL se connecte en tant que {app.get('user')} ; le rôle de l’application est "
            f"{tenancy.APP_ROLE}",
        )
    if (owner.get("host"), owner.get("port"), owner.get("dbname")) != (
        app.get("host"), app.get("port"), app.get("dbname"),
    ):  # fmt: skip
        raise BadEnvironment(
            en="DATABASE_URL and DATABASE_OWNER_URL name two databases: they differ only in user and password",
            fr="DATABASE_URL et DATABASE_OWNER_URL désignent deux bases : elles ne diffèrent que par "
            "l’utilisateur et le mot de passe",
        )
    name = str(owner["dbname"])
    _create_database(owner_url, name)
    with _connected(owner_url) as connection:
        _refuse_server(connection)
        connection.execute("select pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        _create_role(connection, password=app.get("password"))
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
        role = sql.Identifier(tenancy.APP_ROLE)
        for statement in (
            "revoke create on schema public from public",
            "grant usage on schema public to {role}",
            # What migrations create from here on; an append-only table then takes update and delete away again.
            "alter default privileges in schema public grant select, insert, update, delete on tables to {role}",
            "alter default privileges in schema public grant usage, select on sequences to {role}",
        ):
            connection.execute(sql.SQL(statement).format(role=role))


def _connected(url: str, **changes: Any) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(conninfo.make_conninfo(url, **changes), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Refused(
            en=f"the database does not answer: {error}",
            fr=f"la base de données ne répond pas : {error}",
        ) from error


def _create_database(owner_url: str, name: str) -> None:
    try:
        psycopg.connect(owner_url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        if f'database "{name}" does not exist' not in str(error):
            raise Refused(
                en=f"the database does not answer: {error}",
                fr=f"la base de données ne répond pas : {error}",
            ) from error
        with _connected(owner_url, dbname="postgres") as connection:
            try:
                connection.execute(
                    sql.SQL("create database {} encoding 'UTF8' template template0").format(
                        sql.Identifier(name)
                    )
                )
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # another process was faster


def _refuse_server(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < OLDEST:
        found = connection.info.parameter_status("server_version")
        raise Refused(
            en=f"PostgreSQL {found} is too old: 15 or newer", fr=f"PostgreSQL {found} : 15 au moins"
        )
    if connection.info.parameter_status("server_encoding") != "UTF8":
        raise Refused(
            en="the database is not encoded in UTF8: create it with encoding 'UTF8'",
            fr="la base n’est pas encodée en UTF8 : créez-la avec encoding 'UTF8'",
        )


def _create_role(connection: psycopg.Connection[Any], *, password: object) -> None:
    known = connection.execute("select 1 from pg_roles where rolname = %s", [tenancy.APP_ROLE]).fetchone()
    if known:
        return
    statement = sql.SQL(
        "create role {} login nosuperuser nobypassrls nocreatedb nocreaterole noreplication"
    ).format(sql.Identifier(tenancy.APP_ROLE))
    if password:
        statement += sql.SQL(" password {}").format(sql.Literal(str(password)))
    try:
        connection.execute(statement)
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return  # roles belong to the whole server: another database's preparation was faster


@contextmanager
def as_owner() -> Iterator[BaseDatabaseWrapper]:
    """In this thread, let Django's default connection be the owner's. For migrations and tests' cleaning up only."""
    if not settings.DATABASE_OWNER_URL:
        raise Refused(
            en="migrating needs the owner of the tables: set DATABASE_OWNER_URL",
            fr="migrer demande le propriétaire des tables : renseignez DATABASE_OWNER_URL",
        )
    serving = connections[DEFAULT_DB_ALIAS]
    # Another wrapper, not another setting: threads share the settings, and theirs must stay palier_app's.
    entry = {**serving.settings_dict, **database_urls.parsed(settings.DATABASE_OWNER_URL)}
    owner = type(serving)({**entry, "NAME": serving.settings_dict["NAME"]}, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = owner
    try:
        yield owner
    finally:
        owner.close()
        connections[DEFAULT_DB_ALIAS] = serving


def migrate() -> None:
    """Bring the tables up to date as their owner, one process at a time, then give ``palier_app`` its rights."""
    with as_owner() as connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        tables.bring_up_to_date(connection)
        call_command("createcachetable", verbosity=0)
        _grant(connection)
        cursor.execute("select pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def _grant(connection: BaseDatabaseWrapper) -> None:
    """Rights on tables that were there before the default privileges were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, exists (select from pg_trigger t where t.tgrelid = c.oid and"
            " t.tgname = 'palier_append_only') from pg_class c where c.relnamespace = 'public'::regnamespace"
            " and c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'member')"
        )
        for table, append_only in cursor.fetchall():
            name = connection.ops.quote_name(table)
            rights = "select, insert" if append_only else "select, insert, update, delete"
            if table == "django_migrations":
                rights = "select"
                cursor.execute(f"revoke insert, update, delete on {name} from {tenancy.APP_ROLE}")
            cursor.execute(f"grant {rights} on {name} to {tenancy.APP_ROLE}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {tenancy.APP_ROLE}")


def unapplied() -> list[str]:
    """The migrations that the tables still lack, as ``app.name``."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def open_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables with a ``vendor_id`` on which row-level security is not both enabled and forced."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'vendor_id'"
            " and not a.attisdropped and not (c.relrowsecurity and c.relforcerowsecurity) order by c.relname"
        )
        return [table for (table,) in cursor.fetchall() if table not in NOT_TENANT_OWNED]


def verify_app_role(connection: BaseDatabaseWrapper) -> None:
    """Raise ``UnsafeDatabase`` if this connection could get around row-level security.

    That is: as superuser, with BYPASSRLS, as owner of a table (or a member of the owner), or by a table which carries
    ``vendor_id`` and is not closed. Both the session's role and the current one are looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole, exists (select from pg_class c"
            " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
            " and pg_has_role(r.oid, c.relowner, 'member')) from pg_roles r"
            " where r.rolname in (current_user, session_user)"
        )
        for name, superuser, bypasses, creates_roles, owns in cursor.fetchall():
            for is_so, en, fr in (
                (superuser, "is a superuser", "est superutilisateur"),
                (bypasses, "has BYPASSRLS", "a l’attribut BYPASSRLS"),
                (creates_roles, "may create roles", "peut créer des rôles"),
                (owns, "owns tables", "possède des tables"),
            ):
                if is_so:
                    raise UnsafeDatabase(
                        en=f"not started: the database role {name} {en}, so one vendor could see another's data; "
                        f"let DATABASE_URL connect as {tenancy.APP_ROLE}",
                        fr=f"démarrage refusé : le rôle {name} {fr}, un éditeur pourrait voir les données d’un "
                        f"autre ; DATABASE_URL doit se connecter en tant que {tenancy.APP_ROLE}",
                    )
    if tables := open_tables(connection):
        raise UnsafeDatabase(
            en=f"not started: row-level security is off on {', '.join(tables)}; run `palier migrate`",
            fr=f"démarrage refusé : la sécurité par ligne est coupée sur {', '.join(tables)} ; "
            "lancez `palier migrate`",
        )


def verify() -> None:
    """What every command that serves asks before it begins: a database that answers, a safe role, tables up to date."""
    try:
        connections[DEFAULT_DB_ALIAS].ensure_connection()
    except OperationalError as error:
        raise Refused(
            en=f"the database does not answer: {error}",
            fr=f"la base de données ne répond pas : {error}",
        ) from error
    verify_app_role(connections[DEFAULT_DB_ALIAS])
    if missing := unapplied():
        raise Refused(
            en=f"the tables are not up to date ({len(missing)} migrations, first {missing[0]}): run `palier migrate`",
            fr=f"les tables ne sont pas à jour ({len(missing)} migrations, d’abord {missing[0]}) : "
            "lancez `palier migrate`",
        )
