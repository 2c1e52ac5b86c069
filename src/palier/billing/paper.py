"""The PDF of an invoice: PDF/A-3b set by typst in the customer's language, with its EN 16931 data embedded (Factur-X).

Made once, the first time it is asked for, from what the invoice keeps; then kept as it is, so that everybody who ever
opens it sees the same bytes.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from palier import papers
from palier.billing import einvoice, reasons, selling, sums
from palier.billing.models import Invoice, InvoiceLine, Kind, Paper
from palier.billing.reasons import Reason
from palier.programme import locales

_LETTER = frozenset({"CA", "US"})


def of(invoice: Invoice, now: datetime) -> Paper:
    """The paper of an invoice, made if there is none yet."""
    standing = Paper.objects.filter(vendor_id=invoice.vendor_id, invoice=invoice).first()
    if standing is not None:
        return standing
    pdf, structured = made(invoice)
    paper, _ = Paper.objects.get_or_create(
        vendor_id=invoice.vendor_id,
        invoice=invoice,
        defaults={
            "pdf": pdf,
            "sha256": hashlib.sha256(pdf).hexdigest(),
            "structured": structured,
            "made_at": now,
        },
    )
    return paper


def made(invoice: Invoice) -> tuple[bytes, bool]:
    """The PDF, and whether EN 16931 data is in it."""
    lines = list(invoice.lines.order_by("position"))
    behind = reasons.behind(lines)
    structured = einvoice.has_form(invoice)
    pdf = papers.pdf(
        _source(),
        data(invoice, behind),
        standard="a-3b",
        lang=invoice.locale,
        title=f"{_title(invoice)} {invoice.number}",
        made_at=invoice.issued_at,
        paper="us-letter" if invoice.seller["country"] in _LETTER else "a4",
        author=invoice.seller["name"],
        attachments=[einvoice.attachment(invoice, behind)] if structured else [],
        extension=einvoice.METADATA if structured else None,
    )
    return pdf, structured


@functools.cache
def _source() -> str:
    return importlib.resources.files("palier.billing").joinpath("invoice.typ").read_text(encoding="utf-8")


def _title(invoice: Invoice) -> str:
    if invoice.kind == Kind.CREDIT_NOTE:
        return "Avoir" if invoice.language == "fr" else "Credit note"
    return "Facture" if invoice.language == "fr" else "Invoice"


# --- what the source shows --------------------------------------------------------------------------


def data(invoice: Invoice, behind: tuple[Reason, ...]) -> dict[str, Any]:
    """All that the paper says, in words and figures of the invoice's language and locale."""
    locale = invoice.locale

    def amount(minor: int) -> str:
        return locales.money(minor, invoice.currency, locale)

    return {
        "title": _title(invoice),
        "number": invoice.number,
        "issued": locales.plain_date(invoice.issued_on, locale),
        "due": locales.plain_date(invoice.due_on, locale) if invoice.kind == Kind.INVOICE else "",
        "period": _period(invoice),
        "corrects": invoice.corrects.number if invoice.corrects is not None else "",
        "order": invoice.order.number if invoice.order is not None else "",
        "seller": _party(selling.thawed(invoice.seller)),
        "buyer": _party(selling.thawed(invoice.buyer)),
        "reference": invoice.buyer.get("reference", ""),
        "lines": [_line(one, invoice) for one in behind],
        "net": amount(invoice.net),
        "taxes": [_tax(kept, invoice) for kept in invoice.taxes],
        "total": amount(invoice.total),
        "paid": amount(-invoice.paid) if invoice.paid else "",
        "paid_words": invoice.paid_words,
        "open": amount(invoice.total - invoice.paid),
        "iban": _spaced(invoice.seller.get("iban", "")) if invoice.paid < invoice.total else "",
        "bic": invoice.seller.get("bic", ""),
        "note": invoice.note,
        "terms": invoice.seller.get("terms", {}).get(invoice.language, ""),
        "credit": invoice.kind == Kind.CREDIT_NOTE,
        "structured": einvoice.has_form(invoice),
    }


def _spaced(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _period(invoice: Invoice) -> str:
    if invoice.from_on is None or invoice.until_on is None:
        return ""
    days = [locales.plain_date(day, invoice.locale) for day in (invoice.from_on, invoice.until_on)]
    return days[0] if days[0] == days[1] else " – ".join(days)


def _party(who: selling.Identity) -> dict[str, Any]:
    town = " ".join(part for part in (who.postcode, who.city) if part)
    place = " ".join(part for part in (town, who.subdivision, who.country) if part)
    numbers = [
        *([who.registration] if who.registration else []),
        *([f"TVA/VAT {who.vat_id}"] if who.vat_id else []),
        *(f"{name} {number}" for name, number in who.tax_numbers),
    ]
    return {
        "name": who.name,
        "lines": [part for part in (who.line_one, who.line_two, place) if part],
        "numbers": numbers,
        "reach": [part for part in (who.email, who.telephone) if part],
    }


def _line(reason: Reason, invoice: Invoice) -> dict[str, Any]:
    line = reason.line
    return {
        "name": line.name_fr if invoice.language == "fr" else line.name_en,
        "why": why(reason, invoice.language),
        "quantity": quantity(line, invoice.locale),
        "price": locales.money(line.unit_amount, invoice.currency, invoice.locale)
        + (" / h" if line.unit == sums.MINUTE else ""),
        "discount": locales.percentage(sums.percent(line.discount).normalize(), invoice.locale)
        if line.discount
        else "",
        "net": locales.money(line.net, invoice.currency, invoice.locale),
    }


def why(reason: Reason, language: str) -> str:
    """`SOL-1042 · decision 2 · clause P3 · 2 entries`."""
    french = language == "fr"
    count = len(reason.worked)
    entries = f"{count} {'saisie' if french else 'entry'}" if count == 1 else ""
    if count > 1:
        entries = f"{count} {'saisies' if french else 'entries'}"
    parts = (
        reason.ticket,
        f"{'décision' if french else 'decision'} {reason.verdict}" if reason.verdict else "",
        f"clause {reason.clause}" if reason.clause else "",
        entries,
        reason.order or (reason.contract if not reason.ticket else ""),
    )
    return " · ".join(part for part in parts if part)


def quantity(line: InvoiceLine, locale: str) -> str:
    """`2 h 15`, `1`, `-1`."""
    if line.unit == sums.MINUTE:
        minutes = line.quantity // 1000
        words = locales.duration(minutes * 60_000_000)
        return f"-{words}" if minutes < 0 else words
    return locales.number(line.quantity // 1000, locale)


def _tax(kept: Mapping[str, Any], invoice: Invoice) -> dict[str, str]:
    total = sums.thawed(kept)
    rate = locales.percentage(sums.percent(total.tax.rate).normalize() + 0, invoice.locale)
    return {
        "name": f"{total.tax.names[invoice.language]} {rate}",
        "base": locales.money(total.base, invoice.currency, invoice.locale),
        "amount": locales.money(total.amount, invoice.currency, invoice.locale),
        "reason": total.tax.reasons.get(invoice.language, ""),
    }
