"""Received mail on the desk: the lists, one message and its original, letting in, noting, throwing away, trying again."""

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
from palier.mail.models import Incoming
from palier.people import tenancy
from palier.people.models import Contact, Organisation
from palier.tickets.models import Attachment, Message


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def at(made: World, incoming: UUID | str, deed: str = "") -> str:
    return f"{made.path}/desk/mail/{incoming}" + (f"/{deed}" if deed else "")


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def arrive(made: World, sender: str, **more: Any) -> UUID:
    return held.arrive(made.vendor.id, sender, NOW, **more)


def of(made: World, incoming: UUID) -> Incoming:
    return held.row(made.vendor.id, incoming)


def camille(made: World) -> Contact:
    return made.customers["Ferronor"].contact


def test_the_lists_show_what_waits_with_the_reason_in_both_languages(northern: World, agent: Client) -> None:
    arrive(northern, "Kim <kim@elsewhere.example>")
    arrive(northern, f"Camille <{camille(northern).email}>", proof="", subject="Unproved")
    listed = text(agent.get(f"{northern.path}/desk/mail"))
    assert "Unproved" in listed
    assert "nothing proves it" in listed
    assert "Unknown senders (1)" in listed
    assert "Kim" in text(agent.get(f"{northern.path}/desk/mail?view=unknown"))
    agent.cookies["django_language"] = "fr"
    french = text(agent.get(f"{northern.path}/desk/mail?view=unknown"))
    assert agent.get(f"{northern.path}/desk/mail?view=nothing").status_code == 404
    assert "Kim" in french


def test_a_message_is_shown_as_text_and_kept_as_a_file(northern: World, agent: Client) -> None:
    one = arrive(northern, "kim@elsewhere.example")
    page = agent.get(at(northern, one))
    assert PLANTED in text(page)
    source = page.content.decode()
    assert "spy.example" not in source
    assert "alert(1)" not in source
    whole = agent.get(at(northern, one, "original"))
    assert PLANTED.encode() in whole.content
    assert whole["Content-Disposition"].startswith("attachment")
    assert whole["X-Content-Type-Options"] == "nosniff"


def test_let_in_as_a_new_request_of_a_contact_it_reaches_us_now(northern: World, agent: Client) -> None:
    one = arrive(northern, "kim@elsewhere.example", files=True)
    answer = agent.post(at(northern, one, "let-in"), {"contact": camille(northern).email, "kind": "question"})
    assert answer.status_code == 302, text(answer, 422)
    row = of(northern, one)
    with tenancy.vendor(northern.vendor.id):
        assert row.ticket is not None
        assert (row.state, row.ticket.channel, row.ticket.kind, row.ticket.reached_at) == (
            State.DONE, "mail", "question", NOW
        )  # fmt: skip
        assert row.ticket.author_id == camille(northern).id
        assert Attachment.objects.filter(message=row.message).count() == 1
    again = agent.post(at(northern, one, "let-in"), {"contact": camille(northern).email})
    assert "already" in text(again, 422)


def test_let_in_in_the_name_of_a_new_contact(northern: World, agent: Client) -> None:
    one = arrive(northern, "kim@ferronor.example")
    refused = agent.post(at(northern, one, "let-in"), {"contact": "kim@ferronor.example"})
    assert "No contact has the address" in text(refused, 422)
    agent.force_login(northern.manager_user)
    answer = agent.post(
        at(northern, one, "let-in"),
        {"contact": "kim@ferronor.example", "customer": "ferronor", "name": "Kim Roux", "kind": "question"},
    )
    assert answer.status_code == 302, text(answer, 422)
    with tenancy.vendor(northern.vendor.id):
        made = Contact.objects.get(email="kim@ferronor.example")
        assert (made.name, made.organisation.name) == ("Kim Roux", "Ferronor")


def test_a_strangers_answer_is_let_in_only_for_who_has_a_part_or_as_a_note(
    northern: World, agent: Client
) -> None:
    ticket = northern.tickets["fresh"]
    number = f"NOR-{ticket.number}"
    one = arrive(northern, "kim@elsewhere.example", ticket_id=ticket.id, files=True)
    assert of(northern, one).reason == "stranger"
    other = northern.customers["Kisaragi Seiki"].contact
    refused = agent.post(at(northern, one, "let-in"), {"contact": other.email, "ticket": number})
    assert "has no part" in text(refused, 422)
    noted = agent.post(at(northern, one, "note"), {"ticket": number})
    assert noted.status_code == 302
    with tenancy.vendor(northern.vendor.id):
        note = Message.objects.get(ticket=ticket, body__contains=PLANTED)
        assert not note.public
        assert "kim@elsewhere.example" in note.body
    two = arrive(northern, "lee@elsewhere.example", ticket_id=ticket.id, files=True)
    let = agent.post(at(northern, two, "let-in"), {"contact": camille(northern).email, "ticket": number})
    assert let.status_code == 302, text(let, 422)
    row = of(northern, two)
    assert row.message is not None
    assert (row.message.public, row.message.contact_id) == (True, camille(northern).id)
    with tenancy.vendor(northern.vendor.id):
        assert Attachment.objects.filter(message=row.message).count() == 1


def test_thrown_away_with_a_reason_and_what_a_machine_wrote_can_still_be_let_in(
    northern: World, agent: Client
) -> None:
    one = arrive(northern, "kim@elsewhere.example")
    assert "Say why" in text(agent.post(at(northern, one, "discard"), {"reason": " "}), 422)
    assert agent.post(at(northern, one, "discard"), {"reason": "Advertising"}).status_code == 302
    assert of(northern, one).state == State.DISCARDED
    assert "Advertising" in text(agent.get(f"{northern.path}/desk/mail?view=discarded"))


def test_what_is_parked_is_tried_again(northern: World, agent: Client) -> None:
    one = arrive(northern, "kim@elsewhere.example")
    with tenancy.vendor(northern.vendor.id):
        Incoming.objects.filter(id=one).update(
            state=State.PARKED, reason="failed", detail={"said": "planned"}
        )
    assert "planned" in text(agent.get(f"{northern.path}/desk/mail?view=parked"))
    assert agent.post(at(northern, one, "retry")).status_code == 302
    row = of(northern, one)
    assert (row.state, row.attempts) == (State.RECEIVED, 0)


def test_nobody_sees_mail_of_what_it_may_not_see(northern: World, agent: Client) -> None:
    one = arrive(northern, camille(northern).email, proof="")
    on_thread = arrive(northern, "kim@elsewhere.example", ticket_id=northern.tickets["fresh"].id)
    with tenancy.vendor(northern.vendor.id):
        Organisation.objects.filter(name="Ferronor").update(restricted=True)
    for incoming in (one, on_thread):
        for path in ("", "original"):
            assert agent.get(at(northern, incoming, path)).status_code == 404
        for deed in ("let-in", "note", "discard", "retry"):
            assert agent.post(at(northern, incoming, deed), {"reason": "x", "ticket": "1"}).status_code == 404
    assert PLANTED not in text(agent.get(f"{northern.path}/desk/mail?view=all"))
    agent.force_login(northern.customers["Ferronor"].user)
    assert agent.get(at(northern, one)).status_code == 404


def test_another_vendors_mail_is_not_there(northern: World, solidxperts: World, client: Client) -> None:
    one = arrive(northern, "kim@elsewhere.example")
    client.force_login(solidxperts.manager_user)
    assert client.get(f"{solidxperts.path}/desk/mail/{one}").status_code == 404
    assert PLANTED not in text(client.get(f"{solidxperts.path}/desk/mail?view=all"))
