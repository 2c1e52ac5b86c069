"""Machines are told from people by their marks; people are never taken for machines."""

from __future__ import annotations

import pytest
from tests.mail.reader import corpus

from palier.mail import reader
from palier.mail.reader import Automatic, Kind

LETTER = "<letter-1@northern.example>"


def found(content: bytes, envelope_from: str | None = "", *, own: str = "") -> Automatic | None:
    return reader.recognise(reader.read(content), envelope_from, own=own)


def kind(content: bytes, envelope_from: str | None = "") -> Kind | None:
    automatic = found(content, envelope_from)
    return None if automatic is None else automatic.kind


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"Auto-Submitted": "auto-replied"}, Kind.AUTO_REPLY),
        ({"Auto-Submitted": "auto-generated"}, Kind.AUTO_REPLY),
        ({"Auto-Submitted": "Auto-Replied (vacation); owner=x"}, Kind.AUTO_REPLY),
        ({"X-Autoreply": "yes"}, Kind.AUTO_REPLY),
        ({"X-Autorespond": "Away"}, Kind.AUTO_REPLY),
        ({"Precedence": "auto_reply"}, Kind.AUTO_REPLY),
        ({"X-Auto-Response-Suppress": "All", "Subject": "Automatic reply: Help"}, Kind.AUTO_REPLY),
        ({"Subject": "Réponse automatique : Aide"}, Kind.AUTO_REPLY),
        ({"Subject": "Out of office: Help"}, Kind.AUTO_REPLY),
        ({"Subject": "=?utf-8?q?R=C3=A9ponse_automatique=C2=A0=3A_Aide?="}, Kind.AUTO_REPLY),
        ({"X-Loop": "support@northern.example"}, Kind.AUTO_REPLY),
        ({"Return-Path": "<>"}, Kind.AUTO_REPLY),
        ({"From": "MAILER-DAEMON@atelier.example"}, Kind.AUTO_REPLY),
        ({"Precedence": "bulk"}, Kind.LIST),
        ({"Precedence": "list"}, Kind.LIST),
        ({"Precedence": "junk"}, Kind.LIST),
        ({"List-Id": "<news.atelier.example>"}, Kind.LIST),
        ({"List-Unsubscribe": "<mailto:x@atelier.example>"}, Kind.LIST),
        ({"Feedback-ID": "1:2:3:x"}, Kind.LIST),
        ({"X-Palier": "northern"}, Kind.OWN),
        ({"X-Palier": "northern", "Auto-Submitted": "auto-generated"}, Kind.OWN),
    ],
)
def test_marks_of_machines(changed: dict[str, str], wanted: Kind) -> None:
    assert kind(corpus.whole(**changed)) is wanted


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Auto-Submitted": "no"},
        {"X-Auto-Response-Suppress": "All"},
        {"X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply"},
        {"Precedence": "first-class"},
        {"Return-Path": "<camille@atelier.example>"},
        {"Subject": "Re: Automatic reply: Help"},
        {"Subject": "Undeliverable: my own mail does not go out"},
        {"Subject": "The automatic reply does not work"},
        {"Subject": "Read: the manual"},
        {"From": "postmaster-team@atelier.example"},
        {"X-Autoreply": "no"},
        {"X-Priority": "1"},
    ],
)
def test_people(changed: dict[str, str]) -> None:
    assert kind(corpus.whole(**changed)) is None


def test_a_person_who_writes_about_bounces_is_a_person() -> None:
    text = "Mail delivery failed: user unknown. This is the qmail-send program. 550 5.1.1 x@y.example"
    assert kind(corpus.whole(text)) is None
    forwarded = corpus.mail(corpus.multi("mixed", corpus.plain(), report()[1]))
    assert kind(forwarded) is None


def test_an_empty_envelope_says_nothing_by_itself() -> None:
    assert kind(corpus.whole(), "") is None
    assert kind(corpus.whole(), None) is None
    assert kind(corpus.whole(), "<>") is Kind.AUTO_REPLY


def test_another_desk_s_mark_is_not_ours() -> None:
    content = corpus.whole(**{"X-Palier": "westcad"})
    assert found(content, own="northern") is None
    ours = found(content, own="westcad")
    assert ours is not None
    assert ours.kind is Kind.OWN


# --- standard reports --------------------------------------------------------------------------------


def report(
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <paul@atelier.example>: user unknown",
    more: str = "",
    returned: str = "message/rfc822",
) -> tuple[bytes, bytes, bytes]:
    """The three parts of a delivery report."""
    return (
        corpus.plain("I'm sorry, your message could not be delivered."),
        corpus.part(
            "Reporting-MTA: dns; mx.atelier.example\r\nArrival-Date: Fri, 20 Nov 2026 10:00:00 +0100\r\n\r\n"
            f"Original-Recipient: rfc822;paul@atelier.example\r\nFinal-Recipient: rfc822; paul@atelier.example\r\n"
            f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {diagnostic}\r\n{more}",
            "Content-Type: message/delivery-status",
        ),
        corpus.part(corpus.whole("Our letter", Message_ID=LETTER), f"Content-Type: {returned}"),
    )


def bounce(**changed: str) -> bytes:
    return corpus.mail(
        corpus.multi("report", *report(**changed), more="; report-type=delivery-status"),
        From="Mail Delivery System <MAILER-DAEMON@mx.atelier.example>",
        Subject="Undelivered Mail Returned to Sender",
    )


def told(content: bytes) -> Automatic:
    automatic = found(content)
    assert automatic is not None
    return automatic


