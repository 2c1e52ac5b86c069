"""Delivery: letters that are due, handed to the server over SMTP, each in a transaction of its own.

The row stays locked while its letter is on the wire, so that no two workers send the same. One that dies in between
leaves the letter as it was: it is sent again, under the same Message-ID and in the same bytes, which is all SMTP allows
(RFC 5321 §6.1 leaves that moment open). Reference: docs/reference/mail-out.md.
"""

from __future__ import annotations

import hashlib
import random
import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage as Composed
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from uuid import UUID

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database

from palier.mail import addresses, bounces, links, signing, writing
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter, LetterTry
from palier.people import tenancy
from palier.people.models import Contact, Staff, Vendor

log = structlog.get_logger(__name__)

MOST = 200
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=8)
GIVEN_UP_AFTER = timedelta(hours=48)
SPREAD = 0.2
"""A pause is up to so much shorter or longer: a server that was away is not met by all letters at one instant."""
MOST_LOST = 3
"""After so many connections lost in a row the rest waits for the next round: each may have cost a whole timeout."""
NOBODY = (550, 551, 553)
"""How a server says of a recipient that there is nobody (RFC 5321 §4.2.3); an enhanced code may say otherwise."""
LONGEST_ANSWER = 500


class Outcome(StrEnum):
    """How one try ended."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a try came to. `is_lost`: the connection is of no more use; `is_nobody`: there is no such reader."""

    outcome: Outcome
    code: int | None = None
    text: str = ""
    is_lost: bool = False
    is_nobody: bool = False


SENT = Answer(outcome=Outcome.SENT)


# --- the message ------------------------------------------------------------------------------------


class _AsWritten:
    """A message that is bytes already, as Django's backends ask for one."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        """The bytes; with CRLF they are the ones that were signed."""
        del unixfrom
        return self.content if linesep == "\r\n" else self.content.replace(b"\r\n", linesep.encode())


class Envelope(EmailMessage):
    """One letter for one of Django's backends: from the address bounces come back to, to one reader."""

    def __init__(self, content: bytes, *, return_path: str, to: str) -> None:
        super().__init__(from_email=return_path, to=[to])
        self.content = content

    def message(self, *_given: object, **_named: object) -> _AsWritten:  # type: ignore[override]
        """The message as it was built."""
        return _AsWritten(self.content)


def built(letter: Letter, of: writing.Sender, key: signing.Key | None = None) -> bytes:
    """A letter as it goes out, with CRLF: text, and HTML beside it. The same row gives the same bytes (before a signature).

    Raises addresses.NotAnAddress.
    """
    message = Composed(policy=SMTP)
    message["From"] = Address(display_name=of.name, addr_spec=addresses.normal(of.address))
    message["To"] = Address(display_name=letter.to_name, addr_spec=addresses.normal(letter.to_address))
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at.astimezone(UTC))
    message["Message-ID"] = letter.message_id
    if letter.in_reply_to:
        message["In-Reply-To"] = letter.in_reply_to
    if letter.references:
        message["References"] = letter.references
    for name, value in sorted(letter.headers.items()):
        message[name] = str(value)
    message.set_content(links.taken_out(letter.text), cte="quoted-printable")
    if letter.html:
        message.add_alternative(links.taken_out(letter.html), subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_{hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]}")
    return signing.signed(message.as_bytes(), of.address, key)


# --- a round of delivery ----------------------------------------------------------------------------


def deliver(
    *,
    now: datetime,
    most: int = MOST,
    connect: Callable[[], BaseEmailBackend] = get_connection,
    jitter: Callable[[], float] = random.random,
) -> int:
    """Try every letter that is due, of all vendors, over one connection; returns how many were sent.

    `jitter` gives numbers from 0 to 1. Where no server can be reached, all of them wait for the next time.
    """
    wire = _Wire(connect)
    sent = 0
    seen: set[tuple[UUID, UUID]] = set()
    try:
        while fresh := [one for one in due(now, most) if one not in seen]:
            seen.update(fresh)
            for vendor_id, letter_id in fresh:
                with tenancy.vendor(vendor_id):
                    sent += _attend(vendor_id, letter_id, wire, now=now, jitter=jitter)
    finally:
        wire.close()
    return sent


