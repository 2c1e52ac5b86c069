"""A mail becomes a request, an answer or a note, or waits for a person; whatever it is, it is so once."""

from __future__ import annotations

import base64
import contextlib
import email
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from tests.mail import arrival
from tests.mail.arrival import NOON, Post
from tests.tickets import personas
from tests.tickets.personas import World

from palier.files import store
from palier.files.models import File
from palier.mail import bounces, gathering, handling, holding, threads
from palier.mail.incoming_models import State
from palier.mail.models import Incoming, Letter
from palier.people import access, notices
from palier.people.models import Contact, Notice
from palier.tickets import answering, attachments, sweeping
from palier.tickets.models import Attachment, Event, Message, Status, Ticket

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEPS = "Les étapes pour voir l’incident : ouvrir l’écran, compter"
COMPLETE = (
    "The steps that show the incident: open, count\nEnvironment: Production\n\nThe count is wrong everywhere."
)


@pytest.fixture
def world(within: UUID) -> World:
    return arrival.infor(within)


@pytest.fixture
def post(world: World) -> Post:
    return arrival.post(world)


def letters(world: World, kind: str = "") -> list[Letter]:
    found = Letter.objects.filter(vendor_id=world.vendor_id).order_by("created_at", "id")
    return list(found.filter(kind=kind) if kind else found)


def answer_to(world: World, ticket: Ticket) -> dict[str, str]:
    """The headers of an answer to a letter of ours about a request."""
    named = threads.message_id(
        vendor_id=world.vendor_id, ticket_id=ticket.id, letter_id=ticket.id, domain="infor.example"
    )
    return {"In_Reply_To": named, "References": named}


# --- a new request ------------------------------------------------------------------------------------


def test_a_mail_becomes_a_request_with_verdict_and_is_asked_what_is_missing(world: World, post: Post) -> None:
    became = post.take(
        sender=world.contact,
        subject="Le stock est faux",
        body="Depuis ce matin, le stock est faux partout dans notre entrepôt. Merci de votre aide.",
    )
    ticket = post.ticket(became)
    assert (became.state, became.reason, became.detail["became"]) == (State.DONE, "", "request")
    assert (ticket.channel, ticket.kind, ticket.language, ticket.product, ticket.version) == (
        "mail", "incident", "fr", "warehouse", ""
    )  # fmt: skip
    assert ticket.author == world.contact
    assert ticket.reached_at == NOON
    assert ticket.verdicts.count() == 1
    assert became.message is not None
    assert became.message.channel == "mail"
    assert became.message.sent_at == NOON - MINUTE
    asked = Notice.objects.get(kind=notices.Kind.ASKED)
    assert (asked.contact_id, asked.data["fields"]) == (world.contact.id, ["steps", "environment"])
    assert Event.objects.filter(ticket=ticket, kind="information-missing").exists()


def test_lines_say_kind_product_and_fields_and_the_clock_starts_when_it_reached_us(
    world: World, post: Post
) -> None:
    body = f"Bonjour,\n\n{STEPS}\nProduit : Entrepôts\nEnvironnement : Production\n\nMerci"
    ticket = post.ticket(post.take(sender=world.contact, body=body, now=NOON + HOUR))
    assert (ticket.product, ticket.environment) == ("warehouse", "production")
    assert ticket.answers["fields"] == {"steps": "ouvrir l’écran, compter"}
    assert ticket.commitments.get(commitment="first_response").started_at == NOON
    assert not Notice.objects.filter(kind=notices.Kind.ASKED).exists()


def test_what_was_asked_is_answered_by_mail_and_the_clock_starts_when_the_last_of_it_came(
    world: World, post: Post
) -> None:
    ticket = post.ticket(post.take(sender=world.contact))
    steps, place = "The steps that show the incident: open, count", "**Environment:** production"
    became = post.take(
        sender=world.contact, subject="Re: your request", body=f"{steps}\n\nThanks", at=NOON + HOUR,
        now=NOON + 2 * HOUR, **answer_to(world, ticket),
    )  # fmt: skip
    assert (became.detail["became"], post.ticket(became).id) == ("reply", ticket.id)
    assert not ticket.commitments.exists()
    post.take(
        sender=world.contact, body=place, at=NOON + 3 * HOUR, now=NOON + 4 * HOUR, **answer_to(world, ticket)
    )
    assert ticket.commitments.get(commitment="first_response").started_at == NOON + 3 * HOUR


