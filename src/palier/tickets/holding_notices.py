"""Who of the customer is told of a decision: who can adopt a held request, its author what became of it, both what is decided anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.coverage import Decision
from palier.core.programme import OutcomeKind, Programme
from palier.people import access, notices
from palier.people.models import Notice
from palier.tickets import drafts
from palier.tickets.deciding import Situation
from palier.tickets.models import Ticket, Verdict
from palier.tickets.patience import UNFREED

NOT_AUTHORISED = "not-authorised"


def to_adopt(found: Situation) -> bool:
    """Whether a request waits for an authorised contact of its customer."""
    return (
        found.decision.outcome is OutcomeKind.HOLD and found.decision.facts.get("contact") == NOT_AUTHORISED
    )


def tell_held(ticket: Ticket, found: Situation, now: datetime) -> None:
    """Tell those who can adopt a colleague's request that it waits for them."""
    if found.contract is None:
        return
    who = [one for one in contracts.authorised_contacts(found.contract, now) if one != ticket.author_id]
    _tell(ticket, notices.Kind.REQUEST_HELD, who, now, holds=list(found.decision.holds))


def asked(ticket: Ticket, found: Situation, now: datetime) -> list[Notice]:
    """The question to its author for what is missing, not yet written: fields that its kind requires, and product or
    environment where that holds it. Empty where nothing is."""
    fields = dict.fromkeys((*found.missing, *unsaid(ticket, found.programme, found.decision)))
    if not fields:
        return []
    question = notices.for_contact(
        vendor_id=ticket.vendor_id,
        contact_id=ticket.author_id,
        kind=notices.Kind.ASKED,
        data={"ticket": ticket.id, "fields": list(fields)},
        ticket_number=ticket.number,
        now=now,
    )
    return [question]


def unsaid(ticket: Ticket, programme: Programme, decision: Decision) -> Iterator[str]:
    """Product and environment, where nobody said which and a hold that is in force looks at it."""
    if decision.outcome is not OutcomeKind.HOLD:
        return
    looked_at = {
        condition.fact
        for clause in programme.coverage
        if clause.id in decision.clauses
        for alternative in clause.when
        for condition in alternative
    }
    for name, said in (("product", ticket.product), ("environment", ticket.environment)):
        if said == drafts.NONE and name in looked_at:
            yield name


def tell_author(ticket: Ticket, kind: notices.Kind, *, by: access.Viewer, now: datetime) -> None:
    """Tell its author what became of a held request, unless the author did it."""
    if by.contact_id == ticket.author_id:
        return
    more = {} if by.contact_id is None else {"contact": by.contact_id}
    _tell(ticket, kind, [ticket.author_id], now, **more)


def received(ticket: Ticket, now: datetime) -> Notice:
    """The confirmation to its author that a request was received, not yet written."""
    return notices.received(
        vendor_id=ticket.vendor_id,
        contact_id=ticket.author_id,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        now=now,
    )


def tell_decided(ticket: Ticket, verdict: Verdict, *, by: access.Viewer, now: datetime) -> None:
    """Tell its author, and who adopted it, that the decision was replaced; who brought that about has a confirmation by mail."""
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.DECIDED_ANEW,
        now=now,
        contacts=_its_own(ticket),
        data={"ticket": ticket.id, "verdict": verdict.number},
        ticket_number=ticket.number,
        read_by=by.contact_id,
    )


def remind(ticket: Ticket, *, about: str, day: int, now: datetime) -> None:
    """Remind those whose turn it is: its author and who adopted it; of a request to adopt, those who can."""
    told = _its_own(ticket)
    if about == UNFREED and ticket.contract_id is not None and ticket.adopted_by_id is None:
        contract = contracts.contract_by_id(ticket.vendor_id, ticket.contract_id)
        can = contracts.authorised_contacts(contract, now)
        told += [] if ticket.author_id in can else list(can)
    _tell(ticket, notices.Kind.REMINDED, told, now, about=about, day=day)


def _its_own(ticket: Ticket) -> list[UUID]:
    return [one for one in (ticket.author_id, ticket.adopted_by_id) if one is not None]


def _tell(ticket: Ticket, kind: str, contacts: list[UUID], now: datetime, **more: object) -> None:
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=kind,
        now=now,
        contacts=contacts,
        data={"ticket": ticket.id, **more},
        ticket_number=ticket.number,
    )
