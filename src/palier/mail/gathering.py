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
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from palier.mail import bounces, letters, loops, quiet, unsubscribing, wishes, writing
from palier.mail.incoming_models import State
from palier.mail.models import Incoming, Letter, MailWish
from palier.people import access, tenancy
from palier.people.models import Contact, Notice, Staff, User, Vendor
from palier.people.notices import Kind
from palier.tickets.models import Ticket

log = structlog.get_logger(__name__)

MOST = 1000
BATCH = 20
"""Readers in one transaction, whose letters are worded together."""
AGAIN = timedelta(minutes=5)
"""When a reader whose letter could not be written is looked at again; nobody else waits for that."""
MOST_IN_A_DIGEST = 200
LEADING: Sequence[str] = (
    Kind.PAGED, Kind.ESCALATED, Kind.REQUEST_HELD, Kind.ESTIMATE_MADE, Kind.ASKED, Kind.REQUEST_RECEIVED,
    Kind.REQUEST_DECLINED, Kind.DECIDED_ANEW, Kind.REQUEST_MOVED, Kind.REQUEST_ADOPTED, Kind.REQUEST_FREED,
    Kind.REQUEST_MERGED, Kind.REQUEST_SPLIT, Kind.FIX_SHIPPED, Kind.REMINDED, Kind.OBJECTION_ANSWERED,
    Kind.PAYMENT_RECEIVED, Kind.INVOICE_ISSUED, Kind.ESTIMATE_AGREED, Kind.ESTIMATE_DECLINED, Kind.GIVEN,
    Kind.MENTIONED, Kind.CONTESTED, Kind.OBJECTION_OVERDUE, Kind.FOLLOW_UP_DUE, Kind.ALLOWANCE_USED, Kind.WAY_CHOSEN,
    Kind.WATCHED,
)  # fmt: skip
"""Which of several notices about one request a letter is of; those not named come after, as they happened."""
TOO_MANY = "too-many"
"""Why a letter is written and not sent: its reader writes by mail and had too many within an hour."""
_PLACE = {str(kind): place for place, kind in enumerate(LEADING)}
_ENDS = ("resolved", "closed", "reopened")
IGNORE_QUIET = frozenset({Kind.PAGED.value})
"""What wakes its reader whatever the request is; else only what is about a critical one does."""


Whose = tuple[UUID | None, UUID | None]
"""A reader: the contact, or the person of the vendor."""


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
            for start in range(0, len(readers), BATCH):
                done, failed = _attend(vendor_id, readers[start : start + BATCH], now)
                written += done
                failures += failed
    if failures:
        raise ExceptionGroup("letters that could not be written", failures)
    return written


def _attend(vendor_id: UUID, readers: Sequence[Whose], now: datetime) -> tuple[int, list[Exception]]:
    """Gather for these readers together; where that fails one by one, so that one takes none of the others along."""
    try:
        with tenancy.vendor(vendor_id), transaction.atomic():
            return gather_for(vendor_id, readers, now), []
    except Exception as error:  # noqa: BLE001 (told once everybody else has had theirs)
        if len(readers) == 1:
            error.add_note(f"the letters of (contact, person of the vendor) {readers[0]}")
            with tenancy.vendor(vendor_id):
                _of(vendor_id, readers[0], now).update(mail_at=now + AGAIN)
            return 0, [error]
    written = 0
    failures: list[Exception] = []
    for one in readers:
        done, failed = _attend(vendor_id, [one], now)
        written += done
        failures += failed
    return written, failures


