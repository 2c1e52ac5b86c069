"""How a page speaks: the reader's language, the vendor's locale for it and its words, and the reader's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import HttpRequest

from palier.contracts import queries as contracts
from palier.core.programme import Programme, Text
from palier.pages.moments import Moments
from palier.pages.words import Words, words
from palier.people import access
from palier.programme import locales

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

_PLAIN = {
    "fr": ("demande", "demandes", "assistance", "courriel"),
    "en": ("request", "requests", "support", "e-mail"),
}
_LOCALES = {"fr": "fr-FR", "en": "en"}
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


@dataclass(frozen=True, kw_only=True)
class Speech:
    """Language (`fr`), locale (`fr-CA`), zone of the reader, and the programme whose words are spoken (None: none yet)."""

    language: str
    locale: str
    zone: str
    programme: Programme | None

    @cached_property
    def moments(self) -> Moments:
        """Short words for instants."""
        return Moments(locale=self.locale, zone=self.zone)

    def moments_in(self, zone: str) -> Moments:
        """The same in another zone."""
        return Moments(locale=self.locale, zone=zone)

    @cached_property
    def words(self) -> Words:
        """The vendor's word for a request, and for support and mail."""
        one, many, support, mail = _PLAIN[self.language]
        if self.programme is not None:
            known = self.programme.words
            one, many = known["request"].in_(self.language), known["requests"].in_(self.language)
            support, mail = known["support"].in_(self.language), known["mail"].in_(self.language)
        return words(self.language, one=one, many=many, support=support, mail=mail)

    def text(self, text: Text | None) -> str:
        """A text of the programme in the reader's language, with the spacing of the locale."""
        return "" if text is None else self.typeset(text.in_(self.language))

    def typeset(self, text: str) -> str:
        """The spacing of the locale (French: before ? ! ; and colons), and French apostrophes as the pages write them."""
        spaced = locales.typeset(text, self.locale)
        return _APOSTROPHE.sub("’", spaced) if self.language == "fr" else spaced


def locale_of(programme: Programme | None, language: str) -> str:
    """The vendor's locale for a language."""
    known = programme.locales if programme is not None else {}
    return known.get(language) or _LOCALES[language]


def programme_of(vendor_id: UUID, now: datetime) -> Programme | None:
    """The programme in force, or None before the vendor published one."""
    try:
        return contracts.programme(contracts.current_revision_id(vendor_id, now))
    except access.Refused:
        return None


def of(request: HttpRequest) -> Speech:
    """How to speak to whoever made this request (set by `SpeechMiddleware`)."""
    found: Speech = request.speech  # type: ignore[attr-defined]
    return found
