"""What people of the vendor note about a customer. Only they read it, and only those who may see that customer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from palier.people import access
from palier.people.models import Organisation, OrganisationNote

LONGEST = 5_000


def note(*, by: access.Viewer, organisation: Organisation, body: str, now: datetime) -> OrganisationNote:
    """Keep a note. Raises Refused for one who does not work here, or a note that is empty or too long."""
    if (
        by.is_customer
        or not Organisation.objects.filter(access.organisations_for(by), id=organisation.id).exists()
    ):
        raise access.Refused(
            code="not-your-customer",
            en="Only people who work on this customer's requests write notes about it.",
            fr="Seules les personnes qui s’occupent de ce client écrivent des notes à son sujet.",
        )
    words = body.strip()
    if not words or len(words) > LONGEST:
        raise access.Refused(
            code="note-length",
            en=f"A note has between 1 and {LONGEST} characters: this one has {len(words)}.",
            fr=f"Une note a entre 1 et {LONGEST} caractères : celle-ci en a {len(words)}.",
        )
    return OrganisationNote.objects.create(
        vendor_id=by.vendor_id, organisation=organisation, staff_id=by.staff_id, body=words, at=now
    )


def notes(viewer: access.Viewer, organisation_id: UUID) -> QuerySet[OrganisationNote]:
    """The notes about a customer the viewer may see, newest first; none for customers themselves."""
    found = OrganisationNote.objects.filter(access.of_organisation(viewer), organisation_id=organisation_id)
    return (found.none() if viewer.is_customer else found).select_related("staff").order_by("-at", "-id")
