"""The Django app ``mail``."""

from __future__ import annotations

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Mail received, letters sent, links that act once."""

    name = "palier.mail"
    label = "mail"
