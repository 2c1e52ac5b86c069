"""Sessions as Django keeps them, in the database, read by a prepared statement: every page begins with this question.

Read anew by every request, so that who signs out, or is signed out elsewhere, is out at once. What else a page asks
before it knows who looks, the programme in force, is read with it.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from palier.contracts import queries as contracts
from palier.people import reading, tenancy


class SessionStore(db.SessionStore):
    """Django's, but for how one is found."""

    revision_id: UUID | None = None
    """The revision of the vendor's programme in force, once a session was read; None before, and where there is none."""

    def _get_session_from_db(self) -> Session | None:
        """The session of this key that has not expired; a key nobody has is forgotten."""
        now, vendor_id = timezone.now(), tenancy.held()
        if vendor_id is None:
            found = reading.first(Session, "session_key = %s and expire_date > %s", [self.session_key, now])
        else:
            rows = reading.joined(
                (("s", Session),),
                "from django_session s where s.session_key = %s and s.expire_date > %s",
                [vendor_id, now.date(), self.session_key, now],
                also=f"({contracts.CURRENT_REVISION})",
            )
            found, self.revision_id = rows[0] if rows else (None, None)
        if found is None:
            self._session_key = None
        return found
