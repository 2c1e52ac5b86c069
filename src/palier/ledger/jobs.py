"""The nightly jobs: what a new day grants and ends, then its checkpoint. One job a vendor; run twice, they write once."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from palier.ledger import nightly
from palier.people.models import Vendor

_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


@app.periodic(cron="12 1 * * *", periodic_id="ledger-night")
@app.task(name="ledger.night", queue="clock", queueing_lock="ledger.night")
def night(timestamp: int) -> int:
    """Every night: queue each vendor's work; how many vendors."""
    del timestamp
    queued = 0
    for vendor_id in Vendor.objects.order_by("id").values_list("id", flat=True):
        try:
            with transaction.atomic():  # an order that waits already must not spoil the others
                vendor_night.configure(queueing_lock=f"ledger.night:{vendor_id}").defer(
                    vendor_id=str(vendor_id)
                )
        except AlreadyEnqueued:
            continue
        queued += 1
    return queued


@app.task(name="ledger.vendor_night", queue="clock", retry=_AGAIN)
def vendor_night(*, vendor_id: str) -> None:
    """Settle a vendor's customers, in short transactions, then sign the checkpoint of the day in the vendor's zone."""
    nightly.run(vendor_id=UUID(vendor_id), now=timezone.now())