def _waiting(now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(vendor_id, notice_id) of notices whose time has come, of all vendors: the one look across the walls."""
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from people_notices_to_mail(%s, %s)", [now, most])
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


def _readers(found: Iterable[tuple[UUID, UUID]], now: datetime) -> Mapping[UUID, list[Whose]]:
    """Whose these notices are, by vendor; those that were taken meanwhile are nobody's."""
    by_vendor: dict[UUID, list[UUID]] = {}
    for vendor_id, id_ in found:
        by_vendor.setdefault(vendor_id, []).append(id_)
    readers: dict[UUID, list[Whose]] = {}
    for vendor_id, ids in by_vendor.items():
        with tenancy.vendor(vendor_id):
            rows = Notice.objects.filter(vendor_id=vendor_id, id__in=ids, mail_at__lte=now)
            readers[vendor_id] = list(
                dict.fromkeys(rows.order_by("mail_at", "id").values_list("contact_id", "staff_id"))
            )
    return readers


def _of(vendor_id: UUID, whose: Whose, now: datetime) -> QuerySet[Notice]:
    contact_id, staff_id = whose
    mine = Q(contact_id=contact_id) if contact_id is not None else Q(staff_id=staff_id)
    return Notice.objects.filter(mine, vendor_id=vendor_id, mail_at__lte=now)


# --- some readers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A letter that is due now: to whom, of what, and the address that ends it where it is a digest."""

    reader: Reader
    rows: Sequence[Notice]
    ticket: Ticket | None = None
    unsubscribe: str = ""


def gather_for(vendor_id: UUID, readers: Sequence[Whose], now: datetime) -> int:
    """Take these readers' notices whose time has come, in the open transaction; returns how many letters were written."""
    vendor = Vendor.objects.get(id=vendor_id)
    due = [one for whose in readers if _mine_alone(whose) for one in _due_of(vendor, whose, now)]
    wanted = [
        letters.Wanted(
            vendor=vendor,
            reader=one.reader.row,
            ticket=one.ticket,
            notices=tuple(one.rows),
            now=now,
            digest=bool(one.unsubscribe),
            unsubscribe=one.unsubscribe,
        )
        for one in due
    ]
    written = 0
    for one, words in zip(due, letters.compose_many(wanted), strict=True):
        _take(one.rows)
        # None: what it told of was taken back meanwhile.
        if words is not None:
            _write(vendor, one, words, now)
            written += 1
    return written


def _due_of(vendor: Vendor, whose: Whose, now: datetime) -> list[_Due]:
    """What one reader is to be told now; what it is to be told later, or never, is marked so."""
    # Never waiting for a page that just marks some as read: those are taken next time.
    locked = _of(vendor.id, whose, now).select_for_update(skip_locked=True)
    rows = list(locked.order_by("created_at", "id"))
    if not rows:
        return []
    reader = _reader(vendor, whose)
    if reader.viewer is None or not reader.address:
        _drop(rows, why="removed" if reader.viewer is None else "no-address", reader=reader, now=now)
        return []
    tickets = _tickets(reader.viewer, rows)
    gone = [row for row in rows if isinstance(reader.row, Staff) and not _is_shown(row, tickets)]
    found = _sort(reader, [row for row in rows if row not in gone], tickets, now)
    _take([*gone, *found.never])
    for row, when in found.later:
        row.mail_at = when
    Notice.objects.bulk_update([row for row, _when in found.later], ["mail_at"])
    due = [_Due(reader=reader, rows=group, ticket=one) for one, group in _grouped(found.at_once, tickets)]
    if found.digest and reader.user is not None:
        # Of very many the latest: the page has them all.
        _take(found.digest[:-MOST_IN_A_DIGEST])
        latest = found.digest[-MOST_IN_A_DIGEST:]
        due.append(_Due(reader=reader, rows=latest, unsubscribe=unsubscribing.address(vendor, reader.user)))
    return due


def _mine_alone(whose: Whose) -> bool:
    """Whether nobody else gathers for this reader now; held until the transaction ends."""
    name = f"mail:{whose[0] or whose[1]}"
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (mine,) = cursor.fetchone()
    return bool(mine)


def _reader(vendor: Vendor, whose: Whose) -> Reader:
    contact_id, staff_id = whose
    row: Contact | Staff
    if contact_id is not None:
        row = Contact.objects.select_related("organisation", "site", "user").get(
            vendor_id=vendor.id, id=contact_id
        )
        user, address = row.user, row.email
    else:
        row = Staff.objects.select_related("user").get(Q(id=staff_id), vendor_id=vendor.id)
        user, address = row.user, row.user.email
    zone = wishes.zone_of(row, vendor.zone)
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


def _write(vendor: Vendor, due: _Due, words: letters.Words, now: datetime) -> None:
    """Write one down. To an address that letters come back from it is not even tried, and whoever works on it hears so."""
    stopped = bounces.stopped(vendor.id, due.reader.address)
    if due.unsubscribe:
        if stopped is not None:
            # Nobody waits for a digest, and the product says it all.
            return
        MailWish.objects.filter(vendor_id=vendor.id, user=due.reader.user).update(digested_at=now)
    withheld = TOO_MANY if words.automatic and _is_too_much(due, now) else ""
    letter = writing.write(
        vendor=vendor,
        words=words,
        to=due.reader.to,
        now=now,
        ticket=due.ticket,
        digest=bool(due.unsubscribe),
        unsubscribe=due.unsubscribe,
        undeliverable="" if stopped is None else stopped.answer or "stopped",
        withheld=withheld,
    )
    if withheld:
        _tell_withheld(letter, now)
    elif stopped is not None and due.ticket is not None:
        bounces.tell(letter, why="stopped", now=now)


def _is_too_much(due: _Due, now: datetime) -> bool:
    """Whether a letter goes to somebody who writes by mail just now and has had as many as a person can have asked for.

    Whoever works in the portal is told everything: only mail brings about mail without end.
    """
    row, address = due.reader.row, due.reader.address
    if not isinstance(row, Contact) or loops.may_write(vendor_id=row.vendor_id, address=address, now=now):
        return False
    wrote = Incoming.objects.filter(vendor_id=row.vendor_id, from_address=address.lower(), state=State.DONE)
    return wrote.filter(reached_at__gt=now - loops.HOUR, reached_at__lte=now, history=False).exists()


def _tell_withheld(letter: Letter, now: datetime) -> None:
    """A flood is one thing: who was told and has not looked yet is not told of every letter of it."""
    waiting = Notice.objects.filter(
        vendor_id=letter.vendor_id, kind=Kind.LETTER_BOUNCED, read_at=None, staff__isnull=False,
        data__why=TOO_MANY, data__contact=str(letter.contact_id),
    )  # fmt: skip
    if not waiting.exists():
        bounces.tell(letter, why=TOO_MANY, now=now)


def _take(rows: Sequence[Notice]) -> None:
    """The mail is done with them."""
    if rows:
        ids = [row.id for row in rows]
        Notice.objects.filter(vendor_id=rows[0].vendor_id, id__in=ids).update(mail_at=None)


def _drop(rows: Sequence[Notice], *, why: str, reader: Reader, now: datetime) -> None:
    """Nobody is there to be told; whoever works on that person's own requests hears of it, once for each request."""
    _take(rows)
    log.info("notices without a reader", why=why, notices=len(rows), reader=str(reader.row.id))
    if why == "removed" and isinstance(reader.row, Contact):
        numbers = {row.ticket_number for row in rows if row.ticket_number is not None}
        for ticket in Ticket.objects.filter(
            vendor_id=reader.row.vendor_id, number__in=numbers, author=reader.row, is_open=True
        ):
            bounces.tell_removed(ticket, reader.row, now)
