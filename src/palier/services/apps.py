"""The Django app ``services``."""

from __future__ import annotations

from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """On-call rosters and pages."""

    name = "palier.services"
    label = "services"
