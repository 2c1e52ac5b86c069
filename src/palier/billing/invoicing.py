"""Invoices and credit notes: made from lines, numbered without gaps, frozen as issued.

An invoice says who sold, who bought, which taxes and on what: all of it is copied into it, so that a change of address or
of a rate tomorrow changes nothing of it. Rules: docs/reference/billing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Sum
from uuid_utils.compat import uuid7

from palier.billing import numbering, selling, sums, taxes
from palier.billing.models import Invoice, InvoiceLine, Kind, Order, Payment, Source
from palier.contracts import queries as contracts
from palier.people import access, notices
from palier.people.actions import lock_customer
from palier.people.models import Contact, Organisation, Vendor

_LOCALES = {"fr": "fr-FR", "en": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A line to be billed. `net` None: the quantity at the price, less the discount."""

    source: Source
    key: str
    names: Mapping[str, str]
    unit_amount: int
    quantity: int = 1000
    unit: str = sums.ONE
    discount: int = 0
    net: int | None = None
    minutes: int | None = None
    on: date | None = None
    clause: str = ""
    ticket_id: UUID | None = None
    verdict_id: UUID | None = None
    contract_id: UUID | None = None
    order_id: UUID | None = None
    line_id: UUID | None = None
    consent: UUID | None = None
    entries: tuple[UUID, ...] = ()

    def amount(self, currency: str) -> int:
        """Its net amount in minor units."""
        if self.net is not None:
            return self.net
        return sums.line(
            quantity=self.quantity,
            unit=self.unit,
            unit_amount=self.unit_amount,
            currency=currency,
            discount=self.discount,
        ).net


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What is the same for every invoice a vendor issues on one day: read once, also for a thousand."""

    vendor: Vendor
    seller: selling.Identity
    payment_days: int
    day: date
    locales: Mapping[str, str]


def issuer(vendor_id: UUID, now: datetime) -> Issuer:
    """The vendor as who issues. Raises Refused while its identity is incomplete."""
    vendor = Vendor.objects.get(id=vendor_id)
    settings = selling.settings_of(vendor_id)
    seller = selling.seller(settings)
    programme = contracts.programme(contracts.current_revision_id(vendor_id, now))
    return Issuer(
        vendor=vendor,
        seller=seller,
        payment_days=settings.payment_days if settings is not None else 0,
        day=now.astimezone(ZoneInfo(vendor.zone)).date(),
        locales={**_LOCALES, **programme.locales},
    )


def issue(
    *,
    by: access.Viewer,
    of: Issuer,
    organisation: Organisation,
    lines: Sequence[Draft],
    currency: str,
    now: datetime,
    order: Order | None = None,
    paid: int = 0,
    paid_words: str = "",
    from_on: date | None = None,
    until_on: date | None = None,
) -> Invoice:
    """Issue an invoice of these lines. The customer is locked by the caller. Raises Refused for nothing, or for less."""
    access.require_role(by, access.TAKES_MONEY)
    buyer = selling.buyer(organisation)
    on_each = taxes.on(of.vendor.id, seller_country=of.seller.country, buyer=buyer.identity.place, day=of.day)
    nets = [line.amount(currency) for line in lines]
    found = sums.totals(((net, on_each) for net in nets), currency=currency)
    if not lines or found.total < 0:
        raise access.Refused(
            code="nothing-to-invoice",
            en="There is nothing to invoice: what is owed back is given by a credit note.",
            fr="Il n’y a rien à facturer : ce qui est à rendre l’est par un avoir.",
        )
    invoice = _insert(
        by,
        of,
        Kind.INVOICE,
        organisation,
        buyer.identity,
        found,
        language=buyer.language,
        currency=currency,
        now=now,
        due_on=of.day if paid >= found.total else of.day + timedelta(days=of.payment_days),
        order=order,
        paid=paid,
        paid_words=paid_words,
        from_on=from_on,
        until_on=until_on,
    )
    _insert_lines(invoice, lines, nets, on_each)
    return invoice


def _insert(
    by: access.Viewer,
    of: Issuer,
    kind: Kind,
    organisation: Organisation,
    buyer: selling.Identity,
    totals: sums.Totals,
    *,
    language: str,
    currency: str,
    now: datetime,
    due_on: date,
    **more: object,
) -> Invoice:
    # The last lock that is taken: whoever waits for it waits for inserts only.
    number = numbering.take(of.vendor.id, kind=kind, year=of.day.year)
    return Invoice.objects.create(
        vendor_id=of.vendor.id,
        kind=kind,
        year=of.day.year,
        sequence=number,
        number=numbering.words(of.vendor.prefix, kind=kind, year=of.day.year, number=number),
        organisation=organisation,
        language=language,
        locale=of.locales[language],
        zone=of.vendor.zone,
        issued_on=of.day,
        issued_at=now,
        issued_by_id=by.staff_id,
        due_on=due_on,
        currency=currency,
        net=totals.net,
        tax=totals.tax,
        total=totals.total,
        taxes=[one.frozen() for one in totals.taxes],
        seller=of.seller.frozen(),
        buyer=buyer.frozen(),
        **more,
    )


def _insert_lines(
    invoice: Invoice, lines: Sequence[Draft], nets: Sequence[int], on_each: Sequence[sums.Tax]
) -> None:
    taxed = [[tax.tax, tax.category, tax.rate] for tax in on_each]
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            id=uuid7(),
            vendor_id=invoice.vendor_id,
            invoice=invoice,
            position=position,
            source=line.source,
            key=line.key,
            name_en=line.names["en"][:300],
            name_fr=line.names["fr"][:300],
            quantity=line.quantity,
            unit=line.unit,
            unit_amount=line.unit_amount,
            discount=line.discount,
            net=net,
            minutes=line.minutes,
            on=line.on,
            taxes=taxed,
            clause=line.clause,
            ticket_id=line.ticket_id,
            verdict_id=line.verdict_id,
            contract_id=line.contract_id,
            order_id=line.order_id,
            line_id=line.line_id,
            consent=line.consent,
            entries=list(line.entries),
        )
        for position, (line, net) in enumerate(zip(lines, nets, strict=True), start=1)
    )


# --- credit notes -----------------------------------------------------------------------------------


def remaining(invoice: Invoice) -> dict[UUID, int]:
    """Of each line with an amount above 0: what no credit note has given back yet."""
    given = {
        row["line_id"]: row["net__sum"]
        for row in InvoiceLine.objects.filter(vendor_id=invoice.vendor_id, line__invoice=invoice)
        .values("line_id")
        .annotate(Sum("net"))
    }
    return {line.id: line.net - given.get(line.id, 0) for line in invoice.lines.all()}


def credit(
    *,
    by: access.Viewer,
    invoice: Invoice,
    reason: str,
    now: datetime,
    amounts: Mapping[UUID, int] | None = None,
    reversed_: Mapping[UUID, Draft] | None = None,
) -> Invoice:
    """A credit note over an invoice: all that remains of it, or these net amounts of its lines.

    `reversed_` gives lines that were billed by difference and count as billed no more. Raises Refused for more than
    remains, for nothing, and for a credit note.
    """
    access.require_role(by, access.TAKES_MONEY)
    organisation = lock_customer(vendor_id=by.vendor_id, organisation_id=invoice.organisation_id)
    if invoice.kind != Kind.INVOICE:
        raise access.Refused(
            code="credit-of-credit",
            en="A credit note is not credited: issue a new invoice.",
            fr="Un avoir ne se crédite pas : émettez une nouvelle facture.",
        )
    left = remaining(invoice)
    wanted = dict(left) if amounts is None else dict(amounts)
    wanted = {line: amount for line, amount in wanted.items() if amount}
    beyond = any(
        line not in left or not (0 < amount <= left[line] or left[line] <= amount < 0)
        for line, amount in wanted.items()
    )
    if not wanted or beyond or sum(wanted.values()) < 0:
        raise access.Refused(
            code="credit-too-large",
            en=f"Of {invoice.number} no more can be given back than remains of each line.",
            fr=f"De {invoice.number}, on ne peut rendre plus que ce qui reste de chaque ligne.",
        )
    of = issuer(by.vendor_id, now)
    on_each = [sums.thawed(kept).tax for kept in invoice.taxes]
    all_of_it = all(left[line] == wanted.get(line, 0) for line in left)
    found = _credited(invoice, wanted.values(), on_each, closes=all_of_it)
    note = _insert(
        by,
        of,
        Kind.CREDIT_NOTE,
        organisation,
        selling.thawed(invoice.buyer),
        found,
        language=invoice.language,
        currency=invoice.currency,
        now=now,
        due_on=of.day,
        corrects=invoice,
        note=reason.strip()[:500],
    )
    lines = {line.id: line for line in invoice.lines.all()}
    drafts = [_given_back(lines[id_], amount, (reversed_ or {}).get(id_)) for id_, amount in wanted.items()]
    _insert_lines(note, drafts, list(wanted.values()), on_each)
    tell(note, now)
    return note


def tell(invoice: Invoice, now: datetime) -> None:
    """A notice to the account's administrators that an invoice, or a credit note over one, was issued."""
    administrators = Contact.objects.filter(
        vendor_id=invoice.vendor_id,
        organisation_id=invoice.organisation_id,
        is_administrator=True,
        removed_at=None,
    )
    corrects = {} if invoice.corrects is None else {"corrects": invoice.corrects.number}
    notices.notify(
        vendor_id=invoice.vendor_id,
        kind=notices.Kind.INVOICE_ISSUED,
        contacts=list(administrators.order_by("id").values_list("id", flat=True)),
        data={
            "invoice": invoice.number,
            "amount": invoice.total,
            "currency": invoice.currency,
            **corrects,
        },
        now=now,
    )


