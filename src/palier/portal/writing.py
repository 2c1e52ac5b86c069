"""Where one writes in the portal: the draft that is kept, and how it will be read. Rules: docs/reference/writing.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString

from palier.pages import attaching
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets.ticket_page import TicketPage
from palier.workspace import drafts
from palier.workspace.drafts import Kept, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Where an answer is written: its text, since when a draft of it is kept, its files, and its preview."""

    body: str
    kept: str
    files: tuple[UUID, ...]
    preview: SafeString | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request that was begun and not sent. `asks`: whether to go on with it is still to be said."""

    kept: str
    asks: bool
    files: tuple[UUID, ...]


def view(
    viewer: Viewer,
    page: TicketPage,
    speech: Speech,
    sent: Mapping[str, Any],
    preview: SafeString | None = None,
) -> Writing:
    """What was sent and comes back, else the reader's draft."""
    kept = drafts.on_ticket(viewer, page.ticket.id).get(Place.REPLY)
    came_back = sent.get("action") in ("reply", "reopen")
    return Writing(
        body=str(sent.get("body", "")) if came_back else "" if kept is None else kept.body,
        kept="" if kept is None else kept_words(kept.kept_at, speech),
        files=() if came_back or kept is None else files_of(kept),
        preview=preview,
    )


def begun(kept: Kept, speech: Speech, *, asks: bool) -> Begun:
    """A new request's draft, in words."""
    return Begun(kept=kept_words(kept.kept_at, speech), asks=asks, files=files_of(kept))


def files_of(kept: Kept) -> tuple[UUID, ...]:
    """The ids of files that a draft names."""
    return attaching.ids(as_sent(kept))


def as_sent(kept: Kept) -> QueryDict:
    """A draft as if its form had been sent."""
    found = QueryDict(mutable=True)
    for name, values in kept.content.items():
        found.setlist(name, list(values))
    return found


def kept_words(kept_at: datetime, speech: Speech) -> str:
    """`kept 10:42`."""
    return _("kept %(when)s") % {"when": speech.moments.near(kept_at, timezone.now())}