def test_an_address_says_product_and_kind(world: World, post: Post) -> None:
    from palier.mail.models import MailAddress

    MailAddress.objects.create(
        vendor_id=world.vendor_id, address="finance@infor.example", product="finance", kind="question"
    )
    ticket = post.ticket(post.take(sender=world.contact, to="Finance+any@infor.example"))
    assert (ticket.product, ticket.kind) == ("finance", "question")


def test_attachments_go_along_and_pictures_stand_in_their_place(world: World, post: Post) -> None:
    made = EmailMessage()
    made.set_content("See the log.")
    made.add_attachment(b"line one\n", maintype="text", subtype="plain", filename="log.txt")
    made.add_attachment(b"", maintype="text", subtype="plain", filename="empty.txt")
    became = post.take(sender=world.contact, message=made)
    hung = Attachment.objects.filter(message=became.message).select_related("file")
    assert [one.file.name for one in hung] == ["log.txt"]
    assert hung[0].file.expires_at is None
    assert hung[0].file.user_id == world.contact.user_id


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_picture_in_the_text_and_a_message_within_hang_on_the_request(world: World, post: Post) -> None:
    inner = arrival.text("What the carrier wrote: parcel 77 is lost.")
    inner["Subject"], inner["From"] = "Parcel 77", "carrier@elsewhere.example"
    inner.add_attachment(b"77;lost\n", maintype="text", subtype="csv", filename="parcels.csv")
    made = EmailMessage()
    made.set_content("See the picture, and what the carrier wrote.")
    made.add_alternative(
        '<p>See the picture: <img src="cid:shot@lagrange.example" alt="the screen"></p><p>It is wrong.</p>',
        subtype="html",
    )
    html = list(made.iter_parts())[1]
    assert isinstance(html, EmailMessage)
    html.add_related(PNG, "image", "png", cid="<shot@lagrange.example>", filename="shot.png")
    made.add_attachment(inner)
    became = post.take(sender=world.contact, message=made)
    assert became.message is not None
    hung = {
        one.file.name: one.file
        for one in Attachment.objects.filter(message=became.message).select_related("file")
    }
    names = sorted(hung)
    assert "shot.png" in names
    (nested,) = [name for name in names if name.endswith(".eml")]
    assert len(names) == 2
    shown = hung["shot.png"]
    assert (shown.media_type, store.read(store.name_of(world.vendor_id, shown.sha256))) == ("image/png", PNG)
    # The picture stands where it stood, by the file's own id.
    assert f"file:{shown.id}" in became.message.body
    assert "cid:" not in became.message.body
    whole = email.message_from_bytes(store.read(store.name_of(world.vendor_id, hung[nested].sha256)))
    assert whole["Subject"] == "Parcel 77"
    assert [part.get_filename() for part in whole.walk() if part.get_filename()] == ["parcels.csv"]
    # Another customer's contact has neither; a colleague who sees the request has both.
    later, outside = NOON + HOUR, access.Viewer.customer(arrival.stranger(world))
    for file in hung.values():
        assert attachments.visible(access.Viewer.customer(world.colleague), file.id, later).name
        with pytest.raises(File.DoesNotExist):
            attachments.visible(outside, file.id, later)


def test_a_contact_without_an_account_can_send_files(world: World, post: Post) -> None:
    from palier.people import actions

    contact = actions.add_contact(
        by=world.machine, organisation=world.organisation, name="Noa", email="noa@lagrange.example", now=NOON
    )
    made = EmailMessage()
    made.set_content("See the log.")
    made.add_attachment(b"line one\n", maintype="text", subtype="plain", filename="log.txt")
    became = post.take(sender=contact, message=made)
    assert Attachment.objects.filter(message=became.message).count() == 1
    contact.refresh_from_db()
    assert contact.user is not None
    assert not contact.user.has_usable_password() or contact.user.password == ""


