"""Postings read from their rows in the chain's order, many at a time: what verifying and statements are made of.

A row becomes the core's value without a stop in between (instants as whole microseconds, ids as text), since verifying
reads every posting there ever was. The rows come through a cursor of the server's: an account of any length fits in memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

from palier.core import ledger

AT_ONCE = 5000
_SINCE_2000 = 946_684_800_000_000
_names = itertools.count(1)
_KINDS = {kind.value: kind for kind in ledger.Kind}
_BUCKETS = {bucket.value: bucket for bucket in ledger.Bucket}

_POSTINGS = """
select account_id, seq, kind, source, target, quantity, lot, lot_opens_at, lot_expires_at, lot_origin, reservation, cause,
    at, recorded_at, previous, hash
from ledger_posting where vendor_id = %s and account_id = any(%s) order by account_id, seq
"""


class _Micros(Loader):
    """An instant as whole microseconds since 1970: what PostgreSQL sends, but for the year it counts from."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        return int.from_bytes(data, "big", signed=True) + _SINCE_2000


class _Id(Loader):
    """An id as the text of a UUID."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        digits = bytes(data).hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def postings(
    vendor_id: UUID, *, account_ids: Collection[UUID], names: Mapping[UUID, str]
) -> Iterator[tuple[UUID, ledger.Posting]]:
    """(account, posting) of these accounts, account by account, each in its order. `names`: their identities."""
    for account_id, group in by_account(vendor_id, account_ids=account_ids, names=names):
        for one in group:
            yield account_id, one


def by_account(
    vendor_id: UUID, *, account_ids: Collection[UUID], names: Mapping[UUID, str]
) -> Iterator[tuple[UUID, Iterator[ledger.Posting]]]:
    """Each account that has postings, with them in their order; read a group before asking for the next."""
    ids = {str(id_): id_ for id_ in account_ids}
    for text, rows in itertools.groupby(_rows(vendor_id, account_ids), key=lambda row: row[0]):
        yield ids[text], _values(names[ids[text]], rows)


def _rows(vendor_id: UUID, account_ids: Collection[UUID]) -> Iterator[tuple[Any, ...]]:
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    # A name of its own: two readers in one transaction must not meet.
    with psycopg.ServerCursor[tuple[Any, ...]](
        wrapper.connection, f"palier_postings_{next(_names)}"
    ) as cursor:
        cursor.adapters.register_loader("timestamptz", _Micros)
        cursor.adapters.register_loader("uuid", _Id)
        cursor.itersize = AT_ONCE
        cursor.execute(_POSTINGS, [vendor_id, list(account_ids)], binary=True)
        yield from cursor


def _values(account: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[ledger.Posting]:
    lots: dict[tuple[Any, ...], ledger.Lot] = {}
    for row in rows:
        _, seq, kind, source, target, quantity, *lot, reservation, cause, at, recorded, previous, hash_ = row
        known = lots.get(tuple(lot))
        if known is None:
            key, opens_at, expires_at, origin = lot
            known = lots[tuple(lot)] = ledger.Lot(
                key=key, opens_at=opens_at, expires_at=expires_at, origin=origin
            )
        yield ledger.Posting(
            account=account,
            seq=seq,
            move=ledger.Move(
                kind=_KINDS[kind],
                source=_BUCKETS[source],
                target=_BUCKETS[target],
                quantity=quantity,
                lot=known,
                at=at,
                reservation=reservation,
                cause=cause,
            ),
            recorded=recorded,
            previous=previous,
            hash=hash_,
        )
