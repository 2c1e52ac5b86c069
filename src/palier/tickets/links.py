"""Links between requests: what one is to another, seen from both sides. Rules: docs/reference/defects.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.people import access, prepared
from palier.tickets import locks, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Link, Relation, Status, Ticket
from palier.tickets.problems import CannotDo, unknown_word

BY_HAND = (Relation.DUPLICATE_OF, Relation.CAUSED_BY, Relation.SAME_DEFECT, Relation.RELATED)
"""The links that people add and remove; the others are made by merging and splitting, and stay."""
MUTUAL = (Relation.SAME_DEFECT, Relation.RELATED)
FOLLOWS = "follows"
INVERSE: Mapping[str, str] = {
    Relation.DUPLICATE_OF: "has-duplicate",
    Relation.CAUSED_BY: "causes",
    Relation.SAME_DEFECT: Relation.SAME_DEFECT.value,
    Relation.RELATED: Relation.RELATED.value,
    Relation.MERGED_INTO: "merged-here",
    Relation.SPLIT_FROM: "split-off",
    FOLLOWS: "followed-by",
}
"""The same link as the other request has it."""
FOR_CUSTOMERS = frozenset({"merged-into", "merged-here", "split-from", "split-off", "follows", "followed-by"})
"""The links that a customer reads, where it may see the other request; the rest is the desk's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A request at the other end of a link. `relation`: what this one is to it (`duplicate-of`, `causes`, `followed-by` …)."""

    relation: str
    id: UUID
    number: str
    subject: str
    organisation: str
    status: str
    wait: str
    is_open: bool
    removable: bool


# --- adding and removing ------------------------------------------------------------------------------


def add(*, by: access.Viewer, ticket: Ticket, other: Ticket, relation: str, now: datetime) -> Link:
    """Link two requests that the viewer sees; both histories tell it. Raises CannotDo."""
    kind = _by_hand(relation)
    if ticket.id == other.id:
        raise CannotDo(
            code="same-ticket",
            en="This is the request itself: name another one.",
            fr="C’est la demande elle-même : indiquez-en une autre.",
        )
    rows = locks.tickets(by, [ticket.id, other.id])
    one, two = rows[ticket.id], rows[other.id]
    permissions.require(by, one, "link", now)
    permissions.require(by, two, "link", now)
    ends = [(one.id, two.id), (two.id, one.id)]
    if any(
        Link.objects.filter(vendor_id=by.vendor_id, ticket_id=a, other_id=b, relation=kind).exists()
        for a, b in (ends if kind in MUTUAL else ends[:1])
    ):
        raise CannotDo(
            code="linked-already",
            en="These two are linked so already.",
            fr="Ces deux demandes sont déjà liées ainsi.",
        )
    link = Link.objects.create(
        vendor_id=by.vendor_id, ticket=one, other=two, relation=kind, user_id=by.user_id, at=now
    )
    _tell(by, DeskKind.LINK_ADDED, one, two, kind, now)
    return link


def remove(*, by: access.Viewer, ticket: Ticket, other: Ticket, relation: str, now: datetime) -> None:
    """Take a link away again; `relation` is what `ticket` is to the other. Both histories keep that it was there."""
    inverse = {there: here for here, there in INVERSE.items()}
    mine = relation if relation in tuple(Relation) else inverse.get(relation, relation)
    kind = _by_hand(mine)
    rows = locks.tickets(by, [ticket.id, other.id])
    one, two = rows[ticket.id], rows[other.id]
    permissions.require(by, one, "link", now)
    permissions.require(by, two, "link", now)
    for first, second in ((one, two), (two, one)):
        found = Link.objects.filter(
            vendor_id=by.vendor_id, ticket_id=first.id, other_id=second.id, relation=kind
        )
        stated = relation if kind in MUTUAL else (kind.value if first is one else INVERSE[kind])
        if relation == stated and found.delete()[0]:
            _tell(by, DeskKind.LINK_REMOVED, first, second, kind, now)
            return
    raise CannotDo(
        code="not-linked",
        en="These two are not linked so any more: reload the page.",
        fr="Ces deux demandes ne sont plus liées ainsi : rechargez la page.",
    )


def _by_hand(relation: str) -> Relation:
    if relation not in BY_HAND:
        known = tuple(one.value for one in BY_HAND)
        raise unknown_word(what_en="link", what_fr="lien", word=relation, known=known)
    return Relation(relation)


