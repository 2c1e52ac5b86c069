"""How a letter speaks to its reader: our sentences in French or English with the region's spacing, instants with their zone."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from django.urls import get_script_prefix

from palier.core.programme import Programme
from palier.mail.letters import reading
from palier.mail.letters.reading import Reader
from palier.pages.moments import Moments
from palier.pages.speech import Speech
from palier.people import letters as addresses
from palier.people.models import Vendor
from palier.programme import locales


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who speaks to whom: the vendor, the reader's speech, and whether the reader is a customer's."""

    vendor: Vendor
    speech: Speech
    is_customer: bool

    def say(self, *, en: str, fr: str, **values: object) -> str:
        """A sentence of ours; what stands in braces is put in as it is."""
        said = locales.typeset(fr if self.speech.language == "fr" else en, self.speech.locale)
        return said.format(**values) if values else said

    def when(self, at: datetime) -> str:
        """`vendredi 10 juillet 2026 à 13:00, heure de Paris`: the reader's zone, always named."""
        return _long(at, self.speech.zone, self.speech.locale)

    def there(self, at: datetime, zone: str) -> str:
        """The same instant where the customer is, if its clocks show another time: `07:00, heure de Toronto`."""
        here, there = self.speech.moments, self.speech.moments_in(zone)
        if here.offset(at) == there.offset(at):
            return ""
        same_day = here.local(at).date() == there.local(at).date()
        words = there.time(at) if same_day else f"{there.weekday_long(at)} {there.time(at)}"
        where = locales.zone_words(zone, self.speech.locale)
        return f"{words}, {where}" if self.speech.language == "fr" else f"{words} {where}"

    def date(self, at: datetime, zone: str) -> str:
        """`vendredi 10 juillet 2026`, as it is in that zone."""
        return locales.long_date(
            Moments(locale=self.speech.locale, zone=zone).local(at).date(), self.speech.locale
        )

    def link(self, name: str, **arguments: str) -> str:
        """The whole address of a page."""
        return addresses.link(self.vendor, name, **arguments)

    def page(self, path: str) -> str:
        """The whole address of a page by its path."""
        below = path.removeprefix(get_script_prefix()).lstrip("/")
        return urljoin(self.vendor.address.rstrip("/") + "/", below)

    def values(self, name: str) -> dict[str, str]:
        """What every letter can be filled in with: the reader's name, the vendor's, its own words for things."""
        words = self.speech.words
        return {
            "reader.name": name,
            "reader.first_name": name.partition(" ")[0],
            "vendor.name": self.vendor.name,
            "request": words.one,
            "request.a": words.a,
            "request.the": words.the,
            "request.this": words.this,
            "mail": words.mail,
        }

    @property
    def active(self) -> str:
        """The catalogue that pages' words are looked up in."""
        return "fr-ca" if self.speech.locale == "fr-CA" else self.speech.language


def of_reader(vendor: Vendor, reader: Reader, programme: Programme | None) -> Voice:
    """How to speak to a reader about something of that programme."""
    return Voice(
        vendor=vendor,
        speech=reading.speech(programme, reader.language, reader.zone),
        is_customer=reader.viewer.is_customer,
    )


@functools.lru_cache(maxsize=4096)
def _long(at: datetime, zone: str, locale: str) -> str:
    return locales.long_instant(at, zone, locale)
