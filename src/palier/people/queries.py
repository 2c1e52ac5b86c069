"""Questions about people: rows and frozen values for pages. Each takes the viewer and is narrowed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from palier.people import access, prepared, reading
from palier.people.models import Contact, Look, Organisation, Site, Staff, Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a clock runs: zone and the holiday code of country and subdivision (empty: no holidays known)."""

    zone: str
    holidays: str


def place_of(organisation: Organisation, site: Site | None) -> Place:
    """The site's zone and holidays, else the organisation's; never a person's."""
    where: Organisation | Site = site if site is not None else organisation
    return Place(zone=where.zone, holidays=holiday_code(where.country, where.subdivision))


def holiday_code(country: str, subdivision: str) -> str:
    """`CA-QC` from country and subdivision, `FR` from a country alone, empty from nothing."""
    if not country:
        return ""
    return f"{country}-{subdivision}" if subdivision else country


def organisation(*, vendor_id: UUID, organisation_id: UUID) -> Organisation:
    """One organisation, read without a lock; whoever asks knows already that the viewer may see it."""
    return reading.get(Organisation, "vendor_id = %s and id = %s", [vendor_id, organisation_id])


def organisations(viewer: access.Viewer) -> QuerySet[Organisation]:
    """The customers and partners a viewer may see."""
    return Organisation.objects.filter(access.organisations_for(viewer)).order_by("name")


def contacts(viewer: access.Viewer, organisation_id: UUID) -> QuerySet[Contact]:
    """The contacts of one organisation that the viewer may see, without those removed."""
    return Contact.objects.filter(
        access.of_organisation(viewer), organisation_id=organisation_id, removed_at=None
    ).order_by("name")


def sites(viewer: access.Viewer, organisation_id: UUID) -> QuerySet[Site]:
    """The places of one organisation that the viewer may see."""
    return Site.objects.filter(access.of_organisation(viewer), organisation_id=organisation_id).order_by(
        "name"
    )


def staff_names(viewer: access.Viewer) -> Mapping[UUID, str]:
    """The vendor's people by id, also those who left: their names stand on old tickets."""
    return dict(Staff.objects.filter(vendor_id=viewer.vendor_id).values_list("id", "name"))


def staff_to_assign(viewer: access.Viewer) -> QuerySet[Staff]:
    """The vendor's people who work on tickets."""
    return Staff.objects.filter(
        vendor_id=viewer.vendor_id,
        removed_at=None,
        roles__overlap=[role.value for role in access.WORKS_ON_TICKETS],
    ).order_by("name")


def teams(viewer: access.Viewer) -> QuerySet[Team]:
    """The vendor's teams."""
    return Team.objects.filter(vendor_id=viewer.vendor_id).order_by("level", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPeople:
    """The vendor's people: `names` of all, also of those who left; who works on tickets; the teams. Each in its order."""

    names: Mapping[UUID, str]
    to_assign: tuple[tuple[UUID, str], ...]
    teams: tuple[tuple[UUID, str], ...]


_DESK_PEOPLE = """
select true, s.id, s.name, s.removed_at is null and s.roles && %s::varchar[], 0 from people_staff s
where s.vendor_id = %s
union all select false, t.id, t.name, true, t.level from people_team t where t.vendor_id = %s
order by 5, 3
"""


def desk_people(viewer: access.Viewer) -> DeskPeople:
    """`staff_names`, `staff_to_assign` and `teams` in one question: every page of a ticket asks it."""
    roles = sorted(role.value for role in access.WORKS_ON_TICKETS)
    found = prepared.rows(_DESK_PEOPLE, [roles, viewer.vendor_id, viewer.vendor_id])
    return DeskPeople(
        names={id_: name for is_person, id_, name, _, _ in found if is_person},
        to_assign=tuple((id_, name) for is_person, id_, name, works, _ in found if is_person and works),
        teams=tuple((id_, name) for is_person, id_, name, _, _ in found if not is_person),
    )


def looks(viewer: access.Viewer, subject_id: UUID) -> QuerySet[Look]:
    """Who looked at something restricted, newest first; for those who run the desk."""
    access.require_role(viewer, access.RUNS_THE_DESK)
    return Look.objects.filter(vendor_id=viewer.vendor_id, subject_id=subject_id).order_by("-at")
