"""What every tenant-owned row has: an id made by the application and the vendor it belongs to.

Relations between tenant rows are declared without a database constraint of Django's own (`db_constraint=False`): the
migrations add composite foreign keys (vendor_id, x_id) instead, so that a row can never point into another vendor's
data (docs/explanation/tenancy.md).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from uuid_utils.compat import uuid7


class TenantRow(models.Model):
    """A row owned by one vendor. Its id is a UUIDv7: sortable by creation, which it thereby tells."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class LeanRow(TenantRow):
    """A row that is only read through indexes of its own, each of which begins with the vendor: neither the vendor nor its
    relations have an index to themselves, which every row written would pay for."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        abstract = True


def related_row(
    target: Any, *, null: bool = False, name: str = "+", on_delete: Any = models.PROTECT
) -> models.ForeignKey[Any, Any]:
    """A relation of such a row, within one vendor: its constraint is the migration's (`tenancy.TenantForeignKey`)."""
    return models.ForeignKey(
        target, null=null, on_delete=on_delete, db_constraint=False, db_index=False, related_name=name
    )
