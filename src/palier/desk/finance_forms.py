"""The forms of the finance desk: what each asks, and the one action it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from palier.billing import billables, invoicing, ordering, paying, refunding, selling
from palier.billing.models import (
    Charge,
    Invoice,
    InvoiceLine,
    Method,
    Order,
    Party,
    Payment,
)
from palier.core import money
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people.access import Refused, Viewer
from palier.people.models import Organisation
from palier.programme import locales
from palier.tickets import queries as tickets
from palier.tickets.models import Ticket


def minor(sent: Sent, name: str, currency: str) -> int:
    """An amount that was typed, in minor units of a currency; nothing typed is nothing."""
    return sent.money(name, currency) or 0


def typed(amount: int, currency: str, speech: Speech) -> str:
    """An amount as one would type it."""
    text = str(money.Amount(minor=amount, currency=currency).decimal())
    return text.replace(".", ",") if speech.language == "fr" else text


# --- orders and payments ----------------------------------------------------------------------------


def _methods(*, promise: bool) -> Mapping[str, str]:
    names = {
        Method.TRANSFER.value: _("Transfer"),
        Method.PURCHASE_ORDER.value: _("Purchase order (paid later, by invoice)"),
        Method.OTHER.value: _("Other"),
    }
    return names if promise else {key: name for key, name in names.items() if key != Method.PURCHASE_ORDER}


def payment_form(url: str, amount: int, currency: str, day: date, speech: Speech, *, promise: bool) -> Form:
    """A payment that came."""
    return Form(
        action="record",
        title=_("Record a payment"),
        button=_("Record"),
        url=url,
        opened=True,
        fields=(
            Field(
                name="method",
                label=_("How it came"),
                kind="choice",
                options=options(_methods(promise=promise), Method.TRANSFER.value),
                required=True,
            ),
            Field(
                name="amount",
                label=_("Amount in %(currency)s, tax included") % {"currency": currency},
                kind="money",
                value=typed(amount, currency, speech),
                required=True,
            ),
            Field(
                name="paid_on", label=_("Day it was paid"), kind="date", value=day.isoformat(), required=True
            ),
            Field(
                name="reference",
                label=_("Reference"),
                hint=_("Of the transfer, or the purchase order’s number."),
            ),
        ),
    )


def paid_at(sent: Sent, now: datetime) -> datetime:
    """The instant of a payment known by its day: now for today, else that day's first instant."""
    start = sent.start_of("paid_on") or now
    same_day = start.astimezone(now.tzinfo) <= now and (now - start).total_seconds() < 86_400
    return now if same_day and start.date() == now.astimezone(start.tzinfo).date() else start


def record(by: Viewer, order: Order, sent: Sent, now: datetime) -> str:
    """A payment of an order."""
    paying.record(
        by=by,
        order=order,
        method=sent.chosen("method"),
        amount=minor(sent, "amount", order.currency),
        currency=order.currency,
        paid_at=paid_at(sent, now),
        reference=sent.text("reference"),
        now=now,
    )
    return _("Recorded: what was bought is there, and the invoice is issued.")


def record_for_invoice(by: Viewer, invoice: Invoice, sent: Sent, now: datetime) -> str:
    """A payment of an invoice."""
    paying.record_for_invoice(
        by=by,
        invoice=invoice,
        method=sent.chosen("method"),
        amount=minor(sent, "amount", invoice.currency),
        currency=invoice.currency,
        paid_at=paid_at(sent, now),
        reference=sent.text("reference"),
        now=now,
    )
    return _("Recorded.")


def refund_form(url: str, payments: Mapping[str, str], *, refusal: str = "") -> Form:
    """A payment that goes back."""
    return Form(
        action="refund",
        title=_("Pay back"),
        button=_("Pay back"),
        url=url,
        refusal=refusal,
        says=_(
            "What came by card goes back by card at once. What came by transfer you send yourself; here it is noted."
        ),
        fields=(
            Field(
                name="payment", label=_("Payment"), kind="choice", options=options(payments), required=True
            ),
            Field(name="reason", label=_("Reason"), required=True),
            Field(name="reference", label=_("Reference")),
        ),
    )


def refund(by: Viewer, sent: Sent, now: datetime) -> str:
    """Pay back."""
    payment = Payment.objects.get(vendor_id=by.vendor_id, id=sent.id("payment") or UUID(int=0))
    refunding.refund(
        by=by, payment=payment, reason=sent.text("reason"), reference=sent.text("reference"), now=now
    )
    return _("Paid back: the invoice is credited.")


def cancel_form(url: str) -> Form:
    """An order that will not be paid."""
    return Form(action="cancel", title=_("Cancel the order"), button=_("Cancel the order"), url=url)


def cancel(by: Viewer, order: Order, now: datetime) -> str:
    """Cancel it."""
    ordering.cancel(by=by, order=order, now=now)
    return _("Cancelled.")


# --- credit notes -----------------------------------------------------------------------------------


def credit_form(
    url: str, invoice: Invoice, lines: list[InvoiceLine], left: Mapping[UUID, int], speech: Speech
) -> Form:
    """A credit note: all that remains, or an amount of each line."""
    names = {line.id: line.name_fr if speech.language == "fr" else line.name_en for line in lines}
    return Form(
        action="credit",
        title=_("Issue a credit note"),
        button=_("Issue the credit note"),
        url=url,
        says=_("With all amounts left empty, all that remains is given back, to the cent."),
        fields=(
            Field(name="reason", label=_("Reason, for the customer"), required=True),
            *(
                Field(
                    name=f"line-{line.position}",
                    label=f"{line.position}. {names[line.id]}",
                    kind="money",
                    hint=_("at most %(amount)s, without tax")
                    % {"amount": locales.money(left[line.id], invoice.currency, speech.locale)},
                )
                for line in lines
                if left[line.id] > 0
            ),
        ),
    )


