"""The Django app ``pages``."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """What portal and desk share: layout, components, formatting, words per language."""

    name = "palier.pages"
    label = "pages"
