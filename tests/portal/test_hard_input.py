"""What people send without meaning to, and what somebody sends meaning it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.pages import world
from tests.pages.world import World
from tests.portal.test_new_request import FIELDS, paris, post, signed_in, tickets

from palier.people import tenancy
from palier.tickets.models import Message

EVIL = "<script>alert(1)</script></textarea><img src=x onerror=alert(1)> [x](javascript:alert(1)) {{ 7 }} \u202eمرحبا 😀"


def test_the_same_request_sent_twice_is_one_ticket(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    before = tickets(northern)
    once = post(client, northern, "new", {**FIELDS, "do": "send"})
    twice = post(client, northern, "new", {**FIELDS, "do": "send"})
    assert once.status_code == twice.status_code == 302
    assert once["Location"] == twice["Location"]
    assert tickets(northern) == before + 1
    other = post(client, northern, "new", {**FIELDS, "body": "It stops at 50 % too.", "do": "send"})
    assert other["Location"] != once["Location"]


def test_two_people_may_write_the_same_words(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    first = post(client, northern, "new", {**FIELDS, "do": "send"})
    client.force_login(paris(northern).colleague_user)
    assert post(client, northern, "new", {**FIELDS, "do": "send"})["Location"] != first["Location"]


@pytest.mark.parametrize(
    ("name", "length"), [("subject", 301), ("body", 20_001), ("field-applications", 20_001)]
)
def test_what_is_too_long_is_said_and_not_cut(
    northern: World, client: Client, name: str, length: int
) -> None:
    signed_in(client, paris(northern))
    before = tickets(northern)
    answer = post(client, northern, "new", {**FIELDS, name: "x" * length, "do": "send"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"you wrote {length}" in page
    assert "x" * length in page
    assert tickets(northern) == before


def test_a_version_too_long_is_said(db: None, frozen: Any, client: Client) -> None:
    made = world.build("solidxperts")
    client.force_login(next(iter(made.customers.values())).user)
    sent = {
        "kind": "error",
        "effect": "stopped",
        "subject": "a",
        "body": "b",
        "version": "9" * 41,
        "do": "send",
    }
    answer = post(client, made, "new", sent)
    assert answer.status_code == 422
    assert "At most 40 characters" in answer.content.decode(), answer.content.decode()[4000:9000]


def test_no_reply_is_endless(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    address = post(client, northern, "new", {**FIELDS, "do": "send"})["Location"]
    answer = client.post(f"{address}/reply", {"body": "y" * 100_001})
    assert answer.status_code == 422
    assert "y" * 100_001 in answer.content.decode()


@pytest.mark.parametrize("path", ["new", "preview"])
def test_a_nul_is_answered_with_a_page_and_a_way_out(northern: World, client: Client, path: str) -> None:
    signed_in(client, paris(northern))
    answer = post(client, northern, path, {**FIELDS, "body": "a\x00b", "do": "send"})
    assert answer.status_code == 400
    assert "We could not read what was sent" in answer.content.decode()


def test_what_was_written_is_shown_as_written_and_never_runs(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    sent = {**FIELDS, "subject": EVIL, "body": EVIL, "do": "send"}
    for answer in (
        post(client, northern, "new", {**sent, "effect": ""}),
        post(client, northern, "new", sent, follow=True),
    ):
        page = answer.content.decode()
        for never in ("<script>alert", "<img src=x", 'href="javascript'):
            assert never not in page
        assert "مرحبا 😀" in page
    with tenancy.vendor(northern.vendor.id):
        assert Message.objects.filter(body=EVIL).count() == 1


@pytest.mark.parametrize("number", ["INF-{0}", "{0}x", "-{0}", "NOR--{0}", "NOR-0{0}", "NOR-{0}-"])
def test_only_the_number_itself_names_a_request(northern: World, client: Client, number: str) -> None:
    signed_in(client, paris(northern))
    address = post(client, northern, "new", {**FIELDS, "do": "send"})["Location"]
    figure = address.rpartition("-")[2]
    assert client.get(address).status_code == 200
    assert client.get(f"{northern.path}/requests/{number.format(figure)}").status_code == 404


def test_a_preview_that_is_refused_says_why(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    page = post(client, northern, "preview", {**FIELDS, "environment": "moon"}).content.decode()
    assert "moon" in page
    assert 'role="alert"' in page
    assert "Choose what it is about" not in page
