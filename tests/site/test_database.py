"""The roles, what may start, and how the owner's tables come to be."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg import conninfo, sql

from palier.people import tenancy
from palier.site import database, environment
from palier.site.refusals import Refused

OWNER = "DATABASE_OWNER_URL"


def test_the_application_is_palier_app_and_may_start(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_user, session_user")
        assert cursor.fetchone() == (tenancy.APP_ROLE, tenancy.APP_ROLE)
    database.verify()


def test_every_table_with_a_vendor_is_closed(db: None) -> None:
    assert database.open_tables(connection) == []


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (n integer)",
        "create role other",
        "delete from django_migrations",
        "alter table people_user disable row level security",
        "set role palier",
        "truncate people_vendor",
    ],
)
def test_what_the_application_may_not_do(db: None, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def as_owner(statement: str) -> None:
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def stranger(db: None) -> Iterator[str]:
    """A role of the same server that a test may spoil; its name, for roles are shared by all test processes."""
    name = f"stranger_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    as_owner(f"create role {name} login")
    yield name
    as_owner(f"drop table if exists strange; drop role {name}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("alter role {0} superuser", "is a superuser"),
        ("alter role {0} bypassrls", "has BYPASSRLS"),
        ("alter role {0} createrole", "may create roles"),
        ("create table strange (n integer); alter table strange owner to {0}", "owns tables"),
    ],
)
def test_a_role_that_could_look_over_the_wall_may_not_start(stranger: str, spoil: str, said: str) -> None:
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(spoil.format(stranger))
        # Both ways: as the session's role, and as the one it only plays.
        cursor.execute(f"set session authorization {stranger}")
        with pytest.raises(database.UnsafeDatabase, match=said) as refused:
            database.verify_app_role(owner)
        assert stranger in refused.value.fr


@pytest.mark.django_db(transaction=True)
def test_a_superuser_who_only_plays_the_application_may_not_start() -> None:
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(f"set role {tenancy.APP_ROLE}")
        with pytest.raises(database.UnsafeDatabase, match=r"superuser|owns tables"):
            database.verify_app_role(owner)


@pytest.mark.django_db(transaction=True)
def test_a_table_left_open_may_not_start() -> None:
    as_owner("create table left_open (vendor_id uuid)")
    try:
        with pytest.raises(database.UnsafeDatabase, match="left_open"):
            database.verify_app_role(connection)
    finally:
        as_owner("drop table left_open")


@pytest.mark.django_db(transaction=True)
def test_missing_migrations_may_not_start() -> None:
    as_owner("update django_migrations set app = 'unheard' where app = 'usersessions'")
    try:
        with pytest.raises(Refused, match=r"usersessions\.0001"):
            database.verify()
    finally:
        as_owner("update django_migrations set app = 'usersessions' where app = 'unheard'")


def test_migrating_needs_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATABASE_OWNER_URL", None)
    with pytest.raises(Refused, match=OWNER):
        database.migrate()


@pytest.mark.django_db(transaction=True)
def test_preparing_again_changes_nothing_and_migrating_again_neither() -> None:
    database.prepare(os.environ[OWNER], os.environ["DATABASE_URL"])
    database.migrate()
    database.verify()


@pytest.mark.django_db(transaction=True)
def test_a_database_is_made_with_its_extensions() -> None:
    name = str(conninfo.conninfo_to_dict(os.environ[OWNER])["dbname"])
    owner, app = (os.environ[url].replace(name, f"{name}_made") for url in (OWNER, "DATABASE_URL"))
    try:
        database.prepare(owner, app)
        with psycopg.connect(owner) as made:
            found = {name for (name,) in made.execute("select extname from pg_extension").fetchall()}
        assert found >= set(database.EXTENSIONS)
    finally:
        with psycopg.connect(conninfo.make_conninfo(owner, dbname="postgres"), autocommit=True) as server:
            server.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(f"{name}_made"))
            )


@pytest.mark.parametrize(
    ("owner", "app", "said"),
    [
        ("postgresql://o@h/d", "postgresql://web@h/d", "application's role is palier_app"),
        ("postgresql://o@h/d", "postgresql://palier_app@h/other", "two databases"),
        ("postgresql://o@h:5433/d", "postgresql://palier_app@h/d", "two databases"),
    ],
)
def test_addresses_that_do_not_fit_together(owner: str, app: str, said: str) -> None:
    with pytest.raises(environment.BadEnvironment, match=said):
        database.prepare(owner, app)


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    owner, app = (f"postgresql://{user}@/d?host={tmp_path}" for user in ("o", "palier_app"))
    with pytest.raises(Refused, match="does not answer"):
        database.prepare(owner, app)


@pytest.mark.django_db
def test_a_server_that_went_away_is_said_by_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", fail)
    with pytest.raises(Refused, match="the database does not answer: connection refused"):
        database.verify()


def test_a_given_database_is_used_as_it_is() -> None:
    given = environment.read({"DATABASE_URL": "postgresql://palier_app@h/d"})
    with database.available(given) as urls:
        assert urls == ("postgresql://palier_app@h/d", None)


def test_without_one_our_own_server_is_started_and_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o711)
    for name in ("DATABASE_URL", OWNER):
        monkeypatch.setenv(name, "to be replaced")
    try:
        with database.available(environment.read({"PALIER_DATA": str(folder / "data")})) as (app, owner):
            assert (os.environ["DATABASE_URL"], os.environ[OWNER]) == (app, owner)
            assert owner is not None
            database.prepare(owner, app)
            with psycopg.connect(app) as connected:
                assert connected.info.user == tenancy.APP_ROLE
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(app)
    finally:
        shutil.rmtree(folder)
