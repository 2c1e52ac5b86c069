"""Letters that come back: their address is marked, somebody who works here is told, and nothing more is sent there.

An address is stopped at once where its server says that there is nobody, and after five letters that came back for
another reason; a person clears it. Reports: RFC 3464. Reference: docs/reference/mail-out.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower

from palier.contracts import queries as contracts
from palier.mail import threads
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter, Undeliverable
from palier.people import access, notices
from palier.people.models import Contact, Staff
from palier.tickets import reminding, telling
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo

SOFT_LIMIT = 5
"""After so many letters that came back for reasons that pass, nothing is sent to an address either."""
LONGEST_ANSWER = 500
LONGEST_LOCAL = 64
"""Octets before the @ (RFC 5321 §4.5.3.1.1)."""
_PURPOSE = b"palier.mail.bounces.1"
_SIGNATURE_BYTES = 10


# --- where bounces come back to ---------------------------------------------------------------------


def return_path(letter: Letter, own: str) -> str:
    """The envelope sender of a letter: the vendor's own address with a tag that names the letter, signed.

    The address alone where the tag would make it longer than mail allows.
    """
    local, _, domain = own.rpartition("@")
    tagged = f"{local}+b-{_text(letter.id.bytes)}-{_text(_signature(letter.vendor_id, letter.id))}"
    return f"{tagged}@{domain}" if len(tagged) <= LONGEST_LOCAL else own


def letter_at(vendor_id: UUID, address: str) -> UUID | None:
    """The letter that an address of ours names; None for any other address, and for a forged one."""
    local = address.rpartition("@")[0].lower()
    _, tag, rest = local.rpartition("+b-")
    parts = rest.split("-")
    if not tag or len(parts) != 2:
        return None
    id_, signature = _bytes(parts[0]), _bytes(parts[1])
    if len(id_) != 16 or not hmac.compare_digest(signature, _signature(vendor_id, UUID(bytes=id_))):
        return None
    return UUID(bytes=id_)


def _signature(vendor_id: UUID, letter_id: UUID) -> bytes:
    key = hashlib.sha256(_PURPOSE + b"\0" + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, vendor_id.bytes + letter_id.bytes, "sha256")[:_SIGNATURE_BYTES]


def _text(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").lower()


def _bytes(text: str) -> bytes:
    try:
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return b""


# --- a report came ----------------------------------------------------------------------------------


def bounced(
    *,
    vendor_id: UUID,
    original_message_id: str,
    recipients: Sequence[str],
    permanent: bool,
    answer: str,
    now: datetime,
    to: Sequence[str] = (),
) -> Letter | None:
    """A report says that a letter did not arrive. Returns the letter; None where the report names none of ours.

    `to` are the addresses the report came to, `original_message_id` is what it says of the letter: either identifies it.
    What is marked is the address the *letter* went to: `recipients`, which anybody can write, are kept in the answer only.
    The same report twice changes nothing the second time. In the open transaction of the vendor.
    """
    letter = _named(vendor_id, original_message_id, to)
    if letter is None or letter.state == LetterState.DEAD:
        return letter
    said = " ".join([*answer.split(), *(f"<{one}>" for one in recipients if one not in answer)])
    if not permanent:
        mark(letter, hard=False, answer=said, now=now)
        return letter
    letter.state, letter.failure = LetterState.DEAD, said[:LONGEST_ANSWER]
    letter.save(update_fields=["state", "failure"])
    mark(letter, hard=True, answer=said, now=now)
    tell(letter, why="bounced", now=now)
    return letter


def _named(vendor_id: UUID, message_id: str, to: Sequence[str]) -> Letter | None:
    ids = [one for address in to if (one := letter_at(vendor_id, address)) is not None]
    named = threads.named(vendor_id, message_id)
    if named is not None:
        ids.append(named.letter_id)
    rows = Letter.objects.filter(vendor_id=vendor_id, id__in=ids).exclude(state=LetterState.WAITING)
    return rows.select_for_update().order_by("id").first() if ids else None


# --- addresses that are marked ----------------------------------------------------------------------


def mark(letter: Letter, *, hard: bool, answer: str, now: datetime) -> Undeliverable:
    """Note that a letter did not reach its address; `hard`: nothing more is sent there until somebody clears it."""
    row: Undeliverable | None = _rows(letter.vendor_id, letter.to_address).select_for_update().first()
    if row is None:
        row = Undeliverable(
            vendor_id=letter.vendor_id, address=letter.to_address, hard=hard, count=0, since=now, last_at=now
        )
    elif row.cleared_at is not None:
        row.hard, row.count, row.since, row.cleared_at, row.cleared_by = False, 0, now, None, None
    row.count += 1
    row.hard = row.hard or hard or row.count >= SOFT_LIMIT
    row.last_at, row.answer = now, answer[:LONGEST_ANSWER]
    row.save()
    return row


def stopped(vendor_id: UUID, address: str) -> Undeliverable | None:
    """That nothing is sent to an address; None where letters go."""
    found: Undeliverable | None = _rows(vendor_id, address).filter(hard=True, cleared_at=None).first()
    return found


def marked(by: access.Viewer) -> list[Undeliverable]:
    """The addresses from which letters come back, the latest first. Raises Refused for who does not work here."""
    by.as_staff()
    rows = Undeliverable.objects.filter(vendor_id=by.vendor_id, cleared_at=None)
    return list(rows.order_by("-last_at", "-id"))


def clear(*, by: access.Viewer, undeliverable_id: UUID, now: datetime) -> Undeliverable:
    """The address works again, says a person: letters go there. Raises CannotDo where it is not marked (any more)."""
    staff_id = by.as_staff()
    access.require_role(by, access.WORKS_ON_TICKETS)
    row = (
        Undeliverable.objects.select_for_update()
        .filter(vendor_id=by.vendor_id, id=undeliverable_id, cleared_at=None)
        .first()
    )
    if row is None:
        raise CannotDo(
            code="not-marked",
            en="Letters go to this address: somebody cleared it already.",
            fr="Les courriels partent à cette adresse : quelqu’un l’a déjà rétablie.",
        )
    row.cleared_at, row.cleared_by_id = now, staff_id
    row.save(update_fields=["cleared_at", "cleared_by"])
    return row


def _rows(vendor_id: UUID, address: str) -> QuerySet[Any]:
    return Undeliverable.objects.annotate(lower=Lower("address")).filter(
        vendor_id=vendor_id, lower=address.lower()
    )


# --- telling somebody -------------------------------------------------------------------------------


def tell(letter: Letter, *, why: str, now: datetime) -> None:
    """Tell whoever works on the request that its letter did not arrive (`bounced`, `refused`, `given-up`, `stopped`).

    Where nobody does, those who run the desk. Of a letter to one of our own people only in the product: telling by mail
    that mail does not arrive could go on for ever.
    """
    ticket = letter.ticket
    told = [] if ticket is None else _who_works_on(ticket, now)
    to_us = letter.staff_id is not None
    notices.notify(
        vendor_id=letter.vendor_id,
        kind=notices.Kind.LETTER_BOUNCED,
        now=now,
        staff=[one for one in told if one != letter.staff_id] or _who_runs_the_desk(letter),
        data={
            "ticket": letter.ticket_id,
            "letter": letter.id,
            "contact": letter.contact_id or letter.staff_id,
            "why": why,
        },
        ticket_number=None if ticket is None else ticket.number,
        by_mail=not to_us,
    )


def tell_removed(ticket: Ticket, contact: Contact, now: datetime) -> None:
    """Tell, once for a request, that whoever asked was removed and hears nothing any more."""
    if not reminding.say_once(vendor_id=ticket.vendor_id, key=f"removed:{ticket.id}:{contact.id}", now=now):
        return
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.LETTER_BOUNCED,
        now=now,
        staff=_who_works_on(ticket, now),
        data={"ticket": ticket.id, "letter": None, "contact": contact.id, "why": "removed"},
        ticket_number=ticket.number,
    )


def _who_works_on(ticket: Ticket, now: datetime) -> list[UUID]:
    contract = (
        None if ticket.contract_id is None else contracts.contract_by_id(ticket.vendor_id, ticket.contract_id)
    )
    return telling.vendors_people(ticket, contract, now)


def _who_runs_the_desk(letter: Letter) -> list[UUID]:
    rows = Staff.objects.filter(
        vendor_id=letter.vendor_id, removed_at=None, roles__overlap=[str(one) for one in access.RUNS_THE_DESK]
    )
    return [one for one in rows.order_by("id").values_list("id", flat=True) if one != letter.staff_id]
