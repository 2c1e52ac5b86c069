"""A message is kept once, by its content, whatever way and however often it comes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests import racing

from palier.mail import addresses, intake, sources
from palier.mail.models import Incoming, MailAddress, Original, Source
from palier.people import tenancy
from palier.people.models import Vendor

NOW = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)
MAIL = (
    b"Received: from a by b; Thu, 9 Jul 2026 12:00:00 +0000\r\n"
    b"From: Camille <camille@boreal.example>\r\nTo: help@acme.example\r\nSubject: Down\r\n"
    b"Message-ID: <one@boreal.example>\r\n\r\nIt is down.\r\n"
)


def take(vendor: Vendor, content: bytes, **more: Any) -> intake.Accepted:
    return intake.accept(vendor_id=vendor.id, content=content, **({"reached_at": NOW, "now": NOW} | more))


@pytest.mark.parametrize(
    "changed",
    [
        MAIL.replace(b"Received: from a by b; Thu", b"Received: from x\r\n\tby y; Fri"),
        b"Return-Path: <camille@boreal.example>\r\nDelivered-To: help@acme.example\r\n" + MAIL,
        b"Authentication-Results: mx.acme.example;\r\n dkim=pass header.d=boreal.example\r\n" + MAIL,
        b"ARC-Seal: i=1; a=rsa-sha256\r\nX-ORIGINAL-TO: help@acme.example\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"\r\n", b"\r"),
        MAIL + b"\r\n\r\n",
        MAIL.rstrip(),
    ],
    ids=["received", "delivered", "results", "arc", "lf", "cr", "lines-at-the-end", "no-line-end"],
)
def test_what_a_delivery_adds_changes_nothing(changed: bytes) -> None:
    assert changed != MAIL
    assert intake.digest(changed) == intake.digest(MAIL)


@pytest.mark.parametrize(
    "changed",
    [
        MAIL.replace(b"is down", b"is up"),
        MAIL.replace(b"Subject: Down", b"Subject: Up"),
        MAIL.replace(b"\r\n\r\n", b"\r\n\r\n Received: in the body\r\n"),
        MAIL.replace(b"\r\n\r\n", b"\r\n\r\nReceived: in the body\r\n"),
        MAIL.replace(b"From: Camille", b"From: Mallory"),
    ],
)
def test_what_the_writer_wrote_counts(changed: bytes) -> None:
    assert intake.digest(changed) != intake.digest(MAIL)


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_any_bytes_have_a_digest_and_a_name(content: bytes, more: bytes) -> None:
    assert len(intake.digest(content + more)) == 64
    assert "\0" not in intake.mail_id(content + b"\nMessage-ID: " + more)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (b"Message-ID: <a@b>", "<a@b>"),
        (b"MESSAGE-id:\r\n <a@b> (a comment)", "<a@b>"),
        (b"Message-ID: a@b", "<a@b>"),
        (b"Message-ID: <a@b", "<a@b>"),
        (b"Message-ID: <\xe9\x00@b>", "<\ufffd@b>"),
        (b"Message-ID: <>", "<>"),
        (b"Message-ID:", ""),
        (b"Message-ID: <" + b"a" * 1000 + b">", ""),
        (b"X-Message-ID: <a@b>", ""),
    ],
)
def test_the_message_id(field: bytes, found: str) -> None:
    assert intake.mail_id(b"Subject: x\r\n" + field + b"\r\n\r\nMessage-ID: <body@b>\r\n") == found


def test_kept_once(vendor: Vendor) -> None:
    first = take(vendor, MAIL, envelope_from="camille@boreal.example", recipients=["help+7@acme.example"])
    again = take(vendor, MAIL.replace(b"\r\n", b"\n"), reached_at=NOW + timedelta(days=1), history=True)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.incoming_id == again.incoming_id
    with tenancy.vendor(vendor.id):
        kept = Incoming.objects.get(vendor_id=vendor.id)
        assert bytes(Original.objects.get(incoming=kept).content) == MAIL
    assert kept.mail_id == "<one@boreal.example>"
    assert (kept.envelope_from, kept.recipients) == ("camille@boreal.example", ["help+7@acme.example"])
    assert (kept.state, kept.size, kept.history, kept.same_id) == ("received", len(MAIL), False, False)


def test_the_same_message_id_with_other_content_is_another_message(vendor: Vendor) -> None:
    take(vendor, MAIL)
    other = take(vendor, MAIL.replace(b"is down", b"is up"))
    with tenancy.vendor(vendor.id):
        assert other.is_new
        assert Incoming.objects.get(id=other.incoming_id).same_id
        assert Incoming.objects.filter(vendor_id=vendor.id, same_id=False).count() == 1


def test_two_vendors_each_keep_their_own(vendor: Vendor) -> None:
    other = Vendor.objects.create(
        slug="boreal", name="Boréal", prefix="BOR", zone="Europe/Paris", address="https://b.example/", created_at=NOW
    )  # fmt: skip
    assert take(vendor, MAIL).is_new
    assert take(other, MAIL).is_new
    with tenancy.vendor(other.id):
        assert [one.same_id for one in Incoming.objects.filter(vendor_id=other.id)] == [False]


def test_nothing_comes_from_the_future(vendor: Vendor) -> None:
    made = take(vendor, MAIL, reached_at=NOW + timedelta(hours=1))
    with tenancy.vendor(vendor.id):
        assert Incoming.objects.get(id=made.incoming_id).reached_at == NOW


def test_what_the_database_cannot_hold_is_cut_out(vendor: Vendor) -> None:
    made = take(vendor, MAIL, envelope_from="a\0b\udcff" + "x" * 400, recipients=["y\0" * 400])
    with tenancy.vendor(vendor.id):
        kept = Incoming.objects.get(id=made.incoming_id)
    assert kept.envelope_from.startswith("ab?x")
    assert len(kept.envelope_from) == len(kept.recipients[0]) == 320


def test_too_large_and_empty_are_refused(vendor: Vendor, settings: Any) -> None:
    settings.PALIER_LARGEST_MAIL = len(MAIL)
    assert take(vendor, MAIL).is_new
    with pytest.raises(intake.TooLarge, match=str(len(MAIL) + 1)):
        take(vendor, MAIL + b"!")
    with pytest.raises(intake.Empty):
        take(vendor, b"\r\n\r\n")
    with tenancy.vendor(vendor.id):
        assert Incoming.objects.filter(vendor_id=vendor.id).count() == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("help@acme.example", "help@acme.example"),
        ("HELP@Acme.Example", "help@acme.example"),
        ("help+NOR-1004@acme.example", "help@acme.example"),
        ("help+urgent@acme.example", "help+urgent@acme.example"),
        ("help+urgent+x@acme.example", "help@acme.example"),
        ("soutien@éditeur.example", "soutien@xn--diteur-9ua.example"),
        ("soutien@xn--diteur-9ua.example", "soutien@xn--diteur-9ua.example"),
        ("helper@acme.example", None),
        ("+@acme.example", None),
        ("help", None),
        ("@acme.example", None),
        ("he lp@acme.example", None),
        ("help@acme.example\0", None),
        ("help@" + "a" * 300, None),
        ("", None),
    ],
)
def test_whose_an_address_is(vendor: Vendor, asked: str, found: str | None) -> None:
    known = ("help@acme.example", "help+urgent@acme.example", "soutien@xn--diteur-9ua.example")
    with tenancy.vendor(vendor.id):
        rows = {one: MailAddress.objects.create(vendor=vendor, address=one).id for one in known}
    assert addresses.whose(asked) == (None if found is None else (vendor.id, rows[found]))
    assert intake.vendor_of(asked) == (None if found is None else vendor.id)
    with tenancy.vendor(vendor.id):
        first = addresses.first_of(vendor.id, ["nobody@acme.example", asked])
    assert (first.address if first else None) == found


def test_looking_for_an_address_shows_no_row_to_the_application(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        MailAddress.objects.create(vendor=vendor, address="help@acme.example")
    assert intake.vendor_of("help@acme.example") == vendor.id
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select * from mail_mailaddress")


RACE = """
import sys
from datetime import UTC, datetime
from uuid import UUID
from django.db import DataError, connection, transaction
from palier.mail import intake
vendor_id, body = UUID(sys.argv[1]), sys.argv[2].encode()
connection.ensure_connection()
ready()
now = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)
for turn in range(10):
    content = b"Message-ID: <%d@x>\\r\\n\\r\\n%s %d" % (turn, body, turn)
    made = intake.accept(vendor_id=vendor_id, content=content, reached_at=now, now=now)
    print("new" if made.is_new else "known")
