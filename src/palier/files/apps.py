"""The Django app ``files``."""

from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files people send, from the first part received to the checked file and its pictures."""

    name = "palier.files"
    label = "files"
