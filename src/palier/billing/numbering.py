"""Numbers without gaps, per vendor, kind and year: `NOR-2026-00042`, `NOR-AV-2026-00003`.

The series' row is locked by taking a number and held to the end of the transaction: what is rolled back gives its number
back, and two who issue at once follow one another. The last lock an action takes (docs/reference/locking.md).
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from uuid_utils.compat import uuid7

ORDER = "order"
_MARKS = {"invoice": "", "credit-note": "CN-", ORDER: "O-"}
"""What stands between the vendor's prefix and the year."""


def take(vendor_id: UUID, *, kind: str, year: int) -> int:
    """The next number of the series, from 1 on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into billing_series as s (id, vendor_id, kind, year, next) values (%s, %s, %s, %s, 2)"
            " on conflict (vendor_id, kind, year) do update set next = s.next + 1 returning s.next - 1",
            [uuid7(), vendor_id, kind, year],
        )
        (number,) = cursor.fetchone()
    return int(number)


def words(prefix: str, *, kind: str, year: int, number: int) -> str:
    """The number as people see it."""
    return f"{prefix}-{_MARKS[kind]}{year}-{number:05d}"
