"""The figures of the dashboard: each is a slice and its count, counted in the database in one statement a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from palier.contracts import queries as contracts
from palier.core import terms
from palier.people import access
from palier.reports.slices import ENDED, GONE, NOBODY, PROMISES, Kind, Slice, source
from palier.tickets.convert import instant
from palier.tickets.models import Status

BY = ("severity", "plan", "organisation")
"""What attainment is told by."""
HOURS_AHEAD = (1, 2, 4, 8, 24)
"""The steps of what is due next, in hours of real time from now."""
AGES = (1, 3, 7, 30)
"""The steps of the age of open requests, in days."""
MOST_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number and the tickets (or, for promises kept and missed, the promises) behind it."""

    slice: Slice
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attained:
    """A line of attainment. `key` is the id of a severity or plan, or an organisation's."""

    key: str
    kept: Figure
    missed: Figure

    @property
    def total(self) -> int:
        """Promises that were decided."""
        return self.kept.count + self.missed.count

    @property
    def share(self) -> float | None:
        """Of 1, how much was kept; None where nothing was decided."""
        return self.kept.count / self.total if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one person has; `key` is the person's id, or `nobody`."""

    key: str
    open: Figure
    waiting: Figure
    late: Figure
    due: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the flow: what came, what was resolved or closed, and what stood open at its end."""

    on: date
    opened: Figure
    ended: Figure
    left: int


def attainment(
    viewer: access.Viewer, *, by: str, since: datetime, until: datetime, commitment: str = ""
) -> tuple[Attained, ...]:
    """Promises decided in `[since, until)` by severity, plan or customer; the most first for customers."""
    base = {
        kind: Slice(kind=kind, since=since, until=until, commitment=commitment) for kind in sorted(PROMISES)
    }
    column = {"severity": "severity", "plan": "plan", "organisation": "organisation_id"}[by]
    counted = {kind: dict(_grouped(viewer, one, f"tickets_ticket.{column}")) for kind, one in base.items()}
    keys = sorted(
        set(counted[Kind.KEPT]) | set(counted[Kind.MISSED]),
        key=lambda key: (
            (-counted[Kind.KEPT].get(key, 0) - counted[Kind.MISSED].get(key, 0), key)
            if by == "organisation"
            else (0, key)
        ),
    )

    def figure(kind: Kind, key: str) -> Figure:
        narrowed: dict[str, Any] = {by: key}
        return Figure(slice=replace(base[kind], **narrowed), count=counted[kind].get(key, 0))

    return tuple(
        Attained(key=key, kept=figure(Kind.KEPT, key), missed=figure(Kind.MISSED, key))
        for key in keys[:MOST_ROWS]
    )


def due_next(viewer: access.Viewer, *, now: datetime) -> tuple[Figure, tuple[Figure, ...]]:
    """What is late already, and what falls due in each of the next steps (`HOURS_AHEAD`)."""
    late = Slice(kind=Kind.LATE)
    edges = [now, *(now + timedelta(hours=hours) for hours in HOURS_AHEAD)]
    steps = [Slice(kind=Kind.DUE, since=a, until=b) for a, b in pairwise(edges)]
    counts = _counts(viewer, [late, *steps])
    return Figure(slice=late, count=counts[0]), tuple(
        Figure(slice=one, count=count) for one, count in zip(steps, counts[1:], strict=True)
    )


def ages(viewer: access.Viewer, *, now: datetime) -> tuple[Figure, ...]:
    """Open requests by how long ago they reached us: the youngest first, steps of `AGES` days."""
    edges: list[datetime | None] = [None, *(now - timedelta(days=days) for days in AGES), None]
    slices = [Slice(kind=Kind.OPEN, since=older, until=younger) for younger, older in pairwise(edges)]
    found = source(viewer, Slice(kind=Kind.OPEN))
    if found is None:
        return tuple(Figure(slice=one, count=0) for one in slices)
    where, params = found
    # All steps in one reading of what is open: a reading each costs a large backlog five times as much.
    bounds = [edge for edge in reversed(edges) if edge is not None]
    rows = _rows(
        f"select width_bucket(tickets_ticket.reached_at, %s::timestamptz[]), count(*) {where} group by 1",
        [bounds, *params],
    )
    counts = dict(rows)
    return tuple(Figure(slice=one, count=counts.get(len(bounds) - nth, 0)) for nth, one in enumerate(slices))


def flow(viewer: access.Viewer, *, first: date, last: date, zone: str, now: datetime) -> tuple[Day, ...]:
    """Each day from `first` to `last` in a zone: opened, ended, and how many stood open at its end.

    The last is reckoned back from what is open now: a request that was resolved and reopened counts as open between.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    starts = [_start(day, zone) for day in (*days, last + timedelta(days=1))]
    opened = _by_day(viewer, Kind.OPENED, starts, zone)
    ended = _by_day(viewer, Kind.ENDED, starts, zone)
    # What stands open at the end of the last day: open now, less what came since, and what was resolved since was open.
    (open_now, came, went) = _counts(
        viewer,
        [
            Slice(kind=Kind.OPEN),
            Slice(kind=Kind.OPENED, since=starts[-1], until=now),
            Slice(kind=Kind.ENDED, since=starts[-1], until=now),
        ],
    )
    left, found = open_now - came + went, []
    for day, (start, end) in reversed(list(zip(days, pairwise(starts), strict=True))):
        ins = Figure(slice=Slice(kind=Kind.OPENED, since=start, until=end), count=opened.get(day, 0))
        outs = Figure(slice=Slice(kind=Kind.ENDED, since=start, until=end), count=ended.get(day, 0))
        found.append(Day(on=day, opened=ins, ended=outs, left=left))
        left += outs.count - ins.count
    return tuple(reversed(found))