"""


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_once(vendor: Vendor) -> None:
    each: Sequence[Sequence[str]] = [[str(vendor.id), word] for word in ("a", "a", "a", "b")]
    assert os.environ["DATABASE_URL"]
    said = racing.together(RACE, each)
    assert sorted(said) == ["known"] * 20 + ["new"] * 20
    with tenancy.vendor(vendor.id):
        kept = Incoming.objects.filter(vendor_id=vendor.id)
        assert (kept.count(), kept.filter(same_id=True).count()) == (20, 10)


@pytest.mark.parametrize(
    ("client", "found"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("2001:4860:4860::8888", "2001:4860:4860::8888"),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("", None),
        ("x", None),
    ],
)
def test_who_brought_it(vendor: Vendor, client: str, found: str | None) -> None:
    made = take(vendor, MAIL, client=client, helo="mx.example")
    with tenancy.vendor(vendor.id):
        row = Incoming.objects.get(id=made.incoming_id)
    assert intake.client_of(row) == found
    assert row.detail == ({"client": client, "helo": "mx.example"} if client else {})


@pytest.mark.parametrize(
    ("client", "known", "trusted"),
    [
        ("127.0.0.1", [], True),
        ("::1", [], True),
        ("::ffff:127.0.0.1", [], True),
        (intake.LOCAL, [], True),
        (intake.LOCAL, ["10.0.0.0/8"], False),
        ("10.1.2.3", [], False),
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("::ffff:10.1.2.3", ["10.0.0.0/8"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("8.8.8.8", [], False),
        ("2001:db8::1", ["2001:db8::/32"], True),
        (None, [], False),
        ("", [], False),
        ("127.0.0.1.evil.example", [], False),
    ],
)
def test_a_border_delivers_from_its_networks_only(client: object, known: list[str], trusted: bool) -> None:
    direct = Source(kind="smtp", trusted_borders=["mx.acme.example"], settings={"networks": known})
    assert sources.borders_of(direct, client) == (("mx.acme.example",) if trusted else ())
    # What lies in a mailbox came through its border.
    box = Source(kind="imap", trusted_borders=["mx.acme.example"])
    assert sources.borders_of(box, client) == ("mx.acme.example",)
