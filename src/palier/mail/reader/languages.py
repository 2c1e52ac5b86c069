"""Which language a text is in."""

from __future__ import annotations

import functools
import re
import threading
from typing import Any

USUAL = ("fr", "en")
OTHERS = (
    "de",
    "es",
    "it",
    "nl",
    "pt",
    "pl",
    "cs",
    "sv",
    "da",
    "fi",
    "nb",
    "ro",
    "hu",
    "tr",
    "el",
    "ru",
    "uk",
    "ar",
    "he",
    "zh",
    "ja",
    "ko",
)
_SURE = 0.85
_SAMPLE = 2_000
_LETTERS = 8
"""Fewer letters than this are no language: a version, a thank you."""
_NOISE = re.compile(
    r"https?://\S+|\S+@\S+|`[^`\n]*`|^\s*>.*$|^(?: {4}|\t).*$|[A-Za-z]:\\\S+|\S*[\d_/\\]\S*", re.MULTILINE
)
_WORD = re.compile(r"[^\W\d_]+")
_MARKERS = {
    "fr": frozenset(
        [
            "bonjour",
            "bonsoir",
            "merci",
            "cordialement",
            "nous",
            "vous",
            "je",
            "ne",
            "pas",
            "est",
            "sont",
            "les",
            "des",
            "une",
            "un",
            "le",
            "la",
            "dans",
            "pour",
            "avec",
            "sur",
            "depuis",
            "que",
            "qui",
            "votre",
            "notre",
            "mais",
            "plus",
            "ça",
            "cela",
            "c’est",
            "j’ai",
            "fichier",
            "erreur",
            "modèle",
            "problème",
        ]
    ),
    "en": frozenset(
        [
            "hello",
            "hi",
            "thanks",
            "thank",
            "regards",
            "the",
            "is",
            "are",
            "we",
            "you",
            "i",
            "not",
            "in",
            "for",
            "with",
            "on",
            "since",
            "that",
            "which",
            "your",
            "our",
            "but",
            "more",
            "it",
            "this",
            "cannot",
            "can’t",
            "doesn’t",
            "file",
            "error",
            "model",
            "problem",
            "please",
        ]
    ),
}
_lock = threading.Lock()


def language(text: str, hint: str) -> str:
    """The ISO 639-1 code of a text's language. French and English come first: another one has to be sure. What is too short
    to tell is taken for `hint`, and for English without one.

    >>> language("12.1", "fr")
    'fr'
    """
    said = _NOISE.sub(" ", text[: 4 * _SAMPLE])[:_SAMPLE]
    letters = sum(map(len, _WORD.findall(said)))
    fallback = hint[:2].lower() or "en"
    if letters < _LETTERS:
        return _marked(said) or fallback
    ranked: list[tuple[str, float]] = _ask(said)
    best, sure = ranked[0]
    if best in USUAL and sure >= 0.5:
        return best
    if sure >= _SURE and letters >= 20:
        return best
    return _marked(said) or (fallback if letters < 40 else next(code for code, _ in ranked if code in USUAL))


def _marked(said: str) -> str:
    """French or English by the small words in it, "" when neither has more."""
    words = re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)?", said.lower().replace("'", "’"))
    counts = {code: sum(word in markers for word in words) for code, markers in _MARKERS.items()}
    if counts["fr"] == counts["en"]:
        return ""
    return max(counts, key=lambda code: counts[code])


def _ask(said: str) -> list[tuple[str, float]]:
    return [(str(code), float(sure)) for code, sure in _model().rank(said)]


@functools.cache
def _loaded() -> Any:
    # A hundred megabytes and a second: nobody pays it who reads no mail.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(sorted({*USUAL, *OTHERS} & set(found.labels)))
    return found


def _model() -> Any:
    with _lock:
        return _loaded()
