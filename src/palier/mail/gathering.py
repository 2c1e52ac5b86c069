"""From notices to letters: whom the mail tells what, when, and how much at once.

Whoever does something leaves notices in its own transaction (`people.notices`). Here a worker takes those whose time has
come, reader by reader, each in one transaction: one letter for all that concerns one request, or none, or later, as the
reader wishes. A notice is taken once: its letter's row and its mark change together. Rules: docs/reference/mail-out.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import Q, QuerySet

from palier.mail import bounces, letters, quiet, unsubscribing, wishes, writing
from palier.mail.models import MailWish
from palier.people import access, tenancy
from palier.people.models import Contact, Notice, Staff, User, Vendor
from palier.people.notices import Kind
from palier.tickets.models import Ticket

log = structlog.get_logger(__name__)

MOST = 1000
AGAIN = timedelta(minutes=5)
"""When a reader whose letter could not be written is looked at again; nobody else waits for that."""
MOST_IN_A_DIGEST = 200
LEADING: Sequence[str] = (
    "paged", "escalated", Kind.REQUEST_HELD, Kind.ESTIMATE_MADE, "asked", Kind.REQUEST_RECEIVED,
    Kind.REQUEST_DECLINED, Kind.DECIDED_ANEW, Kind.REQUEST_MOVED, Kind.REQUEST_ADOPTED, Kind.REQUEST_FREED,
    Kind.REQUEST_MERGED, Kind.REQUEST_SPLIT, Kind.FIX_SHIPPED, Kind.REMINDED, Kind.OBJECTION_ANSWERED,
    Kind.PAYMENT_RECEIVED, Kind.INVOICE_ISSUED, Kind.ESTIMATE_AGREED, Kind.ESTIMATE_DECLINED, Kind.GIVEN,
    Kind.MENTIONED, Kind.CONTESTED, Kind.OBJECTION_OVERDUE, Kind.FOLLOW_UP_DUE, Kind.ALLOWANCE_USED, Kind.WAY_CHOSEN,
    Kind.WATCHED,
)  # fmt: skip
"""Which of several notices about one request a letter is of; those not named come after, as they happened."""
_PLACE = {str(kind): place for place, kind in enumerate(LEADING)}
_ENDS = ("resolved", "closed", "reopened")
IGNORE_QUIET = frozenset({"paged"})
"""What wakes its reader whatever the request is; else only what is about a critical one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One contact or person of the vendor, and what is known of how to reach it."""

    row: Contact | Staff
    user: User | None
    address: str
    zone: str
    viewer: access.Viewer | None
    """None: removed."""
    wishes: wishes.Wishes

    @property
    def to(self) -> writing.Recipient:
        """As a letter names it."""
        is_contact = isinstance(self.row, Contact)
        return writing.Recipient(
            address=self.address,
            name=self.row.name,
            contact_id=self.row.id if is_contact else None,
            staff_id=None if is_contact else self.row.id,
        )


# --- finding what waits -----------------------------------------------------------------------------


def gather(*, now: datetime, most: int = MOST) -> int:
    """Write the letters of every notice whose time has come, of all vendors; returns how many were written.

    Any number of workers may: one reader's notices are one worker's at a time. Raises ExceptionGroup after the rest was
    done, when some letters could not be written; their readers are looked at again in five minutes.
    """
    written = 0
    failures: list[Exception] = []
    seen: set[tuple[UUID, UUID]] = set()
    while fresh := [one for one in _waiting(now, most) if one not in seen]:
        seen.update(fresh)
        for vendor_id, readers in _readers(fresh, now).items():
            for contact_id, staff_id in readers:
                try:
                    with tenancy.vendor(vendor_id):
                        written += gather_for(vendor_id, contact_id, staff_id, now)
                except Exception as error:  # noqa: BLE001 (told once everybody else has had theirs)
                    error.add_note(f"the letters of contact {contact_id}, staff {staff_id}")
                    failures.append(error)
                    with tenancy.vendor(vendor_id):
                        _of(vendor_id, contact_id, staff_id, now).update(mail_at=now + AGAIN)
    if failures:
        raise ExceptionGroup("letters that could not be written", failures)
    return written


def _waiting(now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(vendor_id, notice_id) of notices whose time has come, of all vendors: the one look across the walls."""
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from people_notices_to_mail(%s, %s)", [now, most])
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


