"""What becomes of a message that came in: read, recognised, identified, put to its thread, and acted on, once.

A worker takes what waits, oldest first, of all vendors; a message somebody else holds is skipped. What is done and that
it was done stand in one transaction, so whatever dies in between did nothing. A message that fails is tried again later
and then parked, where people see it: none takes another with it. Rules: docs/reference/mail-in.md.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import F, QuerySet
from psycopg.types.json import Json

from palier.mail import acting, arriving, identity, intake, matching, opened, told
from palier.mail.incoming_models import State
from palier.mail.models import Incoming
from palier.mail.opened import Opened
from palier.mail.reader import Unreadable
from palier.mail.reasons import Reason
from palier.people import access, prepared, tenancy
from palier.people.models import Contact
from palier.tickets.models import Message
from palier.tickets.problems import CannotDo

log = structlog.get_logger(__name__)

MOST = 500
BATCH = 20
HANDS = 2
"""Threads of one worker that handle messages at once, where many wait."""
"""Messages taken in hand at once; what a crash throws back is so many at most."""
LEASE = timedelta(minutes=5)
"""For so long what was taken in hand is nobody else's; after a crash it is anybody's again."""
MOST_ATTEMPTS = 5
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
AWAITS = timedelta(seconds=10)
"""How long until a message that answers another, not looked at yet, is looked at again."""
AWAITS_AT_MOST = timedelta(minutes=15)
LONGEST_SAID = 500
_WRITTEN = ("state", "reason", "ticket_id", "from_address", "from_name", "subject", "language", "proof")
_FINISH = f"""
update mail_incoming set {", ".join(f"{name} = %s" for name in _WRITTEN)},
    detail = %s, contact_id = %s, message_id = %s, handled_at = %s, try_at = null
where vendor_id = %s and id = %s
returning set_config(
    'synchronous_commit', case state when 'done' then 'off' else current_setting('synchronous_commit') end, true
)
"""  # noqa: S608 (our own names)
"""What became of a message stands beside its new state: a server that loses power before it wrote either down handles the
message again, and nobody was told meanwhile (docs/reference/mail-in.md, "Durable"). What writes a letter at once, which is
any message that was not simply taken, waits for the disk."""
_LOCK = """
select 1 from mail_incoming where vendor_id = %s and id = %s and state = 'received' for update skip locked
"""


def handle_waiting(
    *, now: datetime, most: int = MOST, resolver: identity.Resolver | None = None, hands: int = 1
) -> int:
    """Handle what waits by `now`, of all vendors; returns how many were. Any number of workers may.

    Without a `resolver` only a border that is trusted proves who wrote. With more than one batch waiting, `hands` threads
    work at once, each with a connection of its own: one reads while the other waits for the database.
    """
    handled = 0
    seen: set[UUID] = set()
    while fresh := [(vendor_id, id_) for vendor_id, id_ in waiting(now, most) if id_ not in seen]:
        seen.update(id_ for _, id_ in fresh)
        batches = deque(_batches(fresh))
        if len(batches) > 1 and hands > 1:
            with ThreadPoolExecutor(min(hands, len(batches)), thread_name_prefix="mail") as pool:
                running = [pool.submit(_work_off_apart, batches, now, resolver) for _ in range(hands)]
                handled += sum(one.result() for one in running)
        else:
            handled += _work_off(batches, now, resolver)
    return handled


def _work_off(
    batches: deque[tuple[UUID, list[UUID]]], now: datetime, resolver: identity.Resolver | None
) -> int:
    """Take batch after batch until none is left; returns how many messages were handled."""
    handled = 0
    while True:
        try:
            vendor_id, ids = batches.popleft()
        except IndexError:
            return handled
        for incoming_id, found in _take_in_hand(vendor_id, ids, now):
            done = handle(vendor_id, incoming_id, now, resolver=resolver, found=found)
            handled += done is not None


def _work_off_apart(
    batches: deque[tuple[UUID, list[UUID]]], now: datetime, resolver: identity.Resolver | None
) -> int:
    try:
        return _work_off(batches, now, resolver)
    finally:
        # A connection is a thread's own, and this thread ends.
        connection.close()


def waiting(now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(vendor_id, id) of messages to be looked at, of all vendors: the one look across the walls."""
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from mail_incoming_to_handle(%s, %s)", [now, most])
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


