"""What was mended is said in words, all of it, in both languages."""

from __future__ import annotations

from django.utils import translation

from palier.desk import mail_faults
from palier.mail.reader.values import Fault


def test_every_fault_has_its_words_in_both_languages() -> None:
    with translation.override("en"):
        english = mail_faults.words(Fault)
    with translation.override("fr"):
        french = mail_faults.words(Fault)
    assert len(set(english)) == len(set(french)) == len(Fault)
    assert not set(english) & set(french)
