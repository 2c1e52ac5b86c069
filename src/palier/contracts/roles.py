"""Whom a contract names at the vendor: account manager (by region unless named), solutions and delivery manager, sponsor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from palier.contracts import queries, recording
from palier.contracts.models import Contract, EventKind, NamedRole, RegionManager, RoleHolder
from palier.contracts.standings import Standings
from palier.people import access
from palier.people.models import Organisation, Role, Staff

Row = TypeVar("Row", RoleHolder, RegionManager)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a role on a contract, and since when; `by_region` when the region's account manager stands in."""

    role: NamedRole
    staff_id: UUID
    name: str
    email: str
    from_at: datetime
    by_region: bool = False


def roles_of(contract: Standings, at: datetime) -> Mapping[NamedRole, Holder]:
    """Who has which role on a contract at an instant; the account manager of the customer's region unless one is named."""
    vendor_id = _vendor_of(contract)
    rows = RoleHolder.objects.filter(vendor_id=vendor_id, contract_id=contract.id, from_at__lte=at).exclude(
        until_at__lte=at
    )
    found = {
        NamedRole(row.role): _holder(NamedRole(row.role), row.staff, row.from_at)
        for row in rows.select_related("staff__user").order_by("from_at", "id")
    }
    if NamedRole.ACCOUNT_MANAGER not in found:
        regional = region_manager(vendor_id, _region_of(contract), at)
        if regional is not None:
            found[NamedRole.ACCOUNT_MANAGER] = regional
    return {role: found[role] for role in NamedRole if role in found}


def region_manager(vendor_id: UUID, region: str, at: datetime) -> Holder | None:
    """The account manager of a region at an instant."""
    row = (
        RegionManager.objects.filter(vendor_id=vendor_id, region=region, from_at__lte=at)
        .exclude(until_at__lte=at)
        .select_related("staff__user")
        .order_by("-from_at", "-id")
        .first()
    )
    if row is None or not region:
        return None
    return _holder(NamedRole.ACCOUNT_MANAGER, row.staff, row.from_at, by_region=True)


def _holder(role: NamedRole, staff: Staff, from_at: datetime, *, by_region: bool = False) -> Holder:
    return Holder(
        role=role,
        staff_id=staff.id,
        name=staff.name,
        email=staff.user.email,
        from_at=from_at,
        by_region=by_region,
    )


def _vendor_of(contract: Standings) -> UUID:
    found: UUID = Contract.objects.values_list("vendor_id", flat=True).get(id=contract.id)
    return found


def _region_of(contract: Standings) -> str:
    return Organisation.objects.values_list("region", flat=True).get(id=contract.organisation_id)


def vendor_side(contract: Standings, at: datetime) -> tuple[UUID, ...]:
    """Whom of the vendor's people to tell about a contract: its account manager, else every one, else the managers."""
    named = roles_of(contract, at).get(NamedRole.ACCOUNT_MANAGER)
    if named is not None:
        return (named.staff_id,)
    people = Staff.objects.filter(vendor_id=_vendor_of(contract), removed_at=None).order_by("name", "id")
    for role in (Role.ACCOUNT_MANAGER, Role.MANAGER):
        found = tuple(people.filter(roles__contains=[role.value]).values_list("id", flat=True))
        if found:
            return found
    return ()


def name_role(
    *,
    by: access.Viewer,
    contract: Contract,
    role: NamedRole,
    staff: Staff,
    now: datetime,
    at: datetime | None = None,
) -> RoleHolder:
    """Give a person of the vendor a role on a contract from `at` (now) on; whoever had it has it until then."""
    access.require_role(by, access.DRAWS_UP)
    recording.take(by, contract)
    _require_here(staff)
    start = at or now
    standing = RoleHolder.objects.filter(vendor_id=by.vendor_id, contract=contract, role=role)
    _close(standing, start)
    row = RoleHolder.objects.create(
        vendor_id=by.vendor_id, contract=contract, role=role, staff=staff, from_at=start
    )
    recording.record(
        by=by,
        contract=contract,
        kind=EventKind.ROLE_NAMED,
        now=now,
        effective_at=start,
        data={"role": role.value, "staff": staff.id},
    )
    return row


def withdraw_role(
    *, by: access.Viewer, contract: Contract, role: NamedRole, now: datetime, at: datetime | None = None
) -> None:
    """Nobody has the role from `at` (now) on; the region's account manager stands in where there is one."""
    access.require_role(by, access.DRAWS_UP)
    recording.take(by, contract)
    end = at or now
    standing = RoleHolder.objects.filter(vendor_id=by.vendor_id, contract=contract, role=role)
    _close(standing, end)
    recording.record(
        by=by,
        contract=contract,
        kind=EventKind.ROLE_WITHDRAWN,
        now=now,
        effective_at=end,
        data={"role": role.value},
    )


def _close(standing: QuerySet[Row], end: datetime) -> None:
    """What would begin at `end` or later never does; what runs on ends there."""
    standing.filter(from_at__gte=end).delete()
    standing.filter(from_at__lt=end).filter(Q(until_at=None) | Q(until_at__gt=end)).update(until_at=end)


def name_region(
    *, by: access.Viewer, region: str, staff: Staff, now: datetime, at: datetime | None = None
) -> RegionManager:
    """Make a person of the vendor the account manager of a region from `at` (now) on."""
    access.require_role(by, access.RUNS_THE_DESK)
    _require_here(staff)
    texts = (queries.programme_of(one) for one in queries.revisions(by.vendor_id))
    known = dict.fromkeys(name for programme in texts for name in programme.reach.regions)
    if region not in known:
        raise access.Refused(
            code="unknown-region",
            en=f"The programme has no region {region!r}; it has: {', '.join(known) or '–'}.",
            fr=f"Le programme n’a pas de région {region!r} ; il a : {', '.join(known) or '–'}.",
        )
    start = at or now
    standing = RegionManager.objects.filter(vendor_id=by.vendor_id, region=region)
    _close(standing, start)
    return RegionManager.objects.create(vendor_id=by.vendor_id, region=region, staff=staff, from_at=start)


def _require_here(staff: Staff) -> None:
    if staff.removed_at is not None:
        raise access.Refused(
            code="staff-removed",
            en=f"{staff.name} no longer works here: name somebody else.",
            fr=f"{staff.name} ne travaille plus ici : nommez quelqu’un d’autre.",
        )
