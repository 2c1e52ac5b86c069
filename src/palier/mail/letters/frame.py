"""A letter as HTML: one column that fits 320 px, styles on the elements themselves, nothing fetched, nothing run.

Mail programs draw on light or on dark, and some turn colours round. So words take the program's own colour, what stands
back is thinner and not greyer, and the few colours of ours (edges, the button) have their contrast on both grounds.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from django.template import engines, loader

from palier.mail.letters.parts import Sheet
from palier.pages import colour

GROUNDS = ("#ffffff", "#121212")
"""What mail programs draw on, light and dark."""
EDGE = 3.0
"""WCAG 2.2, 1.4.11: what has to be seen without being read."""
TONES = {"good": "#1c8c58", "warn": "#a86a10", "out": "#7b7f87", "held": "#7a68c8"}
"""The edge of a decision, by its tone."""
OURS = "#3046b4"
"""The accent of a vendor without one."""


@functools.lru_cache(maxsize=256)
def styles(accent: str) -> Mapping[str, str]:
    """The styles of every element by name, in a vendor's accent."""
    (solid, _light), _dark = colour.both(accent if colour.is_colour(accent) else OURS)
    edge = _edge(solid)
    font = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
    return {
        "body": f"margin:0;padding:0;{font};font-size:16px;line-height:1.5;-webkit-text-size-adjust:100%",
        "hide": "display:none;max-height:0;overflow:hidden",
        "sheet": "max-width:600px;margin:0 auto;padding:16px;overflow-wrap:anywhere;word-break:break-word",
        "above": "margin:0 0 16px;font-size:13px;opacity:.75;text-align:center",
        "head": f"margin:0 0 20px;padding:0 0 12px;border-bottom:3px solid {edge}",
        "vendor": "margin:0;font-size:15px;font-weight:700",
        "h1": "margin:4px 0 0;font-size:19px;line-height:1.3;font-weight:600",
        "number": "font-weight:400",
        "h2": "margin:0 0 8px;font-size:16px;line-height:1.3;font-weight:700",
        "part": "margin:24px 0",
        "p": "margin:0 0 8px",
        "back": "margin:0 0 8px;font-size:14px;opacity:.8",
        "badge": "display:inline-block;margin:0 8px 4px 0;padding:1px 10px;border-radius:12px;font-size:14px;font-weight:700",
        "list": "margin:0 0 8px;padding:0 0 0 20px",
        "item": "margin:0 0 6px",
        "plain": "margin:0 0 8px;padding:0;list-style:none",
        "ask": f"margin:24px 0;padding:12px 16px;border:2px solid {edge};border-radius:8px",
        "lines": "margin:0 0 12px;padding:0",
        "label": "margin:12px 0 0;font-weight:700",
        "answer": f"margin:24px 0;padding:0 0 0 16px;border-left:4px solid {edge}",
        "table": "width:100%;border-collapse:collapse;margin:0 0 12px;font-size:15px",
        "cell": "padding:4px 12px 4px 0;text-align:left;vertical-align:top;font-weight:400;border-bottom:1px solid #808080",
        "amount": "padding:4px 0;text-align:right;vertical-align:top;white-space:nowrap;border-bottom:1px solid #808080",
        "press": "margin:12px 0 4px",
        "button": f"display:inline-block;padding:11px 20px;border:1px solid {edge};border-radius:6px;"
        f"background:{solid};color:#ffffff;font-weight:600;text-decoration:none",
        "light": f"display:inline-block;padding:9px 18px;border:2px solid {edge};border-radius:6px;"
        "color:inherit;font-weight:600;text-decoration:none",
        "a": "color:inherit;text-decoration:underline;font-weight:600",
        "foot": "margin:32px 0 0;padding:12px 0 0;border-top:1px solid #808080;font-size:13px;line-height:1.45",
        "small": "margin:0 0 6px;opacity:.8",
    }


@functools.lru_cache(maxsize=8)
def why_styles(tone: str) -> Mapping[str, str]:
    """The edge of a decision and of its badge."""
    found = TONES[tone]
    return {
        "why": f"margin:24px 0;padding:0 0 0 16px;border-left:4px solid {found}",
        "edge": f"border:2px solid {found}",
    }


def _edge(solid: str) -> str:
    """The accent as it is seen on light and on dark: lighter, where it would vanish in the dark."""
    light, dark = colour.both(solid)
    for found in (solid, light[0], dark[0]):
        if all(colour.contrast(found, ground) >= EDGE for ground in GROUNDS):
            return found
    return "#808080"


_INCLUDED = re.compile(r'{% include "(mail/[a-z]+\.html)" %}')
_STYLE = re.compile(r"{{ s\.([a-z0-9]+) }}")


def _source(name: str) -> str:
    """A template's own text with those that it includes in their places."""
    text = str(loader.get_template(name).template.source)  # type: ignore[attr-defined]  # Django's own engine
    return _INCLUDED.sub(lambda found: _source(found[1]), text)


@functools.lru_cache(maxsize=128)
def _template(accent: str) -> Any:
    """The letter of a vendor's accent, compiled as one: most of what a template looks up is styles, the same in each letter."""
    found = styles(accent)
    return engines["django"].from_string(_STYLE.sub(lambda one: found[one[1]], _source("mail/letter.html")))


def html(sheet: Sheet) -> str:
    """The whole letter."""
    return str(_template(sheet.accent).render({"it": sheet}))