def workload(viewer: access.Viewer, *, now: datetime) -> tuple[Load, ...]:
    """What each person has open, waiting, late and due within a day; the most first, nobody's work on top."""
    base = {
        "open": Slice(kind=Kind.OPEN),
        "waiting": Slice(kind=Kind.OPEN, status=Status.WAITING.value),
        "late": Slice(kind=Kind.LATE),
        "due": Slice(kind=Kind.DUE, since=now, until=now + timedelta(days=1)),
    }
    counted = {name: dict(_grouped(viewer, one, "tickets_ticket.assignee_id")) for name, one in base.items()}
    keys = sorted(counted["open"], key=lambda key: (key != NOBODY, -counted["open"][key], key))

    def figure(name: str, key: str) -> Figure:
        return Figure(slice=replace(base[name], assignee=key), count=counted[name].get(key, 0))

    return tuple(
        Load(key=key, **{name: figure(name, key) for name in ("open", "waiting", "late", "due")})
        for key in keys[:MOST_ROWS]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A ticket of a slice; for promises, one line a promise."""

    number: int
    revision_id: UUID
    subject: str
    organisation_id: UUID
    severity: str
    plan: str
    status: str
    assignee_id: UUID | None
    reached_at: datetime
    resolved_at: datetime | None
    commitment: str
    due_at: datetime | None
    ended_at: datetime | None

    @property
    def written(self) -> str:
        """The number as people write it."""
        return f"{contracts.programme(self.revision_id).prefix}-{self.number}"


_TICKET_COLUMNS = (
    "number", "revision_id", "subject", "organisation_id", "severity", "plan", "status", "assignee_id", "reached_at",
    "resolved_at",
)  # fmt: skip


def lines(viewer: access.Viewer, slice_: Slice, *, after: int = 0, size: int) -> list[Line]:
    """The tickets of a slice, the newest number first; from `after` on (lines, not numbers: a ticket may stand twice)."""
    found = source(viewer, slice_)
    if found is None:
        return []
    where, params = found
    promise = (
        f"c.commitment, c.due_at, {ENDED}"
        if slice_.kind in PROMISES
        else "tickets_ticket.next_due_commitment, tickets_ticket.next_due_at, null::timestamptz"
    )
    order = ", c.started_at, c.id" if slice_.kind in PROMISES else ""
    columns = ", ".join(f"tickets_ticket.{name}" for name in _TICKET_COLUMNS)
    rows = _rows(
        f"select {columns}, {promise} {where} order by tickets_ticket.number desc{order} limit %s offset %s",
        [*params, size, after],
    )
    return [_line(row) for row in rows]


def _line(row: Sequence[Any]) -> Line:
    names = (*_TICKET_COLUMNS, "commitment", "due_at", "ended_at")
    return Line(**dict(zip(names, row, strict=True)))


def names(viewer: access.Viewer, ids: Iterable[str]) -> dict[str, str]:
    """Names of customers and people by id."""
    wanted = [UUID(one) for one in ids if one != NOBODY]
    rows = _rows(
        "select id, name from people_organisation where vendor_id = %s and id = any(%s)"
        " union all select id, name from people_staff where vendor_id = %s and id = any(%s)",
        [viewer.vendor_id, wanted, viewer.vendor_id, wanted],
    )
    return {str(id_): name for id_, name in rows}


# --- how it is counted --------------------------------------------------------------------------------


def _counts(viewer: access.Viewer, slices: Sequence[Slice]) -> list[int]:
    """How much each slice holds, in one statement."""
    parts, params = [], []
    for one in slices:
        found = source(viewer, one)
        if found is None:
            return [0] * len(slices)
        parts.append(f"(select count(*) {found[0]})")
        params += found[1]
    return list(_rows("select " + ", ".join(parts), params)[0])


def _grouped(viewer: access.Viewer, slice_: Slice, column: str) -> Iterator[tuple[str, int]]:
    found = source(viewer, slice_)
    if found is not None:
        where, params = found
        for key, count in _rows(f"select {column}, count(*) {where} group by 1", params):
            yield (NOBODY if key is None else str(key)), count


def _by_day(viewer: access.Viewer, kind: Kind, starts: Sequence[datetime], zone: str) -> dict[date, int]:
    found = source(viewer, Slice(kind=kind, since=starts[0], until=starts[-1]))
    if found is None:
        return {}
    where, params = found
    moment = "tickets_ticket.reached_at" if kind is Kind.OPENED else GONE
    rows = _rows(
        f"select ({moment} at time zone %s)::date, count(*) {where} group by 1",
        [zone, *params],
    )
    return dict(rows)


def _start(day: date, zone: str) -> datetime:
    return instant(terms.start_of(day, zone))


def _rows(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Plans depend on the bounds: asked as they are, not prepared."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
