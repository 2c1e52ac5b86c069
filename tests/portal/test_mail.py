"""Did you send this? A message that bears a contact's address waits for that contact's word, and nobody else's."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.mail import held
from tests.mail.held import PLANTED
from tests.pages.fixtures import NOW
from tests.pages.world import World

from palier.mail.incoming_models import State
from palier.people import tenancy
from palier.portal import urls
from palier.tickets.models import Attachment


@pytest.fixture
def camille(northern: World, client: Client) -> Client:
    client.force_login(northern.customers["Ferronor"].user)
    return client


def address(made: World) -> str:
    return f"Camille <{made.customers['Ferronor'].contact.email}>"


def at(made: World, incoming: UUID, say: bool = False) -> str:
    return f"{made.path}/messages/{incoming}" + ("/say" if say else "")


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_yes_lets_it_in_as_of_now(northern: World, camille: Client) -> None:
    ticket = northern.tickets["fresh"]
    one = held.arrive(northern.vendor.id, address(northern), NOW, proof="", ticket_id=ticket.id, files=True)
    page = text(camille.get(at(northern, one)))
    assert "Did you send this?" in page
    assert PLANTED in page
    assert one.hex[:8] in str(camille.get(f"{northern.path}/messages/").content)
    answer = camille.post(at(northern, one, say=True), {"do": "mine"})
    assert answer.status_code == 302
    row = held.row(northern.vendor.id, one)
    assert (row.state, row.ticket_id) == (State.DONE, ticket.id)
    assert row.message is not None
    assert row.message.reached_at == NOW
    with tenancy.vendor(northern.vendor.id):
        assert Attachment.objects.filter(message=row.message).count() == 1
    assert camille.get(at(northern, one)).status_code == 404


def test_no_discards_it_and_nobody_acts(northern: World, camille: Client) -> None:
    one = held.arrive(northern.vendor.id, address(northern), NOW, proof="")
    assert camille.post(at(northern, one, say=True), {"do": "not-mine"}).status_code == 302
    row = held.row(northern.vendor.id, one)
    assert (row.state, row.reason, row.ticket_id) == (State.DISCARDED, "not-mine", None)


def test_where_mail_opens_nothing_the_text_goes_into_the_form(northern: World, camille: Client) -> None:
    one = held.arrive(northern.vendor.id, address(northern), NOW, subject="The archive fails", files=True)
    assert held.row(northern.vendor.id, one).reason == "channel-off"
    assert "One more step" in text(camille.get(at(northern, one)))
    assert camille.post(at(northern, one, say=True), {"do": "mine"}).status_code == 404
    answer = camille.post(at(northern, one, say=True), {"do": "form"})
    assert answer.status_code == 302
    form = camille.get(answer.headers["Location"]).content.decode()
    assert PLANTED in form
    assert "The archive fails" in form


def test_nobody_else_sees_it_and_get_says_nothing(northern: World, camille: Client) -> None:
    one = held.arrive(northern.vendor.id, address(northern), NOW, proof="")
    assert camille.get(at(northern, one, say=True)).status_code == 200
    assert held.row(northern.vendor.id, one).state == State.HELD
    for user in (
        northern.customers["Ferronor"].colleague_user, northern.customers["Kisaragi Seiki"].user, northern.agent_user,
    ):  # fmt: skip
        camille.force_login(user)
        assert camille.get(at(northern, one)).status_code == 404
        assert camille.post(at(northern, one, say=True), {"do": "mine"}).status_code == 404


def test_what_its_domain_refused_is_shown_to_nobody_on_the_portal(northern: World, camille: Client) -> None:
    one = held.arrive(northern.vendor.id, address(northern), NOW, proof="fail (p=reject dis=reject)")
    row = held.row(northern.vendor.id, one)
    assert row.reason == "rejected"
    assert camille.get(at(northern, one)).status_code == 404
    assert camille.post(at(northern, one, say=True), {"do": "mine"}).status_code == 404
    for path in ("/messages/", "/", "/requests/"):
        answer = camille.get(f"{northern.path}{path}")
        assert answer.status_code == 200
        assert str(one) not in answer.content.decode()


def test_a_word_of_held_mail_stands_on_no_page_of_the_portal(northern: World, camille: Client) -> None:
    ticket = northern.tickets["fresh"]
    held.arrive(northern.vendor.id, "kim@elsewhere.example", NOW, ticket_id=ticket.id)
    number = f"NOR-{ticket.number}"
    for path in (
        "/", "/requests/", f"/requests/{number}", f"/requests/?q={PLANTED}", "/messages/", "/notices/",
        f"/requests/look-first?q={PLANTED}", "/requests/new",
    ):  # fmt: skip
        answer = camille.get(f"{northern.path}{path}")
        shown = answer.content.decode().replace(f'value="{PLANTED}"', "")
        assert "Something about" not in shown, path


def test_a_word_of_held_mail_stands_on_no_route_of_the_portal_of_another_contact(
    northern: World, client: Client
) -> None:
    ticket = northern.tickets["fresh"]
    number = f"NOR-{ticket.number}"
    one = held.arrive(
        northern.vendor.id, address(northern), NOW, proof="", ticket_id=ticket.id, files=True, subject=PLANTED
    )
    assert held.row(northern.vendor.id, one).reason == "unconfirmed"
    given = {
        "incoming": one, "number": number, "contract_id": northern.customers["Ferronor"].contract.id,
        "invoice": "1", "defect": "1", "action": "reply", "deed": "x", "price": "x", "token": "x" * 43,
        "agreement_id": one, "document_id": one, "account_id": one, "order": one,
    }  # fmt: skip
    ferronor, other = northern.customers["Ferronor"], northern.customers["Kisaragi Seiki"]
    seen = 0
    for user in (ferronor.colleague_user, other.user):
        client.force_login(user)
        for route in urls.urlpatterns:
            path = str(route.pattern)
            for name in re.findall(r"<\w+:(\w+)>", path):
                path = re.sub(rf"<\w+:{name}>", str(given[name]), path)
            answer = client.get(f"{northern.path}/{path}")
            seen += answer.status_code == 200
            assert PLANTED.encode() not in answer.getvalue(), path
    assert seen > 20
    # The one it may be of sees it.
    client.force_login(ferronor.user)
    assert PLANTED in text(client.get(at(northern, one)))
