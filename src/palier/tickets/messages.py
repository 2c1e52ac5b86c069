"""What somebody writes on a ticket, kept in the language it was written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.people import access
from palier.tickets.models import Message, Ticket
from palier.tickets.problems import CannotDo

LONGEST = 100_000
PORTAL = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How a message came. `folded` is what a mail repeats beside its own words, `sent_at` what its writer's clock said."""

    channel: str = PORTAL
    language: str = ""
    folded: str = ""
    sent_at: datetime | None = None


AS_WRITTEN_HERE = Came()


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
    came: Came = AS_WRITTEN_HERE,
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
        folded=came.folded,
        language=came.language,
        channel=came.channel,
        sent_at=came.sent_at,
        reached_at=at,
        recorded_at=now,
    )
