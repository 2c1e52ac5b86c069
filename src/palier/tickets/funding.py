"""Writing a choice down: who chose which way, when, at what price, what it takes, and the text that was shown.

What it takes at once is reserved in the same transaction. The same function serves a way chosen before sending and one
chosen later.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import coverage
from palier.core.programme import OutcomeKind, Programme
from palier.ledger import posting
from palier.people import access, notices
from palier.people.models import Contact
from palier.tickets import capping, claims, drafts, funds, listeners, telling
from palier.tickets.claims import Wanted
from palier.tickets.funds import WayKind
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Choice, Consent, FundingState, Ticket
from palier.tickets.problems import CannotDo
from palier.tickets.ways import WayOffer, hands_on

UNPAID = "unpaid"
GIVEN_UP = frozenset({FundingState.UNPAID, FundingState.QUOTED, FundingState.PAID, FundingState.RESERVED})
"""From where a choice can be given up: nothing was used yet."""
_STATES = {
    WayKind.ALLOWANCE: FundingState.RESERVED,
    WayKind.HOURS: FundingState.QUOTED,
    WayKind.PAY: FundingState.UNPAID,
    WayKind.ESTIMATE: FundingState.QUOTED,
    WayKind.ELSEWHERE: FundingState.REFERRED,
}
_FACTS = {
    WayKind.ALLOWANCE: "reserved",
    WayKind.HOURS: "reserved",
    WayKind.PAY: "unpaid",
    WayKind.ESTIMATE: "none",
    WayKind.ELSEWHERE: "none",
}
"""The fact `funding` of a way that was just chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was on the page when somebody chose or agreed."""

    text: str
    language: str

    @property
    def hash(self) -> str:
        """By which the text is recognised."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def funding_of(offer: WayOffer) -> str:
    """The fact `funding` once this way is chosen."""
    return _FACTS[offer.kind]


def decides(programme: Programme, offer: WayOffer) -> bool:
    """Whether choosing it settles how the request goes on; a way that only leads elsewhere leaves the choice open."""
    return offer.kind is not WayKind.ELSEWHERE or hands_on(programme.ways[offer.way])


def pick(programme: Programme, offers: tuple[WayOffer, ...], way: str, *, agreed: bool) -> WayOffer:
    """The way named, if it can be chosen now. Raises CannotDo, naming the next one that can."""
    found = next((one for one in offers if one.way == way), None)
    if found is None:
        raise CannotDo(
            code="way-not-offered",
            en=f"This way is not open to this request. {_next_words(programme, offers, '')['en']}",
            fr=f"Cette voie n’est pas ouverte à cette demande. {_next_words(programme, offers, '')['fr']}",
        )
    if not found.available:
        raise _not_available(programme, offers, found)
    if found.needs_agreement and not agreed:
        raise CannotDo(
            code="not-agreed",
            en="This way costs money: agree to its price first.",
            fr="Cette voie est payante : acceptez d’abord son prix.",
        )
    return found


def _not_available(programme: Programme, offers: tuple[WayOffer, ...], found: WayOffer) -> CannotDo:
    further = _next_words(programme, offers, found.way)
    name = programme.ways[found.way].name
    if found.lacks:
        return CannotDo(
            code="way-not-available",
            en=f"“{name.in_('en')}” cannot be chosen for this request. {further['en']}",
            fr=f"« {name.in_('fr')} » ne peut pas être choisi pour cette demande. {further['fr']}",
        )
    return CannotDo(
        code="nothing-left",
        en=f"Nothing is left for “{name.in_('en')}”. {further['en']}",
        fr=f"Il ne reste rien pour « {name.in_('fr')} ». {further['fr']}",
    )


def _next_words(programme: Programme, offers: tuple[WayOffer, ...], but: str) -> dict[str, str]:
    """The next way that can be chosen, in words."""
    following = next((one for one in offers if one.available and one.way != but), None)
    if following is None:
        return {
            "en": "Ask your account manager for a way on.",
            "fr": "Demandez à votre gestionnaire de compte comment continuer.",
        }
    name = programme.ways[following.way].name
    return {
        "en": f"The next way: “{name.in_('en')}”. {following.text['en']}",
        "fr": f"La voie suivante : « {name.in_('fr')} ». {following.text['fr']}",
    }


# --- writing it down --------------------------------------------------------------------------------


