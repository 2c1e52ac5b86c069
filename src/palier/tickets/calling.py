"""Who wakes somebody when a rule of the programme pages. Upper layers register at start; the sweep calls them in its transaction.

On-call rosters are kept above tickets (`palier.services`), and tickets know nothing of rosters.
Rules: docs/reference/escalation.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """That whoever is on call must be woken for a ticket.

    `rule` is the escalation's id in the programme and `clause` what is cited for it; `at` is the true instant at which it
    fell due, `now` the instant at which the worker came by. Vendor, ticket, rule and `at` together are called once.
    """

    vendor_id: UUID
    ticket_id: UUID
    rule: str
    clause: str
    at: datetime
    now: datetime


Caller = Callable[[Call], None]

_callers: list[Caller] = []


def register(caller: Caller) -> Caller:
    """Have `caller` called with every page, in the transaction that records it; usable as a decorator."""
    if caller not in _callers:
        _callers.append(caller)
    return caller


def call(page: Call) -> None:
    """Call every caller; what one of them raises undoes the escalation too, and the worker finds it again."""
    for caller in _callers:
        caller(page)
