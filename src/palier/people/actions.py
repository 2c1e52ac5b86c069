"""Adding vendors, customers, people and clearances; recording who looked at what is restricted. The only writer."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from palier.people import access, reading
from palier.people.models import (
    Clearance,
    Contact,
    Look,
    Membership,
    Organisation,
    Role,
    Site,
    Staff,
    Team,
    User,
    Vendor,
    VendorHost,
)


def known_zone(name: str) -> str:
    """The name itself if it is an IANA zone; raises Refused otherwise."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise access.Refused(
            code="unknown-zone",
            en=f"{name!r} is no time zone: write an IANA name such as Europe/Paris or America/Toronto.",
            fr=f"{name!r} n’est pas un fuseau horaire : écrivez un nom IANA tel que Europe/Paris ou America/Toronto.",
        ) from error
    return name


def add_vendor(
    *,
    slug: str,
    name: str,
    prefix: str,
    zone: str,
    address: str,
    now: datetime,
    hosts: Sequence[str] = (),
    accent: str = "",
    demo: bool = False,
    staff_need_second_factor: bool = True,
) -> Vendor:
    """A new tenant. `address` is where its people reach it: every link starts with it. Vendors stand outside the walls."""
    vendor = Vendor.objects.create(
        slug=slug,
        name=name,
        prefix=prefix,
        zone=known_zone(zone),
        address=address,
        accent=accent,
        demo=demo,
        staff_need_second_factor=staff_need_second_factor,
        created_at=now,
        # The demonstration's vendors are set up already.
        set_up_at=now if demo else None,
    )
    VendorHost.objects.bulk_create(VendorHost(host=host, vendor=vendor) for host in hosts)
    return vendor


def add_organisation(
    *,
    by: access.Viewer,
    name: str,
    zone: str,
    now: datetime,
    country: str = "",
    subdivision: str = "",
    language: str = "en",
    region: str = "",
    partner: Organisation | None = None,
    restricted: bool = False,
) -> Organisation:
    """A customer or partner. Its clocks follow `zone` and the holidays of `country` and `subdivision`."""
    access.require_role(by, access.DRAWS_UP)
    return Organisation.objects.create(
        vendor_id=by.vendor_id,
        name=name,
        zone=known_zone(zone),
        country=country,
        subdivision=subdivision,
        language=language,
        region=region,
        partner=partner,
        restricted=restricted,
        created_at=now,
    )


def add_site(
    *,
    by: access.Viewer,
    organisation: Organisation,
    name: str,
    zone: str,
    country: str = "",
    subdivision: str = "",
) -> Site:
    """A place of a customer with its own zone and holidays."""
    access.require_role(by, access.DRAWS_UP)
    return Site.objects.create(
        vendor_id=by.vendor_id,
        organisation=organisation,
        name=name,
        zone=known_zone(zone),
        country=country,
        subdivision=subdivision,
    )


def add_user(*, vendor_id: UUID, email: str, name: str, now: datetime, language: str = "en") -> User:
    """A sign-in at one vendor, without a password: sign-in is set up by the person (or by `set_password`)."""
    user = User(vendor_id=vendor_id, email=email, name=name, language=language, created_at=now)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def add_contact(
    *,
    by: access.Viewer,
    organisation: Organisation,
    name: str,
    email: str,
    now: datetime,
    language: str = "en",
    site: Site | None = None,
    user: User | None = None,
    is_administrator: bool = False,
    is_key_user: bool = False,
    sees_colleagues: bool = True,
) -> Contact:
    """A person of a customer. Whether it is authorised stands on each contract."""
    if by.is_customer:
        if not by.is_administrator or by.organisation_id != organisation.id:
            access.require_role(by, access.WORKS_ON_TICKETS)
    else:
        access.require_role(by, access.WORKS_ON_TICKETS | access.DRAWS_UP)
    return Contact.objects.create(
        vendor_id=by.vendor_id,
        organisation=organisation,
        site=site,
        user=user,
        name=name,
        email=email,
        language=language,
        is_administrator=is_administrator,
        is_key_user=is_key_user,
        sees_colleagues=sees_colleagues,
        created_at=now,
    )


def add_team(*, by: access.Viewer, name: str, level: int = 1) -> Team:
    """A group of staff to whom tickets are assigned."""
    access.require_role(by, access.RUNS_THE_DESK)
    return Team.objects.create(vendor_id=by.vendor_id, name=name, level=level)


def add_staff(
    *,
    by: access.Viewer,
    user: User,
    roles: Sequence[Role],
    now: datetime,
    teams: Sequence[Team] = (),
) -> Staff:
    """A person of the vendor, with roles and teams."""
    access.require_role(by, access.RUNS_THE_DESK)
    staff = Staff.objects.create(
        vendor_id=by.vendor_id,
        user=user,
        name=user.name,
        roles=[role.value for role in roles],
        created_at=now,
    )
    Membership.objects.bulk_create(
        Membership(vendor_id=by.vendor_id, staff=staff, team=team) for team in teams
    )
    return staff


def restrict_organisation(*, by: access.Viewer, organisation: Organisation, restricted: bool) -> None:
    """Close a customer to all of the vendor's people but those named, or open it again."""
    access.require_role(by, access.RUNS_THE_DESK)
    Organisation.objects.filter(vendor_id=by.vendor_id, id=organisation.id).update(restricted=restricted)


def clear(*, by: access.Viewer, staff: Staff, organisation: Organisation, now: datetime) -> Clearance:
    """Name a person of the vendor for a restricted customer."""
    access.require_role(by, access.RUNS_THE_DESK)
    clearance, _ = Clearance.objects.get_or_create(
        vendor_id=by.vendor_id, staff=staff, organisation=organisation, defaults={"granted_at": now}
    )
    return clearance


def withdraw_clearance(*, by: access.Viewer, staff: Staff, organisation: Organisation) -> None:
    """Take a person's name off a restricted customer."""
    access.require_role(by, access.RUNS_THE_DESK)
    Clearance.objects.filter(vendor_id=by.vendor_id, staff=staff, organisation=organisation).delete()


def record_look(*, viewer: access.Viewer, subject_kind: str, subject_id: UUID, now: datetime) -> None:
    """Keep that a person of the vendor looked at something restricted. Contacts look at what is theirs: not recorded."""
    if viewer.staff_id is not None:
        Look.objects.create(
            vendor_id=viewer.vendor_id,
            staff_id=viewer.staff_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            at=now,
        )


def lock_customer(*, vendor_id: UUID, organisation_id: UUID) -> Organisation:
    """Lock a customer's row until the transaction ends: what is done to its contracts and tickets is done one by one.

    Always the first lock an action takes (docs/reference/locking.md).
    """
    return reading.get(Organisation, "vendor_id = %s and id = %s", [vendor_id, organisation_id], locked=True)
