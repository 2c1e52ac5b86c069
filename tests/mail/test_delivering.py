"""Letters reach a server that misbehaves: each arrives, none twice but where SMTP cannot tell, and then the very same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from tests.mail import posted
from tests.mail.peer import DROP, HANG, STAGES, Peer, running
from tests.tickets import personas
from tests.tickets.personas import World, at

from palier.mail import bounces, delivering, gathering, letters, links, resending, signing, writing
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter, LetterTry, MailAddress, Undeliverable
from palier.people import notices, tenancy
from palier.people.models import Notice, User, Vendor
from palier.tickets import convert, opening

NOON = at("2026-07-09 12:00")
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running() as found:
        yield found


@pytest.fixture
def world(within: UUID) -> World:
    MailAddress.objects.create(vendor_id=within, address="help@acme.example", is_main=True)
    return personas.northern(within)


def wire(peer: Peer, *, timeout: float = 20) -> Callable[[], BaseEmailBackend]:
    return lambda: get_connection(SMTP, host="127.0.0.1", port=peer.port, timeout=timeout)


def deliver(peer: Peer, now: datetime = NOON, *, timeout: float = 20) -> int:
    return delivering.deliver(now=now, connect=wire(peer, timeout=timeout), jitter=lambda: 0.5)


def written(world: World, **more: Any) -> Letter:
    return posted.write(world.vendor_id, world.contact, NOON, **more)


def again(letter: Letter) -> Letter:
    letter.refresh_from_db()
    return letter


def parsed(content: bytes) -> Any:
    return message_from_bytes(content, policy=policy.default)


# --- the message ------------------------------------------------------------------------------------


def test_a_letter_arrives_as_text_and_html_with_all_that_its_thread_needs(world: World, peer: Peer) -> None:
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOON)
    words = posted.Words(subject="Réponse à\nvotre demande", text="Bonjour,\nça marche.\n", html="<p>Été</p>")
    letter = written(world, ticket=ticket, words=words)
    assert deliver(peer) == 1
    (taken,) = peer.taken
    assert taken.recipients == (world.contact.email,)
    message = parsed(taken.content)
    assert message["From"] == "Acme <help@acme.example>"
    assert message["To"] == f"Camille <{world.contact.email}>"
    assert message["Subject"] == f"[NOR-{ticket.number}] Réponse à votre demande"
    assert message["Message-ID"] == letter.message_id
    assert message["In-Reply-To"] == letter.in_reply_to
    assert message["References"].split() == letter.references.split()
    assert message["Date"].datetime == NOON
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == "Bonjour,\nça marche.\n"
    assert message.get_body(("html",)).get_content().strip() == "<p>Été</p>"
    assert max(len(line) for line in taken.content.split(b"\r\n")) <= 998
    assert again(letter).state == LetterState.SENT


def test_bounces_come_back_to_an_address_that_names_the_letter(world: World, peer: Peer) -> None:
    letter = written(world)
    deliver(peer)
    back = peer.taken[0].envelope_from
    assert back.startswith("help+b-")
    assert len(back.partition("@")[0]) <= bounces.LONGEST_LOCAL
    assert bounces.letter_at(world.vendor_id, back.upper()) == letter.id
    forged = back.replace(back[10], "a" if back[10] != "a" else "b")
    assert bounces.letter_at(world.vendor_id, forged) is None
    assert bounces.letter_at(world.vendor_id, "help+b-@acme.example") is None
    assert bounces.return_path(letter, f"{'long' * 10}@acme.example") == f"{'long' * 10}@acme.example"


def test_without_an_address_of_its_own_a_vendor_writes_from_the_installation_s(
    world: World, peer: Peer
) -> None:
    MailAddress.objects.all().delete()
    written(world)
    deliver(peer)
    assert parsed(peer.taken[0].content)["From"] == "Acme <palier@localhost>"
    assert peer.taken[0].envelope_from == "palier@localhost"


def test_the_same_letter_is_the_same_bytes(world: World) -> None:
    letter = written(world)
    of = writing.sender(Vendor.objects.get(id=world.vendor_id))
    assert delivering.built(letter, of) == delivering.built(Letter.objects.get(id=letter.id), of)


def test_names_and_subjects_cannot_add_headers(world: World, peer: Peer) -> None:
    world.contact.name = 'Eve" <eve@evil.example>\r\nBcc: all@evil.example'
    written(world, words=posted.Words(subject="Hello\r\nBcc: all@evil.example"))
    deliver(peer)
    message = parsed(peer.taken[0].content)
    assert "Bcc" not in message
    assert peer.taken[0].recipients == (world.contact.email,)


def test_what_a_link_can_do_stands_in_no_row_and_arrives(
    world: World, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "put_away", lambda text: text.replace("secret", "link:1"))
    monkeypatch.setattr(links, "taken_out", lambda text: text.replace("link:1", "secret"))
    letter = written(
        world, words=posted.Words(text="https://a/act/secret\n", html="<a href='/act/secret'>x</a>")
    )
    assert "secret" not in again(letter).text + letter.html
    deliver(peer)
    assert peer.taken[0].content.count(b"/act/secret") == 2


def test_letters_are_signed_where_the_key_is_of_their_domain(world: World, peer: Peer, settings: Any) -> None:
    import base64

    import dkim
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    settings.PALIER_DKIM = {"domain": "acme.example", "selector": "m1", "pem": pem}
    written(world, unsubscribe="https://acme.example/mail/unsubscribe/x")
    deliver(peer)
    content = peer.taken[0].content
    assert content.startswith(b"DKIM-Signature:")
    assert dkim.verify(content, dnsfunc=lambda *_given, **_named: record)
    assert not dkim.verify(content.replace(b"happened", b"hapened"), dnsfunc=lambda *_g, **_n: record)
    head = content.partition(b"From:")[0].replace(b"\r\n ", b"").lower()
    assert b"list-unsubscribe" in head
    key = signing.Key(domain="acme.example", selector="m1", pem=pem)
    assert key.fits("a@mail.acme.example")
    assert not key.fits("a@notacme.example")


# --- a server that misbehaves -----------------------------------------------------------------------


@pytest.mark.parametrize("fault", [421, 451, DROP, HANG])
@pytest.mark.parametrize("stage", STAGES)
def test_what_fails_for_now_arrives_later_and_once(
    world: World, peer: Peer, stage: str, fault: int | str
) -> None:
    letter = written(world)
    peer.fault = lambda at_stage: fault if at_stage == stage else None
    assert deliver(peer, timeout=0.3 if fault == HANG else 20) == 0
    peer.fault = lambda at_stage: None
    assert again(letter).state == LetterState.WAITING
    assert letter.due_at == NOON + timedelta(minutes=1)
    assert letter.failure
    assert deliver(peer, NOON + timedelta(seconds=59)) == 0
    assert deliver(peer, NOON + timedelta(minutes=1)) == 1
    assert again(letter).state == LetterState.SENT
    # Once the whole message was taken, SMTP cannot tell whether anybody knows: then it is the very same.
    assert len(peer.taken) == (2 if stage == "body" else 1)
    assert len({taken.content for taken in peer.taken}) == 1
    assert [row.outcome for row in LetterTry.objects.order_by("at")] == ["later", "sent"]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
def test_what_is_refused_for_good_is_given_up_and_told(world: World, peer: Peer, stage: str) -> None:
    letter = written(world)
    peer.fault = lambda at_stage: 550 if at_stage == stage else None
    assert deliver(peer) == 0
    assert again(letter).state == LetterState.DEAD
    assert letter.failure.startswith("550 5.0.0 not now")
    assert deliver(peer, NOON + timedelta(days=1)) == 0
    heard = Notice.objects.get(kind="letter-bounced")
    assert (heard.staff_id, heard.data["why"], heard.data["letter"]) == (
        world.manager.id,
        "refused",
        str(letter.id),
    )


@pytest.mark.parametrize("stage", ["greeting", "ehlo"])
def test_a_server_that_refuses_us_refuses_no_letter(world: World, peer: Peer, stage: str) -> None:
    letter = written(world)
    peer.fault = lambda at_stage: 554 if at_stage == stage else None
    assert deliver(peer) == 0
    assert again(letter).state == LetterState.WAITING


def test_a_server_that_is_not_there_costs_each_letter_a_minute_and_one_connection(
    world: World, peer: Peer
) -> None:
    for _ in range(5):
        written(world)
    peer.fault = lambda stage: DROP if stage == "greeting" else None
    assert deliver(peer) == 0
    assert peer.connections == 1
    assert LetterTry.objects.count() == 5
    peer.fault = lambda stage: None
    assert deliver(peer, NOON + timedelta(minutes=2)) == 5
    assert peer.connections == 2


def test_a_connection_lost_between_letters_is_made_again(world: World, peer: Peer) -> None:
    for _ in range(6):
        written(world)
    counted: Counter[str] = Counter()

    def every_third(stage: str) -> int | str | None:
        counted[stage] += 1
        return DROP if stage == "rcpt" and counted[stage] % 3 == 0 else None

    peer.fault = every_third
    assert deliver(peer) == 4
    assert deliver(peer, NOON + timedelta(minutes=2)) == 2
    assert Letter.objects.filter(state=LetterState.SENT).count() == 6


def test_one_refused_reader_takes_no_other_along(world: World, peer: Peer) -> None:
    for _ in range(3):
        written(world)
    counted: Counter[str] = Counter()

    def second(stage: str) -> int | None:
        counted[stage] += 1
        return 450 if stage == "rcpt" and counted[stage] == 2 else None

    peer.fault = second
    assert deliver(peer) == 2
    assert peer.connections == 1


def test_pauses_grow_from_a_minute_to_eight_hours_and_end_after_two_days(world: World, peer: Peer) -> None:
    letter = written(world)
    peer.fault = lambda stage: 451 if stage == "rcpt" else None
    now, pauses = NOON, []
    while again(letter).state == LetterState.WAITING:
        now = letter.due_at
        deliver(peer, now)
        pauses.append(again(letter).due_at - now)
    minutes = [int(pause / timedelta(minutes=1)) for pause in pauses[:-1]]
    assert minutes[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 480]
    assert set(minutes[10:]) == {480}
    assert timedelta(hours=32) < now - NOON <= timedelta(hours=48)
    assert letter.state == LetterState.DEAD
    assert Notice.objects.get(kind="letter-bounced").data["why"] == "given-up"


def test_pauses_are_spread_by_a_fifth() -> None:
    assert delivering.pause(1, lambda: 0.0) == timedelta(seconds=48)
    assert delivering.pause(1, lambda: 1.0) == timedelta(seconds=72)
    assert delivering.pause(40, lambda: 0.5) == timedelta(hours=8)


# --- who is not there (any more) --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "hard"),
    [
        ("550 no such user", True),
        ("550 5.1.1 unknown", True),
        ("550 5.7.1 policy", False),
        ("552 full", False),
    ],
)
def test_an_address_where_nobody_is_gets_no_more_letters(
    world: World, peer: Peer, monkeypatch: pytest.MonkeyPatch, answer: str, hard: bool
) -> None:
    code, _, text = answer.partition(" ")
    written(world)

    async def refuse(*_given: object) -> str:
        return f"{code} {text}"

    monkeypatch.setattr(peer, "handle_RCPT", refuse)
    deliver(peer)
    assert Undeliverable.objects.get().hard is hard
    assert (bounces.stopped(world.vendor_id, world.contact.email.upper()) is not None) is hard


def test_a_letter_to_whoever_was_removed_meanwhile_is_dropped(world: World, peer: Peer) -> None:
    letter = written(world)
    world.contact.removed_at = NOON
    world.contact.save()
    assert deliver(peer) == 0
    assert again(letter).state == LetterState.DROPPED


def test_what_cannot_be_an_address_is_given_up_and_stops_nothing(world: World, peer: Peer) -> None:
    bad, good = written(world), written(world)
    Letter.objects.filter(id=bad.id).update(to_address="nobody", due_at=NOON - timedelta(seconds=1))
    assert deliver(peer) == 1
    assert (again(bad).state, again(good).state) == (LetterState.DEAD, LetterState.SENT)


def test_a_letter_given_up_is_sent_again_by_hand_with_all_its_tries(world: World, peer: Peer) -> None:
    letter = written(world)
    peer.fault = lambda stage: 550 if stage == "data" else None
    deliver(peer)
    peer.fault = lambda stage: None
    later = NOON + timedelta(days=5)
    resending.again(by=world.boss, letter_id=letter.id, now=later)
    assert deliver(peer, later) == 1
    assert again(letter).state == LetterState.SENT
    assert [row.outcome for row in LetterTry.objects.order_by("at")] == ["refused", "sent"]


def test_sent_again_by_hand_a_letter_has_two_days_anew(world: World, peer: Peer) -> None:
    letter = written(world)
    peer.fault = lambda stage: 550 if stage == "data" else None
    deliver(peer)
    later = NOON + timedelta(days=5)
    resending.again(by=world.boss, letter_id=letter.id, now=later)
    peer.fault = lambda stage: 451 if stage == "data" else None
    deliver(peer, later)
    assert again(letter).state == LetterState.WAITING
    assert letter.due_at == later + timedelta(minutes=1)


# --- killed -----------------------------------------------------------------------------------------

SERVER = """
import os, signal, sys, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
from django.core.mail import get_connection
from palier.mail import delivering, gathering
from palier.tickets import convert
now = convert.instant(int(sys.argv[1]))
def connect():
    return get_connection(sys.argv[3], host="127.0.0.1", port=int(sys.argv[2]), timeout=20)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while sys.stdin.buffer.readline():
    child = os.fork()
    if child == 0:
        while True:
            gathering.gather(now=now, most=3)
            delivering.deliver(now=now, most=3, connect=connect)
    print(child, flush=True)
