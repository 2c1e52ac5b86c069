"""Mailboxes of a real server: every message is taken once, marked only then, whatever ends the connection."""

from __future__ import annotations

import dataclasses
import http.server
import itertools
import json
import os
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from tests.mail import dovecot
from tests.mail.dovecot import Dovecot

from palier.mail import imap, imap_session, oauth, sources
from palier.mail.models import Incoming, Source
from palier.mail.sources import Failed
from palier.people import tenancy
from palier.people.models import Vendor

NOW = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)
HAD = "09-Jul-2026 11:30:00 +0000"
WAIT_S = 60
users = itertools.count()
pytestmark = pytest.mark.django_db(transaction=True)


def mail(number: int, *, more: str = "", body: str = "It is down.") -> bytes:
    return (
        f"{more}From: Camille <camille@boreal.example>\r\nTo: help@acme.example\r\nSubject: Down {number}\r\n"
        f"Message-ID: <{number}@boreal.example>\r\n\r\n{body}\r\n"
    ).encode()


@pytest.fixture(scope="module")
def shared() -> Iterator[Dovecot]:
    started = dovecot.start()
    yield started
    started.stop()


@pytest.fixture
def server(shared: Dovecot) -> Dovecot:
    """The server as a user of this test alone sees it."""
    return dataclasses.replace(shared, user=f"agent-{next(users)}")


def source(vendor: Vendor, server: Dovecot, password: str = dovecot.PASSWORD, **changed: object) -> Source:
    told = dovecot.settings(server.port, user=server.user)
    with tenancy.vendor(vendor.id):
        made = Source(
            vendor=vendor, kind="imap", name="Help", settings=told | changed, created_at=NOW,
            trusted_borders=["mx.acme.example"],
        )  # fmt: skip
        sources.seal(made, sources.Secret(password=password))
        made.save()
    return made


def visit(made: Source, now: datetime = NOW) -> imap_session.Taken:
    return imap.visit(made.vendor_id, made.id, clock=lambda: now)


def rows(vendor: Vendor) -> list[Incoming]:
    with tenancy.vendor(vendor.id):
        return list(Incoming.objects.filter(vendor_id=vendor.id).order_by("mail_id"))


def fresh(made: Source) -> Source:
    with tenancy.vendor(made.vendor_id):
        return Source.objects.get(id=made.id)


def test_everything_is_taken_once_and_marked(vendor: Vendor, server: Dovecot) -> None:
    made = source(vendor, server)
    server.put(*map(mail, range(3)), date=HAD)
    assert visit(made) == imap_session.Taken(new=3, known=0)
    assert server.flags() == [True] * 3
    assert visit(made) == imap_session.Taken(new=0, known=0)
    server.put(mail(3), mail(1))
    assert visit(made) == imap_session.Taken(new=1, known=1)
    found = rows(vendor)
    assert [one.mail_id for one in found] == [f"<{n}@boreal.example>" for n in range(4)]
    assert found[0].reached_at == datetime(2026, 7, 9, 11, 30, tzinfo=UTC)
    assert (found[0].source_id, found[0].recipients) == (made.id, ["help@acme.example"])
    assert (fresh(made).checked_at, fresh(made).failure) == (NOW, "")


def test_only_what_comes_from_the_first_visit_on(vendor: Vendor, server: Dovecot) -> None:
    made = source(vendor, server, first="new")
    server.put(mail(1), date=HAD)
    assert visit(made) == imap_session.Taken()
    assert server.flags() == [False]
    server.put(mail(2))
    assert visit(made, datetime.now(UTC)) == imap_session.Taken(new=1)
    assert [one.mail_id for one in rows(vendor)] == ["<2@boreal.example>"]


def test_moved_into_a_folder_that_is_made_for_it(vendor: Vendor, server: Dovecot) -> None:
    made = source(vendor, server, after="move", move_to="Traités é")
    server.put(*map(mail, range(3)))
    assert visit(made).new == 3
    assert (server.count(), server.count("Trait&AOk-s &AOk-")) == (0, 3)


def test_left_alone(vendor: Vendor, server: Dovecot) -> None:
    made = source(vendor, server, after="leave")
    server.put(mail(1))
    assert (visit(made).new, visit(made).new, server.flags()) == (1, 0, [False])


def test_several_folders(vendor: Vendor, server: Dovecot) -> None:
    server.make("Ventes", "Other")
    made = source(vendor, server, folders=["INBOX", "Ventes"])
    server.put(mail(1))
    server.put(mail(2), folder="Ventes")
    server.put(mail(3), folder="Other")
    assert visit(made).new == 2
    assert sorted(fresh(made).place) == ["INBOX", "Ventes"]


