"""How a ticket is kept in sight, for its page: tags, who watches it, and whether the reader put it aside. A part of the question
of what stands beside a ticket (`workspace.beside`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from palier.people import access
from palier.tickets import snoozing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`until`: until when the reader put it aside; None with `aside`: until something happens."""

    tags: tuple[str, ...] = ()
    watchers: tuple[tuple[UUID, str], ...] = ()
    aside: bool = False
    until: datetime | None = None


COLUMNS = f"""
array(select g.name from tickets_tagging t join tickets_tag g on g.vendor_id = t.vendor_id and g.id = t.tag_id
        where t.vendor_id = %s and t.ticket_id = %s order by g.key),
    array(select s.id::text || ' ' || s.name from tickets_watch w
        join people_staff s on s.vendor_id = w.vendor_id and s.id = w.staff_id
        where w.vendor_id = %s and w.ticket_id = %s and s.removed_at is null order by s.name, s.id),
    (select coalesce(a.until, 'infinity')::text from ({snoozing.ASLEEP}) a where a.ticket_id = %s)
"""  # noqa: S608 (our own text)
"""Three columns for `read`, with the values that `given` says. For people of the vendor who have the ticket in hand."""


def given(viewer: access.Viewer, ticket_id: UUID, now: datetime) -> list[Any]:
    """What COLUMNS asks for."""
    here = [viewer.vendor_id, ticket_id]
    return [*here, *here, viewer.vendor_id, viewer.staff_id, now, ticket_id]


def read(tags: Sequence[str], watchers: Sequence[str], until: str | None) -> Sight:
    """What COLUMNS found."""
    named = (one.partition(" ") for one in watchers)
    return Sight(
        tags=tuple(tags),
        watchers=tuple((UUID(id_), name) for id_, _space, name in named),
        aside=until is not None,
        until=None if until is None or until == "infinity" else datetime.fromisoformat(until),
    )
