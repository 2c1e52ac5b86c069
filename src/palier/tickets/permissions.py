"""What a viewer may do to a ticket as it stands: the same answer for the page's buttons and for the actions."""

from __future__ import annotations

from datetime import datetime

from palier.contracts import queries as contracts
from palier.people import access
from palier.people.models import Contact, Role
from palier.tickets import deeds
from palier.tickets.models import Status, Ticket

FREES = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.ACCOUNT_MANAGER, Role.FINANCE})
_WORK = frozenset(
    {
        "reply", "note", "classify", "change-severity", "wait", "relieve", "revoke-relief", "resolve", "close", "assign",
        "move-site", "complete", "restrict",
    }
)  # fmt: skip
_ENDED = (Status.RESOLVED, Status.CLOSED)


def allowed(viewer: access.Viewer, ticket: Ticket, now: datetime) -> frozenset[str]:
    """The names of the actions that this viewer may take on this ticket now."""
    return _customers(viewer, ticket, now) if viewer.is_customer else _staffs(viewer, ticket)


def require(viewer: access.Viewer, ticket: Ticket, action: str, now: datetime) -> None:
    """Raise Refused unless the viewer may do that to the ticket as it stands."""
    if action in allowed(viewer, ticket, now):
        return
    en, fr = deeds.sentence(action)
    raise access.Refused(code="not-allowed", en=en, fr=fr)


def _staffs(viewer: access.Viewer, ticket: Ticket) -> frozenset[str]:
    found: set[str] = set()
    if ticket.status == Status.HELD and viewer.has_role(FREES):
        found.add("free")
    if not viewer.has_role(access.WORKS_ON_TICKETS):
        return frozenset(found)
    if ticket.status in _ENDED:
        found |= {"note", "reopen", "assign", "restrict"}
        if ticket.status == Status.RESOLVED:
            found |= {"close", "reply"}
        return frozenset(found)
    found |= _WORK
    if ticket.status == Status.WAITING:
        found.add("resume")
    return frozenset(found)


def _customers(viewer: access.Viewer, ticket: Ticket, now: datetime) -> frozenset[str]:
    found = {"reply", "contest"}
    if ticket.status in _ENDED:
        found.add("reopen")
    if ticket.status != Status.CLOSED:
        found |= {"close", "complete"}
    if ticket.is_open and _may_act(viewer, ticket, now):
        found.add("rank")
        if ticket.status == Status.HELD:
            found |= {"adopt", "decline"}
    return frozenset(found)


def _may_act(viewer: access.Viewer, ticket: Ticket, now: datetime) -> bool:
    """Whether this contact is authorised on the ticket's contract."""
    if ticket.contract_id is None:
        return viewer.is_administrator
    contract = contracts.contract_at(viewer.vendor_id, ticket.contract_id, now)
    plan = contracts.programme(contract.revision_id).plans.get(contract.plan)
    contact = Contact.objects.get(vendor_id=viewer.vendor_id, id=viewer.as_contact())
    return contracts.may_act(contract, plan, contact, now)
