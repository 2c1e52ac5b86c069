"""The mail settings: addresses and ways in, tried at once, their secrets never shown."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from django.test import Client
from tests.mail import dovecot
from tests.pages.world import World

from palier.mail import intake, sources
from palier.mail.models import Incoming, MailAddress, Source
from palier.people import tenancy

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)
SECRET = "a secret nobody sees again"
MAILBOX = {
    "name": "Help", "host": "127.0.0.1", "security": "none", "port": "143", "user": "agent", "sign_in": "password",
    "password": SECRET, "folders": "INBOX\nVentes", "after": "move", "move_to": "Done", "first": "new",
    "every_s": "60", "borders": "MX.northern.example\n",
}  # fmt: skip


@pytest.fixture
def manager(northern: World, client: Client) -> Client:
    client.force_login(northern.manager_user)
    return client


def get(client: Client, made: World, status: int = 200) -> str:
    answer = client.get(f"{made.path}/desk/settings/mail")
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def post(client: Client, made: World, path: str, data: Mapping[str, object], status: int = 302) -> str:
    answer = client.post(f"{made.path}/desk/settings/mail/{path}", data)
    text = html.unescape(answer.content.decode())
    assert answer.status_code == status, text[:3000]
    return text


def addresses(made: World) -> dict[str, MailAddress]:
    with tenancy.vendor(made.vendor.id):
        return {one.address: one for one in MailAddress.objects.filter(vendor_id=made.vendor.id)}


def only(made: World) -> Source:
    with tenancy.vendor(made.vendor.id):
        return Source.objects.get(vendor_id=made.vendor.id)


def test_only_who_runs_the_desk(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    get(client, northern, 403)
    post(client, northern, "addresses/new", {"address": "help@northern.example"}, 403)
    client.force_login(
        northern.customers["northern"].user
        if "northern" in northern.customers
        else next(iter(northern.customers.values())).user
    )
    assert client.get(f"{northern.path}/desk/settings/mail").status_code in {302, 403, 404}


def test_addresses(northern: World, manager: Client) -> None:
    assert "No address yet" in get(manager, northern)
    post(manager, northern, "addresses/new", {"address": " Help@Northern.example "})
    post(manager, northern, "addresses/new", {"address": "urgent@northern.example", "language": "fr"})
    known = addresses(northern)
    assert {one: row.is_main for one, row in known.items()} == {
        "help@northern.example": True,
        "urgent@northern.example": False,
    }
    assert "Français" in get(manager, northern)
    urgent, first = known["urgent@northern.example"], known["help@northern.example"]
    said = post(manager, northern, f"addresses/{first.id}/remove", {}, 422)
    assert "make another one the main one first" in said
    post(manager, northern, f"addresses/{urgent.id}", {"address": urgent.address, "is_main": "yes"})
    assert [one.address for one in addresses(northern).values() if one.is_main] == [urgent.address]
    said = post(manager, northern, f"addresses/{urgent.id}", {"address": urgent.address}, 422)
    assert "make another one the main one instead" in said
    post(manager, northern, f"addresses/{first.id}/remove", {})
    assert list(addresses(northern)) == [urgent.address]
    post(manager, northern, "addresses/new", {"address": "urgent+night@northern.example"})
    assert intake.vendor_of("urgent+night@northern.example") == northern.vendor.id


@pytest.mark.parametrize("address", ["help", "help@", "he lp@northern.example", "", "a" * 300 + "@b.example"])
def test_what_is_no_address(northern: World, manager: Client, address: str) -> None:
    post(manager, northern, "addresses/new", {"address": address}, 422)
    assert addresses(northern) == {}


def test_an_address_belongs_to_one_desk(northern: World, solidxperts: World, client: Client) -> None:
    client.force_login(solidxperts.manager_user)
    post(client, solidxperts, "addresses/new", {"address": "help@shared.example"})
    client.force_login(northern.manager_user)
    for taken in ("HELP@shared.example", "help+x@shared.example"):
        said = post(client, northern, "addresses/new", {"address": taken}, 422)
        assert "received at already" in said
        assert "Solidxperts" not in said
    theirs = addresses(solidxperts)["help@shared.example"]
    post(client, northern, f"addresses/{theirs.id}", {"address": "mine@shared.example"}, 404)
    post(client, northern, f"addresses/{theirs.id}/remove", {}, 404)
    assert "help@shared.example" not in get(client, northern)


def test_a_mailbox_whose_secret_is_never_shown(northern: World, manager: Client) -> None:
    post(manager, northern, "new/imap", MAILBOX)
    made = only(northern)
    assert sources.secret(made).password == SECRET
    assert SECRET.encode() not in bytes(made.secret or b"")
    assert (made.settings["folders"], made.trusted_borders) == (["INBOX", "Ventes"], ["mx.northern.example"])
    assert SECRET not in get(manager, northern)
    # Nothing typed: what is kept stays.
    post(manager, northern, f"{made.id}/save", MAILBOX | {"password": "", "name": "Support"})
    assert (only(northern).name, sources.secret(only(northern)).password) == ("Support", SECRET)
    # A kept secret is not sent to another server.
    said = post(manager, northern, f"{made.id}/save", MAILBOX | {"password": "", "host": "localhost"}, 422)
    assert "enter it again" in said
    said = post(
        manager, northern, f"{made.id}/save", MAILBOX | {"after": "nothing", "password": "typed"}, 422
    )
    assert "typed" not in said.replace("type=", "").replace("typed-", "") or 'value="typed"' not in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"host": "no host"}, "no server's name"),
        ({"host": "imap.example.org"}, "in clear"),
        ({"port": "0"}, "no port"),
        ({"port": "99999"}, "no port"),
        ({"folders": "INBOX\n" + "x" * 300}, "Name the folders"),
        ({"move_to": "INBOX"}, "into which messages are moved"),
        ({"every_s": "1"}, "seconds"),
        ({"sign_in": "oauth2", "token_url": "http://elsewhere.example/", "client_id": "x"}, "OAuth2 needs"),
        ({"borders": "not a name!"}, "Authentication-Results"),
        ({"name": " "}, "Name"),
    ],
)
def test_what_a_mailbox_cannot_be(
    northern: World, manager: Client, changed: dict[str, str], said: str
) -> None:
    assert said in post(manager, northern, "new/imap", MAILBOX | changed, 422)
    with tenancy.vendor(northern.vendor.id):
        assert not Source.objects.exists()


def test_what_is_wrong_is_said_in_plain_words(northern: World, manager: Client) -> None:
    post(manager, northern, "new/imap", MAILBOX | {"port": "1"})
    made = only(northern)
    post(manager, northern, f"{made.id}/try", {})
    assert "takes no connection on this port" in get(manager, northern)
    assert only(northern).failure == "connection-refused"
    manager.cookies["palier-language"] = "fr"
    northern.manager_user.language = "fr"
    with tenancy.vendor(northern.vendor.id):
        northern.manager_user.save(update_fields=["language"])
    assert "n’accepte pas de connexion" in get(manager, northern)
    post(manager, northern, f"{made.id}/off", {})
    assert (only(northern).enabled, only(northern).failure) == (False, "")
    post(manager, northern, f"{made.id}/on", {})
    assert only(northern).enabled


def test_a_mailbox_that_answers(northern: World, manager: Client) -> None:
    server = dovecot.start()
    try:
        given = MAILBOX | {"port": str(server.port), "password": dovecot.PASSWORD, "folders": "INBOX"}
        post(manager, northern, "new/imap", given)
        made = only(northern)
        post(manager, northern, f"{made.id}/try", {})
        assert "answers, and every folder is there" in get(manager, northern)
        post(manager, northern, f"{made.id}/save", given | {"folders": "Nowhere"})
        post(manager, northern, f"{made.id}/try", {})
        assert "A folder to read is not there" in get(manager, northern)
    finally:
        server.stop()


def test_networks_from_which_a_border_delivers(northern: World, manager: Client) -> None:
    given = {"name": "Direct", "borders": "mx.northern.example"}
    said = post(manager, northern, "new/smtp", given | {"networks": "10.0.0.0/8\nour office"}, 422)
    assert "“our office” is no network" in said
    said = post(
        manager, northern, "new/smtp", given | {"networks": "\n".join(f"10.0.0.{n}" for n in range(51))}, 422
    )
    assert "at most 50" in said
    post(manager, northern, "new/smtp", given)
    made = only(northern)
    assert sources.networks_of(made) == ("127.0.0.0/8", "::1/128")
    assert "127.0.0.0/8" in get(manager, northern)
    networks = " 192.0.2.7\n\n10.1.2.3/16\n2001:db8::/32"
    post(manager, northern, f"{made.id}/save", given | {"networks": networks})
    assert sources.networks_of(only(northern)) == ("192.0.2.7/32", "10.1.0.0/16", "2001:db8::/32")
    assert "192.0.2.7/32, 10.1.0.0/16" in get(manager, northern)
    northern.manager_user.language = "fr"
    with tenancy.vendor(northern.vendor.id):
        northern.manager_user.save(update_fields=["language"])
    assert "Réseaux depuis lesquels ces serveurs livrent" in get(manager, northern)


def test_a_source_that_brought_something_stays(northern: World, manager: Client) -> None:
    post(manager, northern, "new/smtp", {"name": "Direct"})
    made = only(northern)
    with tenancy.vendor(northern.vendor.id):
        intake.accept(
            vendor_id=northern.vendor.id, content=b"x: y\n\nz", reached_at=NOW, now=NOW, source=made
        )
    assert "turn it off instead" in post(manager, northern, f"{made.id}/remove", {}, 422)
    with tenancy.vendor(northern.vendor.id):
        Incoming.objects.update(source=None)
    post(manager, northern, f"{made.id}/remove", {})
    with tenancy.vendor(northern.vendor.id):
        assert not Source.objects.exists()


def test_the_address_of_a_webhook_is_shown_once(northern: World, manager: Client) -> None:
    given = {"name": "Mailgun", "provider": "mailgun", "signing_key": SECRET}
    said = post(manager, northern, "new/webhook", given, 200)
    found = re.search(r'id="webhook-address">([^<]+)', said)
    assert found is not None
    token = found.group(1).rpartition("/")[2]
    assert only(northern).settings["token_hash"] == sources.hash_of(token)
    assert token not in get(manager, northern)
    post(manager, northern, f"{only(northern).id}/save", given | {"signing_key": ""})
    assert only(northern).settings["token_hash"] == sources.hash_of(token)
    assert sources.secret(only(northern)).signing_key == SECRET
    assert token not in post(manager, northern, f"{only(northern).id}/token", {}, 200)
    assert only(northern).settings["token_hash"] != sources.hash_of(token)


def test_messages_left_in_the_mailbox_are_told_until_seen(northern: World, manager: Client) -> None:
    post(manager, northern, "new/imap", MAILBOX)
    left = [{"folder": "INBOX", "uid": 7, "size": 60_000_000, "at": NOW.isoformat()}]
    with tenancy.vendor(northern.vendor.id):
        Source.objects.update(place={"": left, "INBOX": {"last": 7}})
    assert "a message of 60 MB" in get(manager, northern).replace("\u00a0", " ")
    post(manager, northern, f"{only(northern).id}/seen", {})
    assert "a message of 60 MB" not in get(manager, northern).replace("\u00a0", " ")
    assert only(northern).place["INBOX"] == {"last": 7}


def test_another_vendors_source_is_not_there(northern: World, solidxperts: World, client: Client) -> None:
    client.force_login(solidxperts.manager_user)
    post(client, solidxperts, "new/imap", MAILBOX)
    theirs = only(solidxperts)
    client.force_login(northern.manager_user)
    assert str(theirs.id) not in get(client, northern)
    for deed in ("save", "try", "on", "off", "remove", "token", "seen"):
        post(client, northern, f"{theirs.id}/{deed}", MAILBOX, 404)
    assert only(solidxperts).enabled


def test_odd_deeds_and_kinds(northern: World, manager: Client) -> None:
    post(manager, northern, "new/pigeon", {}, 404)
    post(manager, northern, "new/import", {"name": "Files"})
    made = only(northern)
    for deed in ("try", "token", "fly"):
        post(manager, northern, f"{made.id}/{deed}", {}, 404)
    assert manager.get(f"{northern.path}/desk/settings/mail/{made.id}/off").status_code == 200
