"""What is added to a PDF's metadata can be read, and nothing else of the PDF moves."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from palier import papers
from palier.papers import metadata

SHELF = papers.Extension(
    schema="Shelves & drawers",
    namespace="urn:example:shelf#",
    prefix="shelf",
    properties={"Place": papers.Property(value="<3rd> & last", description="Where it lies")},
)


def paper(extension: papers.Extension | None) -> bytes:
    return papers.pdf(
        "Page.", {}, standard="a-3b", lang="fr-CH", title="Étagère", made_at=datetime(2026, 8, 3, tzinfo=UTC),
        author="Ferronor", extension=extension,
    )  # fmt: skip


def test_an_extension_comes_after_the_paper_and_is_read() -> None:
    plain, made = paper(None), paper(SHELF)
    assert made.startswith(plain)
    reader = PdfReader(io.BytesIO(made), strict=True)
    assert len(reader.pages) == 1
    root: Any = reader.trailer["/Root"].get_object()
    assert root["/Lang"] == "fr-CH"
    packet = root["/Metadata"].get_data().decode()
    assert "<shelf:Place>&lt;3rd&gt; &amp; last</shelf:Place>" in packet
    assert packet.count("<pdfaExtension:schemas>") == 1
    assert "<pdfaSchema:schema>Shelves &amp; drawers</pdfaSchema:schema>" in packet
    assert "<pdfaid:part>3</pdfaid:part>" in packet
    assert reader.xmp_metadata is not None
    assert reader.xmp_metadata.dc_creator == ["Ferronor"]


@pytest.mark.parametrize(
    "gone", [b"trailer", b"/Metadata", b"<?xpacket", b"<pdfaExtension:schemas>", b"</rdf:RDF>"]
)
def test_a_pdf_of_another_form_is_refused(gone: bytes) -> None:
    with pytest.raises(metadata.OtherForm):
        metadata.extended(paper(None).replace(gone, b"-" * len(gone)), SHELF)