def test_a_bounce_says_whom_why_and_which_letter() -> None:
    automatic = told(bounce())
    assert automatic.kind is Kind.BOUNCE
    assert automatic.recipients == ("paul@atelier.example",)
    assert (automatic.status, automatic.permanent) == ("5.1.1", True)
    assert automatic.answer == "550 5.1.1 <paul@atelier.example>: user unknown"
    assert automatic.original_message_id == LETTER


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/global"])
def test_the_letter_is_found_in_what_is_returned(returned: str) -> None:
    assert told(bounce(returned=returned)).original_message_id == LETTER


@pytest.mark.parametrize(
    ("status", "diagnostic", "wanted", "permanent"),
    [
        ("5.0.0", "smtp; 550 5.7.1 no", "5.7.1", True),
        ("5.0.0", "smtp; 452 4.2.2 mailbox full", "4.2.2", False),
        ("4.4.7", "smtp; 421 try later", "4.4.7", False),
        ("nonsense", "smtp; 550 no", "", True),
        ("nonsense", "smtp; 451 later", "", False),
        ("", "", "", True),
        ("5.2.2 (mailbox full)", "", "5.2.2", True),
    ],
)
def test_for_good_or_for_now(status: str, diagnostic: str, wanted: str, permanent: bool) -> None:
    automatic = told(bounce(status=status, diagnostic=diagnostic))
    assert (automatic.status, automatic.permanent) == (wanted, permanent)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_other_reports(action: str) -> None:
    automatic = told(bounce(action=action, status="4.4.1" if action == "delayed" else "2.0.0"))
    assert (automatic.kind, automatic.recipients) == (Kind.DELIVERY_REPORT, ())


def test_several_recipients() -> None:
    more = (
        "\r\nFinal-Recipient: rfc822; ada@atelier.example\r\nAction: failed\r\nStatus: 4.2.2\r\n"
        "\r\nFinal-Recipient: rfc822; eva@atelier.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n"
    )
    automatic = told(bounce(more=more))
    assert automatic.recipients == ("paul@atelier.example", "ada@atelier.example")
    assert [failure.permanent for failure in automatic.failures] == [True, False]
    assert not automatic.permanent


def test_a_report_without_recipients_is_a_report() -> None:
    content = corpus.mail(
        corpus.multi(
            "report",
            corpus.plain("x"),
            corpus.part("Reporting-MTA: dns; x", "Content-Type: message/delivery-status"),
        )
    )
    assert told(content).kind is Kind.DELIVERY_REPORT


def test_a_receipt() -> None:
    receipt = corpus.part(
        f"Reporting-UA: x\r\nFinal-Recipient: rfc822;paul@atelier.example\r\nOriginal-Message-ID: {LETTER}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n",
        "Content-Type: message/disposition-notification",
    )
    content = corpus.mail(
        corpus.multi("report", corpus.plain("Read."), receipt, more="; report-type=disposition-notification"),
        Subject="Read: Help",
    )
    automatic = told(content)
    assert (automatic.kind, automatic.original_message_id) == (Kind.READ_RECEIPT, LETTER)


# --- reports in words --------------------------------------------------------------------------------

QMAIL = f"""Hi. This is the qmail-send program at atelier.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<paul@atelier.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <support@northern.example>
From: other@elsewhere.example
Message-ID: {LETTER}
"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  paul@atelier.example
    host mx.atelier.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<paul@atelier.example>:
    550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

Message-ID: {LETTER}
To: third@elsewhere.example
"""
EXCHANGE = f"""Échec de la remise aux destinataires ou groupes suivants :

paul@atelier.example
L'adresse que vous avez entrée est introuvable.

Informations de diagnostic :
#550 5.1.10 RESOLVER.ADR.RecipientNotFound ##

En-têtes du message d'origine :

Message-ID: {LETTER}
From: other@elsewhere.example
"""
FULL = """Delivery to the following recipient has been delayed.

   paul@atelier.example

The mailbox is full. It will be retried.
"""


@pytest.mark.parametrize(
    ("text", "status", "permanent"),
    [(QMAIL, "5.1.1", True), (EXIM, "5.1.1", True), (EXCHANGE, "5.1.10", True), (FULL, "", False)],
    ids=["qmail", "exim", "exchange", "full"],
)
def test_reports_in_words(text: str, status: str, permanent: bool) -> None:
    content = corpus.whole(text, From="MAILER-DAEMON@atelier.example", Subject="failure notice")
    automatic = told(content)
    assert automatic.kind is Kind.BOUNCE
    assert automatic.recipients == ("paul@atelier.example",)
    assert (automatic.status, automatic.permanent) == (status, permanent)
    assert automatic.original_message_id == (LETTER if LETTER in text else "")


def test_a_header_names_who_failed() -> None:
    content = corpus.whole("No.", **{"X-Failed-Recipients": "paul@atelier.example, ada@atelier.example"})
    assert told(content).recipients == ("paul@atelier.example", "ada@atelier.example")


def test_a_complaint_is_no_answer() -> None:
    feedback = corpus.part("Feedback-Type: abuse\r\n", "Content-Type: message/feedback-report")
    content = corpus.mail(
        corpus.multi("report", corpus.plain("abuse"), feedback, more="; report-type=feedback-report")
    )
    assert kind(content) is Kind.DELIVERY_REPORT


@pytest.mark.parametrize("nasty", corpus.ALL[::5], ids=lambda one: one.name)
def test_no_nasty_message_is_a_machine_s(nasty: corpus.Nasty) -> None:
    assert kind(nasty.content) is None
