"""When grants and expiry are written without anybody asking: a contract changed, or a night went by.

All of it is by difference and under the customer's lock: done twice, or by several workers at once, it writes nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts.models import Contract
from palier.ledger import posting
from palier.ledger.models import Account
from palier.people import tenancy
from palier.people.actions import lock_customer

BATCH = 25
"""Customers in one transaction: short, so that a worker can be stopped at any time and nobody waits long for a lock."""


def on_contract_change(vendor_id: UUID, organisation_id: UUID, now: datetime) -> None:
    """What a customer's contracts grant follows them at once: more seats raise a tier, a payment opens the year."""
    for contract in contracts.contracts_of(vendor_id, organisation_id):
        programme = contracts.programme(contract.as_of(now).revision_id)
        posting.settle(contract=contract, programme=programme, now=now)


def settle_all(*, vendor_id: UUID, now: datetime) -> int:
    """Settle every customer of a vendor, in transactions of its own; returns how many customers there were."""
    with tenancy.vendor(vendor_id):
        ids = sorted(
            {
                *Contract.objects.filter(vendor_id=vendor_id).values_list("organisation_id", flat=True),
                *_with_something_over(vendor_id, now),
            }
        )
    for start in range(0, len(ids), BATCH):
        with tenancy.vendor(vendor_id):
            for organisation_id in ids[start : start + BATCH]:
                settle_customer(vendor_id=vendor_id, organisation_id=organisation_id, now=now)
    return len(ids)


def settle_customer(*, vendor_id: UUID, organisation_id: UUID, now: datetime) -> None:
    """Settle a customer's contracts, and expire what is over in accounts whose contract grants nothing any more."""
    lock_customer(vendor_id=vendor_id, organisation_id=organisation_id)
    on_contract_change(vendor_id, organisation_id, now)
    for account_id in _accounts_over(vendor_id, organisation_id, now):
        posting.expire(account_id=account_id, now=now)


def _with_something_over(vendor_id: UUID, now: datetime) -> Sequence[UUID]:
    return list(
        Account.objects.filter(
            vendor_id=vendor_id, lots__vendor_id=vendor_id, lots__expires_at__lte=now, lots__available__gt=0
        )
        .values_list("organisation_id", flat=True)
        .distinct()
    )


def _accounts_over(vendor_id: UUID, organisation_id: UUID, now: datetime) -> Sequence[UUID]:
    return list(
        Account.objects.filter(
            vendor_id=vendor_id,
            organisation_id=organisation_id,
            lots__vendor_id=vendor_id,
            lots__expires_at__lte=now,
            lots__available__gt=0,
        )
        .order_by("id")
        .values_list("id", flat=True)
        .distinct()
    )
