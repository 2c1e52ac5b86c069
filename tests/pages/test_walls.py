"""Every route of the product, walked as a stranger: nobody, another customer, another vendor. They find nothing.

Routes come from the URL resolver, so one that is added is walked too; what a route answers to a stranger is the same
whether the thing is another's or does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.pages import world
from tests.pages.world import World

SECRETS = (
    "Quota report", "factory template", "sheet template", "Every seat reports", "Ferronor", "Camille Vasseur",
    "Théo Lambert", "SQL Server, antivirus",
)  # fmt: skip


def routes() -> Iterator[tuple[str, str]]:
    """Every route as (name, path with its variables)."""

    def walk(patterns: list[Any], before: str, space: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            path = before + str(one.pattern)
            if isinstance(one, URLResolver):
                inner = f"{space}{one.namespace}:" if one.namespace else space
                yield from walk(one.url_patterns, path, inner)
            elif isinstance(one, URLPattern):
                yield f"{space}{one.name or ''}", path

    yield from walk(get_resolver().url_patterns, "", "")


def filled(path: str, made: World, name: str) -> str:
    """The path with something in place of each variable: a ticket's number wherever a text is asked for."""
    number = f"NOR-{made.tickets[name].number}" if name else "NOR-999999"
    concrete = re.sub(r"<(?:slug:)?action>", "reply", path)
    concrete = re.sub(r"<(?:str:)?\w+>", number, concrete)
    concrete = re.sub(r"<uuid:\w+>", str(made.tickets[name or "fresh"].id), concrete)
    concrete = re.sub(r"<int:\w+>", "1", concrete)
    concrete = re.sub(r"\(\?P<\w+>[^)]*\)", "a-1", concrete)
    return concrete.replace("^", "").replace("\\Z", "").replace("$", "").replace("\\", "")


def looks(client: Client, made: World, name: str, user: Any = None) -> Iterator[tuple[str, str, Any]]:
    if user is not None:
        client.force_login(user)
    for route, path in routes():
        ours = route.startswith(("portal:", "desk:", "pages:"))
        # Of sign-in's own pages only the answers to GET: what they do when posted to has tests of its own.
        for method in ("get", "post") if ours or user is None else ("get",):
            answer = getattr(client, method)(f"{made.path}/{filled(path, made, name)}", {"body": "Hello"})
            yield f"{method} {route} {path}", route, answer


def text_of(answer: Any) -> str:
    return str(answer.content.decode(errors="replace"))


def test_there_are_routes_to_walk() -> None:
    names = [name for name, _path in routes()]
    for wanted in (
        "portal:home",
        "portal:request",
        "portal:act",
        "desk:queue",
        "desk:ticket",
        "desk:act",
        "pages:language",
    ):
        assert wanted in names


def test_whom_it_belongs_to_does_find_it(northern: World, client: Client) -> None:
    mine = northern.customers["Ferronor"].user
    desk = "".join(
        text_of(answer) for _w, _r, answer in looks(client, northern, "answered", northern.agent_user)
    )
    portal = "".join(text_of(answer) for _w, _r, answer in looks(client, northern, "answered", mine))
    assert not [secret for secret in SECRETS if secret not in desk + portal and secret != "Théo Lambert"]


def test_nobody_finds_nothing(northern: World, client: Client) -> None:
    for where, route, answer in looks(client, northern, "answered"):
        page = text_of(answer)
        assert not any(secret in page for secret in SECRETS), where
        if route.startswith(("portal:", "desk:")):
            assert answer.status_code in (302, 405), where
            if answer.status_code == 302:
                assert "/accounts/login/" in answer["Location"], where


def test_another_customer_finds_nothing_and_can_tell_nothing(northern: World, client: Client) -> None:
    user = northern.customers["Tidewater Fabrication"].user
    theirs = {
        w: (answer.status_code, text_of(answer))
        for w, _r, answer in looks(client, northern, "answered", user)
    }
    missing = {
        w: (answer.status_code, text_of(answer)) for w, _r, answer in looks(client, northern, "", user)
    }
    number = f"NOR-{northern.tickets['answered'].number}"
    for where, (status, page) in theirs.items():
        assert not any(secret in page for secret in SECRETS), where
        if "request" in where or "desk:" in where or ":act" in where:
            assert status == missing[where][0], where
            assert hidden(page, number) == hidden(missing[where][1], "NOR-999999"), where


def hidden(page: str, number: str) -> str:
    """The page without what differs from one request to the next by itself."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page).replace(number, "")
    return re.sub(r'nonce="[^"]*"', "", page)


def test_another_vendors_person_finds_nothing(northern: World, client: Client) -> None:
    other = world.build("infor")
    for user in (other.manager_user, other.agent_user, next(iter(other.customers.values())).user):
        for where, route, answer in looks(client, northern, "answered", user):
            assert not any(secret in text_of(answer) for secret in SECRETS), where
            if route.startswith(("portal:", "desk:")):
                assert answer.status_code in (302, 405), where


def test_a_removed_contact_finds_nothing(northern: World, client: Client, frozen: Any) -> None:
    from palier.people import tenancy

    who = northern.customers["Ferronor"]
    client.force_login(who.user)
    with tenancy.vendor(northern.vendor.id):
        who.contact.removed_at = frozen
        who.contact.save()
    for path in ("", "requests/", f"requests/NOR-{northern.tickets['answered'].number}", "requests/new"):
        answer = client.get(f"{northern.path}/{path}")
        assert answer.status_code == 404
        assert "Quota report" not in text_of(answer)


@pytest.mark.parametrize(
    "number", ["NOR-0", "x", "NOR-99999999999999999999", "%00", "NOR--1", "'; drop", "١٢٣"]
)
def test_a_number_that_is_none_is_missing(northern: World, client: Client, number: str) -> None:
    client.force_login(northern.customers["Ferronor"].user)
    assert client.get(f"{northern.path}/requests/{number}").status_code == 404
    client.force_login(northern.agent_user)
    assert client.get(f"{northern.path}/desk/tickets/{number}").status_code == 404
