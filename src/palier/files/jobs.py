"""What is done to files outside a request. Jobs carry ids and read the rows as they are when they run."""

from __future__ import annotations

import contextlib
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from palier.files import checking, sweeping
from palier.people import tenancy


@app.task(name="files.check", queue="files", retry=RetryStrategy(max_attempts=9, exponential_wait=2))
@tenancy.job
def check(*, vendor_id: UUID, file_id: UUID) -> None:
    """Have a file scanned and its picture drawn; again and again while the scanner does not answer."""
    checking.check(vendor_id=vendor_id, file_id=file_id, now=timezone.now())


def check_once(vendor_id: UUID, file_id: UUID) -> None:
    """Queue a check unless such a one waits already."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        check.configure(queueing_lock=f"files.check:{file_id}").defer(
            vendor_id=str(vendor_id), file_id=str(file_id)
        )


@app.periodic(cron="37 * * * *", periodic_id="sweep-files")
@app.task(name="files.sweep", queue="upkeep", queueing_lock="files.sweep")
def sweep(timestamp: int) -> int:
    """Every hour: forget uploads nobody sent within a day."""
    del timestamp
    return sweeping.sweep(now=timezone.now(), ask_again=check_once)
