"""Recomputing a vendor's ledger from its postings, and comparing with everything that speaks of it.

Every seal and every law; the stored head, lots and reservations of each account; where each account stood at every
checkpoint, their chain, roots, signatures and keys. What is younger than the last checkpoint is counted and said to be
unprotected. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from palier.core import ledger, transparency
from palier.ledger import accounts, checkpoints, keys, notes, rows
from palier.ledger.accounts import identity
from palier.ledger.models import Checkpoint
from palier.people import prepared, tenancy
from palier.programme.problems import Said, said

AT_ONCE = 500
"""Accounts whose stored figures are read together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that does not hold. `kind`: number, link, seal, law (of a posting); head, lots, reservations (what is
    stored beside them); checkpoint, key, root, signature, cut, rewritten (what was signed)."""

    subject: str
    kind: str
    words: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What was read, what does not hold, and what no checkpoint protects yet."""

    faults: tuple[Fault, ...]
    accounts: int
    postings: int
    checkpoints: int
    unprotected: int
    protected_until: datetime | None


def verify(*, vendor_id: UUID, known: Sequence[bytes] = ()) -> Faults:
    """Check a vendor's ledger. Opens a transaction of its own, in which nothing moves.

    `known`: public keys kept elsewhere; without any the vendor's first key is believed.
    """
    with _still(vendor_id):
        return _verify(vendor_id, known)


@contextmanager
def _still(vendor_id: UUID) -> Iterator[None]:
    """One transaction of the vendor that sees one state of the database, however long it reads."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    alone = not wrapper.in_atomic_block
    if alone:
        wrapper.connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with tenancy.vendor(vendor_id):
            yield
    finally:
        if alone:
            wrapper.connection.isolation_level = None


_ACCOUNTS = """
select id, organisation_id, contract_id, allowance, unit, last_seq, last_hash from ledger_account
where vendor_id = %s order by id
"""


def _verify(vendor_id: UUID, known: Sequence[bytes]) -> Faults:
    signed = list(Checkpoint.objects.filter(vendor_id=vendor_id).order_by("number"))
    faults = list(_checkpoint_faults(vendor_id, signed, known))
    stood = _stood(vendor_id)
    found = prepared.rows(_ACCOUNTS, [vendor_id])
    postings = unprotected = 0
    for start in range(0, len(found), AT_ONCE):
        for account in _read(vendor_id, found[start : start + AT_ONCE], stood):
            faults += account.faults
            postings += account.postings
            unprotected += account.unprotected
    return Faults(
        faults=tuple(faults),
        accounts=len(found),
        postings=postings,
        checkpoints=len(signed),
        unprotected=unprotected,
        protected_until=signed[-1].made_at if signed else None,
    )


# --- accounts ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    faults: tuple[Fault, ...]
    postings: int
    unprotected: int


_LOTS = """
select account_id, key, opens_at, expires_at, origin, available, reserved, consumed, expired, transferred, issued, by_hand
from ledger_lotrow where vendor_id = %s and account_id = any(%s)
"""
_RESERVATIONS = """
select account_id, reservation, lot, quantity from ledger_reservationrow
where vendor_id = %s and account_id = any(%s) and quantity > 0
"""
_HEADS = "select account_id, seq, hash, number from ledger_head where vendor_id = %s order by account_id, seq, number"

_Stood = dict[UUID, dict[int, list[tuple[bytes, int]]]]


def _stood(vendor_id: UUID) -> _Stood:
    """By account, the seals that checkpoints saw, by number of posting, each with the checkpoint's number."""
    found: _Stood = {}
    for account_id, seq, hash_, number in prepared.rows(_HEADS, [vendor_id]):
        found.setdefault(account_id, {}).setdefault(seq, []).append((bytes(hash_), number))
    return found


