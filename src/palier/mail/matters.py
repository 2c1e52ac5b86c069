"""What a link in a letter is about, as it stands now: the estimate, the way, the work to rate, the request to take over.

The words are those of the portal's own page; they are compared with what stood when the link was made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.utils import translation

from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.mail.link_models import Purpose
from palier.mail.models import ActionLink
from palier.pages import estimates, ways
from palier.pages import speech as speeches
from palier.pages import verdict as verdicts
from palier.pages.estimates import EstimateView
from palier.pages.speech import Speech
from palier.pages.ways import WayView
from palier.people import access
from palier.tickets import capping, choosing, convert, estimating, holding, links, permissions, rating
from palier.tickets.models import FundingState, Status, Ticket


class Reason(StrEnum):
    """Why a link does nothing (any more)."""

    UNKNOWN = "unknown"
    """There is none with such a token here."""
    EXPIRED = "expired"
    USED = "used"
    NEWER = "newer"
    """The same person was sent a newer one for the same."""
    REPLACED = "replaced"
    """A newer estimate, another decision."""
    ANSWERED = "answered"
    """Somebody answered meanwhile, by another link or in the portal."""
    CHANGED = "changed"
    """Price, balance or words are not what the letter said."""
    ENDED = "ended"
    """The request was closed, merged or taken up again."""
    NOT_YOURS = "not-yours"
    """This person may no longer do it."""


class Gone(Exception):
    """A link that does nothing (any more): why, and the link where there is one."""

    def __init__(self, reason: Reason, link: ActionLink | None = None) -> None:
        self.reason, self.link = reason, link
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is asked what: all that a link is bound to."""

    purpose: Purpose
    viewer: access.Viewer
    ticket: Ticket
    subject_id: UUID | None
    way: str
    since: datetime
    """When the link was made: what was answered later was answered by somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What stands now. `words` is what is kept with a yes; `sign_in`: it lies above the customer's cap."""

    subject_id: UUID | None
    amount: int | None
    currency: str
    words: str
    estimate: EstimateView | None = None
    way: WayView | None = None
    score: int | None = None
    sign_in: bool = False

    @property
    def hash(self) -> str:
        """By which it is recognised: the matter, its amount and its words."""
        whole = f"{self.subject_id or ''}\n{self.amount}\n{self.currency}\n{self.words}"
        return hashlib.sha256(whole.encode()).hexdigest()


def language_of(language: str) -> str:
    """The language of our own words for a reader of another."""
    return "fr" if language.startswith("fr") else "en"


def speech_for(ticket: Ticket, language: str) -> Speech:
    """How to speak of a request: in that language, the vendor's locale for it and the request's own zone."""
    programme = contracts.programme(ticket.revision_id)
    locale = speeches.locale_of(programme, language)
    return Speech(language=language, locale=locale, zone=ticket.zone, programme=programme)


def catalogue_of(speech: Speech) -> str:
    """The catalogue in which a page or letter of that speech is written."""
    return "fr-ca" if speech.locale == "fr-CA" else speech.language


def stands(asked: Asked, speech: Speech, now: datetime) -> Matter:
    """What a link is about, in words, as it stands now. Raises Gone where nothing of the kind stands any more."""
    if links.is_merged(asked.ticket):
        raise Gone(Reason.ENDED)
    with translation.override(catalogue_of(speech)):
        return _STANDS[asked.purpose](asked, speech, now)


def _may(asked: Asked, action: str, now: datetime) -> None:
    if action not in permissions.allowed(asked.viewer, asked.ticket, now):
        raise Gone(Reason.NOT_YOURS if asked.ticket.is_open else Reason.ENDED)


def _estimate(asked: Asked, speech: Speech, now: datetime) -> Matter:
    found = estimating.standing(asked.ticket)
    if found is None or (asked.subject_id is not None and found.estimate.id != asked.subject_id):
        raise Gone(Reason.REPLACED)
    if not found.open:
        raise Gone(Reason.ANSWERED)
    _may(asked, "agree-estimate", now)
    row = found.estimate
    shown = estimates.view(found, _programme(asked), speech, speech.moments)
    return Matter(
        subject_id=row.id,
        amount=row.amount,
        currency=row.currency,
        words=shown.words,
        estimate=shown,
        sign_in=capping.lies_above(asked.ticket, row, now),
    )


_CHOSEN = (FundingState.RESERVED, FundingState.UNPAID, FundingState.PAID, FundingState.QUOTED)


def _way(asked: Asked, speech: Speech, now: datetime) -> Matter:
    verdict = holding.latest_verdict(asked.ticket)
    if asked.subject_id is not None and verdict.id != asked.subject_id:
        raise Gone(Reason.REPLACED)
    chosen = choosing.standing(asked.ticket)
    if chosen is not None and chosen.choice.at >= asked.since and chosen.state in _CHOSEN:
        raise Gone(Reason.ANSWERED)
    _may(asked, "choose", now)
    offered = choosing.ways(asked.viewer, ticket=asked.ticket, now=now)
    offer = next((one for one in offered if one.way == asked.way and one.available), None)
    if offer is None:
        raise Gone(Reason.CHANGED)
    shown = next(iter(ways.views(_programme(asked), [offer], speech, chosen="")))
    amount = offer.amount
    return Matter(
        subject_id=verdict.id,
        amount=amount,
        currency=offer.currency or "",
        words=shown.words,
        way=shown,
        sign_in=amount is not None
        and capping.purchase_lies_above(asked.ticket, amount=amount, currency=offer.currency or "", now=now),
    )


def _score(asked: Asked, speech: Speech, now: datetime) -> Matter:
    del speech
    if "rate" not in permissions.allowed(asked.viewer, asked.ticket, now):
        raise Gone(Reason.ENDED)
    return Matter(
        subject_id=asked.subject_id,
        amount=None,
        currency="",
        words="",
        score=rating.own(asked.viewer, asked.ticket.id),
    )


def _adoption(asked: Asked, speech: Speech, now: datetime) -> Matter:
    del speech
    ticket = asked.ticket
    if ticket.adopted_by_id is not None:
        raise Gone(Reason.ANSWERED)
    if ticket.status != Status.HELD:
        raise Gone(Reason.ENDED)
    _may(asked, "adopt", now)
    decision = convert.decision_from_json(holding.latest_verdict(ticket).decision)
    if not verdicts.adoption_holds(_programme(asked)) & set(decision.holds):
        raise Gone(Reason.ENDED)
    return Matter(subject_id=asked.subject_id, amount=None, currency="", words="")


_STANDS = {
    Purpose.AGREE: _estimate,
    Purpose.CHOOSE: _way,
    Purpose.RATE: _score,
    Purpose.ADOPT: _adoption,
}


def _programme(asked: Asked) -> Programme:
    return contracts.programme(asked.ticket.revision_id)
