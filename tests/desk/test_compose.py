"""Writing on a ticket of the desk without a script: sending, taking back, previews, drafts, canned answers, mentions."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages import world
from tests.pages.world import World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Notice, Role, Team
from palier.tickets import opening
from palier.tickets.models import Event, Message, Ticket
from palier.workspace import canned
from palier.workspace.models import CannedAnswer, Draft

SECOND = timedelta(seconds=1)


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def path(made: World, name: str = "answered") -> str:
    return f"{made.path}/desk/tickets/NOR-{made.tickets[name].number}"


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def send(client: Client, made: World, name: str = "answered", **sent: str) -> str:
    data = {"to": "customer", "body": "Please try **this**.", **sent}
    answer = client.post(f"{path(made, name)}/reply", data, follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now = timezone.now() + by
    monkeypatch.setattr(timezone, "now", lambda: now)


def typed(page: str) -> str:
    return page.partition('<textarea id="reply"')[2].partition(">\n")[2].partition("</textarea>")[0]


# --- sending and taking back -----------------------------------------------------------------------------


def test_an_answer_is_sent_shown_as_markdown_and_can_be_taken_back_for_ten_seconds(
    northern: World, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = send(agent, northern, then="resolve")
    assert "Sent to Camille, who reads it ten seconds after you pressed." in page
    assert 'data-undo="10000"' in page
    assert "<p>Please try <strong>this</strong>.</p>" in page
    with tenancy.vendor(northern.vendor.id):
        message = Message.objects.get(body="Please try **this**.")
        assert Ticket.objects.get(id=northern.tickets["answered"].id).status == "resolved"
    later(monkeypatch, 9 * SECOND)
    answer = agent.post(f"{path(northern)}/undo", {"message": str(message.id)}, follow=True)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "Taken back. The customer never saw it" in page
    assert typed(page) == "Please try **this**."
    assert "Taken back by" in page
    assert "<del>Please try **this**.</del>" in page
    assert "data-undo" not in page
    printed = read(agent, f"{path(northern)}?print")
    assert "From the sheet template, unchanged." in printed
    assert "Please try" not in printed
    with tenancy.vendor(northern.vendor.id):
        assert Ticket.objects.get(id=northern.tickets["answered"].id).status == "open"
        assert Event.objects.filter(kind="answer-withdrawn", message=message).count() == 1


def test_too_late_or_anothers_is_refused_with_what_to_do_instead(
    northern: World, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(agent, northern)
    with tenancy.vendor(northern.vendor.id):
        message = str(Message.objects.get(body="Please try **this**.").id)
    manager = type(agent)()
    manager.force_login(northern.manager_user)
    assert "data-undo" not in read(manager, path(northern))
    answer = manager.post(f"{path(northern)}/undo", {"message": message})
    assert (answer.status_code, "Only whoever sent" in answer.content.decode()) == (422, True)
    later(monkeypatch, 10 * SECOND)
    assert "data-undo" not in read(agent, path(northern))
    answer = agent.post(f"{path(northern)}/undo", {"message": message})
    assert (answer.status_code, "write a second answer" in answer.content.decode()) == (422, True)
    assert agent.post(f"{path(northern)}/undo", {"message": "nonsense"}).status_code == 422


def test_what_was_typed_since_stays_after_what_was_taken_back(northern: World, agent: Client) -> None:
    send(agent, northern)
    agent.post(f"{path(northern)}/draft", {"to": "customer", "body": "And one more thing"})
    with tenancy.vendor(northern.vendor.id):
        message = Message.objects.get(body="Please try **this**.")
    agent.post(f"{path(northern)}/undo", {"message": str(message.id)})
    assert typed(read(agent, path(northern))) == "Please try **this**.\n\nAnd one more thing"


def test_the_customers_page_shows_it_after_ten_seconds(
    northern: World, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(agent, northern)
    customer = type(agent)()
    customer.force_login(northern.customers["Ferronor"].user)
    address = f"{northern.path}/requests/NOR-{northern.tickets['answered'].number}"
    assert "<strong>this</strong>" not in read(customer, address)
    later(monkeypatch, 10 * SECOND)
    assert "<p>Please try <strong>this</strong>.</p>" in read(customer, address)


def test_a_refused_answer_comes_back_as_it_was_typed(northern: World, agent: Client) -> None:
    answer = agent.post(f"{path(northern)}/reply", {"to": "customer", "body": " ", "then": "resolve"})
    assert answer.status_code == 422
    assert 'value="resolve" selected' in answer.content.decode()
    answer = agent.post(f"{path(northern)}/reply", {"to": "note", "body": ""})
    assert (answer.status_code, 'value="note" checked' in answer.content.decode()) == (422, True)
    # Reloading the address of a deed shows the page.
    for deed in ("reply", "undo", "preview", "draft", "insert"):
        assert agent.get(f"{path(northern)}/{deed}").status_code == 200


# --- drafts and previews --------------------------------------------------------------------------------


def test_a_draft_is_shown_wherever_its_writer_signs_in_and_to_nobody_else(
    northern: World, agent: Client
) -> None:
    asked = {"to": "note", "body": "Half a thou", "then": "keep", "csrfmiddlewaretoken": "x"}
    answer = agent.post(f"{path(northern)}/draft", asked, headers={"Accept": "application/json"})
    assert answer.json() == {"kept": "kept 14:00"}
    elsewhere = type(agent)()
    elsewhere.force_login(northern.agent_user)
    page = read(elsewhere, path(northern))
    assert typed(page) == "Half a thou"
    assert 'value="note" checked' in page
    assert "kept 14:00" in page
    manager = type(agent)()
    manager.force_login(northern.manager_user)
    assert "Half a thou" not in read(manager, path(northern))
    assert typed(read(agent, path(northern, "fresh"))) == ""
    with tenancy.vendor(northern.vendor.id):
        assert set(Draft.objects.get().content) == {"body", "then"}
    send(agent, northern, to="note", body="Half a thought, whole now")
    assert typed(read(agent, path(northern))) == ""
    with tenancy.vendor(northern.vendor.id):
        assert not Draft.objects.exists()


def test_both_tabs_have_their_draft_and_an_emptied_one_is_gone(northern: World, agent: Client) -> None:
    for to, body in (("customer", "For Camille"), ("note", "For us")):
        agent.post(f"{path(northern)}/draft", {"to": to, "body": body})
    page = read(agent, path(northern))
    assert {typed(page)} | {
        one.partition("</template>")[0].rpartition(">")[2] for one in page.split("<template data-other")[1:]
    } == {"For Camille", "For us"}
    answer = agent.post(
        f"{path(northern)}/draft",
        {"to": "note", "body": " \n", "then": "keep"},
        headers={"Accept": "application/json"},
    )
    assert answer.json() == {"kept": ""}
    assert "For us" not in read(agent, path(northern))


def test_a_preview_is_a_fragment_for_the_script_and_the_page_without_it(
    northern: World, agent: Client
) -> None:
    number = northern.tickets["fresh"].number
    body = f"*See* NOR-{number}, NOR-999999 <script>x</script>"
    answer = agent.post(f"{path(northern)}/preview", {"body": body}, headers={"HX-Request": "true"})
    fragment = answer.content.decode()
    assert f'<a href="{northern.path}/desk/tickets/NOR-{number}">NOR-{number}</a>' in fragment
    assert "<em>See</em>" in fragment
    assert "<script" not in fragment
    assert "<html" not in fragment
    answer = agent.post(f"{path(northern)}/preview", {"to": "customer", "body": body, "then": "resolve"})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "<em>See</em>" in page
    assert typed(page) == body
    with tenancy.vendor(northern.vendor.id):
        assert not Draft.objects.exists()


def test_a_message_is_quoted_after_what_is_typed(northern: World, agent: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        message = Message.objects.get(body="From the sheet template, unchanged.")
        other = Message.objects.filter(ticket=northern.tickets["fresh"]).first()
    agent.post(f"{path(northern)}/draft", {"to": "customer", "body": "Hello"})
    page = read(agent, f"{path(northern)}?quote={message.id}")
    assert typed(page) == "Hello\n\n> From the sheet template, unchanged.\n\n"
    assert other is not None
    for nothing in (other.id, "x", ""):
        assert typed(read(agent, f"{path(northern)}?quote={nothing}")) == "Hello"


# --- notes that name people -----------------------------------------------------------------------------


def test_a_note_tells_who_it_names_and_says_who_may_not_see_the_ticket(
    northern: World, agent: Client
) -> None:
    made = northern.tickets["answered"]
    with tenancy.vendor(northern.vendor.id):
        world._staff(northern.machine, northern.vendor, "Robin Sage", [Role.AGENT])
        team = Team.objects.create(vendor_id=northern.vendor.id, name="Closed circle", level=2)
        Ticket.objects.filter(id=made.id).update(team=team)
    name = northern.manager.name
    page = send(agent, northern, to="note", body=f"@{name}, @Robin Sage: look")
    assert "Not told, because the ticket is not theirs to see: Robin Sage." in page
    with tenancy.vendor(northern.vendor.id):
        assert [one.staff_id for one in Notice.objects.filter(kind="mentioned")] == [northern.manager.id]
    manager = type(agent)()
    manager.force_login(northern.manager_user)
    assert f"{northern.agent.name} named you in a note." in read(manager, f"{northern.path}/desk/notices")


# --- canned answers -------------------------------------------------------------------------------------


def write(made: World, title: str = "Which version", **bodies: str) -> CannedAnswer:
    with tenancy.vendor(made.vendor.id):
        return canned.save(
            by=Viewer.staff(made.manager),
            title=title,
            bodies=bodies
            or {
                "fr": "Bonjour {contact.first_name}, avant le {due.next_update}",
                "en": "Hello {contact.first_name}, {ticket.number}, by {due.next_update}. {due.workaround} {agent.name}",
            },
            now=timezone.now(),
        )


def test_a_canned_answer_is_inserted_in_the_customers_language_and_zone(
    northern: World, agent: Client
) -> None:
    answer = write(northern)
    number = northern.tickets["answered"].number
    asked = {"canned": str(answer.id), "to": "customer", "body": "Before"}
    made = agent.post(f"{path(northern)}/insert", asked, headers={"Accept": "application/json"}).json()[
        "body"
    ]
    contact = northern.customers["Ferronor"].contact
    assert contact.language in ("en", "fr")
    if contact.language == "en":
        assert made.startswith(f"Hello Camille, NOR-{number}, by ")
    else:
        assert made.startswith("Bonjour Camille, avant le ")
    assert "(Paris)" in made
    page = html.unescape(agent.post(f"{path(northern)}/insert", asked).content.decode())
    assert typed(page) == f"Before\n\n{made}"
    refused = agent.post(f"{path(northern)}/insert", {"to": "customer", "body": "Before"})
    assert (refused.status_code, typed(html.unescape(refused.content.decode()))) == (422, "Before")


def test_a_variable_that_nobody_filled_in_is_not_sent(northern: World, agent: Client) -> None:
    answer = agent.post(f"{path(northern)}/reply", {"to": "customer", "body": "By {due.workaround}"})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "There is still {due.workaround} in the answer" in page
    assert typed(page) == "By {due.workaround}"
    send(agent, northern, body="By {json} {}")


def test_managers_write_try_change_and_remove_canned_answers(northern: World, client: Client) -> None:
    client.force_login(northern.manager_user)
    address = f"{northern.path}/desk/answers"
    assert f'href="{address}"' in read(client, path(northern))
    assert "No canned answer yet" in read(client, address)
    sent = {"title": "Which version", "fr": "Quelle version {contact.first_name} ?", "en": "", "team": ""}
    page = html.unescape(client.post(f"{address}/example", sent).content.decode())
    assert "Quelle version Camille ?" in page
    assert "No canned answer yet" in page
    answer = client.post(f"{address}/save", {**sent, "en": "{contact.nom}"})
    assert answer.status_code == 422
    assert "There is no variable {contact.nom}" in html.unescape(answer.content.decode())
    page = html.unescape(client.post(f"{address}/save", sent, follow=True).content.decode())
    assert "Which version" in page
    with tenancy.vendor(northern.vendor.id):
        made = CannedAnswer.objects.get()
    assert "Quelle version {contact.first_name} ?</textarea>" in read(client, f"{address}?edit={made.id}")
    client.post(f"{address}/save", {**sent, "id": str(made.id), "title": "Version"})
    with tenancy.vendor(northern.vendor.id):
        assert CannedAnswer.objects.get().title == "Version"
    client.post(f"{address}/{made.id}/remove")
    with tenancy.vendor(northern.vendor.id):
        assert not CannedAnswer.objects.exists()
    assert client.post(f"{address}/{made.id}/remove").status_code == 422


# --- walls ----------------------------------------------------------------------------------------------


def test_agents_do_not_manage_answers_and_customers_and_strangers_reach_nothing(
    northern: World, agent: Client
) -> None:
    answer = write(northern)
    assert agent.get(f"{northern.path}/desk/answers").status_code == 404
    assert agent.post(f"{northern.path}/desk/answers/example", {}).status_code == 404
    assert agent.post(f"{northern.path}/desk/answers/save", {"title": "T", "en": "x"}).status_code == 422
    assert agent.post(f"{northern.path}/desk/answers/{answer.id}/remove").status_code == 422
    customer = type(agent)()
    customer.force_login(northern.customers["Ferronor"].user)
    for deed in ("reply", "undo", "preview", "draft", "insert"):
        assert customer.post(f"{path(northern)}/{deed}", {"body": "x"}).status_code == 404
        assert agent.post(f"{northern.path}/desk/tickets/NOR-99999/{deed}", {"body": "x"}).status_code == 404
    assert customer.get(f"{northern.path}/desk/answers").status_code == 404
    with tenancy.vendor(northern.vendor.id):
        assert CannedAnswer.objects.get().title == "Which version"
        assert not Draft.objects.exists()


def test_a_ticket_of_another_team_takes_no_draft_and_gives_no_preview(northern: World, agent: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        team = Team.objects.create(vendor_id=northern.vendor.id, name="Closed circle", level=2)
        made = opening.open_ticket(
            by=Viewer.customer(northern.customers["Ferronor"].contact),
            draft=world.draft(),
            now=timezone.now(),
        )
        Ticket.objects.filter(id=made.id).update(team=team)
    for deed in ("preview", "draft", "insert", "reply", "undo"):
        address = f"{northern.path}/desk/tickets/NOR-{made.number}/{deed}"
        assert agent.post(address, {"to": "customer", "body": "x"}).status_code == 404