def test_a_mail_is_handled_once_however_often_it_is_looked_at(world: World, post: Post) -> None:
    taken = post.send(sender=world.contact)
    assert handling.handle(world.vendor_id, taken.id, NOON) == State.DONE
    assert handling.handle(world.vendor_id, taken.id, NOON) is None
    assert Ticket.objects.count() == 1


def test_what_waits_is_handled_for_every_vendor(world: World, post: Post) -> None:
    for _ in range(3):
        post.send(sender=world.contact)
    assert handling.handle_waiting(now=NOON) == 3
    assert Ticket.objects.count() == 3
    assert handling.handle_waiting(now=NOON) == 0


# --- answers ------------------------------------------------------------------------------------------


def test_an_answer_by_token_ends_the_wait_and_keeps_what_it_repeats_folded(world: World, post: Post) -> None:
    ticket = post.ticket(post.take(sender=world.contact, body=COMPLETE))
    answering.reply(
        by=world.desk, ticket=ticket, body="Which version?", now=NOON + HOUR, then="wait-customer"
    )
    became = post.take(
        sender=world.colleague, subject="Re: something else entirely", at=NOON + 2 * HOUR,
        body="It is version 12.\n\nOn Thu, 9 Jul 2026 at 13:00, Infor wrote:\n> Which version?\n", **answer_to(world, ticket),
    )  # fmt: skip
    assert became.detail["became"] == "reply"
    assert became.message is not None
    assert became.message.body == "It is version 12."
    assert "Which version?" in became.message.folded
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN


def test_an_answer_by_its_subject_alone_needs_a_sender_who_sees_the_request(world: World, post: Post) -> None:
    ticket = post.ticket(post.take(sender=world.contact))
    subject = f"RE: [INF-{ticket.number}] The stock count is wrong"
    assert post.ticket(post.take(sender=world.colleague, subject=subject)).id == ticket.id
    other = post.take(sender=arrival.stranger(world), subject=subject)
    assert other.ticket_id != ticket.id
    assert other.detail["became"] == "request"


def test_a_reply_to_what_a_colleague_wrote_us_finds_the_thread(world: World, post: Post) -> None:
    first = post.take(sender=world.contact, message_id="<first@lagrange.example>")
    second = post.take(sender=world.colleague, subject="Re: fwd", In_Reply_To="<first@lagrange.example>")
    assert second.ticket_id == first.ticket_id


def test_a_stranger_does_not_enter_a_known_thread(world: World, post: Post) -> None:
    ticket = post.ticket(post.take(sender=world.contact))
    for sender in (arrival.stranger(world), "nobody@elsewhere.example"):
        became = post.take(sender=sender, body="planted-heron", **answer_to(world, ticket))
        assert (became.state, became.reason, became.ticket_id) == (State.HELD, "stranger", ticket.id)
    assert not Message.objects.filter(body__contains="planted-heron").exists()
    told = Notice.objects.filter(kind=notices.Kind.MAIL_HELD)
    assert {one.staff_id for one in told} == {world.manager.id}


def test_another_vendors_token_names_no_thread(world: World, post: Post) -> None:
    ticket = post.ticket(post.take(sender=world.contact))
    other = threads.message_id(
        vendor_id=UUID(int=7), ticket_id=ticket.id, letter_id=ticket.id, domain="infor.example"
    )
    assert post.take(sender=world.contact, References=other).ticket_id != ticket.id


def test_a_reply_fetched_late_resumes_the_clock_when_it_reached_us(world: World, post: Post) -> None:
    """Semantics, late events: what it brings is recorded later, and dated at its true instant."""
    ticket = post.ticket(post.take(sender=world.contact, body=COMPLETE))
    answering.reply(by=world.desk, ticket=ticket, body="Which shelf?", now=NOON + HOUR, then="wait-customer")
    fetched = NOON + timedelta(days=7)
    sweeping.sweep(now=fetched - HOUR)
    ticket.refresh_from_db()
    assert not ticket.breached
    post.take(sender=world.contact, body="All.", at=NOON + 2 * HOUR, now=fetched, **answer_to(world, ticket))
    sweeping.sweep(now=fetched)
    ticket.refresh_from_db()
    assert ticket.breached
    assert ticket.breached_at is not None
    assert NOON + 2 * HOUR < ticket.breached_at < fetched - HOUR
    assert Event.objects.get(ticket=ticket, kind="customer-wrote").at == NOON + 2 * HOUR