def due(now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(vendor_id, letter_id) of letters to be tried by `now`, of all vendors: the one look across the walls."""
    with database.cursor() as cursor:
        cursor.execute("select vendor_id, id from mail_letters_due(%s, %s)", [now, most])
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


class _Wire:
    """A connection for a round: opened when it is needed, again when it was lost, and not at all once it cannot be."""

    def __init__(self, connect: Callable[[], BaseEmailBackend]) -> None:
        self._connect = connect
        self._backend: BaseEmailBackend | None = None
        self._lost = 0
        self._unreachable: Answer | None = None

    def send(self, envelope: Envelope) -> Answer:
        """Hand one letter over."""
        if self._unreachable is None and self._backend is None:
            self._unreachable = self._open()
        if self._unreachable is not None:
            return self._unreachable
        assert self._backend is not None
        answer = _hand_over(self._backend, envelope)
        self._lost = self._lost + 1 if answer.is_lost else 0
        if answer.is_lost:
            self.close()
        if self._lost >= MOST_LOST:
            self._unreachable = answer
        return answer

    def _open(self) -> Answer | None:
        backend = self._connect()
        try:
            backend.open()
        except (smtplib.SMTPException, OSError) as error:
            # Whatever a server says before a letter is named is about us, never about the letter.
            code, text = _said(error)
            return Answer(outcome=Outcome.LATER, code=code, text=text, is_lost=True)
        self._backend = backend
        return None

    def close(self) -> None:
        """End it; what ends badly now was answered before."""
        if self._backend is not None:
            try:
                self._backend.close()
            except (smtplib.SMTPException, OSError) as error:
                log.info("the mail server ended the connection", answer=str(error))
            self._backend = None


def _hand_over(backend: BaseEmailBackend, envelope: Envelope) -> Answer:
    try:
        backend.send_messages([envelope])
    except smtplib.SMTPRecipientsRefused as error:
        refused, said = next(iter(error.recipients.values()))
        return _answer(refused, _text(said), to_reader=True)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return _answer(error.smtp_code, _text(error.smtp_error))
    except smtplib.SMTPNotSupportedError as error:
        return Answer(outcome=Outcome.REFUSED, text=_text(str(error)))
    except (smtplib.SMTPException, OSError) as error:
        code, text = _said(error)
        return Answer(outcome=Outcome.LATER, code=code, text=text, is_lost=True)
    return SENT


def _answer(code: int, text: str, *, to_reader: bool = False) -> Answer:
    """What a server's answer to a letter means: 5xx for good, all else for now (RFC 5321 §4.2.1)."""
    if not 500 <= code <= 599:
        return Answer(outcome=Outcome.LATER, code=code, text=text, is_lost=code == 421)
    enhanced = text.split(maxsplit=1)[0] if text[:2] == "5." else ""
    # 5.1.x is the address, 5.2.1 a mailbox closed; 5.7.x is a policy, and the same reader may be reached tomorrow (RFC 3463).
    nobody = (
        to_reader and code in NOBODY and (not enhanced or enhanced.startswith("5.1.") or enhanced == "5.2.1")
    )
    return Answer(outcome=Outcome.REFUSED, code=code, text=text, is_nobody=nobody)


def _said(error: Exception) -> tuple[int | None, str]:
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _text(error.smtp_error)
    return None, _text(str(error) or type(error).__name__)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.replace("\0", "").split())[:LONGEST_ANSWER]


# --- one letter -------------------------------------------------------------------------------------


