"""Tags: words of the vendor's own on its tickets. A word that nobody used yet becomes a tag by being used."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from palier.people import access, prepared
from palier.tickets import locks, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Tag, Tagging, Ticket
from palier.tickets.problems import CannotDo

LONGEST = 40
MOST = 20
"""Tags of one ticket."""


def key(name: str) -> str:
    """By what two tags are the same: without accents, capitals and doubled spaces."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())


def written(text: str) -> tuple[str, ...]:
    """The tags in what somebody typed, parted by commas; each once, as first written."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name = " ".join(part.split())
        if key(name):
            found.setdefault(key(name), name)
    return tuple(found.values())


def change(
    *, by: access.Viewer, ticket: Ticket, now: datetime, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> tuple[str, ...]:
    """Give a ticket some tags and take others from it; returns those it then has. What changes nothing leaves no trace."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "tag", now)
    stand = {key(name): name for name in of_ticket(by, locked.id)}
    gone = [stand[one] for one in dict.fromkeys(map(key, remove)) if one in stand]
    kept = {one: name for one, name in stand.items() if name not in gone}
    fresh = {key(name): name for name in add if key(name) and key(name) not in kept}
    if not (fresh or gone):
        return tuple(sorted(stand.values(), key=key))
    _check(fresh.values(), len(kept) + len(fresh))
    made = _made(by.vendor_id, fresh, now)
    Tagging.objects.bulk_create(
        [Tagging(vendor_id=by.vendor_id, ticket=locked, tag=tag, tagged_at=now) for tag in made],
        ignore_conflicts=True,
    )
    Tagging.objects.filter(
        vendor_id=by.vendor_id, ticket=locked, tag__key__in=[key(name) for name in gone]
    ).delete()
    data = {"added": sorted(tag.name for tag in made), "removed": sorted(gone)}
    append(locked, Happening(kind=DeskKind.TAGGED, data=data), by=by, at=now, now=now)
    return tuple(sorted([*kept.values(), *(tag.name for tag in made)], key=key))


def put(*, by: access.Viewer, ticket: Ticket, names: Iterable[str], now: datetime) -> tuple[str, ...]:
    """Let a ticket have these tags and no others."""
    wanted = {key(name): name for name in names}
    stands = of_ticket(by, ticket.id)
    return change(
        by=by,
        ticket=ticket,
        now=now,
        add=wanted.values(),
        remove=[name for name in stands if key(name) not in wanted],
    )


def _check(names: Iterable[str], count: int) -> None:
    for name in names:
        if len(name) > LONGEST:
            raise CannotDo(
                code="long-tag",
                en=f"“{name[:LONGEST]}…” is too long for a tag: at most {LONGEST} characters.",
                fr=f"« {name[:LONGEST]}… » est trop long pour une étiquette : {LONGEST} caractères au plus.",
            )
    if count > MOST:
        raise CannotDo(
            code="many-tags",
            en=f"A ticket has at most {MOST} tags: take some away first.",
            fr=f"Un ticket a au plus {MOST} étiquettes : enlevez-en d’abord.",
        )


def _made(vendor_id: UUID, names: Mapping[str, str], now: datetime) -> list[Tag]:
    """The rows of these tags by key, made where there are none; whoever else makes one at the same time made it."""
    Tag.objects.bulk_create(
        [Tag(vendor_id=vendor_id, key=one, name=name, made_at=now) for one, name in sorted(names.items())],
        ignore_conflicts=True,
    )
    return list(Tag.objects.filter(vendor_id=vendor_id, key__in=list(names)).order_by("key"))


def of_ticket(viewer: access.Viewer, ticket_id: UUID) -> tuple[str, ...]:
    """The tags of one ticket that the viewer has in hand."""
    return of_tickets(viewer, [ticket_id]).get(ticket_id, ())


def of_tickets(viewer: access.Viewer, ticket_ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, ...]]:
    """The tags of these tickets; a customer, who never sees any, gets none."""
    if viewer.is_customer or not ticket_ids:
        return {}
    found: dict[UUID, tuple[str, ...]] = {}
    for ticket_id, name in prepared.rows(
        "select g.ticket_id, t.name from tickets_tagging g"
        " join tickets_tag t on t.vendor_id = g.vendor_id and t.id = g.tag_id"
        " where g.vendor_id = %s and g.ticket_id = any(%s::uuid[]) order by t.key",
        [viewer.vendor_id, list(ticket_ids)],
        binary=True,
    ):
        found[ticket_id] = (*found.get(ticket_id, ()), name)
    return found


def known(viewer: access.Viewer) -> tuple[tuple[UUID, str], ...]:
    """The vendor's tags by id, in the order of their names; none for a customer."""
    if viewer.is_customer:
        return ()
    return tuple(
        prepared.rows(
            "select id, name from tickets_tag where vendor_id = %s order by key", [viewer.vendor_id]
        )
    )
