"""The mark by which a database is known to be the demonstration's own."""

from __future__ import annotations

from django.db import models


class Demonstration(models.Model):
    """One row, written before the first vendor: this database was empty when the demonstration began to fill it.

    Only a database with this row is ever emptied again. `finished_at` is None while it is being filled, and stays so
    when that was interrupted. Not tenant-owned.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    day = models.DateField(help_text="The day its stories lead up to.")
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="demo_demonstration_only_one"),
        ]

    def __str__(self) -> str:
        return f"demonstration of {self.day}"
