"""One hash over many records, and a short proof that a record is among them (RFC 9162 §2.1, Merkle trees over SHA-256).

A daily checkpoint signs the root over the heads of all accounts. A customer gets the proof for its own head only, and so
checks it without seeing anybody else's. Rules: docs/reference/ledger.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Proof = tuple[bytes, ...]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a record as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size` (of at least 2)."""
    return 1 << (size - 1).bit_length() - 1


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    middle = _split(len(hashes))
    return _node(_root(hashes[:middle]), _root(hashes[middle:]))


def root(entries: Sequence[bytes]) -> bytes:
    """The hash over all records in their order; of none, the hash of nothing."""
    return _root([leaf_hash(entry) for entry in entries]) if entries else hashlib.sha256().digest()


def inclusion_proof(entries: Sequence[bytes], index: int) -> Proof:
    """The hashes that lead from the record at `index` up to the root. Raises `IndexError`."""
    if not 0 <= index < len(entries):
        raise IndexError(f"record {index} of {len(entries)}")
    return _path([leaf_hash(entry) for entry in entries], index)


def _path(hashes: Sequence[bytes], index: int) -> Proof:
    if len(hashes) == 1:
        return ()
    middle = _split(len(hashes))
    if index < middle:
        return (*_path(hashes[:middle], index), _root(hashes[middle:]))
    return (*_path(hashes[middle:], index - middle), _root(hashes[:middle]))


def verify_inclusion(*, entry: bytes, index: int, size: int, proof: Proof, root: bytes) -> bool:
    """Whether a record stands at `index` of the `size` records under a root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root
