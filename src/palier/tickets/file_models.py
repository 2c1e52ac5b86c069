"""The files of messages. What a file is, and its bytes, are `palier.files`; who sees it is who sees the message."""

from __future__ import annotations

from django.db import models

from palier.files.models import File
from palier.people.rows import TenantRow


class Attachment(TenantRow):
    """That a file came with a message, at which place among its files. Where a message is copied (a split
    request), the same file hangs on the copy too. The ticket is the message's: a message that moves takes its files along.
    """

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")
    message = models.ForeignKey(
        "tickets.Message",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="attachments",
    )
    file = models.ForeignKey(
        File, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "file", "message"], name="tickets_attachment_once")
        ]
        indexes = [models.Index(fields=["vendor", "message", "position"], name="tickets_attachment_message")]
