"""Lists of tickets for the desk: a view, narrowed further or not, in one of the orders, a page at a time, with counts.

Views are read in the stored orders by keyset, forwards and back, and counted only up to `COUNTED`. What a person put
aside is left out of that person's lists. Plans, severities and waits are ids that pages put into words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from palier.people import access, prepared
from palier.tickets import narrowing, queries, snoozing
from palier.tickets.models import Ticket
from palier.tickets.narrowing import Narrow
from palier.tickets.orders import STRETCHES, Order, Place, Stretch
from palier.tickets.problems import unknown_word

COUNTED = 1000
"""Views are counted up to here; a count of that much means "or more"."""
SOON = timedelta(hours=2)
PAGE = 50
EVERYTHING = Narrow()


class QueueRow(NamedTuple):
    """A line of a list. `place` is the city of the ticket's zone; `hold` and `wait` are ids, empty without.

    A tuple, not a dataclass: a page makes fifty of them, and a frozen dataclass sets each field by a call.
    """

    id: UUID
    number: str
    subject: str
    organisation: str
    place: str
    plan: str
    severity: str
    status: str
    wait: str
    hold: str
    outcome: str
    clause: str
    level: int | None
    due_at: datetime | None
    due_commitment: str
    breached_at: datetime | None
    critical: bool
    assignee_name: str
    initials: str
    zone: str
    rank: int | None
    kind: str
    revision_id: UUID
    updated_at: datetime


class Extra(NamedTuple):
    """What further columns of a line show; asked for only where such a column is."""

    product: str
    language: str
    reached_at: datetime
    team: str
    contact: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewCount:
    """How many tickets a view holds, up to COUNTED."""

    view: str
    count: int

    @property
    def or_more(self) -> bool:
        """Whether counting stopped there."""
        return self.count >= COUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some lines of a list, where the next and the previous ones begin (None: nowhere), and the counts of the views.

    `aside` says until when each ticket sleeps that the viewer put aside; None: until something happens. `changes` is the
    vendor's counter as it was before the lines were read (palier.tickets.pulse), for a person of the vendor.
    """

    rows: tuple[QueueRow, ...]
    next: Place | None
    previous: Place | None
    views: tuple[ViewCount, ...]
    aside: Mapping[UUID, datetime | None] = field(default_factory=dict)
    changes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is listed: a built-in view, what it is narrowed to, and in which order.

    `matching` are the tickets in which the free text of the filters stands; None where there is none.
    """

    view: str = "all"
    narrow: Narrow = EVERYTHING
    order: Order = Order.QUEUE
    matching: frozenset[UUID] | None = None

    @property
    def reads(self) -> Order:
        """The order in which it is read: what has ended has no due instant and no place in the queue."""
        if self.narrow.ended and self.order in (Order.QUEUE, Order.DUE):
            return Order.NEWEST
        return self.order


VIEWS = ("all", "mine", "nobodys", "missed", "due-soon", "waiting", "held", "watched", "snoozed")
_VIEWS_SQL = {
    "all": ("true", ()),
    "mine": ("assignee_id = %s", ("me",)),
    "nobodys": ("assignee_id is null", ()),
    # Every missed ticket is not calm: the head of the queue's index holds them all.
    "missed": ("not order_calm and breached", ()),
    "due-soon": ("next_due_at > %s and next_due_at <= %s", ("now", "soon")),
    "waiting": ("status = 'waiting'", ()),
    "held": ("status = 'held'", ()),
    "watched": ("id = any(%s::uuid[])", ("watched",)),
    "snoozed": ("id = any(%s::uuid[])", ("aside",)),
}
"""What narrows a view, as SQL: the same text pages and counts, and building the queries would cost more than running
them."""


# Names are asked for beside each row, not joined: a join would tempt the planner away from the queue's index.
def _beside(column: str, table: str, key: str) -> str:
    return (
        f"(select n.{column} from {table} n"  # noqa: S608 (our own text)
        f" where n.vendor_id = tickets_ticket.vendor_id and n.id = tickets_ticket.{key})"
    )


_COLUMNS = (
    "id", "number", "subject", _beside("name", "people_organisation", "organisation_id"), "plan", "severity", "status",
    "wait", "hold", "outcome", "clause", "level", "next_due_at", "next_due_commitment", "breached_at", "critical",
    _beside("name", "people_staff", "assignee_id"), "zone", "rank", "kind", "revision_id", "updated_at",
    "order_calm", "order_severity", "order_priority", "order_due", "order_number",
)  # fmt: skip
_AT = {name: place for place, name in enumerate(_COLUMNS)}


class _Scope(NamedTuple):
    """Who looks: what is seen of the open tickets and of all, and what that person watches and put aside."""

    open: queries.Where | None
    all: queries.Where | None
    watched: tuple[UUID, ...]
    aside: Mapping[UUID, datetime | None]
    changes: int = 0


# One question for all that depends on the person.
_MINE = f"""
select array(select ticket_id from tickets_ticketclearance where vendor_id = %s and staff_id = %s order by 1),
    array(select ticket_id from tickets_watch where vendor_id = %s and staff_id = %s order by 1),
    array(select row_to_json(a) from ({snoozing.ASLEEP}) a),
    (select coalesce(sum(changes), 0)::bigint from tickets_pulse where vendor_id = %s)
