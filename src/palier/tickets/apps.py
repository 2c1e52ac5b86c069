"""The Django app ``tickets``."""

from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets, their messages, append-only events, verdicts and commitments."""

    name = "palier.tickets"
    label = "tickets"

    def ready(self) -> None:
        """Have held tickets decided again whenever a contract changes."""
        from palier.contracts import listeners
        from palier.tickets import holding

        listeners.register(holding.decide_held)
