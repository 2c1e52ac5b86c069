"""The receiving process: it notices what changes, ends in order, and killed at any point loses and doubles nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.mail import dovecot

from palier.mail import receiving, sources
from palier.mail.models import Incoming, MailAddress, Original, Source
from palier.people import tenancy
from palier.people.models import Vendor

NOW = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)
WAIT_S = 60
SOURCE = Path(receiving.__file__).parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


def source(vendor: Vendor, server: dovecot.Dovecot, **changed: object) -> Source:
    with tenancy.vendor(vendor.id):
        made = Source(
            vendor=vendor,
            kind="imap",
            name="Help",
            settings=dovecot.settings(server.port, user=server.user) | changed,
            created_at=NOW,
        )
        sources.seal(made, sources.Secret(password=dovecot.PASSWORD))
        made.save()
        MailAddress.objects.get_or_create(vendor=vendor, address="help@acme.example")
    return made


def mail(number: int, way: str) -> bytes:
    return (
        f"Subject: {way} {number}\r\nMessage-ID: <{way}-{number}@x.example>\r\n\r\nIt is down.\r\n".encode()
    )


def ids(vendor: Vendor) -> list[str]:
    with tenancy.vendor(vendor.id):
        return sorted(Incoming.objects.filter(vendor_id=vendor.id).values_list("mail_id", flat=True))


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_sources_are_noticed_without_a_restart_and_it_ends_in_order(vendor: Vendor) -> None:
    server, port = dovecot.start(), dovecot.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "palier.site.receiver", "10"],
        stdin=subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "PALIER_SMTP_LISTEN": f"127.0.0.1:{port}",
            "PALIER_SMTP_NAME": "mx.acme.example",
        },
        start_new_session=True,
    )
    try:
        first = source(vendor, server)
        other = dataclasses.replace(server, user="other")
        server.put(mail(1, "imap"))
        until(lambda: ids(vendor) == ["<imap-1@x.example>"])
        second = source(vendor, other)
        other.put(mail(2, "imap"))
        until(lambda: len(ids(vendor)) == 2)
        with tenancy.vendor(vendor.id):
            Source.objects.filter(id=second.id).update(enabled=False)
            Source.objects.filter(id=first.id).update(settings={**first.settings, "after": "leave"})
        with smtplib.SMTP("127.0.0.1", port, timeout=WAIT_S) as talk:
            assert b"mx.acme.example" in talk.ehlo()[1]
            talk.sendmail("a@b.example", ["help@acme.example"], mail(3, "smtp"))
        until(lambda: len(ids(vendor)) == 3)
        until(lambda: _left_alone(server, vendor))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=WAIT_S) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stdin is not None
        process.stdin.close()
        server.stop()


def _left_alone(server: dovecot.Dovecot, vendor: Vendor) -> bool:
    """Whether a message that comes now is taken and left unseen: the source's new settings hold."""
    number = 100 + len(ids(vendor))
    server.put(mail(number, "imap"))
    until(lambda: f"<imap-{number}@x.example>" in ids(vendor))
    return not server.flags()[-1]


def test_a_certificate_that_cannot_be_used_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from palier.site import mail_environment, receiver
    from palier.site.refusals import Refused

    for name in ("CERTIFICATE", "KEY"):
        (tmp_path / name).write_text("no PEM")
        monkeypatch.setenv(f"PALIER_SMTP_{name}", str(tmp_path / name))
    with pytest.raises(Refused, match="do not fit"):
        receiver.verify()
    monkeypatch.delenv("PALIER_SMTP_KEY")
    with pytest.raises(Refused, match="go together"):
        mail_environment.read()


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("127.0.0.1:25", {"host": "127.0.0.1", "port": 25, "path": ""}),
        ("[::1]:2525", {"host": "::1", "port": 2525, "path": ""}),
        ("/run/palier/lmtp", {"host": "", "port": 0, "path": "/run/palier/lmtp"}),
        ("25", None),
        ("host:0", None),
        ("host:x", None),
    ],
)
def test_where_to_listen(value: str, found: dict[str, object] | None) -> None:
    from palier.site import mail_environment
    from palier.site.environment import BadEnvironment

    given = {"PALIER_LMTP_LISTEN": value}
    if found is None:
        with pytest.raises(BadEnvironment, match="PALIER_LMTP_LISTEN"):
            mail_environment.read(given)
    else:
        assert dataclasses.asdict(mail_environment.read(given).lmtp or mail_environment.Listen()) == found


