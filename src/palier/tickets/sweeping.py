"""What time alone brings: breaches and warnings, reminders and closing of silent requests, contracts that begin.

An indexed hint (`next_check_at`) finds the tickets that may be due, across vendors; each is then locked, folded again
from its events, and only what is truly so is written, dated at its true instant. Any number of workers may run, and die:
a ticket somebody else holds is skipped, what is written is written once, and what was not is found again.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import cast
from uuid import UUID

from django.db import connection, transaction

from palier.contracts import holidays
from palier.contracts import queries as contracts
from palier.core.clock import Clock, EventKind
from palier.people import access, reading, tenancy
from palier.people.models import Organisation, Vendor
from palier.people.queries import Place
from palier.tickets import (
    catching_up,
    claims,
    clockwork,
    deciding,
    escalating,
    holding,
    holding_notices,
    patience,
    presses,
)
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Status, Ticket

BATCH = 100
"""Tickets of one vendor in one transaction: short, so that a worker can be stopped at any time."""
MOST = 4000
"""So many of a vendor's tickets are looked up at once: enough that two workers find different customers in them."""
UNCOUNTABLE = catching_up.UNCOUNTABLE


def sweep(*, now: datetime, most: int = MOST) -> int:
    """Attend to every ticket that is due by `now`, whatever its vendor; returns how many were.

    Raises ExceptionGroup after the rest was done, when some tickets could not be folded.
    """
    attended = 0
    failures: list[Exception] = []
    seen: set[UUID] = set()
    while True:
        # Those that cannot be folded stay due, and must not fill the list for ever.
        found = [(vendor_id, id_) for vendor_id, id_ in due(now, most + len(failures)) if id_ not in seen]
        before = len(seen)
        for vendor_id, ids in _by_vendor(found):
            for batch in _batches(vendor_id, ids):
                with tenancy.vendor(vendor_id):
                    reached, failed = attend_batch(vendor_id, batch, now)
                seen.update(reached)
                attended += len(reached) - len(failed)
                failures += failed
        if len(seen) == before:  # nothing is due, or another worker has what is
            break
    if failures:
        raise ExceptionGroup("tickets whose clocks cannot be folded", failures)
    return attended


