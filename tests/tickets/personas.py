"""The people of the tests: a customer's contacts, the vendor's staff, and strangers, over real programmes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from palier.contracts import actions as contracts
from palier.contracts import queries
from palier.contracts.models import Contract, ProgrammeRevision
from palier.people import access, actions
from palier.people.models import Contact, Organisation, Role, Staff, Vendor
from palier.tickets.drafts import Draft

PROGRAMMES = Path(__file__).parents[2] / "programmes"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(text: str) -> datetime:
    """An instant from ISO text in UTC (`2026-07-09 12:00`)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A vendor with one customer under contract, its people, and the vendor's."""

    vendor_id: UUID
    revision: ProgrammeRevision
    organisation: Organisation
    contract: Contract
    contact: Contact
    colleague: Contact
    agent: Staff
    manager: Staff
    machine: access.Viewer

    @property
    def customer(self) -> access.Viewer:
        """The contact who asks."""
        return access.Viewer.customer(self.contact)

    @property
    def desk(self) -> access.Viewer:
        """The agent who answers."""
        return access.Viewer.staff(self.agent)

    @property
    def boss(self) -> access.Viewer:
        """The manager."""
        return access.Viewer.staff(self.manager)


def source(name: str) -> str:
    """The text of one of the five programmes."""
    return (PROGRAMMES / f"{name}.yaml").read_text()


def add_vendor(slug: str) -> Vendor:
    """A vendor; its rows are made in its own transaction."""
    return actions.add_vendor(
        slug=slug,
        name=slug.title(),
        prefix=slug[:3].upper(),
        zone="Europe/Paris",
        address=f"https://{slug}.example/",
        now=START,
    )


def add_staff(machine: access.Viewer, name: str, *roles: Role) -> Staff:
    """A person of the vendor."""
    user = actions.add_user(
        vendor_id=machine.vendor_id, email=f"{name}@vendor.example", name=name.title(), now=START
    )
    return actions.add_staff(by=machine, user=user, roles=roles, now=START)


def add_contact(
    machine: access.Viewer,
    organisation: Organisation,
    name: str,
    *,
    is_administrator: bool = False,
    is_key_user: bool = False,
) -> Contact:
    """A person of a customer, with a sign-in."""
    email = f"{name}@{organisation.name.lower()}.example"
    user = actions.add_user(vendor_id=machine.vendor_id, email=email, name=name.title(), now=START)
    return actions.add_contact(
        by=machine,
        organisation=organisation,
        name=name.title(),
        email=email,
        now=START,
        user=user,
        is_administrator=is_administrator,
        is_key_user=is_key_user,
    )


def add_customer(
    machine: access.Viewer,
    *,
    name: str = "Lagrange",
    zone: str = "Europe/Paris",
    country: str = "FR",
    subdivision: str = "",
    partner: Organisation | None = None,
) -> Organisation:
    """A customer in a zone."""
    return actions.add_organisation(
        by=machine, name=name, zone=zone, country=country, subdivision=subdivision, now=START, partner=partner
    )


def northern(vendor_id: UUID, *, zone: str = "Europe/Paris", delivered: bool = True) -> World:
    """Northern's customer with a delivered solution, under a paid contract of one year."""
    machine = access.Viewer.machine(vendor_id)
    revision = contracts.publish_revision(by=machine, source=source("northern"), now=START)
    organisation = add_customer(machine, zone=zone)
    contact = add_contact(machine, organisation, "camille", is_administrator=True)
    contract = contracts.draw_up(
        by=machine,
        organisation=organisation,
        plan="standard",
        number="N-1",
        activation_on=date(2026, 1, 1),
        now=START,
        products=["northern-software"],
        paid_at=START,
    )
    contracts.add_solution(
        by=machine,
        contract=contract,
        name="Archive",
        handed_over_on=date(2026, 2, 1) if delivered else None,
        now=START,
    )
    return World(
        vendor_id=vendor_id,
        revision=revision,
        organisation=organisation,
        contract=contract,
        contact=contact,
        colleague=add_contact(machine, organisation, "dominique"),
        agent=add_staff(machine, "alex", Role.AGENT),
        manager=add_staff(machine, "morgan", Role.MANAGER),
        machine=machine,
    )