# A process of its own forks the receivers, each of which is killed at a random instant of its work. Meanwhile it brings
# messages: into the mailbox, and to the listener, again and again until that says 250.
KILLED = """
import imaplib, json, os, random, signal, smtplib, sys, threading, time, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
from datetime import UTC, datetime
from palier.mail import receiving, imap

told = json.loads(sys.argv[1])
chance = random.Random(told["seed"])
imap.FIRST_PAUSE_S = 0.05

def receive(killed_after):
    if killed_after is not None:
        threading.Timer(killed_after, os.kill, (os.getpid(), signal.SIGKILL)).start()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    receiving.Receiver(
        places=[receiving.Place(local=False, host="127.0.0.1", port=told["smtp"])], largest=1_000_000,
        clock=lambda: datetime.now(UTC), stopped=stopped, look_s=0.05,
    ).run()

def fork(killed_after):
    child = os.fork()
    if child == 0:
        try:
            receive(killed_after)
        finally:
            os._exit(0)
    return child

def put(numbers):
    client = imaplib.IMAP4("127.0.0.1", told["imap"], timeout=60)
    client.login("agent", told["password"])
    for number in numbers:
        client.append("INBOX", "", "", told["mail"].replace("NUMBER", str(number)).replace("WAY", "imap").encode())
    client.logout()

def bring(number):
    try:
        with smtplib.SMTP("127.0.0.1", told["smtp"], timeout=60) as talk:
            content = told["mail"].replace("NUMBER", str(number)).replace("WAY", "smtp").encode()
            talk.sendmail("a@b.example", ["help@acme.example"], content)
        return True
    except (OSError, smtplib.SMTPException):
        return False

brought, kills = 0, 0
for turn in range(told["rounds"]):
    put(range(turn * told["each"], (turn + 1) * told["each"]))
    child = fork(chance.uniform(0.0, 0.7))
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        brought += bring(brought)
        time.sleep(0.01)
    kills += os.WIFSIGNALED(ended[1])
last = fork(None)
limit = time.monotonic() + 120
while brought < told["rounds"]:
    brought += bring(brought)
while True:
    client = imaplib.IMAP4("127.0.0.1", told["imap"], timeout=60)
    client.login("agent", told["password"])
    left = int(client.select("INBOX", readonly=True)[1][0])
    client.logout()
    if not left or time.monotonic() > limit:
        break
    time.sleep(0.1)
os.kill(last, signal.SIGTERM)
code = os.waitpid(last, 0)[1]
print(json.dumps({"brought": brought, "kills": kills, "code": code, "left": left}))
"""


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_killed_at_any_point_nothing_is_lost_and_nothing_doubled(vendor: Vendor, rounds: int) -> None:
    server, each = dovecot.start(), 4
    try:
        source(vendor, server, after="move", move_to="Done")
        told = {
            "seed": rounds,
            "rounds": rounds,
            "each": each,
            "imap": server.port,
            "smtp": dovecot.free_port(),
            "password": dovecot.PASSWORD,
            "mail": mail(0, "WAY").decode().replace("0", "NUMBER"),
        }
        done = subprocess.run(
            [sys.executable, "-c", KILLED, json.dumps(told)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        found = json.loads(done.stdout)
        assert (found["kills"], found["code"], found["left"]) == (rounds, 0, 0)
        expected = [f"<imap-{number}@x.example>" for number in range(rounds * each)]
        expected += [f"<smtp-{number}@x.example>" for number in range(found["brought"])]
        assert ids(vendor) == sorted(expected)
        with tenancy.vendor(vendor.id):
            assert Original.objects.filter(vendor_id=vendor.id).count() == len(expected)
        assert server.count("Done") == rounds * each
    finally:
        server.stop()