def due(now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(vendor_id, ticket_id) of tickets whose hint has come, of all vendors: the one look across the walls."""
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from tickets_due(%s, %s)", [now, most])
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


def shared_now() -> datetime:
    """The instant by the one clock that all workers share, the database's: the machine of a worker may be minutes off."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        ((now,),) = cursor.fetchall()
    return cast("datetime", now)


def _by_vendor(found: Iterable[tuple[UUID, UUID]]) -> Iterator[tuple[UUID, list[UUID]]]:
    by_vendor: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for vendor_id, id_ in found:
        by_vendor[vendor_id].append(id_)
    return iter(by_vendor.items())


def _batches(vendor_id: UUID, ids: list[UUID]) -> Iterator[list[UUID]]:
    """The tickets of a customer side by side, since it is the customer that is locked; the batches in no order.

    Workers that take the same tickets in the same order would find them locked, one batch after the other.
    """
    with tenancy.vendor(vendor_id):
        customers = dict(
            Ticket.objects.filter(vendor_id=vendor_id, id__in=ids).values_list("id", "organisation_id")
        )
    remaining = iter(_side_by_side(ids, customers))
    batches = []
    while batch := list(islice(remaining, BATCH)):
        batches.append(batch)
    random.shuffle(batches)
    yield from batches


def _side_by_side(ids: list[UUID], customers: Mapping[UUID, UUID]) -> list[UUID]:
    """By customer, and those of a customer in the order in which they fell due."""
    known = [id_ for id_ in ids if id_ in customers]
    return sorted(known, key=lambda id_: customers[id_].bytes)


def attend_batch(vendor_id: UUID, ids: list[UUID], now: datetime) -> tuple[list[UUID], list[Exception]]:
    """Attend to those of these tickets that nobody else holds and that are still due, in the open transaction.

    Returns those reached, also the ones that could not be folded, and the failures of these.
    """
    mine = Ticket.objects.filter(vendor_id=vendor_id, id__in=ids)
    customers = Organisation.objects.filter(
        vendor_id=vendor_id, id__in=set(mine.values_list("organisation_id", flat=True))
    )
    # Customers first, as every action does, and never waiting for one: no two workers can wait for each other.
    free = customers.select_for_update(skip_locked=True, no_key=True).order_by("id")
    tickets = _locked(vendor_id, ids, [one.id for one in free], now)
    caught = catching_up.catch_up(vendor_id, tickets, now=now)
    failures = list(caught.failures)
    for ticket in caught.rest:
        try:
            with transaction.atomic():
                attend(ticket, now=now)
        except UNCOUNTABLE as error:
            error.add_note(f"ticket {ticket.id}")
            failures.append(error)
    return [ticket.id for ticket in tickets], failures


_LOCKED = """
from tickets_ticket join people_organisation customer
    on customer.vendor_id = tickets_ticket.vendor_id and customer.id = tickets_ticket.organisation_id
where tickets_ticket.vendor_id = %s and tickets_ticket.id = any(%s) and tickets_ticket.organisation_id = any(%s)
    and tickets_ticket.next_check_at <= %s
order by tickets_ticket.id for no key update of tickets_ticket skip locked
"""


def _locked(vendor_id: UUID, ids: list[UUID], customers: list[UUID], now: datetime) -> list[Ticket]:
    """Those of these tickets of these customers that are still due and that nobody else holds, locked."""
    found: list[Ticket] = []
    aliases = (("tickets_ticket", Ticket), ("customer", Organisation))
    for ticket, organisation in reading.joined(aliases, _LOCKED, [vendor_id, ids, customers, now]):
        ticket.organisation = organisation
        found.append(ticket)
    return found


def attend(ticket: Ticket, *, now: datetime) -> None:
    """Bring a locked ticket up to `now`: what began or ended by date, what the clock brought, what silence brings."""
    machine = access.Viewer.machine(ticket.vendor_id)
    if ticket.status == Status.HELD:
        for at in _turns(ticket, now):
            holding.decide_again(ticket, by=machine, at=at, now=now, only_if_otherwise=True)
    settled = _settle(ticket, machine, now)
    clock = clockwork.refold(ticket, now=now)
    if _take_steps(ticket, clock, machine, now) or settled:
        clock = clockwork.refold(ticket, now=now)
        claims.end(ticket, by=machine, now=now)
    if escalating.escalate(ticket, clock, clockwork.events_of(ticket), now=now):
        clockwork.refold(ticket, now=now)


def _turns(ticket: Ticket, now: datetime) -> list[datetime]:
    """The instants since the last verdict at which a contract of the customer turned, or a solution was handed over."""
    since = holding.latest_verdict(ticket).decided_at
    standing = contracts.contracts_of(ticket.vendor_id, ticket.organisation_id)
    instants = {at for one in standing for at in one.turns} | set(patience.hand_overs(standing, since))
    return sorted(at for at in instants if since < at <= now)


def _settle(ticket: Ticket, machine: access.Viewer, now: datetime) -> bool:
    """Write down that a resolving answer can no longer be taken back; whether one just became so."""
    found = presses.unsettled(clockwork.events_of(ticket))
    if found is None or now < found.recorded_at + presses.SEND_DELAY:
        return False
    settled = Happening(kind=DeskKind.SETTLED, data={"press": presses.press_of(found)})
    append(ticket, settled, by=machine, at=now, now=now)
    return True


def _take_steps(ticket: Ticket, clock: Clock, machine: access.Viewer, now: datetime) -> bool:
    programme = contracts.programme(ticket.revision_id)
    rows = presses.standing(clockwork.events_of(ticket))
    taken = False
    for step in patience.steps(ticket, clock, rows, programme):
        if step.at > now:
            break
        taken = True
        if step.day is not None:
            data: dict[str, object] = {"about": step.about, "day": step.day}
            append(ticket, Happening(kind=DeskKind.REMINDED, data=data), by=machine, at=step.at, now=now)
            holding_notices.remind(ticket, about=step.about, day=step.day, now=now)
            continue
        reason = "not-freed" if step.about == patience.UNFREED else step.about
        closed = Happening(kind=EventKind.CLOSED, data={"reason": reason})
        append(ticket, closed, by=machine, at=step.at, now=now)
    return taken


# --- holidays ---------------------------------------------------------------------------------------


def extend_holidays(*, now: datetime) -> int:
    """Freeze holidays further ahead for every vendor, and move the clocks that count by them; returns how many moved.

    Used time stays used; later due times move. Run again it finds what it did not reach.
    """
    moved = 0
    for vendor_id in list(Vendor.objects.values_list("id", flat=True)):
        with tenancy.vendor(vendor_id):
            holidays.extend(vendor_id, now)
            customers = list(
                Ticket.objects.filter(vendor_id=vendor_id, is_open=True)
                .values_list("organisation_id", flat=True)
                .distinct()
            )
        for organisation_id in customers:
            with tenancy.vendor(vendor_id):
                moved += _move_calendars(vendor_id, organisation_id, now)
    return moved


def _move_calendars(vendor_id: UUID, organisation_id: UUID, now: datetime) -> int:
    Organisation.objects.select_for_update(no_key=True).get(vendor_id=vendor_id, id=organisation_id)
    tickets = (
        Ticket.objects.filter(vendor_id=vendor_id, organisation_id=organisation_id, is_open=True)
        .select_related("organisation")
        .select_for_update(no_key=True, of=("self",))
        .order_by("id")
    )
    machine = access.Viewer.machine(vendor_id)
    moved = 0
    for ticket in tickets:
        programme = contracts.programme(ticket.revision_id)
        place = Place(zone=ticket.zone, holidays=ticket.holidays)
        words = deciding.where(vendor_id, programme, place, now)[deciding.CALENDAR_VERSION]
        clock = clockwork.fold(ticket, clockwork.events_of(ticket), now)
        if clock.facts.get(deciding.CALENDAR_VERSION, ()) == words:
            continue
        plain = list(words) if isinstance(words, tuple) else words
        changed = Happening(kind=EventKind.FACTS_CHANGED, data={"facts": {deciding.CALENDAR_VERSION: plain}})
        append(ticket, changed, by=machine, at=now, now=now)
        clockwork.refold(ticket, now=now)
        moved += 1
    return moved
