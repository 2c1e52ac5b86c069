"""YAML as text: nothing is converted, everything has its place, every mistake is a problem in two languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.programme import yamltext
from palier.programme.problems import Code, Place
from palier.programme.yamltext import Mapping, Scalar, Sequence


def place(line: int, column: int) -> Place:
    return Place(file="p.yaml", line=line, column=column)


def mapping(text: str) -> Mapping:
    found = yamltext.read(text, "p.yaml")
    assert found.problems == ()
    assert isinstance(found.root, Mapping)
    return found.root


@pytest.mark.parametrize(
    "word",
    [
        "no",
        "yes",
        "null",
        "~",
        "1.10",
        "0o17",
        "012",
        "2026-07-01",
        "12:30",
        "1e3",
        ".inf",
        "180.00 CAD",
        "16..",
        "2026-12-24 12:00-18:00",
        "<<",
    ],
)
def test_scalars_stay_as_typed(word: str) -> None:
    node = mapping(f"a: {word}\n").get("a")
    assert isinstance(node, Scalar)
    assert (node.text, node.quoted, node.place) == (word, False, place(1, 4))
    inside = mapping(f"a: [x, {word}]\n").get("a")
    assert isinstance(inside, Sequence)
    assert isinstance(inside.items[1], Scalar)
    assert inside.items[1].text == word


def test_places_and_order_of_keys() -> None:
    root = mapping('\ufeffb: 1\na:\n  c: [é, "1"]\n  d:\n  e: |\n    two\n    lines\n')
    assert root.keys() == ("b", "a")
    assert root.get("z") is None
    assert root.key("z") is None
    inner = root.get("a")
    assert isinstance(inner, Mapping)
    assert inner.place == place(3, 3)
    listed = inner.get("c")
    assert isinstance(listed, Sequence)
    assert listed.place == place(3, 6)
    assert listed.items == (
        Scalar(text="é", place=place(3, 7)),
        Scalar(text="1", place=place(3, 10), quoted=True),
    )
    assert inner.key("d") == Scalar(text="d", place=place(4, 3))
    assert inner.get("d") == Scalar(text="", place=place(4, 3)), "an empty value is placed at its key"
    assert inner.get("e") == Scalar(text="two\nlines\n", place=place(5, 6), quoted=True)


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "path"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", Code.DUPLICATE_KEY, 4, 3, "b.c"),
        ("a: &x 1\n", Code.ANCHOR, 1, 4, "a"),
        ("a: [1, *x]\n", Code.ANCHOR, 1, 8, "a.2"),
        ("a: !!int 1\n", Code.TAG, 1, 4, "a"),
        ("a: !x {b: 1}\n", Code.TAG, 1, 4, "a"),
        ("a: 1\n---\nb: 2\n---\nc: 3\n", Code.SEVERAL_DOCUMENTS, 2, 1, ""),
        ("? {a: 1}\n: b\n", Code.KEY_NOT_TEXT, 1, 3, "?"),
        ("", Code.EMPTY_FILE, 1, 1, ""),
        ("# only a comment\n", Code.EMPTY_FILE, 1, 1, ""),
        ("---\n", Code.EMPTY_FILE, 1, 1, ""),
        ("a: " + "[" * 60 + "]" * 60, Code.TOO_DEEP, 1, 43, ""),
        ("a: b: c\n", Code.SYNTAX, 1, 5, ""),
        ("a:\n\t- b\n", Code.SYNTAX, 2, 1, ""),
        ("a: [1, 2", Code.SYNTAX, 1, 9, ""),
        ("a: {b: 1", Code.SYNTAX, 1, 9, ""),
        ("a: 'x", Code.SYNTAX, 1, 6, ""),
        ("- a\nb: 1\n", Code.SYNTAX, 2, 1, ""),
        ("a: 1\nb\nc: 1\n", Code.SYNTAX, 3, 1, ""),
        ("a: @x\n", Code.SYNTAX, 1, 4, ""),
        ('a: "\\q"\n', Code.SYNTAX, 1, 6, ""),
        ("%YAML 3.0\n---\na: 1\n", Code.SYNTAX, 1, 1, ""),
        ("a: 1\nb: x\x07\n", Code.SYNTAX, 2, 5, ""),
        ("\ud800", Code.SYNTAX, 1, 1, ""),
    ],
)
def test_mistakes(text: str, code: Code, line: int, column: int, path: str) -> None:
    found = yamltext.read(text, "p.yaml").problems
    assert len(found) >= 1
    first = found[0]
    assert (first.code, first.place, first.path) == (code, place(line, column), path)
    assert first.text("fr") != first.text("en")


def test_every_mistake_of_one_tree_is_told_at_once() -> None:
    found = yamltext.read("a: &x 1\nb: *x\nb: !t 2\n", "p.yaml")
    assert [p.code for p in found.problems] == [Code.ANCHOR, Code.ANCHOR, Code.TAG, Code.DUPLICATE_KEY]
    assert found.root is not None


def test_unknown_syntax_keeps_the_parser_s_words() -> None:
    (problem,) = yamltext.read("a: !<x y", "p.yaml").problems
    assert "expected '>'" in problem.message["en"]
    assert "ce n’est pas du YAML" in problem.message["fr"]


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"%@`#,?\\ \n\t~<é\x85\u2028\x00UxuFf08."))))
def test_never_raises(text: str) -> None:
    found = yamltext.read(text, "p.yaml")
    assert found.root is not None or found.problems


@given(st.text())
def test_never_raises_on_any_text(text: str) -> None:
    found = yamltext.read(text, "p.yaml")
    assert found.root is not None or found.problems
