"""Choosing how a request goes on: the ways with price and balance, the choice, its payment, and taking it back.

A choice reserves what it takes in the transaction that records it. Of two who race for the last unit one gets it; the
other is told the next way. A way that is paid for holds the request until the money is in.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from palier.contracts import queries as contracts
from palier.core.programme import OutcomeKind
from palier.ledger import posting
from palier.people import access
from palier.people.models import Contact
from palier.tickets import (
    bought,
    claims,
    clockwork,
    drafts,
    funding,
    funds,
    holding,
    locks,
    permissions,
)
from palier.tickets import ways as way_offers
from palier.tickets.claims import Wanted
from palier.tickets.deciding import Situation
from palier.tickets.funding import Shown
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Choice, FundingState, Status, Ticket
from palier.tickets.problems import CannotDo
from palier.tickets.ways import WayOffer as WayOffer

ENDED = (Status.RESOLVED, Status.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The choice that stands on a request, and where its funding is."""

    choice: Choice
    state: FundingState


def standing(ticket: Ticket) -> Standing | None:
    """The latest choice with its state; None where nobody chose yet."""
    choice = claims.latest_choice(ticket)
    return None if choice is None else Standing(choice=choice, state=claims.state_of(choice))


def lot_key(choice_id: UUID) -> str:
    """By which the ledger knows what was bought with a choice."""
    return f"choice:{choice_id}"


# --- the ways ---------------------------------------------------------------------------------------


def ways(viewer: access.Viewer, *, ticket: Ticket, now: datetime) -> tuple[WayOffer, ...]:
    """The ways on for a request in the programme's order, each with price, what it uses, and the balance now and after.

    Raises Ticket.DoesNotExist for one the viewer may not see. Writes nothing.
    """
    found = Ticket.objects.visible_to(viewer).select_related("organisation").get(id=ticket.id)
    if found.status in ENDED:
        return ()
    return offers_of(found, holding.situation_of(found, at=now, now=now), now)


def offers_of(ticket: Ticket, found: Situation, now: datetime) -> tuple[WayOffer, ...]:
    """The ways of a situation, with what its customer bought one by one."""
    claim = claims.held(ticket)
    return offers(
        ticket.vendor_id,
        ticket.organisation_id,
        found,
        now=now,
        own=None if claim is None else claim.reservation,
        chosen=drafts.of_ticket(ticket).way,
    )


def offers(
    vendor_id: UUID,
    organisation_id: UUID,
    found: Situation,
    *,
    now: datetime,
    own: UUID | None = None,
    chosen: str = drafts.NONE,
) -> tuple[WayOffer, ...]:
    """The ways of a situation that is not a ticket yet, or of one that is."""
    deciding = way_offers.offering(found.decision, found.beyond)
    if not deciding.ways:
        return ()
    purchased = funds.bought(
        vendor_id=vendor_id,
        programme=found.programme,
        organisation_id=organisation_id,
        now=now,
        own=own,
    )
    return way_offers.offers(
        found.programme,
        found.decision,
        {**found.funds, **purchased},
        beyond=found.beyond,
        chosen=chosen,
    )


# --- choosing ---------------------------------------------------------------------------------------


def choose(
    *,
    by: access.Viewer,
    ticket: Ticket,
    way: str,
    text: str,
    now: datetime,
    agreed: bool = False,
    language: str = "",
) -> Choice:
    """Choose a way on: it is kept with who, when and the text that was shown, and what it takes is reserved.

    `text` is what the page showed, in `language` (the contact's own where it is left out).

    Another way chosen before is given up. Raises CannotDo when the way is not open to this request, when nothing is left
    (with the next way), or when its price was not agreed to.
    """
    with transaction.atomic():
        locked = locks.ticket(by, ticket.id)
        permissions.require(by, locked, "choose", now)
        found = holding.situation_of(locked, at=now, now=now)
        offered = offers_of(locked, found, now)
        before = standing(locked)
        if before is not None and before.choice.way == way and before.state in _STANDS:
            return before.choice
        offer = funding.pick(found.programme, offered, way, agreed=agreed)
        contact = Contact.objects.get(vendor_id=by.vendor_id, id=by.as_contact())
        settles = funding.decides(found.programme, offer)
        if settles and drafts.of_ticket(locked).way != drafts.NONE:
            funding.drop(locked, why="another-way", by=by, now=now)
        choice = funding.record(
            locked,
            offer,
            offers=offered,
            programme=found.programme,
            verdict_id=holding.latest_verdict(locked).id,
            contact=contact,
            by=by,
            shown=shown(text, offer, language or contact.language),
            now=now,
        )
        append(locked, funding.chosen(choice, funding.state_after(offer)), by=by, at=now, now=now)
        if settles:
            request = dataclasses.replace(
                drafts.of_ticket(locked), way=way, funding=funding.funding_of(offer)
            )
            holding.decide_again(locked, by=by, at=now, now=now, request=request)
        clockwork.refold(locked, now=now)
        funding.tell(locked, choice, found.contract, now)
        return choice


_STANDS = (FundingState.RESERVED, FundingState.UNPAID, FundingState.PAID, FundingState.QUOTED)


def shown(text: str, offer: WayOffer, language: str) -> Shown:
    """What was shown: the page's own words, else the sentence of the way."""
    return Shown(text=text.strip() or offer.text[ways_language(language)], language=language)


def ways_language(language: str) -> str:
    """The language of our own sentences for a reader of another."""
    return "fr" if language.startswith("fr") else "en"


