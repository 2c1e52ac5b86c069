"""The Django app ``tickets``."""

from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets, their messages, append-only events, verdicts and commitments."""

    name = "palier.tickets"
    label = "tickets"

    def ready(self) -> None:
        """Have held tickets decided again whenever a contract changes, and the ledger know our words."""
        from palier.contracts import listeners
        from palier.ledger import naming as ledger_naming
        from palier.tickets import holding, naming

        listeners.register(holding.decide_held)
        ledger_naming.register("ticket", naming.tickets)
        ledger_naming.register("decision", naming.decisions)