def horizant(vendor_id: UUID, *, paid: bool = True) -> World:
    """Horizant's customer in Québec under technical support, with its two authorised contacts' places half taken."""
    machine = access.Viewer.machine(vendor_id)
    revision = contracts.publish_revision(by=machine, source=source("horizant"), now=START)
    organisation = add_customer(
        machine, name="Boreal", zone="America/Toronto", country="CA", subdivision="QC"
    )
    contact = add_contact(machine, organisation, "camille", is_administrator=True)
    colleague = add_contact(machine, organisation, "dominique")
    contract = contracts.draw_up(
        by=machine,
        organisation=organisation,
        plan="support",
        number="H-1",
        activation_on=date(2026, 1, 1),
        now=START,
        products=["licensed-software"],
        contacts=[contact],
        paid_at=START if paid else None,
    )
    return World(
        vendor_id=vendor_id,
        revision=revision,
        organisation=organisation,
        contract=contract,
        contact=contact,
        colleague=colleague,
        agent=add_staff(machine, "alex", Role.AGENT),
        manager=add_staff(machine, "morgan", Role.MANAGER),
        machine=machine,
    )


def failure(effect: str = "lasting-major", **more: Any) -> Draft:
    """A complete request of Northern's customer: something failed."""
    values: dict[str, Any] = {
        "kind": "defect",
        "subject": "The archive does not open",
        "body": "Since this morning nobody can open the archive.",
        "environment": "production",
        "effect": effect,
        "fields": {"applications": "a database", "access": "call me"},
        "language": "fr",
    }
    return Draft(**{**values, **more})


def deviation(**more: Any) -> Draft:
    """A request of Horizant's customer: the software departs from its documentation."""
    values: dict[str, Any] = {
        "kind": "deficiency",
        "subject": "Le rapport ne s'imprime pas",
        "body": "La page reste blanche.",
        "product": "licensed-software",
        "version": "4.2",
        "environment": "production",
        "fields": {"documented": "Page 12 says that it prints.", "steps": "Print."},
        "language": "fr",
    }
    return Draft(**{**values, **more})


def infor(vendor_id: UUID, *, plan: str = "premium") -> World:
    """Infor's customer in Paris."""
    machine = access.Viewer.machine(vendor_id)
    revision = contracts.publish_revision(by=machine, source=source("infor"), now=START)
    organisation = add_customer(machine, name="Usine")
    contact = add_contact(machine, organisation, "camille", is_administrator=True)
    programme = queries.programme_of(revision)
    contract = contracts.draw_up(
        by=machine,
        organisation=organisation,
        revision=revision,
        plan=plan,
        number="I-1",
        activation_on=date(2026, 1, 1),
        now=START,
        products=list(programme.products),
        paid_at=START,
        yearly_amount=programme.plans[plan].offered_from,
    )
    return World(
        vendor_id=vendor_id,
        revision=revision,
        organisation=organisation,
        contract=contract,
        contact=contact,
        colleague=add_contact(machine, organisation, "dominique"),
        agent=add_staff(machine, "alex", Role.AGENT),
        manager=add_staff(machine, "morgan", Role.MANAGER),
        machine=machine,
    )


def outage(**more: Any) -> Draft:
    """A request of Infor's customer: its infrastructure is down."""
    programme = queries.programme_of(ProgrammeRevision.objects.latest("recorded_at"))
    effect = next(e for e in programme.effects.values() if e.outage == "system")
    values: dict[str, Any] = {
        "kind": "incident",
        "subject": "Tout est arrêté",
        "body": "Plus rien ne répond.",
        "product": next(iter(programme.products)),
        "environment": next(iter(programme.environments)),
        "effect": effect.id,
        "version": "1",
        "fields": dict.fromkeys(programme.fields, "given"),
        "language": "fr",
    }
    return Draft(**{**values, **more})
