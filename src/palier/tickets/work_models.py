"""How people keep their work in sight: tags on tickets, who watches one, and who put one aside for a while.

None of it moves a clock or changes what a customer is promised.
"""

from __future__ import annotations

from django.db import models

from palier.people.models import Staff
from palier.people.rows import LeanRow, related_row


class Tag(LeanRow):
    """A word of the vendor's own by which tickets are found together. Customers never see it."""

    name = models.CharField(max_length=40)
    """As it was first written."""
    key = models.CharField(max_length=40)
    """Without capitals and accents: by this two tags are the same."""
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "key"], name="tickets_tag_once")]

    def __str__(self) -> str:
        return self.name


class Tagging(LeanRow):
    """That a ticket has a tag."""

    ticket = related_row("tickets.Ticket", name="taggings", on_delete=models.CASCADE)
    tag = related_row(Tag, name="taggings", on_delete=models.CASCADE)
    tagged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "tag"], name="tickets_tagging_once")
        ]
        indexes = [models.Index(fields=["vendor", "tag", "ticket"], name="tickets_tagged")]


class Watch(LeanRow):
    """That a person of the vendor wants to know of a ticket."""

    ticket = related_row("tickets.Ticket", name="watches", on_delete=models.CASCADE)
    staff = related_row(Staff, on_delete=models.CASCADE)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "staff", "ticket"], name="tickets_watch_once")
        ]
        indexes = [models.Index(fields=["vendor", "ticket"], name="tickets_watchers")]


class Snooze(LeanRow):
    """That a person of the vendor does not want to see a ticket for now.

    It wakes at `until` (None: then only by itself), when the customer writes, or when something on it is missed. Nothing
    is written when it wakes: a snooze is read against now.
    """

    ticket = related_row("tickets.Ticket", name="snoozes", on_delete=models.CASCADE)
    staff = related_row(Staff, on_delete=models.CASCADE)
    until = models.DateTimeField(null=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "staff", "ticket"], name="tickets_snooze_once")
        ]
