"""An order for a reader: how it stands, and what it costs today step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from palier.billing import ordering, sums
from palier.billing.models import Order, OrderState
from palier.contracts import queries as contracts
from palier.pages.catalogue import gettext as _
from palier.pages.invoice_view import State
from palier.pages.speech import Speech
from palier.programme import locales


@dataclass(frozen=True, slots=True, kw_only=True)
class DueView:
    """What is to be paid: price, what comes off, taxes, total."""

    steps: tuple[tuple[str, str], ...]
    total: str
    note: str


def state(order: Order) -> State:
    """How an order stands, as a badge."""
    return {
        OrderState.UNPAID: State(word=_("to be paid"), tone="warn", icon="clock"),
        OrderState.PAID: State(word=_("paid"), tone="good", icon="check"),
        OrderState.REFUNDED: State(word=_("paid back"), tone="quiet", icon="check"),
        OrderState.CANCELLED: State(word=_("cancelled"), tone="quiet", icon="x"),
    }[OrderState(order.state)]


def due_view(order: Order, speech: Speech, at: datetime) -> DueView:
    """What an order costs if it is paid then. Raises Refused."""
    due = ordering.due(order, at)

    def money(minor: int) -> str:
        return locales.money(minor, due.currency, speech.locale)

    steps = [(_("Price"), money(due.price))]
    if due.discount:
        steps.append((_("Discount"), money(-due.discount)))
    steps += [
        (_("Deducted: %(incident)s") % {"incident": incident.number}, money(-amount))
        for incident, amount in due.credits
    ]
    for one in due.totals.taxes:
        rate = locales.percentage(sums.percent(one.tax.rate).normalize() + 0, speech.locale)
        steps.append((f"{one.tax.names[speech.language]} {rate}", money(one.amount)))
    note = _credit_note(order, speech)
    return DueView(steps=tuple(steps), total=money(due.total), note=note)


def _credit_note(order: Order, speech: Speech) -> str:
    """What an incident says of the block it will be taken off."""
    if not (order.credit_towards and order.credit_days):
        return ""
    price = contracts.programme(order.revision_id).prices.get(order.credit_towards)
    if price is None:
        return ""
    return _("Its price is taken off “%(block)s” if you pay for one within %(days)d days.") % {
        "block": speech.text(price.name),
        "days": order.credit_days,
    }
