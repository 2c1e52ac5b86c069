"""How a ticket is kept in sight, for its page: tags, who watches it, and whether the reader put it aside. One question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.people import access, prepared
from palier.tickets import snoozing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`until`: until when the reader put it aside; None with `aside`: until something happens."""

    tags: tuple[str, ...] = ()
    watchers: tuple[tuple[UUID, str], ...] = ()
    aside: bool = False
    until: datetime | None = None


_SIGHT = f"""
select array(select g.name from tickets_tagging t join tickets_tag g on g.vendor_id = t.vendor_id and g.id = t.tag_id
        where t.vendor_id = %s and t.ticket_id = %s order by g.key),
    array(select s.id::text || ' ' || s.name from tickets_watch w
        join people_staff s on s.vendor_id = w.vendor_id and s.id = w.staff_id
        where w.vendor_id = %s and w.ticket_id = %s and s.removed_at is null order by s.name, s.id),
    (select coalesce(a.until, 'infinity')::text from ({snoozing.ASLEEP}) a where a.ticket_id = %s)
"""  # noqa: S608 (our own text)


def of(viewer: access.Viewer, ticket_id: UUID, now: datetime) -> Sight:
    """What a person of the vendor sees of a ticket it has in hand; nothing for a customer."""
    if viewer.is_customer:
        return Sight()
    here = [viewer.vendor_id, ticket_id]
    ((tags, watchers, until),) = prepared.rows(
        _SIGHT, [*here, *here, viewer.vendor_id, viewer.staff_id, now, ticket_id]
    )
    named = (one.partition(" ") for one in watchers)
    return Sight(
        tags=tuple(tags),
        watchers=tuple((UUID(id_), name) for id_, _space, name in named),
        aside=until is not None,
        until=None if until in (None, "infinity") else datetime.fromisoformat(until),
    )
