"""The words that were sought, marked where they stand."""

from __future__ import annotations

import pytest

from palier.pages import snippets


@pytest.mark.parametrize(
    ("text", "stems", "shown"),
    [
        ("Les sauvegardes échouent", ("sauvegard",), "Les <mark>sauvegardes</mark> échouent"),
        ("L’ÉLÉPHANT d’Afrique", ("eleph",), "L’<mark>ÉLÉPHANT</mark> d’Afrique"),
        (
            "<b>printer</b> & 'jam'",
            ("printer",),
            "&lt;b&gt;<mark>printer</mark>&lt;/b&gt; &amp; &#x27;jam&#x27;",
        ),
        ("art and artichokeplantations", ("art",), "<mark>art</mark> and artichokeplantations"),
        ("nothing here", ("printer",), "nothing here"),
        ("", ("x",), ""),
        ("ﬁle ½ İx", ("x",), "ﬁle ½ İx"),
    ],
)
def test_forms_of_a_word_are_marked_and_the_rest_is_escaped(
    text: str, stems: tuple[str, ...], shown: str
) -> None:
    assert snippets.marked(text, stems) == shown


def test_an_excerpt_is_the_stretch_around_the_first_word_of_the_best_text() -> None:
    long = "word " * 100 + "the printer jams again " + "word " * 100
    found = snippets.excerpt(["nothing", "a printer", long], ("printer", "jam"))
    assert "<mark>printer</mark> <mark>jams</mark>" in found
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert len(found) < 260
    assert snippets.excerpt(["short\n\n  printer"], ("printer",)) == "short <mark>printer</mark>"
    assert snippets.excerpt(["nothing"], ("printer",)) == ""
    assert snippets.excerpt([], ("printer",)) == ""
    # One word longer than the stretch is not cut through its mark.
    assert "<mark>" in snippets.excerpt(["x" * 300 + " printer"], ("printer",), length=20)
