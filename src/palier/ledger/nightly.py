"""What a night brings to a vendor's ledger."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from palier.ledger import checkpoints, settling
from palier.people import tenancy
from palier.people.models import Vendor


def run(*, vendor_id: UUID, now: datetime) -> None:
    """Grants of the new day and expiry of what is over, then the checkpoint of the vendor's local date.

    Opens transactions of its own. Done twice, or by several workers at once, it writes nothing more.
    """
    settling.settle_all(vendor_id=vendor_id, now=now)
    with tenancy.vendor(vendor_id):
        zone = Vendor.objects.values_list("zone", flat=True).get(id=vendor_id)
        checkpoints.make(vendor_id=vendor_id, day=now.astimezone(ZoneInfo(zone)).date(), now=now)
