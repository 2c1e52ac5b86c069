"""Who of the vendor has which ticket open, and who writes on it."""

from __future__ import annotations

from django.db import models

from palier.people.models import Staff
from palier.people.rows import TenantRow
from palier.tickets.models import Ticket


class Presence(TenantRow):
    """That a person of the vendor has a ticket open; said again and again while the page is seen, and old soon after."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    writing = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "staff"], name="workspace_presence_once")
        ]
        indexes = [models.Index(fields=["vendor", "seen_at"], name="workspace_presence_fresh")]
