"""Notices: what one person should know, read in the product.

Anyone who changes something writes them in its own transaction, so that a notice and its cause become true together. A
notice carries a kind and ids and figures; pages put it into the reader's words. Kinds: docs/reference/contracts.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from palier.people import access, prepared
from palier.people.models import Notice


class Kind(StrEnum):
    """What a notice can be about; `data` holds what stands behind each, ids as text, amounts in minor units."""

    CONTACT_NAMED = "contact-named"
    """contract, contact, from, until"""
    CONTACT_WITHDRAWN = "contact-withdrawn"
    """contract, contact, from"""
    CONTACT_SWAPPED = "contact-swapped"
    """contract, out, in, from"""
    STAND_IN_NAMED = "stand-in-named"
    """contract, contact, absent, from, until"""
    CONTRACT_CHANGED = "contract-changed"
    """contract, event (drawn-up, renewed, amended, moved, suspended, resumed, ended, paid), from"""
    AGREEMENT_ATTACHED = "agreement-attached"
    """contract, document, version"""
    AGREEMENT_ACCEPTED = "agreement-accepted"
    """contract, document, version, contact"""
    CAP_CHANGED = "cap-changed"
    """contract, cap (None: withdrawn)"""
    PLAN_ASKED = "plan-asked"
    """contract, plan, contact"""
    PLAN_GRANTED = "plan-granted"
    """contract, plan"""
    PLAN_DECLINED = "plan-declined"
    """contract, plan"""
    REQUEST_HELD = "request-held"
    """ticket, holds: a colleague's request waits for an authorised contact"""
    REQUEST_ADOPTED = "request-adopted"
    """ticket, contact"""
    REQUEST_DECLINED = "request-declined"
    """ticket, contact"""
    REQUEST_FREED = "request-freed"
    """ticket"""
    ALLOWANCE_USED = "allowance-used"
    """ticket, contract, allowance, quantity, left"""
    ALLOWANCE_LOW = "allowance-low"
    """contract, allowance, left, of"""
    ALLOWANCE_EXPIRES = "allowance-expires"
    """contract, allowance, left, on"""
    WAY_CHOSEN = "way-chosen"
    """ticket, way, amount, currency"""
    ESTIMATE_MADE = "estimate-made"
    """ticket, estimate, amount, currency, minutes"""
    ESTIMATE_AGREED = "estimate-agreed"
    """ticket, estimate, contact or cap"""
    ESTIMATE_DECLINED = "estimate-declined"
    """ticket, estimate, contact"""
    FOLLOW_UP_DUE = "follow-up-due"
    """ticket, wait, on: somebody promised to ask again that day; of a defect: defect (its figure), on"""
    FIX_SHIPPED = "fix-shipped"
    """ticket or None, defect (its figure), fixed_in"""
    REQUEST_MERGED = "request-merged"
    """ticket: the one that goes on, from: the number of the one that was merged into it"""
    REQUEST_SPLIT = "request-split"
    """ticket: the new one, from: the number of the one it was part of"""
    FILE_PARKED = "file-parked"
    """file, ticket (where it was sent): the scanner keeps it from everybody"""
    PAYMENT_RECEIVED = "payment-received"
    """order, amount, currency"""
    INVOICE_ISSUED = "invoice-issued"
    """invoice, amount, currency; of a credit note: corrects (the invoice's number)"""
    REQUEST_MOVED = "request-moved"
    """ticket, what (resolved, closed, reopened, answered), press: for its author and those who follow it; read from its date on"""
    CONTESTED = "contested"
    """objection, what, contact, invoice: for the person who answers"""
    OBJECTION_ANSWERED = "objection-answered"
    """objection, what, upheld, invoice"""
    OBJECTION_OVERDUE = "objection-overdue"
    """objection, what, invoice"""
    MENTIONED = "mentioned"
    """ticket, by (of the vendor): named in a note on a ticket one may see"""
    GIVEN = "given"
    """ticket, note (whether one was left): the ticket was given to one"""
    WATCHED = "watched"
    """ticket, what (the event): something happened to a ticket one watches"""
    PAGED = "paged"
    """ticket, call, clause, what (on-call, next, manager, gap: nobody is on call, unanswered: nobody acknowledged): one is woken"""
    PAGE_TAKEN = "page-taken"
    """ticket, call, by (of the vendor): somebody has it for which one was paged"""
    ON_CALL_SWAPPED = "on-call-swapped"
    """roster, contact (of the vendor: who is on call by it), from, until, taken-back"""
    ASKED = "asked"
    """ticket, fields: what is missing before the clock of a request can start, asked of its author"""
    MAIL_HELD = "mail-held"
    """incoming, reason, ticket (the thread it names) or None: a mail waits for somebody's decision"""
    MAIL_PARKED = "mail-parked"
    """incoming, reason: a mail could not be read or handled"""
    REQUEST_RECEIVED = "request-received"
    """ticket: one's own request was received, with its number; read already by whoever just sent it"""
    DECIDED_ANEW = "decided-anew"
    """ticket, verdict (its number): the decision on a request was replaced"""
    REMINDED = "reminded"
    """ticket, about (unfreed, silence), day: a request waits for its customer"""
    ESCALATED = "escalated"
    """ticket, rule (its clause), commitment, at (int-µs, its true instant), late (seconds, where it was noticed late)"""
    LETTER_BOUNCED = "letter-bounced"
    """ticket or None, letter, contact or person of the vendor, why (bounced, refused, given-up, stopped, removed): it did not arrive"""


