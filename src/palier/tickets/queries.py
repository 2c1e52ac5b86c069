"""Which tickets a viewer sees, and the portal's lists of them: ready rows, few joins, nothing translated.

Plans, severities and waits are ids that pages put into words. The desk's lists are `palier.tickets.lists`.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q

from palier.contracts import queries as contracts
from palier.people import access, prepared
from palier.tickets import as_shown, presses
from palier.tickets.models import OPEN_STATUSES, Status, Ticket

Where = tuple[str, tuple[Any, ...]]
"""A condition as SQL and its values."""


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
    return seen_by(viewer, named_for, only_open=only_open)


@functools.lru_cache(maxsize=1024)
def seen_by(viewer: access.Viewer, named_for: tuple[UUID, ...] | None, *, only_open: bool) -> Where | None:
    """The same for what the viewer may, named for these restricted tickets: said once, by `visible_to`, and made into SQL by Django, which takes longer than
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


# --- the customer's lists ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MyTicket:
    """A line of a customer's list."""

    id: UUID
    organisation_id: UUID
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
    viewer: access.Viewer,
    *,
    now: datetime,
    only_open: bool = False,
    size: int = 200,
    ids: Collection[UUID] | None = None,
) -> tuple[MyTicket, ...]:
    """The requests a contact may see, newest first; of these `ids` only, where given."""
    young = now - presses.SEND_DELAY
    found = Ticket.objects.visible_to(viewer)
    if ids is not None:
        found = found.filter(id__in=ids)
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
        *(
            "updated_at",
            "zone",
            "rank",
            "revision_id",
            "next_due_commitment",
            "breached_at",
            "author_id",
            "organisation_id",
        ),
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
        organisation_id=row["organisation_id"],
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
