"""The history of settings: who changed what, when. Written in the transaction of the change, never changed itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from palier.people import access
from palier.people.models import Change


class Kind(StrEnum):
    """What was changed; `data` holds codes and ids before and after, no names and no addresses."""

    STAFF_ADDED = "staff-added"
    """roles"""
    STAFF_CHANGED = "staff-changed"
    """was and now: roles, teams, skills, away_until, as far as they differ"""
    STAFF_REMOVED = "staff-removed"
    STAFF_BACK = "staff-back"
    TEAM_ADDED = "team-added"
    TEAM_CHANGED = "team-changed"
    """was and now: level, takes_new, turn, members, as far as they differ"""
    CONTACT_ADDED = "contact-added"
    CONTACT_CHANGED = "contact-changed"
    """was and now: is_administrator, is_key_user, sees_colleagues, language"""
    CONTACT_INVITED = "contact-invited"
    CONTACT_REMOVED = "contact-removed"
    CONTACT_BACK = "contact-back"
    ORGANISATION_ADDED = "organisation-added"
    SITE_ADDED = "site-added"
    ROSTER_ADDED = "roster-added"
    ROSTER_CHANGED = "roster-changed"
    ROSTER_REMOVED = "roster-removed"
    VENDOR_NAMED = "vendor-named"
    ACCENT_CHANGED = "accent-changed"
    """was, now"""
    LOGO_CHANGED = "logo-changed"
    LOGO_REMOVED = "logo-removed"
    MAIL_ADDRESS_CHANGED = "mail-address-changed"
    MAIL_ADDRESS_REMOVED = "mail-address-removed"
    MAIL_SOURCE_CHANGED = "mail-source-changed"
    """kind, or enabled"""
    MAIL_SOURCE_REMOVED = "mail-source-removed"


def record(
    by: access.Viewer,
    kind: Kind,
    *,
    now: datetime,
    subject_id: UUID | None = None,
    data: Mapping[str, object] | None = None,
) -> Change:
    """Keep that a setting was changed."""
    return Change.objects.create(
        vendor_id=by.vendor_id,
        staff_id=by.staff_id,
        kind=kind.value,
        subject_id=subject_id,
        data=dict(data or {}),
        at=now,
    )


def latest(viewer: access.Viewer, *, subject_id: UUID | None = None) -> QuerySet[Change]:
    """What was changed, newest first, all or of one subject; for those who run the desk."""
    access.require_role(viewer, access.RUNS_THE_DESK)
    found = Change.objects.filter(vendor_id=viewer.vendor_id).select_related("staff").order_by("-at", "-id")
    return found if subject_id is None else found.filter(subject_id=subject_id)