def _tell(
    by: access.Viewer, kind: DeskKind, one: Ticket, two: Ticket, relation: Relation, now: datetime
) -> None:
    for here, there, word in ((one, two, relation.value), (two, one, INVERSE[relation])):
        data = {"number": there.number, "relation": word}
        append(here, Happening(kind=kind, data=data), by=by, at=now, now=now)


# --- asking -------------------------------------------------------------------------------------------


def of(viewer: access.Viewer, ticket: Ticket) -> tuple[Linked, ...]:
    """What a request is linked to, of what the viewer may see, oldest link first."""
    found = _ends(ticket)
    if not found:
        return ()
    rows = (
        Ticket.objects.visible_to(viewer)
        .filter(id__in={id_ for _, id_ in found})
        .select_related("organisation")
    )
    there = {row.id: row for row in rows}
    return tuple(
        _linked(relation, there[id_])
        for relation, id_ in found
        if id_ in there and (not viewer.is_customer or relation in FOR_CUSTOMERS)
    )


def _ends(ticket: Ticket) -> list[tuple[str, UUID]]:
    """(what this request is to the other, the other's id); one statement, since every page of a ticket asks."""
    rows = prepared.rows(
        "select relation, other_id, true, at from tickets_link where vendor_id = %s and ticket_id = %s"
        " union all select relation, ticket_id, false, at from tickets_link where vendor_id = %s and other_id = %s"
        " order by 4, 2",
        [ticket.vendor_id, ticket.id, ticket.vendor_id, ticket.id],
    )
    found = [(relation if ours else INVERSE[relation], id_) for relation, id_, ours, _ in rows]
    if ticket.follows_id is not None:
        found.insert(0, (FOLLOWS, ticket.follows_id))
    return found


def _linked(relation: str, row: Ticket) -> Linked:
    return Linked(
        relation=relation,
        id=row.id,
        number=number(row),
        subject=row.subject,
        organisation=row.organisation.name,
        status=row.status,
        wait=row.wait,
        is_open=row.is_open,
        removable=relation in BY_HAND or relation in {INVERSE[one] for one in BY_HAND},
    )


def number(ticket: Ticket) -> str:
    """A ticket's number as people write it."""
    return f"{contracts.programme(ticket.revision_id).prefix}-{ticket.number}"


def by_number(viewer: access.Viewer, asked: str) -> Ticket:
    """The request that somebody names (`NOR-1042` or its figure). Raises CannotDo for one that the viewer cannot see."""
    text = asked.strip()
    figure = text.rpartition("-")[2]
    rows = Ticket.objects.visible_to(viewer).select_related("organisation")
    row = (
        rows.filter(number=int(figure)).first()
        if figure.isascii() and figure.isdigit() and len(figure) < 10
        else None
    )
    if row is None or text.upper() not in (number(row).upper(), figure):
        raise CannotDo(
            code="no-such-ticket",
            en=f"There is no request {text!r} that you can see: write its number, such as NOR-1042.",
            fr=f"Il n’y a pas de demande {text!r} que vous puissiez voir : écrivez son numéro, comme NOR-1042.",
        )
    return row


# --- merged requests ----------------------------------------------------------------------------------


def merged_here(viewer: access.Viewer, ticket: Ticket) -> tuple[Ticket, ...]:
    """The requests merged into this one directly, of those that the viewer may see."""
    ids = [
        id_
        for (id_,) in prepared.rows(
            "select ticket_id from tickets_link where vendor_id = %s and other_id = %s and relation = 'merged-into'",
            [ticket.vendor_id, ticket.id],
        )
    ]
    if not ids:
        return ()
    return tuple(
        Ticket.objects.visible_to(viewer).filter(id__in=ids).select_related("organisation").order_by("number")
    )


def survivor(viewer: access.Viewer, ticket: Ticket) -> Ticket:
    """Where a merged request goes on, as far as the viewer can follow; the request itself where it was not merged."""
    here = ticket
    while here.status == Status.CLOSED:
        link = Link.objects.filter(
            vendor_id=here.vendor_id, ticket_id=here.id, relation=Relation.MERGED_INTO
        ).first()
        there = None if link is None else _visible(viewer, [link.other_id])
        if not there:
            return here
        here = there[0]
    return here


def is_merged(ticket: Ticket) -> bool:
    """Whether a request was merged into another."""
    return Link.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, relation=Relation.MERGED_INTO
    ).exists()


def _visible(viewer: access.Viewer, ids: Iterable[UUID]) -> list[Ticket]:
    return list(Ticket.objects.visible_to(viewer).filter(id__in=list(ids)).select_related("organisation"))