class Group(StrEnum):
    """Notices that a person may do without, by what they are about. What waits for an answer always comes."""

    REQUESTS = "requests"
    WATCHED = "watched"
    REMINDERS = "reminders"
    CONTRACT = "contract"
    ALLOWANCES = "allowances"
    MONEY = "money"


GROUPS: Mapping[Group, frozenset[Kind]] = {
    Group.REQUESTS: frozenset(
        {
            Kind.REQUEST_MOVED, Kind.REQUEST_ADOPTED, Kind.REQUEST_DECLINED, Kind.REQUEST_FREED,
            Kind.REQUEST_MERGED, Kind.REQUEST_SPLIT, Kind.FIX_SHIPPED,
        }
    ),
    Group.WATCHED: frozenset({Kind.WATCHED}),
    Group.REMINDERS: frozenset({Kind.FOLLOW_UP_DUE}),
    Group.CONTRACT: frozenset(
        {
            Kind.CONTACT_NAMED, Kind.CONTACT_WITHDRAWN, Kind.CONTACT_SWAPPED, Kind.STAND_IN_NAMED,
            Kind.CONTRACT_CHANGED, Kind.AGREEMENT_ACCEPTED, Kind.CAP_CHANGED, Kind.PLAN_GRANTED, Kind.PLAN_DECLINED,
        }
    ),
    Group.ALLOWANCES: frozenset({Kind.ALLOWANCE_USED, Kind.ALLOWANCE_LOW, Kind.ALLOWANCE_EXPIRES}),
    Group.MONEY: frozenset(
        {Kind.WAY_CHOSEN, Kind.ESTIMATE_AGREED, Kind.ESTIMATE_DECLINED, Kind.PAYMENT_RECEIVED, Kind.INVOICE_ISSUED}
    ),
}  # fmt: skip
FOR_STAFF = tuple(Group)
FOR_CONTACTS = (Group.REQUESTS, Group.CONTRACT, Group.ALLOWANCES, Group.MONEY)
_GROUP_OF = {kind.value: group.value for group, kinds in GROUPS.items() for kind in kinds}


def group_of(kind: str) -> Group | None:
    """What a kind is about; None for what everybody is always told."""
    found = _GROUP_OF.get(str(kind))
    return None if found is None else Group(found)


_MUTED = """
select c.id from people_contact c join people_user u on u.vendor_id = c.vendor_id and u.id = c.user_id
where c.vendor_id = %s and c.id = any(%s) and %s = any(u.muted)
union all
select s.id from people_staff s join people_user u on u.vendor_id = s.vendor_id and u.id = s.user_id
where s.vendor_id = %s and s.id = any(%s) and %s = any(u.muted)
"""


def _without(vendor_id: UUID, kind: str, contacts: list[UUID], staff: list[UUID]) -> frozenset[UUID]:
    """Those of them who do not want notices of this kind."""
    group = _GROUP_OF.get(str(kind))
    if group is None or not (contacts or staff):
        return frozenset()
    found = prepared.rows(_MUTED, [vendor_id, contacts, group, vendor_id, staff, group])
    return frozenset(id_ for (id_,) in found)


def notify(
    *,
    vendor_id: UUID,
    kind: str,
    now: datetime,
    contacts: Iterable[UUID] = (),
    staff: Iterable[UUID] = (),
    data: Mapping[str, object] | None = None,
    ticket_number: int | None = None,
    by_mail: bool = True,
    read_by: UUID | None = None,
) -> int:
    """Leave a notice for each contact and each person of the vendor, once each; returns how many.

    None for who does not want notices of that kind (`Group`). Whoever did the thing itself is left out by the caller, who
    knows who that is; or named as `read_by`, whom only the mail then tells, as a confirmation. The mail tells each as its
    reader wishes (docs/reference/mail-out.md); `by_mail` False: never.
    """
    shared = {
        "vendor_id": vendor_id,
        "kind": str(kind),
        "data": _plain(data or {}),
        "ticket_number": ticket_number,
        "created_at": now,
        "mail_at": now if by_mail else None,
    }
    customers, people = list(dict.fromkeys(contacts)), list(dict.fromkeys(staff))
    muted = _without(vendor_id, kind, customers, people)
    rows = [
        Notice(contact_id=one, read_at=now if one == read_by else None, **shared)
        for one in customers
        if one not in muted
    ]
    rows += [Notice(staff_id=one, **shared) for one in people if one not in muted]
    Notice.objects.bulk_create(rows)
    return len(rows)


