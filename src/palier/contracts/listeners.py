"""Who is told when a contract changes. Upper layers register at start; a contract's action tells them in its transaction.

Tickets held for a payment flow by themselves this way, and contracts know nothing of tickets.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

Listener = Callable[[UUID, UUID, datetime], None]
"""Takes (vendor_id, organisation_id, now)."""

_listeners: list[Listener] = []


def register(listener: Listener) -> Listener:
    """Have `listener` called whenever what a customer's contracts allow may have changed; usable as a decorator."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(*, vendor_id: UUID, organisation_id: UUID, now: datetime) -> None:
    """Call every listener; what one of them raises undoes the action too."""
    for listener in _listeners:
        listener(vendor_id, organisation_id, now)