def test_an_answer_fetched_late_counts_from_when_it_reached_us(world: World, post: Post) -> None:
    """Reached Thursday 14:01 in Paris, fetched 17:30: due as if it had been fetched at once."""
    early, late = (
        post.ticket(post.take(sender=world.contact, body=COMPLETE, at=NOON, now=now))
        for now in (NOON, NOON + 3 * HOUR + 30 * MINUTE)
    )
    assert early.next_due_at == late.next_due_at


def test_a_request_fetched_late_reads_everywhere_when_it_reached_us(world: World, post: Post) -> None:
    """Reached Thursday 14:01 in Paris, fetched 17:30, answered by a colleague's mail at 17:40."""
    reached, fetched = NOON + MINUTE, NOON + 3 * HOUR + 30 * MINUTE
    became = post.take(sender=world.contact, body=COMPLETE, at=reached, now=fetched)
    ticket = post.ticket(became)
    assert ticket.reached_at == reached
    first = ticket.commitments.get(commitment="first_response")
    assert first.started_at == reached
    assert became.message is not None
    assert became.message.reached_at == reached
    prompt = post.ticket(
        post.take(sender=world.contact, body=COMPLETE + " Also here.", at=reached, now=reached)
    )
    assert first.due_at == prompt.commitments.get(commitment="first_response").due_at
    # Six working hours after 14:01: the letter says so, whatever the hour it was fetched at.
    gathering.gather(now=fetched)
    (received,) = [one for one in letters(world, "received") if one.ticket_id == ticket.id]
    assert "11:01 Paris time" in " ".join(received.text.split())
    # What somebody who works here mails to the thread is a note: it answers nobody.
    noted = post.take(
        sender="Alex <alex@vendor.example>",
        body="We look.",
        at=fetched + 10 * MINUTE,
        **answer_to(world, ticket),
    )
    assert noted.detail["became"] == "note"
    first.refresh_from_db()
    assert first.met_at is None
    answering.reply(by=world.desk, ticket=ticket, body="We look.", now=fetched + 20 * MINUTE)
    first.refresh_from_db()
    assert first.met_at == fetched + 20 * MINUTE


def test_a_reply_to_a_closed_request_long_after_opens_a_new_linked_one(world: World, post: Post) -> None:
    ticket = post.ticket(
        post.take(sender=world.contact, body="The steps that show the incident: open, count")
    )
    answering.reply(by=world.machine, ticket=ticket, body="Done.", now=NOON + HOUR, then="resolve")
    much_later = NOON + timedelta(days=40)
    became = post.take(sender=world.contact, body="Again!", at=much_later, **answer_to(world, ticket))
    new = post.ticket(became)
    assert (new.follows_id, new.channel, new.reached_at) == (ticket.id, "mail", much_later)


def test_a_staff_members_mail_to_a_thread_is_a_note(world: World, post: Post) -> None:
    ticket = post.ticket(post.take(sender=world.contact))
    became = post.take(
        sender="Alex <alex@vendor.example>", body="Ask them for the log.", **answer_to(world, ticket)
    )
    assert became.detail["became"] == "note"
    assert became.message is not None
    assert not became.message.public
    unproved = post.take(sender="Alex <alex@vendor.example>", proof="", **answer_to(world, ticket))
    assert (unproved.state, unproved.reason) == (State.HELD, "staff")


# --- who wrote it -------------------------------------------------------------------------------------


