"""Papers: the same bytes for the same input, text that stays text, and the standards they claim."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime

import pytest

from palier import papers

AT = datetime(2026, 7, 9, 12, tzinfo=UTC)


def pdf(source: str, data: dict[str, object] | None = None, **more: object) -> bytes:
    values: dict[str, object] = {"standard": "ua-1", "lang": "fr", "title": "Relevé", "made_at": AT}
    return papers.pdf(source, data or {}, **{**values, **more})  # type: ignore[arg-type]


def inside(made: bytes) -> bytes:
    """The PDF with its compressed streams opened."""
    opened = [made]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            opened.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(opened)


@pytest.mark.parametrize(
    ("standard", "mark"),
    [("ua-1", b"<pdfuaid:part>1</pdfuaid:part>"), ("a-3b", b"<pdfaid:part>3</pdfaid:part>")],
)
def test_a_paper_claims_its_standard_language_and_title(standard: str, mark: bytes) -> None:
    made = inside(pdf("= Titre\nDu texte.", standard=standard))
    assert mark in made
    assert b"/Lang" in made
    assert "Relevé".encode() in made


def test_the_same_input_makes_the_same_bytes_with_our_fonts() -> None:
    source = "Du texte, #code(data.hash)."
    assert pdf(source, {"hash": "ab" * 32}) == pdf(source, {"hash": "ab" * 32})
    fonts = set(re.findall(rb"/BaseFont ?/([A-Za-z+-]+)", inside(pdf(source, {"hash": "ab" * 32}))))
    assert fonts
    assert all(b"Libertin" in font or b"DejaVu" in font for font in fonts)


def test_what_a_customer_typed_is_text() -> None:
    typed = '#panic("run") = Title $x$ @label \\ "quote"'
    assert pdf("#data.typed", {"typed": typed}).startswith(b"%PDF")


def test_a_table_has_its_head_on_every_page() -> None:
    source = '#listing((1fr, auto), ("Quoi", "Combien"), data.rows.map(row => (row.what, [#row.many])), right: (1,))'
    rows = [{"what": f"ligne {number}", "many": number} for number in range(200)]
    assert len(re.findall(rb"/Type ?/Page\b", inside(pdf(source, {"rows": rows})))) > 3


def test_words_follow_the_language() -> None:
    source = '#assert(say("Bill", "Facture") == data.wanted)'
    pdf(source, {"wanted": "Facture"})
    pdf(source, {"wanted": "Bill"}, lang="en")
    with pytest.raises(papers.BadPaper, match="assertion failed"):
        pdf(source, {"wanted": "Bill"})


def test_a_file_can_be_attached() -> None:
    attachment = papers.Attachment(
        name="statement.json", text='{"é": 1}', media_type="application/json", description="Données"
    )
    made = inside(pdf("Voir le fichier.", attachments=[attachment]))
    assert b"statement.json" in made
    assert '{"é": 1}'.encode() in made


@pytest.mark.parametrize(
    "source", ["#unknown", "#data.missing", '#read("/etc/passwd")', '#image("logo.png")']
)
def test_a_source_that_cannot_be_set_says_why(source: str) -> None:
    with pytest.raises(papers.BadPaper):
        pdf(source)
