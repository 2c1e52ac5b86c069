"""What stands beside a ticket for one person of the vendor, for its page: how it is kept in sight, that person's drafts
on it, and the canned answers at hand. One question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.people import access, prepared
from palier.tickets import sight
from palier.tickets.sight import Sight
from palier.workspace import canned, drafts
from palier.workspace.canned import Title
from palier.workspace.drafts import Kept, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """`answers` by title."""

    sight: Sight
    drafts: Mapping[Place, Kept]
    answers: tuple[Title, ...]


_BESIDE = f"select {sight.COLUMNS}, ({drafts.ON_TICKET}), ({canned.TITLES})"


def of(viewer: access.Viewer, ticket_id: UUID, now: datetime) -> Beside:
    """All of it, of a ticket that the viewer has in hand. Raises Refused for who is not of the vendor."""
    viewer.as_staff()
    ((tags, watchers, until, drafted, titles),) = prepared.rows(
        _BESIDE,
        [
            *sight.given(viewer, ticket_id, now),
            *drafts.given(viewer, ticket_id),
            *canned.given(viewer),
        ],
    )
    return Beside(
        sight=sight.read(tags, watchers, until),
        drafts=drafts.read(json.loads(drafted)),
        answers=canned.read(json.loads(titles)),
    )