def test_an_unproved_sender_waits_and_is_asked_once_a_day_quoting_nothing(world: World, post: Post) -> None:
    for _ in range(2):
        became = post.take(sender=world.contact, proof="", subject="planted-subject", body="planted-heron")
        assert (became.state, became.reason, became.contact_id) == (
            State.HELD,
            "unconfirmed",
            world.contact.id,
        )
    assert not Ticket.objects.exists()
    (letter,) = letters(world)
    assert letter.kind == "mail-confirm"
    assert letter.to_address == world.contact.email
    assert "planted" not in letter.text + letter.html + letter.subject
    assert str(Incoming.objects.order_by("recorded_at", "id")[0].id) in letter.text
    later = NOON + timedelta(hours=25)
    post.take(sender=world.contact, proof="", at=later)
    assert len(letters(world)) == 2


def test_a_refused_sender_hears_nothing(world: World, post: Post) -> None:
    for proof in ("fail (p=reject)", "fail (p=reject dis=none)", "fail policy.dmarc=reject"):
        became = post.take(sender=world.contact, proof=proof)
        assert (became.state, became.reason, became.proof) == (State.HELD, "rejected", "rejected"), proof
        # Its supposed writer is not asked either: nothing of it is shown on the portal.
        assert became.id not in {one.id for one in holding.of_contact(world.customer)}
        with pytest.raises(Incoming.DoesNotExist):
            holding.of_contact_one(world.customer, became.id)
    gathering.gather(now=NOON)
    assert not letters(world)
    assert not Ticket.objects.exists()
    # Where its domain only fails and does not reject, the contact is asked.
    assert post.take(sender=world.contact, proof="fail (p=none)").reason == "unconfirmed"


def test_an_unknown_sender_is_held_never_lost_and_told_once_if_proved(world: World, post: Post) -> None:
    for _ in range(2):
        became = post.take(sender="Kim <kim@elsewhere.example>")
        assert (became.state, became.reason) == (State.HELD, "unknown")
    (letter,) = letters(world)
    assert (letter.kind, letter.to_address) == ("mail-unknown", "kim@elsewhere.example")
    post.take(sender="lee@elsewhere.example", proof="")
    assert len(letters(world)) == 1


@pytest.mark.parametrize("header", ["Reply-To", "Sender"])
def test_reply_to_and_sender_never_identify(world: World, post: Post, header: str) -> None:
    became = post.take(sender="kim@elsewhere.example", **{header.replace("-", "_"): world.contact.email})
    assert became.reason == "unknown"


def test_several_senders_are_nobody(world: World, post: Post) -> None:
    made = arrival.text("Hello")
    made["From"] = f"{world.contact.email}, {world.colleague.email}"
    became = post.take(sender=world.contact, message=made)
    assert became.state == State.HELD
    assert not Ticket.objects.exists()


def test_a_contact_who_was_removed_is_held(world: World, post: Post) -> None:
    Contact.objects.filter(id=world.contact.id).update(removed_at=NOON)
    assert post.take(sender=world.contact).reason == "removed"


def test_a_token_names_the_thread_and_not_the_writer(world: World, post: Post) -> None:
    ticket = post.ticket(post.take(sender=world.contact))
    became = post.take(sender=world.contact, proof="", **answer_to(world, ticket))
    assert (became.state, became.reason) == (State.HELD, "unconfirmed")


# --- machines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto-reply"),
        ({"Precedence": "bulk", "List_Id": "<all.lagrange.example>"}, "list"),
        ({"X_Auto_Response_Suppress": "All", "Auto_Submitted": "auto-generated"}, "auto-reply"),
    ],
)
def test_machines_are_noted_and_nothing_moves(
    world: World, post: Post, headers: dict[str, str], reason: str
) -> None:
    ticket = post.ticket(post.take(sender=world.contact, body=COMPLETE))
    answering.reply(
        by=world.desk, ticket=ticket, body="Which version?", now=NOON + HOUR, then="wait-customer"
    )
    events = Event.objects.count()
    became = post.take(sender=world.contact, at=NOON + 2 * HOUR, **headers, **answer_to(world, ticket))
    assert (became.state, became.reason, became.ticket_id) == (State.IGNORED, reason, ticket.id)
    ticket.refresh_from_db()
    assert ticket.status == Status.WAITING
    assert Event.objects.count() == events
    assert not letters(world)


