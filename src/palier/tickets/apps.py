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
        from palier.files import listeners as file_listeners
        from palier.ledger import naming as ledger_naming
        from palier.tickets import attachments, holding, naming

        listeners.register(holding.decide_held)
        file_listeners.register(attachments.tell_parked)
        ledger_naming.register("ticket", naming.tickets)
        ledger_naming.register("decision", naming.decisions)
