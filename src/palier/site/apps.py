"""The Django app ``site``: it only carries the system checks."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the system checks when Django is ready."""

    name = "palier.site"
    label = "site"

    def ready(self) -> None:
        from palier.site import checks

        checks.register()