"""  # noqa: S608 (our own text)


def _scope(viewer: access.Viewer, now: datetime) -> _Scope:
    if viewer.staff_id is None:
        seen = queries.seen_by(viewer, None, only_open=True)
        return _Scope(open=seen, all=queries.seen_by(viewer, None, only_open=False), watched=(), aside={})
    me = (viewer.vendor_id, viewer.staff_id)
    ((named, watched, aside, changes),) = prepared.rows(_MINE, [*me, *me, *me, now, viewer.vendor_id])
    return _Scope(
        open=queries.seen_by(viewer, tuple(named), only_open=True),
        all=queries.seen_by(viewer, tuple(named), only_open=False),
        watched=tuple(watched),
        aside={UUID(one["ticket_id"]): _instant(one["until"]) for one in aside},
        changes=int(changes),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def page(
    viewer: access.Viewer,
    *,
    now: datetime,
    asked: Asked | None = None,
    after: Place | None = None,
    before: Place | None = None,
    size: int = PAGE,
    counts: bool = True,
) -> QueuePage:
    """A page of the tickets a viewer may see, from just after `after` on, or those just before `before`.

    Raises CannotDo for a view that does not exist.
    """
    asked = asked or Asked()
    _check(asked.view)
    scope = _scope(viewer, now)
    raw = _read(viewer, scope, asked, now, after=after, before=before, most=size + 1)
    backwards = after is None and before is not None
    more, raw = len(raw) > size, raw[:size]
    if backwards:
        raw.reverse()
    following = more or backwards
    preceding = more if backwards else after is not None
    return QueuePage(
        rows=tuple([_row(row) for row in raw]),
        next=_place(asked.reads, raw[-1]) if raw and following else None,
        previous=_place(asked.reads, raw[0]) if raw and preceding else None,
        views=_counts(viewer, scope, now) if counts else (),
        aside=scope.aside,
        changes=scope.changes,
    )


def _check(view: str) -> None:
    if view not in VIEWS:
        raise unknown_word(what_en="view", what_fr="vue", word=view, known=VIEWS)


def _condition(viewer: access.Viewer, scope: _Scope, asked: Asked, now: datetime) -> narrowing.Where | None:
    """All of it but the place and the stretch; None where nothing can be seen."""
    seen = scope.all if asked.narrow.ended else scope.open
    if seen is None:
        return None
    text, names = _VIEWS_SQL[asked.view]
    values: dict[str, Any] = {
        "me": viewer.staff_id, "now": now, "soon": now + SOON, "watched": list(scope.watched),
        "aside": list(scope.aside),
    }  # fmt: skip
    parts, params = [seen[0], f"({text})"], [*seen[1], *(values[name] for name in names)]
    if asked.narrow.snoozed:
        parts.append("id = any(%s::uuid[])")
        params.append(list(scope.aside))
    elif scope.aside and asked.view != "snoozed":
        parts.append("id <> all(%s::uuid[])")
        params.append(list(scope.aside))
    if asked.narrow:
        narrow, given = narrowing.where(asked.narrow, viewer, now, asked.matching)
        parts.append(f"({narrow})")
        params += given
    return " and ".join(parts), params


def _read(
    viewer: access.Viewer,
    scope: _Scope,
    asked: Asked,
    now: datetime,
    *,
    after: Place | None,
    before: Place | None,
    most: int,
) -> list[tuple[Any, ...]]:
    """Up to `most` rows beyond a place, in the direction of reading."""
    condition = _condition(viewer, scope, asked, now)
    if condition is None:
        return []
    backwards = after is None and before is not None
    start = before if backwards else after
    stretches = list(enumerate(STRETCHES[asked.reads]))
    if backwards:
        stretches.reverse()
    found: list[tuple[Any, ...]] = []
    for number, stretch in stretches:
        if start is not None and (number > start.stretch if backwards else number < start.stretch):
            continue
        here = start if start is not None and start.stretch == number else None
        statement, params = _statement(condition, stretch, here, backwards=backwards, most=most - len(found))
        found += _rows(statement, params, keep=not asked.narrow)
        if len(found) >= most:
            break
    return found


def _statement(
    condition: narrowing.Where, stretch: Stretch, place: Place | None, *, backwards: bool, most: int
) -> narrowing.Where:
    text, params = condition
    beyond, values = "", []
    if place is not None:
        beyond, values = f" and {stretch.beyond(backwards=backwards)}", list(place.values)
    return (
        f"select {', '.join(_COLUMNS)} from tickets_ticket where {text} and {stretch.where}{beyond}"  # noqa: S608 (our own text, values apart)
        f" order by {stretch.order_by(backwards=backwards)} limit {most:d}",
        [*params, *values],
    )


def _rows(statement: str, params: Sequence[Any], *, keep: bool) -> list[tuple[Any, ...]]:
    """Prepared where the text is always the same; planned for its very values where filters make all the difference."""
    if keep:
        return prepared.rows(statement, params, binary=True)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _place(order: Order, row: tuple[Any, ...]) -> Place:
    number = 1 if order is Order.DUE and row[_AT["next_due_at"]] is None else 0
    return Place(
        order=order, stretch=number, values=tuple(row[_AT[name]] for name in STRETCHES[order][number].columns)
    )


def _row(row: tuple[Any, ...]) -> QueueRow:
    assignee = row[16] or ""
    return QueueRow(
        id=row[0],
        number=queries.number_of(row[20], row[1]),
        subject=row[2],
        organisation=row[3],
        place=queries.city(row[17]),
        plan=row[4],
        severity=row[5],
        status=row[6],
        wait=row[7],
        hold=row[8],
        outcome=row[9],
        clause=row[10],
        level=row[11],
        due_at=row[12],
        due_commitment=row[13],
        breached_at=row[14],
        critical=row[15],
        assignee_name=assignee,
        initials=queries.initials(assignee),
        zone=row[17],
        rank=row[18],
        kind=row[19],
        revision_id=row[20],
        updated_at=row[21],
    )


_EXTRAS = f"""
select id, product, language, reached_at, {_beside("name", "people_team", "team_id")},
    {_beside("name", "people_contact", "author_id")},
    array(select g.name from tickets_tagging t join tickets_tag g on g.vendor_id = t.vendor_id and g.id = t.tag_id
        where t.vendor_id = tickets_ticket.vendor_id and t.ticket_id = tickets_ticket.id order by g.key)
