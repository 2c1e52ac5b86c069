"""The portal's search, and what is shown while a request is being written."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from tests.pages import world as worlds
from tests.pages.world import World

from palier.people import access, tenancy
from palier.tickets import answering, opening

pytestmark = pytest.mark.django_db
WRITTEN = {
    "kind": "defect",
    "subject": "Quota report stops again",
    "body": "The weekly report stopped at 40 %",
}


@pytest.fixture
def reader(northern: World, client: Client) -> Client:
    client.force_login(northern.customers["Ferronor"].user)
    return client


def found(client: Client, world: World, query: str) -> str:
    answer = client.get(f"{world.path}/requests/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_requests_are_found_by_number_and_words(northern: World, reader: Client) -> None:
    number = northern.tickets["fresh"].number
    page = found(reader, northern, "q=seats+LICENCE")
    assert "Every seat reports" in page
    assert "Weld symbols" not in page
    assert "Every seat reports" in found(reader, northern, f"q=NOR-{number}")
    assert "Nothing found for “zzz”" in found(reader, northern, "q=zzz")
    assert "Weld symbols" in found(reader, northern, "q=+")


def test_another_customers_requests_and_notes_are_not_found(northern: World, reader: Client) -> None:
    # A note of theirs, an answer of theirs, a request of another customer.
    for words in ("factory", "gigabytes", f"NOR-{northern.tickets['missed'].number}", "driver"):
        assert "Nothing found" in found(reader, northern, f"q={words}"), words
    assert "pl-subject" in found(reader, northern, "q=sheet")


def test_what_is_alike_is_shown_while_one_writes(northern: World, reader: Client) -> None:
    url = f"{northern.path}/requests/look-first"
    page = reader.post(url, WRITTEN, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "<mark>Quota</mark> <mark>report</mark> <mark>stops</mark> without a message" in page
    assert "Import stops" not in page
    empty = reader.post(url, {"subject": "a b"}, headers={"HX-Request": "true"}).content.decode()
    assert empty.strip() == ""


def test_without_a_script_a_button_shows_it_and_keeps_what_was_typed(northern: World, reader: Client) -> None:
    page = reader.post(f"{northern.path}/requests/look-first", WRITTEN).content.decode()
    assert "Perhaps this helps already" in page
    assert 'value="Quota report stops again"' in page
    assert "The weekly report stopped at 40 %" in page
    page = reader.post(
        f"{northern.path}/requests/look-first", {**WRITTEN, "subject": "Xylophone", "body": "Zzzz"}
    )
    assert "Nothing like it is known here" in page.content.decode()
    assert reader.get(f"{northern.path}/requests/look-first").status_code == 200


def test_clauses_that_speak_of_it_are_shown_in_the_readers_language(northern: World, reader: Client) -> None:
    url = f"{northern.path}/requests/look-first"
    sent = {"subject": "Before the hand-over of our solution", "body": "The project team is still working"}
    page = reader.post(url, sent, headers={"HX-Request": "true"}).content.decode()
    assert "pl-clause" in page
    worlds.read_in(northern, "fr")
    sent = {"subject": "Avant la livraison de notre solution", "body": "L’équipe du projet travaille encore"}
    page = reader.post(url, sent, headers={"HX-Request": "true"}).content.decode()
    assert "pl-clause" in page
    assert "Perhaps" not in page


def test_a_reader_without_colleagues_finds_only_what_is_its_own(
    northern: World, client: Client, frozen: datetime
) -> None:
    who = northern.customers["Ferronor"]
    with tenancy.vendor(northern.vendor.id):
        who.colleague.sees_colleagues = False
        who.colleague.save()
        ticket = opening.open_ticket(
            by=access.Viewer.customer(who.colleague), draft=worlds.draft(subject="Walrus"), now=frozen
        )
        answering.reply(
            by=access.Viewer.staff(northern.agent), ticket=ticket, body="A narwhal, rather.", now=frozen
        )
    client.force_login(who.colleague_user)
    assert "Walrus" in found(client, northern, "q=walrus")
    assert "Nothing found" in found(client, northern, "q=licence")
    # For ten seconds an answer can be taken back, and cannot be read.
    assert "Nothing found" in found(client, northern, "q=narwhal")
