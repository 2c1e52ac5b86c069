"""The Django app ``workspace``."""

from __future__ import annotations

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """Drafts, canned answers, saved views, presence and personal settings. Nothing here moves a clock."""

    name = "palier.workspace"
    label = "workspace"