def _read(vendor_id: UUID, found: Sequence[tuple[Any, ...]], stood: _Stood) -> Iterator[_Account]:
    ids = [row[0] for row in found]
    names = {
        row[0]: identity(
            vendor_id=vendor_id,
            organisation_id=row[1],
            contract_id=row[2],
            allowance=row[3],
            unit=row[4],
        )
        for row in found
    }
    heads = {row[0]: (row[5], bytes(row[6])) for row in found}
    lots: dict[UUID, dict[str, ledger.LotState]] = {id_: {} for id_ in ids}
    for account_id, *lot in prepared.rows(_LOTS, [vendor_id, ids]):
        lots[account_id][lot[0]] = accounts.lot_state(lot)
    kept: dict[UUID, dict[str, dict[str, int]]] = {id_: {} for id_ in ids}
    for account_id, reservation, key, quantity in prepared.rows(_RESERVATIONS, [vendor_id, ids]):
        kept[account_id].setdefault(str(reservation), {})[key] = quantity
    unread = set(ids)
    for account_id, postings in rows.by_account(vendor_id, account_ids=ids, names=names):
        unread.discard(account_id)
        yield _account(
            names[account_id],
            postings,
            head=heads[account_id],
            lots=lots[account_id],
            kept=kept[account_id],
            stood=stood.get(account_id, {}),
        )
    for account_id in sorted(unread):
        yield _account(
            names[account_id],
            iter(()),
            head=heads[account_id],
            lots=lots[account_id],
            kept=kept[account_id],
            stood=stood.get(account_id, {}),
        )


def _account(
    name: str,
    postings: Iterable[ledger.Posting],
    *,
    head: tuple[int, bytes],
    lots: dict[str, ledger.LotState],
    kept: dict[str, dict[str, int]],
    stood: dict[int, list[tuple[bytes, int]]],
) -> _Account:
    seen: dict[int, bytes] = {0: ledger.GENESIS}
    count = 0

    def watched() -> Iterator[ledger.Posting]:
        nonlocal count
        for one in postings:
            count += 1
            if one.seq in stood:
                seen[one.seq] = one.hash
            yield one

    read = ledger.verify(watched())
    faults = [Fault(subject=name, kind=one.kind, words=said(en=one.en, fr=one.fr)) for one in read.faults]
    faults += _stood_faults(name, stood, seen)
    faults += _stored_faults(name, read, head, lots, kept)
    last = max(stood, default=0)
    return _Account(faults=tuple(faults), postings=count, unprotected=max(read.seq - last, 0))


def _stood_faults(
    name: str, stood: dict[int, list[tuple[bytes, int]]], seen: dict[int, bytes]
) -> Iterator[Fault]:
    """What a checkpoint saw at the end of the chain must still stand there."""
    for seq, marks in stood.items():
        for hash_, number in marks:
            if seq not in seen:
                yield Fault(
                    subject=name,
                    kind="cut",
                    words=said(
                        en=f"checkpoint {number} saw posting {seq}, which is gone: the end of the chain was cut off",
                        fr=f"le point de contrôle {number} a vu l’écriture {seq}, disparue : la fin de la chaîne a été coupée",
                    ),
                )
            elif seen[seq] != hash_:
                yield Fault(
                    subject=name,
                    kind="rewritten",
                    words=said(
                        en=f"checkpoint {number} saw another posting {seq}: the chain was computed anew since",
                        fr=f"le point de contrôle {number} a vu une autre écriture {seq} : la chaîne a été recalculée depuis",
                    ),
                )


