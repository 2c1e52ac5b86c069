"""The portal's first page: what is open, what waits for the reader, whether the line is open, and what the plan gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from palier.contracts import holidays
from palier.contracts import queries as contracts
from palier.core import calendars, worktime
from palier.core.coverage import Balance
from palier.core.programme import Programme, Wait
from palier.ledger import queries as ledger
from palier.people import access
from palier.people.models import Contact
from palier.people.queries import Place, place_of
from palier.tickets import convert, counting, permissions, queries
from palier.tickets.models import Status, Ticket
from palier.tickets.queries import MyTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The vendor's telephone: whether it is answered now, and when next (both in instants; the zone is the desk's)."""

    number: str
    toll_free: bool
    open_now: bool
    next_open_at: datetime | None
    zone: str
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldContract:
    """A contract as its customer reads it, with what its plan grants."""

    contract: contracts.Standings
    programme: Programme
    standing: str
    balances: Mapping[str, Balance]
    contact_names: tuple[str, ...]
    opened: int
    """How many requests reached us under it in the term that runs; counted, whether or not there is a limit."""
    opened_since: date | None
    """The first day of that term; None before the contract is active."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalHome:
    """What a contact sees first."""

    programme: Programme
    open: tuple[MyTicket, ...]
    to_adopt: tuple[MyTicket, ...]
    waiting_for_me: tuple[MyTicket, ...]
    next_due: MyTicket | None
    line: Line | None
    contracts: tuple[HeldContract, ...]


def home(viewer: access.Viewer, *, now: datetime) -> PortalHome:
    """The portal's first page for a contact."""
    contact = Contact.objects.select_related("organisation", "site").get(
        vendor_id=viewer.vendor_id, id=viewer.as_contact()
    )
    held = _held_contracts(viewer.vendor_id, contact.organisation_id, now)
    revision_id = (
        held[0].contract.revision_id if held else contracts.current_revision(viewer.vendor_id, now).id
    )
    programme = contracts.programme(revision_id)
    found = queries.my_tickets(viewer, now=now, only_open=True)
    adoptable = _adopts(held, contact, now)
    agreeing = _to_agree(viewer, found, now)
    due = [ticket for ticket in found if ticket.due_at is not None]
    return PortalHome(
        programme=programme,
        open=found,
        to_adopt=tuple(one for one in found if adoptable and one.status == Status.HELD and not one.mine),
        waiting_for_me=tuple(one for one in found if one.waits_for_me and (one.mine or one.id in agreeing)),
        next_due=min(due, key=lambda ticket: ticket.due_at or now, default=None),
        line=line(viewer.vendor_id, programme, place_of(contact.organisation, contact.site), now),
        contracts=held,
    )


def _to_agree(viewer: access.Viewer, found: tuple[MyTicket, ...], now: datetime) -> frozenset[UUID]:
    """Colleagues' requests with an estimate that this contact may agree to."""
    asked = [one.id for one in found if not one.mine and one.wait == Wait.CONSENT]
    rows = Ticket.objects.visible_to(viewer).filter(id__in=asked) if asked else ()
    return frozenset(row.id for row in rows if "agree-estimate" in permissions.allowed(viewer, row, now))


def _adopts(held: tuple[HeldContract, ...], contact: Contact, now: datetime) -> bool:
    return any(
        contracts.may_act(one.contract, one.programme.plans.get(one.contract.plan), contact, now)
        for one in held
    )


def _held_contracts(vendor_id: UUID, organisation_id: UUID, now: datetime) -> tuple[HeldContract, ...]:
    standing = contracts.in_order(contracts.contracts_of(vendor_id, organisation_id), now)
    named = {one.contact_id for contract in standing for one in contract.authorised if one.at(now)}
    names = dict(Contact.objects.filter(vendor_id=vendor_id, id__in=named).values_list("id", "name"))
    found: list[HeldContract] = []
    for contract in standing:
        programme = contracts.programme(contract.revision_id)
        since = counting.term_began(programme, contract, now)
        plan = programme.plans.get(contract.plan)
        balances = ledger.balances(
            vendor_id=vendor_id,
            programme=programme,
            contract=contract,
            organisation_id=organisation_id,
            at=now,
        )
        found.append(
            HeldContract(
                contract=contract,
                programme=programme,
                standing=contract.standing(now).value,
                balances={
                    id_: one
                    for id_, one in balances.items()
                    if one.granted or one.left or (plan is not None and id_ in plan.grants)
                },
                contact_names=tuple(
                    sorted(names[one.contact_id] for one in contract.authorised if one.at(now))
                ),
                opened=counting.opened(vendor_id, organisation_id, contract, since),
                opened_since=since,
            )
        )
    return tuple(found)


def line(vendor_id: UUID, programme: Programme, place: Place, now: datetime) -> Line | None:
    """The vendor's telephone by its programme; None where it has none."""
    telephone = programme.reach.telephone
    if telephone is None:
        return None
    words = holidays.versions(vendor_id, holidays.codes_needed(programme, place.holidays), now, dry=True)
    bind = holidays.binder(
        vendor_id=vendor_id, programme=programme, zone=place.zone, place=place.holidays, words=words
    )
    calendar = calendars.compile(bind(telephone.calendar))
    at = convert.micros(now)
    is_open = worktime.is_open(calendar, at)
    rule = programme.calendars[telephone.calendar]
    return Line(
        number=telephone.number,
        toll_free=telephone.toll_free,
        open_now=is_open,
        next_open_at=None if is_open else _next_open(calendar, at),
        zone=rule.zone if rule.zone is not None and rule.zone != "customer" else place.zone,
        calendar=telephone.calendar,
    )


def _next_open(calendar: worktime.AnyCompilable, at: int) -> datetime | None:
    """When it opens next; None where that is not within five years: the page says so and does not fail."""
    try:
        return convert.instant(worktime.next_open(calendar, at))
    except worktime.CalendarHasNoOpening:
        return None
