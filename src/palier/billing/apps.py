"""The Django app ``billing``."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Orders, payments and invoices. Hears of choices made on tickets."""

    name = "palier.billing"
    label = "billing"

    def ready(self) -> None:
        from palier.billing import ordering  # noqa: F401  # registers what it listens to
