"""A file somebody sent: who, what it is called, how much of it is here, and whether it may be read.

The bytes are elsewhere (`palier.files.store`), under the vendor and the SHA-256 of the content. Two files of one vendor
with the same content share their bytes; files of two vendors never do.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from palier.people.models import User
from palier.people.rows import TenantRow


class State(models.TextChoices):
    """How far a file is."""

    RECEIVING = "receiving"
    """Parts of it are still to come."""
    SCANNING = "scanning"
    """It is here, and nobody reads it before the scanner has."""
    READY = "ready"
    INFECTED = "infected"
    """Parked: kept, told, and handed to nobody."""
    REFUSED = "refused"
    """The scanner does not take it (larger than it reads): handed to nobody."""


class Picture(models.TextChoices):
    """Whether there is a picture of a file to show beside it."""

    NONE = ""
    WAITING = "waiting"
    READY = "ready"


class File(TenantRow):
    """One file. `expires_at` is set until it is attached to something; after that it stays."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=200)
    size = models.BigIntegerField(help_text="Bytes, as announced; what arrives is exactly that.")
    received = models.BigIntegerField(default=0)
    parts = ArrayField(models.IntegerField(), default=list)
    """The lengths of the parts kept so far; empty again once they are put together."""
    sha256 = models.CharField(max_length=64, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    """What its first bytes say it is; never what the sender said."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVING)
    threat = models.CharField(max_length=200, blank=True)
    """What the scanner called it, or why it could not look."""
    picture = models.CharField(max_length=8, choices=Picture.choices, default=Picture.NONE, blank=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    """Of the picture that is shown, in its own pixels."""
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["vendor", "user", "created_at"], name="files_by_user"),
            models.Index(fields=["vendor", "sha256"], name="files_by_content"),
            models.Index(
                fields=["vendor", "expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="files_waiting",
            ),
            models.Index(
                fields=["vendor", "created_at"],
                condition=models.Q(state="scanning"),
                name="files_scanning",
            ),
        ]

    def __str__(self) -> str:
        return self.name
