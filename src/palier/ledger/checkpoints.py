"""Daily checkpoints: the root over where every account of a vendor stood, signed, each naming the one before it.

Who holds a checkpoint (with every statement) can show later that an account was rewritten. What is younger than the last
one is protected by nothing but the database's own refusals. Reference: docs/reference/checkpoints.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.core import ledger, transparency
from palier.ledger import keys, notes
from palier.ledger.accounts import identity
from palier.ledger.instants import micros
from palier.ledger.models import Checkpoint, Head
from palier.people import prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where an account's chain stands: its identity, the number of its last posting (0: none) and that one's seal."""

    account_id: UUID
    account: str
    seq: int
    hash: bytes

    def leaf(self) -> bytes:
        """The record the tree is made of."""
        return ledger.head_leaf(account=self.account, seq=self.seq, hash=self.hash)


_HEADS = """
select id, organisation_id, contract_id, allowance, unit, last_seq, last_hash from ledger_account where vendor_id = %s
"""
_HEADS_AT = """
select distinct on (a.id) a.id, a.organisation_id, a.contract_id, a.allowance, a.unit, h.seq, h.hash
from ledger_head h join ledger_account a on a.vendor_id = h.vendor_id and a.id = h.account_id
where h.vendor_id = %s and h.number <= %s order by a.id, h.number desc
"""


def make(*, vendor_id: UUID, day: date, now: datetime) -> Checkpoint | None:
    """Sign where every account stands, as the checkpoint of a day; None if that day has one already.

    The key's row is locked first: of several workers one makes it.
    """
    key = keys.in_use(vendor_id=vendor_id, now=now)
    last = Checkpoint.objects.filter(vendor_id=vendor_id).order_by("-number").first()
    if last is not None and last.day >= day:
        return None
    before = {} if last is None else {one.account_id: one for one in at(vendor_id, last.number)}
    stands = in_order(_stands(vendor_id, prepared.rows(_HEADS, [vendor_id])))
    note = notes.Checkpoint(
        vendor=str(vendor_id),
        number=1 if last is None else last.number + 1,
        day=day,
        made_at=micros(now),
        key=key.name,
        accounts=len(stands),
        root=transparency.root([one.leaf() for one in stands]),
        previous=notes.FIRST if last is None else note_of(last).hash(),
    )
    Head.objects.bulk_create(
        Head(
            id=uuid7(),
            vendor_id=vendor_id,
            account_id=one.account_id,
            number=note.number,
            seq=one.seq,
            hash=one.hash,
        )
        for one in stands
        if before.get(one.account_id) != one
    )
    return Checkpoint.objects.create(
        vendor_id=vendor_id,
        number=note.number,
        day=day,
        made_at=now,
        key=note.key,
        accounts=note.accounts,
        root=note.root,
        previous=note.previous,
        signature=keys.sign(key, note.text()),
    )


def note_of(row: Checkpoint) -> notes.Checkpoint:
    """A checkpoint's row as what was signed."""
    return notes.Checkpoint(
        vendor=str(row.vendor_id),
        number=row.number,
        day=row.day,
        made_at=micros(row.made_at),
        key=row.key,
        accounts=row.accounts,
        root=bytes(row.root),
        previous=bytes(row.previous),
    )


def latest(*, vendor_id: UUID) -> Checkpoint | None:
    """The vendor's last checkpoint."""
    return Checkpoint.objects.filter(vendor_id=vendor_id).order_by("-number").first()


def at(vendor_id: UUID, number: int) -> list[Stand]:
    """Where every account stood at a checkpoint, in the tree's order."""
    return in_order(_stands(vendor_id, prepared.rows(_HEADS_AT, [vendor_id, number])))


def in_order(stands: Iterable[Stand]) -> list[Stand]:
    """The order of the tree's leaves: by identity."""
    return sorted(stands, key=lambda one: one.account)


def _stands(vendor_id: UUID, rows: Sequence[tuple[Any, ...]]) -> Iterable[Stand]:
    for id_, organisation_id, contract_id, allowance, unit, seq, hash_ in rows:
        yield Stand(
            account_id=id_,
            account=identity(
                vendor_id=vendor_id,
                organisation_id=organisation_id,
                contract_id=contract_id,
                allowance=allowance,
                unit=unit,
            ),
            seq=seq,
            hash=bytes(hash_),
        )