def _credited(
    invoice: Invoice, nets: Iterable[int], on_each: Sequence[sums.Tax], *, closes: bool
) -> sums.Totals:
    """The totals of a credit note. The one that gives back the rest gives back the rest of the tax, to the cent."""
    found = sums.totals(((net, on_each) for net in nets), currency=invoice.currency)
    if not closes:
        return found
    before = Invoice.objects.filter(vendor_id=invoice.vendor_id, corrects=invoice)
    left = {sums.thawed(kept).tax.key: kept["amount"] for kept in invoice.taxes}
    for note in before:
        for kept in note.taxes:
            left[sums.thawed(kept).tax.key] -= kept["amount"]
    return sums.Totals(
        net=found.net,
        taxes=tuple(
            sums.TaxTotal(tax=one.tax, base=one.base, amount=left[one.tax.key]) for one in found.taxes
        ),
    )


def _given_back(line: InvoiceLine, amount: int, reversed_: Draft | None) -> Draft:
    whole = amount == line.net
    return Draft(
        source=Source.LINE if reversed_ is None else reversed_.source,
        key=str(line.id) if reversed_ is None else reversed_.key,
        names={"en": line.name_en, "fr": line.name_fr},
        quantity=line.quantity if whole else 1000,
        unit=line.unit if whole else sums.ONE,
        unit_amount=line.unit_amount if whole else abs(amount),
        discount=line.discount if whole else 0,
        net=amount,
        minutes=line.minutes if reversed_ is None else reversed_.minutes,
        on=line.on,
        clause=line.clause,
        ticket_id=line.ticket_id,
        verdict_id=line.verdict_id,
        contract_id=line.contract_id,
        order_id=line.order_id,
        line_id=line.id,
        consent=line.consent,
        entries=tuple(line.entries) if reversed_ is None else reversed_.entries,
    )


