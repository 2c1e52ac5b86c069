"""Invoices for the accounts: a CSV with one row a line, amounts with a dot, dates in ISO form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from palier.billing import reasons, sums
from palier.billing.models import Invoice, InvoiceLine, Kind
from palier.core import money
from palier.papers import sheets
from palier.people import access

COLUMNS = (
    "kind", "number", "issued_on", "due_on", "corrects", "order", "customer", "customer_vat_id", "country", "currency",
    "line", "source", "what", "quantity", "unit", "unit_price", "discount_percent", "net", "taxes", "ticket", "decision",
    "clause", "contract", "line_order", "consent", "entries", "invoice_net", "invoice_tax", "invoice_total",
)  # fmt: skip


def lines(viewer: access.Viewer, *, first: date, last: date) -> str:
    """Every line issued from one date to another, both included, by number. For those who take money."""
    access.require_role(viewer, access.TAKES_MONEY)
    invoices = Invoice.objects.visible_to(viewer).filter(issued_on__range=(first, last))
    found = (
        InvoiceLine.objects.filter(vendor_id=viewer.vendor_id, invoice__in=invoices)
        .select_related("invoice", "invoice__corrects", "invoice__order", "invoice__organisation")
        .order_by("invoice__issued_at", "invoice__id", "position")
    )
    rows = list(found)
    behind = zip(rows, reasons.behind(rows), strict=True)
    return sheets.written(COLUMNS, (_row(line.invoice, line, reason) for line, reason in behind))


def _row(invoice: Invoice, line: InvoiceLine, reason: reasons.Reason) -> Iterable[object]:
    def amount(minor: int) -> object:
        sign = -1 if invoice.kind == Kind.CREDIT_NOTE else 1
        return money.Amount(minor=sign * minor, currency=invoice.currency).decimal()

    return (
        invoice.kind,
        invoice.number,
        invoice.issued_on.isoformat(),
        invoice.due_on.isoformat(),
        invoice.corrects.number if invoice.corrects is not None else "",
        invoice.order.number if invoice.order is not None else "",
        str(invoice.buyer["name"]),
        str(invoice.buyer.get("vat_id", "")),
        str(invoice.buyer.get("country", "")),
        invoice.currency,
        line.position,
        line.source,
        line.name_fr if invoice.language == "fr" else line.name_en,
        sums.percent(line.quantity),
        line.unit,
        money.Amount(minor=line.unit_amount, currency=invoice.currency).decimal(),
        sums.percent(line.discount),
        amount(line.net),
        " ".join(f"{tax}/{category}/{sums.percent(rate)}" for tax, category, rate in line.taxes),
        reason.ticket,
        reason.verdict if reason.verdict is not None else "",
        line.clause,
        reason.contract,
        reason.order,
        str(line.consent or ""),
        " ".join(map(str, line.entries)),
        amount(invoice.net),
        amount(invoice.tax),
        amount(invoice.total),
    )
