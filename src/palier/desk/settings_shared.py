"""Who may see the settings of the desk, and what all of its pages share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from palier.pages import viewing
from palier.people import access
from palier.people.access import Viewer
from palier.people.models import Change, Contact, Organisation, Role, Staff, Team, Vendor

View = Callable[..., HttpResponse]


def for_roles(roles: frozenset[Role]) -> Callable[[View], View]:
    """Only for people of the vendor with one of these roles; others of the vendor get 403, all others as on any desk page."""

    def only(view: View) -> View:
        @viewing.for_staff
        @wraps(view)
        def guarded(request: HttpRequest, viewer: Viewer, *arguments: Any, **named: Any) -> HttpResponse:
            if not viewer.has_role(roles):
                raise PermissionDenied
            return view(request, viewer, *arguments, **named)

        return guarded

    return only


for_managers = for_roles(access.RUNS_THE_DESK)


def vendor(request: HttpRequest) -> Vendor:
    """Whose desk this is."""
    found: Vendor = request.vendor  # type: ignore[attr-defined]
    return found


def names(viewer: Viewer, rows: Sequence[Change]) -> dict[UUID, str]:
    """Of whom and what these changes are about; a restricted customer's only for those named."""
    ids = {one.subject_id for one in rows if one.subject_id is not None}
    mine = {"vendor_id": viewer.vendor_id, "id__in": ids}
    found: dict[UUID, str] = {}
    for known in (
        Staff.objects.filter(**mine),
        Team.objects.filter(**mine),
        Organisation.objects.filter(access.organisations_for(viewer), id__in=ids),
        Contact.objects.filter(access.of_organisation(viewer), id__in=ids),
    ):
        found |= dict(known.values_list("id", "name"))
    return found