def test_numbers_that_mean_other_messages(vendor: Vendor, server: Dovecot) -> None:
    server.make("Ventes")
    made = source(vendor, server, folders=["Ventes"])
    server.put(*map(mail, range(5)), folder="Ventes")
    assert visit(made).new == 5
    before = fresh(made).place["Ventes"]["validity"]
    client = server.connect()
    client.delete("Ventes")
    client.create("Ventes")
    client.logout()
    server.put(mail(9), mail(1), folder="Ventes")
    assert visit(made) == imap_session.Taken(new=1, known=1)
    assert fresh(made).place["Ventes"]["validity"] != before
    assert len(rows(vendor)) == 6


def test_numbers_that_changed_do_not_bring_back_what_was_never_ours(vendor: Vendor, server: Dovecot) -> None:
    server.make("Ventes")
    made = source(vendor, server, folders=["Ventes"], first="new")
    assert visit(made) == imap_session.Taken()
    client = server.connect()
    client.delete("Ventes")
    client.create("Ventes")
    client.logout()
    server.put(mail(1), folder="Ventes", date="01-Jul-2026 00:00:00 +0000")
    server.put(mail(2), folder="Ventes", date="10-Jul-2026 00:00:00 +0000")
    assert visit(made) == imap_session.Taken(new=1)


def test_taken_but_not_yet_marked_is_marked_next_time(
    vendor: Vendor, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = source(vendor, server, after="move", move_to="Done")
    server.put(*map(mail, range(2)))
    with monkeypatch.context() as patch:
        patch.setattr(imap_session.Session, "_mark", lambda *_: (_ for _ in ()).throw(Failed("lost")))
        with pytest.raises(Failed, match="lost"):
            visit(made)
    assert (server.count(), len(rows(vendor))) == (2, 2)
    assert visit(made) == imap_session.Taken()
    assert (server.count(), server.count("Done")) == (0, 2)


def test_what_cannot_be_marked_is_said_and_mail_still_comes(vendor: Vendor, server: Dovecot) -> None:
    made = source(vendor, server, after="move", move_to="INBOX/\x7f\x01")
    server.put(mail(1))
    assert visit(made).new == 1
    assert fresh(made).failure.startswith("cannot-mark ")
    server.put(mail(2))
    assert visit(made).new == 1


def test_too_large_stays_and_is_told(vendor: Vendor, server: Dovecot, settings: Any) -> None:
    settings.PALIER_LARGEST_MAIL = 2000
    made = source(vendor, server)
    server.put(mail(1), mail(2, body="x" * 3000), mail(3))
    assert visit(made).new == 2
    (left,) = fresh(made).place[""]
    assert (left["folder"], left["size"] > 3000) == ("INBOX", True)
    assert server.flags() == [True, False, True]


def test_when_it_reached_our_border(vendor: Vendor, server: Dovecot) -> None:
    made = source(vendor, server)
    trace = (
        "Received: from mx.acme.example by store.acme.example; Thu, 9 Jul 2026 11:20:00 +0000\r\n"
        "Received: from x (y [192.0.2.1])\r\n\tby mx.acme.example (Postfix) with ESMTPS id 1;\r\n"
        "\tThu, 9 Jul 2026 13:10:00 +0200 (CEST)\r\n"
        "Received: by mx.acme.example; Thu, 9 Jul 2026 08:00:00 +0000\r\n"
    )
    server.put(mail(1, more=trace), date=HAD)
    visit(made)
    assert rows(vendor)[0].reached_at == datetime(2026, 7, 9, 11, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "found"),
    [
        ("Thu, 9 Jul 2026 11:10:00 +0000", "11:10"),
        ("Thu, 9 Jul 2026 11:10:00", "11:10"),
        ("Thu, 9 Jul 2026 11:45:00 +0000", "11:30"),
        ("Thu, 2 Jul 2026 11:10:00 +0000", "11:30"),
        ("yesterday", "11:30"),
        ("", "11:30"),
        ("Fri, 31 Dec 9999 23:59:59 -1200", "11:30"),
    ],
)
def test_a_border_that_cannot_be_right_is_not_believed(date: str, found: str) -> None:
    content = f"Received: by mx.acme.example; {date}\r\n\r\nx".encode()
    had = datetime(2026, 7, 9, 11, 30, tzinfo=UTC)
    at = sources.reached_at(content, borders=["MX.acme.example"], internal=had, now=NOW)
    assert at.strftime("%H:%M") == found
    assert sources.reached_at(content, borders=[], internal=had, now=NOW) == had
    assert sources.reached_at(content, borders=[], internal=None, now=NOW) == NOW


# --- what goes wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"host": "nowhere.invalid"}, "unknown-host"),
        ({"port": 1}, "connection-refused"),
        ({"folders": ["Nowhere"]}, "folder-missing"),
        ({"security": "starttls"}, "no-starttls"),
    ],
)
def test_what_is_wrong_has_a_name(
    vendor: Vendor, server: Dovecot, changed: dict[str, Any], code: str
) -> None:
    made = source(vendor, server, **changed)
    for look in (lambda: visit(made), lambda: imap.check(made)):
        with pytest.raises(Failed) as raised:
            look()
        assert raised.value.code == code


