"""Invoicing a month: one job a customer, so that one customer's problem holds nobody else up. Jobs carry ids only."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from palier.billing import billables, paper
from palier.people import access, tenancy
from palier.people.models import Vendor

_LOG = structlog.get_logger(__name__)
_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


def last_month(vendor_id: UUID, now: datetime) -> date:
    """The last date of the month before, in the vendor's zone."""
    zone = Vendor.objects.values_list("zone", flat=True).get(id=vendor_id)
    return now.astimezone(ZoneInfo(zone)).date().replace(day=1) - timedelta(days=1)


def defer_month(vendor_id: UUID, now: datetime) -> int:
    """Have every customer with something to bill invoiced up to the end of last month; answers how many there are."""
    ids = billables.customers(vendor_id, last_month(vendor_id, now))
    if ids:
        jobs: list[dict[str, JSONValue]] = [
            {"vendor_id": str(vendor_id), "organisation_id": str(id_)} for id_ in ids
        ]
        invoice_customer.batch_defer(*jobs)
    return len(ids)


@app.task(name="billing.invoice_customer", queue="billing", retry=_AGAIN)
@tenancy.job
def invoice_customer(*, vendor_id: UUID, organisation_id: UUID) -> None:
    """Invoice one customer up to the end of last month, and set the papers. Done twice it does nothing more."""
    now = timezone.now()
    try:
        issued = billables.invoice_customer(
            by=access.Viewer.machine(vendor_id),
            organisation_id=organisation_id,
            until=last_month(vendor_id, now),
            now=now,
        )
    except access.Refused as refused:
        # It stands on the finance desk as before, with the same words when somebody tries there.
        _LOG.warning(
            "not invoiced", vendor=str(vendor_id), organisation=str(organisation_id), code=refused.code
        )
        return
    for invoice in issued:
        paper.of(invoice, now)
