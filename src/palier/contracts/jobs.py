"""The periodic job of contracts. It carries nothing: what is due stands in the rows."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from palier.contracts import effects


@app.periodic(cron="2 * * * *", periodic_id="contracts-take-effect")
@app.task(name="contracts.take_effect", queue="clock", queueing_lock="contracts.take_effect")
def take_effect(timestamp: int) -> int:
    """Every hour, soon after midnight somewhere: what was agreed for a later date takes effect."""
    del timestamp
    return effects.take_effect(now=timezone.now())
