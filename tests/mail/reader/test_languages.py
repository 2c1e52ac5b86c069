"""French and English are told apart by little; other languages by more; nothing by nothing."""

from __future__ import annotations

import pytest

from palier.mail import reader


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Bonjour, le fichier ne s’ouvre plus depuis la mise à jour.", "fr"),
        ("Bonjour,\n\nNous ne pouvons plus ouvrir le modèle.\n\nMerci", "fr"),
        ("ça plante au démarrage", "fr"),
        ("Merci beaucoup", "fr"),
        ("Impossible d'ouvrir le fichier", "fr"),
        ("Hello, the file does not open since the update.", "en"),
        ("It crashes on startup", "en"),
        ("Thanks a lot", "en"),
        ("License server down", "en"),
        ("Guten Tag, die Datei lässt sich seit dem Update nicht mehr öffnen.", "de"),
        ("Buenos días, el archivo no se abre desde la última actualización del programa.", "es"),
        ("Buongiorno, dopo l'aggiornamento il file non si apre più, potete aiutarci?", "it"),
        ("Goedemorgen, het bestand gaat niet meer open sinds de laatste update van het programma.", "nl"),
        ("Добрый день, после обновления файл больше не открывается, помогите пожалуйста.", "ru"),
    ],
)
def test_languages(text: str, wanted: str) -> None:
    assert reader.language(text, "") == wanted


@pytest.mark.parametrize(
    "text", ["", "12.1", "ok", "…", "https://x.example/a", "    error 0x1234\n    at main"]
)
@pytest.mark.parametrize("hint", ["fr", "en", "de"])
def test_what_is_no_language_is_taken_for_the_hint(text: str, hint: str) -> None:
    assert reader.language(text, hint) == hint
    assert reader.language(text, "") == "en"


def test_quotes_and_logs_do_not_count() -> None:
    text = "> The file does not open since the update of yesterday\n\n    at main in file not found error\n\nÇa marche chez nous"
    assert reader.language(text, "") == "fr"
