"""Notices become letters: one for one thing, to whoever is to be told, as and when that person wishes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.mail import posted
from tests.tickets import personas
from tests.tickets.personas import World, at

from palier.mail import bounces, gathering, letters, threads, unsubscribing, wishes, writing
from palier.mail.models import Incoming, Letter, MailAddress, MailWish, Undeliverable
from palier.people import notices, tenancy
from palier.people.access import Viewer
from palier.people.models import Notice, Organisation, Vendor
from palier.people.notices import Kind
from palier.site import database
from palier.tickets import answering, classifying, holding, opening, sweeping, watching
from palier.tickets.models import Message, Ticket

NOON = at("2026-07-09 12:00")
NIGHT = at("2026-07-09 23:30")
"""01:30 in Paris."""
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(within: UUID) -> World:
    return personas.northern(within)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[letters.Wanted]:
    return posted.plain_words(monkeypatch)


def opened(world: World, now: datetime = NOON, **more: Any) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(**more), now=now)


def told(world: World, kind: str, now: datetime = NOON, **more: Any) -> None:
    contacts = [world.contact.id] if "staff" not in more else []
    notices.notify(vendor_id=world.vendor_id, kind=kind, now=now, contacts=contacts, **more)


def sent(world: World, now: datetime, address: str = "") -> list[str]:
    """The kinds of the letters gathered by `now`; to `address` only, where one is given."""
    before = set(Letter.objects.values_list("id", flat=True))
    gathering.gather(now=now)
    rows = Letter.objects.exclude(id__in=before).order_by("created_at", "id")
    return [row.kind for row in rows if not address or row.to_address == address]


# --- one letter for one thing -----------------------------------------------------------------------


def test_a_request_is_confirmed_by_mail_and_shown_as_read(world: World) -> None:
    ticket = opened(world)
    assert notices.unread_count(world.customer) == 0
    assert sent(world, NOON) == ["request-received"]
    letter = Letter.objects.get()
    assert (letter.to_address, letter.contact_id, letter.ticket_id) == (
        world.contact.email,
        world.contact.id,
        ticket.id,
    )
    assert letter.due_at == NOON
    # Nothing is told twice.
    assert sent(world, NOON + timedelta(days=1)) == []


def test_all_that_concerns_one_request_is_one_letter_and_the_most_telling_leads(
    world: World, asked: list[letters.Wanted]
) -> None:
    ticket = opened(world)
    told(world, Kind.ALLOWANCE_USED, ticket_number=ticket.number)
    told(world, Kind.REMINDED, ticket_number=ticket.number, data={"about": "silence", "day": 3})
    told(world, Kind.INVOICE_ISSUED)
    assert sorted(sent(world, NOON)) == ["invoice-issued", "request-received"]
    assert [[one.kind for one in wanted.notices] for wanted in asked] == [
        ["request-received", "reminded", "allowance-used"],
        ["invoice-issued"],
    ]
    assert [wanted.ticket for wanted in asked] == [ticket, None]


def test_an_answer_is_told_once_it_can_no_longer_be_taken_back(world: World) -> None:
    ticket = opened(world)
    sent(world, NOON)
    pressed = at("2026-07-09 13:00")
    answering.reply(by=world.desk, ticket=ticket, body="Try this.", now=pressed)
    assert sent(world, pressed + 9 * SECOND) == []
    assert sent(world, pressed + 10 * SECOND) == ["request-moved"]


def test_an_answer_taken_back_is_never_told(world: World) -> None:
    ticket = opened(world)
    sent(world, NOON)
    pressed = at("2026-07-09 13:00")
    answering.reply(by=world.desk, ticket=ticket, body="Try this.", now=pressed)
    message = Message.objects.get(ticket=ticket, from_vendor=True)
    answering.undo(by=world.desk, ticket=ticket, message=message.id, now=pressed + 5 * SECOND)
    assert sent(world, pressed + timedelta(minutes=1)) == []


# --- what a customer must hear ----------------------------------------------------------------------


def test_a_decision_that_is_replaced_is_told_with_its_number(world: World) -> None:
    ticket = opened(world)
    sent(world, NOON)
    classifying.classify(
        by=world.desk,
        ticket=ticket,
        changes={"kind": "services"},
        reason="It is a wish.",
        now=NOON + timedelta(hours=1),
    )
    notice = Notice.objects.get(kind="decided-anew")
    assert (notice.contact_id, notice.data["verdict"]) == (world.contact.id, 2)
    assert sent(world, NOON + timedelta(hours=1)) == ["decided-anew"]


def test_who_completes_a_held_request_has_the_new_decision_by_mail_and_nothing_to_read_again(
    world: World,
) -> None:
    ticket = opened(world, fields={})
    assert sent(world, NOON) == ["request-received"]
    notices.read_all(world.customer, NOON)
    holding.complete(
        by=world.customer,
        ticket=ticket,
        fields={"applications": "a database", "access": "call me"},
        now=NOON + timedelta(hours=1),
    )
    assert notices.unread_count(world.customer) == 0
    assert sent(world, NOON + timedelta(hours=1)) == ["decided-anew"]


def test_a_silent_held_request_reminds_and_says_that_it_was_closed(world: World) -> None:
    opened(world, fields={})
    sent(world, NOON)
    heard = []
    for day in ("2026-07-13 12:00", "2026-07-20 12:00", "2026-08-10 12:00"):
        sweeping.sweep(now=at(day))
        heard += sent(world, at(day))
    assert heard == ["reminded", "reminded", "request-moved"]


def test_both_reminders_and_the_end_found_at_once_are_one_letter_of_the_end(
    world: World, asked: list[letters.Wanted]
) -> None:
    opened(world, fields={})
    sent(world, NOON)
    sweeping.sweep(now=at("2026-08-10 12:00"))
    assert sent(world, at("2026-08-10 12:00")) == ["request-moved"]
    assert [one.kind for one in asked[-1].notices] == ["request-moved", "reminded", "reminded"]


# --- as its reader wishes ---------------------------------------------------------------------------


def wish(viewer: Viewer, **more: Any) -> None:
    nothing: dict[str, Any] = {"ways": {}, "digest_at": None, "quiet_from": None, "quiet_until": None}
    wishes.change(by=viewer, **{**nothing, **more})


def test_what_is_watched_comes_in_the_morning_and_what_was_read_meanwhile_does_not(
    world: World, asked: list[letters.Wanted]
) -> None:
    address = world.agent.user.email
    ticket = opened(world)
    watching.watch(by=world.desk, ticket=ticket, now=NOON)
    for minutes in (1, 2, 3):
        now = NOON + timedelta(minutes=minutes)
        answering.reply(by=world.customer, ticket=ticket, body="And this.", now=now)
        assert sent(world, now, address) == []
    first = Notice.objects.filter(kind="watched").earliest("created_at")
    notices.read(world.desk, first.id, NOON + timedelta(hours=1))
    # Eight in Paris is six o'clock UTC.
    assert sent(world, at("2026-07-10 05:59"), address) == []
    assert sent(world, at("2026-07-10 06:00"), address) == ["digest"]
    assert len(asked[-1].notices) == 2
    letter = Letter.objects.get(kind="digest")
    assert letter.digest
    assert letter.headers["List-Unsubscribe"] == f"<{asked[-1].unsubscribe}>"
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent(world, at("2026-07-11 06:00"), address) == []


def test_what_one_wants_at_once_comes_at_once_and_what_one_does_not_want_never(world: World) -> None:
    wish(world.customer, ways={"money": "never", "allowances": "digest", "contract": "at-once"})
    for kind in (Kind.INVOICE_ISSUED, Kind.ALLOWANCE_LOW, Kind.CONTRACT_CHANGED):
        told(world, kind)
    assert sent(world, NOON) == ["contract-changed"]
    assert sent(world, at("2026-07-10 06:00")) == ["digest"]
    assert not Notice.objects.filter(mail_at__isnull=False).exists()
    # In the product all three stand.
    assert notices.unread_count(world.customer) == 3


def test_what_waits_for_an_answer_comes_whatever_one_wishes(world: World) -> None:
    wish(world.customer, ways={group.value: "never" for group in notices.FOR_CONTACTS})
    ticket = opened(world)
    told(world, Kind.ESTIMATE_MADE, ticket_number=ticket.number)
    assert sent(world, NOON) == ["estimate-made"]


def test_quiet_hours_hold_everything_back_but_what_is_critical(world: World) -> None:
    wish(world.customer, quiet_from=time(20), quiet_until=time(7))
    calm, critical = opened(world), opened(world)
    sent(world, NOON)
    Ticket.objects.filter(id=critical.id).update(critical=True)
    for ticket in (calm, critical):
        told(world, Kind.FIX_SHIPPED, NIGHT, ticket_number=ticket.number)
    assert sent(world, NIGHT) == ["fix-shipped"]
    assert Letter.objects.latest("id").ticket_id == critical.id
    assert sent(world, at("2026-07-10 04:59")) == []
    assert sent(world, at("2026-07-10 05:00")) == ["fix-shipped"]


def test_who_writes_at_night_is_confirmed_at_night(world: World) -> None:
    wish(world.customer, quiet_from=time(20), quiet_until=time(7))
    opened(world, NIGHT)
    assert sent(world, NIGHT) == ["request-received"]


def test_a_digest_is_ended_by_one_click_and_by_looking_at_it_it_is_not(world: World, client: Any) -> None:
    user = world.agent.user
    address = f"/acme/mail/unsubscribe/{unsubscribing.token(user)}"
    page = client.get(address)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    assert not MailWish.objects.filter(user=user).exists()
    # As a mail program posts it (RFC 8058): no cookie, no page of ours before.
    page = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert page.status_code == 200
    chosen = wishes.of(MailWish.objects.get(user=user), is_contact=False, zone="UTC")
    assert wishes.Way.DIGEST not in chosen.ways.values()
    assert chosen.way(Kind.FOLLOW_UP_DUE) is wishes.Way.AT_ONCE
    assert client.get(address[:-1] + "_").status_code == 404


# --- who is not there -------------------------------------------------------------------------------


def test_nothing_goes_to_whoever_was_removed_and_whoever_works_on_it_hears_so_once(world: World) -> None:
    ticket = opened(world)
    Ticket.objects.filter(id=ticket.id).update(assignee=world.agent)
    sent(world, NOON)
    world.contact.removed_at = NOON
    world.contact.save()
    for _ in range(2):
        told(world, Kind.FIX_SHIPPED, ticket_number=ticket.number)
        assert sent(world, NOON, world.contact.email) == []
    heard = Notice.objects.get(kind="letter-bounced")
    assert (heard.staff_id, heard.data["why"]) == (world.agent.id, "removed")


def test_a_letter_to_a_stopped_address_is_written_and_not_sent(world: World) -> None:
    Undeliverable.objects.create(
        vendor_id=world.vendor_id,
        address=world.contact.email.upper(),
        hard=True,
        since=NOON,
        last_at=NOON,
        answer="550 no such user",
    )
    opened(world)
    gathering.gather(now=NOON)
    letter = Letter.objects.get(contact=world.contact)
    assert (letter.state, letter.failure) == ("dead", "550 no such user")
    heard = Notice.objects.get(kind="letter-bounced")
    assert (heard.staff_id, heard.data["why"]) == (world.manager.id, "stopped")


def test_a_person_of_the_vendor_hears_nothing_of_a_ticket_it_may_no_longer_see(world: World) -> None:
    ticket = opened(world)
    Organisation.objects.filter(id=world.organisation.id).update(restricted=True)
    told(world, Kind.MENTIONED, ticket_number=ticket.number, staff=[world.agent.id])
    assert sent(world, NOON, world.agent.user.email) == []
    assert not Notice.objects.filter(staff=world.agent, mail_at__isnull=False).exists()


def test_one_letter_that_cannot_be_written_stops_nobody_elses(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = letters.compose_many

    def compose(wanted: Any) -> Any:
        if any(one.reader == world.contact for one in wanted):
            raise LookupError("no words")
        return plain(wanted)

    monkeypatch.setattr(letters, "compose_many", compose)
    opened(world)
    told(world, Kind.MENTIONED, staff=[world.agent.id])
    with pytest.raises(ExceptionGroup) as raised:
        gathering.gather(now=NOON)
    assert isinstance(raised.value.exceptions[0], LookupError)
    assert [row.kind for row in Letter.objects.all()] == ["mentioned"]
    monkeypatch.setattr(letters, "compose_many", plain)
    assert sent(world, NOON) == []
    assert sent(world, NOON + gathering.AGAIN) == ["request-received"]


# --- threads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind.value for kind in Kind])
def test_every_letter_about_a_request_stands_in_its_thread(world: World, kind: str) -> None:
    MailAddress.objects.create(vendor_id=world.vendor_id, address="help@acme.example", is_main=True)
    ticket = opened(world)
    Incoming.objects.create(
        vendor_id=world.vendor_id,
        digest="0" * 64,
        mail_id="<camille.1@lagrange.example>",
        size=1,
        reached_at=NOON,
        recorded_at=NOON,
        contact=world.contact,
        ticket=ticket,
    )
    sent(world, NOON)
    later = NOON + timedelta(hours=1)
    told(world, kind, later, ticket_number=ticket.number)
    told(world, kind, later, ticket_number=ticket.number, staff=[world.manager.id])
    wish(world.customer, ways={group.value: "at-once" for group in notices.FOR_CONTACTS})
    wish(world.boss, ways={group.value: "at-once" for group in notices.FOR_STAFF})
    gathering.gather(now=later)
    rows = Letter.objects.filter(created_at=later)
    assert rows.count() == 2
    for letter in rows:
        assert letter.message_id.endswith("@acme.example>")
        references = letter.references.split()
        assert references[-1] == letter.in_reply_to != ""
        assert threads.ticket_of(world.vendor_id, [letter.message_id]) == ticket.id
        # Whoever drops all references but the first, or had no letter yet, still names the thread.
        assert threads.ticket_of(world.vendor_id, references[:1]) == ticket.id
        assert letter.subject.startswith(f"[NOR-{ticket.number}] ")
        assert letter.headers["Auto-Submitted"] == "auto-generated"
        if letter.contact_id is not None:
            first = Letter.objects.get(created_at=NOON)
            assert set(references[1:]) == {"<camille.1@lagrange.example>", first.message_id}


def test_a_person_s_words_are_not_marked_as_automatic(world: World) -> None:
    letter = posted.write(world.vendor_id, world.contact, NOON, words=posted.Words(automatic=False))
    assert "Auto-Submitted" not in letter.headers


def test_an_answer_to_a_message_refers_to_it_and_says_that_it_is_a_reply(world: World) -> None:
    letter = posted.write(world.vendor_id, world.contact, NOON, in_reply_to="<a@b.example>")
    assert (letter.in_reply_to, letter.references) == ("<a@b.example>", "<a@b.example>")
    assert letter.headers["Auto-Submitted"] == "auto-replied"
    forged = posted.write(world.vendor_id, world.contact, NOON, in_reply_to="<a@b>\r\nBcc: all@b.example")
    assert forged.in_reply_to == ""


def test_a_long_thread_keeps_its_name_and_its_latest_messages(world: World) -> None:
    ticket = opened(world)
    for minutes in range(30):
        letter = posted.write(
            world.vendor_id, world.contact, NOON + timedelta(minutes=minutes), ticket=ticket
        )
    references = letter.references.split()
    assert len(references) == writing.MOST_BEFORE + 1
    assert references[0] == writing.root(world.vendor_id, ticket.id, "acme.example")
    assert len(letter.references) < 2000


# --- across vendors ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_every_vendor_s_notices_are_found_and_each_stays_its_own() -> None:
    worlds = []
    for slug in ("acme", "bolt"):
        vendor = personas.add_vendor(slug)
        with tenancy.vendor(vendor.id):
            worlds.append(personas.northern(vendor.id))
            opened(worlds[-1])
    assert gathering.gather(now=NOON) == 2
    for world in worlds:
        with tenancy.vendor(world.vendor_id):
            letter = Letter.objects.get()
            assert letter.vendor_id == world.vendor_id
            other = next(one for one in worlds if one is not world)
            assert bounces.letter_at(other.vendor_id, bounces.return_path(letter, "a@b.example")) is None
            assert threads.ticket_of(other.vendor_id, [letter.message_id]) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("asked_as", "index"),
    [
        (
            "select n.vendor_id, n.id from people_notice n where n.mail_at <= now() order by n.mail_at limit 9",
            "people_notice_to_mail",
        ),
        (
            "select l.vendor_id, l.id from mail_letter l where l.state = 'waiting' and l.due_at <= now()"
            " order by l.due_at limit 9",
            "mail_letter_waiting",
        ),
    ],
)
def test_what_waits_is_found_by_its_index(asked_as: str, index: str) -> None:
    # As their functions ask, which run as the owner of the tables.
    with database.as_owner() as connection, connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(f"explain {asked_as}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan


def test_a_vendor_s_name_stands_in_its_letters_whatever_it_is(world: World) -> None:
    of = writing.sender(Vendor.objects.get(id=world.vendor_id))
    assert (of.name, of.is_own) == ("Acme", False)
    MailAddress.objects.create(vendor_id=world.vendor_id, address="help@acme.example", is_main=True)
    of = writing.sender(Vendor.objects.get(id=world.vendor_id))
    assert (of.address, of.domain, of.is_own) == ("help@acme.example", "acme.example", True)
