"""Paying at the provider: a page opened for an order or an invoice, and what its events then do.

An event acts only on its vendor's rows, and only when the page it is about is one we opened, its reference is ours, and
amount and currency are what we asked. It is kept by its id before anything is done; the same id again does nothing. They
come in any order: a refund told before its payment waits for it. Rules: docs/reference/billing.md, "The provider".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.billing import invoicing, ordering, paying, provider, refunding, selling
from palier.billing.models import (
    CheckoutSession,
    Invoice,
    Kind,
    Order,
    OrderKind,
    OrderState,
    Payment,
    ProviderEvent,
)
from palier.core import terms
from palier.people import access
from palier.people.actions import lock_customer
from palier.people.models import Contact
from palier.tickets import convert

COMPLETED = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
_NO_PAYMENT = ("checkout.session.expired", "checkout.session.async_payment_failed")
REFUNDED = "charge.refunded"
ACTED, WAITS, IGNORED, REFUSED = "acted", "waits", "ignored", "refused"


# --- opening ----------------------------------------------------------------------------------------


def open_for_order(
    *, by: access.Viewer, order: Order, success_url: str, cancel_url: str, language: str, now: datetime
) -> CheckoutSession:
    """A page of the provider's on which an order is paid; the one still open where there is one at today's amount.

    Raises Refused when the provider is off or the order is not open, and provider.Unreachable.
    """
    account = _account(by.vendor_id)
    if order.state != OrderState.UNPAID:
        raise access.Refused(
            code="order-settled",
            en=f"{order.number} is no longer open: there is nothing to pay.",
            fr=f"{order.number} n’est plus ouverte : il n’y a rien à payer.",
        )
    due = ordering.due(order, now)
    if due.total <= 0:
        raise access.Refused(
            code="nothing-to-pay",
            en="Nothing is left to pay: our finance desk confirms it.",
            fr="Il ne reste rien à payer : notre service financier le confirme.",
        )
    standing = order.sessions.filter(
        amount=due.total, currency=due.currency, expires_at__gt=now + timedelta(minutes=2)
    ).first()
    if standing is not None:
        return standing
    row_id = uuid7()
    name = order.name_fr if language == "fr" else order.name_en
    opened = provider.open_checkout(
        account,
        reference=str(order.id),
        metadata={"vendor": str(by.vendor_id), "order": str(order.id), "number": order.number},
        name=f"{name} ({order.number})",
        amount=due.total,
        currency=due.currency,
        email=_email(by),
        language=language,
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=_closes_at(order, due, now),
        attempt=str(row_id),
    )
    return CheckoutSession.objects.create(
        id=row_id,
        vendor_id=by.vendor_id,
        order=order,
        session_id=opened.session_id,
        url=opened.url,
        amount=due.total,
        currency=due.currency,
        credits=[str(incident.id) for incident, _ in due.credits],
        opened_by_id=by.contact_id,
        opened_at=now,
        expires_at=opened.expires_at,
    )


def _closes_at(order: Order, due: ordering.Due, now: datetime) -> datetime:
    """When the page closes: within a day, and before the last day on which its amount holds is over."""
    latest = now + timedelta(seconds=provider.MOST_OPEN_S - 60)
    ends = [
        _window_end(incident)
        for incident, _ in due.credits
        if order.kind == OrderKind.HOURS and incident.paid_at is not None
    ]
    first = min([latest, *ends])
    return max(first, now + timedelta(seconds=provider.LEAST_OPEN_S + 60))


def _window_end(incident: Order) -> datetime:
    """The first instant at which an incident can no longer be credited."""
    assert incident.paid_at is not None
    paid_on = terms.date_at(convert.micros(incident.paid_at), incident.zone)
    return convert.instant(
        terms.start_of(paid_on + timedelta(days=(incident.credit_days or 0) + 1), incident.zone)
    )


def open_for_invoice(
    *, by: access.Viewer, invoice: Invoice, success_url: str, cancel_url: str, language: str, now: datetime
) -> CheckoutSession:
    """A page of the provider's on which what is open of an invoice is paid. Raises as `open_for_order`."""
    account = _account(by.vendor_id)
    open_ = invoicing.account(invoice).open
    if invoice.kind != Kind.INVOICE or open_ <= 0:
        raise access.Refused(
            code="nothing-to-pay",
            en=f"Nothing is open on {invoice.number}.",
            fr=f"Rien n’est à payer sur {invoice.number}.",
        )
    standing = invoice.sessions.filter(
        amount=open_, currency=invoice.currency, expires_at__gt=now + timedelta(minutes=2)
    ).first()
    if standing is not None:
        return standing
    row_id = uuid7()
    opened = provider.open_checkout(
        account,
        reference=str(invoice.id),
        metadata={"vendor": str(by.vendor_id), "invoice": str(invoice.id), "number": invoice.number},
        name=invoice.number,
        amount=open_,
        currency=invoice.currency,
        email=_email(by),
        language=language,
        success_url=success_url,
        cancel_url=cancel_url,
        expires_at=now + timedelta(seconds=provider.MOST_OPEN_S - 60),
        attempt=str(row_id),
    )
    return CheckoutSession.objects.create(
        id=row_id,
        vendor_id=by.vendor_id,
        invoice=invoice,
        session_id=opened.session_id,
        url=opened.url,
        amount=open_,
        currency=invoice.currency,
        opened_by_id=by.contact_id,
        opened_at=now,
        expires_at=opened.expires_at,
    )


