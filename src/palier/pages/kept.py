"""Parts of pages that many pages share, rendered once for what they show; a form's token and an address are set in.

Such a template is given `it` and nothing else, so that it cannot show what the cache does not know of. `it` is a value:
frozen, hashable, and equal to another only where both look alike.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Mapping

from django.template import loader
from django.utils import translation
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe


def hole(name: str) -> str:
    """Stands in a value for words that are another for every page, and set in by that name."""
    # With a NUL, which neither the database nor an address ever holds.
    return f"\0{name}\0"


AT = hole("at")
"""Stands for where a page's addresses begin."""
_TOKEN = hole("token")
_HOLES = re.compile("(\0[a-z]+\0)")


def part(template: str, it: Hashable, *, token: str = "", at: str = "", **words: str) -> SafeString:
    """The part that shows `it`, with a form's `token`, for `AT` the address `at`, and for each hole its words (or HTML)."""
    return _set_in(_pieces(template, it, translation.get_language()), token, at, words)


def once(template: str, it: object, *, token: str = "", at: str = "", **words: str) -> SafeString:
    """The same, not kept: for what one page shows once, such as a form as it was sent."""
    return _set_in(_split(template, it), token, at, words)


def _set_in(pieces: tuple[str, ...], token: str, at: str, words: Mapping[str, str]) -> SafeString:
    values = {hole(name): conditional_escape(said) for name, said in words.items()}
    values[AT], values[_TOKEN] = escape(at), escape(token)
    return mark_safe("".join([values.get(piece, piece) for piece in pieces]))  # noqa: S308 (rendered, or escaped)


@functools.lru_cache(maxsize=1024)
def _pieces(template: str, it: Hashable, language: str | None) -> tuple[str, ...]:
    del language  # the active one: named as part of the key
    return _split(template, it)


def _split(template: str, it: object) -> tuple[str, ...]:
    return tuple(_HOLES.split(loader.render_to_string(template, {"it": it, "csrf_token": _TOKEN})))
