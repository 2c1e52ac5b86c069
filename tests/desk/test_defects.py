"""Defects on the desk: the list, one, confirming it from a request, linking, merging, splitting, history, proof, shipping."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages.world import World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.software.models import Defect
from palier.tickets import defects, links
from palier.tickets.models import DefectLink, Link, Message, Ticket

CONFIRMED = {
    "product": "northern-software", "title_en": "The import stops", "title_fr": "L’importation s’arrête",
    "workaround_en": "Split the file.", "affected": "7.1, 7.2", "state": "confirmed", "public": "yes",
}  # fmt: skip


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def desk(made: World, path: str) -> str:
    return f"{made.path}/desk/{path}"


def number(made: World, name: str) -> str:
    return f"NOR-{made.tickets[name].number}"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def confirm(client: Client, made: World, ticket: str = "", **more: str) -> str:
    query = f"?ticket={ticket}" if ticket else ""
    answer = client.post(desk(made, f"defects/new{query}"), {**CONFIRMED, **more})
    assert answer.status_code == 302, html.unescape(answer.content.decode())
    return str(answer.headers["Location"]).rpartition("/")[2]


def test_confirmed_from_a_request_listed_and_corrected(northern: World, agent: Client) -> None:
    one = number(northern, "fresh")
    form = text(agent.get(desk(northern, f"defects/new?ticket={one}")))
    assert one in form
    found = confirm(agent, northern, one)
    assert found == "NOR-D1"
    listed = text(agent.get(desk(northern, "defects")))
    for words in ("The import stops", "NOR-D1", "7.1, 7.2", "Confirmed", "0 days"):
        assert words in listed
    assert "No defect here" in text(agent.get(desk(northern, "defects?state=shipped")))
    assert "The import stops" in text(agent.get(desk(northern, "defects?q=d1")))
    assert "Nothing found" in text(agent.get(desk(northern, "defects?q=zzz")))
    page = text(agent.get(desk(northern, f"defects/{found}")))
    assert one in page
    assert "1 customer has it" in page
    answer = agent.post(
        desk(northern, f"defects/{found}/edit"), {**CONFIRMED, "affected": "7.1", "state": "in-progress"}
    )
    assert answer.status_code == 302
    page = text(agent.get(desk(northern, f"defects/{found}")))
    assert re.search(r"Affected versions\s+7\.1, 7\.2\s+7\.1\s", page)
    assert re.search(r"State\s+Confirmed\s+Being fixed", page)
    answer = agent.post(
        desk(northern, f"defects/{found}/follow-up"),
        {"said": "In test.", "reference": "R-1", "follow_up_on": "2020-01-01"},
    )
    assert answer.status_code == 422
    assert "lies in the past" in html.unescape(answer.content.decode())
    assert "In test." in answer.content.decode()
    assert agent.post(desk(northern, f"defects/{found}/explode")).status_code == 404


def test_what_is_refused_keeps_what_was_typed(northern: World, agent: Client) -> None:
    answer = agent.post(
        desk(northern, "defects/new"), {**CONFIRMED, "title_en": "", "title_fr": "", "affected": "8.9"}
    )
    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    assert "Give the defect a title" in page
    assert "8.9" in page


def test_a_ticket_shows_its_defect_and_links_and_takes_both_away(northern: World, agent: Client) -> None:
    one, two = number(northern, "fresh"), number(northern, "answered")
    confirm(agent, northern)
    page = text(agent.get(desk(northern, f"tickets/{one}/links?q=import")))
    assert "NOR-D1" in page
    assert agent.post(desk(northern, f"tickets/{one}/links/attach"), {"defect": "NOR-D1"}).status_code == 302
    assert agent.post(desk(northern, f"tickets/{one}/links/attach"), {"defect": "NOR-D9"}).status_code == 422
    add = {"number": two, "relation": "duplicate-of"}
    assert agent.post(desk(northern, f"tickets/{one}/links/add"), add).status_code == 302
    shown = text(agent.get(desk(northern, f"tickets/{one}")))
    assert re.search(rf"Duplicate of\s+{two}", shown)
    assert "The import stops" in shown
    assert re.search(rf"Has the duplicate\s+{one}", text(agent.get(desk(northern, f"tickets/{two}"))))
    wrong = agent.post(desk(northern, f"tickets/{one}/links/add"), {"number": "NOR-9", "relation": "related"})
    assert wrong.status_code == 422
    assert "no request" in wrong.content.decode()
    back = {"number": one, "relation": "has-duplicate"}
    assert agent.post(desk(northern, f"tickets/{two}/links/remove"), back).status_code == 302
    assert agent.post(desk(northern, f"tickets/{one}/links/detach")).status_code == 302
    with tenancy.vendor(northern.vendor.id):
        assert not Link.objects.exists()
        assert not DefectLink.objects.exists()


def test_a_merge_is_shown_before_it_is_done(northern: World, agent: Client) -> None:
    one = number(northern, "fresh")
    with tenancy.vendor(northern.vendor.id):
        ticket = Ticket.objects.get(id=northern.tickets["fresh"].id)
        sibling = (
            Ticket.objects.filter(organisation_id=ticket.organisation_id, is_open=True)
            .exclude(id=ticket.id)
            .first()
        )
        assert sibling is not None
        two = f"NOR-{sibling.number}"
        stranger = Ticket.objects.exclude(organisation_id=ticket.organisation_id).filter(is_open=True).first()
        assert stranger is not None
    page = text(agent.get(desk(northern, f"tickets/{one}/merge?into={two}")))
    assert f"{one} closes as it stands" in page
    assert f"The clock of {two} is not moved" in page
    refused = text(agent.get(desk(northern, f"tickets/{one}/merge?into=NOR-{stranger.number}")))
    assert "They belong to two customers" in refused
    assert (
        agent.post(desk(northern, f"tickets/{one}/merge"), {"into": f"NOR-{stranger.number}"}).status_code
        == 422
    )
    assert agent.post(desk(northern, f"tickets/{one}/merge"), {"into": two}).status_code == 302
    shown = text(agent.get(desk(northern, f"tickets/{two}")))
    assert f"from {one}" in shown
    assert f"{one} was merged into this one" in shown
    assert f"Merged into {two}" in text(agent.get(desk(northern, f"tickets/{one}")))


def test_a_split_is_decided_before_it_is_done(northern: World, agent: Client) -> None:
    one = number(northern, "fresh")
    with tenancy.vendor(northern.vendor.id):
        wrote = Message.objects.filter(ticket=northern.tickets["fresh"], from_vendor=False).first()
        assert wrote is not None
        ticket = Ticket.objects.get(id=northern.tickets["fresh"].id)
    sent = {
        "message": str(wrote.id),
        "subject": "Something else",
        "kind": ticket.kind,
        "product": ticket.product,
        "version": "",
        "effect": ticket.effect,
    }
    page = text(agent.post(desk(northern, f"tickets/{one}/split"), {**sent, "do": "show"}))
    assert "From when it reached us" in page
    assert agent.post(desk(northern, f"tickets/{one}/split"), {"subject": "x"}).status_code == 422
    done = agent.post(desk(northern, f"tickets/{one}/split"), {**sent, "do": "split"})
    assert done.status_code == 302
    shown = text(agent.get(str(done.headers["Location"])))
    assert f"Split off from {one}" in shown
    assert "Something else" in shown
    assert "Nothing to split off" in text(agent.get(desk(northern, f"tickets/{one}/split")))


def test_one_answer_to_all_is_reported_request_by_request(northern: World, agent: Client) -> None:
    one, two = number(northern, "fresh"), number(northern, "answered")
    with tenancy.vendor(northern.vendor.id):
        by = Viewer.staff(northern.agent)
        links.add(
            by=by,
            ticket=northern.tickets["fresh"],
            other=northern.tickets["answered"],
            relation="same-defect",
            now=timezone.now(),
        )
        ids = [str(northern.tickets[name].id) for name in ("fresh", "answered")]
    page = text(agent.get(desk(northern, f"tickets/{one}/answer-all")))
    assert two in page
    refused = agent.post(desk(northern, f"tickets/{one}/answer-all"), {"ticket": ids, "text_en": " "})
    assert refused.status_code == 422
    done = agent.post(
        desk(northern, f"tickets/{one}/answer-all"),
        {"ticket": ids, "text_en": "We know, {contact}.", "then": "keep"},
    )
    assert done.status_code == 302
    report = text(agent.get(str(done.headers["Location"])))
    assert "2 told" in report
    with tenancy.vendor(northern.vendor.id):
        assert Message.objects.filter(body__startswith="We know, ").count() == 2


def test_shipping_says_whom_it_tells_and_then_whom_it_told(northern: World, agent: Client) -> None:
    one = number(northern, "fresh")
    found = confirm(agent, northern, one)
    page = text(agent.get(desk(northern, f"defects/{found}/ship")))
    assert "1 request gets the message" in page
    assert "1 customer is told" in page
    sent = {
        "fixed_in": "",
        "shipped_on": "",
        "text_en": "It is there: {patch}.",
        "text_fr": "C’est là : {patch}.",
    }
    assert agent.post(desk(northern, f"defects/{found}/ship"), sent).status_code == 422
    assert agent.post(desk(northern, f"defects/{found}/ship"), {**sent, "fixed_in": "7.3"}).status_code == 302
    page = text(agent.get(desk(northern, f"defects/{found}")))
    assert "Fix shipped" in page
    assert "1 told" in page
    with tenancy.vendor(northern.vendor.id):
        assert Message.objects.filter(ticket=northern.tickets["fresh"], body__contains="7.3").count() == 1
        row = Defect.objects.get()
        assert defects.counts(northern.vendor.id, [row.id])[row.id].tickets == 1


def test_the_history_tells_every_change_and_is_narrowed(northern: World, agent: Client) -> None:
    one = number(northern, "fresh")
    confirm(agent, northern, one)
    agent.post(desk(northern, f"tickets/{one}/severity"), {"severity": "4", "reason": "It is small."})
    page = text(agent.get(desk(northern, f"tickets/{one}/history")))
    assert "Hangs on the known defect NOR-D1" in page
    assert "Sent in" in page
    assert "It is small." in page
    narrowed = text(agent.get(desk(northern, f"tickets/{one}/history?kind=links")))
    assert "Hangs on the known defect NOR-D1" in narrowed
    assert "Sent in" not in narrowed
    assert agent.get(desk(northern, f"tickets/{one}/history?kind=nonsense")).status_code == 404


def test_print_and_proof_are_whole_and_leave_notes_out(northern: World, agent: Client) -> None:
    one = number(northern, "answered")
    agent.post(desk(northern, f"tickets/{one}/reply"), {"to": "note", "body": "Zanzibar only inside."})
    page = agent.get(desk(northern, f"tickets/{one}?print"))
    assert "Zanzibar" not in text(page)
    assert "what was counted of" in text(page)
    assert "Zanzibar" in text(agent.get(desk(northern, f"tickets/{one}?print=notes")))
    proof = agent.get(desk(northern, f"tickets/{one}/proof.txt"))
    assert proof.headers["Content-Type"] == "text/plain; charset=utf-8"
    words = proof.content.decode()
    assert words.startswith(one)
    assert "Sum, without what ran over" in words
    assert "Europe/" in words or "Asia/" in words or "America/" in words


def test_a_customer_finds_no_page_of_this(northern: World, client: Client) -> None:
    customer = next(iter(northern.customers.values()))
    client.force_login(customer.user)
    one = number(northern, "fresh")
    for path in (
        "defects",
        "defects/new",
        "defects/NOR-D1",
        f"tickets/{one}/links",
        f"tickets/{one}/merge",
        f"tickets/{one}/split",
        f"tickets/{one}/history",
        f"tickets/{one}/proof.txt",
        f"tickets/{one}/answer-all",
    ):
        assert client.get(desk(northern, path)).status_code == 404, path
