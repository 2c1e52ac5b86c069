"""Customers with allowances: grace calls by seats, devices shared by an organisation, monthly hours and incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tests.tickets import personas
from tests.tickets.personas import at as at
from uuid_utils.compat import uuid7

from palier.contracts import actions as contracts
from palier.contracts import queries
from palier.contracts.models import Contract
from palier.contracts.queries import Standings
from palier.core.programme import Programme
from palier.ledger import posting
from palier.ledger.accounts import Owner
from palier.ledger.instants import instant as instant
from palier.ledger.posting import Posted
from palier.people import access
from palier.people.models import Organisation, Role

START = personas.START
JUNE = at("2026-06-15 12:00")
YEAR_END = "2027-01-01 05:00+00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer under contract, and who acts."""

    vendor_id: UUID
    organisation: Organisation
    contract: Contract
    machine: access.Viewer
    programme: Programme

    @property
    def standings(self) -> Standings:
        """The contract as it is now."""
        return queries.contract_by_id(self.vendor_id, self.contract.id)

    def owner(self, allowance: str) -> Owner:
        """Who owns an allowance."""
        return posting.owner_for(self.programme, allowance, self.standings, self.organisation.id)

    def reserve(self, allowance: str, quantity: int = 1, **more: Any) -> tuple[UUID, Posted]:
        """Reserve so much; the reservation's id, and what was posted."""
        id_ = uuid7()
        values: dict[str, Any] = {"cause": {"why": "choice"}, "at": JUNE, "now": more.get("at", JUNE)}
        done = posting.reserve(
            owner=self.owner(allowance),
            allowance=allowance,
            quantity=quantity,
            reservation=id_,
            **{**values, **more},
        )
        return id_, done


def customer(
    vendor_id: UUID,
    *,
    programme: str = "solidxperts",
    plan: str = "standard",
    seats: int = 6,
    activation_on: date = date(2026, 1, 1),
    paid_at: datetime | None = START,
    zone: str = "America/Toronto",
    organisation: Organisation | None = None,
    number: str = "S-1",
    term: str | None = None,
) -> Customer:
    """A customer of one of the five programmes."""
    machine = access.Viewer.machine(vendor_id)
    revision = contracts.publish_revision(by=machine, source=personas.source(programme), now=START)
    organisation = organisation or personas.add_customer(
        machine, name=f"Atelier {number}", zone=zone, country="CA", subdivision="QC"
    )
    contract = contracts.draw_up(
        by=machine,
        organisation=organisation,
        revision=revision,
        plan=plan,
        number=number,
        activation_on=activation_on,
        now=START,
        seats=seats,
        paid_at=paid_at,
        term=term,
        yearly_amount=queries.programme_of(revision).plans[plan].offered_from,
    )
    return Customer(
        vendor_id=vendor_id,
        organisation=organisation,
        contract=contract,
        machine=machine,
        programme=queries.programme_of(revision),
    )


def finance(machine: access.Viewer) -> access.Viewer:
    """A person of the vendor who takes money."""
    return access.Viewer.staff(personas.add_staff(machine, "fran", Role.FINANCE))


def agent(machine: access.Viewer) -> access.Viewer:
    """A person of the vendor who does not."""
    return access.Viewer.staff(personas.add_staff(machine, "alex", Role.AGENT))
