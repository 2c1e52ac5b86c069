"""One PostgreSQL for the whole run, started when the first test needs it, and Django only where it is used.

Tests of the pure packages (``tests/core``, ``tests/programme``) start neither. Everything else connects as
``palier_app``, as the service does; only migrations and the cleaning up after ``transaction=True`` run as owner.

``DATABASE_URL`` and ``DATABASE_OWNER_URL`` may name another server: its databases ``test_palier_…`` are used.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from uuid import UUID

    from palier.people.models import Vendor

zoneinfo.reset_tzpath(to=())

# A busy machine is slow, not wrong: no property fails for the time it took.
settings.register_profile("palier", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("palier")

HERE = Path(__file__).parent
PURE = frozenset({"core", "programme"})
DATA = "PALIER_TEST_DATA"
FORGOTTEN_S = 6 * 3600
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_made: list[str] = []
_ours: list[Path] = []


def pytest_configure(config: pytest.Config) -> None:
    """Name one data folder for all processes of the run; the process that named it removes it."""
    if DATA not in os.environ:
        _bury_the_dead()
        # Short: the path of a socket has 107 bytes. Open to walk through: as root the server is another user.
        folder = tempfile.mkdtemp(prefix="palier-test-")
        os.chmod(folder, 0o711)
        os.environ[DATA] = folder
        _made.append(folder)
    for name in ("PALIER_SECRET_KEY", "PALIER_DEMO", "PALIER_DEBUG", "PALIER_MAIL", "PALIER_BEHIND_PROXY"):
        os.environ.pop(name, None)


def _bury_the_dead() -> None:
    """Stop the servers of runs that were killed hours ago, and remove their folders."""
    for folder in Path(tempfile.gettempdir()).glob("palier-test-*"):
        # A server that nobody uses, of our own, long after its run began: no run that lives looks like this.
        if folder.stat().st_uid == os.geteuid() and time.time() - folder.stat().st_mtime > FORGOTTEN_S:
            if (folder / "db" / "pg18" / "postmaster.pid").exists():
                from palier.site import postgres

                if not postgres.Server(folder / "db").start().stop():
                    continue
            shutil.rmtree(folder, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's data."""
    for folder in _made:
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop(DATA, None)
    _made.clear()


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Set Django up before the first module is imported that may import models; not for one that is only seen."""
    if isinstance(collector, pytest.Module):
        inside = collector.path.is_relative_to(HERE)
        if not (inside and collector.path.relative_to(HERE).parts[0] in PURE):
            _set_django_up(collector.config)


def _set_django_up(config: pytest.Config) -> None:
    from django.apps import apps

    if apps.ready:
        return
    data = Path(os.environ[DATA])
    os.environ["PALIER_DATA"] = str(data)
    (data / "static").mkdir(exist_ok=True)
    os.environ["PALIER_VENDOR_PATHS"] = os.environ["PALIER_PLAIN_HTTP"] = "yes"
    os.environ["PALIER_SECRET_KEY"] = "only the tests know this key, 0123456789 abcdefghij"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_palier_{worker}"
    if "DATABASE_URL" in os.environ:
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ[variable] = _renamed(os.environ[variable], name)
    else:
        from palier.site import postgres

        _ours.append(data / "db")
        app, owner = postgres.urls(postgres.Server(_ours[0]), name)
        os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = app, owner
    os.environ["DJANGO_SETTINGS_MODULE"] = "palier.site.settings"

    import django
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Nothing is collected for tests: files are served from where they lie, under their plain names.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_USE_FINDERS = True
    django.setup()

    from pytest_django.plugin import blocking_manager_key

    # What pytest-django does itself where Django is set up before it: no test reaches the database unasked.
    config.stash[blocking_manager_key].block()


def _renamed(url: str, database: str) -> str:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", "", "")) + query


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Nothing: the name of the database already has the worker's in it."""


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A fresh database, prepared and migrated by its owner, for the tests of this process."""
    from django.db import connections
    from django.test import TransactionTestCase

    from palier.site import database, postgres

    # Several processes share the server; the last to leave stops it. Nothing here need outlive a power cut.
    quick = {"fsync": "off", "synchronous_commit": "off", "shared_buffers": "128MB"}
    app, owner = os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]
    servers = [postgres.Server(folder, quick).start() for folder in _ours]
    with django_db_blocker.unblock():
        _drop(owner)
        database.prepare(owner, app)
        database.migrate()
    TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    _drop(owner)
    for server in servers:
        server.stop()


def _drop(owner_url: str) -> None:
    import psycopg
    from psycopg import conninfo, sql

    name = str(conninfo.conninfo_to_dict(owner_url)["dbname"])
    with psycopg.connect(conninfo.make_conninfo(owner_url, dbname="postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _empty_tables(case: Any) -> None:
    """After a test with real transactions: empty every table, append-only ones too, which only the owner can.

    Only what holds rows is emptied, row by row: a new file for each of a hundred tables takes longer than most tests.
    """
    from palier.site import database

    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind in ('r', 'p') and not relispartition"
            " and relname not in ('django_migrations', 'django_content_type', 'auth_permission')"
        )
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute("select " + ", ".join(f"exists (select from {table})" for table in tables))
        filled = [table for table, has_rows in zip(tables, cursor.fetchone(), strict=True) if has_rows]
        # No trigger runs, neither those that refuse nor those of foreign keys.
        cursor.execute("set session_replication_role = replica")
        cursor.execute("; ".join(f"delete from {table}" for table in filled) or "select")


@pytest.fixture
def vendor(db: None) -> Vendor:
    """A vendor called Acme, reached under ``/acme/`` (any host) and under the host name ``acme.example``."""
    from datetime import UTC, datetime

    from palier.people.models import Vendor, VendorHost

    made = Vendor.objects.create(
        slug="acme",
        name="Acme",
        prefix="ACM",
        zone="Europe/Paris",
        address="https://acme.example/",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    VendorHost.objects.create(host="acme.example", vendor=made)
    return made


@pytest.fixture
def within(vendor: Vendor) -> Iterator[UUID]:
    """The test's body runs inside the transaction of ``vendor``; the value is the vendor's id."""
    from palier.people import tenancy

    with tenancy.vendor(vendor.id):
        yield vendor.id


@pytest.fixture
def client() -> Any:
    """Django's test client whose ``force_login`` makes a session of the user's own vendor."""
    from django.test import Client

    from palier.people import tenancy
    from palier.site import middleware

    class VendorClient(Client):
        def force_login(self, user: Any, backend: str | None = None) -> None:
            with tenancy.vendor(user.vendor_id):
                super().force_login(user, backend)
                session = self.session
                session[middleware.SESSION_VENDOR] = str(user.vendor_id)
                session.save()

    return VendorClient()


def chromium() -> str | None:
    """The browser for tests marked ``browser``: ``PALIER_CHROMIUM``, else what the machine has."""
    named = os.environ.get("PALIER_CHROMIUM")
    return named or next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


WHOLE = frozenset(
    {
        "demo/test_command.py", "site/test_worker.py", "site/test_postgres.py", "site/test_startup.py",
        "mail/test_imap.py", "mail/test_listener.py", "mail/test_receiving.py", "mail/test_delivering.py",
        "mail/test_handling_killed.py", "mail/test_life_by_mail.py", "mail/test_links_racing.py",
        "tickets/test_escalating_racing.py", "tickets/test_racing.py", "ledger/test_histories.py", "ledger/test_racing.py",
    }
)  # fmt: skip
"""Modules that start whole programs and other servers, kill them, or let them race."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell the tests of whole programs apart. Without a browser its tests are skipped, loudly; where required they fail."""
    for item in items:
        if item.get_closest_marker("browser") or item.path.relative_to(HERE).as_posix() in WHOLE:
            item.add_marker("whole")
    if chromium() is not None or os.environ.get("PALIER_REQUIRE_BROWSER") == "1":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium here: set PALIER_CHROMIUM to its path"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in the last lines that the browser was not looked at, or no mail server talked to."""
    reasons = [str(one.longrepr) for one in terminalreporter.stats.get("skipped", [])]
    for sign, which in (
        ("no Chromium here", "browser tests were SKIPPED: there is no Chromium"),
        ("no mail servers here", "tests were SKIPPED: there is no Dovecot or Postfix"),
    ):
        count = sum(sign in one for one in reasons)
        if count:
            terminalreporter.write_sep("!", f"{count} {which}", red=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium driven by playwright, one a module: its loop must not run on under what follows (asyncio.run)."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    if path is None:
        pytest.fail("PALIER_REQUIRE_BROWSER=1, and there is no Chromium: install one or set PALIER_CHROMIUM")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, which Django takes for code that must not touch the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()
