"""An incident that was paid for is credited against a block of hours bought soon after, once.

The dates of payment decide, in the contract's zone, whatever was recorded first: the credits are computed anew from all
incidents and blocks, and what is written down is the difference. Rules: docs/reference/money.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from palier.core import terms
from palier.core.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident paid one by one, at an instant; creditable against a block of price `towards` within `days`."""

    id: str
    amount: Amount
    paid_at: int
    towards: str
    days: int
    refunded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of hours of one price, paid at an instant. `amount` is what it costs before credits."""

    id: str
    price: str
    amount: Amount
    paid_at: int
    refunded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """So much of an incident's price is taken off a block."""

    incident: str
    block: str
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is to be written down: credits that are due and not there, and credits that stand and are not due any more."""

    give: tuple[Credit, ...]
    take_back: tuple[Credit, ...]


def due(incidents: Iterable[Incident], blocks: Iterable[Block], *, zone: str) -> tuple[Credit, ...]:
    """The credits that are due between one owner's incidents and blocks, in whatever order they are given.

    An incident paid on local date D goes against a block of its price, in its currency, paid from D to D + days, both
    included. Incidents come by date of payment; each takes the first block with room for all of it, else the first with
    room for some. A block never costs less than nothing. What was refunded neither gives nor takes.
    """
    paid = sorted((b for b in blocks if not b.refunded), key=lambda b: (b.paid_at, b.id))
    room = {block.id: block.amount.minor for block in paid}
    found: list[Credit] = []
    for incident in sorted(incidents, key=lambda i: (i.paid_at, i.id)):
        fitting = [b for b in paid if room[b.id] > 0 and creditable(incident, b, zone=zone)]
        if not fitting:
            continue
        whole = (b for b in fitting if room[b.id] >= incident.amount.minor)
        block = next(whole, fitting[0])
        minor = min(room[block.id], incident.amount.minor)
        room[block.id] -= minor
        found.append(
            Credit(
                incident=incident.id,
                block=block.id,
                amount=Amount(minor=minor, currency=incident.amount.currency),
            )
        )
    return tuple(found)


def creditable(incident: Incident, block: Block, *, zone: str) -> bool:
    """Whether an incident may be credited against a block, if it has room: same price and currency, within the days."""
    first = terms.date_at(incident.paid_at, zone)
    return (
        not incident.refunded
        and not block.refunded
        and incident.towards == block.price
        and incident.amount.currency == block.amount.currency
        and first <= terms.date_at(block.paid_at, zone) <= first + timedelta(days=incident.days)
    )


def difference(*, standing: Iterable[Credit], now: Iterable[Credit]) -> Difference:
    """What changes the credits that stand into those that are due."""
    stands, wanted = tuple(standing), tuple(now)
    return Difference(
        give=tuple(credit for credit in wanted if credit not in stands),
        take_back=tuple(credit for credit in stands if credit not in wanted),
    )
