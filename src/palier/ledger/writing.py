"""Writing moves down: postings, the lots and reservations they change, and the account's new head, in one statement."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.core import ledger
from palier.ledger.accounts import Books
from palier.ledger.instants import instant, micros
from palier.people import prepared

_WORD = re.compile(r"[\w.:/+-]{1,120}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A posting that was just written, by its row's id."""

    id: UUID
    seq: int
    move: ledger.Move
    hash: bytes


_WRITE = """
with posted as (
    insert into ledger_posting (id, vendor_id, account_id, seq, kind, source, target, quantity, lot, lot_opens_at,
        lot_expires_at, lot_origin, reservation, cause, at, recorded_at, previous, hash)
    select p.id, %s, %s, p.seq, p.kind, p.source, p.target, p.quantity, p.lot, p.opens, p.expires, p.origin,
        p.reservation, p.cause::jsonb, p.at, %s, p.previous, p.hash
    from unnest(%s::uuid[], %s::integer[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],
        %s::timestamptz[], %s::timestamptz[], %s::text[], %s::uuid[], %s::text[], %s::timestamptz[], %s::bytea[],
        %s::bytea[]) as p(id, seq, kind, source, target, quantity, lot, opens, expires, origin, reservation, cause, at,
        previous, hash)
), lots as (
    insert into ledger_lotrow as l (id, vendor_id, account_id, key, opens_at, expires_at, origin, overrun, issued,
        available, reserved, consumed, expired, transferred, by_hand)
    select n.id, %s, %s, n.key, n.opens, n.expires, n.origin, n.overrun, n.issued, n.available, n.reserved, n.consumed,
        n.expired, n.transferred, n.by_hand
    from unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::boolean[], %s::bigint[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) as n(id, key, opens, expires,
        origin, overrun, issued, available, reserved, consumed, expired, transferred, by_hand)
    on conflict (vendor_id, account_id, key) do update set overrun = l.overrun or excluded.overrun,
        issued = excluded.issued, available = excluded.available, reserved = excluded.reserved,
        consumed = excluded.consumed, expired = excluded.expired, transferred = excluded.transferred,
        by_hand = excluded.by_hand
), kept as (
    insert into ledger_reservationrow (id, vendor_id, account_id, reservation, lot, quantity)
    select r.id, %s, %s, r.reservation, r.lot, r.quantity
    from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[]) as r(id, reservation, lot, quantity)
    on conflict (vendor_id, reservation, account_id, lot) do update set quantity = excluded.quantity
)
update ledger_account set last_seq = %s, last_hash = %s where vendor_id = %s and id = %s
"""


def write(books: Books, moves: ledger.Moves, *, now: datetime) -> tuple[Books, tuple[Written, ...]]:
    """Append moves to a locked account; the account after them, and the postings. Raises core's BrokenLaw."""
    if not moves:
        return books, ()
    if not books.made:
        raise LookupError(f"account {books.name} has no row yet")
    after = ledger.apply(books.state, moves)
    postings = ledger.post(
        moves, account=books.name, seq=books.seq, previous=books.hash, recorded=micros(now)
    )
    written = tuple(Written(id=uuid7(), seq=one.seq, move=one.move, hash=one.hash) for one in postings)
    here = [books.vendor_id, books.id]
    prepared.run(
        _WRITE,
        [
            *here,
            now,
            *_postings(postings, written),
            *here,
            *_lots(moves, after),
            *here,
            *_reservations(moves, after),
            postings[-1].seq,
            postings[-1].hash,
            *here,
        ],
    )
    return replace(books, seq=postings[-1].seq, hash=postings[-1].hash, state=after), written


def checked(cause: ledger.Cause) -> dict[str, str | int]:
    """A cause as it may be kept: ids, words without blanks and whole numbers. Raises ValueError for anything else.

    What people write stands in rows that can be erased; a seal would keep it for ever.
    """
    for name, value in cause.items():
        if isinstance(value, str) and _WORD.fullmatch(value):
            continue
        if isinstance(value, int) and not isinstance(value, bool):
            continue
        raise ValueError(f"a posting's cause holds ids and figures only, not {name}={value!r}")
    return dict(cause)


def _postings(postings: tuple[ledger.Posting, ...], written: tuple[Written, ...]) -> list[list[object]]:
    moves = [one.move for one in postings]
    return [
        [one.id for one in written],
        [one.seq for one in postings],
        [one.kind.value for one in moves],
        [one.source.value for one in moves],
        [one.target.value for one in moves],
        [one.quantity for one in moves],
        [one.lot.key for one in moves],
        [instant(one.lot.opens_at) for one in moves],
        [None if one.lot.expires_at is None else instant(one.lot.expires_at) for one in moves],
        [one.lot.origin for one in moves],
        [None if one.reservation is None else UUID(one.reservation) for one in moves],
        [json.dumps(dict(one.cause)) for one in moves],
        [instant(one.at) for one in moves],
        [one.previous for one in postings],
        [one.hash for one in postings],
    ]


def _lots(moves: ledger.Moves, after: ledger.State) -> list[list[object]]:
    lots = [after.lots[key] for key in dict.fromkeys(one.lot.key for one in moves)]
    overrun = {one.lot.key for one in moves if one.cause.get(ledger.OVERRUN) == 1}
    return [
        [uuid7() for _ in lots],
        [one.lot.key for one in lots],
        [instant(one.lot.opens_at) for one in lots],
        [None if one.lot.expires_at is None else instant(one.lot.expires_at) for one in lots],
        [one.lot.origin for one in lots],
        [one.lot.key in overrun for one in lots],
        [one.issued for one in lots],
        [one.available for one in lots],
        [one.reserved for one in lots],
        [one.consumed for one in lots],
        [one.expired for one in lots],
        [one.transferred for one in lots],
        [one.by_hand for one in lots],
    ]


def _reservations(moves: ledger.Moves, after: ledger.State) -> list[list[object]]:
    touched = list(
        dict.fromkeys(
            (one.reservation, one.lot.key)
            for one in moves
            if one.reservation is not None and ledger.Bucket.RESERVED in (one.source, one.target)
        )
    )
    return [
        [uuid7() for _ in touched],
        [UUID(id_) for id_, _ in touched],
        [key for _, key in touched],
        [
            after.reservations[id_].parts.get(key, 0) if id_ in after.reservations else 0
            for id_, key in touched
        ],
    ]
