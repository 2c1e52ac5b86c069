"""Known defects, what was changed of them, and the customers who said that they have one too."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from palier.people.models import Contact, Organisation, Staff, User
from palier.people.rows import TenantRow


def _to(
    target: Any, *, null: bool = False, name: str = "+", on_delete: Any = models.PROTECT
) -> models.ForeignKey[Any, Any]:
    """A relation within one vendor (its constraint is the migration's), read through indexes that begin with the vendor."""
    return models.ForeignKey(
        target, null=null, on_delete=on_delete, db_constraint=False, db_index=False, related_name=name
    )


class Row(TenantRow):
    """A row of this app: like its relations, the vendor has no index of its own."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        abstract = True


class State(models.TextChoices):
    """Where a defect stands."""

    CONFIRMED = "confirmed"
    IN_PROGRESS = "in-progress"
    FIXED = "fixed-awaiting-release"
    SHIPPED = "shipped"
    WILL_NOT_FIX = "will-not-fix"
    WITHDRAWN = "withdrawn"
    """It turned out to be none."""


ENDED = (State.SHIPPED, State.WILL_NOT_FIX, State.WITHDRAWN)
"""Nobody asks again how these stand."""


class Numbering(Row):
    """The next defect number of a vendor; its row lock is what makes numbers gapless."""

    next = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor"], name="software_numbering_once")]


class Defect(Row):
    """A confirmed deviation of a product from its documentation.

    Texts are kept by language: {"en": …, "fr": …}, at least one of them.
    """

    number = models.PositiveIntegerField()
    product = models.CharField(max_length=80)
    title = models.JSONField(default=dict)
    description = models.JSONField(default=dict)
    workaround = models.JSONField(default=dict)
    affected = ArrayField(models.CharField(max_length=40), default=list)
    """The versions that have it; empty: not yet known which."""
    first_seen_on = models.DateField()
    state = models.CharField(max_length=24, choices=State.choices, default=State.CONFIRMED)
    maker_reference = models.CharField(max_length=120, blank=True)
    """Under what the manufacturer or research knows it."""
    follow_up_on = models.DateField(null=True)
    """The local date, in the vendor's zone, on which somebody asks how it stands."""
    fixed_in = models.CharField(max_length=120, blank=True)
    """The version or patch that fixes it."""
    shipped_on = models.DateField(null=True)
    public = models.BooleanField(default=False)
    """Whether customers who have the product read it."""
    owner = _to(Staff, null=True)
    words = models.TextField(blank=True)
    """All its words as they are searched for: lower case, without accents. An index over the columns above."""
    confirmed_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "number"], name="software_defect_number")]
        indexes = [
            models.Index(fields=["vendor", "product", "-number"], name="software_by_product"),
            models.Index(
                fields=["vendor", "follow_up_on"],
                condition=models.Q(follow_up_on__isnull=False),
                name="software_follow_ups",
            ),
        ]

    def __str__(self) -> str:
        return f"D{self.number}"


class DefectChange(Row):
    """What somebody did to a defect: {field: [before, after]}. Append-only."""

    defect = _to(Defect, name="changes")
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    user = _to(User, null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["vendor", "defect", "at", "id"], name="software_changes")]


class MeToo(Row):
    """That a customer has a defect too, in some version. It is told when the fix ships; no clock runs for it."""

    defect = _to(Defect, name="me_toos")
    organisation = _to(Organisation)
    contact = _to(Contact)
    version = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "defect", "organisation"], name="software_me_too_once")
        ]
        indexes = [models.Index(fields=["vendor", "organisation"], name="software_me_toos")]
