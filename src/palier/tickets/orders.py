"""The orders in which a list of tickets is read, and the place of a line in one of them.

An order is one or two stretches, each a condition and columns that all run the same way and that an index holds in that
order; a page begins after (or before) the values of a place, whatever was added or moved meanwhile. There is no cap.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from palier.tickets.models import ORDER


class Order(StrEnum):
    """How a list is ordered."""

    QUEUE = "queue"
    """Missed and critical first, then severity, plan, due (docs/reference/clock.md, "The order of the queue")."""
    DUE = "due"
    """What falls due first, on top; what has no due instant below, in the order of the queue."""
    NEWEST = "newest"
    OLDEST = "oldest"
    UPDATED = "updated"
    """What moved last, on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of an order. `columns` with the types of their values; `falling`: the greatest first."""

    where: str
    columns: tuple[str, ...]
    types: tuple[type, ...]
    falling: bool = False

    def order_by(self, *, backwards: bool) -> str:
        """The columns for ORDER BY."""
        down = self.falling is not backwards
        return ", ".join(f"{name} desc" if down else name for name in self.columns)

    def beyond(self, *, backwards: bool) -> str:
        """What lies after a place (before it, read backwards): a comparison of rows, as the index has them."""
        sign = "<" if self.falling is not backwards else ">"
        marks = ", ".join(["%s"] * len(self.columns))
        return f"({', '.join(self.columns)}) {sign} ({marks})"


_QUEUE = (bool, int, int, datetime, int)
STRETCHES: Mapping[Order, tuple[Stretch, ...]] = {
    Order.QUEUE: (Stretch(where="true", columns=ORDER, types=_QUEUE),),
    Order.DUE: (
        Stretch(where="next_due_at is not null", columns=("next_due_at", "number"), types=(datetime, int)),
        Stretch(where="next_due_at is null", columns=ORDER, types=_QUEUE),
    ),
    Order.NEWEST: (Stretch(where="true", columns=("number",), types=(int,), falling=True),),
    Order.OLDEST: (Stretch(where="true", columns=("number",), types=(int,)),),
    Order.UPDATED: (
        Stretch(where="true", columns=("updated_at", "number"), types=(datetime, int), falling=True),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a line stands in an order: the stretch and the values of its columns."""

    order: Order
    stretch: int
    values: tuple[Any, ...]

    def token(self) -> str:
        """The place, for an address."""
        values = [one.isoformat() if isinstance(one, datetime) else one for one in self.values]
        text = json.dumps([self.order.value, self.stretch, *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place(text: str, order: Order) -> Place | None:
    """The place a token names in this order; None for nothing, and for one that is none: the list then starts at its head."""
    try:
        name, stretch, *raw = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if name != order or type(stretch) is not int or not 0 <= stretch < len(STRETCHES[order]):
            return None
        types = STRETCHES[order][stretch].types
        values = tuple(
            datetime.fromisoformat(one) if kind is datetime else one
            for one, kind in zip(raw, types, strict=True)
        )
    except (ValueError, TypeError, binascii.Error):
        return None
    if not all(_fits(one, kind) for one, kind in zip(values, types, strict=True)):
        return None
    return Place(order=order, stretch=stretch, values=values)


def _fits(value: object, kind: type) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is not None
    return type(value) is kind and (kind is bool or abs(int(str(value))) < 2**31)
