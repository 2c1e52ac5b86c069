"""Customers and their contacts, as the desk adds and changes them: checked, kept in the history, invited to the portal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from palier.people import access, accounts, actions, changes, staffing
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Organisation, Site
from palier.programme import holidays

HANDLES_CONTACTS = access.WORKS_ON_TICKETS | access.DRAWS_UP


def place(country: str, subdivision: str) -> tuple[str, str]:
    """Country and subdivision as they are kept (`CA`, `QC`). Raises Refused for one that is none, naming those there are."""
    land, part = country.strip().upper(), subdivision.strip().upper()
    part = part.removeprefix(f"{land}-")
    if not land and not part:
        return "", ""
    if land not in holidays.countries():
        raise Refused(
            code="unknown-country",
            en=f"“{land}” is no country: write its two letters, such as FR, CA or CH.",
            fr=f"« {land} » n’est pas un pays : écrivez ses deux lettres, comme FR, CA ou CH.",
        )
    known = [code.removeprefix(f"{land}-") for code in holidays.subdivisions(land)]
    if part and part not in known:
        listed = ", ".join(known) or "–"
        raise Refused(
            code="unknown-subdivision",
            en=f"“{part}” is no part of {land} whose holidays are known: leave it empty, or write one of {listed}.",
            fr=f"« {part} » n’est pas une partie de {land} dont les jours fériés sont connus : laissez vide, "
            f"ou écrivez l’une de {listed}.",
        )
    return land, part


def add_organisation(
    *,
    by: Viewer,
    name: str,
    zone: str,
    now: datetime,
    country: str = "",
    subdivision: str = "",
    language: str = "en",
    region: str = "",
    partner: Organisation | None = None,
) -> Organisation:
    """A customer, whose clocks follow the zone and the holidays given. Raises Refused where one of that name is there."""
    access.require_role(by, access.DRAWS_UP)
    named = staffing.named(name)
    if Organisation.objects.filter(vendor_id=by.vendor_id, name__iexact=named).exists():
        raise Refused(
            code="customer-exists",
            en=f"There is a customer called {named} already: open it from the list, or choose another name.",
            fr=f"Il y a déjà un client nommé {named} : ouvrez-le dans la liste, ou choisissez un autre nom.",
        )
    land, part = place(country, subdivision)
    made = actions.add_organisation(
        by=by,
        name=named,
        zone=zone,
        country=land,
        subdivision=part,
        language=staffing.language_of(language),
        region=region[:40],
        partner=partner,
        now=now,
    )
    changes.record(by, changes.Kind.ORGANISATION_ADDED, subject_id=made.id, now=now)
    return made


def add_site(
    *,
    by: Viewer,
    organisation: Organisation,
    name: str,
    zone: str,
    now: datetime,
    country: str = "",
    subdivision: str = "",
) -> Site:
    """A place of a customer with its own zone and holidays."""
    access.require_role(by, access.DRAWS_UP)
    land, part = place(country, subdivision)
    made = actions.add_site(
        by=by, organisation=organisation, name=staffing.named(name), zone=zone, country=land, subdivision=part
    )
    changes.record(by, changes.Kind.SITE_ADDED, subject_id=organisation.id, now=now)
    return made


def add_contact(
    *,
    by: Viewer,
    organisation: Organisation,
    name: str,
    email: str,
    now: datetime,
    language: str = "en",
    site: Site | None = None,
    is_administrator: bool = False,
    is_key_user: bool = False,
    sees_colleagues: bool = True,
    invite: bool = True,
) -> Contact:
    """A person of a customer; invited, there goes a letter with a link to the portal."""
    access.require_role(by, HANDLES_CONTACTS)
    email = staffing.address(email)
    known = (
        Contact.objects.filter(vendor_id=by.vendor_id, email__iexact=email)
        .select_related("organisation")
        .first()
    )
    if known is not None:
        raise Refused(
            code="contact-exists",
            en=f"{email} is {known.name}’s, of {known.organisation.name}: an address belongs to one contact.",
            fr=f"{email} est l’adresse de {known.name}, de {known.organisation.name} : "
            "une adresse n’appartient qu’à un contact.",
        )
    staffing.require_free(by.vendor_id, email)
    contact = actions.add_contact(
        by=by,
        organisation=organisation,
        name=staffing.named(name),
        email=email,
        language=staffing.language_of(language),
        site=site,
        is_administrator=is_administrator,
        is_key_user=is_key_user,
        sees_colleagues=sees_colleagues,
        now=now,
    )
    changes.record(by, changes.Kind.CONTACT_ADDED, subject_id=contact.id, now=now)
    if invite:
        accounts.create_contact_account(by=by, contact=contact, now=now)
    return contact


def contact_of(by: Viewer, organisation_id: UUID, contact_id: UUID) -> Contact:
    """A contact of one customer that the viewer may see, locked. Raises Contact.DoesNotExist."""
    # Only the contact's own row: the account beside it may be missing.
    return (
        Contact.objects.select_for_update(of=("self",))
        .select_related("user")
        .get(access.of_organisation(by), organisation_id=organisation_id, id=contact_id)
    )


def change_contact(
    *,
    by: Viewer,
    contact: Contact,
    name: str,
    language: str,
    is_administrator: bool,
    is_key_user: bool,
    sees_colleagues: bool,
    now: datetime,
) -> Contact:
    """Name, language and rights of a contact as they are from now on."""
    access.require_role(by, HANDLES_CONTACTS)
    was = _state(contact)
    contact.name, contact.language = staffing.named(name), staffing.language_of(language)
    contact.is_administrator, contact.is_key_user = is_administrator, is_key_user
    contact.sees_colleagues = sees_colleagues
    contact.save(update_fields=["name", "language", "is_administrator", "is_key_user", "sees_colleagues"])
    if contact.user is not None and contact.user.name != contact.name:
        contact.user.name = contact.name
        contact.user.save(update_fields=["name"])
    staffing.record(by, changes.Kind.CONTACT_CHANGED, contact.id, was, _state(contact), now)
    return contact


def _state(contact: Contact) -> dict[str, object]:
    return {
        "language": contact.language,
        "is_administrator": contact.is_administrator,
        "is_key_user": contact.is_key_user,
        "sees_colleagues": contact.sees_colleagues,
    }


def invite_contact(*, by: Viewer, contact: Contact, now: datetime) -> Contact:
    """Send the letter with a link to the portal: the first, which makes the account, or once more."""
    access.require_role(by, HANDLES_CONTACTS)
    if contact.removed_at is not None:
        raise Refused(
            code="contact-removed",
            en=f"{contact.name} was removed: take this person back first.",
            fr=f"{contact.name} a été retiré : reprenez d’abord cette personne.",
        )
    if contact.user is None:
        staffing.require_free(by.vendor_id, contact.email)
        accounts.create_contact_account(by=by, contact=contact, now=now)
    else:
        accounts.queue_password_letter(vendor_id=by.vendor_id, user=contact.user)
    changes.record(by, changes.Kind.CONTACT_INVITED, subject_id=contact.id, now=now)
    return contact


def remove_contact(*, by: Viewer, contact: Contact, now: datetime) -> Contact:
    """Take a contact's account and sessions away; what it wrote stays, with the name."""
    access.require_role(by, HANDLES_CONTACTS)
    if contact.removed_at is None:
        accounts.remove_contact(by=by, contact=contact, now=now)
        changes.record(by, changes.Kind.CONTACT_REMOVED, subject_id=contact.id, now=now)
    return contact


def take_contact_back(*, by: Viewer, contact: Contact, now: datetime) -> Contact:
    """Give a removed contact its place, and its account if it had one, back; then a letter goes out."""
    access.require_role(by, HANDLES_CONTACTS)
    if contact.removed_at is not None:
        contact.removed_at = None
        contact.save(update_fields=["removed_at"])
        if contact.user is not None:
            staffing.open_again(contact.user)
        changes.record(by, changes.Kind.CONTACT_BACK, subject_id=contact.id, now=now)
    return contact
