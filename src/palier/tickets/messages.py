"""What somebody writes on a ticket, kept in the language it was written in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from palier.people import access
from palier.tickets.models import Message, Ticket
from palier.tickets.problems import CannotDo

LONGEST = 100_000


def require_words(body: str, files: Sequence[UUID] = ()) -> None:
    """Raise CannotDo for an empty message that brings no file either, and for one that nobody would read."""
    if len(body) > LONGEST:
        raise CannotDo(
            code="too-long",
            en=f"The message has {len(body)} characters, and at most {LONGEST} fit: shorten it or send it in parts.",
            fr=f"Le message a {len(body)} caractères, et {LONGEST} au plus tiennent : raccourcissez-le ou envoyez-le en plusieurs fois.",
        )
    if not body.strip() and not files:
        raise CannotDo(
            code="no-words",
            en="The message is empty: write something.",
            fr="Le message est vide : écrivez quelque chose.",
        )


def write(
    by: access.Viewer,
    ticket: Ticket,
    body: str,
    *,
    at: datetime,
    now: datetime,
    public: bool = True,
    language: str | None = None,
    channel: str = "portal",
) -> Message:
    """Keep what somebody wrote, in the language it was written in."""
    return Message.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        user_id=by.user_id,
        contact_id=by.contact_id,
        public=public,
        from_vendor=not by.is_customer,
        body=body,
        language=language if language is not None else "",
        channel=channel,
        reached_at=at,
        recorded_at=now,
    )
