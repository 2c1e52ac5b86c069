"""The order of the queue: one key per ticket, and the places that a customer's own ranking permutes.

First what was missed or is critical and unrelieved; then severity, the plan's priority, what is due next, the number. A
customer's rank moves its tickets only among the places they already hold within one severity, so that no one's ranking
moves another customer. Rules: docs/reference/clock.md, "The order of the queue".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

NEVER = 253_402_300_799_000_000
"""The instant (int-µs, the last second of the year 9999) that stands for 'nothing is due': it sorts last."""


class Key(NamedTuple):
    """A place in the queue; smaller comes first. Tickets of one vendor have different numbers, so no two are equal."""

    calm: bool
    """False for what was missed, or is critical and unrelieved."""
    severity: int
    """Rank of the severity; 1 is the worst."""
    priority: int
    """The plan's queue priority, negated: the highest priority comes first."""
    due: int
    """Next due instant, int-µs; NEVER without one."""
    number: int


Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What the order needs to know of a ticket. `rank` is the customer's own, 1 first; None: not ranked."""

    severity: int
    priority: int
    due: int | None
    number: int
    breached: bool = False
    critical_unrelieved: bool = False
    rank: int | None = None


def natural_key(ticket: Queued) -> Key:
    """The place a ticket has before its customer ranks it."""
    return Key(
        calm=not (ticket.breached or ticket.critical_unrelieved),
        severity=ticket.severity,
        priority=-ticket.priority,
        due=NEVER if ticket.due is None else ticket.due,
        number=ticket.number,
    )


def order_keys(tickets: Iterable[tuple[Id, Queued]]) -> dict[Id, Key]:
    """The key of each of *one customer's* tickets, by the id given with it.

    Within a severity the places (the natural keys) are kept; the ranked tickets fill them by rank, then the others in
    their natural order. A1 B1 A2 A3, where A ranks A3 then A1, becomes A3 B1 A1 A2.
    """
    groups: defaultdict[int, list[tuple[Id, Queued]]] = defaultdict(list)
    for ticket in tickets:
        groups[ticket[1].severity].append(ticket)
    found: dict[Id, Key] = {}
    for group in groups.values():
        places = sorted(natural_key(ticket) for _, ticket in group)
        wanted = sorted(group, key=lambda one: _by_rank(one[1]))
        found.update((id_, place) for (id_, _), place in zip(wanted, places, strict=True))
    return found


def _by_rank(ticket: Queued) -> tuple[bool, int, Key]:
    return (ticket.rank is None, ticket.rank or 0, natural_key(ticket))
