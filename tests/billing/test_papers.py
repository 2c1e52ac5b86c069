"""The PDF of an invoice and the data in it, checked against schema and schematron; the CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import facturx
import pytest
from pypdf import PdfReader

from palier.billing import einvoice, exporting, invoicing, paper, reasons, selling
from palier.billing.models import Invoice, Paper, Source, TaxRule
from palier.people import access, tenancy
from palier.people.actions import lock_customer

from . import schematron
from .selling_world import Shop, block, invoice_of, pay, shop

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-10-05T14:00:00+00:00")


def draft(**changed: Any) -> invoicing.Draft:
    values: dict[str, Any] = {
        "source": Source.CHARGE, "key": str(changed), "names": {"en": "Travel to Lyon", "fr": "Déplacement à Lyon"},
        "unit_amount": 18_050, **changed,
    }  # fmt: skip
    return invoicing.Draft(**values)


def issue(made: Shop, *lines: invoicing.Draft, currency: str = "EUR", **more: Any) -> Invoice:
    organisation = lock_customer(vendor_id=made.vendor_id, organisation_id=made.customer.organisation.id)
    return invoicing.issue(
        by=made.finance, of=invoicing.issuer(made.vendor_id, NOW), organisation=organisation,
        lines=lines or (draft(),), currency=currency, now=NOW, **more,
    )  # fmt: skip


def xml_of(invoice: Invoice) -> bytes:
    return einvoice.xml(invoice, reasons.behind(list(invoice.lines.order_by("position"))))


HOURS = {"quantity": 35_000, "unit": "minute", "unit_amount": 18_000, "minutes": 35}
CASES: dict[str, tuple[invoicing.Draft, ...]] = {
    "one": (draft(),),
    "minutes": (draft(**HOURS), draft(**{**HOURS, "quantity": 20_000, "minutes": 20, "discount": 10_000})),
    "rounding": tuple(draft(unit_amount=1003, key=str(place)) for place in range(3)),
    "deducted": (draft(unit_amount=165_000), draft(quantity=-1000, unit_amount=19_500)),
}
PARTIES: dict[str, dict[str, str]] = {
    "home": {"legal_name": "Ferronor SA", "line_one": "1 quai", "city": "Lille", "postcode": "59000", "country": "FR",
             "vat_id": "FR83404833048", "registration": "404833048", "reference": "PO 4711", "email": "f@f.example"},
    "union": {"legal_name": "Ferronor GmbH", "line_one": "Weg 1", "city": "Köln", "country": "DE",
              "vat_id": "DE136695976"},
    "private": {"legal_name": "Ferronor eV", "line_one": "Weg 1", "city": "Köln", "country": "DE"},
    "abroad": {"legal_name": "Ferronor Inc.", "line_one": "1 Road", "city": "Québec", "country": "CA",
               "subdivision": "QC"},
    "unnamed": {},
}  # fmt: skip


@pytest.fixture
def northern() -> Shop:
    return shop("northern")


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["invoice", "paid", "credit-note"])
def test_the_data_keeps_schema_and_schematron(northern: Shop, party: str, case: str, kind: str) -> None:
    with tenancy.vendor(northern.vendor_id):
        if PARTIES[party]:
            selling.save_party(
                by=northern.finance,
                organisation=northern.customer.organisation,
                values=PARTIES[party],
                now=NOW,
            )
        made = issue(northern, *CASES[case])
        if kind == "paid":
            made = issue(
                northern, *(replace(line, key=f"again {line.key}") for line in CASES[case]), paid=made.total,
                paid_words="5 octobre 2026, par carte", from_on=date(2026, 10, 1), until_on=date(2026, 10, 5),
            )  # fmt: skip
        if kind == "credit-note":
            made = invoicing.credit(by=northern.finance, invoice=made, reason="Not what was agreed", now=NOW)
        found = xml_of(made)
        assert facturx.xml_check_xsd(found, flavor="factur-x", level="en16931")
        assert schematron.broken(found) == []


def test_the_schematron_finds_a_wrong_total(northern: Shop) -> None:
    with tenancy.vendor(northern.vendor_id):
        found = xml_of(issue(northern))
    wrong = found.replace(b"<ram:GrandTotalAmount>216.60", b"<ram:GrandTotalAmount>216.61")
    assert wrong != found
    assert any(rule.startswith("BR-CO-15") for rule in schematron.broken(wrong))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pdf_is_an_archive_in_the_customers_language_with_its_data(northern: Shop, language: str) -> None:
    with tenancy.vendor(northern.vendor_id):
        selling.save_party(
            by=northern.finance, organisation=northern.customer.organisation,
            values={**PARTIES["home"], "language": language}, now=NOW,
        )  # fmt: skip
        made = issue(northern, draft(**HOURS), draft())
        kept = paper.of(made, NOW)
        assert kept.structured
        assert bytes(paper.of(made, NOW + timedelta(days=1)).pdf) == bytes(kept.pdf)
        assert Paper.objects.count() == 1
    reader = PdfReader(io.BytesIO(bytes(kept.pdf)))
    text = "\n".join(page.extract_text() for page in reader.pages)
    wanted = {
        "en": ["Invoice", "NOR-2026-00001", "To pay", "35 min", "€342.60", "VAT 20%", "FR76 3000 6000"],
        "fr": ["Facture", "NOR-2026-00001", "À payer", "35 min", "342,60 €", "TVA 20 %", "FR76 3000 6000"],
    }[language]
    plain = text.replace("\u00a0", " ").replace("\u202f", " ")
    assert [word for word in wanted if word not in plain] == []
    metadata = str(reader.xmp_metadata.stream.get_data() if reader.xmp_metadata else "")
    assert "pdfaid:part" in metadata
    assert "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" in metadata
    assert list(reader.attachments) == ["factur-x.xml"]
    (xml,) = reader.attachments["factur-x.xml"]
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert schematron.broken(xml) == []
    assert reader.trailer["/Root"]["/Lang"] in ("fr-FR", "en-GB")  # type: ignore[index]


def test_two_taxes_on_a_line_have_no_such_data_and_the_paper_shows_both() -> None:
    solid = shop("solidxperts")
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        pay(solid, order, NOW)
        kept = paper.of(invoice_of(order), NOW)
    assert not kept.structured
    reader = PdfReader(io.BytesIO(bytes(kept.pdf)))
    text = "\n".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ")
    for word in (
        "GST 5%",
        "QST 9.975%",
        "CA$82.50",
        "CA$164.59",
        "CA$1,897.09",
        "SOL-O-2026-00001",
        "TVQ/QST",
    ):
        assert word in text, word
    assert not reader.attachments


def test_what_a_customer_is_called_is_text_and_no_markup(northern: Shop) -> None:
    with tenancy.vendor(northern.vendor_id):
        name = "#panic() *Bold* $x$ <tag> \\ & Co"
        selling.save_party(
            by=northern.finance, organisation=northern.customer.organisation,
            values={**PARTIES["home"], "legal_name": name}, now=NOW,
        )  # fmt: skip
        kept = paper.of(issue(northern), NOW)
    assert "#panic() *Bold* $x$ <tag>" in PdfReader(io.BytesIO(bytes(kept.pdf))).pages[0].extract_text()


# --- CSV --------------------------------------------------------------------------------------------


def test_the_csv_has_each_line_with_its_reason_and_adds_up() -> None:
    solid = shop("solidxperts")
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        pay(solid, order, NOW)
        invoicing.credit(
            by=solid.finance, invoice=invoice_of(order), reason="x", now=NOW + timedelta(hours=2)
        )
        text = exporting.lines(solid.finance, first=date(2026, 10, 1), last=date(2026, 10, 31))
        assert (
            exporting.lines(solid.finance, first=date(2026, 11, 1), last=date(2026, 11, 30)).count("\r\n")
            == 1
        )
        for by in (access.Viewer.staff(solid.world.agent), solid.buyer):
            with pytest.raises(access.Refused):
                exporting.lines(by, first=date(2026, 10, 1), last=date(2026, 10, 31))
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["kind"], row["net"], row["invoice_total"]) for row in rows] == [
        ("invoice", "1650.00", "1897.09"), ("credit-note", "-1650.00", "-1897.09"),
    ]  # fmt: skip
    assert rows[0]["clause"] == "P2"
    assert rows[0]["line_order"] == "SOL-O-2026-00001"
    assert rows[0]["taxes"] == "GST/S/5.000 QST/S/9.975"
    assert rows[1]["corrects"] == rows[0]["number"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(northern: Shop, start: str) -> None:
    name = f"{start}cmd|' /C calc'!A0"
    with tenancy.vendor(northern.vendor_id):
        issue(northern, draft(names={"en": name, "fr": name}))
        text = exporting.lines(northern.finance, first=date(2026, 1, 1), last=date(2026, 12, 31))
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert row["what"] == f"'{name}"
    assert row["net"] == "180.50"


def test_several_currencies_stay_apart(northern: Shop) -> None:
    with tenancy.vendor(northern.vendor_id):
        TaxRule.objects.all()
        first = issue(northern, currency="EUR")
        second = issue(northern, draft(key="2", unit_amount=9_999), currency="JPY")
        assert (first.currency, second.currency, second.total) == ("EUR", "JPY", 11_999)
        text = exporting.lines(northern.finance, first=date(2026, 1, 1), last=date(2026, 12, 31))
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert [(row["currency"], row["net"]) for row in rows] == [("EUR", "180.50"), ("JPY", "9999")]
        found = xml_of(second)
        assert schematron.broken(found) == []
