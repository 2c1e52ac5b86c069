"""Drafts: what somebody typed and has not sent, kept as typed and shown again wherever that person signs in.

A draft belongs to one person, one place and, but for a new request, one ticket. Only its writer ever reads it. Rules:
docs/reference/writing.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from palier.people import access, prepared
from palier.tickets import messages
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
from palier.workspace.models import Draft

MOST_FIELDS = 200
LONGEST = 2 * messages.LONGEST
BODY = "body"


class Place(StrEnum):
    """Where something is typed."""

    REPLY = "reply"
    NOTE = "note"
    REQUEST = "request"


ON_TICKETS = (Place.REPLY, Place.NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept: every field with its values as typed, and since when."""

    content: Mapping[str, Sequence[str]]
    kept_at: datetime

    @property
    def body(self) -> str:
        """The text of an answer or a note."""
        return next(iter(self.content.get(BODY, ())), "")


def _writer(by: access.Viewer) -> UUID:
    if by.user_id is None:
        raise access.Refused(
            code="for-people",
            en="Only somebody who signed in can keep a draft.",
            fr="Seule une personne connectée peut garder un brouillon.",
        )
    return by.user_id


def keep(
    *,
    by: access.Viewer,
    place: Place,
    content: Mapping[str, Sequence[str]],
    now: datetime,
    ticket: Ticket | None = None,
) -> datetime | None:
    """Keep what is typed in the place of what was kept there before; nothing typed keeps nothing. Returns when it was kept.

    Raises Ticket.DoesNotExist for a ticket the writer may not see, CannotDo for more than anybody types.
    """
    writer = _writer(by)
    typed = {name: list(values) for name, values in content.items() if any(values)}
    if len(typed) > MOST_FIELDS or sum(len(one) for values in typed.values() for one in values) > LONGEST:
        raise CannotDo(
            code="draft-too-long",
            en=f"A draft of more than {LONGEST} characters is not kept: send it in parts.",
            fr=f"Un brouillon de plus de {LONGEST} caractères n’est pas gardé : envoyez-le en plusieurs fois.",
        )
    if ticket is not None:
        Ticket.objects.visible_to(by).only("id").get(id=ticket.id)
    if not typed:
        drop(by=by, place=place, ticket=ticket)
        return None
    row = Draft(
        vendor_id=by.vendor_id, user_id=writer, ticket=ticket, place=place.value, content=typed, kept_at=now
    )
    Draft.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["vendor", "user", "ticket", "place"],
        update_fields=["content", "kept_at"],
    )
    return now


def drop(*, by: access.Viewer, place: Place, ticket: Ticket | None = None) -> None:
    """It was sent, or thrown away."""
    Draft.objects.filter(
        vendor_id=by.vendor_id,
        user_id=_writer(by),
        ticket=ticket,
        place=place.value,
    ).delete()


ON_TICKET = """
select coalesce(json_agg(json_build_array(d.place, d.content, d.kept_at)), '[]')::text from workspace_draft d
where d.vendor_id = %s and d.user_id = %s and d.ticket_id = %s
"""
"""One value for `read`, with what `given` says."""


def given(viewer: access.Viewer, ticket_id: UUID) -> list[Any]:
    """What ON_TICKET asks for."""
    return [viewer.vendor_id, viewer.user_id, ticket_id]


def read(found: Iterable[tuple[str, Mapping[str, Sequence[str]], str]]) -> Mapping[Place, Kept]:
    """What ON_TICKET found."""
    return {
        Place(place): Kept(content=content, kept_at=datetime.fromisoformat(kept_at))
        for place, content, kept_at in found
    }


def on_ticket(viewer: access.Viewer, ticket_id: UUID) -> Mapping[Place, Kept]:
    """The viewer's own drafts on a ticket."""
    if viewer.user_id is None:
        return {}
    ((found,),) = prepared.rows(ON_TICKET, given(viewer, ticket_id))
    return read(json.loads(found))


def of_request(viewer: access.Viewer) -> Kept | None:
    """The viewer's own draft of a new request."""
    found = Draft.objects.filter(
        vendor_id=viewer.vendor_id, user_id=_writer(viewer), ticket=None, place=Place.REQUEST
    ).first()
    return None if found is None else Kept(content=found.content, kept_at=found.kept_at)
