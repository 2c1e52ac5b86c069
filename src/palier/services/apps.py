"""The Django app ``services``."""

from __future__ import annotations

from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """On-call rosters and pages."""

    name = "palier.services"
    label = "services"

    def ready(self) -> None:
        """Have whoever is on call paged when a rule of the programme says so."""
        from palier.services import paging
        from palier.tickets import calling

        calling.register(paging.call)
