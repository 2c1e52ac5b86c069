"""What one person of the vendor chose for the desk; what every page is written by stands on the account itself."""

from __future__ import annotations

from django.db import models

from palier.people.models import User
from palier.people.rows import TenantRow


class Settings(TenantRow):
    """Where one's desk begins, and what stands below one's answers. Without a row: the queue, and nothing."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    start = models.CharField(max_length=60, blank=True)
    """A page (`dashboard`), or a view of the queue (`queue:mine`); empty: the queue."""
    signatures = models.JSONField(default=dict)
    """{language: Markdown}"""
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "user"], name="workspace_settings_once"),
        ]