def credit(
    by: Viewer,
    invoice: Invoice,
    lines: list[InvoiceLine],
    left: Mapping[UUID, int],
    sent: Sent,
    now: datetime,
) -> Invoice:
    """Issue it."""
    wanted = {
        line.id: minor(sent, f"line-{line.position}", invoice.currency) for line in lines if left[line.id] > 0
    }
    amounts = {id_: amount for id_, amount in wanted.items() if amount}
    return invoicing.credit(
        by=by, invoice=invoice, amounts=amounts or None, reason=sent.text("reason"), now=now
    )


# --- a customer -------------------------------------------------------------------------------------


def party_form(url: str, organisation: Organisation, party: Party | None) -> Form:
    """How a customer is named on its invoices."""

    def value(name: str) -> str:
        return str(getattr(party, name)) if party is not None else ""

    return Form(
        action="party",
        title=_("Billing address"),
        button=_("Save"),
        url=url,
        fields=(
            *identity(value, organisation.name),
            Field(name="reference", label=_("Its own reference"), value=value("reference"), hint=_("Such as a purchase order.")),
            Field(
                name="language",
                label=_("Language of its invoices"),
                kind="choice",
                options=options({"en": "English", "fr": "Français"}, value("language")),
            ),
        ),
    )  # fmt: skip


def identity(value: object, example: str) -> tuple[Field, ...]:
    """How a seller or a buyer is named."""
    assert callable(value)
    return (
        Field(name="legal_name", label=_("Legal name"), value=value("legal_name"), hint=example),
        Field(name="line_one", label=_("Street"), value=value("line_one")),
        Field(name="line_two", label=_("Second line"), value=value("line_two")),
        Field(name="postcode", label=_("Postcode"), value=value("postcode")),
        Field(name="city", label=_("City"), value=value("city")),
        Field(name="country", label=_("Country"), value=value("country"), hint=_("Two letters, such as FR or CA.")),
        Field(name="subdivision", label=_("Province"), value=value("subdivision"), hint=_("Such as QC.")),
        Field(name="registration", label=_("Registration number"), value=value("registration"), hint="SIREN, NEQ, UID …"),
        Field(name="vat_id", label=_("VAT number"), value=value("vat_id")),
        Field(name="email", label=_("E-mail for invoices"), value=value("email")),
    )  # fmt: skip


def save_party(by: Viewer, organisation: Organisation, sent: Sent, now: datetime) -> str:
    """Write it."""
    values = {name: sent.text(name) for name in selling.PARTY_FIELDS}
    selling.save_party(by=by, organisation=organisation, values=values, now=now)
    return _("Saved. What is issued from now on says so.")


def invoice_form(url: str, until: date) -> Form:
    """Invoice what stands there."""
    return Form(
        action="invoice",
        title=_("Invoice it"),
        button=_("Issue"),
        url=url,
        opened=True,
        fields=(
            Field(
                name="until", label=_("Up to and with"), kind="date", value=until.isoformat(), required=True
            ),
        ),
    )


def charge_form(url: str, currency: str, day: date) -> Form:
    """A line no request holds."""
    return Form(
        action="charge",
        title=_("Add travel or a fixed price"),
        button=_("Add"),
        url=url,
        says=_("About a request it needs the customer’s recorded yes; the line names it."),
        fields=(
            Field(
                name="kind",
                label=_("What it is"),
                kind="choice",
                options=options({Charge.TRAVEL: _("Travel"), Charge.FIXED: _("Fixed price")}, Charge.TRAVEL),
                required=True,
            ),
            Field(name="name_en", label=_("Name in English"), required=True),
            Field(name="name_fr", label=_("Name in French"), required=True),
            Field(name="amount", label=_("Amount in %(currency)s, without tax") % {"currency": currency}, kind="money", required=True),
            Field(name="on", label=_("Day"), kind="date", value=day.isoformat(), required=True),
            Field(name="ticket", label=_("Request"), hint=_("Its number, where it is about one.")),
        ),
    )  # fmt: skip


def charge(by: Viewer, organisation: Organisation, currency: str, sent: Sent, now: datetime) -> str:
    """Add it."""
    billables.charge(
        by=by,
        organisation=organisation,
        kind=sent.chosen("kind"),
        names={"en": sent.text("name_en"), "fr": sent.text("name_fr")},
        amount=minor(sent, "amount", currency),
        currency=currency,
        on=sent.day("on") or now.date(),
        now=now,
        ticket=_ticket(by, organisation, sent.text("ticket")),
    )
    return _("Added: it stands on the next invoice.")


def _ticket(by: Viewer, organisation: Organisation, number: str) -> Ticket | None:
    if not number:
        return None
    figure = number.rpartition("-")[2]
    found = (
        Ticket.objects.filter(vendor_id=by.vendor_id, organisation=organisation, number=int(figure)).first()
        if figure.isascii() and figure.isdigit() and len(figure) < 10
        else None
    )
    if found is None or number.upper() not in (figure, tickets.number_of(found.revision_id, found.number)):
        raise Refused(
            code="no-ticket",
            en=f"This customer has no request {number}.",
            fr=f"Ce client n’a pas de demande {number}.",
        )
    return found
