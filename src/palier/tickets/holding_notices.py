"""Who is told of held requests: the contacts who can adopt one, and its author when it was adopted, declined or freed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.programme import OutcomeKind
from palier.people import access, notices
from palier.tickets.deciding import Situation
from palier.tickets.models import Ticket

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


def tell_author(ticket: Ticket, kind: notices.Kind, *, by: access.Viewer, now: datetime) -> None:
    """Tell its author what became of a held request, unless the author did it."""
    if by.contact_id == ticket.author_id:
        return
    more = {} if by.contact_id is None else {"contact": by.contact_id}
    _tell(ticket, kind, [ticket.author_id], now, **more)


def _tell(ticket: Ticket, kind: str, contacts: list[UUID], now: datetime, **more: object) -> None:
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=kind,
        now=now,
        contacts=contacts,
        data={"ticket": ticket.id, **more},
        ticket_number=ticket.number,
    )
