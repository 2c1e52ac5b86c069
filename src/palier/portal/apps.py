"""The Django app ``portal``."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The customer's pages."""

    name = "palier.portal"
    label = "portal"
