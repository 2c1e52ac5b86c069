"""Postings in a row, each sealed with the hash of the one before: a rewritten row shows, and so does a missing one.

The digest of a posting is the SHA-256 of its canonical JSON: keys sorted, no blanks, ASCII. A chain alone does not show
that it was computed anew from some row on, or cut at its end: signed checkpoints over the heads do.
Rules and an example to compute by hand: docs/reference/ledger.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from palier.core.ledger_state import EMPTY, Books, BrokenLaw, Cause, Move, State

GENESIS = bytes(32)
"""What stands for the hash before the first posting of an account."""

_quoted = json.encoder.encode_basestring_ascii


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A move as it was written into an account: its number (from 1), when, and the seal over it and all before."""

    account: str
    seq: int
    move: Move
    recorded: int
    previous: bytes
    hash: bytes


def digest(*, previous: bytes, account: str, seq: int, move: Move, recorded: int) -> bytes:
    """The seal of a posting."""
    lot, name = move.lot, move.reservation
    ends = "null" if lot.expires_at is None else lot.expires_at
    # Written out rather than encoded: it is what verifying costs most, and a test holds it against the encoder.
    line = (
        f'{{"account":{_quoted(account)},"at":{move.at},"cause":{_cause(move.cause)},"kind":"{move.kind}",'
        f'"lot":[{_quoted(lot.key)},{lot.opens_at},{ends},{_quoted(lot.origin)}],'
        f'"previous":"{previous.hex()}","quantity":{move.quantity},"recorded":{recorded},'
        f'"reservation":{"null" if name is None else _quoted(name)},"seq":{seq},'
        f'"source":"{move.source}","target":"{move.target}"}}'
    )
    return hashlib.sha256(line.encode("ascii")).digest()


def _cause(cause: Cause) -> str:
    parts = [f"{_quoted(k)}:{_quoted(v) if isinstance(v, str) else int(v)}" for k, v in sorted(cause.items())]
    return f"{{{','.join(parts)}}}"


def post(
    moves: Iterable[Move], *, account: str, seq: int, previous: bytes, recorded: int
) -> tuple[Posting, ...]:
    """Moves as the next postings of an account whose last one is number `seq` (0: none) with the hash `previous`."""
    found: list[Posting] = []
    for number, move in enumerate(moves, start=seq + 1):
        seal = digest(previous=previous, account=account, seq=number, move=move, recorded=recorded)
        found.append(
            Posting(account=account, seq=number, move=move, recorded=recorded, previous=previous, hash=seal)
        )
        previous = seal
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a posting, in words. `seq` is its number as found."""

    account: str
    seq: int
    kind: str
    """`number`, `link`, `seal` or `law`."""
    en: str
    fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What reading a chain found: its faults, its head, and the state its lawful moves add up to."""

    faults: tuple[Fault, ...]
    seq: int
    hash: bytes
    state: State


def verify(postings: Iterable[Posting]) -> Verified:
    """Read an account's postings in their order and compare: numbers, links, seals, and the laws of the books."""
    faults: list[Fault] = []
    seq, previous, books = 0, GENESIS, Books(EMPTY)
    for posting in postings:
        sealed = digest(
            previous=posting.previous,
            account=posting.account,
            seq=posting.seq,
            move=posting.move,
            recorded=posting.recorded,
        )
        if posting.seq != seq + 1 or posting.previous != previous or posting.hash != sealed:
            faults += _faults(posting, seq=seq, previous=previous, sealed=sealed)
        try:
            books.enter(posting.move)
        except BrokenLaw as err:
            faults.append(Fault(account=posting.account, seq=posting.seq, kind="law", en=err.en, fr=err.fr))
        seq, previous = posting.seq, posting.hash
    return Verified(faults=tuple(faults), seq=seq, hash=previous, state=books.state())


def verify_chain(postings: Iterable[Posting]) -> list[Fault]:
    """What is wrong with an account's postings, in their order; nothing if all is well."""
    return list(verify(postings).faults)


def _faults(posting: Posting, *, seq: int, previous: bytes, sealed: bytes) -> Iterable[Fault]:
    def fault(kind: str, en: str, fr: str) -> Fault:
        return Fault(account=posting.account, seq=posting.seq, kind=kind, en=en, fr=fr)

    if posting.seq != seq + 1:
        yield fault(
            "number",
            f"posting {posting.seq} follows posting {seq}: one is missing, repeated or out of place",
            f"l’écriture {posting.seq} suit l’écriture {seq} : il en manque une, ou elle est répétée ou déplacée",
        )
    if posting.previous != previous:
        yield fault(
            "link",
            f"posting {posting.seq} was sealed after another posting than the one before it",
            f"l’écriture {posting.seq} a été scellée à la suite d’une autre que celle qui la précède",
        )
    if posting.hash != sealed:
        yield fault(
            "seal",
            f"posting {posting.seq} is not what was sealed: it was changed afterwards",
            f"l’écriture {posting.seq} n’est pas celle qui a été scellée : elle a été modifiée ensuite",
        )


def head_leaf(*, account: str, seq: int, hash: bytes) -> bytes:
    """The head of an account as a leaf of a checkpoint's tree: `account NUL seq NUL hash` (docs/reference/ledger.md)."""
    return b"\x00".join((account.encode("ascii"), str(seq).encode("ascii"), hash))
