"""Postings read from their rows in the chain's order, many at a time: what verifying and statements are made of.

A row becomes the core's value without a stop in between (instants as whole microseconds, ids as text), since verifying
reads every posting there ever was. The rows come through a cursor of the server's: an account of any length fits in memory.
"""

from __future__ import annotations

import itertools
import json
import operator
import struct
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from palier.core import ledger

AT_ONCE = 5000
_SINCE_2000 = 946_684_800_000_000
_FOREVER = (1 << 63) - 1
_names = itertools.count(1)
_KINDS = {kind.value: kind for kind in ledger.Kind}
_BUCKETS = {bucket.value: bucket for bucket in ledger.Bucket}
_instants = struct.Struct(">4q").unpack
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # what loads() comes down to, without its questions

# The server sends instants as it keeps them (µs since 2000) and ids as text: making values of both here would cost more
# than the seal. What never ends is its `infinity`.
_POSTINGS = """
select account_id::text, seq, kind, source, target, quantity, lot, lot_origin, reservation::text, cause::text,
    timestamptz_send(lot_opens_at) || timestamptz_send(coalesce(lot_expires_at, 'infinity')) || timestamptz_send(at)
        || timestamptz_send(recorded_at),
    previous, hash
from ledger_posting where vendor_id = %s and account_id = any(%s) order by account_id, seq
"""


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
    for text, rows in itertools.groupby(_rows(vendor_id, account_ids), key=operator.itemgetter(0)):
        yield ids[text], _values(names[ids[text]], rows)


def _rows(vendor_id: UUID, account_ids: Collection[UUID]) -> Iterator[tuple[Any, ...]]:
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    # A name of its own: two readers in one transaction must not meet.
    with psycopg.ServerCursor[tuple[Any, ...]](
        wrapper.connection, f"palier_postings_{next(_names)}"
    ) as cursor:
        cursor.execute(_POSTINGS, [vendor_id, list(account_ids)], binary=True)
        # Many at a time, since the cursor's own loop asks its questions once a row; and the next ones while these are read:
        # the server would rest meanwhile, and we while it works.
        with ThreadPoolExecutor(max_workers=1) as ahead:
            coming = ahead.submit(cursor.fetchmany, AT_ONCE)
            while found := coming.result():
                coming = ahead.submit(cursor.fetchmany, AT_ONCE)
                yield from found


def _values(account: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[ledger.Posting]:
    lots: dict[tuple[str, int, int, str], ledger.Lot] = {}
    for (
        _,
        seq,
        kind,
        source,
        target,
        quantity,
        key,
        origin,
        reservation,
        cause,
        times,
        previous,
        hash_,
    ) in rows:
        opens_at, expires_at, at, recorded = _instants(times)
        lot = lots.get((key, opens_at, expires_at, origin))
        if lot is None:
            lot = lots[key, opens_at, expires_at, origin] = ledger.Lot(
                key=key,
                opens_at=opens_at + _SINCE_2000,
                expires_at=None if expires_at == _FOREVER else expires_at + _SINCE_2000,
                origin=origin,
            )
        yield ledger.Posting(
            account=account,
            seq=seq,
            move=ledger.Move(
                kind=_KINDS[kind],
                source=_BUCKETS[source],
                target=_BUCKETS[target],
                quantity=quantity,
                lot=lot,
                at=at + _SINCE_2000,
                reservation=reservation,
                cause=_scan(cause, 0)[0],
            ),
            recorded=recorded + _SINCE_2000,
            previous=previous,
            hash=hash_,
        )
