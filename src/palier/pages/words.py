"""The vendor's own word for a request (billet, ticket, demande …) in the few forms that pages need.

French agrees with the noun, so the forms are made here, once, from the word and its gender; the sentences around them
are written to need nothing else. The programme gives the words (`words:`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

_MASCULINE = frozenset(
    [
        "billet",
        "ticket",
        "incident",
        "dossier",
        "appel",
        "cas",
        "signalement",
        "problème",
        "message",
        "besoin",
        "courriel",
        "e-mail",
    ]
)
_FEMININE = frozenset(
    ["demande", "requête", "fiche", "sollicitation", "question", "intervention", "affaire", "assistance"]
)
_VOWELS = "aeiouyhàâéèêëîïôöùûü"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What this vendor calls things, in one language."""

    one: str
    many: str
    a: str
    the: str
    this: str
    of_this: str
    new: str
    open_many: str
    none_open: str
    all_many: str
    support: str
    mail: str

    @property
    def title(self) -> str:
        """The plural as a heading: `Billets`."""
        return self.many[:1].upper() + self.many[1:]

    @property
    def heading(self) -> str:
        """The singular as a heading: `Billet`."""
        return self.one[:1].upper() + self.one[1:]


@cache
def words(language: str, *, one: str, many: str, support: str, mail: str) -> Words:
    """The forms of a vendor's words."""
    make = _french if language == "fr" else _english
    return make(one, many, support, mail)


def is_feminine(word: str) -> bool:
    """Whether a French word for a request is feminine: by the list of such words, else by its ending."""
    head = word.split()[0].lower()
    if head in _FEMININE or head in _MASCULINE:
        return head in _FEMININE
    return head.endswith("e")


def nth(number: int, *, language: str, one: str) -> str:
    """A request's place in a row: `7th ticket`, `1re demande`, `2e billet`."""
    if language == "fr":
        first = "1re" if is_feminine(one) else "1er"
        return f"{first if number == 1 else f'{number}e'} {one}"
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending} {one}"


def _french(one: str, many: str, support: str, mail: str) -> Words:
    feminine, vowel = is_feminine(one), one[:1].lower() in _VOWELS
    return Words(
        one=one,
        many=many,
        a=f"une {one}" if feminine else f"un {one}",
        the=f"l’{one}" if vowel else f"la {one}" if feminine else f"le {one}",
        this=f"cette {one}" if feminine else f"cet {one}" if vowel else f"ce {one}",
        of_this=f"de cette {one}" if feminine else f"de cet {one}" if vowel else f"de ce {one}",
        new=f"Nouvelle {one}" if feminine else f"Nouvel {one}" if vowel else f"Nouveau {one}",
        open_many=f"{many[:1].upper()}{many[1:]} {'ouvertes' if feminine else 'ouverts'}",
        none_open=f"Aucune {one} ouverte" if feminine else f"Aucun {one} ouvert",
        all_many=f"{'Toutes' if feminine else 'Tous'} vos {many}",
        support=support,
        mail=mail,
    )


def _english(one: str, many: str, support: str, mail: str) -> Words:
    article = "an" if one[:1].lower() in "aeiou" else "a"
    return Words(
        one=one,
        many=many,
        a=f"{article} {one}",
        the=f"the {one}",
        this=f"this {one}",
        of_this=f"of this {one}",
        new=f"New {one}",
        open_many=f"Open {many}",
        none_open=f"No open {one}",
        all_many=f"All your {many}",
        support=support,
        mail=mail,
    )
