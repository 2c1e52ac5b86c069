"""Writing rosters: who takes turns, in which layers and hours; and swaps. Rules: docs/reference/on-call.md.

Who runs the desk writes rosters. Anybody who works on tickets takes a shift over for oneself; who runs the desk puts
anybody on call. Whoever it concerns is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from palier.core import localtime, rotation
from palier.people import access, changes, notices
from palier.people.access import Refused, Viewer
from palier.people.models import Staff
from palier.services import convert
from palier.services.models import Hours, Layer, Roster, Swap, Turn

LONGEST_SWAP = timedelta(days=92)
MOST_MINUTES, MOST_ROUNDS, MOST_PEOPLE, MOST_DAYS = 240, 10, 40, 366


def _refused(code: str, en: str, fr: str) -> Refused:
    return Refused(code=code, en=en, fr=fr)


def _named(name: str) -> str:
    found = " ".join(name.split())[:100]
    if not found:
        raise _refused("name-needed", "A name is needed.", "Il faut un nom.")
    return found


def _locked(by: Viewer, roster_id: UUID) -> Roster:
    """A roster that is kept, locked. Raises Roster.DoesNotExist."""
    return Roster.objects.select_for_update(no_key=True).get(
        vendor_id=by.vendor_id, id=roster_id, removed_at=None
    )


def save_roster(
    *,
    by: Viewer,
    name: str,
    zone: str,
    now: datetime,
    levels: Sequence[int] = (),
    plans: Sequence[str] = (),
    teams: Sequence[UUID] = (),
    ack_within: int = 10,
    rounds: int = 3,
    roster_id: UUID | None = None,
) -> Roster:
    """A new roster, or one as it is from now on: whom it serves, in which zone its times are, how patient it is."""
    access.require_role(by, access.RUNS_THE_DESK)
    called = _named(name)
    try:
        localtime.zone_of(zone)
    except localtime.UnknownZone as error:
        raise _refused(
            "unknown-zone",
            f"There is no time zone “{zone}”: write a name such as Europe/Paris.",
            f"Il n’y a pas de fuseau « {zone} » : écrivez un nom comme Europe/Paris.",
        ) from error
    if not 1 <= ack_within <= MOST_MINUTES:
        raise _refused(
            "bad-minutes",
            f"An acknowledgement is awaited for 1 to {MOST_MINUTES} minutes.",
            f"Une prise en charge est attendue de 1 à {MOST_MINUTES} minutes.",
        )
    if not 1 <= rounds <= MOST_ROUNDS:
        raise _refused(
            "bad-rounds",
            f"The line is paged 1 to {MOST_ROUNDS} times.",
            f"La liste est appelée de 1 à {MOST_ROUNDS} fois.",
        )
    twins = Roster.objects.filter(vendor_id=by.vendor_id, removed_at=None, name__iexact=called)
    if (twins if roster_id is None else twins.exclude(id=roster_id)).exists():
        raise _refused(
            "roster-exists",
            f"There is a roster called {called} already: choose another name, or change that one.",
            f"Il y a déjà un tour d’astreinte nommé {called} : choisissez un autre nom, ou modifiez celui-là.",
        )
    row = Roster(vendor_id=by.vendor_id, created_at=now) if roster_id is None else _locked(by, roster_id)
    row.name, row.zone, row.changed_at = called, zone, now
    row.levels, row.plans, row.teams = sorted(set(levels)), sorted(set(plans)), sorted(set(teams))
    row.ack_within, row.rounds = ack_within, rounds
    row.save()
    kind = changes.Kind.ROSTER_ADDED if roster_id is None else changes.Kind.ROSTER_CHANGED
    changes.record(by, kind, subject_id=row.id, now=now)
    return row


def remove_roster(*, by: Viewer, roster_id: UUID, now: datetime) -> Roster:
    """Take a roster away. Who was paged by it stays on record; calls that go on are paged to the managers."""
    access.require_role(by, access.RUNS_THE_DESK)
    row = _locked(by, roster_id)
    row.removed_at = row.changed_at = now
    row.save(update_fields=["removed_at", "changed_at"])
    changes.record(by, changes.Kind.ROSTER_REMOVED, subject_id=row.id, now=now)
    return row


def save_layer(
    *,
    by: Viewer,
    roster_id: UUID,
    name: str,
    people: Sequence[Staff],
    starts_on: date,
    now: datetime,
    handover: time = time(9),
    days: int = 7,
    weekdays: Sequence[int] = (),
    hours: Hours = Hours.ALL,
    day_from: time = time(9),
    day_until: time = time(18),
    layer_id: UUID | None = None,
) -> Layer:
    """A new layer at the end of a roster, or one as it is from now on. `people` in the order of their turns."""
    access.require_role(by, access.RUNS_THE_DESK)
    roster = _locked(by, roster_id)
    if not 1 <= len(people) <= MOST_PEOPLE:
        raise _refused(
            "nobody-in-layer",
            "Choose at least one person who takes turns.",
            "Choisissez au moins une personne de garde.",
        )
    if hours in (Hours.NIGHTS, Hours.WEEKNIGHTS, Hours.DAYS) and day_until <= day_from:
        raise _refused(
            "bad-day",
            "The day ends after it begins: write for example 09:00 and 18:00.",
            "Le jour finit après son début : écrivez par exemple 09:00 et 18:00.",
        )
    if not weekdays and not 1 <= days <= MOST_DAYS:
        raise _refused(
            "bad-days",
            f"A shift lasts 1 to {MOST_DAYS} days.",
            f"Une garde dure de 1 à {MOST_DAYS} jours.",
        )
    for one in people:
        _may_be_on_call(one)
    if layer_id is None:
        row = Layer(vendor_id=by.vendor_id, roster=roster, position=roster.layers.count() + 1)
    else:
        row = Layer.objects.get(vendor_id=by.vendor_id, roster_id=roster.id, id=layer_id)
    row.name, row.starts_on, row.handover = _named(name), starts_on, handover
    row.days, row.weekdays = days, sorted(set(weekdays))
    row.hours, row.day_from, row.day_until = hours.value, day_from, day_until
    row.save()
    row.turns.all().delete()
    Turn.objects.bulk_create(
        Turn(vendor_id=by.vendor_id, layer=row, position=place, staff=one)
        for place, one in enumerate(people, start=1)
    )
    _changed(by, roster, now)
    return row


def remove_layer(*, by: Viewer, roster_id: UUID, layer_id: UUID, now: datetime) -> None:
    """Take a layer out of a roster; those below move up."""
    access.require_role(by, access.RUNS_THE_DESK)
    roster = _locked(by, roster_id)
    Layer.objects.get(vendor_id=by.vendor_id, roster_id=roster.id, id=layer_id).delete()
    for place, one in enumerate(roster.layers.order_by("position"), start=1):
        Layer.objects.filter(vendor_id=by.vendor_id, id=one.id).update(position=place)
    _changed(by, roster, now)


def raise_layer(*, by: Viewer, roster_id: UUID, layer_id: UUID, now: datetime) -> None:
    """Let a layer count before the one above it."""
    access.require_role(by, access.RUNS_THE_DESK)
    roster = _locked(by, roster_id)
    ids = list(roster.layers.order_by("position").values_list("id", flat=True))
    if layer_id not in ids:
        raise Layer.DoesNotExist(f"no layer {layer_id} in this roster")
    place = ids.index(layer_id)
    if place:
        ids[place - 1], ids[place] = ids[place], ids[place - 1]
    for number, id_ in enumerate(ids, start=1):
        Layer.objects.filter(vendor_id=by.vendor_id, id=id_).update(position=number)
    _changed(by, roster, now)


def _changed(by: Viewer, roster: Roster, now: datetime) -> None:
    roster.changed_at = now
    roster.save(update_fields=["changed_at"])
    changes.record(by, changes.Kind.ROSTER_CHANGED, subject_id=roster.id, now=now)


def _may_be_on_call(staff: Staff) -> None:
    if staff.removed_at is None and set(staff.roles) & access.WORKS_ON_TICKETS:
        return
    raise _refused(
        "cannot-be-on-call",
        f"{staff.name} does not work on tickets here: choose somebody who does.",
        f"{staff.name} ne travaille pas sur les demandes ici : choisissez quelqu’un qui le fait.",
    )


# --- swaps ------------------------------------------------------------------------------------------


def swap(
    *, by: Viewer, roster_id: UUID, staff: Staff, starts_at: datetime, ends_at: datetime, now: datetime
) -> Swap:
    """Have a person on call from an instant to another: oneself, or anybody for who runs the desk.

    Whoever would have been on call, and whoever is now, are told (but not the one who does it).
    """
    access.require_role(by, access.WORKS_ON_TICKETS)
    if staff.id != by.staff_id and not by.has_role(access.RUNS_THE_DESK):
        raise _refused(
            "swap-for-another",
            "You can take a shift over yourself; a manager puts somebody else on call.",
            "Vous pouvez reprendre une garde vous-même ; un responsable met quelqu’un d’autre d’astreinte.",
        )
    _may_be_on_call(staff)
    if not starts_at < ends_at <= starts_at + LONGEST_SWAP or ends_at <= now:
        raise _refused(
            "bad-swap",
            "A swap ends after it begins and after now, and lasts at most three months.",
            "Un échange finit après son début et après maintenant, et dure trois mois au plus.",
        )
    roster = _locked(by, roster_id)
    begins = max(starts_at, now)
    before = _people_between(roster, begins, ends_at, now)
    row = Swap.objects.create(
        vendor_id=by.vendor_id,
        roster=roster,
        staff=staff,
        starts_at=starts_at,
        ends_at=ends_at,
        made_by_id=by.staff_id,
        made_at=now,
    )
    roster.changed_at = now
    roster.save(update_fields=["changed_at"])
    _tell(by, row, before | {staff.id}, now, until=ends_at, taken_back=False)
    return row


def withdraw_swap(*, by: Viewer, swap_id: UUID, now: datetime) -> Swap:
    """Take a swap back: by whom it puts on call, whoever made it, or who runs the desk. What has passed of it stays."""
    access.require_role(by, access.WORKS_ON_TICKETS)
    row = Swap.objects.select_related("roster").get(vendor_id=by.vendor_id, id=swap_id)
    roster = _locked(by, row.roster_id)
    row = Swap.objects.select_for_update().get(vendor_id=by.vendor_id, id=swap_id)
    if by.staff_id not in (row.staff_id, row.made_by_id) and not by.has_role(access.RUNS_THE_DESK):
        raise _refused(
            "swap-of-another",
            "Only whoever is on call by it, whoever made it or a manager takes a swap back.",
            "Seule la personne mise d’astreinte, celle qui l’a fait ou un responsable annule un échange.",
        )
    if row.withdrawn_at is not None or row.ends_at <= now:
        return row
    row.withdrawn_by_id = by.staff_id
    until = row.ends_at
    if row.starts_at < now:
        row.ends_at = now
    else:
        row.withdrawn_at = now
    row.save(update_fields=["withdrawn_by", "withdrawn_at", "ends_at"])
    roster.changed_at = now
    roster.save(update_fields=["changed_at"])
    told = {row.staff_id} | _people_between(roster, max(row.starts_at, now), until, now)
    _tell(by, row, told, now, until=until, taken_back=True)
    return row


def _people_between(roster: Roster, start: datetime, end: datetime, now: datetime) -> set[UUID]:
    if start >= end:
        return set()
    core = convert.rosters([roster], since=start, now=now)[roster.id]
    found = rotation.shifts(core, convert.micros(start), convert.micros(end))
    return {UUID(one.person) for one in found if one.person is not None}


def _tell(
    by: Viewer, row: Swap, people: set[UUID], now: datetime, *, until: datetime, taken_back: bool
) -> None:
    notices.notify(
        vendor_id=by.vendor_id,
        kind=notices.Kind.ON_CALL_SWAPPED,
        now=now,
        staff=sorted(one for one in people if one != by.staff_id),
        data={
            "roster": row.roster_id,
            "contact": row.staff_id,
            "from": row.starts_at.isoformat(),
            "until": until.isoformat(),
            "taken-back": taken_back,
        },
    )
