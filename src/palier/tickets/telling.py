"""Whom to tell that an allowance was used: the contact, the account's administrators, the vendor's managers; and who works on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts import roles
from palier.contracts.models import NamedRole
from palier.core.programme import Programme
from palier.people import notices
from palier.people.models import Contact
from palier.tickets.models import Ticket

EACH_USE = "each-use"


def tell_use(
    ticket: Ticket,
    programme: Programme,
    *,
    allowance: str,
    contract_id: UUID | None,
    quantity: int,
    left: int | None,
    now: datetime,
) -> None:
    """Tell whom the allowance says of each use: the contact, the account's administrators, the vendor's managers."""
    known = programme.allowances.get(allowance)
    if known is None or not known.tell:
        return
    told = {word for word, when in known.tell.items() if when == EACH_USE}
    contract = None if contract_id is None else contracts.contract_by_id(ticket.vendor_id, contract_id)
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.ALLOWANCE_USED,
        now=now,
        contacts=_contacts(ticket, told),
        staff=_staff(contract, told, now),
        data={
            "ticket": ticket.id,
            "contract": contract_id,
            "allowance": allowance,
            "quantity": quantity,
            "left": left,
        },
        ticket_number=ticket.number,
    )


def _contacts(ticket: Ticket, told: Iterable[str]) -> list[UUID]:
    found: list[UUID] = []
    if "customer" in told or "contact" in told:
        found.append(ticket.adopted_by_id or ticket.author_id)
    if "administrator" in told or "customer-administrator" in told:
        found += administrators(ticket.vendor_id, ticket.organisation_id)
    return found


def administrators(vendor_id: UUID, organisation_id: UUID) -> list[UUID]:
    """The contacts who administer a customer's account."""
    return list(
        Contact.objects.filter(
            vendor_id=vendor_id, organisation_id=organisation_id, is_administrator=True, removed_at=None
        )
        .order_by("id")
        .values_list("id", flat=True)
    )


def _staff(contract: contracts.Standings | None, told: Iterable[str], now: datetime) -> list[UUID]:
    if contract is None:
        return []
    holders: Mapping[NamedRole, roles.Holder] = roles.roles_of(contract, now)
    found: list[UUID] = []
    for word in (NamedRole.ACCOUNT_MANAGER, NamedRole.DELIVERY_MANAGER, NamedRole.SOLUTIONS_MANAGER):
        if word.value in told:
            holder = holders.get(word)
            if holder is not None:
                found.append(holder.staff_id)
            elif word is NamedRole.ACCOUNT_MANAGER:
                found += roles.vendor_side(contract, now)
    return found


def vendors_people(ticket: Ticket, contract: contracts.Standings | None, now: datetime) -> list[UUID]:
    """Whom of the vendor to tell about a request: who works on it, else the contract's account manager."""
    if ticket.assignee_id is not None:
        return [ticket.assignee_id]
    return [] if contract is None else list(roles.vendor_side(contract, now))
