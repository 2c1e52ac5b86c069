"""The Django app ``demo``."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demonstration: five vendors with customers, people and tickets of the last weeks."""

    name = "palier.demo"
    label = "demo"
