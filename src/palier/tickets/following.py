"""Following a colleague's request: being told, in one's notices, when it is answered, resolved, closed or begins again.

Whoever wrote a request, and whoever took it over, is told without asking.
"""

from __future__ import annotations

from datetime import datetime

from palier.people import access, prepared
from palier.tickets import locks, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Follow, Ticket


def follow(*, by: access.Viewer, ticket: Ticket, now: datetime, following: bool = True) -> Ticket:
    """Begin to follow a request, or stop. What changes nothing leaves no trace."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "follow", now)
    mine = Follow.objects.filter(vendor_id=by.vendor_id, contact_id=by.as_contact(), ticket=locked)
    if mine.exists() == following:
        return locked
    if following:
        Follow.objects.create(vendor_id=by.vendor_id, contact_id=by.as_contact(), ticket=locked, since=now)
    else:
        mine.delete()
    append(locked, Happening(kind=DeskKind.FOLLOWED, data={"following": following}), by=by, at=now, now=now)
    return locked


def follows(viewer: access.Viewer, ticket: Ticket) -> bool:
    """Whether the looking contact follows a request by its own wish."""
    return bool(
        prepared.rows(
            "select 1 from tickets_follow where vendor_id = %s and ticket_id = %s and contact_id = %s",
            [viewer.vendor_id, ticket.id, viewer.contact_id],
        )
    )