def test_a_letter_of_our_own_that_comes_back_is_ignored(world: World, post: Post) -> None:
    own = threads.message_id(
        vendor_id=world.vendor_id, ticket_id=None, letter_id=UUID(int=5), domain="infor.example"
    )
    assert post.take(sender=world.contact, message_id=own).reason == "own"
    assert post.take(sender=arrival.SUPPORT).reason == "own"


def test_a_bounce_goes_to_who_keeps_letters(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[dict[str, object]] = []
    monkeypatch.setattr(bounces, "bounced", lambda **said: heard.append(said))
    original = threads.message_id(
        vendor_id=world.vendor_id, ticket_id=None, letter_id=UUID(int=5), domain="infor.example"
    )
    raw = (
        f"From: mailer-daemon@mx.example\nTo: {arrival.SUPPORT}\nSubject: Undelivered\nMessage-ID: <b@mx.example>\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n"
        "Content-Type: text/plain\n\nNo.\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; kim@elsewhere.example\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--x\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: {original}\n\n--x--\n"
    ).encode()
    from palier.mail import intake

    taken = intake.accept(
        vendor_id=world.vendor_id, content=raw, reached_at=NOON, now=NOON, source=post.source
    )
    handling.handle(world.vendor_id, taken.incoming_id, NOON)
    assert Incoming.objects.get(id=taken.incoming_id).reason == "bounce"
    assert len(heard) == 1
    assert heard[0]["original_message_id"] == original
    assert heard[0]["permanent"] is True
    assert heard[0]["recipients"] == ("kim@elsewhere.example",)


# --- a programme without mail -------------------------------------------------------------------------


def test_a_programme_that_takes_no_requests_by_mail_shows_the_way(within: UUID) -> None:
    world = personas.northern(within)
    post = arrival.post(world)
    became = post.take(sender=world.contact)
    assert (became.state, became.reason) == (State.HELD, "channel-off")
    (letter,) = letters(world)
    assert letter.kind == "mail-portal"
    # A thread is always taken.
    from palier.tickets import opening

    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOON)
    assert post.take(sender=world.contact, **answer_to(world, ticket)).detail["became"] == "reply"


# --- what cannot be handled ---------------------------------------------------------------------------


def test_what_answers_another_waits_for_it_but_not_for_ever(world: World, post: Post) -> None:
    first = post.send(sender=world.contact, message_id="<first@lagrange.example>")
    second = post.send(sender=world.contact, In_Reply_To="<first@lagrange.example>")
    assert post.handled(second).state == State.RECEIVED
    post.handled(first)
    assert post.handled(second, NOON + MINUTE).ticket_id == Incoming.objects.get(id=first.id).ticket_id
    stuck = post.send(sender=world.contact, message_id="<stuck@lagrange.example>")
    waits = post.send(sender=world.contact, In_Reply_To="<stuck@lagrange.example>")
    assert post.handled(waits, NOON + HOUR).state == State.DONE
    assert Incoming.objects.get(id=stuck.id).state == State.RECEIVED