def _batches(found: Sequence[tuple[UUID, UUID]]) -> Iterator[tuple[UUID, list[UUID]]]:
    by_vendor: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for vendor_id, id_ in found:
        by_vendor[vendor_id].append(id_)
    for vendor_id, ids in by_vendor.items():
        for start in range(0, len(ids), BATCH):
            yield vendor_id, ids[start : start + BATCH]


def _take_in_hand(
    vendor_id: UUID, ids: list[UUID], now: datetime
) -> Iterator[tuple[UUID, opened.Found | None]]:
    """Say durably that these are being tried, then give them out: a message that kills its worker is known by its tries.

    With each goes what was read of it, unless it is large. What was tried before is taken by itself, so that it does not take the others' tries with it.
    """
    with tenancy.vendor(vendor_id):
        rows = dict(_due(vendor_id, ids, now).values_list("id", "attempts"))
    fresh = [id_ for id_ in ids if rows.get(id_) == 0]
    for group in (fresh, *([id_] for id_ in ids if rows.get(id_, 0) > 0)):
        with tenancy.vendor(vendor_id):
            mine = list(
                _due(vendor_id, group, now)
                .select_for_update(skip_locked=True)
                .order_by("reached_at", "id")
                .values_list("id", "attempts")
            )
            worn = [id_ for id_, attempts in mine if attempts >= MOST_ATTEMPTS]
            for id_ in worn:
                _park(vendor_id, id_, Reason.FAILED, {"said": "its worker died at it"}, now)
            given = [id_ for id_, _ in mine if id_ not in worn]
            taken = Incoming.objects.filter(vendor_id=vendor_id, id__in=given)
            taken.update(attempts=F("attempts") + 1, try_at=now + LEASE)
            read = opened.together(vendor_id, given)
        for id_ in given:
            yield id_, read.pop(id_, None)


def _due(vendor_id: UUID, ids: Sequence[UUID], now: datetime) -> QuerySet[Incoming]:
    due = Incoming.objects.filter(vendor_id=vendor_id, id__in=ids, state=State.RECEIVED)
    return due.exclude(try_at__gt=now)


# --- one message --------------------------------------------------------------------------------------


def handle(
    vendor_id: UUID,
    incoming_id: UUID,
    now: datetime,
    *,
    resolver: identity.Resolver | None = None,
    found: opened.Found | None = None,
) -> str | None:
    """Handle one message; returns its new state, None where it waits no more or somebody else has it. Raises nothing.

    `found`: what was read of it already.
    """
    try:
        found = found or opened.found(vendor_id, incoming_id)
        if found is None:
            return None
        row, raw, source = found
        # Between two transactions: asking other servers for their keys takes its time.
        mail = opened.of(row, raw, source, resolver=None if row.history else resolver)
        return _handle(mail, now)
    except Unreadable as problem:
        with tenancy.vendor(vendor_id):
            _park(vendor_id, incoming_id, problem.code, {"en": problem.en, "fr": problem.fr}, now)
        return State.PARKED.value
    except Exception as error:  # one message never takes the others with it: it is kept, counted and shown
        log.warning("a message could not be handled", incoming=str(incoming_id), exc_info=error)
        return _failed(vendor_id, incoming_id, error, now)


def _handle(mail: Opened, now: datetime) -> str | None:
    row = mail.incoming
    files = None
    if arriving.wanted(mail):
        with tenancy.vendor(row.vendor_id):
            chosen = acting.plan(mail)
        files = arriving.keep(mail, chosen.writer, now) if chosen.takes_files else None
    try:
        with tenancy.vendor(row.vendor_id):
            return _act(mail, files, now)
    except (CannotDo, access.Refused) as problem:
        # A rule of requests: it would say no again. A person reads which, and decides.
        with tenancy.vendor(row.vendor_id):
            chosen = acting.plan(mail)
            refused = acting.hold(Reason.REFUSED, contact=chosen.contact, ticket_id=chosen.ticket_id)
            return _write(mail, refused, {"code": problem.code, "said": dict(problem.said)}, now)


