"""A vendor's accent colour, made readable: every use of it keeps the contrast WCAG 2.2 asks for, in light and dark.

Formulas: WCAG 2.2, relative luminance and contrast ratio. Steps are taken in sRGB towards black or white until the
least contrast of all grounds it can stand on is reached, so a vendor may give any colour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from palier.people import access

Rgb = tuple[float, float, float]

TEXT = 4.5
_LIGHT_GROUNDS = ("#f5f5f3", "#ffffff", "#f0f0ed")
_DARK_GROUNDS = ("#121316", "#1a1b1f", "#222429")
_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Accent:
    """The colours made from one accent, as CSS values."""

    text: str
    solid: str
    hover: str


def is_colour(value: str) -> bool:
    """Whether it is written as #rrggbb."""
    return re.fullmatch(r"#[0-9a-fA-F]{6}", value) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    low, high = sorted((_luminance(_parse(one)), _luminance(_parse(other))))
    return (high + 0.05) / (low + 0.05)


@cache
def accent(colour: str) -> Accent:
    """The accent's uses for a vendor's colour (#rrggbb). ValueError when it is not one."""
    if not is_colour(colour):
        raise ValueError(f"{colour!r} is not a colour: write it as #rrggbb")
    light = _until(colour, "#000000", _LIGHT_GROUNDS)
    dark = _until(colour, "#ffffff", _DARK_GROUNDS)
    solid_light = _until(colour, "#000000", ("#ffffff",))
    return Accent(
        text=_pair(light, dark),
        solid=_pair(solid_light, solid_light),
        hover=_pair(_mix(solid_light, "#000000", 0.18), _mix(solid_light, "#000000", 0.12)),
    )


def require_readable(colour: str) -> None:
    """Raise Refused for a vendor's colour that does not read, with its contrast and the nearest that does.

    As it is given it is written on the light grounds, and white stands on it; in the dark a lighter one is made of it.
    ValueError when it is no colour.
    """
    if not is_colour(colour):
        raise ValueError(f"{colour!r} is not a colour: write it as #rrggbb")
    worst = min(contrast(colour, ground) for ground in _LIGHT_GROUNDS)
    if worst >= TEXT:
        return
    nearest = _until(colour, "#000000", _LIGHT_GROUNDS)
    ratio, found = f"{int(worst * 100) / 100:.2f}", min(contrast(nearest, one) for one in _LIGHT_GROUNDS)
    raise access.Refused(
        code="colour-unreadable",
        en=f"{colour} has a contrast of {ratio}:1 on the light pages, and words need {TEXT}:1 to be read. "
        f"The nearest that passes is {nearest} ({found:.1f}:1).",
        fr=f"{colour} a un contraste de {ratio.replace('.', ',')}:1 sur les pages claires, et il en faut "
        f"{str(TEXT).replace('.', ',')}:1 pour lire des mots. La plus proche qui convient est {nearest} "
        f"({f'{found:.1f}'.replace('.', ',')}:1).",
    )


def both(colour: str) -> tuple[tuple[str, float], tuple[str, float]]:
    """How a vendor's colour is written in light and in dark, each with its least contrast there."""
    light = _until(colour, "#000000", _LIGHT_GROUNDS)
    dark = _until(colour, "#ffffff", _DARK_GROUNDS)
    return (
        (light, min(contrast(light, ground) for ground in _LIGHT_GROUNDS)),
        (dark, min(contrast(dark, ground) for ground in _DARK_GROUNDS)),
    )


def _until(colour: str, towards: str, grounds: tuple[str, ...]) -> str:
    """The first step from `colour` to `towards` that reads on every ground."""
    for step in range(_STEPS + 1):
        tried = _mix(colour, towards, step / _STEPS)
        if all(contrast(tried, ground) >= TEXT for ground in grounds):
            return tried
    return towards


def _pair(light: str, dark: str) -> str:
    return f"light-dark({light}, {dark})"


def _parse(colour: str) -> Rgb:
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(colour: str, other: str, share: float) -> str:
    """`share` of `other` in `colour`."""
    mixed = (a + (b - a) * share for a, b in zip(_parse(colour), _parse(other), strict=True))
    return "#" + "".join(f"{round(c * 255):02x}" for c in mixed)
