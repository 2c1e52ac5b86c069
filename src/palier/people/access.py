"""Who is looking, and what that person may see and do.

A `Viewer` is a frozen value made once a request from a contact or a person of the vendor. Querysets narrow themselves
to it (`Ticket.objects.visible_to(viewer)`); actions ask it for roles. Rules: docs/reference/access.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db.models import Q

from palier.people import prepared
from palier.people.models import Contact, Organisation, Role, Staff

SEES_EVERY_TEAM = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.ACCOUNT_MANAGER, Role.DELIVERY_MANAGER})
"""Roles that see the tickets of every team."""
SEES_OWN_TEAMS = frozenset({Role.AGENT, Role.CONSULTANT, Role.ENGINEER})
"""Roles that see the tickets of their teams, those of no team, and those assigned to them."""
WORKS_ON_TICKETS = SEES_EVERY_TEAM | SEES_OWN_TEAMS
DRAWS_UP = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.ACCOUNT_MANAGER, Role.FINANCE})
"""Roles that draw up, suspend and end contracts."""
TAKES_MONEY = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.FINANCE})
CORRECTS_BALANCES = TAKES_MONEY | {Role.ACCOUNT_MANAGER}
"""Roles that correct a balance by hand with a reason: also whom the customer asks when a device is replaced."""
WRITES_PROGRAMMES = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.PROGRAMME_WRITER})
RUNS_THE_DESK = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
"""Roles that add people, name teams and restrict customers."""


class Refused(Exception):
    """The viewer may not do that. `said` holds the sentence in English and French, with the way out."""

    def __init__(self, *, code: str, en: str, fr: str) -> None:
        self.code = code
        self.said = {"en": en, "fr": fr}
        super().__init__(f"{code}: {en}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who looks or acts: a contact of a customer, a person of the vendor, or the machine itself.

    `organisations` are those whose requests a contact sees: its own and, for a partner, its customers'.
    `hidden_organisations` are the restricted customers for which a person of the vendor is not named.
    """

    vendor_id: UUID
    name: str
    user_id: UUID | None = None
    contact_id: UUID | None = None
    organisation_id: UUID | None = None
    organisations: frozenset[UUID] = frozenset()
    sees_colleagues: bool = False
    is_administrator: bool = False
    staff_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    teams: frozenset[UUID] = frozenset()
    hidden_organisations: frozenset[UUID] = frozenset()

    @classmethod
    def customer(cls, contact: Contact, *, customers: frozenset[UUID] | None = None) -> Self:
        """A contact of a customer or partner. Raises Refused for one who was removed.

        `customers` are those whose partner the contact's organisation is; read where they are not given.
        """
        if contact.removed_at is not None:
            raise Refused(
                code="contact-removed",
                en=f"{contact.name} was removed from this account: ask its administrator to be added again.",
                fr=f"{contact.name} a été retiré de ce compte : demandez à son administrateur de revenir.",
            )
        if customers is None:
            served = Organisation.objects.filter(
                vendor_id=contact.vendor_id, partner_id=contact.organisation_id
            )
            customers = frozenset(served.values_list("id", flat=True))
        return cls(
            vendor_id=contact.vendor_id,
            name=contact.name,
            user_id=contact.user_id,
            contact_id=contact.id,
            organisation_id=contact.organisation_id,
            organisations=customers | {contact.organisation_id},
            sees_colleagues=contact.sees_colleagues,
            is_administrator=contact.is_administrator,
        )

    @classmethod
    def staff(cls, staff: Staff, *, reach: tuple[frozenset[UUID], frozenset[UUID]] | None = None) -> Self:
        """A person of the vendor. Raises Refused for one who was removed.

        `reach` are its teams and the restricted customers for which it is not named; read where they are not given.
        """
        if staff.removed_at is not None:
            raise Refused(
                code="staff-removed",
                en=f"{staff.name} no longer works here: an administrator can add this person again.",
                fr=f"{staff.name} ne travaille plus ici : un administrateur peut l’ajouter de nouveau.",
            )
        teams, hidden = _reach(staff) if reach is None else reach
        return cls(
            vendor_id=staff.vendor_id,
            name=staff.name,
            user_id=staff.user_id,
            staff_id=staff.id,
            roles=frozenset(staff.roles),
            teams=teams,
            hidden_organisations=hidden,
        )

    @classmethod
    def machine(cls, vendor_id: UUID) -> Self:
        """The machine itself (command line, demonstration, worker): every role, no person."""
        return cls(vendor_id=vendor_id, name="", roles=frozenset(Role.values))

    @property
    def is_customer(self) -> bool:
        """Whether this is a contact of a customer."""
        return self.contact_id is not None

    @property
    def is_machine(self) -> bool:
        """Whether no person is behind it."""
        return self.contact_id is None and self.staff_id is None

    @property
    def by(self) -> str:
        """How an event names it: `customer`, `person` (of the vendor) or `system`."""
        if self.is_customer:
            return "customer"
        return "system" if self.is_machine else "person"

    def as_contact(self) -> UUID:
        """The contact's id; raises Refused for anybody else."""
        if self.contact_id is None:
            raise Refused(
                code="for-contacts",
                en="Only a contact of the customer can do this.",
                fr="Seul un contact du client peut faire cela.",
            )
        return self.contact_id

    def as_staff(self) -> UUID:
        """The id of a person of the vendor; raises Refused for anybody else."""
        if self.staff_id is None:
            raise Refused(
                code="for-staff",
                en="Only a person of the vendor can do this.",
                fr="Seule une personne de l’éditeur peut faire cela.",
            )
        return self.staff_id

    def has_role(self, roles: frozenset[Role] | frozenset[str]) -> bool:
        """Whether it has one of these roles; a contact has none."""
        return not self.is_customer and bool(self.roles & roles)


