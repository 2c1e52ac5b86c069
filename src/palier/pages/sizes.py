"""How large something is, in the reader's units: `999 bytes`, `12 kB`, `1.2 MB`; `12 ko`, `1,2 Mo`."""

from __future__ import annotations

import functools
from decimal import ROUND_HALF_EVEN, Decimal

from palier.pages.moments import NO_BREAK
from palier.pages.speech import Speech
from palier.programme import locales

_UNITS = {"en": ("bytes", "kB", "MB", "GB"), "fr": ("octets", "ko", "Mo", "Go")}
_STEP = 1000


def size(count: int, speech: Speech) -> str:
    """A number of bytes: whole below a megabyte, with one decimal from there on."""
    return _size(count, speech.language, speech.locale)


@functools.lru_cache(maxsize=1024)
def _size(count: int, language: str, locale: str) -> str:
    step = 0
    figure = Decimal(count)
    while step < 3 and figure >= Decimal("999.5"):
        figure /= _STEP
        step += 1
    digits = Decimal("0.1") if step >= 2 and figure < 100 else Decimal(1)
    rounded = figure.quantize(digits, rounding=ROUND_HALF_EVEN).normalize()
    whole = rounded.to_integral_value()
    shown = locales.number(int(whole) if rounded == whole else rounded, locale)
    return f"{shown}{NO_BREAK}{_UNITS[language][step]}"
