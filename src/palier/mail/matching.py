"""Who wrote a message and to which thread: what is decided of it before anything is written.

Identity decides entitlement: only an address proved for its very contact acts as that contact. A thread's token names the
thread and never the writer, so the writer's part in it is asked apart. Rules: docs/reference/mail-in.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from palier.contracts import queries as contracts
from palier.mail import threads
from palier.mail.models import Incoming
from palier.people import access, prepared, reading
from palier.people.models import Contact, Staff
from palier.tickets.models import Ticket

if TYPE_CHECKING:
    from palier.mail.reader import Reading

NUMBER = re.compile(r"(?<![\w-])([A-Z][A-Z0-9]{0,7})-([1-9][0-9]{0,8})(?![\w-])", re.IGNORECASE)
"""A request's number as people write it in a subject: NOR-1042."""
MOST_NAMES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The request a message is about. `by`: `token`, `message` (it answers one we took) or `subject`."""

    ticket_id: UUID
    by: str


_ALIASES = (("c", Contact),)
_KNOWN = """
from mail_known(%s) k left join people_contact c on c.vendor_id = %s and c.id = k.contact_id
"""
_SERVED = "select id from people_organisation where vendor_id = %s and partner_id = %s"
_WHO = (
    "k.is_ours, k.staff_id,"
    " array(select o.id from people_organisation o where o.vendor_id = c.vendor_id and o.partner_id = c.organisation_id)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who has an address: whether it is one of ours, the person of the vendor, the contact."""

    is_ours: bool
    staff_id: UUID | None
    contact: Contact | None
    served: frozenset[UUID] = frozenset()
    """The customers whose partner the contact's organisation is."""


def known(vendor_id: UUID, address: str) -> Known:
    """Who has that very address at the vendor whose transaction runs, whatever its case, in one question."""
    if not address:
        return Known(is_ours=False, staff_id=None, contact=None)
    ((contact, ours, staff_id, served),) = reading.joined(_ALIASES, _KNOWN, [address, vendor_id], also=_WHO)
    return Known(is_ours=ours, staff_id=staff_id, contact=contact, served=frozenset(served))


def viewer_of(contact: Contact, served: frozenset[UUID] | None = None) -> access.Viewer:
    """A contact as a viewer; `served` where it was read already. Raises Refused for one who was removed."""
    if served is None:
        found = prepared.rows(_SERVED, [contact.vendor_id, contact.organisation_id])
        served = frozenset(id_ for (id_,) in found)
    return access.Viewer.customer(contact, customers=served)


def staff_by(vendor_id: UUID, staff_id: UUID) -> Staff:
    """A person of the vendor by its id."""
    return Staff.objects.select_related("user").get(vendor_id=vendor_id, id=staff_id)


def names_of(mail: Reading) -> tuple[str, ...]:
    """The messages it refers to, from the oldest to the nearest."""
    return tuple(dict.fromkeys((*mail.references, *mail.in_reply_to)))[-MOST_NAMES:]


def thread_of(vendor_id: UUID, mail: Reading) -> Thread | None:
    """The thread it names: by a token of ours, else by a message that we took before. Says nothing of who wrote it."""
    names = names_of(mail)
    ticket_id = threads.ticket_of(vendor_id, names)
    if ticket_id is not None and Ticket.objects.filter(vendor_id=vendor_id, id=ticket_id).exists():
        return Thread(ticket_id=ticket_id, by="token")
    taken = _taken(vendor_id, names)
    return None if taken is None else Thread(ticket_id=taken, by="message")


def _taken(vendor_id: UUID, names: Sequence[str]) -> UUID | None:
    """The request that the nearest of these messages became or stands on."""
    if not names:
        return None
    rows = dict(
        Incoming.objects.filter(vendor_id=vendor_id, ticket__isnull=False, state="done")
        .filter(mail_id__in=[name for name in names if name])
        .exclude(mail_id="")
        .order_by("reached_at")
        .values_list("mail_id", "ticket_id")
    )
    return next((rows[name] for name in reversed(names) if name in rows), None)


def subject_thread(viewer: access.Viewer, subject: str) -> Thread | None:
    """The request whose number stands in the subject, if the viewer sees it; anybody else's number means nothing."""
    for prefix, figure in NUMBER.findall(subject)[:5]:
        row = (
            Ticket.objects.visible_to(viewer)
            .filter(number=int(figure))
            .values_list("id", "revision_id")
            .first()
        )
        if row is not None and contracts.programme(row[1]).prefix.upper() == prefix.upper():
            return Thread(ticket_id=row[0], by="subject")
    return None


def takes_part(viewer: access.Viewer, ticket_id: UUID) -> bool:
    """Whether somebody may write on a request: its author, who took it over, a colleague who sees it; staff who see it."""
    return Ticket.objects.visible_to(viewer).filter(id=ticket_id).exists()


def awaited(row: Incoming, mail: Reading) -> bool:
    """Whether it answers a message that reached us before it and was not looked at yet."""
    names = names_of(mail)
    if not names:
        return False
    return (
        Incoming.objects.filter(vendor_id=row.vendor_id, state="received", reached_at__lte=row.reached_at)
        .exclude(id=row.id)
        .exclude(reached_at=row.reached_at, id__gt=row.id)
        .filter(mail_id__in=[name for name in names if name])
        .exclude(mail_id="")
        .exists()
    )
