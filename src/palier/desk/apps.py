"""The Django app ``desk``."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The vendor's pages: the queue and the ticket."""

    name = "palier.desk"
    label = "desk"
