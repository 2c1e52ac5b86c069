"""Who hears of a message that was not simply taken: its writer by a letter that quotes nothing, once a day; the desk by a notice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from palier.mail import bounces, identity, letters, loops, writing
from palier.mail.letters import LetterKind, reading
from palier.mail.letters.voice import Voice
from palier.mail.models import Incoming
from palier.mail.reasons import Reason
from palier.pages import speech as speeches
from palier.people import access, notices
from palier.people.letters import link
from palier.people.models import Contact, Notice, Staff, Vendor
from palier.people.notices import Kind
from palier.tickets.models import Ticket

if TYPE_CHECKING:
    from palier.mail.opened import Opened
    from palier.mail.plans import Plan

LETTERS = (LetterKind.MAIL_CONFIRM.value, LetterKind.MAIL_UNKNOWN.value, LetterKind.MAIL_PORTAL.value)
"""One of these a day goes to one address, whatever comes from there."""


def tell_held(mail: Opened, plan: Plan, now: datetime) -> None:
    """Of a message that is held: its writer, where that is safe, and who decides on it, where something hangs on it."""
    if mail.incoming.history:
        return
    _write(mail, plan, now)
    if plan.reason == Reason.STRANGER and plan.ticket_id is not None:
        _tell(mail.incoming, Kind.MAIL_HELD, plan.reason, now, ticket_id=plan.ticket_id)
    elif plan.reason == Reason.TOO_MUCH:
        _tell(mail.incoming, Kind.MAIL_HELD, plan.reason, now)


def tell_parked(row: Incoming, reason: str, now: datetime) -> None:
    """Of a message that nobody could read or handle: who runs the desk."""
    _tell(row, Kind.MAIL_PARKED, reason, now)


# --- the letter ---------------------------------------------------------------------------------------


def _kind(mail: Opened, plan: Plan) -> LetterKind | None:
    """Which letter its writer gets. None at all where the address is not proved, but for the question whether it is."""
    proved = mail.proof.verdict == identity.AUTHENTICATED
    if plan.reason == Reason.UNCONFIRMED and mail.proof.verdict == identity.UNAUTHENTICATED:
        return LetterKind.MAIL_CONFIRM
    if plan.reason in (Reason.UNKNOWN, Reason.STRANGER) and plan.contact is None and proved:
        return LetterKind.MAIL_UNKNOWN
    if plan.reason == Reason.CHANNEL_OFF and proved:
        return LetterKind.MAIL_PORTAL
    return None


def _write(mail: Opened, plan: Plan, now: datetime) -> None:
    kind, row = _kind(mail, plan), mail.incoming
    if kind is None or not mail.address:
        return
    address = mail.address if plan.contact is None else plan.contact.email
    if (
        loops.asked_lately(vendor_id=row.vendor_id, address=address, kinds=LETTERS, now=now)
        or not loops.may_write(vendor_id=row.vendor_id, address=address, now=now)
        or bounces.stopped(row.vendor_id, address) is not None
    ):
        return
    vendor = Vendor.objects.get(id=row.vendor_id)
    words = letters.compose_plain(
        kind, vendor, _language(mail, plan.contact), _values(mail, plan, vendor, now), now=now
    )
    writing.write(
        vendor=vendor,
        words=words,
        to=writing.Recipient(
            address=address,
            name="" if plan.contact is None else plan.contact.name,
            contact_id=None if plan.contact is None else plan.contact.id,
        ),
        now=now,
        # Not where nobody is proved: a forger would choose which thread of the reader's the letter falls into.
        in_reply_to="" if kind is LetterKind.MAIL_CONFIRM else mail.reading.message_id,
    )


def _language(mail: Opened, contact: Contact | None) -> str:
    """The one they wrote in; of a question whether they wrote at all, the contact's own."""
    if contact is not None and mail.proof.verdict != identity.AUTHENTICATED:
        return contact.language
    return mail.language or (contact.language if contact is not None else "")


def _values(mail: Opened, plan: Plan, vendor: Vendor, now: datetime) -> dict[str, str]:
    spoken = reading.language_of(_language(mail, plan.contact))
    zone = plan.contact.organisation.zone if plan.contact is not None else vendor.zone
    programme = speeches.programme_of(vendor.id, now)
    voice = Voice(vendor=vendor, speech=reading.speech(programme, spoken, zone), is_customer=True)
    return {
        "name": "" if plan.contact is None else plan.contact.name,
        "link": "" if plan.contact is None else link(vendor, "portal:mail", incoming=str(mail.incoming.id)),
        "when": voice.when(mail.incoming.reached_at),
        "subject": mail.subject,
    }


# --- the notice ---------------------------------------------------------------------------------------


def _tell(row: Incoming, kind: Kind, reason: str, now: datetime, *, ticket_id: UUID | None = None) -> None:
    ticket = (
        None if ticket_id is None else Ticket.objects.filter(vendor_id=row.vendor_id, id=ticket_id).first()
    )
    told = (
        [ticket.assignee_id]
        if ticket is not None and ticket.assignee_id is not None
        else _running(row, ticket)
    )
    if ticket is None:
        # A flood is one thing: who has not looked yet is not told again.
        unread = Notice.objects.filter(vendor_id=row.vendor_id, staff_id__in=told, kind=kind, read_at=None)
        waiting = set(unread.values_list("staff_id", flat=True))
        told = [one for one in told if one not in waiting]
    notices.notify(
        vendor_id=row.vendor_id,
        kind=kind,
        now=now,
        staff=told,
        data={"incoming": row.id, "reason": reason, **({} if ticket is None else {"ticket": ticket.id})},
        ticket_number=None if ticket is None else ticket.number,
    )


def _running(row: Incoming, ticket: Ticket | None) -> list[UUID]:
    """Who runs the desk; of a request, those of them who may see it."""
    roles = sorted(role.value for role in access.RUNS_THE_DESK)
    found: Iterable[Staff] = Staff.objects.filter(
        vendor_id=row.vendor_id, roles__overlap=roles, removed_at=None
    ).order_by("id")
    if ticket is not None:
        found = [
            one
            for one in found
            if Ticket.objects.visible_to(access.Viewer.staff(one)).filter(id=ticket.id).exists()
        ]
    return [one.id for one in found]
