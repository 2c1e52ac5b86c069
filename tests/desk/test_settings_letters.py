"""The page of letters' words: tried, kept, refused with the names of what is known, put back; and nobody else's."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from tests.pages.world import World

from palier.mail.letters import default_words
from palier.mail.letters.kinds import NATURES, LetterKind
from palier.mail.models import Template
from palier.people import tenancy

BODY = "Bonjour {reader.first_name},\n\nC’est noté.\n\n{why}\n\n{next}\n\n{ask}"


@pytest.fixture
def manager(northern: World, client: Client) -> Client:
    client.force_login(northern.manager_user)
    return client


def url(made: World, rest: str) -> str:
    return f"{made.path}/desk/settings/letters{rest}"


def read(client: Client, address: str, data: dict[str, str] | None = None, status: int = 200) -> str:
    answer = client.get(address) if data is None else client.post(address, data)
    assert answer.status_code == status, html.unescape(answer.content.decode())[:3000]
    return html.unescape(answer.content.decode())


def test_only_who_runs_the_desk_writes_the_words(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    for rest in ("", "/received/fr", "/received/fr/preview"):
        assert client.get(url(northern, rest)).status_code == 403
    assert client.post(url(northern, "/received/fr/save"), {"body": BODY}).status_code == 403
    client.force_login(next(iter(northern.customers.values())).user)
    assert client.get(url(northern, "")).status_code == 404


def test_every_kind_is_listed_in_both_languages(northern: World, manager: Client) -> None:
    page = read(manager, url(northern, ""))
    for kind in LetterKind:
        for language in ("fr", "en"):
            there = f'/settings/letters/{kind.value}/{language}"' in page
            assert there is NATURES[kind].own, kind
    assert manager.get(url(northern, "/other/fr")).status_code == 404
    assert manager.get(url(northern, "/received/de")).status_code == 404


@pytest.mark.parametrize("kind", [kind for kind in LetterKind if NATURES[kind].own])
def test_each_page_shows_the_words_and_the_letter(northern: World, manager: Client, kind: LetterKind) -> None:
    page = read(manager, url(northern, f"/{kind.value}/en"))
    body = default_words.wording(kind, "en").body
    assert body.splitlines()[0] in page
    assert "sandbox" in page
    letter = read(manager, url(northern, f"/{kind.value}/fr/preview"))
    assert letter.startswith("<!doctype html>")
    assert 'lang="fr' in letter
    assert "Northern" in letter


def test_words_are_tried_on_something_that_happened_and_kept(northern: World, manager: Client) -> None:
    tried = read(manager, url(northern, "/received/fr/preview"), {"body": BODY})
    assert "C’est noté." in tried
    assert "La décision, et pourquoi" in tried
    with tenancy.vendor(northern.vendor.id):
        assert not Template.objects.exists()
    read(manager, url(northern, "/received/fr/save"), {"body": BODY}, 302)
    with tenancy.vendor(northern.vendor.id):
        (row,) = Template.objects.all()
        assert (row.kind, row.language, row.body) == ("received", "fr", BODY)
        assert row.subject == default_words.THREAD
    page = read(manager, url(northern, "/received/fr"))
    assert "C’est noté." in page
    assert "Back to the product’s words" in page
    read(manager, url(northern, "/received/fr/put-back"), {}, 302)
    with tenancy.vendor(northern.vendor.id):
        assert not Template.objects.exists()
    assert "Back to the product’s words" not in read(manager, url(northern, "/received/fr"))


def test_what_is_wrong_is_said_with_the_way_out_and_what_was_typed_stays(
    northern: World, manager: Client
) -> None:
    wrong = {
        "Hello {nobody}, {why} {next} {ask}": "There is no variable {nobody} in this letter. There are: {reader.first_name}",
        "Hello, {next} {ask}": "place {why} somewhere",
        "Hello, {why} {next}": "place {ask} somewhere",
        "Hello [here](https://x.example/{ticket.number}) {why} {next} {ask}": "cannot be part of an address",
        "": "not nothing",
    }
    for body, said in wrong.items():
        page = read(manager, url(northern, "/received/en/save"), {"body": body}, 422)
        assert said in page, body
        assert body in page
        assert said in read(manager, url(northern, "/received/en/preview"), {"body": body}, 422)


def test_the_letter_in_its_frame_runs_nothing_and_leads_nowhere(northern: World, manager: Client) -> None:
    answer = manager.get(url(northern, "/answered/en/preview"))
    rules = answer["Content-Security-Policy"]
    assert "default-src 'none'" in rules
    assert "sandbox" in rules
    assert "frame-ancestors 'self'" in rules
    assert "script-src" not in rules
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src 'self'" in manager.get(url(northern, "/answered/en"))["Content-Security-Policy"]


def test_subjects_are_the_vendors_only_outside_threads(northern: World, manager: Client) -> None:
    assert 'name="subject"' not in read(manager, url(northern, "/answered/en"))
    page = read(manager, url(northern, "/mail-confirm/en"))
    assert 'name="subject"' in page
    sent = {"subject": "Is it you, {ticket.number}?", "body": "Look. {link}"}
    assert "no variable {ticket.number}" in read(manager, url(northern, "/mail-confirm/en/save"), sent, 422)
    sent["subject"] = "Is it you?"
    read(manager, url(northern, "/mail-confirm/en/save"), sent, 302)
    assert "Is it you?" in read(manager, url(northern, "/mail-confirm/en/preview"))
