"""Lines that fill in fields: by labels in both languages and the programme's own words; the rest is text."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tickets import personas

from palier.core.programme import Programme
from palier.mail import fields
from palier.programme import load


@functools.cache
def _infor() -> Programme:
    programme = load.load_programme(personas.source("infor"), "infor.yaml").programme
    assert programme is not None
    return programme


@pytest.fixture
def infor() -> Programme:
    return _infor()


@pytest.mark.parametrize(
    "line",
    [
        "Version : 12.1",
        "version: 12.1",
        "* **Version:** 12.1",
        "Numéro de version\u00a0: 12.1",
        "RELEASE = 12.1",
        "  - Version：12.1",
    ],
)
def test_a_version_is_read_however_it_is_written(infor: Programme, line: str) -> None:
    assert fields.read(f"Bonjour,\n\n{line}\n\nMerci", infor).version == "12.1"


@pytest.mark.parametrize(
    ("line", "product"),
    [("Produit : Entrepôts", "warehouse"), ("Product: warehouse", "warehouse"), ("Logiciel: entrepots", "warehouse"),
     ("Product: Wareh", "warehouse"), ("Product: Fin", ""), ("Product: Excel", "")],
)  # fmt: skip
def test_a_product_is_named_by_id_or_in_either_language(infor: Programme, line: str, product: str) -> None:
    assert fields.read(line, infor).product == product


def test_kind_environment_and_questions_are_read_by_the_programmes_words(infor: Programme) -> None:
    found = fields.read(
        "Sorte de demande : une question sur l’utilisation ou un dépannage\nEnvironment: Test\nImpact: ordinary",
        infor,
    )
    assert found.kind == "question"
    assert found.environment == "test"


def test_a_long_field_goes_on_to_the_next_label_or_empty_line(infor: Programme) -> None:
    text = "Les étapes pour voir l’incident :\n1. ouvrir\n2. fermer\nVersion : 9\n\nsteps: another"
    found = fields.read(text, infor)
    assert found.fields == {"steps": "1. ouvrir\n2. fermer"}
    assert found.version == "9"
    assert found.completing() == {"steps": "1. ouvrir\n2. fermer", "version": "9"}


def test_a_value_may_stand_below_its_label(infor: Programme) -> None:
    assert fields.read("Version:\n\n12.1\nthanks", infor).version == "12.1"


def test_the_first_of_two_holds(infor: Programme) -> None:
    assert fields.read("Version: 1\nVersion: 2", infor).version == "1"


def test_prose_says_nothing(infor: Programme) -> None:
    prose = "Hello,\nthe following happens: nothing works. See https://example.com: it is down.\nAt 10:30 it stopped."
    assert fields.read(prose, infor) == fields.Filled()


@given(text=st.text(max_size=3000))
def test_no_text_is_too_strange(text: str) -> None:
    programme = _infor()
    found = fields.read(text, programme)
    assert len(found.version) <= fields.LONGEST_VERSION
    assert found.kind == "" or found.kind in programme.kinds
    assert found.product == "" or found.product in programme.products


def test_a_text_without_end_is_read_to_a_bound(infor: Programme) -> None:
    assert fields.read("x\n" * fields.MOST_LINES + "Version: 1", infor).version == ""
    assert len(fields.read("Version: " + "9" * 100_000, infor).version) == fields.LONGEST_VERSION
