"""The Django app ``tickets``."""

from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets, their messages, append-only events, verdicts and commitments."""

    name = "palier.tickets"
    label = "tickets"
