"""Roots and inclusion proofs, against the published values and by law."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.core import transparency

# The records and roots that implementations of Certificate Transparency test themselves with.
RECORDS = [
    bytes.fromhex(one)
    for one in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize(("size", "expected"), list(enumerate(ROOTS)))
def test_roots_are_the_published_ones(size: int, expected: str) -> None:
    assert transparency.root(RECORDS[:size]).hex() == expected


entries = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


@given(records=entries, data=st.data())
def test_every_record_is_proved_and_nothing_else_is(records: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(records) - 1))
    top, proof = transparency.root(records), transparency.inclusion_proof(records, index)

    def proved(entry: bytes = records[index], at: int = index, size: int = len(records)) -> bool:
        return transparency.verify_inclusion(entry=entry, index=at, size=size, proof=proof, root=top)

    assert proved()
    assert not proved(entry=records[index] + b"!")
    if len(records) > 1:
        assert (
            not proved(at=(index + 1) % len(records)) or records[index] == records[(index + 1) % len(records)]
        )
    longer = (*proof, top)
    assert not transparency.verify_inclusion(
        entry=records[index], index=index, size=len(records), proof=longer, root=top
    )
    if proof:
        assert not transparency.verify_inclusion(
            entry=records[index], index=index, size=len(records), proof=proof[:-1], root=top
        )
        changed = (bytes(32), *proof[1:])
        assert not transparency.verify_inclusion(
            entry=records[index], index=index, size=len(records), proof=changed, root=top
        )


@pytest.mark.parametrize("index", [-1, 3])
def test_a_place_outside_has_no_proof(index: int) -> None:
    records = RECORDS[:3]
    with pytest.raises(IndexError, match="of 3"):
        transparency.inclusion_proof(records, index)
    assert not transparency.verify_inclusion(
        entry=records[0], index=index, size=3, proof=(), root=transparency.root(records)
    )
