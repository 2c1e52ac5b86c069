"""EN 16931 data of an invoice as Factur-X XML (UN/CEFACT CII): what a buyer's books read without a person.

One line has one VAT category there, so an invoice whose lines bear two taxes (GST and QST) has no such form, and its PDF
carries none. What is built here is checked against the schema each time and, in the tests, against the norm's schematron. Reference: docs/reference/billing.md, "Electronic invoices".
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from drafthorse.models.accounting import ApplicableTradeTax, TradeAllowanceCharge
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.tradelines import LineItem

from palier import papers
from palier.billing import selling, sums
from palier.billing.models import Invoice, InvoiceLine, Kind, TaxCategory
from palier.billing.reasons import Reason
from palier.core import money

# It tells every step of every invoice.
logging.getLogger("factur-x").setLevel(logging.WARNING)

PROFILE = "urn:cen.eu:en16931:2017"
_TYPES = {Kind.INVOICE.value: "380", Kind.CREDIT_NOTE.value: "381"}
_UNITS = {sums.ONE: "C62", sums.MINUTE: "MIN"}
_TRANSFER, _ANY = "30", "1"
_NAME = "factur-x.xml"
METADATA = papers.Extension(
    schema="Factur-X PDFA Extension Schema",
    namespace="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    prefix="fx",
    properties={
        "DocumentFileName": papers.Property(value=_NAME, description="The name of the embedded XML document"),
        "DocumentType": papers.Property(
            value="INVOICE",
            description="The type of the hybrid document in capital letters, e.g. INVOICE or ORDER",
        ),
        "Version": papers.Property(
            value="1.0",
            description="The actual version of the standard applying to the embedded XML document",
        ),
        "ConformanceLevel": papers.Property(
            value="EN 16931", description="The conformance level of the embedded XML document"
        ),
    },
)
"""What a PDF with that data says of itself: the extension schema of Factur-X 1.0, chapter 6."""
_VAT = "VAT"


def has_form(invoice: Invoice) -> bool:
    """Whether the norm can say it: every line has exactly one tax, which is a VAT."""
    return len(invoice.taxes) == 1 and invoice.taxes[0]["tax"] == _VAT


def attachment(invoice: Invoice, behind: Sequence[Reason]) -> papers.Attachment:
    """The data as a PDF carries it, checked against the schema of Factur-X before. Only for one that `has_form`."""
    import facturx  # loads as long as all of Django: only who makes an invoice waits for it

    made = xml(invoice, behind)
    # Its check of the schematron asks a server that is not there and takes silence for yes: the tests run that one.
    facturx.xml_check_xsd(made, flavor="factur-x", level="en16931")
    return papers.Attachment(
        name=_NAME,
        text=made.decode(),
        media_type="text/xml",
        description="Factur-X XML file",
        relationship="alternative",
    )


def xml(invoice: Invoice, behind: Sequence[Reason]) -> bytes:
    """The invoice in the profile EN 16931. Only for one that `has_form`."""
    total = sums.thawed(invoice.taxes[0])
    document = Document()
    document.context.guideline_parameter.id = PROFILE
    document.header.id = invoice.number
    document.header.type_code = _TYPES[invoice.kind]
    document.header.issue_date_time = invoice.issued_on
    for text in filter(None, (invoice.note, invoice.seller.get("terms", {}).get(invoice.language, ""))):
        note = IncludedNote()
        note.content = text
        document.header.notes.add(note)
    _parties(document, invoice, total.tax)
    for reason in behind:
        document.trade.items.add(_line(invoice, reason, total.tax))
    _settlement(document, invoice, total)
    made: bytes = document.serialize(schema=None)
    return made


def _decimal(minor: int, currency: str) -> Decimal:
    return money.Amount(minor=minor, currency=currency).decimal()


def _parties(document: Any, invoice: Invoice, tax: sums.Tax) -> None:
    agreement = document.trade.agreement
    seller, buyer = selling.thawed(invoice.seller), selling.thawed(invoice.buyer)
    outside = tax.category == TaxCategory.OUTSIDE
    for place, who in ((agreement.seller, seller), (agreement.buyer, buyer)):
        place.name = who.name
        address = place.address
        address.postcode, address.line_one, address.line_two = who.postcode, who.line_one, who.line_two
        address.city_name, address.country_id = who.city, who.country
        if who.registration:
            place.legal_organization.id = (
                ("0002", who.registration) if who.country == "FR" else ("", who.registration)
            )
        # BR-O-02: what is outside the scope of VAT names nobody's VAT number.
        if who.vat_id and not outside:
            place.tax_registrations.add(TaxRegistration(id=("VA", who.vat_id)))
        if who.email:
            place.electronic_address.uri_ID = ("EM", who.email)
    if outside and not seller.registration and seller.vat_id:
        # BR-CO-26: somebody must be able to tell who the seller is.
        agreement.seller.id = seller.vat_id
    if buyer.reference:
        agreement.buyer_order.issuer_assigned_id = buyer.reference
    document.trade.delivery.event.occurrence = invoice.until_on or invoice.issued_on


def _line(invoice: Invoice, reason: Reason, tax: sums.Tax) -> LineItem:
    line, currency = reason.line, invoice.currency
    item = LineItem()
    item.document.line_id = str(line.position)
    item.product.name = line.name_fr if invoice.language == "fr" else line.name_en
    if reason.short:
        item.product.description = reason.short
    unit = _UNITS[line.unit]
    item.agreement.net.amount = _decimal(line.unit_amount, currency)
    item.agreement.net.basis_quantity = (Decimal(sums.base_of(line.unit)), unit)
    item.delivery.billed_quantity = (Decimal(line.quantity // 1000), unit)
    applied = item.settlement.trade_tax
    applied.type_code, applied.category_code = _VAT, tax.category
    if tax.category != TaxCategory.OUTSIDE:
        applied.rate_applicable_percent = sums.percent(tax.rate)
    gross = _gross(line, currency)
    if gross != line.net:
        item.settlement.allowance_charge.add(_allowance(gross - line.net, currency, invoice.language))
    item.settlement.monetary_summation.total_amount = _decimal(line.net, currency)
    return item


def _gross(line: InvoiceLine, currency: str) -> int:
    return sums.line(
        quantity=line.quantity, unit=line.unit, unit_amount=line.unit_amount, currency=currency
    ).gross


def _allowance(amount: int, currency: str, language: str) -> TradeAllowanceCharge:
    found = TradeAllowanceCharge()
    found.indicator = False
    found.actual_amount = _decimal(amount, currency)
    found.reason_code = "95"
    found.reason = "Remise" if language == "fr" else "Discount"
    return found


def _settlement(document: Any, invoice: Invoice, total: sums.TaxTotal) -> None:
    currency, settlement = invoice.currency, document.trade.settlement
    settlement.currency_code = currency
    settlement.payment_reference = invoice.number
    means = PaymentMeans()
    iban = invoice.seller.get("iban", "")
    if iban and invoice.paid < invoice.total:
        means.type_code = _TRANSFER
        means.payee_account.iban = iban
        means.payee_account.account_name = invoice.seller["name"]
        if invoice.seller.get("bic"):
            means.payee_institution.bic = invoice.seller["bic"]
    else:
        means.type_code = _ANY
    settlement.payment_means.add(means)
    settlement.trade_tax.add(_tax(total, currency, invoice.language))
    if invoice.from_on is not None and invoice.until_on is not None:
        settlement.period.start, settlement.period.end = invoice.from_on, invoice.until_on
    terms = PaymentTerms()
    terms.due = invoice.due_on
    settlement.terms.add(terms)
    if invoice.corrects is not None:
        settlement.invoice_referenced_document.issuer_assigned_id = invoice.corrects.number
        settlement.invoice_referenced_document.issue_date_time = invoice.corrects.issued_on
    summation = settlement.monetary_summation
    net = _decimal(invoice.net, currency)
    summation.line_total = net
    summation.charge_total = summation.allowance_total = _decimal(0, currency)
    summation.tax_basis_total = net
    summation.tax_total = (_decimal(invoice.tax, currency), currency)
    summation.grand_total = _decimal(invoice.total, currency)
    summation.prepaid_total = _decimal(invoice.paid, currency)
    summation.due_amount = _decimal(invoice.total - invoice.paid, currency)


def _tax(total: sums.TaxTotal, currency: str, language: str) -> ApplicableTradeTax:
    tax, found = total.tax, ApplicableTradeTax()
    found.calculated_amount = _decimal(total.amount, currency)
    found.type_code = _VAT
    if tax.category not in (TaxCategory.STANDARD, TaxCategory.ZERO):
        found.exemption_reason = tax.reasons[language]
        if tax.reason_code:
            found.exemption_reason_code = tax.reason_code
    found.basis_amount = _decimal(total.base, currency)
    found.category_code = tax.category
    if tax.category != TaxCategory.OUTSIDE:
        found.rate_applicable_percent = sums.percent(tax.rate)
    return found
