"""The same request sent twice: a second click, a page sent again. It is one ticket."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from palier.people import access
from palier.tickets.drafts import Draft
from palier.tickets.models import Ticket

AGAIN_WITHIN = timedelta(minutes=10)


def sent_before(*, by: access.Viewer, draft: Draft, now: datetime) -> Ticket | None:
    """The ticket that this contact opened within the last ten minutes with the same kind, subject and words, if any.

    Until the transaction ends no other request of this contact passes here, so that of two clicks at once the second
    waits and then finds what the first one made.
    """
    contact_id = by.as_contact()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sent:{contact_id}"])
    return (
        Ticket.objects.filter(
            vendor_id=by.vendor_id,
            author_id=contact_id,
            kind=draft.kind,
            subject=draft.subject,
            reached_at__gt=now - AGAIN_WITHIN,
            messages__body=draft.body,
            messages__from_vendor=False,
        )
        .order_by("number")
        .first()
    )
