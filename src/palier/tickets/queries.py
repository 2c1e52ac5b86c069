"""Questions about tickets for the desk's queue and the portal's lists: ready rows, few joins, nothing translated.

The queue is read in the stored order (docs/reference/clock.md, "The order of the queue") by keyset, and counted only up
to `COUNTED`. Plans, severities and waits are ids that pages put into words.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q

from palier.contracts import queries as contracts
from palier.people import access, prepared
from palier.tickets import as_shown, presses
from palier.tickets.models import OPEN_STATUSES, ORDER, Status, Ticket
from palier.tickets.problems import unknown_word

COUNTED = 1000
"""Views are counted up to here; a count of that much means "or more"."""
SOON = timedelta(hours=2)
Cursor = tuple[bool, int, int, datetime, int]
"""The place of the last row of a page in the queue's order."""


class QueueRow(NamedTuple):
    """A line of the queue. `place` is the city of the ticket's zone; `hold` and `wait` are ids, empty without.

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
    """Some lines of the queue, where the next ones begin (None: nowhere), and the counts of the views."""

    rows: tuple[QueueRow, ...]
    next: Cursor | None
    views: tuple[ViewCount, ...]


VIEWS = ("all", "mine", "nobodys", "missed", "due-soon", "waiting", "held")


_VIEWS_SQL = {
    "all": ("true", ()),
    "mine": ("assignee_id = %s", ("me",)),
    "nobodys": ("assignee_id is null", ()),
    # Every missed ticket is not calm: the head of the queue's index holds them all.
    "missed": ("not order_calm and breached", ()),
    "due-soon": ("next_due_at > %s and next_due_at <= %s", ("now", "soon")),
    "waiting": ("status = 'waiting'", ()),
    "held": ("status = 'held'", ()),
}
"""What narrows a view, as SQL: the same text pages and counts, and building seven queries would cost more than running
them."""


def _condition(view: str, viewer: access.Viewer, now: datetime) -> tuple[str, list[Any]]:
    text, names = _VIEWS_SQL[view]
    values = {"me": viewer.staff_id, "now": now, "soon": now + SOON}
    return text, [values[name] for name in names]


# Names are asked for beside each row, not joined: a join would tempt the planner away from the queue's index.
_ORGANISATION, _ASSIGNEE = (
    f"(select n.name from {table} n where n.vendor_id = tickets_ticket.vendor_id and n.id = tickets_ticket.{key})"  # noqa: S608 (our own text)
    for table, key in (("people_organisation", "organisation_id"), ("people_staff", "assignee_id"))
)
_COLUMNS = (
    "id", "number", "subject", _ORGANISATION, "plan", "severity", "status", "wait", "hold", "outcome", "clause",
    "level", "next_due_at", "next_due_commitment", "breached_at", "critical", _ASSIGNEE, "zone", "rank", "kind",
    "revision_id", "updated_at", "order_calm", "order_severity", "order_priority", "order_due", "order_number",
)  # fmt: skip
_AFTER = "(" + ", ".join(f'"tickets_ticket"."{name}"' for name in ORDER) + ") > (%s, %s, %s, %s, %s)"


def queue(
    viewer: access.Viewer,
    *,
    now: datetime,
    view: str = "all",
    after: Cursor | None = None,
    size: int = 50,
    counts: bool = True,
) -> QueuePage:
    """A page of the open tickets a viewer may see, in the queue's order, from just after `after` on.

    Raises CannotDo for a view that does not exist.
    """
    if view not in VIEWS:
        raise unknown_word(what_en="view", what_fr="vue", word=view, known=VIEWS)
    seen = visible(viewer, only_open=True)
    raw = _page(seen, view, viewer, now, after, size + 1) if seen is not None else []
    rows = tuple([_row(row) for row in raw[:size]])
    following: Cursor | None = tuple(raw[size - 1][-5:]) if len(raw) > size else None
    return QueuePage(rows=rows, next=following, views=_counts(seen, viewer, now) if counts else ())


Where = tuple[str, tuple[Any, ...]]
"""A condition as SQL and its values."""


def _page(
    seen: Where, view: str, viewer: access.Viewer, now: datetime, after: Cursor | None, size: int
) -> list[tuple[Any, ...]]:
    where, given = seen
    text, params = _condition(view, viewer, now)
    if after is not None:
        # A comparison of rows, as the index has them: written out with OR it would not use the index.
        text, params = f"{text} and {_AFTER}", [*params, *after]
    return prepared.rows(
        f"select {', '.join(_COLUMNS)} from tickets_ticket where {where} and ({text})"  # noqa: S608 (our own text)
        f" order by {', '.join(ORDER)} limit {size:d}",
        [*given, *params],
        binary=True,
    )


def visible(viewer: access.Viewer, *, only_open: bool = False) -> Where | None:
    """Which tickets a viewer sees, as SQL; None for one who sees none at all."""
    named_for: tuple[UUID, ...] | None = None
    if viewer.staff_id is not None:
        named_for = tuple(
            ticket_id
            for (ticket_id,) in prepared.rows(
                "select ticket_id from tickets_ticketclearance where vendor_id = %s and staff_id = %s order by 1",
                [viewer.vendor_id, viewer.staff_id],
            )
        )
    return _condition_for(viewer, named_for, only_open)


@functools.lru_cache(maxsize=1024)
def _condition_for(
    viewer: access.Viewer, named_for: tuple[UUID, ...] | None, only_open: bool
) -> Where | None:
    """The same for what the viewer may: said once, by `visible_to`, and made into SQL by Django, which takes longer than
    the database takes to answer. A viewer is a value made anew by every request: another role, team or restricted
    customer is another viewer."""
    found = Ticket.objects.visible_to(viewer, named_for)
    query = (found.filter(is_open=True) if only_open else found).query
    compiler = query.get_compiler(connection=connection)
    try:
        text, params = query.where.as_sql(compiler, connection)
    except EmptyResultSet:
        return None
    return f"({text})", tuple(params)


def _row(row: tuple[Any, ...]) -> QueueRow:
    assignee = row[16] or ""
    return QueueRow(
        id=row[0],
        number=number_of(row[20], row[1]),
        subject=row[2],
        organisation=row[3],
        place=city(row[17]),
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
        initials=initials(assignee),
        zone=row[17],
        rank=row[18],
        kind=row[19],
        revision_id=row[20],
        updated_at=row[21],
    )


def number_of(revision_id: UUID, number: int) -> str:
    """A ticket's number as people write it: NOR-1042."""
    return f"{contracts.programme(revision_id).prefix}-{number}"


