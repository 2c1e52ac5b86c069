"""Folding loses no word, whatever is quoted, signed or answered in between."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mail.reader import corpus

from palier.mail import reader
from palier.mail.reader import flowed, quoting

_PIECES = st.sampled_from(
    [
        "",
        "",
        "Good morning,",
        "12.1",
        "> Which version?",
        ">> deeper",
        "> ",
        "-- ",
        "--",
        "---",
        "________________________________",
        "On Friday, Ada wrote:",
        "On Friday, Ada",
        "wrote:",
        "Le 20/11/2026 à 09:00, Ada a écrit :",
        "Am Freitag schrieb Ada:",
        "From: Ada",
        "Sent: Friday",
        "To: Camille",
        "Subject: Help",
        "De : Ada",
        "Envoyé : vendredi",
        "À : Camille",
        "Objet : Aide",
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "— Write above this line —",
        "> — Écrivez au-dessus de cette ligne —",
        "Cordialement,",
        "Kind regards",
        "Sent from my iPhone",
        "This message is confidential.",
        "Does it work?",
        "&gt; html",
        "*From:* Ada",
    ]
)
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=30)), max_size=25).map("\n".join)


def words(text: str) -> Counter[str]:
    return Counter(text.split())


@given(text=_TEXTS, subject=st.sampled_from(["", "Re: x", "FW: x", "TR: x"]))
def test_no_word_is_lost(text: str, subject: str) -> None:
    fresh, rest = quoting.fold(text, subject=subject)
    assert words(fresh) + words(rest) == words(text)


@given(text=_TEXTS)
def test_something_fresh_always_stays(text: str) -> None:
    fresh, rest = quoting.fold(text)
    if re.search(r"\w", rest):
        assert re.search(r"\w", fresh)


@given(text=st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf"]), max_size=300))
def test_no_word_is_lost_on_the_way_from_a_plain_message(text: str) -> None:
    found = reader.read(corpus.whole(text, Content_Type="text/plain; charset=utf-8"))
    if "html-undeclared" not in found.faults:
        assert words(found.body) + words(found.folded) == words(text)


def test_no_word_is_lost_of_what_is_longer_than_any_letter() -> None:
    for first in ("", "Good morning\n\nOn Friday, Ada wrote:\n"):
        text = first + "\n".join(f"line {number}" for number in range(8_000))
        fresh, rest = quoting.fold(text)
        assert words(fresh) + words(rest) == words(text)
        assert ("line 7999" in rest) is bool(first)


_TAGS = (
    "p",
    "div",
    "b",
    "i",
    "blockquote",
    "li",
    "td",
    "h2",
    "span",
    "pre",
    "code",
    "a href='https://x.example'",
    "font",
)


@st.composite
def pages(draw: st.DrawFn) -> str:
    """HTML of words, nested and not always closed."""
    made: list[str] = []
    for _ in range(draw(st.integers(1, 12))):
        tag = draw(st.sampled_from(_TAGS))
        said = " ".join(draw(st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=1, max_size=5)))
        close = "" if draw(st.booleans()) else f"</{tag.partition(' ')[0]}>"
        made.append(f"<{tag}>{said}{close}")
    return "".join(made)


@given(html=pages())
def test_no_word_of_html_is_lost(html: str) -> None:
    found = reader.read(corpus.whole(html, Content_Type="text/html; charset=utf-8"))
    said = Counter(re.findall(r"[a-z]+", re.sub(r"<[^>]*>", " ", html)))
    kept = Counter(re.findall(r"[a-z]+", f"{found.body}\n{found.folded}"))
    # Words that ran into each other across tags stay together on neither side or both: letters are compared.
    assert Counter("".join(said.elements())) <= Counter("".join(kept.elements()))


@pytest.mark.parametrize(
    ("text", "fresh", "rest"),
    [
        ("Yes.\n\n> Shall we?", "Yes.", "> Shall we?"),
        ("> Shall we?\n\nYes.", "Yes.", "> Shall we?"),
        ("> a?\nYes.\n> b?\nNo.", "> a?\nYes.\n> b?\nNo.", ""),
        ("> a?\nYes.\n> b?\nNo.\n> bye", "> a?\nYes.\n> b?\nNo.", "> bye"),
        ("Yes.\n-- \nAda", "Yes.", "-- \nAda"),
        ("-- \nAda", "-- \nAda", ""),
        ("> a\n> b", "> a\n> b", ""),
        ("", "", ""),
        ("Regards,\nAda", "Regards,\nAda", ""),
        ("Look:\n\nFrom: the menu, To: nowhere", "Look:\n\nFrom: the menu, To: nowhere", ""),
        ("I wrote:\n\nthis", "I wrote:\n\nthis", ""),
    ],
)
def test_folding(text: str, fresh: str, rest: str) -> None:
    assert quoting.fold(text) == (fresh, rest)


def test_a_flowed_signature_stays_on_its_line() -> None:
    assert flowed.unfold("a \n-- \nb", del_space=False) == "a \n-- \nb"
