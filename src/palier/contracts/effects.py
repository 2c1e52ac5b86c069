"""Changes that were agreed for a later date and take effect now: rows are brought up to date, and who listens is told.

Decisions never wait for this: they are taken on what is in force at their own instant. It is for what looks at rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from palier.contracts import queries, recording
from palier.contracts.models import Contract, ContractEvent
from palier.people import tenancy
from palier.people.actions import lock_customer
from palier.people.models import Vendor

LOOKED_BACK = timedelta(days=90)
"""So long a worker may have stood still before a row is left behind until its next change."""


def take_effect(*, now: datetime) -> int:
    """Bring up to date every contract, of all vendors, with a dated change that has come; how many were behind.

    Opens transactions of its own, one a contract. Run twice, or by several workers at once, it changes nothing more.
    """
    behind = 0
    for vendor_id in Vendor.objects.order_by("id").values_list("id", flat=True):
        with tenancy.vendor(vendor_id):
            ids = _dated(vendor_id, now)
        for contract_id in ids:
            with tenancy.vendor(vendor_id):
                behind += _bring_up_to_date(vendor_id, contract_id, now)
    return behind


def _dated(vendor_id: UUID, now: datetime) -> list[UUID]:
    events = ContractEvent.objects.filter(
        vendor_id=vendor_id,
        effective_at__gt=F("recorded_at"),
        effective_at__range=(now - LOOKED_BACK, now),
    ).exclude(changes={})
    return list(events.order_by("contract_id").values_list("contract_id", flat=True).distinct())


def _bring_up_to_date(vendor_id: UUID, contract_id: UUID, now: datetime) -> bool:
    contract = Contract.objects.get(vendor_id=vendor_id, id=contract_id)
    lock_customer(vendor_id=vendor_id, organisation_id=contract.organisation_id)
    there = queries.contract_by_id(vendor_id, contract_id)
    if all(there.value_at(name, now) == getattr(there, name) for name in recording.VALUES):
        return False
    recording.settle_row(contract, now)
    recording.tell(contract, now)
    return True
