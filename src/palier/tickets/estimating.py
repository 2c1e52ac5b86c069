"""Estimates and the yes or no to them: what the work takes and costs, who agreed, when, to what amount and what text.

An estimate is of the whole: a newer one replaces it. It waits for the customer's consent unless a cap agreed beforehand
holds it. Minutes that are taken from hours bought are reserved with the yes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from palier.contracts import caps
from palier.contracts import queries as contracts
from palier.core.clock import EventKind
from palier.core.programme import OutcomeKind, Programme, Wait
from palier.people import access, notices
from palier.tickets import (
    capping,
    choosing,
    clockwork,
    consenting,
    funding,
    holding,
    locks,
    messages,
    permissions,
    pricing,
)
from palier.tickets.consenting import EstimateStanding as EstimateStanding
from palier.tickets.consenting import agree as agree
from palier.tickets.consenting import decline as decline
from palier.tickets.consenting import in_force as in_force
from palier.tickets.consenting import standing as standing
from palier.tickets.estimate_words import words as words
from palier.tickets.funds import WayKind
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Estimate, Message, Ticket
from palier.tickets.pricing import Extra as Extra
from palier.tickets.problems import CannotDo, unknown_word
from palier.tickets.ways import WayOffer

# --- making one -------------------------------------------------------------------------------------


def estimate(
    *,
    by: access.Viewer,
    ticket: Ticket,
    way: str,
    minutes: int,
    text: str,
    now: datetime,
    extras: Sequence[Extra] = (),
    amount: int | None = None,
) -> Estimate:
    """Tell the customer what the whole work takes and costs, and wait for the consent; within a cap it is agreed at once.

    `minutes` are the minutes of work; `amount` (without tax, minor units) is what a fixed price or a quote comes to, and is
    computed from the price otherwise. Without a `way` it is of what is billed beside a covered request, such as travel:
    `extras` only. Raises CannotDo for a way that needs none or is not open.
    """
    with transaction.atomic():
        locked = locks.ticket(by, ticket.id)
        permissions.require(by, locked, "estimate", now)
        messages.require_words(text)
        found = holding.situation_of(locked, at=now, now=now)
        offer, contract = None, found.contract
        if way or found.decision.outcome is not OutcomeKind.COVER:
            offer = _estimable(found.programme, choosing.offers_of(locked, found, now), way)
            contract = found.contract if offer.fund is None else offer.fund.contract
            lines, currency = pricing.lines(found.programme, offer, contract, minutes, amount, extras, now)
        else:
            lines, currency = pricing.beside(found.programme, extras, minutes=minutes)
        message = messages.write(by, locked, text, at=now, now=now)
        row = _write(locked, offer, contract, lines, currency, message, by=by, now=now)
        append(locked, *_asked(row, message), by=by, at=now, now=now)
        cap = capping.cap_that_holds(locked, row, now)
        if cap is not None:
            consenting.agree_by_cap(locked, row, cap, by=by, now=now)
        else:
            waiting = Happening(kind=EventKind.WAIT_STARTED, data={"wait": Wait.CONSENT.value})
            append(locked, waiting, by=by, at=now, now=now)
            _tell_approvers(locked, row, now)
        clockwork.refold(locked, now=now)
        return row


def _estimable(programme: Programme, offered: tuple[WayOffer, ...], way: str) -> WayOffer:
    known = tuple(one.way for one in offered if one.kind in (WayKind.HOURS, WayKind.ESTIMATE))
    offer = next((one for one in offered if one.way == way), None)
    if offer is None:
        raise unknown_word(what_en="way", what_fr="voie", word=way, known=known)
    if offer.lacks:
        funding.pick(programme, offered, way, agreed=True)
    if offer.kind not in (WayKind.HOURS, WayKind.ESTIMATE):
        name = programme.ways[way].name
        raise CannotDo(
            code="no-estimate-needed",
            en=f"“{name.in_('en')}” takes no estimate as it stands; these do: {', '.join(known) or '–'}.",
            fr=f"« {name.in_('fr')} » ne s’estime pas en l’état ; celles-ci oui : {', '.join(known) or '–'}.",
        )
    return offer


def _write(
    ticket: Ticket,
    offer: WayOffer | None,
    contract: contracts.Standings | None,
    lines: list[dict[str, Any]],
    currency: str,
    message: Message,
    *,
    by: access.Viewer,
    now: datetime,
) -> Estimate:
    before = consenting.latest(ticket)
    minutes = sum(line["minutes"] for line in lines)
    taken = offer if offer is not None and offer.kind is WayKind.HOURS else None
    there = None if taken is None else taken.balance_before
    return Estimate.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        number=1 if before is None else before.number + 1,
        verdict=holding.latest_verdict(ticket),
        way="" if offer is None else offer.way,
        price="" if offer is None or offer.price is None else offer.price.id,
        allowance="" if taken is None else taken.allowance or "",
        contract_id=None if contract is None else contract.id,
        minutes=minutes,
        amount=sum(line["amount"] for line in lines),
        currency=currency,
        lines=lines,
        balance_before=there,
        balance_after=None if there is None else there - minutes,
        message=message,
        staff_id=by.staff_id,
        replaces=before,
        at=now,
    )


def _asked(row: Estimate, message: Message) -> list[Happening]:
    data = {
        "number": row.number,
        "way": row.way,
        "minutes": row.minutes,
        "amount": row.amount,
        "currency": row.currency,
    }
    return [
        Happening(kind=EventKind.ANSWERED, message=message),
        Happening(kind=DeskKind.ESTIMATED, data=data),
    ]


def _tell_approvers(ticket: Ticket, row: Estimate, now: datetime) -> None:
    contacts = [ticket.adopted_by_id or ticket.author_id]
    if row.contract_id is not None:
        contract = contracts.contract_by_id(ticket.vendor_id, row.contract_id)
        users = [one.contact_id for one in contract.authorised_users if one.at(now)]
        contacts += users or list(contracts.authorised_contacts(contract, now))
        cap = caps.cap_of(ticket.vendor_id, row.contract_id, now)
        contacts += [] if cap is None else sorted(cap.approvers)
    consenting.notify(ticket, row, notices.Kind.ESTIMATE_MADE, now, contacts=contacts)
