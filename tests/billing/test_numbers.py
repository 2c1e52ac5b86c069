"""Numbers without gaps, however many processes issue at once and however many are rolled back."""

from __future__ import annotations

from typing import Any

import pytest
from tests import racing

from palier.billing import numbering
from palier.people import tenancy
from palier.people.models import Vendor

_TAKER = """
import sys, uuid
from palier.billing import numbering
from palier.people import tenancy
vendor = uuid.UUID(sys.argv[1])
ready()
class Undone(Exception): pass
for turn in range(20):
    try:
        with tenancy.vendor(vendor):
            number = numbering.take(vendor, kind="invoice", year=2026)
            if (turn + int(sys.argv[2])) % 3 == 0:
                raise Undone
    except Undone:
        continue
    print(number, flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_no_gap_and_no_number_twice_between_processes(vendor: Vendor) -> None:
    each = [[str(vendor.id), str(number)] for number in range(4)]
    taken = [int(line) for line in racing.together(_TAKER, each)]
    assert len(taken) > 50
    assert sorted(taken) == list(range(1, len(taken) + 1))


@pytest.mark.django_db
def test_each_kind_and_year_has_its_own(vendor: Vendor, within: Any) -> None:
    def take(kind: str, year: int) -> int:
        return numbering.take(vendor.id, kind=kind, year=year)

    assert [take("invoice", 2026), take("invoice", 2026), take("credit-note", 2026), take("invoice", 2027)] == [
        1, 2, 1, 1,
    ]  # fmt: skip
    assert numbering.words("ACM", kind="credit-note", year=2026, number=3) == "ACM-CN-2026-00003"
    assert tenancy.current() == vendor.id
