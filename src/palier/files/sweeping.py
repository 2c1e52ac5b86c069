"""What nobody sent in a day goes, bytes and row; what waits for the scanner too long is handed to it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from palier.files import store
from palier.files.models import File, State
from palier.people import tenancy
from palier.people.models import Vendor

ASKED_AGAIN_AFTER = timedelta(minutes=30)
AT_ONCE = 100
Ask = Callable[[UUID, UUID], None]
"""Takes (vendor_id, file_id): hands the file to the scanner again."""


def sweep(*, now: datetime, ask_again: Ask) -> int:
    """Remove the expired uploads of all vendors, each in its own transaction; how many."""
    removed = 0
    for vendor_id in Vendor.objects.values_list("id", flat=True):
        while (found := _some(vendor_id, now)) > 0:
            removed += found
        with tenancy.vendor(vendor_id):
            for file_id in _late(vendor_id, now):
                ask_again(vendor_id, file_id)
    return removed


def _some(vendor_id: UUID, now: datetime) -> int:
    with tenancy.vendor(vendor_id):
        # In the order of their contents: two workers that sweep lock them in the same order.
        rows = list(
            File.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(vendor_id=vendor_id, expires_at__lte=now)
            .order_by("sha256", "id")[:AT_ONCE]
        )
        for row in rows:
            abandon(row)
        return len(rows)


def _late(vendor_id: UUID, now: datetime) -> list[UUID]:
    """Those for which the scanner was away longer than their jobs are tried again."""
    return list(
        File.objects.filter(
            vendor_id=vendor_id, state=State.SCANNING, created_at__lt=now - ASKED_AGAIN_AFTER
        ).values_list("id", flat=True)
    )


def abandon(row: File) -> None:
    """Forget an upload that is attached to nothing. Its bytes go before its row, so that a crash leaves no bytes alone."""
    if row.expires_at is None:
        raise ValueError(f"file {row.id} is attached")
    store.remove_parts(row)
    if row.sha256:
        store.lock(row.vendor_id, row.sha256)
        same = File.objects.filter(vendor_id=row.vendor_id, sha256=row.sha256).exclude(id=row.id)
        if not same.exists():
            store.remove(
                [
                    store.name_of(row.vendor_id, row.sha256, one)
                    for one in (store.THUMBNAIL, store.PICTURE, "")
                ]
            )
    row.delete()
