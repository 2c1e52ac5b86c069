"""While the database is away pages say so and when to come back; what it refused is still our own mistake."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.test import Client, RequestFactory

from palier.pages import errors, outage


def raised(cause: BaseException | None, kind: type[Exception] = OperationalError) -> Exception:
    try:
        try:
            raise kind("said by Django") from cause
        except kind as error:
            raise RuntimeError("said by whoever asked") from error
    except RuntimeError as wrapped:
        return wrapped


@pytest.mark.parametrize(
    ("exception", "away"),
    [
        (raised(psycopg.OperationalError("connection refused")), True),
        (raised(psycopg.errors.AdminShutdown("terminating")), True),
        (raised(psycopg.errors.CannotConnectNow("starting up")), True),
        (raised(psycopg.errors.TooManyConnections("53300")), True),
        (raised(psycopg.errors.ConnectionFailure("08006")), True),
        (raised(None, InterfaceError), True),
        (raised(psycopg.errors.DeadlockDetected("40P01")), False),
        (raised(psycopg.errors.QueryCanceled("57014")), False),
        (raised(psycopg.errors.NumericValueOutOfRange("22003"), DataError), False),
        (ZeroDivisionError(), False),
        (None, False),
    ],
)
def test_away_is_told_from_refused(exception: Exception | None, away: bool) -> None:
    assert outage.is_one(exception) is away


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch, client: Client) -> Client:
    """A client of a site whose database does not answer."""

    def refuse(*arguments: Any, **named: Any) -> None:
        raise OperationalError("connection refused") from psycopg.OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    monkeypatch.setattr(connection, "cursor", refuse)
    client.raise_request_exception = False
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["en", "fr"])
def test_a_page_says_when_to_come_back(no_database: Client, first: str) -> None:
    answer = no_database.get("/acme/requests/?q=a%26b", HTTP_ACCEPT_LANGUAGE=first)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert f'<html lang="{first}">' in page
    english, french = page.index("back in a moment"), page.index("revenons dans un instant")
    assert (english < french) is (first == "en")
    assert page.count('href="/acme/requests/?q=a%26b"') == 2
    assert "may not have been kept" not in page


@pytest.mark.django_db
def test_what_was_sent_is_not_sent_again_unseen(no_database: Client) -> None:
    answer = no_database.post("/acme/preferences/theme", {"theme": "dark"})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "look for it before you send it again" in page
    assert 'href="/acme' not in page


def test_health_is_not_well_either(no_database: Client) -> None:
    assert no_database.get("/health").status_code == 503


def test_other_mistakes_stay_ours() -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        assert errors.server_error(RequestFactory().get("/")).status_code == 500
