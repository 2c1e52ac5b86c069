"""Refunds: money goes back on the way it came, and what it bought is taken back in the same transaction.

Whoever tells of it, finance or the provider, the same follows: the order is undone, its invoice credited, its incident
credits recomputed. What is used already is not refunded. Rules: docs/reference/billing.md.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from palier.billing import crediting, invoicing, paying, provider, selling
from palier.billing.models import (
    Invoice,
    Kind,
    Method,
    Order,
    OrderKind,
    OrderState,
    Payment,
    ProviderEvent,
    Refund,
)
from palier.contracts import queries as contracts
from palier.people import access
from palier.people.actions import lock_customer
from palier.tickets import bought, choosing
from palier.tickets.problems import CannotDo


def refund(*, by: access.Viewer, payment: Payment, reason: str, now: datetime, reference: str = "") -> Refund:
    """Pay a payment back whole, on the way it came: by the provider's account, or noted as sent by transfer.

    An order's invoice is credited, its incident credits are undone, and what it bought is taken back; Refused once that
    is used. Money that came without need (a cancelled or twice paid order) just goes back.
    """
    access.require_role(by, access.TAKES_MONEY)
    organisation_id = _organisation_id(payment)
    lock_customer(vendor_id=by.vendor_id, organisation_id=organisation_id)
    payment = Payment.objects.get(vendor_id=by.vendor_id, id=payment.id)
    if payment.refunds.exists() or not payment.amount:
        raise access.Refused(
            code="refunded-already",
            en="This payment was paid back already.",
            fr="Ce paiement a déjà été remboursé.",
        )
    if payment.order_id is not None and is_settling(payment):
        _undo(by, paying.locked(by.vendor_id, payment.order_id), reason, now)
    if payment.method == Method.STRIPE:
        account = selling.account_of(by.vendor_id)
        if account is None:
            raise access.Refused(
                code="provider-off",
                en="The payment provider is off: switch it on to pay back what came through it.",
                fr="Le prestataire de paiement est désactivé : activez-le pour rembourser ce qui est venu par lui.",
            )
        # The last thing done: if it fails nothing is recorded; if recording fails, the provider's event will tell.
        reference = provider.refund(
            account, payment=payment.provider_ref, amount=payment.amount, attempt=str(payment.id)
        )
    return _refunded(by, payment, amount=payment.amount, reason=reason, reference=reference, now=now)


def went_back(
    *, by: access.Viewer, payment: Payment, amount: int, reference: str, event: ProviderEvent, now: datetime
) -> Refund:
    """The provider paid this back (its own page was used). All of it undoes the order as `refund` does.

    Where what was bought is used already, the money is noted and the order stands: finance sees it as owed again.
    """
    if payment.order_id is not None and amount == payment.amount and is_settling(payment):
        try:
            with transaction.atomic():
                _undo(by, paying.locked(by.vendor_id, payment.order_id), "", now)
        except (access.Refused, CannotDo):
            # It was used: the money is gone all the same, and the order's invoice shows it as owed.
            event.reason = "used"
    return _refunded(by, payment, amount=amount, reason="", reference=reference, now=now, event=event)


def is_settling(payment: Payment) -> bool:
    """Whether this is the payment that made its order paid: the first of an order that is."""
    assert payment.order_id is not None
    order = Order.objects.get(vendor_id=payment.vendor_id, id=payment.order_id)
    first = (
        Payment.objects.filter(vendor_id=payment.vendor_id, order=order).order_by("recorded_at", "id").first()
    )
    return order.state == OrderState.PAID and first is not None and first.id == payment.id


def _organisation_id(payment: Payment) -> UUID:
    if payment.order_id is not None:
        return Order.objects.get(vendor_id=payment.vendor_id, id=payment.order_id).organisation_id
    assert payment.invoice_id is not None
    return Invoice.objects.get(vendor_id=payment.vendor_id, id=payment.invoice_id).organisation_id


def _undo(by: access.Viewer, order: Order, reason: str, now: datetime) -> None:
    """What an order bought is taken back, its invoice credited, its credits undone."""
    vendor_id = order.vendor_id
    if order.choice is not None:
        choosing.unfunded(vendor_id=vendor_id, choice_id=order.choice, now=now)
    elif order.kind == OrderKind.HOURS:
        bought.take_back(
            programme=contracts.programme(order.revision_id),
            price_id=order.price,
            organisation_id=order.organisation_id,
            contract=contracts.contract_by_id(vendor_id, order.contract_id) if order.contract_id else None,
            key=str(order.id),
            now=now,
        )
    order.state, order.ended_at = OrderState.REFUNDED, now
    order.save(update_fields=["state", "ended_at"])
    changed = crediting.settle(vendor_id, order.organisation_id, cause=f"{order.kind}-refunded", now=now)
    invoice = Invoice.objects.filter(vendor_id=vendor_id, order=order, kind=Kind.INVOICE).first()
    if invoice is not None and any(invoicing.remaining(invoice).values()):
        invoicing.credit(
            by=by if by.staff_id else paying.machine(by), invoice=invoice, reason=reason, now=now
        )
    paying.follow_credits(by, changed, order, now)


def _refunded(
    by: access.Viewer,
    payment: Payment,
    *,
    amount: int,
    reason: str,
    reference: str,
    now: datetime,
    event: ProviderEvent | None = None,
) -> Refund:
    return Refund.objects.create(
        vendor_id=by.vendor_id,
        payment=payment,
        amount=amount,
        currency=payment.currency,
        method=payment.method,
        refunded_at=now,
        reference=reference.strip()[:200],
        reason=reason.strip()[:300],
        event=event,
        recorded_by_id=by.staff_id,
        recorded_at=now,
    )
