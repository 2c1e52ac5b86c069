"""The credit of an incident that was paid against a block bought soon after: what is due is computed anew, the difference
is written down (`core.credits`; docs/reference/billing.md, "Incident credit")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.billing import sums
from palier.billing.models import IncidentCredit, Order, OrderKind, OrderState
from palier.core import credits as incident_credits
from palier.core import money
from palier.tickets import convert


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A credit that was given, or taken back (`amount` below 0)."""

    row: IncidentCredit
    incident: Order
    block: Order


def preview(order: Order, at: datetime) -> tuple[tuple[Order, int], ...]:
    """The credits a block would get if it were paid then; for a paid block those that stand."""
    if order.kind != OrderKind.HOURS:
        return ()
    if order.state != OrderState.UNPAID:
        standing = {
            credit.incident: credit.amount.minor
            for credit in _standing(order.vendor_id, order.organisation_id)
            if credit.block == str(order.id)
        }
        found = Order.objects.filter(vendor_id=order.vendor_id, id__in=standing)
        return tuple((one, standing[str(one.id)]) for one in found.order_by("paid_at", "id"))
    orders = {str(one.id): one for one in _paid(order.vendor_id, order.organisation_id)}
    as_paid = Order(**{f.attname: getattr(order, f.attname) for f in Order._meta.concrete_fields})
    as_paid.state, as_paid.paid_at = OrderState.PAID, at
    due = _due([*orders.values(), as_paid])
    return tuple((orders[one.incident], one.amount.minor) for one in due if one.block == str(order.id))


def settle(vendor_id: UUID, organisation_id: UUID, *, cause: str, now: datetime) -> tuple[Changed, ...]:
    """Write down what is due and not there, and what stands and is due no more. The customer is locked by the caller."""
    orders = _paid(vendor_id, organisation_id)
    difference = incident_credits.difference(standing=_standing(vendor_id, organisation_id), now=_due(orders))
    known = {
        str(one.id): one for one in Order.objects.filter(vendor_id=vendor_id, organisation_id=organisation_id)
    }
    changed: list[Changed] = []
    for sign, found in ((-1, difference.take_back), (1, difference.give)):
        for credit in found:
            row = IncidentCredit.objects.create(
                vendor_id=vendor_id,
                incident=known[credit.incident],
                block=known[credit.block],
                amount=sign * credit.amount.minor,
                currency=credit.amount.currency,
                cause=cause,
                recorded_at=now,
            )
            changed.append(Changed(row=row, incident=known[credit.incident], block=known[credit.block]))
    return tuple(changed)


def _paid(vendor_id: UUID, organisation_id: UUID) -> list[Order]:
    return list(
        Order.objects.filter(
            vendor_id=vendor_id,
            organisation_id=organisation_id,
            state__in=[OrderState.PAID, OrderState.REFUNDED],
            paid_at__isnull=False,
        ).order_by("id")
    )


def _due(orders: Iterable[Order]) -> tuple[incident_credits.Credit, ...]:
    orders = list(orders)
    incidents = [one for one in orders if one.kind == OrderKind.INCIDENT and one.credit_towards]
    if not incidents:
        return ()
    return incident_credits.due(
        [_incident(one) for one in incidents],
        [_block(one) for one in orders if one.kind == OrderKind.HOURS],
        zone=min(incidents, key=lambda one: one.id.int).zone,
    )


def _incident(order: Order) -> incident_credits.Incident:
    assert order.paid_at is not None
    return incident_credits.Incident(
        id=str(order.id),
        amount=_net(order),
        paid_at=convert.micros(order.paid_at),
        towards=order.credit_towards,
        days=order.credit_days or 0,
        refunded=order.state == OrderState.REFUNDED,
    )


def _block(order: Order) -> incident_credits.Block:
    assert order.paid_at is not None
    return incident_credits.Block(
        id=str(order.id),
        price=order.price,
        amount=_net(order),
        paid_at=convert.micros(order.paid_at),
        refunded=order.state == OrderState.REFUNDED,
    )


def net_of(order: Order) -> int:
    """An order's price less its discount, before credits and tax, in minor units."""
    return sums.line(
        quantity=1000,
        unit=sums.ONE,
        unit_amount=order.amount,
        currency=order.currency,
        discount=order.discount,
    ).net


def _net(order: Order) -> money.Amount:
    return money.Amount(minor=net_of(order), currency=order.currency)


def _standing(vendor_id: UUID, organisation_id: UUID) -> tuple[incident_credits.Credit, ...]:
    sums_: dict[tuple[str, str, str], int] = {}
    rows = IncidentCredit.objects.filter(
        vendor_id=vendor_id, incident__organisation_id=organisation_id
    ).order_by("id")
    for incident, block, amount, currency in rows.values_list(
        "incident_id", "block_id", "amount", "currency"
    ):
        key = str(incident), str(block), currency
        sums_[key] = sums_.get(key, 0) + amount
    return tuple(
        incident_credits.Credit(
            incident=incident, block=block, amount=money.Amount(minor=amount, currency=currency)
        )
        for (incident, block, currency), amount in sums_.items()
        if amount
    )