def _attend(
    vendor_id: UUID, letter_id: UUID, wire: _Wire, *, now: datetime, jitter: Callable[[], float]
) -> int:
    """Try a letter that is still due and that nobody else holds; 1 where it was sent."""
    letter = (
        Letter.objects.filter(vendor_id=vendor_id, id=letter_id, state=LetterState.WAITING, due_at__lte=now)
        .select_for_update(skip_locked=True)
        .first()
    )
    if letter is None:
        return 0
    if _reader_is_gone(letter):
        letter.state, letter.failure = LetterState.DROPPED, "removed"
        letter.save(update_fields=["state", "failure"])
        return 0
    stopped = bounces.stopped(vendor_id, letter.to_address)
    if stopped is not None:
        _end(letter, stopped.answer or "stopped", why="stopped", now=now)
        return 0
    of = writing.sender(Vendor.objects.get(id=vendor_id))
    try:
        content = built(letter, of, signing.key())
    except addresses.NotAnAddress as error:
        _end(letter, f"not an address: {error}", why="refused", now=now)
        return 0
    envelope = Envelope(
        content,
        return_path=bounces.return_path(letter, of.address) if of.is_own else of.address,
        to=addresses.normal(letter.to_address),
    )
    answer = wire.send(envelope)
    record(letter, answer, now=now, jitter=jitter)
    return int(answer.outcome is Outcome.SENT)


def _reader_is_gone(letter: Letter) -> bool:
    """Whether its reader was removed since it was written."""
    for model, id_ in ((Contact, letter.contact_id), (Staff, letter.staff_id)):
        if id_ is not None:
            return model.objects.filter(vendor_id=letter.vendor_id, id=id_, removed_at__isnull=False).exists()
    return False


def record(letter: Letter, answer: Answer, *, now: datetime, jitter: Callable[[], float]) -> None:
    """Write down how a try ended, and when the next one is."""
    LetterTry.objects.create(
        vendor_id=letter.vendor_id,
        letter=letter,
        at=now,
        outcome=answer.outcome.value,
        code=answer.code,
        answer=answer.text,
    )
    letter.attempts += 1
    if answer.outcome is Outcome.SENT:
        letter.state, letter.sent_at, letter.failure = LetterState.SENT, now, ""
        letter.save(update_fields=["state", "sent_at", "failure", "attempts"])
        return
    failure = " ".join(filter(None, (str(answer.code or ""), answer.text)))[:LONGEST_ANSWER]
    if answer.outcome is Outcome.REFUSED:
        if letter.staff_id is not None or letter.contact_id is not None:
            bounces.mark(letter, hard=answer.is_nobody, answer=failure, now=now)
        _end(letter, failure, why="refused", now=now)
        return
    again = now + pause(letter.attempts, jitter)
    if again - _tried_since(letter) > GIVEN_UP_AFTER:
        _end(letter, failure, why="given-up", now=now)
        return
    letter.due_at, letter.failure = again, failure
    letter.save(update_fields=["due_at", "failure", "attempts"])


def pause(attempts: int, jitter: Callable[[], float]) -> timedelta:
    """How long to wait after so many tries: a minute, then twice as long each time, 8 hours at most; a fifth more or less."""
    plain: timedelta = min(FIRST_PAUSE * int(2 ** min(attempts - 1, 16)), LONGEST_PAUSE)
    return plain * (1 - SPREAD + 2 * SPREAD * jitter())


def _tried_since(letter: Letter) -> datetime:
    """When the first of the present tries was; sent again by hand, they are counted anew."""
    tries: Iterable[datetime] = (
        LetterTry.objects.filter(vendor_id=letter.vendor_id, letter_id=letter.id)
        .order_by("-at", "-id")
        .values_list("at", flat=True)[: letter.attempts]
    )
    return min(tries)


def _end(letter: Letter, failure: str, *, why: str, now: datetime) -> None:
    letter.state, letter.failure = LetterState.DEAD, failure[:LONGEST_ANSWER]
    letter.save(update_fields=["state", "failure", "attempts"])
    bounces.tell(letter, why=why, now=now)
