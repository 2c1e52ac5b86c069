"""The ways on for a request, as their customer chooses among them and as the desk sees them.

The sentence of a way is the one that is kept with the choice. A page carries a mark of it, so that what is chosen is what
was read: where price or balance changed meanwhile, the choice is asked for again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from palier.core.programme import Programme
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.programme import locales, phrases
from palier.tickets.funds import WayKind
from palier.tickets.problems import CannotDo
from palier.tickets.ways import WayOffer

_MARK = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WayView:
    """One way. `text` is the programme's, `shown` the sentence of price and balance, `why_not` what keeps it from being
    chosen; `agreement` is what the box says that must be ticked (empty: nothing is to be agreed to yet)."""

    id: str
    name: str
    price: str
    text: str
    shown: str
    available: bool
    why_not: str
    chosen: bool
    agreement: str

    @property
    def words_alone(self) -> str:
        """What is kept with the choice: the way, what it costs and uses."""
        return f"{self.name}. {self.shown or self.text}"

    @property
    def words(self) -> str:
        """The same with what was agreed to."""
        return f"{self.words_alone} {self.agreement}" if self.agreement else self.words_alone

    @property
    def mark(self) -> str:
        """By which the page recognises what was read."""
        return hashlib.sha256(self.words.encode()).hexdigest()[:_MARK]


def require_seen(way: WayView, mark: str) -> None:
    """Raises CannotDo unless the words of the way are those that the page showed."""
    if mark != way.mark:
        raise CannotDo(
            code="changed-since",
            en=f"What “{way.name}” costs or leaves has changed since you looked. Read it below and choose again.",
            fr=f"Ce que « {way.name} » coûte ou laisse a changé depuis votre lecture. Relisez ci-dessous et choisissez.",
        )


def views(
    programme: Programme, offers: Iterable[WayOffer], speech: Speech, *, chosen: str | None = None
) -> tuple[WayView, ...]:
    """The ways in the programme's order. `chosen` marks one that is picked on the page; else the one that stands."""
    spoken = phrases.speak(programme, language=speech.language, locale=speech.locale)
    return tuple(_view(programme, offer, speech, spoken, chosen) for offer in offers)


def _view(
    programme: Programme, offer: WayOffer, speech: Speech, spoken: phrases.Phrases, chosen: str | None
) -> WayView:
    way = programme.ways[offer.way]
    picked = offer.chosen if chosen is None else offer.way == chosen
    return WayView(
        id=offer.way,
        name=speech.text(way.name),
        price=_price(programme, offer, speech, spoken),
        text=speech.text(way.text),
        shown=""
        if offer.kind is WayKind.ELSEWHERE
        else _capital(speech.typeset(offer.text[speech.language])),
        available=offer.available,
        why_not="" if offer.available else speech.typeset(_why_not(offer, spoken)),
        chosen=picked and offer.available,
        agreement=_agreement(offer, speech),
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _price(programme: Programme, offer: WayOffer, speech: Speech, spoken: phrases.Phrases) -> str:
    if offer.kind is WayKind.ALLOWANCE:
        return locales.money(0, programme.currency, speech.locale)
    if offer.kind is WayKind.HOURS:
        return _("already paid") if offer.available else ""
    if offer.price is None:
        return ""
    return speech.typeset(spoken.amount(offer.price.amount, offer.price.currency, offer.price.kind))


def _why_not(offer: WayOffer, spoken: phrases.Phrases) -> str:
    """What keeps it from being chosen, as a sentence."""
    needs = [spoken.condition(one.condition) for one in offer.lacks]
    if needs:
        listed = spoken.one_after_another(needs)
        return spoken.say(en=f"Needs {listed}.", fr=f"Il faut {listed}.")
    if offer.kind in (WayKind.ALLOWANCE, WayKind.HOURS):
        return _("Nothing is left of it.")
    return _("Not open as long as something holds the request.")


def _agreement(offer: WayOffer, speech: Speech) -> str:
    if not offer.needs_agreement or offer.amount is None or offer.currency is None:
        return ""
    amount = locales.money(offer.amount, offer.currency, speech.locale)
    return _(
        "I agree to pay %(amount)s, without tax, for this. Nothing beyond it is billed unless I am asked."
    ) % {"amount": amount}
