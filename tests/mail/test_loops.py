"""Two machines that write to each other fall silent, whatever they say of themselves; people are not taken for machines."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from tests.mail import arrival
from tests.mail.arrival import NOON, Post
from tests.tickets import personas
from tests.tickets.personas import World

from palier.mail import gathering, handling, intake, letters, loops, writing
from palier.mail.incoming_models import SourceKind, State
from palier.mail.letter_models import LetterState
from palier.mail.models import Incoming, Letter, MailAddress, Source
from palier.people import actions, notices, tenancy
from palier.people.models import Contact, Notice, Vendor
from palier.tickets import answering, opening

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_numbers = itertools.count(1)


@pytest.fixture
def world(within: UUID) -> World:
    return arrival.infor(within)


@pytest.fixture
def post(world: World) -> Post:
    return arrival.post(world)


# --- limits -------------------------------------------------------------------------------------------


def test_more_than_ten_an_hour_on_one_request_waits_for_a_person(world: World, post: Post) -> None:
    first = post.take(sender=world.contact, message_id="<first@lagrange.example>")
    for n in range(loops.TAKEN_ON_A_THREAD - 1):
        became = post.take(sender=world.contact, body=f"And {n}", References="<first@lagrange.example>")
        assert became.state == State.DONE
    became = post.take(sender=world.contact, body="Once more", References="<first@lagrange.example>")
    assert (became.state, became.reason, became.detail["scope"]) == (State.HELD, "too-much", "thread")
    assert Notice.objects.filter(kind=notices.Kind.MAIL_HELD, staff=world.manager).count() == 1
    # Another request of the same sender, and a colleague, go on; the thread waits, also in the next hour.
    assert post.take(sender=world.contact, body="Something else").state == State.DONE
    assert post.take(sender=world.colleague, References="<first@lagrange.example>").state == State.DONE
    later = post.take(
        sender=world.contact, body="Still", at=NOON + 3 * HOUR, References="<first@lagrange.example>"
    )
    assert later.reason == "too-much"
    from palier.mail import holding

    for row in Incoming.objects.filter(reason="too-much"):
        holding.discard(by=world.boss, incoming_id=row.id, reason="a loop", now=NOON + 3 * HOUR)
    freed = post.take(
        sender=world.contact, body="Now?", at=NOON + 4 * HOUR, References="<first@lagrange.example>"
    )
    assert (freed.state, freed.ticket_id) == (State.DONE, first.ticket_id)


def test_a_mailbox_fetched_after_a_night_is_no_loop(world: World, post: Post) -> None:
    morning = NOON + 24 * HOUR
    for n in range(loops.NEW_OF_A_SENDER + 5):
        became = post.take(sender=world.contact, body=f"Request {n}", at=NOON + n * 10 * MINUTE, now=morning)
        assert became.state == State.DONE


def test_the_very_same_words_again_and_again_wait(world: World, post: Post) -> None:
    body = "I am away until Monday. Your message was received and will be answered when I am back."
    states = [
        post.take(sender=world.contact, body=body, at=NOON + n * 6 * HOUR).state
        for n in range(loops.SAME_WORDS + 1)
    ]
    assert states == [State.DONE] * loops.SAME_WORDS + [State.HELD]


def test_a_peer_that_lies_brings_about_no_letters_without_end(world: World, post: Post) -> None:
    """It says it is a person, says something new each time, and fills in what it is asked: all within the limits on messages."""
    said = "The steps that show the incident: open, count\nEnvironment: Production\n"
    became = []
    for n in range(loops.NEW_OF_A_SENDER):
        became.append(post.take(sender=world.contact, body=f"Thing {n} is wrong", at=NOON + n * MINUTE))
        gathering.gather(now=NOON + n * MINUTE)
    for n, one in enumerate(became):
        at = NOON + 25 * MINUTE + n * MINUTE
        answer = post.take(
            sender=world.contact, body=f"{n}\n\n{said}", at=at, References=one.mail_id, subject="Re: it"
        )
        assert answer.state == State.DONE
        gathering.gather(now=at)
    to_it = Letter.objects.filter(to_address=world.contact.email)
    assert to_it.exclude(state=LetterState.DROPPED).count() == loops.AUTOMATIC_LETTERS
    withheld = to_it.filter(state=LetterState.DROPPED)
    assert withheld.count() == len(became)
    assert set(withheld.values_list("failure", flat=True)) == {"too-many"}
    told = Notice.objects.filter(kind=notices.Kind.LETTER_BOUNCED)
    assert {one.data["why"] for one in told} == {"too-many"}
    # One each, however many were withheld: nobody has looked yet.
    assert told.count() == len({one.staff_id for one in told}) >= 1


def test_what_a_person_writes_and_what_the_portal_asks_for_is_sent_whatever_came_before(
    world: World, post: Post
) -> None:
    vendor = Vendor.objects.get(id=world.vendor_id)
    to = writing.Recipient(address=world.contact.email, contact_id=world.contact.id)
    words = letters.compose_plain(letters.LetterKind.MAIL_UNKNOWN, vendor, "en", {}, now=NOON)
    for n in range(loops.AUTOMATIC_LETTERS):
        writing.write(vendor=vendor, words=words, to=to, now=NOON + n * MINUTE)
    assert not loops.may_write(vendor_id=world.vendor_id, address=world.contact.email, now=NOON + 20 * MINUTE)
    in_portal = opening.open_ticket(
        by=world.customer,
        draft=personas.failure(kind="incident", product="warehouse", effect="minor", version="12.1"),
        now=NOON + 20 * MINUTE,
    )
    gathering.gather(now=NOON + 20 * MINUTE)
    assert Letter.objects.get(ticket=in_portal, contact=world.contact).state == LetterState.WAITING
    by_mail = post.ticket(post.take(sender=world.contact, at=NOON + 21 * MINUTE))
    gathering.gather(now=NOON + 21 * MINUTE)
    assert Letter.objects.get(ticket=by_mail, contact=world.contact).state == LetterState.DROPPED
    answering.reply(by=world.desk, ticket=by_mail, body="A person answers.", now=NOON + 22 * MINUTE)
    gathering.gather(now=NOON + 23 * MINUTE)
    assert (
        Letter.objects.get(ticket=by_mail, contact=world.contact, automatic=False).state
        == LetterState.WAITING
    )
    later = post.ticket(post.take(sender=world.contact, body="Else", at=NOON + 3 * HOUR))
    gathering.gather(now=NOON + 3 * HOUR)
    assert Letter.objects.get(ticket=later, contact=world.contact).state == LetterState.WAITING


# --- exchanges ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A vendor with its own address, which knows the other's as a contact."""

    vendor_id: UUID
    address: str
    border: str