def _act(mail: Opened, files: arriving.Kept | None, now: datetime) -> str | None:
    """Plan on what is so now and do it, with the row locked: what was handled meanwhile is not handled again."""
    row = mail.incoming
    if not _locked(row):
        return None
    if _has_to_wait(mail, now):
        return State.RECEIVED.value
    chosen = acting.plan(mail)
    wants = chosen.takes_files and arriving.wanted(mail)
    if wants and (files is None or files.user_id != chosen.writer.user_id):
        # Its writer is another than before the files were kept (somebody was added just now): once more from the start.
        Incoming.objects.filter(vendor_id=row.vendor_id, id=row.id).update(try_at=now)
        return State.RECEIVED.value
    columns = acting.act(mail, chosen, {} if files is None else files.ids, now)
    if files is not None and files.left_out:
        detail = columns["detail"]
        assert isinstance(detail, dict)
        detail["left_out"] = list(files.left_out)
    _finish(row, columns, now)
    return str(columns["state"])


def _write(mail: Opened, chosen: acting.Plan, further: dict[str, object], now: datetime) -> str | None:
    row = mail.incoming
    if not _locked(row):
        return None
    columns = acting.act(mail, chosen, {}, now)
    columns["detail"] = {**chosen.detail, **further}
    _finish(row, columns, now)
    return str(columns["state"])


def _locked(row: Incoming) -> bool:
    return bool(prepared.rows(_LOCK, [row.vendor_id, row.id]))


def _finish(row: Incoming, columns: dict[str, object], now: datetime) -> None:
    detail = columns["detail"]
    assert isinstance(detail, dict)
    contact, message = columns["contact"], columns.get("message")
    assert contact is None or isinstance(contact, Contact)
    assert message is None or isinstance(message, Message)
    prepared.run(
        _FINISH,
        [
            *(columns[name] for name in _WRITTEN),
            Json({**intake.brought_by(row.detail), **detail}),
            None if contact is None else contact.id,
            None if message is None else message.id,
            now,
            row.vendor_id,
            row.id,
        ],
    )


def _has_to_wait(mail: Opened, now: datetime) -> bool:
    """Whether it answers a message that is not looked at yet, or DNS did not answer; it waits, but not for ever."""
    row = mail.incoming
    if now - row.recorded_at > AWAITS_AT_MOST:
        return False
    if not mail.proof.temporary and not matching.awaited(row, mail.reading):
        return False
    Incoming.objects.filter(vendor_id=row.vendor_id, id=row.id, state=State.RECEIVED).update(
        try_at=now + AWAITS, attempts=0
    )
    return True


# --- what fails ---------------------------------------------------------------------------------------


def _failed(vendor_id: UUID, incoming_id: UUID, error: Exception, now: datetime) -> str | None:
    """Try it again later; after the last try it is parked."""
    said = f"{type(error).__name__}: {error}"[:LONGEST_SAID]
    with tenancy.vendor(vendor_id):
        row = Incoming.objects.filter(vendor_id=vendor_id, id=incoming_id, state=State.RECEIVED).first()
        if row is None:
            return None
        attempts = max(row.attempts, 1)
        if attempts >= MOST_ATTEMPTS:
            _park(vendor_id, incoming_id, Reason.FAILED, {"said": said}, now)
            return State.PARKED.value
        Incoming.objects.filter(vendor_id=vendor_id, id=incoming_id).update(
            attempts=attempts,
            try_at=now + BACKOFF[attempts - 1],
            detail={**intake.brought_by(row.detail), "said": said},
        )
    return State.RECEIVED.value


def _park(vendor_id: UUID, incoming_id: UUID, reason: str, detail: dict[str, object], now: datetime) -> None:
    parked = Incoming.objects.filter(vendor_id=vendor_id, id=incoming_id, state=State.RECEIVED)
    row = parked.first()
    if row is None:
        return
    kept = {**intake.brought_by(row.detail), **detail}
    parked.update(state=State.PARKED, reason=str(reason), detail=kept, handled_at=now, try_at=None)
    told.tell_parked(row, str(reason), now)
