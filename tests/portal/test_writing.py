"""Writing in the portal: previews, drafts of answers and of whole requests, and the walls around them."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from tests.pages.world import World

from palier.people import tenancy
from palier.tickets.models import Ticket
from palier.workspace.models import Draft

JSON = {"Accept": "application/json"}


@pytest.fixture
def camille(northern: World, client: Client) -> Client:
    client.force_login(northern.customers["Ferronor"].user)
    return client


def path(made: World, name: str = "answered") -> str:
    return f"{made.path}/requests/NOR-{made.tickets[name].number}"


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def typed(page: str, id_: str = "reply") -> str:
    return (
        page.partition(f'<textarea class="form-control" id="{id_}"')[2]
        .partition(">")[2]
        .partition("</textarea>")[0]
        .removeprefix("\n")
    )


def test_an_answers_draft_is_shown_to_its_writer_alone_until_it_is_sent(
    northern: World, camille: Client
) -> None:
    answer = camille.post(f"{path(northern)}/draft", {"body": "  As typed "}, headers=JSON)
    assert answer.json()["kept"].startswith("kept ")
    assert typed(read(camille, path(northern))) == "  As typed "
    for user in (northern.customers["Ferronor"].colleague_user, northern.agent_user):
        other = type(camille)()
        other.force_login(user)
        face = (
            path(northern)
            if user != northern.agent_user
            else f"{northern.path}/desk/tickets/NOR-{northern.tickets['answered'].number}"
        )
        answer = other.get(face)
        assert "As typed" not in answer.content.decode()
    camille.post(f"{path(northern)}/reply", {"body": "As sent"})
    assert typed(read(camille, path(northern))) == ""
    answer = camille.post(f"{path(northern)}/draft", {"body": "Without a script"}, follow=True)
    assert "Only you see it" in answer.content.decode()


def test_a_resolved_requests_draft_stands_where_it_is_taken_up_again(
    northern: World, camille: Client
) -> None:
    aya = type(camille)()
    aya.force_login(northern.customers["Kisaragi Seiki"].user)
    aya.post(f"{path(northern, 'resolved')}/draft", {"body": "Still unreadable"})
    page = read(aya, path(northern, "resolved"))
    assert "/reopen" in page
    assert typed(page) == "Still unreadable"
    aya.post(f"{path(northern, 'resolved')}/reopen", {"body": "Still unreadable"})
    with tenancy.vendor(northern.vendor.id):
        assert not Draft.objects.exists()


def test_a_preview_links_only_what_the_reader_may_see(northern: World, camille: Client) -> None:
    mine, theirs = (northern.tickets[name].number for name in ("fresh", "tokyo"))
    sent = {"body": f"**See** NOR-{mine} and NOR-{theirs}"}
    made = camille.post(f"{path(northern)}/preview", sent, headers={"HX-Request": "true"}).content.decode()
    assert f'<a href="{northern.path}/requests/NOR-{mine}">' in made
    assert f"requests/NOR-{theirs}" not in made
    assert "<html" not in made
    answer = camille.post(f"{path(northern)}/preview", sent)
    page = html.unescape(answer.content.decode())
    assert (answer.status_code, typed(page)) == (200, sent["body"])
    assert "<strong>See</strong>" in page
    assert camille.get(f"{path(northern)}/preview").status_code == 200


FORM = {
    "kind": "defect", "subject": "Half a request", "body": "It does", "environment": "production",
    "effect": "lasting-major", "asked_for": "defect", "seen-x": "y", "do": "send",
}  # fmt: skip


def test_a_request_that_was_begun_is_gone_on_with_or_started_afresh(northern: World, camille: Client) -> None:
    new = f"{northern.path}/requests/new"
    assert "You began one before" not in read(camille, new)
    assert "data-draft" in read(camille, new)
    kept = f"{northern.path}/requests/draft"
    assert camille.post(kept, {**FORM, "do": ""}, headers=JSON).json()["kept"].startswith("kept ")
    with tenancy.vendor(northern.vendor.id):
        assert set(Draft.objects.get().content) == {"kind", "subject", "body", "environment", "effect"}
    page = read(camille, new)
    # Nothing typed beside the question replaces what was kept.
    assert "You began one before" in page
    assert "data-draft" not in page
    assert "Half a request" not in page
    page = read(camille, f"{new}?draft=continue")
    assert 'value="Half a request"' in page
    assert "It does</textarea>" in page
    assert 'value="defect" checked' in page
    assert "data-draft" in page
    colleague = type(camille)()
    colleague.force_login(northern.customers["Ferronor"].colleague_user)
    assert "Half a request" not in read(colleague, f"{new}?draft=continue")
    camille.post(kept, {"do": "forget"})
    assert "You began one before" not in read(camille, new)
    # What was only looked through is no request begun.
    assert camille.post(kept, {"kind": "defect"}, headers=JSON).json() == {"kept": ""}


def test_a_sent_request_leaves_no_draft(northern: World, camille: Client) -> None:
    camille.post(f"{northern.path}/requests/draft", {**FORM, "do": ""})
    page = read(camille, f"{northern.path}/requests/new?draft=continue")
    fields = {name: "x" for name in ("applications", "access") if f'name="{name}"' in page}
    answer = camille.post(f"{northern.path}/requests/new", {**FORM, **fields})
    assert answer.status_code == 302, answer.content.decode()
    with tenancy.vendor(northern.vendor.id):
        assert Ticket.objects.filter(subject="Half a request").exists()
        assert not Draft.objects.exists()


def test_strangers_and_staff_keep_and_preview_nothing(northern: World, camille: Client) -> None:
    for deed in ("draft", "preview"):
        assert camille.post(f"{path(northern, 'tokyo')}/{deed}", {"body": "x"}).status_code == 404
    agent = type(camille)()
    agent.force_login(northern.agent_user)
    for address in (
        f"{path(northern)}/draft",
        f"{path(northern)}/preview",
        f"{northern.path}/requests/draft",
    ):
        assert agent.post(address, {"body": "x"}).status_code == 404
    nobody = type(camille)()
    assert nobody.post(f"{path(northern)}/draft", {"body": "x"}).status_code in (302, 403, 404)
    with tenancy.vendor(northern.vendor.id):
        assert not Draft.objects.exists()
