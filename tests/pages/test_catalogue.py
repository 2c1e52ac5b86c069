"""French is whole: nothing untranslated, nothing fuzzy, nothing forgotten; each region has its own spacing."""

from __future__ import annotations

import re
from pathlib import Path

import build_assets
import pytest
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation import gettext
from scripts import check_translations

ROOT = Path(__file__).resolve().parents[2]


def test_the_catalogue_is_whole() -> None:
    assert check_translations.problems() == []


def test_a_missing_an_empty_and_a_strange_translation_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "django.po"
    text = check_translations.CATALOGUE.read_text()
    text = text.replace('msgid "Queue"\nmsgstr "File"', 'msgid "Queue"\nmsgstr ""')
    text = text.replace(
        'msgid "until %(when)s"\nmsgstr "jusqu’à %(when)s"',
        'msgid "until %(when)s"\nmsgstr "jusqu’à %(quand)s"',
    )
    text = text.replace('msgid "Verdict"', 'msgid "Nobody says this"')
    broken.write_text(text)
    monkeypatch.setattr(check_translations, "CATALOGUE", broken)
    found = "\n".join(check_translations.problems())
    for said in (
        "not translated: 'Queue'",
        "names quand",
        "not in the catalogue: 'Verdict'",
        "nobody says this any more",
    ):
        assert said in found


def test_templates_are_read_in_every_form_they_use() -> None:
    source = (
        '{% translate "A 5 % share" %}{% translate "Close" context "dialog" %}'
        '{% blocktranslate with x=y %}Hello {{ x }}, 5 %{% endblocktranslate %}{% include "x" with a=_("Say") %}'
    )
    found = [(one.context, one.text) for one in check_translations.in_template(source, "t")]
    assert found == [(None, "A 5 %% share"), ("dialog", "Close"), (None, "Hello %(x)s, 5 %%"), (None, "Say")]


def test_words_that_are_not_written_out_are_refused() -> None:
    with pytest.raises(ValueError, match="written out"):
        list(check_translations.in_python("from django.utils.translation import gettext as _\n_(x)", "m"))


def test_canada_sets_no_space_where_france_sets_a_narrow_one() -> None:
    build_assets.compile_catalogues()
    with translation.override("fr"):
        france = gettext("What is it about?")
    with translation.override("fr-ca"):
        canada, other = gettext("What is it about?"), gettext("Ways on from here")
    assert france == "De quoi s’agit-il\u202f?"
    assert canada == "De quoi s’agit-il?"
    assert other == "Comment avancer"


def test_french_spacing_is_right_in_the_catalogue() -> None:
    with check_translations.CATALOGUE.open("rb") as text:
        catalogue = read_po(text, locale="fr")
    for message in (one for one in catalogue if one.id):
        for said in message.string if isinstance(message.string, (tuple, list)) else (message.string,):
            assert not re.search(r"[^\s\u202f]\s*(?<!\u202f)[?!;](\s|$)", str(said)), said
            assert not re.search(r" :|« | »|\w'\w", str(said)), said


def test_the_build_names_no_address_of_a_registry() -> None:
    lock = (ROOT / "assets/package-lock.json").read_text()
    assert '"resolved"' not in lock


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ("l’heure\u202f? Non\u00a0: «\u00a0demain\u00a0».", 0),
        ("l'heure", 1),
        ("« demain »", 1),
        ("Vraiment ?", 1),
        ("Non\u202f: demain", 1),
        ("à 12:30, voyez https\u00a0:", 0),
    ],
)
def test_french_typography_is_asked_of_every_translation(said: str, faults: int) -> None:
    assert len(check_translations.typography(said)) == faults
