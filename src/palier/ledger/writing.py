"""Writing moves down: postings, the lots and reservations they change, and the account's new head, in one statement."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb
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


AT_ONCE = 64
"""Postings in one statement: each number of rows is a statement of its own, prepared once a connection."""


def _places(columns: int, rows: int) -> str:
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)


@functools.lru_cache(maxsize=256)
def _insert_postings(rows: int) -> str:
    return (
        "insert into ledger_posting (id, vendor_id, account_id, seq, kind, source, target, quantity, lot, lot_opens_at,"  # noqa: S608
        " lot_expires_at, lot_origin, reservation, cause, at, recorded_at, previous, hash) values "
        + _places(18, rows)
    )


@functools.lru_cache(maxsize=256)
def _write(postings: int, lots: int, reservations: int) -> str:
    """All that one act writes, in one round trip: the locks are held for as short as can be."""
    kept = (
        ", kept as (insert into ledger_reservationrow (id, vendor_id, account_id, reservation, lot, quantity) values "  # noqa: S608
        + _places(6, reservations)
        + " on conflict (vendor_id, reservation, account_id, lot) do update set quantity = excluded.quantity)"
        if reservations
        else ""
    )
    return (
        f"with posted as ({_insert_postings(postings)}), lots as (insert into ledger_lotrow as l (id, vendor_id,"  # noqa: S608
        " account_id, key, opens_at, expires_at, origin, overrun, issued, available, reserved, consumed, expired,"
        f" transferred, by_hand) values {_places(15, lots)} on conflict (vendor_id, account_id, key) do update set"
        " overrun = l.overrun or excluded.overrun, issued = excluded.issued, available = excluded.available,"
        " reserved = excluded.reserved, consumed = excluded.consumed, expired = excluded.expired,"
        f" transferred = excluded.transferred, by_hand = excluded.by_hand){kept}"
        " update ledger_account set last_seq = %s, last_hash = %s where vendor_id = %s and id = %s"
    )


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
    here = (books.vendor_id, books.id)
    lines = [_posting(here, one, row.id, now) for one, row in zip(postings, written, strict=True)]
    while len(lines) > AT_ONCE:
        prepared.run(_insert_postings(AT_ONCE), list(itertools.chain.from_iterable(lines[:AT_ONCE])))
        del lines[:AT_ONCE]
    lots = _lots(here, moves, after)
    kept = _reservations(here, moves, after)
    prepared.run(
        _write(len(lines), len(lots), len(kept)),
        [
            *itertools.chain.from_iterable((*lines, *lots, *kept)),
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


def _posting(here: tuple[UUID, UUID], one: ledger.Posting, id_: UUID, now: datetime) -> tuple[object, ...]:
    move = one.move
    return (
        id_,
        *here,
        one.seq,
        move.kind.value,
        move.source.value,
        move.target.value,
        move.quantity,
        move.lot.key,
        instant(move.lot.opens_at),
        None if move.lot.expires_at is None else instant(move.lot.expires_at),
        move.lot.origin,
        None if move.reservation is None else UUID(move.reservation),
        Jsonb(dict(move.cause)),
        instant(move.at),
        now,
        one.previous,
        one.hash,
    )


def _lots(here: tuple[UUID, UUID], moves: ledger.Moves, after: ledger.State) -> list[tuple[object, ...]]:
    overrun = {one.lot.key for one in moves if one.cause.get(ledger.OVERRUN) == 1}
    return [
        (
            uuid7(),
            *here,
            one.lot.key,
            instant(one.lot.opens_at),
            None if one.lot.expires_at is None else instant(one.lot.expires_at),
            one.lot.origin,
            one.lot.key in overrun,
            one.issued,
            one.available,
            one.reserved,
            one.consumed,
            one.expired,
            one.transferred,
            one.by_hand,
        )
        for one in (after.lots[key] for key in dict.fromkeys(one.lot.key for one in moves))
    ]


def _reservations(
    here: tuple[UUID, UUID], moves: ledger.Moves, after: ledger.State
) -> list[tuple[object, ...]]:
    touched = dict.fromkeys(
        (one.reservation, one.lot.key)
        for one in moves
        if one.reservation is not None and ledger.Bucket.RESERVED in (one.source, one.target)
    )
    return [
        (
            uuid7(),
            *here,
            UUID(id_),
            key,
            after.reservations[id_].parts.get(key, 0) if id_ in after.reservations else 0,
        )
        for id_, key in touched
    ]
