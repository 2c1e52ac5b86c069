"""Saved views of the desk's queue, and what was done to many tickets at once."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from palier.people.models import Staff, Team
from palier.people.rows import TenantRow


class Reach(models.TextChoices):
    """Who has a saved view in its side bar."""

    MINE = "mine"
    TEAM = "team"
    ALL = "all"


class SavedView(TenantRow):
    """A list of tickets kept by name: a built-in view, narrowed, with its columns and its order.

    It shows what whoever opens it may see: sharing a view shares no ticket.
    """

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    owner = models.ForeignKey(
        Staff, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    reach = models.CharField(max_length=4, choices=Reach.choices, default=Reach.MINE)
    team = models.ForeignKey(
        Team, null=True, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=80)
    base = models.CharField(max_length=20, default="all")
    """The built-in view it starts from."""
    filters = models.JSONField(default=dict)
    """{filter: words}, as `tickets.narrowing` reads them."""
    columns = ArrayField(models.CharField(max_length=20), default=list)
    """Empty: the usual ones."""
    order = models.CharField(max_length=10, default="queue")
    position = models.IntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reach="team", team__isnull=False)
                | (~models.Q(reach="team") & models.Q(team__isnull=True)),
                name="workspace_view_team",
            )
        ]
        indexes = [models.Index(fields=["vendor", "reach", "owner"], name="workspace_views")]

    def __str__(self) -> str:
        return self.name


class Bulk(TenantRow):
    """One deed done to many tickets: what stood before, what was refused and why. What can be undone is undone from it."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    deed = models.CharField(max_length=20)
    given = models.JSONField(default=dict)
    """What was chosen: ids and words, by name."""
    done = models.JSONField(default=list)
    """[{ticket, number, before}]: each ticket changed, and what stood there before."""
    refused = models.JSONField(default=list)
    """[{number, en, fr}]: each ticket left as it was, and why."""
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["vendor", "staff", "-at"], name="workspace_bulk_latest")]