def desk(slug: str, other: str) -> Desk:
    vendor = personas.add_vendor(slug)
    address, border = f"support@{slug}.example", f"mx.{slug}.example"
    with tenancy.vendor(vendor.id):
        world = arrival.infor(vendor.id)
        actions.add_contact(
            by=world.machine, organisation=world.organisation, name=other.title(),
            email=f"support@{other}.example", now=personas.START,
        )  # fmt: skip
        MailAddress.objects.create(vendor_id=vendor.id, address=address, is_main=True)
        Source.objects.create(
            vendor_id=vendor.id,
            kind=SourceKind.IMAP,
            name="Box",
            trusted_borders=[border],
            created_at=personas.START,
        )
    return Desk(vendor_id=vendor.id, address=address, border=border)


def arrive(at: Desk, sender: str, message: EmailMessage, now: datetime) -> None:
    """It reaches a desk, proved, and is handled."""
    domain = sender.rpartition("@")[2]
    head = (
        f"Authentication-Results: {at.border}; dmarc=pass header.from={domain}\n"
        f"Received: from {domain} by {at.border}; Thu, 09 Jul 2026 12:00:00 +0000\n"
    )
    content = head.encode() + message.as_bytes(policy=message.policy.clone(max_line_length=900))
    with tenancy.vendor(at.vendor_id):
        source = Source.objects.get(vendor_id=at.vendor_id)
    taken = intake.accept(vendor_id=at.vendor_id, content=content, reached_at=now, now=now, source=source)
    handling.handle(at.vendor_id, taken.incoming_id, now)


