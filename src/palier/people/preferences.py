"""What a person chose about its own pages: language, zone, density, which notices. One's own, nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from palier.people import access, actions, notices, staffing
from palier.people.models import Contact, User


class Density(StrEnum):
    """How close the lines of the desk's lists stand."""

    COMFORTABLE = ""
    COMPACT = "compact"


def account(by: access.Viewer) -> User:
    """One's own account, locked. Raises Refused for who has none."""
    if by.user_id is None:
        raise access.Refused(
            code="for-people",
            en="Only somebody who signed in has settings.",
            fr="Seule une personne connectée a des réglages.",
        )
    return User.objects.select_for_update().get(vendor_id=by.vendor_id, pk=by.user_id)


def change(
    *,
    by: access.Viewer,
    language: str,
    zone: str,
    muted: Sequence[str],
    alerts: bool,
    density: Density | None = None,
) -> User:
    """Change them. An empty `zone`: the vendor's. `density` None: as it is. A contact is written to in its language too."""
    user = account(by)
    user.language = staffing.language_of(language)
    user.zone = actions.known_zone(zone.strip()) if zone.strip() else ""
    offered = notices.FOR_CONTACTS if by.is_customer else notices.FOR_STAFF
    user.muted = [group.value for group in offered if group.value in muted]
    user.alerts = alerts
    if density is not None:
        user.density = density.value
    user.save(update_fields=["language", "zone", "muted", "alerts", "density"])
    if by.contact_id is not None:
        Contact.objects.filter(vendor_id=by.vendor_id, id=by.contact_id).update(language=user.language)
    return user
