"""Providers' posts: who may, what is taken of them, and what they hear."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from palier.mail import intake, sources
from palier.mail.models import Incoming, Original, Source
from palier.people import tenancy
from palier.people.models import Vendor

NOW = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)
MAIL = (
    b"From: Camille <camille@boreal.example>\r\nTo: help@acme.example\r\nSubject: =?utf-8?q?Panne_=C3=A9?=\r\n"
    b"Message-ID: <1@boreal.example>\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nC'est cass\xe9\x00.\r\n"
)
TEXT = MAIL.replace(b"\xe9\x00", b"e").decode()
KEYS = {"mailgun": "the key that signs", "postmark": "acme:a long password", "sendgrid": "", "ses": ""}


def made(vendor: Vendor, provider: str) -> tuple[Source, str]:
    """A source of this provider, and its address."""
    with tenancy.vendor(vendor.id):
        row = Source(
            vendor=vendor, kind="webhook", name=provider, settings={"provider": provider}, created_at=NOW
        )
        token = sources.new_token(row)
        sources.seal(row, sources.Secret(signing_key=KEYS[provider]))
        row.save()
    return row, f"/acme/mail/in/mime/{token}"


def signed(key: str = KEYS["mailgun"]) -> dict[str, Any]:
    sign = hmac.new(key.encode(), b"1783598400a-token", hashlib.sha256).hexdigest()
    return {"timestamp": "1783598400", "token": "a-token", "signature": sign}


def mailgun(content: bytes = MAIL, **changed: str) -> dict[str, Any]:
    """A post of Mailgun: the message as it came, in a field of the form, byte by byte."""
    told = {**signed(), "sender": "camille@boreal.example", "recipient": "help@acme.example"} | changed
    parts = [(name, value.encode()) for name, value in told.items()]
    return form([*parts, ("body-mime", content)])


def form(parts: list[tuple[str, bytes]]) -> dict[str, Any]:
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in parts
    )
    return {"data": body + b"--x--\r\n", "content_type": "multipart/form-data; boundary=x"}


def postmark(**changed: object) -> dict[str, Any]:
    told = {
        "FromFull": {"Email": "camille@boreal.example"},
        "OriginalRecipient": "help@acme.example",
        "Headers": [{"Name": "Return-Path", "Value": "<camille@boreal.example>"}],
        "MessageID": "a-uuid",
        "RawEmail": TEXT,
    } | changed
    login = base64.b64encode(KEYS["postmark"].encode()).decode()
    return {
        "data": json.dumps({name: value for name, value in told.items() if value is not None}),
        "content_type": "application/json",
        "HTTP_AUTHORIZATION": f"Basic {login}",
    }


def sendgrid() -> dict[str, Any]:
    envelope = json.dumps({"from": "camille@boreal.example", "to": ["help@acme.example"]}).encode()
    return form([("envelope", envelope), ("email", MAIL)])


def ses(
    kind: str = "Notification", action: Mapping[str, str] | None = None, content: str = TEXT
) -> dict[str, Any]:
    told = {
        "notificationType": "Received",
        "receipt": {
            "recipients": ["help@acme.example"],
            "action": action or {"type": "SNS", "encoding": "UTF8"},
        },
        "mail": {
            "source": "camille@boreal.example",
            "messageId": "x",
            "timestamp": "2026-07-09T12:00:00.000Z",
        },
        "content": content,
    }
    body = {
        "Type": kind,
        "MessageId": "m",
        "TopicArn": "arn:aws:sns:eu-west-1:1:x",
        "Message": json.dumps(told),
    }
    if kind == "SubscriptionConfirmation":
        body |= {
            "Token": "t",
            "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        }
    return {
        "data": json.dumps(body),
        "content_type": "text/plain; charset=UTF-8",
        "HTTP_X_AMZ_SNS_MESSAGE_TYPE": kind,
        "HTTP_X_AMZ_SNS_MESSAGE_ID": "m",
    }


def kept(vendor: Vendor) -> list[Incoming]:
    with tenancy.vendor(vendor.id):
        return list(Incoming.objects.filter(vendor_id=vendor.id))


@pytest.mark.parametrize(
    ("provider", "post", "whole"),
    [
        ("mailgun", mailgun(), MAIL),
        ("postmark", postmark(), TEXT.encode()),
        ("sendgrid", sendgrid(), MAIL),
        ("ses", ses(), TEXT.encode()),
        (
            "ses",
            ses(action={"type": "SNS", "encoding": "BASE64"}, content=base64.b64encode(MAIL).decode()),
            MAIL,
        ),
    ],
    ids=["mailgun", "postmark", "sendgrid", "ses", "ses-base64"],
)
def test_a_post_is_taken_once_as_it_came(
    vendor: Vendor, client: Client, provider: str, post: Any, whole: bytes
) -> None:
    source, address = made(vendor, provider)
    assert client.head(address).status_code == 200
    for _ in range(2):
        answer = client.post(address, **post)
        assert answer.status_code == 200, answer.content
    (row,) = kept(vendor)
    assert (row.source_id, row.envelope_from) == (source.id, "camille@boreal.example")
    assert row.recipients == ["help@acme.example"]
    with tenancy.vendor(vendor.id):
        assert bytes(Original.objects.get(incoming=row).content) == whole
        assert Source.objects.get(id=source.id).checked_at is not None


@pytest.mark.parametrize(
    ("provider", "post", "code"),
    [
        ("mailgun", mailgun(signature="0" * 64), "not-signed"),
        ("mailgun", mailgun(**signed("another key")), "not-signed"),
        ("mailgun", form([("body-mime", MAIL)]), "not-signed"),
        ("mailgun", form([(name, value.encode()) for name, value in signed().items()]), "not-raw"),
        ("postmark", postmark() | {"HTTP_AUTHORIZATION": "Basic eDp5"}, "not-signed"),
        ("postmark", postmark(RawEmail=None), "not-raw"),
        ("postmark", postmark(RecordType="Bounce"), "not-understood"),
        ("postmark", postmark() | {"data": "{"}, "not-understood"),
        ("postmark", postmark() | {"data": "[]"}, "not-understood"),
        ("sendgrid", form([("text", b"only fields")]), "not-understood"),
        ("ses", ses(action={"type": "S3", "bucketName": "of another", "objectKey": "x"}), "not-raw"),
        ("ses", ses("SubscriptionConfirmation"), "confirm https://sns.eu-west-1.amazonaws.com/"),
        ("ses", ses() | {"HTTP_X_AMZ_SNS_MESSAGE_ID": "other"}, "not-signed"),
        ("ses", ses() | {"data": "[]"}, "not-understood"),
    ],
)
def test_what_is_not_the_providers_or_not_whole_is_refused_and_shown(
    vendor: Vendor, client: Client, provider: str, post: Any, code: str
) -> None:
    source, address = made(vendor, provider)
    answer = client.post(address, **post)
    assert (answer.status_code, kept(vendor)) == (400, [])
    with tenancy.vendor(vendor.id):
        assert Source.objects.get(id=source.id).failure.startswith(code)


def test_an_address_that_is_none(vendor: Vendor, client: Client) -> None:
    source, address = made(vendor, "mailgun")
    assert client.post(f"{address}x", **mailgun()).status_code == 404
    other = Vendor.objects.create(
        slug="other", name="Other", prefix="OTH", zone="Europe/Paris", address="https://o.example/", created_at=NOW
    )  # fmt: skip
    assert client.post(address.replace("/acme/", "/other/"), **mailgun()).status_code == 404
    with tenancy.vendor(vendor.id):
        Source.objects.filter(id=source.id).update(enabled=False)
    assert client.post(address, **mailgun()).status_code == 404
    assert kept(vendor) == kept(other) == []
    assert client.get(address).status_code == 405


def test_what_cannot_be_kept_is_not_taken(
    vendor: Vendor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, address = made(vendor, "mailgun")
    client.raise_request_exception = False

    def fail(**_: object) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(intake, "accept", fail)
        assert client.post(address, **mailgun()).status_code == 503
    assert kept(vendor) == []
    assert client.post(address, **mailgun()).status_code == 200


def test_too_large_and_empty(vendor: Vendor, client: Client, settings: Any) -> None:
    source, address = made(vendor, "mailgun")
    assert client.post(address, **mailgun(b"")).status_code == 400
    settings.PALIER_LARGEST_MAIL = 100
    assert client.post(address, **mailgun()).status_code == 413
    with tenancy.vendor(vendor.id):
        assert Source.objects.get(id=source.id).failure == f"too-large {len(MAIL)}"


def test_a_key_that_is_lost(vendor: Vendor, client: Client, settings: Any) -> None:
    _, address = made(vendor, "mailgun")
    settings.PALIER_SEALING_KEYS = "eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXk="
    assert client.post(address, **mailgun()).content == b"cannot-open"
