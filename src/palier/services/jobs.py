"""The periodic job of services. It carries nothing: what is due stands in the rows."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from palier.services import paging


@app.periodic(cron="* * * * * */5", periodic_id="attend-calls")
@app.task(name="services.attend_calls", queue="clock", queueing_lock="services.attend_calls")
def attend_calls(timestamp: int) -> int:
    """Every five seconds: the next in line of open calls, and those taken in hand, of all vendors."""
    del timestamp
    return paging.attend(now=timezone.now())