def _account(vendor_id: UUID) -> provider.Account:
    account = selling.account_of(vendor_id)
    if account is None:
        raise access.Refused(
            code="provider-off",
            en="Paying by card is not switched on here: pay by transfer, and name the order's number.",
            fr="Le paiement par carte n’est pas activé ici : payez par virement, en indiquant le numéro de commande.",
        )
    return account


def _email(by: access.Viewer) -> str:
    if by.contact_id is None:
        return ""
    return Contact.objects.values_list("email", flat=True).get(vendor_id=by.vendor_id, id=by.contact_id)


# --- hearing ----------------------------------------------------------------------------------------


def hear(*, vendor_id: UUID, event: Mapping[str, Any], now: datetime) -> ProviderEvent:
    """Keep a verified event by its id, then do what it says once; what cannot be acted on says why in its row."""
    found = event.get("data", {}).get("object", {})
    row, is_new = ProviderEvent.objects.get_or_create(
        vendor_id=vendor_id,
        event_id=str(event["id"])[:255],
        defaults={
            "kind": str(event.get("type", ""))[:100],
            "subject": _subject(found)[:255],
            "payload": _kept(event),
            "received_at": now,
        },
    )
    if is_new:
        _act(row, found, _happened_at(event, now), now)
        row.save(update_fields=["outcome", "reason"])
    return row


_KEPT = (
    "id", "object", "client_reference_id", "amount_total", "currency", "payment_status", "payment_intent", "amount",
    "amount_refunded", "refunded", "metadata", "status", "created",
)  # fmt: skip


def _kept(event: Mapping[str, Any]) -> dict[str, Any]:
    """Of an event what acting on it needs: no name, address or card of anybody."""
    found = event.get("data", {}).get("object", {})
    return {
        "id": event["id"],
        "type": event.get("type"),
        "created": event.get("created"),
        "livemode": event.get("livemode"),
        "object": {name: found[name] for name in _KEPT if name in found},
    }


def _subject(found: Mapping[str, Any]) -> str:
    """The payment it is about: what ties a refund to a payment told later."""
    return str(found.get("payment_intent") or found.get("id") or "")


def _happened_at(event: Mapping[str, Any], now: datetime) -> datetime:
    """When the provider says it happened; never later than now."""
    created = event.get("created")
    return min(datetime.fromtimestamp(created, UTC), now) if isinstance(created, int) else now


