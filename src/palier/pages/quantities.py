"""How much of something counted: calls, devices and incidents as numbers, hours as hours and minutes."""

from __future__ import annotations

from palier.core.programme import Programme
from palier.pages.moments import MINUTE, NO_BREAK
from palier.pages.speech import Speech
from palier.programme import locales

HOUR_UNIT = "hour"
MINUS, PLUS = "\u2212", "+"


def unit_of(programme: Programme, allowance: str) -> str:
    """What an allowance is counted in; what was bought at a price that fills none is hours, or the incident itself."""
    found = programme.allowances.get(allowance)
    if found is not None:
        return found.unit
    price = programme.prices.get(allowance)
    return HOUR_UNIT if price is not None and price.minutes is not None else "incident"


def name_of(programme: Programme, allowance: str, speech: Speech) -> str:
    """What an allowance is called, or what was bought at a price that fills none."""
    found = programme.allowances.get(allowance) or programme.prices.get(allowance)
    return speech.text(found.name) if found is not None else allowance


def quantity(unit: str, count: int, speech: Speech) -> str:
    """`6 h 45` of 405 minutes, `2` of two calls."""
    if unit != HOUR_UNIT:
        return locales.number(abs(count), speech.locale)
    return locales.duration(abs(count) * MINUTE) if count else f"0{NO_BREAK}h"


def change(unit: str, count: int, speech: Speech) -> str:
    """The same with its sign: `+2`, `−0 h 45`."""
    return f"{PLUS if count > 0 else MINUS if count < 0 else ''}{quantity(unit, count, speech)}"
