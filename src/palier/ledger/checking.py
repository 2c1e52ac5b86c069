"""Checking a statement offline: with the file, a public key and nothing else. Knows neither database nor framework.

A statement is JSON (docs/reference/statement.md). What is checked: every posting's seal and the laws of the books, the
balances that follow, where each account stood at the checkpoint, the checkpoint's signature, who vouched for the key; and,
beside an older statement of the same contract, that nothing written then was changed or left out since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from palier.core import ledger, transparency
from palier.ledger import notes
from palier.programme.problems import Said, said

FORM = "palier-statement/1"


class NoStatement(ValueError):
    """A file that is no statement; `words` says what is wrong with it."""

    def __init__(self, *, en: str, fr: str) -> None:
        self.words = said(en=en, fr=fr)
        super().__init__(en)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking found: its faults; how much was read; until when it is protected (µs, None: not at all), and how many
    postings are younger and rest on the vendor's word alone."""

    faults: tuple[Said, ...]
    accounts: int
    postings: int
    protected_until: int | None
    unprotected: int


def check(text: str, *, public: bytes, earlier: str | None = None) -> Checked:
    """Check a statement with a public key of the vendor (32 bytes), and against an older statement. Raises NoStatement."""
    statement = read(text)
    older = None if earlier is None else read(earlier)
    try:
        accounts: Sequence[Mapping[str, Any]] = statement["accounts"]
        faults = list(_faults(statement, public))
        if older is not None:
            faults += _since(older, statement, public)
        checkpoint = statement["checkpoint"]
        proved = [one["proof"]["seq"] if one["proof"] and checkpoint else 0 for one in accounts]
        return Checked(
            faults=tuple(faults),
            accounts=len(accounts),
            postings=sum(len(one["postings"]) for one in accounts),
            protected_until=None if checkpoint is None else checkpoint["made_at"],
            unprotected=sum(
                max(len(one["postings"]) - seq, 0) for one, seq in zip(accounts, proved, strict=True)
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NoStatement(
            en=f"this statement cannot be read: {type(error).__name__} {error}",
            fr=f"ce relevé ne se lit pas : {type(error).__name__} {error}",
        ) from error


def read(text: str) -> dict[str, Any]:
    """The statement in a file. Raises NoStatement."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise NoStatement(en=f"this is not JSON: {error}", fr=f"ce n’est pas du JSON : {error}") from error
    if not isinstance(found, dict) or found.get("form") != FORM:
        raise NoStatement(
            en=f"this is not a statement: `form` is not {FORM}",
            fr=f"ce n’est pas un relevé : `form` n’est pas {FORM}",
        )
    return found


# --- one statement ----------------------------------------------------------------------------------


def _faults(statement: Mapping[str, Any], public: bytes) -> Iterator[Said]:
    signed = checkpoint_in(statement)
    if signed is not None:
        yield from _checkpoint_faults(statement, signed, public)
    for account in statement["accounts"]:
        yield from _account_faults(statement, account, None if signed is None else signed[0])


def checkpoint_in(statement: Mapping[str, Any]) -> tuple[notes.Checkpoint, bytes] | None:
    """The checkpoint a statement carries, and its signature."""
    found = statement["checkpoint"]
    if found is None:
        return None
    return (
        notes.Checkpoint(
            vendor=found["vendor"],
            number=found["number"],
            day=date.fromisoformat(found["day"]),
            made_at=found["made_at"],
            key=found["key"],
            accounts=found["accounts"],
            root=bytes.fromhex(found["root"]),
            previous=bytes.fromhex(found["previous"]),
        ),
        bytes.fromhex(found["signature"]),
    )


def _checkpoint_faults(
    statement: Mapping[str, Any], signed: tuple[notes.Checkpoint, bytes], public: bytes
) -> Iterator[Said]:
    note, signature = signed
    keys = notes.trusted(_keys(statement), known=[public])
    if note.key not in keys:
        yield said(
            en=f"checkpoint {note.number} is signed by key {note.key}, for which the key you know does not vouch",
            fr=f"le point de contrôle {note.number} est signé par la clé {note.key}, dont la clé que vous connaissez "
            "ne répond pas",
        )
    elif not notes.is_signed(note.text(), signature=signature, public=keys[note.key]):
        yield said(
            en=f"checkpoint {note.number}: the signature is not that of key {note.key} over it",
            fr=f"point de contrôle {note.number} : la signature n’est pas celle de la clé {note.key}",
        )
    if note.vendor != statement["vendor"]["id"]:
        yield said(
            en=f"checkpoint {note.number} belongs to another vendor",
            fr=f"le point de contrôle {note.number} est d’un autre éditeur",
        )


def _keys(statement: Mapping[str, Any]) -> Iterable[notes.PublicKey]:
    for key in statement["keys"]:
        yield notes.PublicKey(
            vendor=statement["vendor"]["id"],
            public=bytes.fromhex(key["public"]),
            made_at=key["made_at"],
            after=key["after"],
            endorsement=bytes.fromhex(key["endorsement"]),
        )


def _account_faults(
    statement: Mapping[str, Any], account: Mapping[str, Any], checkpoint: notes.Checkpoint | None
) -> Iterator[Said]:
    name = account["account"]
    found = ledger.verify(posting(name, one) for one in account["postings"])
    for fault in found.faults:
        yield said(en=f"{name}: {fault.en}", fr=f"{name} : {fault.fr}")
    vendor, organisation, contract, *_ = name.split("/")
    asked = statement["contract"]["id"]
    if (
        vendor != statement["vendor"]["id"]
        or organisation != statement["customer"]["id"]
        or contract not in ("-", asked)
    ):
        yield said(en=f"{name} is not an account of this contract", fr=f"{name} n’est pas de ce contrat")
    if account["head"] != {"seq": found.seq, "hash": found.hash.hex()}:
        yield said(
            en=f"{name}: the head it states is not its last posting",
            fr=f"{name} : la tête annoncée n’est pas sa dernière écriture",
        )
    if account["balance"] != balance(found.state, statement["made_at"]):
        yield said(
            en=f"{name}: the balance it states is not what its postings add up to",
            fr=f"{name} : le solde annoncé n’est pas la somme de ses écritures",
        )
    if account["proof"] is not None and checkpoint is not None:
        yield from _proof_faults(name, account, checkpoint)
    elif checkpoint is not None and _written_by(account, checkpoint.made_at):
        yield said(
            en=f"{name} has postings older than checkpoint {checkpoint.number} and no proof that it is in it",
            fr=f"{name} a des écritures plus vieilles que le point de contrôle {checkpoint.number}, sans preuve "
            "qu’il y figure",
        )


def _written_by(account: Mapping[str, Any], at: int) -> bool:
    return any(one["recorded"] < at for one in account["postings"])


def _proof_faults(name: str, account: Mapping[str, Any], checkpoint: notes.Checkpoint) -> Iterator[Said]:
    proof = account["proof"]
    stood = bytes.fromhex(proof["hash"])
    if _seal(account, proof["seq"]) != stood:
        yield said(
            en=f"{name}: posting {proof['seq']} is not the one that stood there at checkpoint {checkpoint.number}",
            fr=f"{name} : l’écriture {proof['seq']} n’est pas celle du point de contrôle {checkpoint.number}",
        )
    if not transparency.verify_inclusion(
        entry=ledger.head_leaf(account=name, seq=proof["seq"], hash=stood),
        index=proof["index"],
        size=checkpoint.accounts,
        proof=tuple(bytes.fromhex(one) for one in proof["path"]),
        root=checkpoint.root,
    ):
        yield said(
            en=f"{name} did not stand there at checkpoint {checkpoint.number}: its proof does not lead to the root",
            fr=f"{name} n’en était pas là au point de contrôle {checkpoint.number} : la preuve ne mène pas à la racine",
        )


def _seal(account: Mapping[str, Any], seq: int) -> bytes | None:
    """The seal of an account's posting of that number; None where there is none."""
    if not 0 < seq <= len(account["postings"]):
        return ledger.GENESIS if seq == 0 else None
    return bytes.fromhex(account["postings"][seq - 1]["hash"])


def posting(account: str, one: Mapping[str, Any]) -> ledger.Posting:
    """A posting from its form in a statement."""
    key, opens_at, expires_at, origin = one["lot"]
    return ledger.Posting(
        account=account,
        seq=one["seq"],
        move=ledger.Move(
            kind=ledger.Kind(one["kind"]),
            source=ledger.Bucket(one["source"]),
            target=ledger.Bucket(one["target"]),
            quantity=one["quantity"],
            lot=ledger.Lot(key=key, opens_at=opens_at, expires_at=expires_at, origin=origin),
            at=one["at"],
            reservation=one["reservation"],
            cause=one["cause"],
        ),
        recorded=one["recorded"],
        previous=bytes.fromhex(one["previous"]),
        hash=bytes.fromhex(one["hash"]),
    )


def balance(state: ledger.State, at: int) -> dict[str, int]:
    """The balance a statement states: of the grants in force when it was made."""
    found = ledger.balance(state, at)
    return {
        "available": found.available,
        "consumed": found.consumed,
        "granted": found.granted,
        "reserved": found.reserved,
    }


# --- two statements ---------------------------------------------------------------------------------


def _since(older: Mapping[str, Any], newer: Mapping[str, Any], public: bytes) -> Iterator[Said]:
    """What changed of what was written already when the older statement was made."""
    yield from (
        {
            lang: f"({word}) {text}"
            for (lang, text), word in zip(one.items(), ("earlier", "antérieur"), strict=True)
        }
        for one in _faults(older, public)
    )
    later = {one["account"]: one for one in newer["accounts"]}
    for account in older["accounts"]:
        name, head = account["account"], account["head"]
        found = later.get(name)
        if found is None:
            yield said(
                en=f"{name} is missing from the later statement", fr=f"{name} manque au relevé suivant"
            )
            continue
        if _seal(found, head["seq"]) != bytes.fromhex(head["hash"]):
            yield said(
                en=f"{name}: posting {head['seq']} of the earlier statement was changed or left out since",
                fr=f"{name} : l’écriture {head['seq']} du relevé antérieur a été modifiée ou omise depuis",
            )
    yield from _checkpoints_since(checkpoint_in(older), checkpoint_in(newer))


def _checkpoints_since(
    older: tuple[notes.Checkpoint, bytes] | None, newer: tuple[notes.Checkpoint, bytes] | None
) -> Iterator[Said]:
    if older is None:
        return
    same = newer is not None and newer[0].number == older[0].number
    if newer is None or newer[0].number < older[0].number or (same and newer[0] != older[0]):
        yield said(
            en=f"checkpoint {older[0].number} of the earlier statement was replaced or left out since",
            fr=f"le point de contrôle {older[0].number} du relevé antérieur a été remplacé ou omis depuis",
        )
