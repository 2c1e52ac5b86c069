"""Who looks after a contract at the vendor, in words both faces show: by role, the account manager by region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from palier.contracts import roles
from palier.contracts.models import NamedRole
from palier.contracts.standings import Standings
from palier.core.programme import Programme
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleView:
    """A role: what it is called, who has it, and a line that says how to reach them."""

    role: str
    name: str
    mail: str
    note: str


def role_name(role: NamedRole) -> str:
    """What a role is called."""
    return {
        NamedRole.ACCOUNT_MANAGER: _("Account manager"),
        NamedRole.SOLUTIONS_MANAGER: _("Solutions manager"),
        NamedRole.DELIVERY_MANAGER: _("Delivery manager"),
        NamedRole.EXECUTIVE_SPONSOR: _("Executive sponsor"),
    }[role]


def views(
    contract: Standings, programme: Programme, speech: Speech, now: datetime, *, region: str
) -> tuple[RoleView, ...]:
    """Everybody named; without an account manager, whom the programme names for the region, else its sales."""
    found = [
        RoleView(
            role=role_name(role),
            name=holder.name,
            mail=holder.email,
            note=_("for your region") if holder.by_region else "",
        )
        for role, holder in roles.roles_of(contract, now).items()
    ]
    if any(one.role == role_name(NamedRole.ACCOUNT_MANAGER) for one in found):
        return tuple(found)
    regional = programme.reach.regions.get(region)
    if regional is not None or programme.reach.sales:
        found.insert(
            0,
            RoleView(
                role=role_name(NamedRole.ACCOUNT_MANAGER),
                name="",
                mail=programme.reach.sales or "" if regional is None else "",
                note=speech.text(regional),
            ),
        )
    return tuple(found)
