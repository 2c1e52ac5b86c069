"""The portal's search, and what is shown while a request is being written."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from tests.pages import world as worlds
from tests.pages.world import World

from palier.contracts.models import ContractProduct
from palier.people import access, tenancy
from palier.software import actions as defects
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
    unlike = {**WRITTEN, "subject": "Xylophone", "body": "Zzzz"}
    page = reader.post(f"{northern.path}/requests/look-first", unlike).content.decode()
    assert "Nothing like it is known here" in page
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


def test_known_defects_of_the_readers_products_are_shown_on_the_form_and_found_at_the_desk(
    northern: World, reader: Client, frozen: datetime
) -> None:
    with tenancy.vendor(northern.vendor.id):
        for public, title in ((True, "The cadastre export stops"), (False, "The cadastre import is slow")):
            defects.confirm(
                by=access.Viewer.staff(northern.agent),
                facts=defects.Facts(
                    product="northern-software",
                    title={"en": title},
                    workaround={"en": "Go by CSV."},
                    public=public,
                ),
                products={"northern-software"},
                now=frozen,
            )
    url, sent = f"{northern.path}/requests/look-first", {"subject": "Cadastre does nothing", "body": "x"}
    # Not of a product on the reader's contract.
    assert "cadastre" not in reader.post(url, sent, headers={"HX-Request": "true"}).content.decode()
    with tenancy.vendor(northern.vendor.id):
        ContractProduct.objects.create(
            vendor_id=northern.vendor.id,
            contract=northern.customers["Ferronor"].contract,
            product="northern-software",
        )
    page = reader.post(url, sent, headers={"HX-Request": "true"}).content.decode()
    assert "The cadastre export stops" in page
    assert "there is a workaround" in page
    assert "is slow" not in page
    reader.force_login(northern.agent_user)
    page = reader.get(f"{northern.path}/desk/find?q=cadastre").content.decode()
    assert "The <mark>cadastre</mark> import is slow" in page
    assert "/desk/defects/NOR-D1" in page
