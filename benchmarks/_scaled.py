"""Vendors with very many tickets, made as `palier demo --scale` makes them; one of each size a process.

The size of the large one is PALIER_BENCH_TICKETS, a million without. One ticket in ten is open; all have their messages,
events, verdict, promises, tags and words.
"""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks import _service

SMALL = 1_000
LARGE = int(os.environ.get("PALIER_BENCH_TICKETS", "1000000"))
MODELS = 150
"""Tickets opened by the action, of which the others are made."""
_EFFECTS = ("loss-of-service", "lasting-major", "intermittent-major", "lasting-minor", "intermittent-minor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A vendor with its tickets. `rate`: so many were made a second, all told. `worked`: the number of one with answers."""

    desk: _service.Desk
    size: int
    rate: float
    worked: int


@functools.cache
def filled(size: int) -> Filled:
    """A vendor with `size` tickets; made when first asked for."""
    desk = _service.desk(f"scaled-{size}")
    from palier.demo import scale
    from palier.people import tenancy

    now = datetime.now(UTC)
    with tenancy.vendor(desk.vendor_id):
        numbers = [_open(desk, turn, now) for turn in range(min(MODELS, size // 4))]
    count = size - len(numbers)
    begun = time.perf_counter()
    scale.multiply(
        owner_url=os.environ["DATABASE_OWNER_URL"],
        vendor_id=desk.vendor_id,
        count=count,
        now=datetime.now(UTC),
        progress=lambda *_: None,
    )
    rate = count / (time.perf_counter() - begun)
    return Filled(desk=desk, size=size, rate=rate, worked=_worked(desk))


def _open(desk: _service.Desk, turn: int, now: datetime) -> int:
    """A ticket by the actions: one in two is closed by its customer, one in four has a note, one in two an answer."""
    from palier.people.models import Staff
    from palier.tickets import answering, opening, reopening, steering
    from palier.tickets.drafts import Draft

    customer = desk.contacts[turn % len(desk.contacts)]
    ticket = opening.open_ticket(
        by=customer,
        draft=Draft(
            kind="defect",
            subject=f"The archive does not open ({turn})",
            body="Since this morning nobody can open the archive.",
            environment="production",
            effect=_EFFECTS[turn % len(_EFFECTS)],
            fields={"applications": "a database", "access": "call me"} if turn % 7 else {},
            language="fr" if turn % 3 else "en",
        ),
        now=now,
    )
    # In step with neither the customers nor the effects.
    deed = turn // len(desk.contacts) + turn
    if deed % 4 == 0:
        answering.add_note(by=desk.agent, ticket=ticket, body="Seen before.", now=now)
    if deed % 2:
        agent = Staff.objects.get(id=desk.agent.staff_id or ticket.id)
        steering.assign(by=desk.agent, ticket=ticket, assignee=agent, now=now)
        for word in ("We are on it.", "Nearly there."):
            answering.reply(by=desk.agent, ticket=ticket, body=word, now=now)
    if turn % 2:
        reopening.close(by=customer, ticket=ticket, now=now)
    return ticket.number


def _worked(desk: _service.Desk) -> int:
    """The newest open ticket that somebody works on."""
    from palier.people import tenancy
    from palier.tickets.models import Ticket

    with tenancy.vendor(desk.vendor_id):
        worked = Ticket.objects.filter(vendor_id=desk.vendor_id, is_open=True).exclude(assignee=None)
        return worked.order_by("-number").values_list("number", flat=True)[0]
