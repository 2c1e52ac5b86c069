"""The commands that stand on a database: migrate, verify, serve, worker, demo."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from palier import cli
from palier.people.models import Vendor
from palier.site import commands, database, ports, worker
from palier.tickets import verify
from palier.tickets.verify import Mismatch, Verified

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(transactional_db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that may be served without a secret key of the operator's."""
    monkeypatch.setenv("PALIER_DEMO", "1")
    monkeypatch.setattr(settings, "ENVIRONMENT", dataclasses.replace(settings.ENVIRONMENT, demo=True))


@pytest.fixture
def untouched() -> Iterator[None]:
    """No settings module named: the commands name it themselves."""
    before = os.environ.pop("DJANGO_SETTINGS_MODULE")
    yield
    os.environ["DJANGO_SETTINGS_MODULE"] = before


def test_migrate_says_that_all_is_there(run: Run, untouched: None) -> None:
    assert run("migrate") == (0, "the tables are up to date\n", "")
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "palier.site.settings"


def test_migrate_says_how_much_it_applies(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "unapplied", lambda: ["people.0001", "people.0002"])
    assert run("migrate", "--lang=fr")[1] == "application de 2 migrations …\nles tables sont à jour\n"


def test_without_the_owners_address_nothing_is_prepared(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_OWNER_URL")
    monkeypatch.setattr(database, "prepare", lambda *urls: pytest.fail("prepared"))
    assert run("verify") == (0, "", "")


def test_asked_to_end_it_leaves_in_order(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def ended() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(database, "verify", ended)
    assert run("verify")[0] == 130
    assert signal.getsignal(signal.SIGTERM) is before


# --- verify


def test_verify_recomputes_every_vendor(run: Run, vendor: Vendor) -> None:
    books = "acme: 0 accounts, 0 postings, 0 checkpoints, 0 faults\n"
    assert run("verify") == (0, f"acme: 0 tickets, 0 promises, 0 mismatches\n{books}", "")
    assert run("verify", "--ledger") == (0, books, "")
    assert run("verify", "--vendor", "acme", "--lang=fr")[1] == (
        "acme\u00a0: 0 demandes, 0 engagements, 0 écarts\n"
        "acme\u00a0: 0 comptes, 0 écritures, 0 points de contrôle, 0 fautes\n"
    )


def test_an_unknown_vendor_is_the_users_mistake(run: Run, vendor: Vendor) -> None:
    assert run("verify", "--vendor", "acne") == (1, "", "palier: no vendor is called acne; known: acme\n")


def test_where_there_is_no_vendor_none_is_known(run: Run) -> None:
    assert run("verify", "--vendor", "acne", "--lang=fr")[2] == (
        "palier: aucun éditeur ne s’appelle acne ; connus : aucun\n"
    )


def test_a_mismatch_is_told_and_ends_in_1(run: Run, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Verified(
        tickets=3,
        promises=5,
        mismatches=(Mismatch(ticket="ACM-7", what="next_due_at", stored="13:00", computed="14:00"),),
    )
    monkeypatch.setattr(verify, "verify", lambda **given: found)
    assert run("verify") == (
        1,
        "ACM-7: next_due_at: stored 13:00, the events say 14:00\nacme: 3 tickets, 5 promises, 1 mismatches\n"
        "acme: 0 accounts, 0 postings, 0 checkpoints, 0 faults\n",
        "",
    )


# --- serve and worker


def test_serve_refuses_what_would_expose_the_service(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "server", lambda **given: pytest.fail("served"))
    code, out, err = run("serve")
    assert (code, out) == (1, "")
    assert err.startswith("palier: not started: ")
    monkeypatch.delenv("PALIER_SECRET_KEY")
    assert "PALIER_SECRET_KEY manque" in run("serve", "--lang=fr")[2]
    monkeypatch.setenv("PALIER_DEBUG", "1")
    assert "PALIER_DEBUG" in run("serve")[2]


def test_serve_refuses_tables_that_are_not_up_to_date(
    run: Run, demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "unapplied", lambda: ["people.0001"])
    assert "run `palier migrate`" in run("serve")[2]


def test_serve_refuses_when_a_check_fails(run: Run, demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", dataclasses.replace(settings.ENVIRONMENT, demo=False))
    code, _, err = run("serve")
    assert code == 1
    assert "palier.E003" in err


def test_serve_refuses_a_port_that_is_taken(run: Run, demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "server", lambda **given: pytest.fail("served"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        code, _, err = run("serve", "--port", str(port))
        assert code == 1
        assert f"127.0.0.1:{port} is taken by another program" in err
        assert "est pris par un autre programme" in run("serve", "--port", str(port), "--lang=fr")[2]


def test_serve_hands_over_with_no_connection_open(
    run: Run, demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: dict[str, Any] = {}

    def server(**given: Any) -> None:
        served.update(given, connected=connection.connection is not None)

    monkeypatch.setattr(commands, "server", server)
    monkeypatch.setattr(ports, "is_free", lambda address, port: True)
    code, out, _ = run("serve", "--port", "8123", "--threads", "5")
    assert code == 0
    # Whoever serves an empty database is told how to begin, and is served all the same.
    assert "`palier vendor add --help` says how to begin" in out
    assert out.endswith("serving on http://127.0.0.1:8123\n")
    assert served == {"address": "127.0.0.1", "port": 8123, "workers": 1, "threads": 5, "connected": False}


def test_granian_gets_its_threads_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}

    class Granian:
        def __init__(self, target: str, **options: Any) -> None:
            made.update(options, target=target)

        def serve(self) -> None:
            made["served"] = True

    monkeypatch.setattr("granian.Granian", Granian)
    commands.server(address="127.0.0.1", port=8000, workers=2, threads=7)
    assert (made["target"], made["workers"], made["blocking_threads"]) == (
        "palier.site.wsgi:application",
        2,
        7,
    )
    assert made["served"]


def test_the_worker_runs_under_its_supervisor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "run_worker", lambda *, concurrency: concurrency)
    assert run("worker", "--jobs", "2") == (2, "the worker runs\n", "")


def test_the_demonstration_is_handed_over(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    stand_in = ModuleType("palier.demo.command")
    stand_in.run = lambda **words: given.update(words) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "palier.demo.command", stand_in)
    assert run("demo", "--reset", "--port", "8100", "--lang=fr")[0] == 0
    assert (given["reset"], given["port"], given["lang"]) == (True, 8100, "fr")
