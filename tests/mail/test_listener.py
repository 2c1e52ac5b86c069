"""The listener takes mail for addresses that exist, says 250 after the commit only, and lets nobody take too much."""

from __future__ import annotations

import email
import smtplib
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from tests.mail import postfix

from palier.mail import addresses, handling, intake, listener, receiving
from palier.mail.gate import Limits
from palier.mail.listener import Listener
from palier.mail.models import Incoming, MailAddress, Original, Source
from palier.people import tenancy
from palier.people.models import Vendor

NOW = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)
WAIT_S = 60
pytestmark = pytest.mark.django_db(transaction=True)
FROM = "camille@boreal.example"
MAIL = (
    b"From: camille@boreal.example\r\nSubject: Down\r\nMessage-ID: <1@boreal.example>\r\n\r\nIt is down.\r\n"
)


@pytest.fixture
def acme(vendor: Vendor) -> Vendor:
    with tenancy.vendor(vendor.id):
        MailAddress.objects.create(vendor=vendor, address="help@acme.example")
    return vendor


@pytest.fixture
def boreal(db: None) -> Vendor:
    made = Vendor.objects.create(
        slug="boreal", name="Boréal", prefix="BOR", zone="Europe/Paris", address="https://b.example/", created_at=NOW
    )  # fmt: skip
    with tenancy.vendor(made.id):
        MailAddress.objects.create(vendor=made, address="aide@xn--boral-dsa.example")
    return made


