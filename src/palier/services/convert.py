"""Rows of rosters as the core's values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from uuid import UUID

from palier.core import rotation
from palier.core.calendars import ALL_DAY, DAY_SECONDS, Calendar, Week
from palier.core.calendars import Hours as Spans
from palier.core.localtime import EPOCH
from palier.people.models import Staff
from palier.services.models import Hours, Layer, Roster, Swap, Turn

_MICROSECOND = EPOCH.resolution
WEEKDAYS, WEEKEND = 5, 2


def micros(at: datetime) -> int:
    """µs since 1970 of an aware datetime."""
    return (at - EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The aware datetime (UTC) of µs since 1970."""
    return EPOCH + at * _MICROSECOND


def seconds(at: time) -> int:
    """Seconds after local 00:00."""
    return at.hour * 3600 + at.minute * 60 + at.second


def week_of(hours: str, day_from: time, day_until: time) -> Week | None:
    """The weekly hours in which a layer counts; None for all of them."""
    begins, ends = seconds(day_from), seconds(day_until)
    day: Spans = ((begins, ends),)
    night: Spans = tuple(span for span in ((0, begins), (ends, DAY_SECONDS)) if span[0] < span[1])
    found: Mapping[str, tuple[Spans, Spans]] = {
        Hours.NIGHTS: (night, ALL_DAY),
        Hours.WEEKENDS: ((), ALL_DAY),
        Hours.WEEKNIGHTS: (night, ()),
        Hours.DAYS: (day, ()),
    }
    if hours not in found:
        return None
    weekdays, weekend = found[hours]
    return Week((weekdays,) * WEEKDAYS + (weekend,) * WEEKEND)


def layer(row: Layer, people: Iterable[str], zone: str) -> rotation.Layer:
    """A layer with its people in order; `rotation.NOBODY` where somebody left."""
    week = week_of(row.hours, row.day_from, row.day_until)
    return rotation.Layer(
        people=tuple(people),
        starts_on=row.starts_on,
        handover_s=seconds(row.handover),
        days=row.days,
        weekdays=tuple(row.weekdays),
        hours=Calendar(name=row.name, zone=zone, week=week) if week is not None else None,
    )


def rosters(rows: Iterable[Roster], *, since: datetime, now: datetime) -> dict[UUID, rotation.Roster]:
    """Rosters as they stand at `now`, with the swaps that reach beyond `since`. People are named by id.

    Who left has no turn and no swap; who is away is not on call from now until then.
    """
    found = {row.id: row for row in rows}
    if not found:
        return {}
    vendor_id = next(iter(found.values())).vendor_id
    mine = {"vendor_id": vendor_id, "roster_id__in": list(found)}
    layers: defaultdict[UUID, list[Layer]] = defaultdict(list)
    for one in Layer.objects.filter(**mine).order_by("position"):
        layers[one.roster_id].append(one)
    turns: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for layer_id, staff_id in (
        Turn.objects.filter(vendor_id=vendor_id, layer__roster_id__in=list(found))
        .order_by("position")
        .values_list("layer_id", "staff_id")
    ):
        turns[layer_id].append(staff_id)
    swaps: defaultdict[UUID, list[Swap]] = defaultdict(list)
    standing = Swap.objects.filter(**mine, withdrawn_at=None, ends_at__gt=since).order_by("made_at", "id")
    for swap in standing:
        swaps[swap.roster_id].append(swap)
    there = dict(Staff.objects.filter(vendor_id=vendor_id, removed_at=None).values_list("id", "away_until"))
    away = tuple(
        rotation.Absence(person=str(id_), start=micros(now), end=micros(until))
        for id_, until in there.items()
        if until is not None and until > now
    )
    return {
        id_: rotation.Roster(
            zone=row.zone,
            layers=tuple(
                layer(one, (str(who) if who in there else rotation.NOBODY for who in turns[one.id]), row.zone)
                for one in layers[id_]
                if turns[one.id]
            ),
            swaps=tuple(
                rotation.Swap(
                    id=str(swap.id),
                    person=str(swap.staff_id),
                    start=micros(swap.starts_at),
                    end=micros(swap.ends_at),
                )
                for swap in swaps[id_]
                if swap.staff_id in there
            ),
            absences=away,
        )
        for id_, row in found.items()
    }
