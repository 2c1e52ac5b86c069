"""How people keep their work in sight: tags on tickets, who watches one, and who put one aside for a while.

None of it moves a clock or changes what a customer is promised.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from palier.people.models import Staff
from palier.people.rows import TenantRow


def _to(target: Any, *, name: str = "+") -> models.ForeignKey[Any, Any]:
    """A relation within one vendor (its constraint is the migration's), read through indexes that begin with the vendor."""
    return models.ForeignKey(
        target, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name=name
    )


class WorkRow(TenantRow):
    """A row of this module: like its relations, the vendor has no index of its own."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        abstract = True


class Tag(WorkRow):
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


class Tagging(WorkRow):
    """That a ticket has a tag."""

    ticket = _to("tickets.Ticket", name="taggings")
    tag = _to(Tag, name="taggings")
    tagged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "tag"], name="tickets_tagging_once")
        ]
        indexes = [models.Index(fields=["vendor", "tag", "ticket"], name="tickets_tagged")]


class Watch(WorkRow):
    """That a person of the vendor wants to know of a ticket."""

    ticket = _to("tickets.Ticket", name="watches")
    staff = _to(Staff)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "staff", "ticket"], name="tickets_watch_once")
        ]
        indexes = [models.Index(fields=["vendor", "ticket"], name="tickets_watchers")]


class Snooze(WorkRow):
    """That a person of the vendor does not want to see a ticket for now.

    It wakes at `until` (None: then only by itself), when the customer writes, or when something on it is missed. Nothing
    is written when it wakes: a snooze is read against now.
    """

    ticket = _to("tickets.Ticket", name="snoozes")
    staff = _to(Staff)
    until = models.DateTimeField(null=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "staff", "ticket"], name="tickets_snooze_once")
        ]
