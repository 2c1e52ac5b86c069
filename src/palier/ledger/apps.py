"""The Django app ``ledger``."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Accounts by owner and allowance, append-only postings, signed checkpoints and statements."""

    name = "palier.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Have grants follow a contract whenever it changes."""
        from palier.contracts import listeners
        from palier.ledger import settling

        listeners.register(settling.on_contract_change)
