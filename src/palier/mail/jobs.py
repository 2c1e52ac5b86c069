"""The periodic jobs of mail. They carry nothing: what is due stands in the rows."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from palier.mail import delivering, gathering, handling, keeping, lookup


@app.periodic(cron="* * * * * */5", periodic_id="gather-letters")
@app.task(name="mail.gather", queue="mail", queueing_lock="mail.gather")
def gather(timestamp: int) -> int:
    """Every five seconds: the notices whose time has come become letters, each reader's by one worker."""
    del timestamp
    return gathering.gather(now=timezone.now())


@app.periodic(cron="* * * * * */5", periodic_id="deliver-letters")
@app.task(name="mail.deliver", queue="mail", queueing_lock="mail.deliver")
def deliver(timestamp: int) -> int:
    """Every five seconds: letters that are due are handed to the server; two that overlap skip what the other holds."""
    del timestamp
    return delivering.deliver(now=timezone.now())


@app.periodic(cron="* * * * * */5", periodic_id="handle-mail")
@app.task(name="mail.handle", queue="mail", queueing_lock="mail.handle")
def handle(timestamp: int) -> int:
    """Every five seconds: messages that came in become what they are; two that overlap skip what the other holds."""
    del timestamp
    return handling.handle_waiting(now=timezone.now(), resolver=lookup.resolver(), hands=handling.HANDS)


@app.periodic(cron="23 2 * * *", periodic_id="forget-mail")
@app.task(name="mail.forget", queue="upkeep", queueing_lock="mail.forget")
def forget(timestamp: int) -> int:
    """Every night: the bytes of messages that came of nothing go when they were kept long enough."""
    del timestamp
    return keeping.forget(now=timezone.now())
