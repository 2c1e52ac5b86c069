"""Several processes at once: numbers without gaps, breaches once, and nothing lost when workers are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from palier.contracts import actions as contracts
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Vendor
from palier.tickets import convert, opening, sweeping, verify
from palier.tickets.models import Event, Numbering, Ticket

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")
LATE = at("2026-07-14 12:00")
WORKER = """
import sys, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
from palier.tickets import convert, sweeping
sweeping.BATCH = 2
print("ready", flush=True)
while True:
    sweeping.sweep(now=convert.instant(int(sys.argv[1])), most=6)
"""


@pytest.fixture
def world(vendor: Vendor) -> World:
    with tenancy.vendor(vendor.id):
        return personas.northern(vendor.id)


def in_threads(count: int, act: Callable[[], None]) -> list[BaseException]:
    """Run `act` in so many threads at once; what they raised."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(run) for _ in range(count)]
    return [failure for future in futures if (failure := future.exception()) is not None]


def open_and_give_up(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
        raise RuntimeError("changed my mind")


@pytest.mark.django_db(transaction=True)
def test_racing_openers_get_distinct_numbers_without_gaps(vendor: Vendor, world: World) -> None:
    with tenancy.vendor(vendor.id):
        guest = personas.add_contact(
            world.machine, personas.add_customer(world.machine, name="Berge"), "berthe"
        )
        viewers = [world.customer, Viewer.customer(guest)]

    def open_some() -> None:
        for turn in range(4):
            with tenancy.vendor(vendor.id):
                opening.open_ticket(by=viewers[turn % 2], draft=personas.failure(), now=THURSDAY)

    assert in_threads(4, open_some) == []
    assert [str(one) for one in in_threads(2, lambda: open_and_give_up(world))] == ["changed my mind"] * 2
    assert in_threads(2, open_some) == []
    with tenancy.vendor(vendor.id):
        numbers = sorted(Ticket.objects.values_list("number", flat=True))
        assert numbers == list(range(1001, 1001 + 24))
        assert Numbering.objects.get().next == 1025


@pytest.mark.django_db(transaction=True)
def test_a_payment_racing_with_opening_leaves_nothing_held(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.horizant(vendor.id, paid=False)
        viewer = world.customer

    def open_one() -> None:
        with tenancy.vendor(vendor.id):
            opening.open_ticket(by=viewer, draft=personas.deviation(), now=THURSDAY)

    def pay() -> None:
        with tenancy.vendor(vendor.id):
            contracts.mark_paid(by=world.machine, contract=world.contract, now=THURSDAY)

    acts = [open_one, open_one, pay, open_one, open_one]
    turn = iter(acts)
    lock = threading.Lock()

    def next_act() -> None:
        with lock:
            act = next(turn)
        act()

    assert in_threads(len(acts), next_act) == []
    with tenancy.vendor(vendor.id):
        assert list(Ticket.objects.filter(status="held")) == []
        assert Ticket.objects.count() == 4


def opened(world: World, count: int) -> None:
    with tenancy.vendor(world.vendor_id):
        for _ in range(count):
            opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)


def kill_at_random(now: datetime, *, workers: int, kills: int, seed: int) -> None:
    """Run that many workers, and kill one after the other with -9 at random, starting another each time."""
    dice = random.Random(seed)
    command = [sys.executable, "-c", WORKER, str(convert.micros(now))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    running = [start() for _ in range(workers)]
    try:
        for _ in range(kills):
            victim = running.pop(dice.randrange(len(running)))
            assert victim.stdout is not None
            assert victim.stdout.readline() == "ready\n"
            # Killed somewhere within its first transactions: that is what is under test, not the clock.
            time.sleep(dice.uniform(0, 0.15))
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
            running.append(start())
    finally:
        for process in running:
            process.kill()
            process.wait()


def check_once(world: World, tickets: int) -> None:
    with tenancy.vendor(world.vendor_id):
        counted = Counter(Event.objects.filter(kind__in=["warned", "breached"]).values_list("kind", "at"))
    assert counted == {
        ("warned", at("2026-07-10 09:00")): tickets,
        ("breached", at("2026-07-10 11:00")): tickets,
    }
    assert verify.verify(vendor_id=world.vendor_id, now=LATE).mismatches == ()


@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_random_record_each_breach_exactly_once(world: World) -> None:
    opened(world, 12)
    kill_at_random(LATE, workers=2, kills=3, seed=7)
    sweeping.sweep(now=LATE)
    check_once(world, 12)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_many_workers_killed_many_times(world: World) -> None:
    opened(world, 400)
    kill_at_random(LATE, workers=4, kills=60, seed=11)
    sweeping.sweep(now=LATE)
    check_once(world, 400)
