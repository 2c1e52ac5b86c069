"""The Django app ``software``."""

from __future__ import annotations

from django.apps import AppConfig


class SoftwareConfig(AppConfig):
    """Known defects. Knows people and products; which requests hang on a defect is known further up."""

    name = "palier.software"
    label = "software"
