"""Customers with something to spend: Solidxperts' seats and grace calls, Horizant's expert hours, Infor's extensions, and level 2."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from palier.contracts import actions as contracts
from palier.contracts import queries
from palier.contracts.models import Contract, ProgrammeRevision
from palier.ledger import queries as ledger
from palier.people import access
from palier.people.models import Role
from palier.tickets import claims, funds
from palier.tickets.drafts import Draft
from palier.tickets.models import Ticket

from . import personas
from .personas import START, World


def under(
    vendor_id: UUID,
    programme: str,
    *,
    plan: str,
    activation_on: date = date(2026, 1, 1),
    zone: str = "America/Toronto",
    authorise: bool = False,
    **more: Any,
) -> World:
    """A customer of one of the five programmes under that plan, paid for, with every product."""
    machine = access.Viewer.machine(vendor_id)
    revision = contracts.publish_revision(by=machine, source=personas.source(programme), now=START)
    organisation = personas.add_customer(machine, name="Atelier", zone=zone, country="CA", subdivision="QC")
    contact = personas.add_contact(machine, organisation, "camille", is_administrator=True)
    contract = contracts.draw_up(
        by=machine,
        organisation=organisation,
        revision=revision,
        plan=plan,
        number="C-1",
        activation_on=activation_on,
        now=START,
        products=list(queries.programme_of(revision).products),
        paid_at=START,
        contacts=[contact] if authorise else [],
        **more,
    )
    return World(
        vendor_id=vendor_id,
        revision=revision,
        organisation=organisation,
        contract=contract,
        contact=contact,
        colleague=personas.add_contact(machine, organisation, "dominique"),
        agent=personas.add_staff(machine, "alex", Role.AGENT),
        manager=personas.add_staff(machine, "morgan", Role.MANAGER),
        machine=machine,
    )


def solidxperts(vendor_id: UUID, *, seats: int = 1, plan: str = "standard", **more: Any) -> World:
    """Solidxperts' customer in Québec, with so many seats."""
    return under(vendor_id, "solidxperts", plan=plan, seats=seats, **more)


def proconcept(vendor_id: UUID) -> World:
    """ProConcept's customer under maintenance."""
    return under(vendor_id, "proconcept", plan="maintenance", zone="Europe/Zurich")


def enterprise(vendor_id: UUID) -> World:
    """Infor's customer on CareFor Enterprise."""
    return under(vendor_id, "infor", plan="enterprise", zone="Europe/Paris", yearly_amount=80_000_000)


def expert_hours(vendor_id: UUID) -> World:
    """Horizant's customer under support, with a contract for expert hours beside it; camille governs both."""
    world = under(vendor_id, "horizant", plan="support", authorise=True)
    contracts.draw_up(
        by=world.machine,
        organisation=world.organisation,
        revision=world.revision,
        plan="expert-hours",
        number="C-2",
        activation_on=date(2025, 12, 1),
        now=START,
        products=list(queries.programme_of(world.revision).products),
        contacts=[world.contact],
        paid_at=START,
    )
    return world


def hours_contract() -> Contract:
    """The contract for expert hours."""
    return Contract.objects.get(number="C-2")


def asked(kind: str, **more: Any) -> Draft:
    """A complete request of that kind."""
    programme = queries.programme_of(ProgrammeRevision.objects.latest("recorded_at"))
    values: dict[str, Any] = {
        "kind": kind,
        "subject": "Une aide",
        "body": "Voici de quoi il s'agit.",
        "product": next(iter(programme.products)),
        "version": "2026",
        "environment": next(iter(programme.environments), "none"),
        "fields": dict.fromkeys(programme.fields, "given"),
        "language": "fr",
    }
    return Draft(**{**values, **more})


def left(world: World, allowance: str, at: datetime, contract: Contract | None = None) -> int:
    """What is left of an allowance, or of what was bought one by one."""
    programme = queries.programme_of(world.revision)
    standings = queries.contract_by_id(world.vendor_id, (contract or world.contract).id)
    return ledger.balance(
        vendor_id=world.vendor_id,
        owner=funds.owner_of(programme, allowance, standings, world.organisation.id),
        allowance=allowance,
        at=at,
    ).available


def state(ticket: Ticket) -> str:
    """Where the funding of its latest choice stands."""
    choice = claims.latest_choice(ticket)
    assert choice is not None
    return claims.state_of(choice).value