def record(
    ticket: Ticket,
    offer: WayOffer,
    *,
    offers: tuple[WayOffer, ...],
    programme: Programme,
    verdict_id: UUID,
    contact: Contact,
    by: access.Viewer,
    shown: Shown,
    now: datetime,
) -> Choice:
    """Keep a choice, reserve what it takes, and keep the consent to its price. The ticket's customer is locked."""
    if offer.amount is not None:
        capping.check_purchase(by, ticket, amount=offer.amount, currency=offer.currency or "", now=now)
    before = claims.latest_choice(ticket)
    contract = None if offer.fund is None else offer.fund.contract
    choice = Choice.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        number=1 if before is None else before.number + 1,
        verdict_id=verdict_id,
        way=offer.way,
        price="" if offer.price is None else offer.price.id,
        amount=offer.amount,
        currency=offer.currency or "",
        allowance=offer.allowance or "",
        contract_id=None if contract is None else contract.id,
        quantity=offer.uses if offer.minutes is None else offer.minutes,
        balance_before=offer.balance_before,
        balance_after=offer.balance_after,
        text=shown.text,
        text_hash=shown.hash,
        language=shown.language,
        contact=contact,
        at=now,
    )
    if offer.kind is WayKind.ALLOWANCE:
        _reserve(ticket, offer, choice, offers=offers, programme=programme, by=by, now=now)
    claims.step(ticket, choice, _STATES[offer.kind], why="chosen", now=now)
    if offer.amount is not None:
        _agree_to_price(choice, shown, now)
    return choice


def _reserve(
    ticket: Ticket,
    offer: WayOffer,
    choice: Choice,
    *,
    offers: tuple[WayOffer, ...],
    programme: Programme,
    by: access.Viewer,
    now: datetime,
) -> None:
    wanted = Wanted(
        allowance=str(offer.allowance),
        contract=None if offer.fund is None else offer.fund.contract,
        quantity=1,
        why="choice",
        clause=ticket.clause,
        decision=choice.verdict_id,
    )
    try:
        claims.take(ticket, wanted, programme=programme, by=by, now=now, choice=choice)
    except posting.NothingLeft as error:
        raise _not_available(programme, offers, offer) from error


def _agree_to_price(choice: Choice, shown: Shown, now: datetime) -> None:
    Consent.objects.create(
        vendor_id=choice.vendor_id,
        ticket_id=choice.ticket_id,
        choice=choice,
        agreed=True,
        contact_id=choice.contact_id,
        amount=choice.amount or 0,
        currency=choice.currency,
        text=shown.text,
        text_hash=shown.hash,
        language=shown.language,
        at=now,
    )


def chosen(choice: Choice, state: FundingState) -> Happening:
    """That a way was chosen, as the conversation shows it."""
    return Happening(
        kind=DeskKind.CHOSEN,
        data={
            "way": choice.way,
            "choice": str(choice.id),
            "price": choice.price,
            "amount": choice.amount,
            "currency": choice.currency,
            "allowance": choice.allowance,
            "quantity": choice.quantity,
            "state": state.value,
        },
    )


def state_after(offer: WayOffer) -> FundingState:
    """Where the funding of this way stands right after it was chosen."""
    return _STATES[offer.kind]


def tell(ticket: Ticket, choice: Choice, contract: contracts.Standings | None, now: datetime) -> None:
    """Tell listeners, and the vendor's people, that a way was chosen."""
    listeners.tell(
        listeners.Told(
            kind=listeners.News.CHOICE_MADE,
            vendor_id=ticket.vendor_id,
            ticket_id=ticket.id,
            choice_id=choice.id,
            now=now,
        )
    )
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.WAY_CHOSEN,
        now=now,
        staff=telling.vendors_people(ticket, contract, now),
        data={
            "ticket": ticket.id,
            "way": choice.way,
            "amount": choice.amount,
            "currency": choice.currency,
        },
        ticket_number=ticket.number,
    )


# --- a choice that stands ---------------------------------------------------------------------------


def is_settled(request: drafts.Request) -> bool:
    """Whether a request goes by a way that was chosen and, where it must be, paid."""
    return request.way != drafts.NONE and request.funding != UNPAID


def still_fits(request: drafts.Request, decision: coverage.Decision) -> bool:
    """Whether the way chosen still makes sense under a decision: it is offered, or only waits for its holds."""
    if request.way == drafts.NONE or decision.outcome is OutcomeKind.HOLD:
        return True
    return decision.outcome is not OutcomeKind.COVER and any(one.way == request.way for one in decision.ways)


def drop(ticket: Ticket, *, why: str, by: access.Viewer, now: datetime) -> None:
    """The way chosen is given up: what it holds goes back, nobody need pay for it. What was paid stays the customer's."""
    claim = claims.held(ticket)
    choice = claims.latest_choice(ticket)
    state = None if choice is None else claims.state_of(choice)
    if claim is not None and (
        claim.choice_id is not None or funds.is_time(_programme(ticket), claim.allowance)
    ):
        claims.release(ticket, claim, why=why, by=by, now=now)
    if choice is None or state not in GIVEN_UP:
        return
    if claims.state_of(choice) is not FundingState.RELEASED:
        claims.step(ticket, choice, FundingState.RELEASED, why=why, now=now)
    data = {"way": choice.way, "choice": str(choice.id), "why": why}
    append(ticket, Happening(kind=DeskKind.CHOICE_RELEASED, data=data), by=by, at=now, now=now)


def _programme(ticket: Ticket) -> Programme:
    return contracts.programme(ticket.revision_id)
