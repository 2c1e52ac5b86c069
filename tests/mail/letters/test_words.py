"""Words of a vendor's own, the product's, and how both are filled in and laid out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.mail.letters import default_words, filling, frame, kinds, own_words
from palier.mail.letters.kinds import NATURES, LetterKind
from palier.mail.letters.parts import Prose
from palier.pages import colour
from palier.tickets.problems import CannotDo
from palier.workspace import canned


@pytest.mark.parametrize("kind", list(LetterKind))
@pytest.mark.parametrize("language", default_words.LANGUAGES)
def test_the_products_own_words_pass_the_check_they_set(kind: LetterKind, language: str) -> None:
    found = default_words.wording(kind, language)
    if NATURES[kind].own:
        assert own_words.checked(kind, language, found.subject, found.body).body == found.body
    both = [set(canned.variables(default_words.wording(kind, one).body)) for one in default_words.LANGUAGES]
    # The languages may differ in the vendor's word for a request, in nothing that is told.
    assert both[0] - set(kinds.ANY) == both[1] - set(kinds.ANY)


@pytest.mark.parametrize("kind", list(LetterKind))
def test_french_is_typeset(kind: LetterKind) -> None:
    found = default_words.wording(kind, "fr")
    for piece in filling.pieces(found.body, "fr-FR"):
        if isinstance(piece, filling.Chunk):
            text = "".join(piece.text)
            assert "'" not in text
            assert not re.search(r"(?<![\u00a0:]):(\s|$)|(?<!\u202f)[;?!]", text), text


def test_every_need_has_its_refusal_and_its_place() -> None:
    for kind, nature in NATURES.items():
        for need in nature.needs:
            assert need in nature.variables, kind
            body = default_words.wording(kind, "en").body.replace(f"{{{need}}}", "")
            if nature.own:
                with pytest.raises(CannotDo, match="variable-needed"):
                    own_words.checked(kind, "en", "A subject", body)


def test_values_are_text_in_html_whatever_they_hold() -> None:
    (chunk,) = filling.pieces("Hello **{reader.name}**, see {unknown} and {not a name}", "en")
    assert isinstance(chunk, filling.Chunk)
    found = chunk.filled({"reader.name": "<b>&*Camille*"})
    assert found.html.startswith("<p>Hello <strong>&lt;b&gt;&amp;*Camille*</strong>")
    assert "<b>&*Camille*" in found.text
    assert "{not a name}" in found.text


@given(st.dictionaries(st.sampled_from(["reader.name", "ticket.subject"]), st.text(max_size=40)))
def test_no_value_becomes_markup(values: dict[str, str]) -> None:
    (chunk,) = filling.pieces("{reader.name} wrote {ticket.subject}", "en")
    assert isinstance(chunk, filling.Chunk)
    found: Prose = chunk.filled(values)
    for value in values.values():
        assert value in found.text
    seen: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(tag)

    parser = Tags()
    parser.feed(found.html)
    assert set(seen) <= {"p"}


def test_parts_end_the_prose_before_them() -> None:
    found = filling.pieces("One {why} two\n\n{link}", "en")
    assert [one if isinstance(one, str) else "".join(one.text) for one in found] == [
        "One",
        "why",
        "two",
        "link",
    ]


def test_edges_are_seen_on_light_and_dark() -> None:
    for tone in frame.TONES.values():
        assert all(colour.contrast(tone, ground) >= frame.EDGE for ground in frame.GROUNDS), tone


@given(st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}"))
def test_a_vendors_accent_is_readable_whatever_it_is(accent: str) -> None:
    found = frame.styles(accent)
    fill = re.search(r"background:(#[0-9a-f]{6})", found["button"])
    edge = re.search(r"border-bottom:3px solid (#[0-9a-f]{6})", found["head"])
    assert fill is not None
    assert edge is not None
    assert colour.contrast(fill[1], "#ffffff") >= colour.TEXT
    assert all(colour.contrast(edge[1], ground) >= frame.EDGE for ground in frame.GROUNDS)


def test_styles_fetch_and_fix_nothing() -> None:
    for style in [
        *frame.styles("").values(),
        *(s for tone in frame.TONES for s in frame.why_styles(tone).values()),
    ]:
        assert "url(" not in style
        # Words have the colour of whoever draws them, on whatever ground; white only on the button.
        assert not re.search(r"background:#(fff|000)", style)
