"""Questions about rosters, shifts and calls. Calls are narrowed to who looks: whose request one sees, or who was paged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from palier.core import rotation
from palier.core.rotation import Shift
from palier.people import access
from palier.people.models import Clearance, Role, Staff
from palier.services import convert
from palier.services.models import Alarm, Page, Roster, State, Swap
from palier.tickets.models import Ticket, TicketClearance


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A roster with its shifts over a range, and those of its swaps that stand there by id."""

    row: Roster
    core: rotation.Roster
    shifts: tuple[Shift, ...]
    swaps: Mapping[str, Swap]


def rosters(vendor_id: UUID) -> QuerySet[Roster]:
    """The rosters that are kept, by name."""
    return Roster.objects.filter(vendor_id=vendor_id, removed_at=None).order_by("name")


def drawn(rows: Iterable[Roster], *, start: datetime, end: datetime, now: datetime) -> list[Drawn]:
    """These rosters with all shifts and gaps in `[start, end)`."""
    listed = list(rows)
    core = convert.rosters(listed, since=start, now=now)
    swaps = {
        str(one.id): one
        for one in Swap.objects.filter(
            roster_id__in=[row.id for row in listed], withdrawn_at=None, ends_at__gt=start, starts_at__lt=end
        ).select_related("made_by")
    }
    first, last = convert.micros(start), convert.micros(end)
    return [
        Drawn(row=row, core=core[row.id], shifts=rotation.shifts(core[row.id], first, last), swaps=swaps)
        for row in listed
    ]


def on_call_now(vendor_id: UUID, now: datetime) -> dict[UUID, UUID | None]:
    """Who is on call of each roster; None: nobody."""
    core = convert.rosters(rosters(vendor_id), since=now, now=now)
    found = {id_: rotation.on_call(one, convert.micros(now)) for id_, one in core.items()}
    return {
        id_: UUID(one.person) if one is not None and one.person is not None else None
        for id_, one in found.items()
    }


def roster_for(ticket: Ticket) -> Roster | None:
    """The roster that serves a request: of those whose levels, plans and teams fit, the one that names most of them."""
    fitting = []
    for row in rosters(ticket.vendor_id):
        asked = (
            (row.levels, ticket.level or 1),
            (row.plans, ticket.plan),
            (row.teams, ticket.team_id),
        )
        if all(not wanted or value in wanted for wanted, value in asked):
            fitting.append((-sum(bool(wanted) for wanted, _ in asked), row.name, row))
    return min(fitting, key=lambda one: one[:2])[2] if fitting else None


def line(roster: Roster | None, ticket: Ticket, now: datetime) -> list[UUID]:
    """Whom to page for a request at this instant, in order; nobody who may not see it. Empty in a gap."""
    if roster is None or roster.removed_at is not None:
        return []
    core = convert.rosters([roster], since=now, now=now)[roster.id]
    wanted = [UUID(one) for one in rotation.line(core, convert.micros(now))]
    named = named_for(ticket, wanted)
    return [one for one in wanted if one in named]


def named_for(ticket: Ticket, staff: Iterable[UUID]) -> frozenset[UUID]:
    """Those of them whom no restriction of the request or its customer keeps out."""
    found = set(staff)
    if ticket.restricted:
        found &= set(
            TicketClearance.objects.filter(vendor_id=ticket.vendor_id, ticket=ticket).values_list(
                "staff_id", flat=True
            )
        )
    if ticket.organisation.restricted:
        found &= set(
            Clearance.objects.filter(
                vendor_id=ticket.vendor_id, organisation_id=ticket.organisation_id
            ).values_list("staff_id", flat=True)
        )
    return frozenset(found)


def managers(ticket: Ticket, now: datetime) -> list[UUID]:
    """Who is paged when nobody else is left: managers who are there, else those away, else administrators, else whoever may see it."""
    people = list(
        Staff.objects.filter(vendor_id=ticket.vendor_id, removed_at=None).order_by("created_at", "id")
    )
    named = named_for(ticket, (one.id for one in people))
    seeing = [one for one in people if one.id in named]
    runs = [one for one in seeing if Role.MANAGER in one.roles]
    choices: Sequence[list[Staff]] = (
        [one for one in runs if one.away_until is None or one.away_until <= now],
        runs,
        [one for one in seeing if Role.ADMINISTRATOR in one.roles],
        [one for one in seeing if set(one.roles) & access.WORKS_ON_TICKETS],
    )
    return [one.id for one in next((found for found in choices if found), [])]


def alarms(viewer: access.Viewer) -> QuerySet[Alarm]:
    """The calls a person of the vendor may know of, newest first: for a request it sees, or for which it was paged."""
    seen = Ticket.objects.visible_to(viewer).values("id")
    known = Q(ticket_id__in=seen)
    if viewer.staff_id is not None:
        paged = Page.objects.filter(vendor_id=viewer.vendor_id, staff_id=viewer.staff_id)
        known |= Q(id__in=paged.values("alarm_id"))
    return (
        Alarm.objects.filter(known, vendor_id=viewer.vendor_id)
        .select_related("ticket", "ticket__organisation", "roster", "ended_by")
        .order_by("-recorded_at", "-id")
    )


def open_alarms(viewer: access.Viewer) -> QuerySet[Alarm]:
    """Those nobody has acknowledged yet."""
    return alarms(viewer).filter(state__in=[State.OPEN, State.UNANSWERED])


def of_ticket(vendor_id: UUID, ticket_id: UUID) -> list[Alarm]:
    """All calls of a request that the caller may see, oldest first."""
    found = Alarm.objects.filter(vendor_id=vendor_id, ticket_id=ticket_id)
    return list(found.select_related("roster", "ended_by").order_by("recorded_at", "id"))


def pages_of(alarms_: Iterable[Alarm]) -> dict[UUID, list[Page]]:
    """Who was paged in each of these calls, in order."""
    listed = list(alarms_)
    found: dict[UUID, list[Page]] = {one.id: [] for one in listed}
    if listed:
        rows = Page.objects.filter(vendor_id=listed[0].vendor_id, alarm_id__in=list(found))
        for page in rows.select_related("staff").order_by("step", "id"):
            found[page.alarm_id].append(page)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """What a customer may know of the latest call for its request: when somebody was paged first, and when it was taken in hand."""

    at: datetime
    acknowledged_at: datetime | None


def paged(vendor_id: UUID, ticket_id: UUID) -> Paged | None:
    """The same for a request that the caller may see; None where nobody was paged."""
    last = (
        Alarm.objects.filter(vendor_id=vendor_id, ticket_id=ticket_id, step__gt=0)
        .order_by("-recorded_at", "-id")
        .first()
    )
    if last is None:
        return None
    taken = last.ended_at if last.state == State.ACKNOWLEDGED else None
    return Paged(at=last.recorded_at, acknowledged_at=taken)