def _readers(
    found: Iterable[tuple[UUID, UUID]], now: datetime
) -> Mapping[UUID, list[tuple[UUID | None, UUID | None]]]:
    """Whose these notices are, by vendor; those that were taken meanwhile are nobody's."""
    by_vendor: dict[UUID, list[UUID]] = {}
    for vendor_id, id_ in found:
        by_vendor.setdefault(vendor_id, []).append(id_)
    readers: dict[UUID, list[tuple[UUID | None, UUID | None]]] = {}
    for vendor_id, ids in by_vendor.items():
        with tenancy.vendor(vendor_id):
            rows = Notice.objects.filter(vendor_id=vendor_id, id__in=ids, mail_at__lte=now)
            readers[vendor_id] = list(
                dict.fromkeys(rows.order_by("mail_at", "id").values_list("contact_id", "staff_id"))
            )
    return readers


def _of(vendor_id: UUID, contact_id: UUID | None, staff_id: UUID | None, now: datetime) -> QuerySet[Notice]:
    whose = Q(contact_id=contact_id) if contact_id is not None else Q(staff_id=staff_id)
    return Notice.objects.filter(whose, vendor_id=vendor_id, mail_at__lte=now)


# --- one reader -------------------------------------------------------------------------------------


def gather_for(vendor_id: UUID, contact_id: UUID | None, staff_id: UUID | None, now: datetime) -> int:
    """Take one reader's notices whose time has come, in the open transaction; returns how many letters were written."""
    if not _mine_alone(contact_id or staff_id):
        return 0
    rows = list(_of(vendor_id, contact_id, staff_id, now).select_for_update().order_by("created_at", "id"))
    if not rows:
        return 0
    vendor = Vendor.objects.get(id=vendor_id)
    reader = _reader(vendor, contact_id, staff_id)
    if reader.viewer is None:
        return _drop(rows, why="removed", reader=reader, now=now)
    if not reader.address:
        return _drop(rows, why="no-address", reader=reader, now=now)
    tickets = _tickets(reader.viewer, rows)
    seen = [row for row in rows if isinstance(reader.row, Contact) or _is_shown(row, tickets)]
    _take([row for row in rows if row not in seen])
    sorted_ = _sort(reader, seen, tickets, now)
    for row, when in sorted_.later:
        row.mail_at = when
    Notice.objects.bulk_update([row for row, _when in sorted_.later], ["mail_at"])
    _take(sorted_.never)
    written = 0
    for ticket, group in _grouped(sorted_.at_once, tickets):
        _send(vendor, reader, group, ticket=ticket, now=now)
        written += 1
    if sorted_.digest:
        _send_digest(vendor, reader, sorted_.digest, now)
        written += 1
    return written


def _mine_alone(reader_id: UUID | None) -> bool:
    """Whether nobody else gathers for this reader now; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"mail:{reader_id}"])
        (mine,) = cursor.fetchone()
    return bool(mine)


def _reader(vendor: Vendor, contact_id: UUID | None, staff_id: UUID | None) -> Reader:
    row: Contact | Staff
    if contact_id is not None:
        row = Contact.objects.select_related("organisation", "site", "user").get(
            vendor_id=vendor.id, id=contact_id
        )
        user, address = row.user, row.email
        place = row.site.zone if row.site is not None else row.organisation.zone
        zone = (user.zone if user is not None else "") or place
    else:
        row = Staff.objects.select_related("user").get(Q(id=staff_id), vendor_id=vendor.id)
        user, address = row.user, row.user.email
        zone = row.user.zone or vendor.zone
    viewer: access.Viewer | None = None
    if row.removed_at is None:
        viewer = access.Viewer.customer(row) if isinstance(row, Contact) else access.Viewer.staff(row)
    chosen = None if user is None else MailWish.objects.filter(vendor_id=vendor.id, user=user).first()
    return Reader(
        row=row,
        user=user,
        address=address,
        zone=zone,
        viewer=viewer,
        wishes=wishes.of(chosen, is_contact=contact_id is not None, zone=zone),
    )


def _tickets(viewer: access.Viewer, rows: Sequence[Notice]) -> Mapping[int, Ticket]:
    """The requests they are about, as far as the reader may see them."""
    numbers = {row.ticket_number for row in rows if row.ticket_number is not None}
    if not numbers:
        return {}
    found = Ticket.objects.visible_to(viewer).filter(number__in=numbers).select_related("organisation")
    return {ticket.number: ticket for ticket in found}


def _is_shown(row: Notice, tickets: Mapping[int, Ticket]) -> bool:
    return row.ticket_number is None or row.ticket_number in tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    at_once: list[Notice]
    digest: list[Notice]
    later: list[tuple[Notice, datetime]]
    never: list[Notice]


def _sort(reader: Reader, rows: Sequence[Notice], tickets: Mapping[int, Ticket], now: datetime) -> _Sorted:
    """What comes at once, in the digest that is due, later, or not at all."""
    found = _Sorted(at_once=[], digest=[], later=[], never=[])
    hours = reader.wishes.hours
    calm = None if hours is None else quiet.ends(hours, now)
    for row in rows:
        way = reader.wishes.way(row.kind)
        if way is wishes.Way.NEVER:
            found.never.append(row)
        elif way is wishes.Way.DIGEST:
            due = quiet.next_at(reader.wishes.digest_at, zone=reader.zone, after=row.created_at)
            if row.read_at is not None:
                found.never.append(row)
            elif due > now:
                found.later.append((row, due))
            else:
                found.digest.append(row)
        elif calm is not None and not _breaks_quiet(row, tickets):
            found.later.append((row, calm))
        else:
            found.at_once.append(row)
    return found


def _breaks_quiet(row: Notice, tickets: Mapping[int, Ticket]) -> bool:
    """What is critical, and what confirms to somebody awake what they just did."""
    ticket = None if row.ticket_number is None else tickets.get(row.ticket_number)
    did_it = row.read_at is not None and row.read_at == row.created_at
    return row.kind in IGNORE_QUIET or did_it or (ticket is not None and ticket.critical)


def _grouped(
    rows: Sequence[Notice], tickets: Mapping[int, Ticket]
) -> list[tuple[Ticket | None, list[Notice]]]:
    """One letter each: all that concerns one request, the most telling first; what concerns none, by itself."""
    by_ticket: dict[object, list[Notice]] = {}
    for row in rows:
        by_ticket.setdefault(row.ticket_number if row.ticket_number is not None else row.id, []).append(row)
    return [
        (
            tickets.get(group[0].ticket_number) if group[0].ticket_number is not None else None,
            sorted(group, key=_telling),
        )
        for group in by_ticket.values()
    ]


def _telling(row: Notice) -> tuple[int, float]:
    """By which a letter's notices are sorted. An end or a new beginning tells more than the decision beside it."""
    place = _PLACE.get(row.kind, len(_PLACE))
    if row.kind == Kind.REQUEST_MOVED and row.data.get("what") in _ENDS:
        place = -1
    return place, -row.created_at.timestamp()


