"""Who works on a ticket, who may see it, and in which order a customer wants its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.people import access, notices
from palier.people.actions import lock_customer
from palier.people.models import Clearance, Organisation, Staff, Team
from palier.tickets import clockwork, locks, messages, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Ticket, TicketClearance
from palier.tickets.problems import CannotDo

RANKING = "ranking"
"""The promise by which a plan lets its customers rank; where no plan promises it, every customer may."""


def assign(
    *,
    by: access.Viewer,
    ticket: Ticket,
    now: datetime,
    assignee: Staff | None = None,
    team: Team | None = None,
    note: str = "",
) -> Ticket:
    """Give a ticket to a person, a team, both, or nobody; a `note` for whoever takes it over stands beside it, internal.

    The person it is given to is told, with the note.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "assign", now)
    if assignee is not None:
        _check_may_see(locked, assignee)
    locked.assignee, locked.team = assignee, team
    locked.updated_at = now
    locked.save(update_fields=["assignee", "team", "updated_at"])
    data = {name: str(one.id) for name, one in (("assignee", assignee), ("team", team)) if one is not None}
    message = messages.write(by, locked, note, at=now, now=now, public=False) if note.strip() else None
    append(locked, Happening(kind=DeskKind.ASSIGNED, data=data, message=message), by=by, at=now, now=now)
    if assignee is not None and assignee.id != by.staff_id:
        notices.notify(
            vendor_id=by.vendor_id,
            kind=notices.Kind.GIVEN,
            now=now,
            staff=[assignee.id],
            data={"ticket": locked.id, "note": message is not None},
            ticket_number=locked.number,
        )
    return locked


def _check_may_see(ticket: Ticket, staff: Staff) -> None:
    if staff.removed_at is not None:
        raise CannotDo(
            code="left",
            en=f"{staff.name} no longer works here: choose somebody else.",
            fr=f"{staff.name} ne travaille plus ici : choisissez quelqu’un d’autre.",
        )
    named_for_ticket = not ticket.restricted or TicketClearance.objects.filter(
        vendor_id=ticket.vendor_id, ticket=ticket, staff=staff
    )
    named_for_customer = not ticket.organisation.restricted or Clearance.objects.filter(
        vendor_id=ticket.vendor_id, organisation_id=ticket.organisation_id, staff=staff
    )
    if not (named_for_ticket and named_for_customer):
        raise CannotDo(
            code="not-named",
            en=f"This is restricted and {staff.name} is not named for it: name this person first.",
            fr=f"Ceci est restreint et {staff.name} n’y est pas nommé : nommez d’abord cette personne.",
        )


def restrict(
    *, by: access.Viewer, ticket: Ticket, restricted: bool, named: Iterable[Staff], now: datetime
) -> Ticket:
    """Close a ticket to all of the vendor's people but those named (whoever does it among them), or open it again."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "restrict", now)
    locked.restricted = restricted
    locked.save(update_fields=["restricted"])
    TicketClearance.objects.filter(vendor_id=by.vendor_id, ticket=locked).delete()
    if restricted:
        people = {one.id for one in named} | ({by.staff_id} if by.staff_id is not None else set())
        TicketClearance.objects.bulk_create(
            TicketClearance(vendor_id=by.vendor_id, ticket=locked, staff_id=one) for one in sorted(people)
        )
    data = {"restricted": restricted}
    append(locked, Happening(kind=DeskKind.RESTRICTED, data=data), by=by, at=now, now=now)
    return locked


def rank(
    *, by: access.Viewer, organisation: Organisation, ticket_ids: Sequence[UUID], now: datetime
) -> tuple[Ticket, ...]:
    """A customer's own order of its open tickets, most important first; those left out are not ranked.

    Within one severity its tickets then fill the places they hold together. No other customer's ticket moves.
    """
    lock_customer(vendor_id=by.vendor_id, organisation_id=organisation.id)
    visible = Ticket.objects.visible_to(by).filter(organisation_id=organisation.id, is_open=True)
    open_tickets = {
        ticket.id: ticket
        for ticket in visible.select_related("organisation")
        .select_for_update(no_key=True, of=("self",))
        .order_by("id")
    }
    wanted = {ticket_id: place for place, ticket_id in enumerate(dict.fromkeys(ticket_ids), start=1)}
    if strangers := set(wanted) - set(open_tickets):
        raise CannotDo(
            code="not-open-here",
            en=f"{len(strangers)} of these are not open requests of this customer: reload the list.",
            fr=f"{len(strangers)} d’entre elles ne sont pas des demandes ouvertes de ce client : rechargez la liste.",
        )
    for ticket_id in wanted:
        _check_may_rank(by, open_tickets[ticket_id], now)
    moved = [ticket for ticket in open_tickets.values() if ticket.rank != wanted.get(ticket.id)]
    for ticket in moved:
        ticket.rank = wanted.get(ticket.id)
        append(ticket, Happening(kind=DeskKind.RANKED, data={"rank": ticket.rank}), by=by, at=now, now=now)
    Ticket.objects.bulk_update(moved, ["rank"])
    every = Ticket.objects.filter(vendor_id=by.vendor_id, organisation_id=organisation.id, is_open=True)
    clockwork.write_order(list(every))
    return tuple(sorted(moved, key=lambda ticket: ticket.number))


def offers_ranking(viewer: access.Viewer, now: datetime) -> bool:
    """Whether the customer of the looking contact may rank: by the plan of one of its contracts, or where no plan promises it."""
    if viewer.organisation_id is None:
        return False
    for contract in contracts.contracts_of(viewer.vendor_id, viewer.organisation_id):
        programme = contracts.programme(contract.revision_id)
        plan = programme.plans.get(contract.plan)
        if RANKING not in programme.promises or (plan is not None and RANKING in plan.benefits):
            return contract.standing(now).value == "active"
    return False


def _check_may_rank(by: access.Viewer, ticket: Ticket, now: datetime) -> None:
    if by.is_customer:
        permissions.require(by, ticket, "rank", now)
    programme = contracts.programme(ticket.revision_id)
    promise = programme.promises.get(RANKING)
    plan = programme.plans.get(ticket.plan)
    if promise is None or (plan is not None and RANKING in plan.benefits):
        return
    raise CannotDo(
        code="plan-without-ranking",
        en=f"This plan does not rank requests ({promise.clause}: {promise.text.in_('en')})",
        fr=f"Ce plan ne classe pas les demandes ({promise.clause} : {promise.text.in_('fr')})",
    )
