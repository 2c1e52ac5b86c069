"""Which products a customer has under contract: what it may read of their known defects."""

from __future__ import annotations

from datetime import datetime

from palier.contracts.models import Contract
from palier.contracts.standings import Standing, contract_by_id
from palier.people import access

UNDER_CONTRACT = (Standing.ACTIVE, Standing.UNPAID, Standing.SUSPENDED)


def covered(viewer: access.Viewer, now: datetime) -> frozenset[str]:
    """The ids of the products on the contracts that a contact sees and whose term runs, paid or not.

    Ended contracts and those to come give none.
    """
    found: set[str] = set()
    for contract_id in Contract.objects.visible_to(viewer).order_by("id").values_list("id", flat=True):
        contract = contract_by_id(viewer.vendor_id, contract_id).as_of(now)
        if contract.standing(now) in UNDER_CONTRACT:
            found |= set(contract.products)
    return frozenset(found)
