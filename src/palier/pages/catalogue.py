"""The catalogue's words, looked up once a language and process.

Django asks its catalogues anew at every call, at ten times the price; a page of the queue says some two hundred words.
The names are gettext's, so that scripts/check_translations.py finds what is said in Python all the same.
"""

from __future__ import annotations

import functools

from django.utils import translation


def gettext(message: str) -> str:
    """The message in the active language."""
    return _said(translation.get_language(), message, None)


def pgettext(context: str, message: str) -> str:
    """The message in the active language, of several meanings the one of this context."""
    return _said(translation.get_language(), message, context)


@functools.lru_cache(maxsize=8192)
def _said(language: str | None, message: str, context: str | None) -> str:
    del language  # the active one: named as part of the key
    return translation.gettext(message) if context is None else translation.pgettext(context, message)