def sent(at: Desk, to: str, now: datetime) -> list[Letter]:
    """What a desk sends to an address now; it counts as sent."""
    gathering.gather(now=now)
    with tenancy.vendor(at.vendor_id):
        found = list(
            Letter.objects.filter(
                vendor_id=at.vendor_id, to_address=to, state=LetterState.WAITING, due_at__lte=now
            )
        )
        Letter.objects.filter(id__in=[one.id for one in found]).update(state=LetterState.SENT, sent_at=now)
    return found


def honest(letter: Letter, sender: str) -> EmailMessage:
    """A letter as it is: with its marks and its thread."""
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = sender, letter.subject, letter.message_id
    for name, value in letter.headers.items():
        made[name] = value
    if letter.references:
        made["References"], made["In-Reply-To"] = letter.references, letter.in_reply_to
    made.set_content(letter.text)
    return made


def lying(letter: Letter, sender: str) -> EmailMessage:
    """The same from a machine that says it is a person and names no thread."""
    made = EmailMessage()
    n = next(_numbers)
    made["From"], made["Subject"], made["Message-ID"] = sender, f"Message {n}", f"<{n}@lies.example>"
    made.set_content(f"{n}: {letter.text.replace('INF-', 'number ')}")
    return made


def exchange(
    one: Desk, two: Desk, carry: Callable[[Letter, str], EmailMessage], *, rounds: int, step: timedelta
) -> list[int]:
    """The letters of each round, both ways, after a first message."""
    begin = EmailMessage()
    begin["From"], begin["Subject"], begin["Message-ID"] = two.address, "Hello", "<hello@person.example>"
    begin.set_content("The stock count is wrong.")
    arrive(one, two.address, begin, NOON)
    counted = []
    for n in range(1, rounds + 1):
        now, count = NOON + n * step, 0
        for here, there in ((one, two), (two, one)):
            for letter in sent(here, there.address, now):
                arrive(there, here.address, carry(letter, here.address), now)
                count += 1
        counted.append(count)
    return counted


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("carry", "step", "most"),
    [(honest, MINUTE, 2), (lying, MINUTE, 2 * loops.NEW_OF_A_SENDER + 4)],
    ids=["honest", "lying"],
)
def test_two_paliers_fall_silent(
    carry: Callable[[Letter, str], EmailMessage], step: timedelta, most: int
) -> None:
    one, two = desk("alpha", "omega"), desk("omega", "alpha")
    counted = exchange(one, two, carry, rounds=loops.NEW_OF_A_SENDER + 10, step=step)
    assert 1 <= sum(counted) <= most
    assert counted[-5:] == [0] * 5
    # And stay silent in the next hours.
    again = EmailMessage()
    again["From"], again["Subject"], again["Message-ID"] = two.address, "Hello", "<again@person.example>"
    again.set_content("Are you there? The stock count is wrong still.")
    if carry is lying:
        arrive(one, two.address, again, NOON + 5 * HOUR)
        assert sent(one, two.address, NOON + 5 * HOUR + MINUTE) == []


@pytest.mark.django_db
def test_an_autoresponder_without_any_mark_falls_silent() -> None:
    one = desk("alpha", "omega")
    responder = "support@omega.example"

    def answer(letter: Letter, now: datetime) -> None:
        made = EmailMessage()
        made["From"], made["Subject"] = responder, f"Re: {letter.subject}"
        made["Message-ID"] = f"<{next(_numbers)}@stupid.example>"
        made["In-Reply-To"] = letter.message_id
        made.set_content("Thank you for your message. We received it and will answer within three days.")
        arrive(one, responder, made, now)

    begin = EmailMessage()
    begin["From"], begin["Subject"], begin["Message-ID"] = responder, "Hello", "<h@stupid.example>"
    begin.set_content("The stock count is wrong.")
    arrive(one, responder, begin, NOON)
    counted = []
    for n in range(1, 20):
        now = NOON + n * MINUTE
        letters = sent(one, responder, now)
        for letter in letters:
            answer(letter, now)
        counted.append(len(letters))
    assert sum(counted) <= 2
    assert counted[-10:] == [0] * 10
    with tenancy.vendor(one.vendor_id):
        assert Contact.objects.filter(email=responder).exists()
