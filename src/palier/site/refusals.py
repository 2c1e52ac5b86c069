"""Errors an operator reads: what is wrong and the way out, in English and in French."""

from __future__ import annotations


class Refused(Exception):
    """Palier declines to go on; ``said(lang)`` is the sentence for the operator, ``str()`` the English one."""

    def __init__(self, *, en: str, fr: str) -> None:
        super().__init__(en)
        self.en = en
        self.fr = fr

    def said(self, lang: str) -> str:
        """The sentence in ``lang``: French for ``fr…``, else English."""
        return self.fr if lang.lower().startswith("fr") else self.en
