"""The history of every change of a request: each event with who, when it reached us and was written down, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from palier.core.clock import EventKind
from palier.people import access
from palier.people.models import Contact, User
from palier.tickets import clockwork, links
from palier.tickets.happenings import DeskKind
from palier.tickets.models import Event, Message, Ticket

_KEPT: Mapping[str, tuple[str, ...]] = {
    DeskKind.ASSIGNED: ("assignee", "team"),
    DeskKind.RANKED: ("rank",),
    DeskKind.RESTRICTED: ("restricted",),
    DeskKind.SNOOZED: ("until",),
    DeskKind.HANDED_OVER: ("wait", "reference", "follow_up_on"),
}
"""What an event of a kind sets, so that the one before it of that kind says what was."""
GROUPS: Mapping[str, frozenset[str]] = {
    "words": frozenset({"answered", "customer-wrote", "noted", "answer-withdrawn", "contested"}),
    "decisions": frozenset(
        {
            "submitted", "information-missing", "information-complete", "completed", "held", "freed", "lifted", "decided",
            "facts-changed", "adopted", "declined",
        }
    ),
    "clock": frozenset(
        {
            "wait-started", "resumed", "workaround-given", "relieved", "relief-revoked", "resolved", "reopened", "closed",
            "merged", "warned", "breached", "breach-withdrawn", "reminded", "window-joined", "withdrawn", "settled",
        }
    ),
    "money": frozenset(
        {
            "chosen", "choice-released", "funded", "estimated", "agreed", "disagreed", "time-booked", "time-reversed",
            "unit-used", "unit-released",
        }
    ),
    "links": frozenset(
        {
            "linked", "link-added", "link-removed", "absorbed", "split-off", "split-from", "defect-attached",
            "defect-detached", "fix-shipped", "merged",
        }
    ),
}  # fmt: skip
"""What the history can be narrowed to; whatever is in none of them is `desk`: who works on it, who sees it, in which order."""
DESK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One event. `was` and `now` hold what it set; `body` the words that came with it, `internal` where the customer does
    not read them; `origin` the number of the merged request that it happened to."""

    id: UUID
    kind: str
    at: datetime
    recorded_at: datetime
    who: str
    name: str
    data: Mapping[str, Any]
    was: Mapping[str, Any]
    now: Mapping[str, Any]
    body: str
    language: str
    internal: bool
    origin: str


def group_of(kind: str) -> str:
    """What an event is about."""
    return next((name for name, kinds in GROUPS.items() if kind in kinds), DESK)


def history(viewer: access.Viewer, ticket: Ticket, group: str = "") -> tuple[Changed, ...]:
    """Every event of a request, and of those merged into it, in the order in which they were written down.

    For people of the vendor; of one group only, where asked.
    """
    found = list(_of(viewer, ticket, ""))
    found.sort(key=lambda one: (one.recorded_at, one.at, one.id))
    return tuple(one for one in found if not group or _fits(one.kind, group))


def _fits(kind: str, group: str) -> bool:
    return kind in GROUPS[group] if group in GROUPS else group_of(kind) == group


def _of(viewer: access.Viewer, ticket: Ticket, origin: str) -> Iterable[Changed]:
    rows = clockwork.events_of(ticket)
    written = {row.id: row for row in Message.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id)}
    names = _names(ticket.vendor_id, rows)
    facts: dict[str, Any] = {}
    kept: dict[tuple[str, str], Any] = {}
    for row in rows:
        was, now = _change(row, facts, kept)
        message = written.get(row.message_id) if row.message_id is not None else None
        yield Changed(
            id=row.id,
            kind=row.kind,
            at=row.at,
            recorded_at=row.recorded_at,
            who=row.by,
            name=names.get(row.contact_id) or names.get(row.user_id) or "",
            data=row.data,
            was=was,
            now=now,
            body=message.body if message is not None else "",
            language=message.language if message is not None else "",
            internal=message is not None and not message.public,
            origin=origin,
        )
    for one in links.merged_here(viewer, ticket):
        yield from _of(viewer, one, links.number(one))


def _change(
    row: Event, facts: dict[str, Any], kept: dict[tuple[str, str], Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was before an event and what it set."""
    if row.kind in (EventKind.SUBMITTED, EventKind.FACTS_CHANGED):
        changed = dict(row.data.get("facts", {}))
        was = {name: facts.get(name) for name in changed}
        facts |= changed
        if row.kind == EventKind.SUBMITTED:
            return {}, {}
        return was, changed
    if row.kind == EventKind.DECIDED:
        told = ("outcome", "clauses", "level")
        before = row.data.get("was", {})
        pairs = {name: (before.get(name), row.data.get(name)) for name in told}
        return (
            {name: a for name, (a, b) in pairs.items() if a != b},
            {name: b for name, (a, b) in pairs.items() if a != b},
        )
    fields = _KEPT.get(row.kind, ())
    was = {name: kept.get((row.kind, name)) for name in fields}
    now = {name: row.data.get(name) for name in fields}
    kept.update({(row.kind, name): value for name, value in now.items()})
    changed_names = [name for name in fields if was[name] != now[name]]
    return {name: was[name] for name in changed_names}, {name: now[name] for name in changed_names}


def _names(vendor_id: UUID, rows: Iterable[Event]) -> Mapping[UUID | None, str]:
    listed = list(rows)
    users = {row.user_id for row in listed if row.user_id is not None}
    people = {row.contact_id for row in listed if row.contact_id is not None}
    found: dict[UUID | None, str] = dict(
        User.objects.filter(vendor_id=vendor_id, id__in=users).values_list("id", "name")
    )
    found.update(Contact.objects.filter(vendor_id=vendor_id, id__in=people).values_list("id", "name"))
    return found
