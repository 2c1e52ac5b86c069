"""What cannot be done to a ticket, said to people in English and French with the way out."""

from __future__ import annotations


class CannotDo(Exception):
    """An action that does not fit the ticket or what was given. `said` holds the sentence by language."""

    def __init__(self, *, code: str, en: str, fr: str) -> None:
        self.code = code
        self.said = {"en": en, "fr": fr}
        super().__init__(f"{code}: {en}")


def wrong_state(*, en: str, fr: str) -> CannotDo:
    """The ticket does not stand where this could be done."""
    return CannotDo(code="wrong-state", en=en, fr=fr)


def unknown_word(*, what_en: str, what_fr: str, word: object, known: tuple[str, ...]) -> CannotDo:
    """A word that the programme does not have."""
    listed = ", ".join(known) or "–"
    return CannotDo(
        code="unknown-word",
        en=f"There is no {what_en} {word!r} here; there is: {listed}.",
        fr=f"Il n’y a pas ici de {what_fr} {word!r} ; il y a : {listed}.",
    )
