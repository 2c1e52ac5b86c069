"""Received mail on the desk: the lists, one message and its original, letting in, noting, throwing away, trying again."""

from __future__ import annotations

import email
import html
import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from tests.mail import held
from tests.mail.held import PLANTED
from tests.pages.fixtures import NOW
from tests.pages.world import World

from palier.files import store
from palier.mail import keeping, threads, tokens
from palier.mail.incoming_models import State
from palier.mail.models import Incoming
from palier.people import tenancy
from palier.people.models import Contact, Look, Organisation
from palier.tickets import attachments
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
    northern.agent_user.language = "fr"
    with tenancy.vendor(northern.vendor.id):
        northern.agent_user.save(update_fields=["language"])
    french = text(agent.get(f"{northern.path}/desk/mail?view=unknown"))
    assert "Expéditeurs inconnus (1)" in french
    assert "Unknown senders" not in french
    held_ = text(agent.get(f"{northern.path}/desk/mail"))
    assert "rien ne le prouve" in held_
    assert "nothing proves it" not in held_
    assert agent.get(f"{northern.path}/desk/mail?view=nothing").status_code == 404
    assert "Kim" in french


def test_a_message_is_shown_as_text_and_kept_as_a_file(northern: World, agent: Client) -> None:
    one = arrive(northern, "kim@elsewhere.example")
    page = agent.get(at(northern, one))
    assert PLANTED in text(page)
    source = page.content.decode()
    assert "spy.example" not in source
    assert "alert(1)" not in source
    agent.force_login(northern.manager_user)
    whole = agent.get(at(northern, one, "original"))
    assert PLANTED.encode() in whole.content
    assert whole["Content-Disposition"].startswith("attachment")
    assert whole["X-Content-Type-Options"] == "nosniff"


def test_only_who_runs_the_desk_has_the_bytes_and_each_time_is_recorded(
    northern: World, agent: Client
) -> None:
    one = arrive(northern, "kim@elsewhere.example")
    assert agent.get(at(northern, one, "original")).status_code == 404
    assert "as it came" not in text(agent.get(at(northern, one)))
    agent.force_login(northern.manager_user)
    page = text(agent.get(at(northern, one)))
    assert "each time is recorded" in page
    assert "Fetched by" not in page
    assert agent.get(at(northern, one, "original")).status_code == 200
    with tenancy.vendor(northern.vendor.id):
        look = Look.objects.get(subject_kind="mail-original")
    assert (look.subject_id, look.staff_id, look.at) == (one, northern.manager.id, NOW)
    assert f"Fetched by {northern.manager.name}" in text(agent.get(at(northern, one)))


def quoting(token: str) -> EmailMessage:
    """A mail that has one of our links everywhere a mail can have it, plainly and encoded."""
    link = f"https://northern.example/portal/act/{token}"
    letter = EmailMessage()
    letter["Subject"] = "The estimate"
    letter.set_content(f"Look and answer: {link}\n", cte="base64")
    letter.add_alternative(f'<a href="{link}">Look é</a>', subtype="html", cte="quoted-printable")
    inner = EmailMessage()
    inner["Subject"] = "Fwd"
    inner.set_content("Below.")
    inner.add_attachment(letter)
    made = EmailMessage()
    made.set_content(f"About {PLANTED}: is {link} right?\n\n> {link}\n", cte="quoted-printable")
    made.add_alternative(f"<p>About {PLANTED}: <a href='{link}'>this</a></p>", subtype="html", cte="base64")
    made.add_attachment(inner)
    made.add_attachment(inner.as_bytes(), maintype="application", subtype="octet-stream", filename="sent.eml")
    made.add_attachment(f"see {link}\n".encode(), maintype="text", subtype="plain", filename="log.txt")
    return made


@pytest.mark.parametrize("files", [0, 60])
def test_a_link_that_somebody_quotes_is_shown_nowhere(northern: World, agent: Client, files: int) -> None:
    token = tokens.make(northern.vendor.id)
    made = quoting(token)
    for n in range(files):
        made.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{n}.txt")
    writer = camille(northern)
    made["From"] = writer.email
    made["Subject"] = f"Re: /portal/act/{token}"
    ticket = northern.tickets["fresh"]
    made["References"] = threads.message_id(
        vendor_id=northern.vendor.id, ticket_id=ticket.id, letter_id=ticket.id, domain="v.example"
    )
    head = (
        f"Authentication-Results: {held.BORDER}; dmarc=pass header.from={writer.email.rpartition('@')[2]}\n"
        f"Received: from x.example by {held.BORDER}; Thu, 19 Nov 2026 12:00:00 +0000\n"
    )
    raw = head.encode() + made.as_bytes(policy=made.policy.clone(max_line_length=900))
    one = arrive(northern, writer.email, raw=raw)
    row = of(northern, one)
    with tenancy.vendor(northern.vendor.id):
        assert (row.state, row.ticket_id) == (State.DONE, ticket.id), row.reason
        assert token not in row.subject
        assert row.message_id is not None
        message = Message.objects.get(id=row.message_id)
        assert PLANTED in message.body
        assert token not in message.body + message.folded
        kept = list(Attachment.objects.filter(message=message).select_related("file"))
        assert len(kept) == (attachments.MOST if files else 3)
        for attachment in kept:
            content = store.read(store.name_of(northern.vendor.id, attachment.file.sha256))
            assert not reads(content, token), attachment.file.name
    assert PLANTED in text(agent.get(at(northern, one)))
    for path in (
        at(northern, one),
        f"{northern.path}/desk/mail?view=all",
        f"{northern.path}/desk/tickets/NOR-{ticket.number}",
    ):
        shown = agent.get(path)
        assert shown.status_code == 200
        assert token not in shown.content.decode()


def reads(content: bytes, token: str) -> bool:
    """Whether a token stands in a file, however deep and in whatever encoding."""
    inside = [
        part.get_payload(decode=True)
        for part in email.message_from_bytes(content).walk()
        if not part.is_multipart()
    ]
    return token.encode() in content or any(
        isinstance(one, bytes) and one != content and reads(one, token) for one in inside
    )


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


def test_a_message_whose_bytes_are_not_kept_any_more_says_so(northern: World, agent: Client) -> None:
    one = arrive(northern, "kim@elsewhere.example")
    agent.force_login(northern.manager_user)
    assert agent.post(at(northern, one, "discard"), {"reason": "Advertising"}).status_code == 302
    with tenancy.vendor(northern.vendor.id):
        Incoming.objects.filter(id=one).update(handled_at=NOW - timedelta(days=91))
    assert keeping.forget(now=NOW) == 1
    page = agent.get(at(northern, one))
    assert "not kept any more" in text(page)
    assert "/original" not in page.content.decode()
    assert agent.get(at(northern, one, "original")).status_code == 404
    with tenancy.vendor(northern.vendor.id):
        assert not Look.objects.filter(subject_kind="mail-original").exists()
