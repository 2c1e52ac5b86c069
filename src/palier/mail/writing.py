"""Writing a letter down: the one place that makes its row, with what makes it part of its thread.

A letter is written once. Its words, its Message-ID and its headers stand in the row from then on; every try sends the
same. Reference: docs/reference/mail-out.md. Headers: RFC 5322 §3.6.4 (threads), RFC 3834 §5 (automatic ones), RFC 2369
and RFC 8058 (ending a digest with one click).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from uuid_utils.compat import uuid7

from palier.contracts import queries as contracts
from palier.mail import links, threads
from palier.mail.letter_models import LetterState
from palier.mail.models import Incoming, Letter, MailAddress
from palier.people.models import Vendor
from palier.tickets.models import Ticket

LONGEST_SUBJECT = 300
LONGEST_NAME = 200
MOST_BEFORE = 12
"""So many of a thread's latest messages are named: mail programs look at the nearest, and headers are not endless."""
NEVER_ANSWERED = "DR, RN, NRN, OOF, AutoReply"
"""What Exchange is asked not to send back (MS-OXCMAIL 2.2.3.2.14); reports that a letter did not arrive are wanted."""
_MESSAGE_ID = re.compile(r"<[^\s<>]{1,900}>")


class Words(Protocol):
    """The words of a letter (`mail.letters.compose` makes them)."""

    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def automatic(self) -> bool: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """To whom a letter goes: a contact, a person of the vendor, or only an address."""

    address: str
    name: str = ""
    contact_id: UUID | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """From whom letters come. `is_own`: an address at which the vendor receives, so that answers and bounces come back."""

    name: str
    address: str
    is_own: bool

    @property
    def domain(self) -> str:
        """Of the address."""
        return self.address.rpartition("@")[2]


def sender(vendor: Vendor) -> Sender:
    """A vendor's main address under its own name; where it has none, the address of the installation."""
    main = MailAddress.objects.filter(vendor_id=vendor.id, is_main=True).first()
    if main is not None:
        return Sender(name=vendor.name, address=main.address, is_own=True)
    return Sender(name=vendor.name, address=parseaddr(settings.DEFAULT_FROM_EMAIL)[1], is_own=False)


def write(
    *,
    vendor: Vendor,
    words: Words,
    to: Recipient,
    now: datetime,
    ticket: Ticket | None = None,
    due_at: datetime | None = None,
    in_reply_to: str = "",
    digest: bool = False,
    unsubscribe: str = "",
    undeliverable: str = "",
    withheld: str = "",
) -> Letter:
    """Write a letter, to be sent from `due_at` (or now) on. In the open transaction of the vendor.

    `in_reply_to` names the message it answers; `unsubscribe` is where a digest is ended; `undeliverable` says why it is
    not even tried: it is written as given up, and a person may send it later. `withheld` says why it is never sent.
    """
    letter_id = uuid7()
    domain = _domain(vendor)
    before, references = _thread(vendor.id, ticket, to, domain, in_reply_to)
    return Letter.objects.create(
        id=letter_id,
        vendor=vendor,
        kind=str(words.kind),
        contact_id=to.contact_id,
        staff_id=to.staff_id,
        ticket=ticket,
        to_address=to.address,
        to_name=_line(to.name)[:LONGEST_NAME],
        message_id=threads.message_id(
            vendor_id=vendor.id,
            ticket_id=None if ticket is None else ticket.id,
            letter_id=letter_id,
            domain=domain,
        ),
        in_reply_to=before,
        references=references,
        automatic=words.automatic,
        digest=digest,
        language=words.language,
        subject=_subject(words.subject, ticket),
        text=links.put_away(words.text),
        html=links.put_away(words.html),
        headers=_headers(words, unsubscribe, answers=bool(in_reply_to)),
        state=_state(undeliverable, withheld),
        failure=undeliverable or withheld,
        due_at=due_at or now,
        created_at=now,
    )


def _state(undeliverable: str, withheld: str) -> LetterState:
    if withheld:
        return LetterState.DROPPED
    return LetterState.DEAD if undeliverable else LetterState.WAITING


def root(vendor_id: UUID, ticket_id: UUID, domain: str) -> str:
    """The name of a request's thread: no message has it, and each letter about the request refers to it."""
    return threads.message_id(vendor_id=vendor_id, ticket_id=ticket_id, letter_id=ticket_id, domain=domain)


def _domain(vendor: Vendor) -> str:
    """What Message-IDs end with: the domain letters come from, else the one the vendor is reached under."""
    found = sender(vendor).domain
    if found and found != "localhost":
        return found
    return urlsplit(vendor.address).hostname or "localhost"


def _thread(
    vendor_id: UUID, ticket: Ticket | None, to: Recipient, domain: str, in_reply_to: str
) -> tuple[str, str]:
    """In-Reply-To and References: the thread's own name, then what this reader wrote on it and had of it, in order."""
    answered = in_reply_to if _MESSAGE_ID.fullmatch(in_reply_to) else ""
    if ticket is None:
        return answered, answered
    had = Letter.objects.filter(vendor_id=vendor_id, ticket=ticket, to_address=to.address)
    known = list(had.order_by("-created_at").values_list("created_at", "message_id")[:MOST_BEFORE])
    if to.contact_id is not None:
        wrote = Incoming.objects.filter(vendor_id=vendor_id, ticket=ticket, contact_id=to.contact_id)
        known += list(wrote.order_by("-reached_at").values_list("reached_at", "mail_id")[:MOST_BEFORE])
    latest = [one for _at, one in sorted(known)[-MOST_BEFORE:] if _MESSAGE_ID.fullmatch(one)]
    if answered:
        latest = [*(one for one in latest if one != answered), answered]
    whole = [root(vendor_id, ticket.id, domain), *latest]
    return whole[-1], " ".join(dict.fromkeys(whole))


def _subject(subject: str, ticket: Ticket | None) -> str:
    """One line that names the request, by which its thread is found where a mail program drops all else."""
    line = _line(subject)
    if ticket is not None:
        number = f"[{contracts.programme(ticket.revision_id).prefix}-{ticket.number}]"
        if number not in line:
            line = f"{number} {line}"
    return line[:LONGEST_SUBJECT]


def _line(text: str) -> str:
    return " ".join(text.split())


def _headers(words: Words, unsubscribe: str, *, answers: bool) -> dict[str, str]:
    found = {name: _line(value) for name, value in words.headers.items()}
    if words.automatic:
        found["Auto-Submitted"] = "auto-replied" if answers else "auto-generated"
        found["X-Auto-Response-Suppress"] = NEVER_ANSWERED
    if unsubscribe:
        found["List-Unsubscribe"] = f"<{unsubscribe}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found