# --- what is open -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How an invoice stands: what it came to, was given back, was paid and paid back; `open` is what is still owed."""

    total: int
    credited: int
    paid: int
    refunded: int

    @property
    def open(self) -> int:
        """Still to be paid; below 0: to be paid back."""
        return self.total - self.credited - self.paid + self.refunded


def accounts(invoices: Sequence[Invoice]) -> dict[UUID, Account]:
    """How each invoice stands, in three queries however many."""
    if not invoices:
        return {}
    vendor_id, ids = invoices[0].vendor_id, [one.id for one in invoices]
    orders = {one.order_id: one.id for one in invoices if one.order_id is not None}
    credited: dict[UUID, int] = {}
    for id_, total in Invoice.objects.filter(vendor_id=vendor_id, corrects__in=ids).values_list(
        "corrects_id", "total"
    ):
        credited[id_] = credited.get(id_, 0) + total
    paid: dict[UUID, int] = {}
    refunded: dict[UUID, int] = {}
    payments = Payment.objects.filter(vendor_id=vendor_id).exclude(method="purchase-order")
    for invoice_id, order_id, amount, back in (
        (payments.filter(invoice__in=ids) | payments.filter(order__in=orders))
        .annotate(back=Sum("refunds__amount", default=0))
        .values_list("invoice_id", "order_id", "amount", "back")
    ):
        of = invoice_id if invoice_id is not None else orders[order_id]
        paid[of] = paid.get(of, 0) + amount
        refunded[of] = refunded.get(of, 0) + back
    return {
        one.id: Account(
            total=one.total,
            credited=credited.get(one.id, 0),
            paid=paid.get(one.id, 0),
            refunded=refunded.get(one.id, 0),
        )
        for one in invoices
    }


def account(invoice: Invoice) -> Account:
    """How one invoice stands."""
    return accounts([invoice])[invoice.id]
