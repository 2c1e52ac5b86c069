"""Only a database that the demonstration began empty and marked is ever emptied."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import conninfo, sql

from palier.demo import marker
from palier.demo.marker import State
from palier.site.refusals import Refused

NAME = "test_palier_demo_marker"
VENDORS = "create table people_vendor (demo boolean not null)"
MARK = "create table demo_demonstration (finished_at timestamptz)"


@pytest.fixture
def owner_url(django_db_setup: None) -> Iterator[str]:
    """An empty database of its own."""
    owner = os.environ["DATABASE_OWNER_URL"]
    administer = conninfo.make_conninfo(owner, dbname="postgres")
    with psycopg.connect(administer, autocommit=True) as connection:
        drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(NAME))
        connection.execute(drop)
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
        yield conninfo.make_conninfo(owner, dbname=NAME)
        connection.execute(drop)


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((), State.EMPTY),
        ((VENDORS, MARK), State.EMPTY),
        ((VENDORS, MARK, "insert into demo_demonstration values (null)"), State.UNFINISHED),
        (
            (VENDORS, MARK, "insert into demo_demonstration values (now())", "insert into people_vendor values (true)"),
            State.FILLED,
        ),
        (("create table accounts (id int)",), State.FOREIGN),
        ((VENDORS, MARK, "insert into people_vendor values (false)"), State.FOREIGN),
        # Somebody marked a vendor as the demonstration's, but it was not the demonstration that began here.
        ((VENDORS, MARK, "insert into people_vendor values (true)"), State.FOREIGN),
        ((VENDORS, "insert into people_vendor values (true)"), State.FOREIGN),
        # A vendor of somebody's own was added to the demonstration's database since.
        (
            (VENDORS, MARK, "insert into demo_demonstration values (now())", "insert into people_vendor values (true), (false)"),
            State.FOREIGN,
        ),
    ],
)  # fmt: skip
def test_state(owner_url: str, statements: tuple[str, ...], expected: State) -> None:
    _run(owner_url, *statements)
    assert marker.state(owner_url) is expected


def test_a_foreign_database_is_refused_and_left_alone(owner_url: str) -> None:
    _run(owner_url, VENDORS, MARK, "insert into people_vendor values (false)")
    with pytest.raises(Refused) as refused:
        marker.empty(owner_url)
    assert "PALIER_DATA" in refused.value.en
    assert "PALIER_DATA" in refused.value.fr
    with psycopg.connect(owner_url) as connection:
        assert connection.execute("select count(*) from people_vendor").fetchone() == (1,)


def test_its_own_is_emptied(owner_url: str) -> None:
    _run(
        owner_url, VENDORS, MARK, "insert into demo_demonstration values (now())", "create type mood as enum ('good')"
    )  # fmt: skip
    marker.empty(owner_url)
    assert marker.state(owner_url) is State.EMPTY
    _run(owner_url, "create type mood as enum ('good')")


def test_one_at_a_time(owner_url: str) -> None:
    with marker.alone(owner_url), pytest.raises(Refused, match="already"), marker.alone(owner_url):
        pass
    with marker.alone(owner_url):
        pass


def _cut(owner_url: str) -> None:
    """End every other connection to the database, as the end of its server does."""
    _run(
        owner_url,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )


def test_alone_still_after_the_database_was_started_anew(owner_url: str) -> None:
    with marker.alone(owner_url) as first:
        _cut(owner_url)
        first.keep()
        with pytest.raises(Refused, match="already"), marker.alone(owner_url):
            pass


def test_who_was_faster_after_that_stays(owner_url: str) -> None:
    with marker.alone(owner_url) as first:
        _cut(owner_url)
        with marker.alone(owner_url), pytest.raises(Refused, match="already"):
            first.keep()


def test_while_the_database_is_away_nobody_gives_up(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with marker.alone(owner_url) as first:
        _cut(owner_url)
        with monkeypatch.context() as away:
            away.setattr(first, "_owner_url", conninfo.make_conninfo(owner_url, host="/nowhere"))
            first.keep()
            first.keep()
        first.keep()
        with pytest.raises(Refused, match="already"), marker.alone(owner_url):
            pass
