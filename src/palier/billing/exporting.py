"""Invoices for the accounts: a CSV with one row a line, in UTF-8 with its mark, amounts with a dot, dates in ISO form.

A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"): what a customer
wrote as its name must not run in the accounts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from palier.billing import reasons, sums
from palier.billing.models import Invoice, InvoiceLine, Kind
from palier.core import money
from palier.people import access

COLUMNS = (
    "kind", "number", "issued_on", "due_on", "corrects", "order", "customer", "customer_vat_id", "country", "currency",
    "line", "source", "what", "quantity", "unit", "unit_price", "discount_percent", "net", "taxes", "ticket", "decision",
    "clause", "contract", "line_order", "consent", "entries", "invoice_net", "invoice_tax", "invoice_total",
)  # fmt: skip
_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(text: str) -> str:
    """The text so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(_STARTS) else text


def lines(viewer: access.Viewer, *, first: date, last: date) -> str:
    """Every line issued from one date to another, both included, by number. For those who take money."""
    access.require_role(viewer, access.TAKES_MONEY)
    invoices = Invoice.objects.visible_to(viewer).filter(issued_on__range=(first, last))
    found = (
        InvoiceLine.objects.filter(vendor_id=viewer.vendor_id, invoice__in=invoices)
        .select_related("invoice", "invoice__corrects", "invoice__order", "invoice__organisation")
        .order_by("invoice__issued_at", "invoice__id", "position")
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    rows = list(found)
    for line, reason in zip(rows, reasons.behind(rows), strict=True):
        writer.writerow(map(_cell, _row(line.invoice, line, reason)))
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    """Figures as they are, words made harmless."""
    return neutral(value) if isinstance(value, str) else str(value)


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