"""
"""Loads Django once, and makes a worker of itself for each line it reads; says which."""


def kill_at_random(now: datetime, port: int, *, kills: int, seed: int) -> None:
    """Two workers gather and deliver; one after the other is killed with -9 somewhere in its work, and replaced."""
    dice = random.Random(seed)
    forker = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(convert.micros(now)), str(port), SMTP],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert forker.stdin is not None
    assert forker.stdout is not None
    workers: list[int] = []
    try:
        for number in range(kills + 2):
            forker.stdin.write("one\n")
            forker.stdin.flush()
            workers.append(int(forker.stdout.readline()))
            if number >= 2:
                # Somewhere within its letters: that is what is under test, not the clock.
                time.sleep(dice.uniform(0, 0.4))
                os.kill(workers.pop(0), signal.SIGKILL)
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        forker.stdin.close()
        forker.wait()


def killed(peer: Peer, *, kills: int, letters_wanted: int, seed: int) -> None:
    vendor = personas.add_vendor("acme")
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        MailAddress.objects.create(vendor_id=vendor.id, address="help@acme.example", is_main=True)
        for number in range(letters_wanted):
            notices.notify(
                vendor_id=vendor.id,
                kind=notices.Kind.INVOICE_ISSUED,
                contacts=[world.contact.id],
                now=NOON,
                data={"invoice": f"2026-{number}", "amount": 100 + number, "currency": "EUR"},
            )
    kill_at_random(NOON, peer.port, kills=kills, seed=seed)
    later = NOON + timedelta(minutes=2)
    gathering.gather(now=later)
    deliver(peer, later)
    with tenancy.vendor(vendor.id):
        rows = Letter.objects.filter(state=LetterState.SENT)
        assert rows.count() == Letter.objects.count() == letters_wanted
        assert set(LetterTry.objects.values_list("outcome", flat=True)) == {"sent"}
        assert LetterTry.objects.count() == letters_wanted
        ids = set(rows.values_list("message_id", flat=True))
    by_id: dict[str, set[bytes]] = {}
    for taken in peer.taken:
        by_id.setdefault(str(parsed(taken.content)["Message-ID"]), set()).add(taken.content)
    assert by_id.keys() == ids
    # Twice only where a worker died between the server's answer and its own note of it, and then the same bytes.
    assert all(len(contents) == 1 for contents in by_id.values())
    assert len(peer.taken) - letters_wanted <= kills + 3


@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_random_lose_no_letter_and_write_none_twice(peer: Peer) -> None:
    killed(peer, kills=20, letters_wanted=60, seed=5)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_many_kills_lose_no_letter_and_write_none_twice(peer: Peer) -> None:
    killed(peer, kills=200, letters_wanted=400, seed=17)


# --- with the real words ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_request_s_letter_says_why_and_is_threaded(world: World, peer: Peer, language: str) -> None:
    User.objects.filter(contact=world.contact).update(language=language)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOON)
    assert gathering.gather(now=NOON) == 1
    assert deliver(peer) == 1
    letter = Letter.objects.get()
    assert letter.kind == letters.LetterKind.RECEIVED.value
    assert letter.language.startswith(language)
    text = parsed(peer.taken[0].content).get_body(("plain",)).get_content()
    assert "C2" in text
    assert f"NOR-{ticket.number}" in text + letter.subject
