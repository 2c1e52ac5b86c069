"""A slice: the tickets behind one figure. A figure counts its slice, and the list it leads to lists the same slice.

Both are made from one condition, so that a figure never says another number than its list has lines
(docs/reference/reports.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from palier.core.programme import Commitment
from palier.people import access
from palier.tickets import queries
from palier.tickets.models import Status
from palier.tickets.problems import CannotDo, unknown_word


class Kind(StrEnum):
    """What a figure counts."""

    KEPT = "kept"
    """Promises kept; `since` and `until` bound the instant of the answer, relief or resolution."""
    MISSED = "missed"
    """Promises missed; `since` and `until` bound the instant of the breach."""
    OPEN = "open"
    """Open requests; `since` and `until` bound when they reached us."""
    DUE = "due"
    """Open requests whose next promise is due between `since` and `until` and is not missed yet."""
    LATE = "late"
    """Open requests with a promise missed and still owed."""
    OPENED = "opened"
    """Requests that reached us between `since` and `until`."""
    ENDED = "ended"
    """Requests resolved, or closed without, between `since` and `until`, and not open again."""


PROMISES = frozenset({Kind.KEPT, Kind.MISSED})
NOBODY = "nobody"
# Written as their indexes have them. COALESCE would not do: behind row-level security no index of it is ever used.
ENDED = "case when c.breached_at is not null then c.breached_at else c.met_at end"
"""When a promise was decided: at its breach, else when it was met. The index of decided promises is on this."""
GONE = (
    "case when tickets_ticket.resolved_at is not null then tickets_ticket.resolved_at"
    " else tickets_ticket.closed_at end"
)
"""When a request left the open ones. The index of those gone is on this."""
_PROMISE = {
    Kind.KEPT: f"c.state = 'met' and {ENDED} is not null",
    Kind.MISSED: f"c.state = 'breached' and {ENDED} is not null",
}
_TICKET = {
    Kind.OPEN: "tickets_ticket.is_open",
    Kind.DUE: "tickets_ticket.is_open and not tickets_ticket.breached",
    Kind.LATE: "tickets_ticket.is_open and tickets_ticket.breached",
    Kind.OPENED: "true",
    Kind.ENDED: "not tickets_ticket.is_open",
}
_INSTANT = {
    Kind.KEPT: ENDED,
    Kind.MISSED: ENDED,
    Kind.OPEN: "tickets_ticket.reached_at",
    Kind.LATE: "tickets_ticket.reached_at",
    Kind.OPENED: "tickets_ticket.reached_at",
    Kind.DUE: "tickets_ticket.next_due_at",
    Kind.ENDED: GONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The tickets of a figure. Ids are the programme's; instants bound `[since, until)`; `assignee` an id or `nobody`."""

    kind: Kind
    since: datetime | None = None
    until: datetime | None = None
    commitment: str = ""
    severity: str = ""
    plan: str = ""
    organisation: str = ""
    assignee: str = ""
    status: str = ""

    def query(self) -> dict[str, str]:
        """The slice as the parameters of an address."""
        found = {name: getattr(self, name) for name in _WORDS if getattr(self, name)}
        for name in ("since", "until"):
            instant = getattr(self, name)
            if instant is not None:
                found[name] = instant.isoformat()
        return {"kind": self.kind.value, **found}


_WORDS = ("commitment", "severity", "plan", "organisation", "assignee", "status")


def of_query(sent: Mapping[str, str]) -> Slice:
    """The slice that an address names. Raises CannotDo for one that names none."""
    kind = sent.get("kind", "")
    if kind not in Kind._value2member_map_:
        raise unknown_word(what_en="figure", what_fr="chiffre", word=kind, known=tuple(Kind))
    words = {name: sent.get(name, "")[:80] for name in _WORDS}
    commitment, status = words["commitment"], words["status"]
    if commitment and commitment not in Commitment._value2member_map_:
        raise unknown_word(what_en="promise", what_fr="promesse", word=commitment, known=tuple(Commitment))
    if status and status not in Status.values:
        raise unknown_word(what_en="state", what_fr="état", word=status, known=tuple(Status.values))
    for name in ("organisation", "assignee"):
        if words[name] and words[name] != NOBODY:
            _id(words[name])
    return Slice(
        kind=Kind(kind), since=_instant(sent.get("since", "")), until=_instant(sent.get("until", "")), **words
    )


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise CannotDo(
            code="no-instant",
            en=f"{text!r} is no instant: follow a figure of the dashboard.",
            fr=f"{text!r} n’est pas un instant : suivez un chiffre du tableau de bord.",
        )
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CannotDo(
            code="no-id",
            en=f"{text!r} names nobody: follow a figure of the dashboard.",
            fr=f"{text!r} ne désigne personne : suivez un chiffre du tableau de bord.",
        ) from None


Where = tuple[str, list[Any]]
"""A `from … where …` as SQL, and its values."""


def source(viewer: access.Viewer, slice_: Slice) -> Where | None:
    """Where a slice is read from: what follows `select …`. None for a viewer who sees no tickets at all."""
    seen = queries.visible(viewer)
    if seen is None:
        return None
    visible, given = seen
    where, params = [visible], list(given)
    tables = "tickets_ticket"
    if slice_.kind in PROMISES:
        tables = (
            "tickets_commitmentrow c join tickets_ticket"
            " on tickets_ticket.vendor_id = c.vendor_id and tickets_ticket.id = c.ticket_id"
        )
        where += ["c.vendor_id = %s", _PROMISE[slice_.kind]]
        params.append(viewer.vendor_id)
        if slice_.commitment:
            where.append("c.commitment = %s")
            params.append(slice_.commitment)
    else:
        where.append(_TICKET[slice_.kind])
        if slice_.commitment:
            where.append("tickets_ticket.next_due_commitment = %s")
            params.append(slice_.commitment)
    instant = _INSTANT[slice_.kind]
    for bound, sign in ((slice_.since, ">="), (slice_.until, "<")):
        if bound is not None:
            where.append(f"{instant} {sign} %s")
            params.append(bound)
    for name, column in (("severity", "severity"), ("plan", "plan"), ("status", "status")):
        if getattr(slice_, name):
            where.append(f"tickets_ticket.{column} = %s")
            params.append(getattr(slice_, name))
    if slice_.organisation:
        where.append("tickets_ticket.organisation_id = %s")
        params.append(_id(slice_.organisation))
    if slice_.assignee == NOBODY:
        where.append("tickets_ticket.assignee_id is null")
    elif slice_.assignee:
        where.append("tickets_ticket.assignee_id = %s")
        params.append(_id(slice_.assignee))
    return f"from {tables} where {' and '.join(f'({one})' for one in where)}", params