def test_a_message_that_fails_is_tried_later_and_then_parked_alone(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from palier.mail import acting

    bad = post.send(sender=world.contact, subject="bad")
    good = post.send(sender=world.contact, subject="good")
    real = acting.plan

    def failing(mail):  # type: ignore[no-untyped-def]
        if mail.subject == "bad":
            raise RuntimeError("planned")
        return real(mail)

    monkeypatch.setattr(acting, "plan", failing)
    now = NOON
    for _ in range(8):
        handling.handle_waiting(now=now)
        now += timedelta(hours=3)
    row = Incoming.objects.get(id=bad.id)
    assert (row.state, row.reason, row.attempts) == (State.PARKED, "failed", handling.MOST_ATTEMPTS)
    assert "planned" in str(row.detail)
    assert Incoming.objects.get(id=good.id).state == State.DONE
    assert Notice.objects.filter(kind=notices.Kind.MAIL_PARKED, staff=world.manager).count() == 1


def test_a_message_whose_worker_died_is_anybodys_after_a_while_and_parked_in_the_end(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = post.send(sender=world.contact, subject="killer")
    innocent = post.send(sender=world.contact, subject="innocent")

    def die(*_args: object, **_more: object) -> None:
        raise SystemExit

    real = handling.handle
    now = NOON
    for _ in range(12):
        monkeypatch.setattr(
            handling, "handle", lambda v, i, n, **m: die() if i == killer.id else real(v, i, n, **m)
        )
        with contextlib.suppress(SystemExit):
            handling.handle_waiting(now=now)
        # What was in hand is nobody's until its lease is over.
        if now == NOON:
            assert handling.waiting(now, 10) == []
        now += handling.LEASE
    assert Incoming.objects.get(id=innocent.id).state == State.DONE
    row = Incoming.objects.get(id=killer.id)
    assert (row.state, row.reason) == (State.PARKED, "failed")


def test_a_rule_of_requests_that_says_no_holds_it_with_the_sentence(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from palier.tickets import opening
    from palier.tickets.problems import CannotDo

    def no(**_more: object) -> None:
        raise CannotDo(code="no-way", en="No way.", fr="Non.")

    monkeypatch.setattr(opening, "open_request", no)
    became = post.take(sender=world.contact)
    assert (became.state, became.reason, became.detail["code"]) == (State.HELD, "refused", "no-way")


# --- history ------------------------------------------------------------------------------------------


def test_history_is_kept_and_starts_nothing(world: World, post: Post) -> None:
    then = personas.at("2024-03-01 10:00")
    counted = Notice.objects.count()
    first = post.take(
        sender=world.contact, history=True, at=then, now=NOON, proof="", message_id="<old@lagrange.example>"
    )
    ticket = post.ticket(first)
    assert (ticket.status, ticket.reached_at, ticket.next_check_at, ticket.is_open) == (
        Status.CLOSED, then, None, False
    )  # fmt: skip
    assert not ticket.commitments.exists()
    second = post.take(
        sender=world.colleague,
        history=True,
        at=then + HOUR,
        now=NOON,
        proof="",
        References="<old@lagrange.example>",
    )
    assert second.ticket_id == ticket.id
    assert second.message is not None
    assert second.message.public
    answer = post.take(
        sender="alex@vendor.example", to=world.contact.email, history=True, at=then + 2 * HOUR, now=NOON, proof="",
        References="<old@lagrange.example>",
    )  # fmt: skip
    assert answer.message is not None
    assert (answer.message.public, answer.message.from_vendor) == (True, True)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.updated_at) == (Status.CLOSED, ticket.updated_at)
    assert Notice.objects.count() == counted
    assert not letters(world)
    sweeping.sweep(now=NOON)
    assert not Event.objects.filter(ticket=ticket, kind__in=["breached", "warned"]).exists()


def test_what_customers_see_of_held_mail_is_nothing(world: World, post: Post, client) -> None:  # type: ignore[no-untyped-def]
    ticket = post.ticket(post.take(sender=world.contact))
    post.take(sender="nobody@elsewhere.example", body="planted-heron", **answer_to(world, ticket))
    seen = access.Viewer.customer(world.colleague)
    from palier.tickets import search

    assert search is not None
    from palier.tickets.ticket_page import ticket_page

    page = ticket_page(seen, number=ticket.number, now=NOON)
    assert "planted-heron" not in repr(page.stream)


def test_what_waits_is_found_by_its_index_alone(world: World, post: Post) -> None:
    """An idle worker asks every five seconds: it reads what waits and nothing else."""
    from django.db import connection

    post.take(sender=world.contact)
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain select vendor_id, id from mail_incoming where state = 'received'"
            " and (try_at is null or try_at <= now()) order by reached_at, id limit 10"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "mail_incoming_waiting" in plan, plan
        cursor.execute("explain select 1 from mail_incoming where mail_id = '<a@b>' and mail_id <> ''")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "mail_incoming_by_id" in plan, plan
