"""Payments: whoever tells of one (finance, the payment provider), the same follows in the same transaction.

A payment in full of an order settles the incident credits, gives what was bought, and issues the invoice. A payment in
full of an invoice with a contract's fee frees the contract. Rules: docs/reference/billing.md.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from palier.billing import crediting, fees, invoicing, ordering, selling
from palier.billing.models import (
    Charge,
    Invoice,
    Kind,
    Method,
    Order,
    OrderKind,
    OrderState,
    Payment,
    ProviderEvent,
    Source,
)
from palier.contracts import actions as contract_actions
from palier.contracts import queries as contracts
from palier.contracts.models import Contract
from palier.people import access, notices
from palier.people.actions import lock_customer
from palier.programme import locales
from palier.tickets import bought, choosing
from palier.tickets.models import Consent

RECORDED = (Method.TRANSFER, Method.PURCHASE_ORDER, Method.OTHER)
_WORDS = {
    Method.STRIPE: {"en": "by card", "fr": "par carte"},
    Method.TRANSFER: {"en": "by transfer", "fr": "par virement"},
    Method.OTHER: {"en": "received", "fr": "reçu"},
}


class WrongAmount(access.Refused):
    """What came is not what is due."""

    def __init__(self, *, came: tuple[int, str], due: tuple[int, str]) -> None:
        en = [locales.money(*one, "en") for one in (came, due)]
        fr = [locales.money(*one, "fr") for one in (came, due)]
        super().__init__(
            code="wrong-amount",
            en=f"{en[0]} came, but {en[1]} is due on the day of payment: check amount, currency and date.",
            fr=f"Reçu : {fr[0]}. Dû au jour du paiement : {fr[1]}. Vérifiez le montant, la monnaie et la date.",
        )


# --- orders -----------------------------------------------------------------------------------------


def record(
    *,
    by: access.Viewer,
    order: Order,
    method: str,
    amount: int,
    currency: str,
    paid_at: datetime,
    reference: str,
    now: datetime,
) -> Payment:
    """Finance records that an order was paid, tax included, at an instant; a purchase order is a promise to pay its invoice.

    Raises Refused for an order that is not open, for a day to come, and WrongAmount.
    """
    access.require_role(by, access.TAKES_MONEY)
    lock_customer(vendor_id=by.vendor_id, organisation_id=order.organisation_id)
    order = locked(by.vendor_id, order.id)
    _require_recordable(method, reference, paid_at, now)
    if order.state != OrderState.UNPAID:
        raise access.Refused(
            code="order-settled",
            en=f"{order.number} is no longer open.",
            fr=f"{order.number} n’est plus ouverte.",
        )
    due = ordering.due(order, paid_at)
    if (amount, currency) != (due.total, due.currency):
        raise WrongAmount(came=(amount, currency), due=(due.total, due.currency))
    payment = _payment(
        by,
        method=method,
        amount=amount,
        currency=currency,
        paid_at=paid_at,
        reference=reference,
        now=now,
        order=order,
    )
    _settle(by, order, payment, now)
    return payment


def came(
    *,
    by: access.Viewer,
    order: Order,
    amount: int,
    currency: str,
    paid_at: datetime,
    provider_ref: str,
    event: ProviderEvent,
    now: datetime,
) -> Payment:
    """The provider took this much for an order, as the page that we opened asked. The customer is locked by the caller.

    Money for an order that is no longer open is kept as a payment to be refunded: it did come.
    """
    order = locked(by.vendor_id, order.id)
    payment = _payment(
        by,
        method=Method.STRIPE,
        amount=amount,
        currency=currency,
        paid_at=paid_at,
        reference=provider_ref,
        now=now,
        order=order,
        provider_ref=provider_ref,
        event=event,
    )
    if order.state == OrderState.UNPAID:
        _settle(by, order, payment, now)
    return payment


def locked(vendor_id: UUID, order_id: UUID) -> Order:
    """The order as it is now, locked after its customer."""
    return (
        Order.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(vendor_id=vendor_id, id=order_id)
    )


def _require_recordable(method: str, reference: str, paid_at: datetime, now: datetime) -> None:
    if method not in RECORDED:
        raise access.Refused(
            code="no-method",
            en=f"Record one of: {', '.join(RECORDED)}.",
            fr=f"Enregistrez l’un de : {', '.join(RECORDED)}.",
        )
    if method == Method.PURCHASE_ORDER and not reference.strip():
        raise access.Refused(
            code="no-reference",
            en="Write the number of the customer's purchase order.",
            fr="Écrivez le numéro du bon de commande du client.",
        )
    if paid_at > now:
        raise access.Refused(
            code="paid-tomorrow",
            en="A payment is recorded once it has come: this day is still to come.",
            fr="Un paiement s’enregistre une fois reçu : ce jour est encore à venir.",
        )


def _payment(
    by: access.Viewer,
    *,
    method: str,
    amount: int,
    currency: str,
    paid_at: datetime,
    reference: str,
    now: datetime,
    order: Order | None = None,
    invoice: Invoice | None = None,
    provider_ref: str = "",
    event: ProviderEvent | None = None,
) -> Payment:
    return Payment.objects.create(
        vendor_id=by.vendor_id,
        order=order,
        invoice=invoice,
        method=method,
        amount=amount,
        currency=currency,
        paid_at=paid_at,
        reference=reference.strip()[:200],
        provider_ref=provider_ref,
        event=event,
        recorded_by_id=by.staff_id,
        recorded_at=now,
    )


def _settle(by: access.Viewer, order: Order, payment: Payment, now: datetime) -> None:
    """What follows a payment in full of an order."""
    order.state, order.paid_at = OrderState.PAID, payment.paid_at
    order.save(update_fields=["state", "paid_at"])
    vendor_id = order.vendor_id
    changed = crediting.settle(vendor_id, order.organisation_id, cause=f"{order.kind}-paid", now=now)
    if order.choice is not None:
        choosing.funded(vendor_id=vendor_id, choice_id=order.choice, now=now, paid_at=payment.paid_at)
    elif order.kind == OrderKind.HOURS:
        contract = contracts.contract_by_id(vendor_id, order.contract_id) if order.contract_id else None
        bought.grant(
            programme=contracts.programme(order.revision_id),
            price_id=order.price,
            organisation_id=order.organisation_id,
            contract=contract,
            key=str(order.id),
            paid_at=payment.paid_at,
            now=now,
            zone=order.zone,
        )
    _invoice(by, order, payment, now)
    follow_credits(by, changed, order, now)
    if order.ordered_by_contact_id is not None:
        notices.notify(
            vendor_id=vendor_id,
            kind=notices.Kind.PAYMENT_RECEIVED,
            contacts=[order.ordered_by_contact_id],
            data={"order": order.id, "amount": payment.amount, "currency": payment.currency},
            now=now,
        )


def _invoice(by: access.Viewer, order: Order, payment: Payment, now: datetime) -> Invoice:
    """The invoice of a paid order, settled but for a purchase order, which is still to be paid."""
    due = ordering.due(order, payment.paid_at)
    promised = payment.method == Method.PURCHASE_ORDER
    of = invoicing.issuer(order.vendor_id, now)
    day = payment.paid_at.astimezone(ZoneInfo(order.zone)).date()
    language = selling.buyer(order.organisation).language
    words = (
        ""
        if promised
        else f"{locales.plain_date(day, of.locales[language])}, {_WORDS[Method(payment.method)][language]}"
    )
    lines = [
        invoicing.Draft(
            source=Source.ORDER,
            key=str(order.id),
            names={"en": order.name_en, "fr": order.name_fr},
            unit_amount=order.amount,
            discount=order.discount,
            on=day,
            clause=order.clause,
            ticket_id=order.ticket_id,
            verdict_id=order.verdict_id,
            contract_id=order.contract_id,
            order_id=order.id,
            consent=_consent(order),
        ),
        *(_credit_line(order, incident, amount) for incident, amount in due.credits),
    ]
    return invoicing.issue(
        by=access.Viewer.machine(by.vendor_id) if by.is_customer else by,
        of=of,
        organisation=order.organisation,
        lines=lines,
        currency=order.currency,
        now=now,
        order=order,
        paid=0 if promised else payment.amount,
        paid_words=words,
        from_on=day,
        until_on=day,
    )


def _consent(order: Order) -> UUID | None:
    """The customer's yes to the price of a choice."""
    if order.choice is None:
        return None
    found = Consent.objects.filter(vendor_id=order.vendor_id, choice_id=order.choice, agreed=True)
    return found.order_by("-at").values_list("id", flat=True).first()