@functools.cache
def city(zone: str) -> str:
    """The city of a zone's name: `Europe/Paris` is Paris."""
    return zone.rpartition("/")[2].replace("_", " ")


@functools.lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """The first letters of the first and the last name."""
    words = name.split()
    if not words:
        return ""
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def view_counts(viewer: access.Viewer, now: datetime) -> tuple[ViewCount, ...]:
    """How many tickets each view holds, each counted up to COUNTED, all in one statement."""
    return _counts(visible(viewer, only_open=True), viewer, now)


def _counts(seen: Where | None, viewer: access.Viewer, now: datetime) -> tuple[ViewCount, ...]:
    if seen is None:
        return tuple(ViewCount(view=view, count=0) for view in VIEWS)
    where, given = seen
    parts: list[str] = []
    params: list[Any] = []
    for view in VIEWS:
        condition, values = _condition(view, viewer, now)
        counted = f"select from tickets_ticket where {where} and ({condition}) limit {COUNTED}"
        parts.append(f"(select count(*) from ({counted}) counted)")  # noqa: S608 (our own text, parameters apart)
        params += [*given, *values]
    (counted_each,) = prepared.rows("select " + ", ".join(parts), params)
    return tuple(ViewCount(view=view, count=count) for view, count in zip(VIEWS, counted_each, strict=True))


# --- the customer's lists ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MyTicket:
    """A line of a customer's list."""

    id: UUID
    number: str
    subject: str
    organisation: str
    author: str
    mine: bool
    kind: str
    severity: str
    status: str
    wait: str
    hold: str
    outcome: str
    clause: str
    due_at: datetime | None
    due_commitment: str
    breached_at: datetime | None
    reached_at: datetime
    updated_at: datetime
    zone: str
    rank: int | None
    revision_id: UUID

    @property
    def waits_for_me(self) -> bool:
        """Whether the customer is to answer, choose, complete or adopt."""
        return self.status == Status.HELD or (
            self.status == Status.WAITING and self.wait in ("customer", "consent")
        )


def my_tickets(
    viewer: access.Viewer, *, now: datetime, only_open: bool = False, size: int = 200
) -> tuple[MyTicket, ...]:
    """The requests a contact may see, newest first."""
    young = now - presses.SEND_DELAY
    found = Ticket.objects.visible_to(viewer)
    if only_open:
        # What was resolved just now is still open to its customer: the answer that did it can be taken back.
        found = found.filter(Q(is_open=True) | Q(updated_at__gt=young))
    rows = found.order_by("-number").values(
        *(
            "id",
            "number",
            "subject",
            "kind",
            "severity",
            "status",
            "wait",
            "hold",
            "outcome",
            "clause",
            "reached_at",
        ),
        *("updated_at", "zone", "rank", "revision_id", "next_due_commitment", "breached_at", "author_id"),
        due_at=F("next_due_at"),
        organisation_name=F("organisation__name"),
        author_name=F("author__name"),
    )[:size]
    changed = [row["id"] for row in rows if row["updated_at"] > young]
    shown = as_shown.to_customers(viewer.vendor_id, changed, now)
    lines = [row | _as_shown(shown[row["id"]]) if row["id"] in shown else row for row in rows]
    return tuple(_my_ticket(viewer, row) for row in lines if not only_open or row["status"] in OPEN_STATUSES)


def _as_shown(ticket: Ticket) -> dict[str, Any]:
    names = ("status", "wait", "hold", "next_due_commitment", "breached_at")
    return {name: getattr(ticket, name) for name in names} | {"due_at": ticket.next_due_at}


def _my_ticket(viewer: access.Viewer, row: dict[str, Any]) -> MyTicket:
    return MyTicket(
        id=row["id"],
        number=number_of(row["revision_id"], row["number"]),
        subject=row["subject"],
        organisation=row["organisation_name"],
        author=row["author_name"],
        mine=row["author_id"] == viewer.contact_id,
        kind=row["kind"],
        severity=row["severity"],
        status=row["status"],
        wait=row["wait"],
        hold=row["hold"],
        outcome=row["outcome"],
        clause=row["clause"],
        due_at=row["due_at"],
        due_commitment=row["next_due_commitment"],
        breached_at=row["breached_at"],
        reached_at=row["reached_at"],
        updated_at=row["updated_at"],
        zone=row["zone"],
        rank=row["rank"],
        revision_id=row["revision_id"],
    )
