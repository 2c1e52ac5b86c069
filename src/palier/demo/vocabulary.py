"""Texts of invented requests, of as many as are wanted: words of two languages, a few in most texts and most in a few.

The words are those of the product's own pages and programmes, the most used first (vocabulary/en.txt, fr.txt), and
behind them invented names of parts, as a vendor's customers write them. The word of rank r is drawn about 1/r times as
often as the first, as in any language (G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949).
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

LANGUAGES = ("en", "fr")
NAMES = 40_000
"""So many invented names lie behind the words of a language."""
_SYLLABLES = (
    "ba", "cor", "dal", "ven", "fi", "gor", "hel", "jas", "kel", "lum", "mar", "nov", "or", "pel", "quin", "ras",
    "sol", "tam", "ul", "vor", "wes", "xan", "yor", "zel", "bri", "cla", "dro", "fen", "gli", "hov", "jun", "kra",
    "lis", "mon", "nim",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What texts of one language are made of; `{}` is a word."""

    subjects: Sequence[str]
    first: Sequence[str]
    sentences: Sequence[str]


TEXTS: Mapping[str, Texts] = MappingProxyType(
    {
        "en": Texts(
            subjects=(
                "The {} of {} does not open", "Error “{} {}” since the update", "{}: the {} is empty",
                "Slow: {}, {} and {}", "How do we print the {} of a {}?", "The {} is sent twice to {}",
                "Wrong {} beside {}", "{} cannot be saved", "Import stops at {} {}",
            ),
            first=(
                "Good morning, since yesterday the {} stops as soon as somebody chooses {}.",
                "Hello, two colleagues of {} see “{}” where the {} should be.",
                "Hello, after the update of {} the screen “{}” shows {} instead of {}.",
            ),
            sentences=(
                "We tried {}, {} and {}: the same.", "The log says “{} {} {}”, then {}.",
                "It concerns {} and {}, not {}.", "What we need today: {}, {}.",
                "On the second machine the {} is right, the {} is not.",
                "Please look at {} first, then at {} and {}.", "Steps: {}, {}, {}, then “{}”.",
                "The {} was changed last week, with {} and {}.",
            ),
        ),
        "fr": Texts(
            subjects=(
                "« {} » de {} ne s’ouvre pas", "Erreur « {} {} » depuis la mise à jour", "{} : {} est vide",
                "Lenteur : {}, {} et {}", "Comment imprimer « {} » avec {} ?",
                "« {} » part deux fois vers {}", "« {} » est faux à côté de {}",
                "Impossible d’enregistrer {}", "L’import s’arrête à {} {}",
            ),
            first=(
                "Bonjour, depuis hier « {} » s’arrête dès que l’on choisit {}.",
                "Bonjour, deux collègues de {} voient « {} » à la place de {}.",
                "Bonjour, après la mise à jour de {}, l’écran « {} » montre {} au lieu de {}.",
            ),
            sentences=(
                "Nous avons essayé {}, {} et {} : pareil.", "Le journal dit « {} {} {} », puis {}.",
                "Cela touche {} et {}, pas {}.", "Ce qu’il nous faut aujourd’hui : {}, {}.",
                "Sur le second poste, {} est juste, {} ne l’est pas.",
                "Regardez d’abord {}, puis {} et {}.", "Étapes : {}, {}, {}, puis « {} ».",
                "« {} » a changé la semaine dernière, avec {} et {}.",
            ),
        ),
    }
)  # fmt: skip


@functools.cache
def words(language: str) -> tuple[str, ...]:
    """All words of a language, the most used first: some two thousand, then `NAMES` invented names."""
    file = resources.files("palier.demo") / "vocabulary" / f"{language}.txt"
    return (*file.read_text(encoding="utf-8").split(), *_names())


@functools.cache
def _names() -> tuple[str, ...]:
    found = ("".join(parts) for parts in itertools.product(_SYLLABLES, repeat=3))
    return tuple(itertools.islice(found, NAMES))


@functools.cache
def _weights(count: int) -> tuple[float, ...]:
    return tuple(itertools.accumulate(1 / (rank + 3) for rank in range(count)))


class Writer:
    """Writes subjects and bodies of one language; the same seed writes the same."""

    def __init__(self, language: str, seed: int) -> None:
        self._random = random.Random(f"{language} {seed}")  # noqa: S311 - nothing is kept secret by it
        self._words = words(language)
        self._weights = _weights(len(self._words))
        self._texts = TEXTS[language]

    def subjects(self, count: int) -> Iterator[str]:
        """So many subjects."""
        for _ in range(count):
            text = self._filled(self._random.choice(self._texts.subjects))
            yield text[0].upper() + text[1:]

    def bodies(self, count: int) -> Iterator[str]:
        """So many bodies, of two to four sentences in two paragraphs."""
        for _ in range(count):
            sentences = self._random.choices(self._texts.sentences, k=self._random.randint(1, 3))
            first = self._filled(self._random.choice(self._texts.first))
            yield first + "\n\n" + " ".join(map(self._filled, sentences))

    def _filled(self, frame: str) -> str:
        chosen = self._random.choices(self._words, cum_weights=self._weights, k=frame.count("{}"))
        return frame.format(*chosen)