Open = Callable[..., Listener]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Starts listeners on free ports; all stopped at the end."""
    with ExitStack() as stack:

        def start(*, largest: int = 100_000, name: str = "mx.acme.example", **more: Any) -> Listener:
            limits = {name: more.pop(name) for name in list(more) if name in Limits.__dataclass_fields__}
            where: dict[str, Any] = {"host": "127.0.0.1"} if "path" not in more else {}
            made = Listener(
                limits=Limits(**{"largest": largest, "memory": 4 * largest} | limits),
                clock=lambda: NOW,
                name=name,
                **where,
                **more,
            )
            made.start()
            stack.callback(made.stop, 1)
            return made

        yield start


def client(to: Listener) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", to.port, "sender.boreal.example", timeout=WAIT_S)


def send(to: Listener, content: bytes = MAIL, *recipients: str, sender: str = FROM) -> tuple[int, bytes]:
    """What the listener says at the end of DATA."""
    with client(to) as talk:
        talk.ehlo()
        assert talk.mail(sender)[0] == 250
        for one in recipients or ("help@acme.example",):
            assert talk.rcpt(one)[0] == 250, one
        return talk.data(content)


def kept(vendor: Vendor) -> list[Incoming]:
    with tenancy.vendor(vendor.id):
        return list(Incoming.objects.filter(vendor_id=vendor.id))


def bytes_of(row: Incoming) -> bytes:
    with tenancy.vendor(row.vendor_id):
        return bytes(Original.objects.get(incoming=row).content)


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_message_is_taken(acme: Vendor, opened: Open) -> None:
    door = opened()
    code, said = send(door, MAIL, "Help+NOR-1@Acme.example")
    (row,) = kept(acme)
    assert (code, said) == (250, f"2.0.0 taken as {row.id}".encode())
    assert (row.envelope_from, row.recipients, row.reached_at) == (FROM, ["Help+NOR-1@Acme.example"], NOW)
    assert row.detail == {"client": "127.0.0.1", "helo": "sender.boreal.example"}
    whole = bytes_of(row)
    assert whole.endswith(MAIL)
    top = email.message_from_bytes(whole)
    assert top["Return-Path"] == f"<{FROM}>"
    assert top["Received"].split() == [
        "from",
        "sender.boreal.example",
        "([127.0.0.1])",
        "by",
        "mx.acme.example",
        "with",
        "ESMTP;",
        "Thu,",
        "09",
        "Jul",
        "2026",
        "12:00:00",
        "+0000",
    ]
    assert send(door, MAIL) == (250, said)
    assert len(kept(acme)) == 1


def test_unknown_recipients_are_refused_at_rcpt(acme: Vendor, opened: Open) -> None:
    with client(opened()) as talk:
        talk.ehlo()
        talk.mail(FROM)
        for unknown in ("nobody@acme.example", "help@elsewhere.example", "help", '"a b"@acme.example'):
            code, said = talk.rcpt(unknown)
            assert (code, said) == (550, b"5.1.1 nobody receives mail here at this address"), unknown
        assert talk.docmd("DATA")[0] == 503
        assert talk.rcpt("help@acme.example")[0] == 250
        assert talk.data(MAIL)[0] == 250


def test_whoever_guesses_addresses_is_sent_away(acme: Vendor, opened: Open) -> None:
    with client(opened()) as talk:
        talk.ehlo()
        talk.mail(FROM)
        said = [talk.rcpt(f"guess{number}@acme.example")[0] for number in range(listener.MOST_UNKNOWN)]
        assert said == [550] * (listener.MOST_UNKNOWN - 1) + [421]
        with pytest.raises(smtplib.SMTPServerDisconnected):
            talk.noop()


def test_several_vendors_each_have_theirs(acme: Vendor, boreal: Vendor, opened: Open) -> None:
    recipients = ("help@acme.example", "aide@xn--boral-dsa.example", "help+2@acme.example")
    assert send(opened(), MAIL, *recipients)[0] == 250
    assert [one.recipients for one in kept(acme)] == [["help@acme.example", "help+2@acme.example"]]
    assert [one.recipients for one in kept(boreal)] == [["aide@xn--boral-dsa.example"]]


def test_reports_have_no_sender(acme: Vendor, opened: Open) -> None:
    assert send(opened(), sender="")[0] == 250
    (row,) = kept(acme)
    assert row.envelope_from == ""
    assert bytes_of(row).startswith(b"Return-Path: <>\r\n")


def test_addresses_beyond_ascii(acme: Vendor, boreal: Vendor, opened: Open) -> None:
    with client(opened()) as talk:
        talk.ehlo()
        assert talk.has_extn("smtputf8")
        talk.command_encoding = "utf-8"
        assert talk.mail("élise@boréal.example", ["SMTPUTF8"])[0] == 250
        assert talk.rcpt("aide@boréal.example")[0] == 250
        assert talk.data(MAIL)[0] == 250
    assert kept(boreal)[0].envelope_from == "élise@boréal.example"


def test_lines_of_any_length_and_dots(acme: Vendor, opened: Open) -> None:
    body = (
        b".\r\n..\r\n.x\r\n"
        + b"y" * 70_000
        + b"\r\n"
        + b"." * 70_000
        + b"\r\nbare\nlf and\rcr\r\n\xff\x00\r\n"
    )
    content = b"Subject: x\r\n\r\n" + body
    with client(opened(largest=1_000_000)) as talk:
        talk.ehlo()
        talk.mail(FROM)
        talk.rcpt("help@acme.example")
        talk.docmd("DATA")
        talk.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        assert talk.getreply()[0] == 250
    assert bytes_of(kept(acme)[0]).endswith(content)


def test_a_lone_dot_between_bare_line_ends_ends_nothing(acme: Vendor, opened: Open) -> None:
    smuggled = b"Subject: x\r\n\r\nhello\n.\nMAIL FROM:<a@b.example>\r\n"
    assert send(opened(), smuggled.replace(b"\n.\n", b"\n.\r"), sender=FROM)[0] == 250
    with client(opened()) as talk:
        talk.ehlo()
        talk.mail(FROM)
        talk.rcpt("help@acme.example")
        talk.docmd("DATA")
        talk.send(smuggled + b".\r\n")
        assert talk.getreply()[0] == 250
    assert len(kept(acme)) == 2


# --- sizes and other limits -------------------------------------------------------------------------


def test_the_largest_is_announced_and_held(acme: Vendor, opened: Open) -> None:
    door = opened(largest=5000)
    with client(door) as talk:
        talk.ehlo()
        assert talk.esmtp_features["size"] == "5000"
        assert "auth" not in talk.esmtp_features
        assert talk.mail(FROM, ["SIZE=5001"])[0] == 552
        talk.mail(FROM)
        talk.rcpt("help@acme.example")
        code, said = talk.data(b"Subject: x\r\n\r\n" + b"line\r\n" * 2000)
        assert (code, said[:5]) == (552, b"5.3.4")
        talk.mail(FROM)
        talk.rcpt("help@acme.example")
        assert talk.data(MAIL)[0] == 250
    assert len(kept(acme)) == 1


def test_what_all_peers_hold_together_is_bounded(acme: Vendor, opened: Open) -> None:
    door = opened(largest=100_000, memory=150_000)
    with client(door) as first, client(door) as second:
        for talk in (first, second):
            talk.ehlo()
            talk.mail(FROM)
            talk.rcpt("help@acme.example")
        first.docmd("DATA")
        first.send(b"Subject: x\r\n\r\n" + b"line\r\n" * 15_000)
        until(lambda: door._gate.held > 85_000)
        assert second.data(b"Subject: y\r\n\r\n" + b"line\r\n" * 15_000)[0] == 452
        first.send(b".\r\n")
        assert first.getreply()[0] == 250
        second.mail(FROM)
        second.rcpt("help@acme.example")
        assert second.data(b"Subject: y\r\n\r\n" + b"line\r\n" * 15_000)[0] == 250
    assert door._gate.held == 0


def test_connections_are_counted(acme: Vendor, opened: Open) -> None:
    door = opened(connections_of_one=2)
    with client(door) as one, client(door):
        with pytest.raises(smtplib.SMTPConnectError, match="421"):
            client(door)
        one.quit()
        until(lambda: door._gate.inside.total() == 1)
        with client(door) as third:
            assert third.noop()[0] == 250
    assert send(opened(connections=1))[0] == 250


def test_recipients_are_counted(acme: Vendor, opened: Open) -> None:
    with client(opened(recipients=1)) as talk:
        talk.ehlo()
        talk.mail(FROM)
        assert [talk.rcpt("help@acme.example")[0] for _ in range(2)] == [250, 452]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"command_s": 0.2}, b""),
        ({"session_s": 0.2}, b""),
        (
            {"data_s": 0.2},
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<help@acme.example>\r\nDATA\r\nSubject: x\r\n",
        ),
    ],
)
def test_whoever_stays_silent_is_hung_up_on(
    acme: Vendor, opened: Open, limits: dict[str, float], said: bytes
) -> None:
    door = opened(**limits)
    with socket.create_connection(("127.0.0.1", door.port), timeout=WAIT_S) as peer:
        peer.sendall(said)
        while peer.recv(1000):
            pass
    until(lambda: door._gate.inside.total() == 0)
    until(lambda: door._gate.held == 0)
    assert kept(acme) == []


def test_a_message_without_its_end_is_none(acme: Vendor, opened: Open) -> None:
    door = opened()
    with client(door) as talk:
        talk.ehlo()
        talk.mail(FROM)
        talk.rcpt("help@acme.example")
        talk.docmd("DATA")
        talk.send(MAIL)
        until(lambda: door._gate.held > 0)
        talk.close()
    until(lambda: door._gate.held == 0)
    assert kept(acme) == []


def test_many_commands_and_odd_ones_end_in_a_refusal(acme: Vendor, opened: Open) -> None:
    with client(opened()) as talk:
        assert talk.docmd("MAIL", "FROM:<a@b.example>")[0] == 503
        talk.ehlo()
        assert talk.docmd("MAIL", f"FROM:<{'a' * 400}@b.example>")[0] in {500, 553}
        assert talk.docmd("RCPT", "TO:<help@acme.example>")[0] == 503
        assert talk.docmd("AUTH", "PLAIN AGEAYg==")[0] >= 500
        assert talk.docmd("VRFY", "help@acme.example")[0] == 252
        said = [talk.noop()[0] for _ in range(21)]
        assert said == [250] * 20 + [421]


# --- when it cannot be kept -------------------------------------------------------------------------


def failing(error: Exception, cause: Exception | None = None) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error from cause

    return fail


@pytest.mark.parametrize(
    ("error", "cause", "said"),
    [
        (OperationalError("the connection is lost"), None, (451, b"4.3.0")),
        (InterfaceError("the connection is closed"), None, (451, b"4.3.0")),
        (OperationalError("no space"), psycopg.errors.DiskFull(), (452, b"4.3.1")),
        (OperationalError("too much"), psycopg.errors.InsufficientResources(), (452, b"4.3.1")),
        (OperationalError("too many"), psycopg.errors.TooManyConnections(), (451, b"4.3.0")),
        (ZeroDivisionError(), None, (451, b"4.3.0")),
    ],
)
def test_what_cannot_be_kept_is_not_taken(
    acme: Vendor, opened: Open, monkeypatch: pytest.MonkeyPatch, error: Exception, cause: Exception, said: Any
) -> None:
    door = opened()
    with monkeypatch.context() as patch:
        patch.setattr(intake, "accept", failing(error, cause))
        code, words = send(door)
        assert (code, words[:5]) == said
    assert kept(acme) == []
    assert send(door)[0] == 250


def test_a_commit_that_fails_is_no_acceptance(
    acme: Vendor, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper

    door = opened()
    with client(door) as talk:
        talk.ehlo()
        talk.mail(FROM)
        assert talk.rcpt("help@acme.example")[0] == 250
        with monkeypatch.context() as patch:
            patch.setattr(BaseDatabaseWrapper, "commit", failing(OperationalError("gone at the commit")))
            assert talk.data(MAIL)[0] == 451
    assert kept(acme) == []
    assert send(door)[0] == 250


def test_nobody_can_be_asked_about_recipients_without_the_database(
    acme: Vendor, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(opened()) as talk:
        talk.ehlo()
        talk.mail(FROM)
        with monkeypatch.context() as patch:
            patch.setattr(addresses, "vendor_of", failing(OperationalError("gone")))
            assert talk.rcpt("help@acme.example")[0] == 451
        assert talk.rcpt("help@acme.example")[0] == 250


def test_one_vendor_of_two_that_cannot_be_served_makes_the_peer_come_again(
    acme: Vendor, boreal: Vendor, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, accept = opened(), intake.accept

    def half(**told: Any) -> intake.Accepted:
        if told["vendor_id"] == boreal.id:
            raise OperationalError("gone")
        return accept(**told)

    both = ("help@acme.example", "aide@xn--boral-dsa.example")
    with monkeypatch.context() as patch:
        patch.setattr(intake, "accept", half)
        assert send(door, MAIL, *both)[0] == 451
    assert (len(kept(acme)), len(kept(boreal))) == (1, 0)
    assert send(door, MAIL, *both)[0] == 250
    assert (len(kept(acme)), len(kept(boreal))) == (1, 1)


def test_a_vendor_that_turned_it_off(acme: Vendor, opened: Open) -> None:
    with tenancy.vendor(acme.id):
        source = Source.objects.create(vendor=acme, kind="smtp", name="Direct", enabled=False, created_at=NOW)
    door = opened()
    with client(door) as talk:
        talk.ehlo()
        talk.mail(FROM)
        assert talk.rcpt("help@acme.example")[0] == 550
    with tenancy.vendor(acme.id):
        Source.objects.update(enabled=True)
    assert send(door)[0] == 250
    assert kept(acme)[0].source_id == source.id


def test_an_empty_message_is_refused(acme: Vendor, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener.Desk, "_trace", lambda *_: b"")
    assert send(opened(), b"")[0] == 550


# --- LMTP, TLS, a socket, Postfix -------------------------------------------------------------------


def lmtp(to: Listener) -> smtplib.LMTP:
    return smtplib.LMTP("127.0.0.1", to.port, "sender.boreal.example", timeout=WAIT_S)


def test_lmtp_answers_for_each_recipient(
    acme: Vendor, boreal: Vendor, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, accept = opened(local=True, largest=5000), intake.accept

    def half(**told: Any) -> intake.Accepted:
        if told["vendor_id"] == boreal.id:
            raise OperationalError("gone")
        return accept(**told)

    both = ("help@acme.example", "aide@xn--boral-dsa.example")
    with lmtp(door) as talk:
        assert talk.docmd("EHLO", "x")[0] == 500
        talk.ehlo()

        def said(content: bytes) -> list[int]:
            talk.mail(FROM)
            for one in both:
                talk.rcpt(one)
            # smtplib reads one reply only.
            return [talk.data(content)[0], talk.getreply()[0]]

        with monkeypatch.context() as patch:
            patch.setattr(intake, "accept", half)
            assert said(MAIL) == [250, 451]
        assert said(MAIL) == [250, 250]
        assert said(MAIL + b"line\r\n" * 2000) == [552, 552]
    assert (len(kept(acme)), len(kept(boreal))) == (1, 1)


def test_over_a_socket_that_a_killed_process_left(acme: Vendor, opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    opened(local=True, path=str(path))
    with smtplib.LMTP(str(path), timeout=WAIT_S) as talk:
        assert talk.sendmail(FROM, ["help@acme.example"], MAIL) == {}
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError):
        opened(local=True, path=str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"


def test_starttls(acme: Vendor, opened: Open, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=127.0.0.1",
        "-days",
        "2",
    ]
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *more], check=True, capture_output=True)
    door = opened(tls=receiving.certificate(certificate, key), connections=1)
    with client(door) as talk:
        talk.ehlo()
        talk.starttls(context=ssl.create_default_context(cafile=str(certificate)))
        talk.ehlo()
        assert "auth" not in talk.esmtp_features
        talk.sendmail(FROM, ["help@acme.example"], MAIL)
    assert b"with ESMTPS;" in bytes_of(kept(acme)[0])
    until(lambda: door._gate.inside.total() == 0)
    assert send(door, MAIL + b"more\r\n")[0] == 250


@pytest.mark.parametrize("local", [True, False], ids=["lmtp", "smtp"])
def test_postfix_delivers_here(
    acme: Vendor, opened: Open, monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    door = opened(local=local)
    with postfix.running(to=("lmtp" if local else "smtp", door.port)) as mta:
        with monkeypatch.context() as patch:
            patch.setattr(intake, "accept", failing(OperationalError("gone")))
            mta.send(FROM, "help@acme.example", MAIL)
            until(lambda: "451 4.3.0" in mta.log())
        assert kept(acme) == []
        # What it was told to bring again it brings again, and once.
        until(lambda: mta.flush() and len(kept(acme)) == 1)
        mta.send(FROM, "help@acme.example", MAIL.replace(b"<1@", b"<2@"))
        until(lambda: len(kept(acme)) == 2)
        mta.send(FROM, "nobody@acme.example", MAIL)
        until(lambda: "550 5.1.1" in mta.log())
        until(lambda: mta.queued() == 0)
    assert sorted(one.mail_id for one in kept(acme)) == ["<1@boreal.example>", "<2@boreal.example>"]
    assert all(b"(Postfix)" in bytes_of(one) for one in kept(acme))


FORGED = (
    b"Authentication-Results: mx.acme.example; dmarc=pass header.from=boreal.example\r\n"
    b"Received: from x.example by mx.acme.example; Thu, 09 Jul 2026 11:59:00 +0000\r\n" + MAIL
)


@pytest.mark.parametrize(
    ("networks", "verdict"),
    [(None, "authenticated"), (["127.0.0.1/32"], "authenticated"), (["192.0.2.0/24"], "unauthenticated")],
)
@pytest.mark.parametrize("socket_", [False, True])
def test_a_border_is_believed_only_from_where_it_delivers(
    acme: Vendor, opened: Open, tmp_path: Path, networks: list[str] | None, verdict: str, socket_: bool
) -> None:
    with tenancy.vendor(acme.id):
        Source.objects.create(
            vendor=acme, kind="smtp", name="Direct", trusted_borders=["mx.acme.example"], created_at=NOW,
            settings={} if networks is None else {"networks": networks},
        )  # fmt: skip
    if socket_:
        path = str(tmp_path / "lmtp")
        opened(path=path, local=True)
        with smtplib.LMTP(path) as over_socket:
            over_socket.sendmail(FROM, ["help@acme.example"], FORGED)
    else:
        with client(opened()) as talk:
            talk.sendmail(FROM, ["help@acme.example"], FORGED)
    with tenancy.vendor(acme.id):
        row = Incoming.objects.get()
    assert row.detail["client"] == ("local" if socket_ else "127.0.0.1")
    handling.handle(acme.id, row.id, NOW)
    with tenancy.vendor(acme.id):
        row = Incoming.objects.get()
    assert row.proof == verdict
    # Known also after it was handled: what is tried again is judged by the same.
    assert row.detail["client"]
