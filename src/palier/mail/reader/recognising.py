"""Whether a machine wrote a message: never answered, never counted as an answer (RFC 3834, RFC 3464, RFC 8098).

Standard marks first, then the words of programs that write reports of their own. A person's message is never taken for a
machine's by its words alone: those count only from addresses that machines have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from palier.mail.reader import addresses, headers, reports
from palier.mail.reader.values import Reading

OWN_HEADER = "x-palier"


class Kind(StrEnum):
    """What kind of machine's message it is."""

    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    """Something could not be delivered, for good or for now: see `Automatic.permanent`."""
    DELIVERY_REPORT = "delivery-report"
    """Delivered, relayed or still on its way."""
    READ_RECEIPT = "read-receipt"
    LIST = "list"
    OWN = "own"
    """A letter of ours came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """A machine's message: by which mark it was recognised, and what a report says."""

    kind: Kind
    sign: str
    failures: tuple[reports.Failure, ...] = ()
    original_message_id: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses a bounce is about."""
        return tuple(dict.fromkeys(failure.address for failure in self.failures))

    @property
    def permanent(self) -> bool:
        """Whether trying again is of no use: all that failed failed for good."""
        return bool(self.failures) and all(failure.permanent for failure in self.failures)

    @property
    def status(self) -> str:
        """The first status (RFC 3463), "" when none is told."""
        return next((failure.status for failure in self.failures if failure.status), "")

    @property
    def answer(self) -> str:
        """What the other server said, in its words."""
        return next((failure.said for failure in self.failures if failure.said), "")


_MACHINES = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|mail delivery (?:sub)?system|microsoftexchange[0-9a-f]+"
    r"|bounces?(?:[+-].*)?|no-?reply-?(?:mail)?delivery)",
    re.IGNORECASE,
)
_AWAY_SUBJECT = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response|antwort)|autoreply|out of (?:the )?office"
    r"|r[ée]ponse automatique|absence(?: du bureau)?\s*:|absent du bureau|message d['’]absence"
    r"|automatische antwort|abwesenheitsnotiz|respuesta autom[áa]tica|risposta automatica|automatisch antwoord)",
    re.IGNORECASE,
)
_RECEIPT_SUBJECT = re.compile(r"\s*(?:read|lu|gelesen|le[íi]do)\s*:", re.IGNORECASE)


def recognise(reading: Reading, envelope_from: str | None, *, own: str = "") -> Automatic | None:
    """What machine wrote it, None for a person.

    `envelope_from` is the return-path as the delivering server was told. Empty it says nothing by itself (a mailbox does
    not tell it): the null return-path is "<>", there or in the topmost Return-Path. With `own`, only an X-Palier header of
    that value is a letter of ours; without, any is.
    """
    value = reading.header(OWN_HEADER)
    if value and (not own or value == own):
        return Automatic(kind=Kind.OWN, sign=OWN_HEADER)
    null_path = (envelope_from or "").strip() == "<>" or reading.header("return-path").strip() == "<>"
    return _report(reading, null_path) or _auto_reply(reading) or _list(reading) or _last(reading, null_path)


# --- reports -----------------------------------------------------------------------------------------


def _report(reading: Reading, null_path: bool) -> Automatic | None:
    kind = reading.header("content-type").partition(";")[0].strip().lower()
    by_machine = null_path or _from_machine(reading)
    standard = kind == "multipart/report"
    types = {part.media_type for part in reading.parts}
    if "message/disposition-notification" in types and standard:
        return Automatic(
            kind=Kind.READ_RECEIPT,
            sign="disposition-notification",
            original_message_id=reports.original_of_receipt(reading),
        )
    if "message/feedback-report" in types or reading.header("feedback-type"):
        return Automatic(kind=Kind.DELIVERY_REPORT, sign="feedback-report")
    if "message/delivery-status" in types and (standard or by_machine):
        failures, other = reports.standard(reading)
        original = reports.original_id(reading)
        if failures:
            return Automatic(
                kind=Kind.BOUNCE, sign="delivery-status", failures=failures, original_message_id=original
            )
        if other or standard:
            return Automatic(kind=Kind.DELIVERY_REPORT, sign="delivery-status", original_message_id=original)
    if not by_machine and not reading.header("x-failed-recipients"):
        return None
    told = reports.worded(reading)
    if told is not None:
        return Automatic(
            kind=Kind.BOUNCE,
            sign="worded-report",
            failures=told,
            original_message_id=reports.original_id(reading),
        )
    return None


def _from_machine(reading: Reading) -> bool:
    return any(
        _MACHINES.fullmatch(one.address.partition("@")[0]) or _MACHINES.fullmatch(one.name.strip())
        for one in reading.from_
    )


# --- replies and lists -------------------------------------------------------------------------------


def _auto_reply(reading: Reading) -> Automatic | None:
    submitted = reading.header("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return _reply("auto-submitted")
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply"):
        if reading.header(name).strip().lower() not in ("", "no", "false"):
            return _reply(name)
    if reading.header("x-ms-exchange-generated-message-source"):
        return _reply("x-ms-exchange-generated-message-source")
    if reading.header("precedence").strip().lower() in ("auto_reply", "auto-reply", "autoreply"):
        return _reply("precedence")
    if reading.header("x-precedence").strip().lower() in ("auto_reply", "auto-reply"):
        return _reply("x-precedence")
    # Outlook's people send X-Auto-Response-Suppress too: it asks for no automatic answer, it does not say it is one.
    suppressed = {said.strip().lower() for said in reading.header("x-auto-response-suppress").split(",")}
    subject = headers.decoded(reading.subject)
    if suppressed & {"all", "oof", "autoreply"} and _AWAY_SUBJECT.match(subject):
        return _reply("x-auto-response-suppress")
    if _AWAY_SUBJECT.match(subject) and not re.match(r"\s*(?:re|aw|rép?)\s*:", subject, re.IGNORECASE):
        return _reply("subject")
    return None


def _reply(sign: str) -> Automatic:
    return Automatic(kind=Kind.AUTO_REPLY, sign=sign)


def _list(reading: Reading) -> Automatic | None:
    for name in (
        "list-id",
        "list-post",
        "list-help",
        "list-unsubscribe",
        "list-subscribe",
        "list-owner",
        "list-archive",
    ):
        if reading.header(name):
            return Automatic(kind=Kind.LIST, sign=name)
    for name in (
        "mailing-list",
        "x-mailing-list",
        "x-listname",
        "x-list",
        "feedback-id",
        "x-campaignid",
        "x-csa-complaints",
    ):
        if reading.header(name):
            return Automatic(kind=Kind.LIST, sign=name)
    if reading.header("precedence").strip().lower() in ("bulk", "list", "junk"):
        return Automatic(kind=Kind.LIST, sign="precedence")
    return None


def _last(reading: Reading, null_path: bool) -> Automatic | None:
    if reading.header("x-loop"):
        return _reply("x-loop")
    if null_path:
        if _RECEIPT_SUBJECT.match(reading.subject):
            return Automatic(kind=Kind.READ_RECEIPT, sign="null-return-path")
        return _reply("null-return-path")
    if _from_machine(reading):
        return _reply("from-a-machine")
    suppressed = {said.strip().lower() for said in reading.header("x-auto-response-suppress").split(",")}
    if "all" in suppressed and not addresses.parse(reading.header("from")).mailboxes:
        return _reply("x-auto-response-suppress")
    return None