from tickets_ticket where vendor_id = %s and id = any(%s::uuid[])
"""  # noqa: S608 (our own text)


def extras(viewer: access.Viewer, rows: Iterable[QueueRow]) -> Mapping[UUID, Extra]:
    """What further columns show of lines that the viewer was shown."""
    ids = [one.id for one in rows]
    found = prepared.rows(_EXTRAS, [viewer.vendor_id, ids], binary=True) if ids else []
    return {
        id_: Extra(product, language, reached_at, team or "", contact or "", tuple(tags))
        for id_, product, language, reached_at, team, contact, tags in found
    }


def place_of(viewer: access.Viewer, number: int, order: Order) -> Place | None:
    """Where a ticket that the viewer may see stands in an order, whether or not it is in the list; None without one."""
    seen = queries.seen_by(viewer, None, only_open=False)
    if seen is None:
        return None
    names = ("next_due_at", "number", "updated_at", *_COLUMNS[-5:])
    found = prepared.row(
        f"select {', '.join(names)} from tickets_ticket where {seen[0]} and number = %s",  # noqa: S608 (our own text)
        [*seen[1], number],
    )
    if found is None:
        return None
    due, figure, updated, *queue = found
    return _stands(order, due, figure, updated, queue)


def place_in(order: Order, ticket: Ticket) -> Place:
    """The same of a ticket as it was read."""
    queue = [getattr(ticket, name) for name in _COLUMNS[-5:]]
    return _stands(order, ticket.next_due_at, ticket.number, ticket.updated_at, queue)


def _stands(
    order: Order, due: datetime | None, figure: int, updated: datetime, queue: Sequence[Any]
) -> Place:
    if order is Order.DUE and due is not None:
        return Place(order=order, stretch=0, values=(due, figure))
    if order in (Order.QUEUE, Order.DUE):
        return Place(order=order, stretch=int(order is Order.DUE), values=tuple(queue))
    return Place(order=order, stretch=0, values=(updated, figure) if order is Order.UPDATED else (figure,))


# --- counting ---------------------------------------------------------------------------------------


def view_counts(viewer: access.Viewer, now: datetime) -> tuple[ViewCount, ...]:
    """How many tickets each view holds, each counted up to COUNTED, all in one statement."""
    return _counts(viewer, _scope(viewer, now), now)


def _counts(viewer: access.Viewer, scope: _Scope, now: datetime) -> tuple[ViewCount, ...]:
    counted = _count_each(viewer, scope, [Asked(view=view) for view in VIEWS], now, keep=True)
    return tuple(ViewCount(view=view, count=count) for view, count in zip(VIEWS, counted, strict=True))


def counts_of(viewer: access.Viewer, asked: Sequence[Asked], now: datetime) -> list[int]:
    """How many tickets each of these lists holds, each counted up to COUNTED."""
    return _count_each(viewer, _scope(viewer, now), asked, now, keep=False)


def _count_each(
    viewer: access.Viewer, scope: _Scope, asked: Sequence[Asked], now: datetime, *, keep: bool
) -> list[int]:
    parts: list[str] = []
    params: list[Any] = []
    for one in asked:
        condition = _condition(viewer, scope, one, now)
        if condition is None:
            parts.append("0")
            continue
        counted = f"select from tickets_ticket where {condition[0]} limit {COUNTED}"
        parts.append(f"(select count(*) from ({counted}) counted)")  # noqa: S608 (our own text, parameters apart)
        params += condition[1]
    if not parts:
        return []
    ((*found,),) = _rows("select " + ", ".join(parts), params, keep=keep)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """How many lines each group of a list by due holds, up to COUNTED."""

    missed: int
    soon: int
    today: int
    later: int
    stopped: int


def groups(viewer: access.Viewer, *, now: datetime, asked: Asked, day_ends_at: datetime) -> Groups:
    """The groups of a list by due. `day_ends_at`: until when what is due is due today."""
    condition = _condition(viewer, _scope(viewer, now), asked, now)
    if condition is None:
        return Groups(missed=0, soon=0, today=0, later=0, stopped=0)
    soon = now + SOON
    edges: tuple[tuple[str, Collection[datetime]], ...] = (
        ("next_due_at <= %s", (now,)),
        ("next_due_at > %s and next_due_at <= %s", (now, soon)),
        ("next_due_at > %s and next_due_at <= %s", (soon, max(soon, day_ends_at))),
        ("next_due_at > %s", (max(soon, day_ends_at),)),
        ("next_due_at is null", ()),
    )
    text, given = condition
    parts, params = [], []
    for edge, values in edges:
        parts.append(
            f"(select count(*) from (select from tickets_ticket where {text} and {edge} limit {COUNTED}) counted)"  # noqa: S608
        )
        params += [*given, *values]
    ((missed, near, today, later, stopped),) = _rows(
        "select " + ", ".join(parts), params, keep=not asked.narrow
    )
    return Groups(missed=missed, soon=near, today=today, later=later, stopped=stopped)
