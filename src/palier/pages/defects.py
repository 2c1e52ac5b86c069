"""Known defects in words, for both faces: state with its look, texts in the reader's language, versions, dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from palier.pages import ticket_view
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.speech import Speech
from palier.software import words
from palier.software.models import State


@dataclass(frozen=True, slots=True, kw_only=True)
class StateView:
    """Where a defect stands: words, tone and picture of its badge."""

    words: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text as it was written; `language` only where it is not the reader's."""

    text: str
    language: str = ""


def state(which: str) -> StateView:
    """Where it stands."""
    name = {
        State.CONFIRMED: pgettext("defect", "Confirmed"),
        State.IN_PROGRESS: pgettext("defect", "Being fixed"),
        State.FIXED: pgettext("defect", "Fixed, release to come"),
        State.SHIPPED: pgettext("defect", "Fix shipped"),
        State.WILL_NOT_FIX: pgettext("defect", "Will not be fixed"),
        State.WITHDRAWN: pgettext("defect", "Withdrawn: no defect"),
    }[State(which)]
    tone, icon = {
        State.CONFIRMED: ("warn", "alert-triangle"),
        State.IN_PROGRESS: ("plain", "clock"),
        State.FIXED: ("plain", "clock"),
        State.SHIPPED: ("good", "check"),
        State.WILL_NOT_FIX: ("held", "forbid-2"),
        State.WITHDRAWN: ("held", "x"),
    }[State(which)]
    return StateView(words=name, tone=tone, icon=icon)


def written(texts: Mapping[str, str], speech: Speech) -> Written:
    """The text in the reader's language, else in the one there is."""
    text, language = words.in_language(texts, speech.language)
    return Written(text=text, language=language if text and language != speech.language else "")


def product(id_: str, speech: Speech) -> str:
    """The product by its name."""
    known = speech.programme.products if speech.programme is not None else {}
    return ticket_view.name(known, id_, speech) or id_


def versions(affected: list[str] | tuple[str, ...]) -> str:
    """`7.1, 7.2`; a word where nobody knows yet."""
    return ", ".join(affected) if affected else _("not yet known")


def language_name(language: str) -> str:
    """`in English`, `in French`: what follows the name of a text."""
    return {"en": _("in English"), "fr": _("in French")}[language]