def for_staff(
    *,
    vendor_id: UUID,
    staff_id: UUID,
    kind: Kind,
    data: Mapping[str, object],
    ticket_number: int,
    now: datetime,
) -> Notice:
    """A notice for a person of the vendor, not yet written: for who writes very many at once. Of kinds nobody can do without."""
    if kind in _GROUP_OF:
        raise ValueError(f"{kind} can be done without: use notify")
    return Notice(
        vendor_id=vendor_id,
        staff_id=staff_id,
        kind=kind.value,
        data=_plain(data),
        ticket_number=ticket_number,
        created_at=now,
        mail_at=now,
    )


def for_contact(
    *,
    vendor_id: UUID,
    contact_id: UUID,
    kind: Kind,
    data: Mapping[str, object],
    ticket_number: int,
    now: datetime,
) -> Notice:
    """A notice for a contact, not yet written: for who writes it with other rows at once. Of kinds nobody can do without."""
    if kind in _GROUP_OF:
        raise ValueError(f"{kind} can be done without: use notify")
    return Notice(
        vendor_id=vendor_id,
        contact_id=contact_id,
        kind=kind.value,
        data=_plain(data),
        ticket_number=ticket_number,
        created_at=now,
        mail_at=now,
    )


def received(
    *, vendor_id: UUID, contact_id: UUID, ticket_id: UUID, ticket_number: int, now: datetime
) -> Notice:
    """The notice of one's own request, not yet written: read already, for whoever sent it sees it; the mail confirms it."""
    return Notice(
        vendor_id=vendor_id,
        contact_id=contact_id,
        kind=Kind.REQUEST_RECEIVED.value,
        data={"ticket": str(ticket_id)},
        ticket_number=ticket_number,
        created_at=now,
        read_at=now,
        mail_at=now,
    )


def keep_from_mail(vendor_id: UUID, *, ticket_number: int | None = None) -> int:
    """No letter tells what stands now: of one ticket, or of all the vendor. For what happened long ago and is only brought in."""
    waiting = Notice.objects.filter(vendor_id=vendor_id, mail_at__isnull=False)
    if ticket_number is not None:
        waiting = waiting.filter(ticket_number=ticket_number)
    return waiting.update(mail_at=None)


def _plain(data: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in data.items()}


_AHEAD = Q(kind=Kind.REQUEST_MOVED, created_at__gt=Now())
"""Dated ahead: what it tells of can still be taken back, and is not the customer's to know yet."""


def _mine(viewer: access.Viewer) -> Q:
    """A viewer's own notices; the machine has none."""
    mine = Q(vendor_id=viewer.vendor_id)
    if viewer.is_customer:
        return mine & Q(contact_id=viewer.contact_id)
    return mine & Q(staff_id=viewer.staff_id) if viewer.staff_id is not None else mine & Q(pk__in=[])


def notices(viewer: access.Viewer, *, unread: bool = False) -> QuerySet[Notice]:
    """A viewer's own notices, newest first; all, or only those not read."""
    found = Notice.objects.filter(_mine(viewer)).exclude(_AHEAD).order_by("-created_at", "-id")
    return found.filter(read_at=None) if unread else found


_UNREAD = {
    column: f"select count(*) from people_notice where vendor_id = %s and {column} = %s and read_at is null"  # noqa: S608 (a column's name)
    f" and not (kind = '{Kind.REQUEST_MOVED}' and created_at > now())"
    for column in ("contact_id", "staff_id")
}


def unread_count(viewer: access.Viewer) -> int:
    """How many of them are not read. Every page of the desk asks: one prepared statement."""
    if viewer.is_machine:
        return 0
    column, whose = ("contact_id", viewer.contact_id) if viewer.is_customer else ("staff_id", viewer.staff_id)
    found = prepared.row(_UNREAD[column], [viewer.vendor_id, whose])
    return int(found[0]) if found is not None else 0


def read(viewer: access.Viewer, notice_id: UUID, now: datetime) -> Notice:
    """Mark one of the viewer's notices as read; what was read stays read since then. Raises Notice.DoesNotExist."""
    found = Notice.objects.select_for_update().get(_mine(viewer), id=notice_id)
    if found.read_at is None:
        found.read_at = now
        found.save(update_fields=["read_at"])
    return found


def read_all(viewer: access.Viewer, now: datetime) -> int:
    """Mark all of the viewer's notices as read; returns how many were not."""
    return notices(viewer, unread=True).update(read_at=now)
