"""What a viewer may do to a ticket as it stands: the same answer for the page's buttons and for the actions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.programme import OutcomeKind
from palier.people import access
from palier.people.models import Contact, Role
from palier.tickets import deeds
from palier.tickets.models import Estimate, Status, Ticket

FREES = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.ACCOUNT_MANAGER, Role.FINANCE})
_WORK = frozenset(
    {
        "reply", "note", "classify", "change-severity", "wait", "relieve", "revoke-relief", "resolve", "close", "assign",
        "move-site", "complete", "restrict", "hand-over", "tag", "link", "merge", "split",
    }
)  # fmt: skip
_TIME = frozenset({"book-time", "reverse-time"})
"""Written down later as well: what was worked before the request was resolved."""
_OWN = frozenset({"watch", "snooze"})
"""What a person does with a ticket for itself, whatever its state."""
_ESTIMATED = (OutcomeKind.OFFER, OutcomeKind.COVER)
"""What estimates are made of: an offered way, and what is billed beside a covered request."""
_CAN_CHOOSE = (OutcomeKind.OFFER, OutcomeKind.HOLD, OutcomeKind.EXCLUDE)
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
        found |= {"note", "reopen", "assign", "restrict", "tag", "link", "split"}
        if ticket.status == Status.RESOLVED:
            found |= {"close", "reply", "merge"}
        if viewer.staff_id is not None:
            found |= _TIME | _OWN
        return frozenset(found)
    found |= _WORK
    if ticket.status == Status.WAITING:
        found.add("resume")
    if ticket.outcome in _ESTIMATED:
        found.add("estimate")
    if viewer.staff_id is not None:
        found |= _TIME | _OWN
    return frozenset(found)


def _customers(viewer: access.Viewer, ticket: Ticket, now: datetime) -> frozenset[str]:
    found = {"reply", "contest"}
    if viewer.contact_id not in (ticket.author_id, ticket.adopted_by_id):
        found.add("follow")
    if ticket.status in _ENDED:
        found |= {"reopen", "rate"}
    if ticket.status != Status.CLOSED:
        found |= {"close", "complete"}
    if ticket.is_open and _may_act(viewer, ticket, now):
        found.add("rank")
        if ticket.status == Status.HELD:
            found |= {"adopt", "decline"}
    if ticket.is_open and ticket.outcome in _CAN_CHOOSE and _may_choose(viewer, ticket, now):
        found.add("choose")
        if "way" in ticket.answers:
            found.add("withdraw-choice")
    if ticket.is_open and ticket.outcome in _ESTIMATED and _may_agree(viewer, ticket, now):
        found.add("agree-estimate")
    return frozenset(found)


def _may_choose(viewer: access.Viewer, ticket: Ticket, now: datetime) -> bool:
    """Whether this contact may choose a way: one who may act under the contract; without one, who wrote the request."""
    if ticket.contract_id is None:
        return viewer.is_administrator or viewer.contact_id in (ticket.author_id, ticket.adopted_by_id)
    return _may_act(viewer, ticket, now)


def _may_agree(viewer: access.Viewer, ticket: Ticket, now: datetime) -> bool:
    """Whether an estimate awaits an answer that this contact may give."""
    waiting = open_estimate(ticket)
    if waiting is None:
        return False
    contract_id = waiting.contract_id or ticket.contract_id
    if contract_id is None:
        return _may_choose(viewer, ticket, now)
    return may_approve(viewer, contract_id, now)


def may_approve(viewer: access.Viewer, contract_id: UUID, now: datetime) -> bool:
    """Whether this contact controls the use of hours and agrees to estimates under a contract."""
    contract = contracts.contract_at(viewer.vendor_id, contract_id, now)
    plan = contracts.programme(contract.revision_id).plans.get(contract.plan)
    contact = Contact.objects.get(vendor_id=viewer.vendor_id, id=viewer.as_contact())
    return contracts.may_approve(contract, plan, contact, now)


def open_estimate(ticket: Ticket) -> Estimate | None:
    """The latest estimate, if nobody answered it yet."""
    latest = (
        Estimate.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id).order_by("-number").first()
    )
    if latest is None or latest.consents.exists():
        return None
    return latest


def _may_act(viewer: access.Viewer, ticket: Ticket, now: datetime) -> bool:
    """Whether this contact is authorised on the ticket's contract."""
    if ticket.contract_id is None:
        return viewer.is_administrator
    contract = contracts.contract_at(viewer.vendor_id, ticket.contract_id, now)
    plan = contracts.programme(contract.revision_id).plans.get(contract.plan)
    contact = Contact.objects.get(vendor_id=viewer.vendor_id, id=viewer.as_contact())
    return contracts.may_act(contract, plan, contact, now)
