"""Bringing in what was said before this product was in use: kept with its dates, searched and read, and nothing more.

No clock starts, no allowance is used, nobody is told or paged. A request brought in is held at once by the hold
`brought-in`, which no decision knows and nobody lifts, and closed at the same instant: its clock never began, so nothing of
it was ever kept or missed. The verdict says how it would be decided now. Rules: docs/reference/mail-in.md, "History".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from palier.core.clock import EventKind
from palier.people import access
from palier.tickets import (
    asking,
    attachments,
    clockwork,
    deciding,
    drafts,
    inserting,
    locks,
    messages,
    opening,
)
from palier.tickets.drafts import Draft
from palier.tickets.happenings import DeskKind, Happening, rows
from palier.tickets.messages import Came
from palier.tickets.models import Event, Message, Ticket

BROUGHT_IN = "brought-in"
"""The hold of what was brought in, and the reason for which it is closed."""


def bring_request(
    *, by: access.Viewer, draft: Draft, at: datetime, now: datetime, came: Came = messages.AS_WRITTEN_HERE
) -> Ticket:
    """A request of a contact, of before: numbered now, dated then, closed. Raises CannotDo for words that are unknown."""
    asker = asking.asker_of(by, draft, None, lock=True)
    request = drafts.of_draft(draft)
    # By today's programme and contract: what there was then, this product does not know.
    found = deciding.situation(asker=asker, request=request, now=now, manner=asking.manner_of(by, draft))
    files = attachments.claim(by, draft.files, now)
    ticket = opening.ticket_row(
        asker, draft, request, found, at=at, now=now, channel=came.channel, follows=None
    )
    message = Message(
        vendor_id=by.vendor_id, ticket=ticket, user_id=by.user_id, contact=asker.contact, public=True,
        from_vendor=False, body=draft.body, folded=came.folded, language=draft.language, channel=came.channel,
        sent_at=came.sent_at, reached_at=at, recorded_at=now,
    )  # fmt: skip
    submitted = asking.submitted(found, complete=True) | {"holds": [BROUGHT_IN]}
    happened = [
        Happening(
            kind=EventKind.SUBMITTED,
            data=submitted | {"clauses": list(found.decision.clauses)},
            message=message,
        ),
        Happening(kind=DeskKind.BROUGHT_IN),
        Happening(kind=EventKind.CLOSED, data={"reason": BROUGHT_IN}),
    ]
    history = rows(ticket, happened, by=by, at=at, now=now)
    clock = clockwork.fold(ticket, history, now)
    decided = opening.verdict(ticket, found, replaces=None, at=at)
    ticket.number = locks.next_number(by.vendor_id)
    clockwork.index(ticket, clock, history, now)
    inserting.insert(
        [ticket], [message], attachments.rows(message, files), history, [decided],
        clockwork.commitment_rows(ticket, clock),
    )  # fmt: skip
    return ticket


def bring_message(
    *,
    by: access.Viewer,
    ticket: Ticket,
    body: str,
    at: datetime,
    now: datetime,
    came: Came = messages.AS_WRITTEN_HERE,
    files: Sequence[UUID] = (),
    public: bool = True,
) -> Message:
    """A message of before on a request that the writer sees: it stands at its date, and moves nothing."""
    locked = locks.ticket(by, ticket.id)
    messages.require_words(body, files)
    message = messages.write(by, locked, body, at=at, now=now, public=public, came=came)
    attachments.attach(by, message, files, now)
    # Not `happenings.append`: nobody who watches is told of what was long ago.
    kind = DeskKind.BROUGHT_IN if public else DeskKind.NOTED
    Event.objects.bulk_create(rows(locked, [Happening(kind=kind, message=message)], by=by, at=at, now=now))
    return message