# --- the letter -------------------------------------------------------------------------------------


def _send(
    vendor: Vendor, reader: Reader, rows: Sequence[Notice], *, ticket: Ticket | None, now: datetime
) -> None:
    words = letters.compose(
        letters.Wanted(vendor=vendor, reader=reader.row, ticket=ticket, notices=tuple(rows), now=now)
    )
    stopped = bounces.stopped(vendor.id, reader.address)
    letter = writing.write(
        vendor=vendor,
        words=words,
        to=reader.to,
        now=now,
        ticket=ticket,
        undeliverable="" if stopped is None else stopped.answer or "stopped",
    )
    _take(rows)
    if stopped is not None and ticket is not None:
        bounces.tell(letter, why="stopped", now=now)


def _send_digest(vendor: Vendor, reader: Reader, rows: Sequence[Notice], now: datetime) -> None:
    """All of the day in one letter; of very many the latest, and the page has them all."""
    latest = tuple(rows[-MOST_IN_A_DIGEST:])
    _take(rows)
    if reader.user is None or bounces.stopped(vendor.id, reader.address) is not None:
        # Nobody waits for a digest, and the product says it all.
        return
    unsubscribe = unsubscribing.address(vendor, reader.user)
    words = letters.compose(
        letters.Wanted(
            vendor=vendor, reader=reader.row, notices=latest, now=now, digest=True, unsubscribe=unsubscribe
        )
    )
    writing.write(vendor=vendor, words=words, to=reader.to, now=now, digest=True, unsubscribe=unsubscribe)
    MailWish.objects.filter(vendor_id=vendor.id, user=reader.user).update(digested_at=now)


def _take(rows: Sequence[Notice]) -> None:
    """The mail is done with them."""
    if rows:
        ids = [row.id for row in rows]
        Notice.objects.filter(vendor_id=rows[0].vendor_id, id__in=ids).update(mail_at=None)


def _drop(rows: Sequence[Notice], *, why: str, reader: Reader, now: datetime) -> int:
    """Nobody is there to be told; whoever works on that person's own requests hears of it, once for each request."""
    _take(rows)
    log.info("notices without a reader", why=why, notices=len(rows), reader=str(reader.row.id))
    if why == "removed" and isinstance(reader.row, Contact):
        numbers = {row.ticket_number for row in rows if row.ticket_number is not None}
        for ticket in Ticket.objects.filter(
            vendor_id=reader.row.vendor_id, number__in=numbers, author=reader.row, is_open=True
        ):
            bounces.tell_removed(ticket, reader.row, now)
    return 0