def _act(row: ProviderEvent, found: Mapping[str, Any], at: datetime, now: datetime) -> None:
    if row.kind in COMPLETED:
        if found.get("payment_status") == "unpaid":
            row.outcome, row.reason = IGNORED, "not paid yet"
            return
        row.outcome, row.reason = _paid(row, found, at, now)
    elif row.kind == REFUNDED:
        row.outcome, row.reason = _refunded(row, found, now)
    else:
        row.outcome, row.reason = IGNORED, "no payment" if row.kind in _NO_PAYMENT else "not ours to act on"


def _paid(row: ProviderEvent, found: Mapping[str, Any], at: datetime, now: datetime) -> tuple[str, str]:
    session = (
        CheckoutSession.objects.select_related("order", "invoice")
        .filter(vendor_id=row.vendor_id, session_id=str(found.get("id", "")))
        .first()
    )
    if session is None:
        return REFUSED, "no page of ours"
    of = session.order if session.order is not None else session.invoice
    assert of is not None
    if str(found.get("client_reference_id")) != str(of.id):
        return REFUSED, "another reference"
    if found.get("amount_total") != session.amount:
        return REFUSED, "another amount"
    if str(found.get("currency", "")).upper() != session.currency:
        return REFUSED, "another currency"
    payment_ref = str(found.get("payment_intent") or found["id"])
    by = access.Viewer.machine(row.vendor_id)
    lock_customer(vendor_id=row.vendor_id, organisation_id=of.organisation_id)
    if Payment.objects.filter(vendor_id=row.vendor_id, provider_ref=payment_ref).exists():
        return IGNORED, "recorded already"
    if session.order is not None:
        was = session.order.state
        payment = paying.came(
            by=by,
            order=session.order,
            amount=session.amount,
            currency=session.currency,
            paid_at=at,
            provider_ref=payment_ref,
            event=row,
            now=now,
        )
        reason = "" if was == OrderState.UNPAID else f"the order was {was}: refund it"
    else:
        assert session.invoice is not None
        payment = paying.record_for_invoice(
            by=by,
            invoice=session.invoice,
            method="stripe",
            amount=session.amount,
            currency=session.currency,
            paid_at=at,
            reference=payment_ref,
            now=now,
            provider_ref=payment_ref,
            event=row,
        )
        reason = ""
    _waiting(row, payment, now)
    return ACTED, reason


def _waiting(row: ProviderEvent, payment: Payment, now: datetime) -> None:
    """Refunds that were told before this payment."""
    for told in ProviderEvent.objects.filter(
        vendor_id=row.vendor_id, subject=payment.provider_ref, kind=REFUNDED, outcome=WAITS
    ).order_by("received_at"):
        told.outcome, told.reason = _refunded(told, told.payload["object"], now)
        told.save(update_fields=["outcome", "reason"])


def _refunded(row: ProviderEvent, found: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    payment = Payment.objects.filter(vendor_id=row.vendor_id, provider_ref=row.subject).first()
    if payment is None:
        return WAITS, "no payment of ours yet"
    if str(found.get("currency", "")).upper() != payment.currency or found.get("amount") != payment.amount:
        return REFUSED, "another amount or currency"
    by = access.Viewer.machine(row.vendor_id)
    of = payment.order if payment.order is not None else payment.invoice
    assert of is not None
    lock_customer(vendor_id=row.vendor_id, organisation_id=of.organisation_id)
    total = found.get("amount_refunded")
    known = sum(payment.refunds.values_list("amount", flat=True))
    if not isinstance(total, int) or total > payment.amount:
        return REFUSED, "more than was paid"
    if total <= known:
        return IGNORED, "recorded already"
    refunding.went_back(
        by=by, payment=payment, amount=total - known, reference=str(found.get("id", "")), event=row, now=now
    )
    return ACTED, row.reason