_REACH = """
select array(select team_id from people_membership where vendor_id = %s and staff_id = %s),
    array(select o.id from people_organisation o where o.vendor_id = %s and o.restricted and not exists (
        select from people_clearance c
        where c.vendor_id = o.vendor_id and c.organisation_id = o.id and c.staff_id = %s))
"""


def _reach(staff: Staff) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """The teams of a person of the vendor, and the restricted customers for which it is not named."""
    ((teams, hidden),) = prepared.rows(_REACH, [staff.vendor_id, staff.id, staff.vendor_id, staff.id])
    return frozenset(teams), frozenset(hidden)


_ROLE_NAMES = {
    Role.AGENT: ("agent", "agent"),
    Role.CONSULTANT: ("consultant", "consultant"),
    Role.ENGINEER: ("engineer", "ingénieur"),
    Role.ACCOUNT_MANAGER: ("account manager", "gestionnaire de compte"),
    Role.DELIVERY_MANAGER: ("delivery manager", "responsable de la prestation"),
    Role.FINANCE: ("finance", "finances"),
    Role.PROGRAMME_WRITER: ("programme writer", "rédacteur du programme"),
    Role.MANAGER: ("manager", "responsable"),
    Role.ADMINISTRATOR: ("administrator", "administrateur"),
}


def require_role(viewer: Viewer, roles: frozenset[Role]) -> None:
    """Raise Refused unless the viewer has one of the roles."""
    if viewer.has_role(roles):
        return
    en, fr = (", ".join(sorted(_ROLE_NAMES[role][n] for role in roles)) for n in (0, 1))
    raise Refused(
        code="role-needed",
        en=f"This needs one of these roles: {en}. Ask a manager.",
        fr=f"Il faut pour cela l’un de ces rôles : {fr}. Adressez-vous à un responsable.",
    )


def organisations_for(viewer: Viewer) -> Q:
    """The organisations a viewer may see, as a condition on Organisation."""
    mine = Q(vendor_id=viewer.vendor_id)
    if viewer.is_customer:
        return mine & Q(id__in=viewer.organisations)
    if viewer.hidden_organisations:
        return mine & ~Q(id__in=viewer.hidden_organisations)
    return mine


def of_organisation(viewer: Viewer, field: str = "organisation_id") -> Q:
    """Rows whose organisation the viewer may see, as a condition on a row with that foreign key."""
    mine = Q(vendor_id=viewer.vendor_id)
    if viewer.is_customer:
        return mine & Q(**{f"{field}__in": viewer.organisations})
    if viewer.hidden_organisations:
        return mine & ~Q(**{f"{field}__in": viewer.hidden_organisations})
    return mine