def withdraw(*, by: access.Viewer, ticket: Ticket, now: datetime) -> Ticket:
    """Take a choice back before anything was worked on it: what it holds goes back, and the ways are open again."""
    with transaction.atomic():
        locked = locks.ticket(by, ticket.id)
        permissions.require(by, locked, "withdraw-choice", now)
        _give_up(locked, why="withdrawn", by=by, now=now)
        return locked


def _give_up(ticket: Ticket, *, why: str, by: access.Viewer, now: datetime) -> None:
    funding.drop(ticket, why=why, by=by, now=now)
    request = dataclasses.replace(drafts.of_ticket(ticket), way=drafts.NONE, funding=drafts.NONE)
    holding.decide_again(ticket, by=by, at=now, now=now, request=request)
    clockwork.refold(ticket, now=now)


# --- payment ----------------------------------------------------------------------------------------


def funded(*, vendor_id: UUID, choice_id: UUID, now: datetime, paid_at: datetime | None = None) -> Choice:
    """What a choice costs was paid: it is granted, reserved for the request, and what held the request falls.

    Told twice, it does nothing the second time. Paid for a way given up since, or a request closed since, what was bought
    stays the customer's to use.
    """
    with transaction.atomic():
        choice, ticket = _locked(vendor_id, choice_id)
        machine = access.Viewer.machine(vendor_id)
        state = claims.state_of(choice)
        if state in (FundingState.PAID, FundingState.CONSUMED) or _was_paid(choice):
            return choice
        programme = contracts.programme(ticket.revision_id)
        contract = _contract_of(choice)
        bought.grant(
            programme=programme,
            price_id=choice.price,
            organisation_id=ticket.organisation_id,
            contract=contract,
            key=lot_key(choice.id),
            paid_at=paid_at or now,
            now=now,
            zone=ticket.organisation.zone,
        )
        wanted = state is FundingState.UNPAID and ticket.status not in ENDED
        claims.step(ticket, choice, FundingState.PAID, why="paid", now=now)
        data = {"way": choice.way, "choice": str(choice.id)}
        append(ticket, Happening(kind=DeskKind.FUNDED, data=data), by=machine, at=now, now=now)
        if wanted:
            _use_what_was_paid(ticket, choice, by=machine, now=now)
        else:
            claims.step(ticket, choice, FundingState.RELEASED, why="paid-late", now=now)
        clockwork.refold(ticket, now=now)
        return choice


def _use_what_was_paid(ticket: Ticket, choice: Choice, *, by: access.Viewer, now: datetime) -> None:
    programme = contracts.programme(ticket.revision_id)
    if not funds.is_time(programme, choice.allowance):
        wanted = Wanted(
            allowance=choice.allowance,
            contract=None,
            quantity=1,
            why="choice",
            clause=ticket.clause,
            decision=choice.verdict_id,
        )
        claims.take(ticket, wanted, programme=programme, by=by, now=now, choice=choice)
    request = dataclasses.replace(drafts.of_ticket(ticket), way=choice.way, funding="paid")
    holding.decide_again(ticket, by=by, at=now, now=now, request=request)


def unfunded(*, vendor_id: UUID, choice_id: UUID, now: datetime) -> Choice:
    """What was paid for a choice is refunded before it was used: it is taken back, and the ways are open again.

    Raises CannotDo when it was used already.
    """
    with transaction.atomic():
        choice, ticket = _locked(vendor_id, choice_id)
        machine = access.Viewer.machine(vendor_id)
        if claims.state_of(choice) is FundingState.CONSUMED:
            raise _already_used()
        stands = drafts.of_ticket(ticket).way == choice.way and claims.latest_choice(ticket) == choice
        if stands and ticket.status not in ENDED:
            funding.drop(ticket, why="refunded", by=machine, now=now)
        try:
            bought.take_back(
                programme=contracts.programme(ticket.revision_id),
                price_id=choice.price,
                organisation_id=ticket.organisation_id,
                contract=_contract_of(choice),
                key=lot_key(choice.id),
                now=now,
            )
        except posting.NothingLeft as error:
            raise _already_used() from error
        if stands and ticket.status not in ENDED:
            request = dataclasses.replace(drafts.of_ticket(ticket), way=drafts.NONE, funding=drafts.NONE)
            holding.decide_again(ticket, by=machine, at=now, now=now, request=request)
            clockwork.refold(ticket, now=now)
        return choice


def _already_used() -> CannotDo:
    return CannotDo(
        code="already-used",
        en="What was paid for was used already: refund it with a credit note instead.",
        fr="Ce qui a été payé a déjà servi : remboursez-le plutôt par un avoir.",
    )


def _locked(vendor_id: UUID, choice_id: UUID) -> tuple[Choice, Ticket]:
    machine = access.Viewer.machine(vendor_id)
    ticket_id = Choice.objects.values_list("ticket_id", flat=True).get(vendor_id=vendor_id, id=choice_id)
    ticket = locks.ticket(machine, ticket_id)
    return Choice.objects.get(vendor_id=vendor_id, id=choice_id), ticket


def _was_paid(choice: Choice) -> bool:
    return choice.steps.filter(state=FundingState.PAID).exists()


def _contract_of(choice: Choice) -> contracts.Standings | None:
    if choice.contract_id is None:
        return None
    return contracts.contract_by_id(choice.vendor_id, choice.contract_id)


def awaits_choice(ticket: Ticket) -> bool:
    """Whether the customer is to choose a way: the request is offered some, and none stands."""
    return ticket.outcome == OutcomeKind.OFFER and drafts.of_ticket(ticket).way == drafts.NONE
