"""The line above which an answer to a letter is written: what stands below it is ours, and folded when it comes back."""

from __future__ import annotations

_ABOVE = {"fr": "— Écrivez au-dessus de cette ligne —", "en": "— Write above this line —"}
LINES = frozenset(_ABOVE.values())
"""The line in every language, as it comes back."""


def above(language: str) -> str:
    """The line in a reader's language."""
    return _ABOVE[language]
