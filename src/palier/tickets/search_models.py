"""The words of each request, as searches read them: an index over its texts that triggers keep and `palier verify` compares.

What the customer may read and what the vendor's people wrote among themselves are two tables, so that a question of the
portal cannot even name the second (docs/reference/search.md).
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


def _ticket() -> models.OneToOneField[Any, Any]:
    return models.OneToOneField(
        "tickets.Ticket", primary_key=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )


class Words(models.Model):
    """The words of one ticket; its number, by which the newest are read first."""

    ticket = _ticket()
    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    number = models.PositiveIntegerField()
    words = SearchVectorField()

    class Meta:
        abstract = True


class PublicWords(Words):
    """Subject, answered fields and public messages."""

    class Meta:
        # A long list of what is not yet in the index would be read by every search.
        indexes = [
            GinIndex(fields=["vendor", "words"], gin_pending_list_limit=256, name="tickets_public_words"),
            models.Index(fields=["vendor", "number"], name="tickets_public_newest"),
        ]


class InternalWords(Words):
    """The same and the internal notes, of tickets that have any: words of both find such a ticket together."""

    class Meta:
        indexes = [
            GinIndex(fields=["vendor", "words"], gin_pending_list_limit=256, name="tickets_internal_words"),
            models.Index(fields=["vendor", "number"], name="tickets_internal_newest"),
        ]