def _stored_faults(
    name: str,
    read: ledger.Verified,
    head: tuple[int, bytes],
    lots: dict[str, ledger.LotState],
    kept: dict[str, dict[str, int]],
) -> Iterator[Fault]:
    if head != (read.seq, read.hash):
        yield Fault(
            subject=name,
            kind="head",
            words=said(
                en=f"the account says that its last posting is {head[0]}; the last one there is {read.seq}, or its seal differs",
                fr=f"le compte dit que sa dernière écriture est la {head[0]} ; la dernière qu’on y trouve est la {read.seq}, "
                "ou son sceau diffère",
            ),
        )
    for key in sorted(lots.keys() | read.state.lots.keys()):
        if lots.get(key) != read.state.lots.get(key):
            yield Fault(
                subject=name,
                kind="lots",
                words=said(
                    en=f"lot {key}: what is stored is not what the postings add up to",
                    fr=f"lot {key} : ce qui est noté n’est pas la somme des écritures",
                ),
            )
    computed = {id_: dict(one.parts) for id_, one in read.state.reservations.items()}
    for id_ in sorted(kept.keys() | computed.keys()):
        if kept.get(id_) != computed.get(id_):
            yield Fault(
                subject=name,
                kind="reservations",
                words=said(
                    en=f"reservation {id_}: what is stored is not what the postings add up to",
                    fr=f"réservation {id_} : ce qui est noté n’est pas la somme des écritures",
                ),
            )


# --- checkpoints ------------------------------------------------------------------------------------


def _checkpoint_faults(
    vendor_id: UUID, signed: Sequence[Checkpoint], known: Sequence[bytes]
) -> Iterator[Fault]:
    public = keys.public_keys(vendor_id=vendor_id)
    trusted = notes.trusted(public, known=list(known) or [key.public for key in public[:1]])
    for key in public:
        if key.name not in trusted:
            yield _fault(
                f"key {key.name}",
                "key",
                en="no key that is believed vouches for this one",
                fr="aucune clé à laquelle on se fie ne répond de celle-ci",
            )
    previous = notes.FIRST
    for place, row in enumerate(signed, start=1):
        note = checkpoints.note_of(row)
        name = f"checkpoint {row.number}"
        if note.number != place or note.previous != previous:
            yield _fault(
                name,
                "checkpoint",
                en="it does not follow the checkpoint before it: one is missing or was replaced",
                fr="il ne suit pas le point de contrôle précédent : il en manque un, ou il a été remplacé",
            )
        if note.key not in trusted or not notes.is_signed(
            note.text(), signature=bytes(row.signature), public=trusted[note.key]
        ):
            yield _fault(
                name,
                "signature",
                en=f"its signature is not that of a key that is believed ({note.key})",
                fr=f"sa signature n’est pas celle d’une clé à laquelle on se fie ({note.key})",
            )
        previous = note.hash()
    yield from _root_faults(vendor_id, signed)


def _root_faults(vendor_id: UUID, signed: Sequence[Checkpoint]) -> Iterator[Fault]:
    """Whether the heads that are kept lead to the roots that were signed."""
    names = {row[0]: row for row in prepared.rows(_ACCOUNTS, [vendor_id])}
    moved: dict[int, list[checkpoints.Stand]] = {}
    for account_id, seq, hash_, number in prepared.rows(_HEADS, [vendor_id]):
        account = names[account_id]
        stand = checkpoints.Stand(
            account_id=account_id,
            account=identity(
                vendor_id=vendor_id,
                organisation_id=account[1],
                contract_id=account[2],
                allowance=account[3],
                unit=account[4],
            ),
            seq=seq,
            hash=bytes(hash_),
        )
        moved.setdefault(number, []).append(stand)
    stands: dict[UUID, checkpoints.Stand] = {}
    root = transparency.root([])
    numbers = sorted(moved, reverse=True)
    for row in signed:
        while numbers and numbers[-1] <= row.number:
            stands |= {one.account_id: one for one in moved[numbers.pop()]}
            root = transparency.root([one.leaf() for one in checkpoints.in_order(stands.values())])
        if (len(stands), root) != (row.accounts, bytes(row.root)):
            yield _fault(
                f"checkpoint {row.number}",
                "root",
                en="where the accounts are said to have stood does not lead to the root that was signed",
                fr="là où les comptes sont dits en avoir été ne mène pas à la racine signée",
            )


def _fault(subject: str, kind: str, *, en: str, fr: str) -> Fault:
    return Fault(subject=subject, kind=kind, words=said(en=en, fr=fr))