def _credit_line(order: Order, incident: Order, amount: int) -> invoicing.Draft:
    return invoicing.Draft(
        source=Source.CREDIT,
        key=f"{incident.id}:{order.id}",
        names={
            "en": f"Deducted: {incident.name_en}, {incident.number}",
            "fr": f"À déduire : {incident.name_fr}, {incident.number}",
        },
        quantity=-1000,
        unit_amount=amount,
        clause=incident.clause,
        ticket_id=incident.ticket_id,
        verdict_id=incident.verdict_id,
        contract_id=order.contract_id,
        order_id=incident.id,
    )


def follow_credits(
    by: access.Viewer, changed: tuple[crediting.Changed, ...], order: Order, now: datetime
) -> None:
    """Credits that changed for blocks already invoiced: a credit note for one that came later, a charge for one undone."""
    for one in changed:
        if one.block.id == order.id or one.block.state == OrderState.REFUNDED:
            continue
        if one.row.amount < 0:
            _charge_back(by, one, now)
            continue
        invoice = Invoice.objects.filter(vendor_id=by.vendor_id, order=one.block, kind=Kind.INVOICE).first()
        if invoice is None:
            continue
        line = invoice.lines.get(source=Source.ORDER)
        left = invoicing.remaining(invoice)[line.id]
        if left > 0:
            invoicing.credit(
                by=machine(by),
                invoice=invoice,
                amounts={line.id: min(left, one.row.amount)},
                reason=f"{one.incident.number} → {one.block.number}",
                now=now,
            )


