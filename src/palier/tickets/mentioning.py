"""People of the vendor who are named in a note, `@Étienne Roy`: each is told, if it may see the ticket."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.people import access, notices
from palier.people.models import Staff
from palier.tickets.models import Ticket

_AFTER_AT = re.compile(r"(?<![\w@.])@(?=\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """Who was named: those who are told, and those who may not see the ticket and are not."""

    told: tuple[Staff, ...]
    blind: tuple[Staff, ...]


def named(vendor_id: UUID, body: str) -> tuple[Staff, ...]:
    """The vendor's people named in a text: by their whole name, or by a first name that only one of them has."""
    places = [found.end() for found in _AFTER_AT.finditer(body)]
    if not places:
        return ()
    people = list(Staff.objects.filter(vendor_id=vendor_id, removed_at=None))
    firsts = Counter(one.name.split()[0].casefold() for one in people if one.name.split())
    known = [(one.name.casefold(), one) for one in people]
    known += [
        (first, one)
        for one in people
        if one.name.split() and firsts[first := one.name.split()[0].casefold()] == 1
    ]
    # The longest first: @Ann Lee is not Ann.
    known.sort(key=lambda pair: -len(pair[0]))
    found: dict[UUID, Staff] = {}
    for place in places:
        rest = body[place:].casefold()
        longest = 0
        for name, one in known:
            ends = len(name) == len(rest) or not (rest[len(name) : len(name) + 1].isalnum())
            if len(name) >= longest and rest.startswith(name) and ends:
                longest = len(name)
                found[one.id] = one
    return tuple(found.values())


def sort_out(by: access.Viewer, ticket: Ticket, body: str) -> Mentioned:
    """Who is named in a note on this ticket, the writer aside: who may see it, and who may not."""
    told: list[Staff] = []
    blind: list[Staff] = []
    for one in named(by.vendor_id, body):
        if one.id == by.staff_id:
            continue
        sees = Ticket.objects.visible_to(access.Viewer.staff(one)).filter(id=ticket.id).exists()
        (told if sees else blind).append(one)
    return Mentioned(told=tuple(told), blind=tuple(blind))


def tell(ticket: Ticket, body: str, *, by: access.Viewer, now: datetime) -> Mentioned:
    """Leave a notice for each person named who may see the ticket."""
    found = sort_out(by, ticket, body)
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=notices.Kind.MENTIONED,
        now=now,
        staff=[one.id for one in found.told],
        data={"ticket": ticket.id, "by": by.staff_id} if by.staff_id is not None else {"ticket": ticket.id},
        ticket_number=ticket.number,
    )
    return found
