"""Who is on call in the demonstration, and the worker that pages between the steps of its stories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from palier.demo.cast import Cast
from palier.demo.stories import Step
from palier.people import tenancy
from palier.people.access import Viewer
from palier.services import paging, rosters
from palier.services.models import Alarm, Hours, State
from palier.tickets.models import Ticket


def build(cast: Cast, told: Mapping[str, Any], *, zone: str, day: date, now: datetime) -> None:
    """A roster with its layers and swaps, as its file says: turns begin on the Monday so many weeks before the day."""
    roster = rosters.save_roster(
        by=cast.machine,
        name=told["name"],
        zone=zone,
        plans=told.get("plans", ()),
        ack_within=told.get("ack_within", 10),
        rounds=told.get("rounds", 2),
        now=now,
    )
    monday = day - timedelta(days=day.weekday())
    for layer in told["layers"]:
        rosters.save_layer(
            by=cast.machine,
            roster_id=roster.id,
            name=layer["name"],
            people=[cast.staff[key] for key in layer["people"]],
            starts_on=monday - timedelta(weeks=layer["weeks_before"]),
            handover=time.fromisoformat(layer.get("handover", "09:00")),
            hours=Hours(layer.get("hours", Hours.ALL.value)),
            now=now,
        )
    for swap in told.get("swaps", ()):
        begins, ends = (
            datetime.combine(
                day + timedelta(days=swap[key][0]), time.fromisoformat(swap[key][1]), ZoneInfo(zone)
            )
            for key in ("from", "until")
        )
        staff = cast.staff[swap["by"]]
        rosters.swap(
            by=Viewer.staff(staff),
            roster_id=roster.id,
            staff=staff,
            starts_at=begins,
            ends_at=ends,
            now=datetime.combine(day - timedelta(days=2), time(15, 20), ZoneInfo(zone)),
        )


def act(by: Viewer, ticket: Ticket, step: Step, now: datetime) -> bool:
    """Acknowledge the page that waits; False for a step that is something else."""
    if step.do != "acknowledge":
        return False
    alarm = Alarm.objects.get(vendor_id=by.vendor_id, ticket_id=ticket.id, state=State.OPEN)
    paging.acknowledge(by=by, alarm_id=alarm.id, now=now)
    return True


def wake(until: datetime) -> None:
    """Page whoever comes next, each at the instant at which the worker would have, up to `until`."""
    while found := paging.due(until, 1):
        (vendor_id, id_) = found[0]
        with tenancy.vendor(vendor_id):
            next_at = Alarm.objects.values_list("next_at", flat=True).get(vendor_id=vendor_id, id=id_)
        if not paging.attend(now=until if next_at is None else min(next_at, until)):
            return
