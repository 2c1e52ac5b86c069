"""Workers that race, and workers that are killed: each escalation once, with all that it does, or not yet."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from palier.people import notices, tenancy
from palier.people.models import Notice, Vendor
from palier.tickets import convert, opening, sweeping, verify
from palier.tickets.models import Event

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")
LATE = at("2026-07-10 11:30")
KILLER = """
import os, random, signal, sys, time, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
from palier.tickets import convert, sweeping
sweeping.BATCH = 3
now, kills, dice = convert.instant(int(sys.argv[1])), int(sys.argv[2]), random.Random(int(sys.argv[3]))

def start():
    child = os.fork()
    if child == 0:
        try:
            while True:
                sweeping.sweep(now=now, most=6)
        finally:
            os._exit(1)
    return child

running = [start(), start()]
for _ in range(kills):
    # Killed somewhere within its first transactions: that is what is under test, not the clock.
    time.sleep(dice.uniform(0, 0.12))
    victim = running.pop(dice.randrange(2))
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    running.append(start())
for child in running:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.fixture
def world(vendor: Vendor) -> World:
    with tenancy.vendor(vendor.id):
        return personas.northern(vendor.id)


def opened(world: World, count: int) -> None:
    with tenancy.vendor(world.vendor_id):
        for _ in range(count):
            opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)


def kill(kills: int, *, seed: int) -> None:
    """Two workers, of which one after the other is killed with -9 at random and another begun."""
    command = [sys.executable, "-c", KILLER, str(convert.micros(LATE)), str(kills), str(seed)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, env=environment, check=True)


def check_once(world: World, tickets: int) -> None:
    with tenancy.vendor(world.vendor_id):
        rows = Event.objects.filter(kind="escalated").values_list("data__rule", "at")
        counted = Counter(rows)
        told = Notice.objects.filter(staff=world.manager, kind=notices.Kind.ESCALATED)
        about = Counter(told.values_list("data__ticket", flat=True))
        breached = Event.objects.filter(kind="breached").count()
    assert counted == {
        ("X1", at("2026-07-10 09:00")): tickets,
        ("X2", at("2026-07-10 11:00")): tickets,
    }
    assert (len(about), set(about.values()), breached) == (tickets, {1}, tickets)
    assert verify.verify(vendor_id=world.vendor_id, now=LATE).mismatches == ()


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_race_take_each_step_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(world, 12)
    monkeypatch.setattr(sweeping, "BATCH", 3)
    together = threading.Barrier(2)

    def work() -> None:
        try:
            together.wait()
            sweeping.sweep(now=LATE)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(work), pool.submit(work)]:
            one.result()
    sweeping.sweep(now=LATE)
    check_once(world, 12)


@pytest.mark.django_db(transaction=True)
def test_workers_killed_twenty_times_lose_and_double_nothing(world: World) -> None:
    opened(world, 60)
    kill(20, seed=5)
    sweeping.sweep(now=LATE)
    check_once(world, 60)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_workers_killed_two_hundred_times_lose_and_double_nothing(world: World) -> None:
    opened(world, 600)
    kill(200, seed=6)
    sweeping.sweep(now=LATE)
    check_once(world, 600)
