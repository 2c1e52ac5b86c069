"""Who is told what happens to the money of a request. Upper layers register at start; actions tell them in their transaction.

Billing makes its orders and lines this way, and tickets know nothing of billing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class News(StrEnum):
    """What can be told."""

    CHOICE_MADE = "choice-made"
    CHOICE_RELEASED = "choice-released"
    CONSENT_GIVEN = "consent-given"
    TIME_BOOKED = "time-booked"
    TIME_REVERSED = "time-reversed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One piece of news: about which request and, where there is one, which choice or estimate."""

    kind: News
    vendor_id: UUID
    ticket_id: UUID
    now: datetime
    choice_id: UUID | None = None
    estimate_id: UUID | None = None


Listener = Callable[[Told], None]

_listeners: list[Listener] = []


def register(listener: Listener) -> Listener:
    """Have `listener` called with every piece of news; usable as a decorator."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(told: Told) -> None:
    """Call every listener; what one of them raises undoes the action too."""
    for listener in _listeners:
        listener(told)