def test_a_wrong_password(vendor: Vendor, server: Dovecot) -> None:
    made = source(vendor, server, password="pässword")
    with pytest.raises(Failed, match=r"login-refused .*Authentication failed"):
        imap.check(made)


def test_a_secret_sealed_with_a_lost_key(vendor: Vendor, server: Dovecot, settings: Any) -> None:
    made = source(vendor, server)
    settings.PALIER_SEALING_KEYS = "eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXk="
    with pytest.raises(Failed, match="cannot-open"):
        imap.check(made)


def test_the_certificate_is_checked(vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-days",
        "2",
    ]
    more = [
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run([*command, *more], check=True, capture_output=True)
    server = dovecot.start(tls=(certificate, key))
    try:
        made = source(vendor, server, security="starttls")
        with pytest.raises(Failed, match="certificate"):
            imap.check(made)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert ssl.create_default_context().get_ca_certs()
        imap.check(made)
        server.put(mail(1))
        assert visit(made).new == 1
    finally:
        server.stop()


# --- OAuth2 -----------------------------------------------------------------------------------------


class Provider(http.server.BaseHTTPRequestHandler):
    """Gives access tokens for the refresh token it gave last, and tells Dovecot which it gave."""

    given: list[str]
    refresh: str

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if body.get("refresh_token") != [type(self).refresh] or body.get("client_secret") != [
            "of the client"
        ]:
            self._say(400, {"error": "invalid_grant", "error_description": "Token has been revoked."})
            return
        type(self).given.append(f"access-{len(self.given)}")
        type(self).refresh = f"refresh-{len(self.given)}"
        self._say(
            200, {"access_token": self.given[-1], "refresh_token": self.refresh, "token_type": "Bearer"}
        )

    def do_GET(self) -> None:
        known = parse_qs(urlsplit(self.path).query).get("token", [""])[0] in self.given
        self._say(200, {"active": known, "email": "agent"} if known else {"active": False})

    def _say(self, status: int, words: dict[str, object]) -> None:
        body = json.dumps(words).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def provider() -> Iterator[str]:
    Provider.given, Provider.refresh = [], "the-first"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_oauth2(vendor: Vendor, provider: str, tmp_path: Path) -> None:
    (tmp_path / "oauth2").write_text(
        f"introspection_url = {provider}/check?token=\nintrospection_mode = get\nusername_attribute = email\n"
        "active_attribute = active\nactive_value = true\n"
    )
    os.chmod(tmp_path, 0o755)
    for one in tmp_path.parents:
        if one.owner() == tmp_path.owner() and str(one).startswith("/tmp/"):
            os.chmod(one, 0o755)
    server = dovecot.start(
        more=f"passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {tmp_path}/oauth2\n}}\n"
    )
    try:
        told = {"sign_in": "oauth2", "token_url": f"{provider}/token", "client_id": "palier"}
        made = source(vendor, server, **told)
        with pytest.raises(Failed, match="token-refused invalid_grant Token has been revoked"):
            visit(made)
        with tenancy.vendor(vendor.id):
            sources.seal(made, sources.Secret(client_secret="of the client", refresh_token="the-first"))
            made.save()
        server.put(mail(1))
        assert visit(made).new == 1
        assert sources.secret(fresh(made)).refresh_token == "refresh-1"
        server.put(mail(2))
        assert visit(made).new == 1
    finally:
        server.stop()


def test_tokens_are_asked_for_where_it_was_set_only(settings: Any) -> None:
    box = sources.mailbox(dovecot.settings(1, token_url="ftp://127.0.0.1/", client_id="x"))
    with pytest.raises(Failed, match="token-refused"):
        oauth.token(box, sources.Secret())


# --- keeping at it ----------------------------------------------------------------------------------


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_a_message_is_taken_when_the_server_tells_and_after_it_was_away(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LONGEST_PAUSE_S", 0.2)
    server = dovecot.start()
    # Nothing is looked at again by itself for an hour: only the server's word brings a message.
    made = source(vendor, server, every_s=3600)
    stopped = threading.Event()

    def read() -> None:
        imap.keep(vendor.id, made.id, stopped=stopped, clock=lambda: datetime.now(UTC))
        connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        until(lambda: fresh(made).checked_at is not None)
        server.put(mail(1))
        until(lambda: len(rows(vendor)) == 1)
        server.stop()
        until(lambda: fresh(made).failure != "")
        server = dovecot.start(port=server.port, folder=server.folder)
        server.put(mail(2))
        until(lambda: len(rows(vendor)) == 2)
        until(lambda: fresh(made).failure == "")
    finally:
        stopped.set()
        thread.join(60)
        server.stop()
    assert not thread.is_alive()
