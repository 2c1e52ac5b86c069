"""The periodic jobs of tickets. They carry nothing: what is due stands in the rows."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from palier.tickets import reminding, rounds, sweeping


@app.periodic(cron="* * * * * */5", periodic_id="sweep-tickets")
@app.task(name="tickets.sweep", queue="clock", queueing_lock="tickets.sweep")
def sweep(timestamp: int) -> int:
    """Every five seconds: what became due, of all vendors. Two that overlap share the work by skipping locked rows."""
    del timestamp
    return sweeping.sweep(now=sweeping.shared_now())


@app.periodic(cron="41 2 * * *", periodic_id="extend-holidays")
@app.task(name="tickets.extend_holidays", queue="clock", queueing_lock="tickets.extend_holidays")
def extend_holidays(timestamp: int) -> int:
    """Every night: holidays frozen less than two years ahead are frozen further, and the clocks told."""
    del timestamp
    return sweeping.extend_holidays(now=timezone.now())


@app.periodic(cron="17 * * * *", periodic_id="remind-tickets")
@app.task(name="tickets.remind", queue="clock", queueing_lock="tickets.remind")
def remind(timestamp: int) -> int:
    """Every hour: follow-ups that fell due, hours that expire soon or are nearly used; each said once."""
    del timestamp
    return reminding.remind(now=timezone.now())


@app.periodic(cron="* * * * * */5", periodic_id="tell-rounds")
@app.task(name="tickets.tell_rounds", queue="clock", queueing_lock="tickets.tell_rounds")
def tell_rounds(timestamp: int) -> int:
    """Every five seconds: whoever is still to be told of a shipped fix, or by one answer to many; each once."""
    del timestamp
    return rounds.tell_all(now=timezone.now())
