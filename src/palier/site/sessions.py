"""Sessions as Django keeps them, in the database, read by a prepared statement: every page begins with this question.

Read anew by every request, so that who signs out, or is signed out elsewhere, is out at once.
"""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from palier.people import reading


class SessionStore(db.SessionStore):
    """Django's, but for how one is found."""

    def _get_session_from_db(self) -> Session | None:
        """The session of this key that has not expired; a key nobody has is forgotten."""
        found = reading.first(
            Session, "session_key = %s and expire_date > %s", [self.session_key, timezone.now()]
        )
        if found is None:
            self._session_key = None
        return found
