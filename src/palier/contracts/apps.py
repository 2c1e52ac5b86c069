"""The Django app ``contracts``."""

from __future__ import annotations

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """Revisions of support programmes and the contracts signed under them."""

    name = "palier.contracts"
    label = "contracts"
