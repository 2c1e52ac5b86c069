"""What helps writing: drafts, kept as typed for who typed them, and answers written beforehand."""

from __future__ import annotations

from django.db import models
from django.db.models import functions

from palier.people.models import Staff, Team, User
from palier.people.rows import TenantRow
from palier.tickets.models import Ticket


class Draft(TenantRow):
    """What one person typed somewhere and has not sent: every field of that form, as typed. Nobody else sees it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    place = models.CharField(max_length=20)
    """`reply` or `note` on a ticket; `request` for a new one."""
    content = models.JSONField()
    """{field: [values]}"""
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "user", "ticket", "place"],
                name="workspace_draft_once",
                nulls_distinct=False,
            )
        ]


class CannedAnswer(TenantRow):
    """An answer written beforehand, in at least one language, with variables; for everybody or one team."""

    title = models.CharField(max_length=120)
    bodies = models.JSONField()
    """{language: Markdown with variables}"""
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    written_by = models.ForeignKey(
        Staff, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("vendor", functions.Lower("title"), name="workspace_canned_title")
        ]

    def __str__(self) -> str:
        return self.title