def _charge_back(by: access.Viewer, one: crediting.Changed, now: datetime) -> None:
    vendor_id = by.vendor_id
    Charge.objects.create(
        vendor_id=vendor_id,
        organisation_id=one.block.organisation_id,
        contract_id=one.block.contract_id,
        ticket_id=one.incident.ticket_id,
        verdict_id=one.incident.verdict_id,
        order=one.block,
        kind=Charge.CREDIT_BACK,
        price=one.incident.price,
        clause=one.incident.clause,
        name_en=f"Deducted before, charged back: {one.incident.name_en}, {one.incident.number}",
        name_fr=f"Déduit auparavant, rétabli : {one.incident.name_fr}, {one.incident.number}",
        amount=-one.row.amount,
        currency=one.row.currency,
        on=now.astimezone(ZoneInfo(one.block.zone)).date(),
        by_id=by.staff_id,
        recorded_at=now,
    )


def machine(by: access.Viewer) -> access.Viewer:
    """The machine itself, of the same vendor: for what follows by rule from what somebody did."""
    return access.Viewer.machine(by.vendor_id)


# --- invoices ---------------------------------------------------------------------------------------


def record_for_invoice(
    *,
    by: access.Viewer,
    invoice: Invoice,
    method: str,
    amount: int,
    currency: str,
    paid_at: datetime,
    reference: str,
    now: datetime,
    provider_ref: str = "",
    event: ProviderEvent | None = None,
) -> Payment:
    """Money came for an invoice: all that is open, or a part. Raises Refused for a day to come, WrongAmount for more."""
    access.require_role(by, access.TAKES_MONEY)
    lock_customer(vendor_id=by.vendor_id, organisation_id=invoice.organisation_id)
    if event is None:
        _require_recordable(method, reference, paid_at, now)
        open_ = invoicing.account(invoice).open
        if method == Method.PURCHASE_ORDER or not 0 < amount <= open_ or currency != invoice.currency:
            raise WrongAmount(came=(amount, currency), due=(open_, invoice.currency))
    payment = _payment(
        by,
        method=method,
        amount=amount,
        currency=currency,
        paid_at=paid_at,
        reference=reference,
        now=now,
        invoice=invoice,
        provider_ref=provider_ref,
        event=event,
    )
    if invoicing.account(invoice).open <= 0:
        _free_contracts(by, invoice, paid_at, now)
    return payment


def _free_contracts(by: access.Viewer, invoice: Invoice, paid_at: datetime, now: datetime) -> None:
    """Contracts whose fee this invoice bills are paid: requests held for it flow in this transaction."""
    keys = invoice.lines.filter(source=Source.FEE).values_list("contract_id", "key")
    for contract_id, key in keys:
        contract = Contract.objects.get(vendor_id=invoice.vendor_id, id=contract_id)
        if contract.paid_at is None and key == fees.fee_key(contract):
            contract_actions.mark_paid(by=machine(by), contract=contract, now=now, at=paid_at)
