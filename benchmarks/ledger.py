"""The ledger on a real PostgreSQL: units reserved and used, the balance of a long account, and its verification.

Every act is what the service does: a transaction of the vendor, the customer's lock, the account's lock, row-level security.
"""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from benchmarks import Row, _service, at_least, at_most, reported

if TYPE_CHECKING:
    from palier.contracts.queries import Standings
    from palier.core.ledger import Move
    from palier.core.programme import Programme
    from palier.ledger.accounts import Books, Owner

CONTRACTS = 32
CYCLES = 300
"""Cycles of one process on distinct contracts; a cycle reserves in one transaction and uses in another."""
PROCESSES = 2
WRITERS, TURNS = 16, 20
POSTINGS = 100_000
AT_ONCE = 2_000
ROUNDS = 3
PLENTY = 10_000_000
ALLOWANCE = "grace-calls"
BOUGHT = "order:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A vendor and its contracts, each with plenty of an allowance."""

    vendor_id: UUID
    programme: Programme
    contracts: tuple[Standings, ...]

    def owner(self, contract: Standings) -> Owner:
        from palier.ledger import posting

        return posting.owner_for(self.programme, ALLOWANCE, contract, contract.organisation_id)


def run() -> list[Row]:
    """Cycles a second on distinct contracts and on one, ms for a balance, postings verified a second."""
    place = _place()
    _cycles(place, place.contracts, 10)
    alone = max(CYCLES / _seconds(lambda: _cycles(place, place.contracts, CYCLES)) for _ in range(ROUNDS))
    together = max(
        PROCESSES * CYCLES / _seconds(lambda: _in_processes(place, PROCESSES, CYCLES, shared=False))
        for _ in range(ROUNDS)
    )
    racing = max(
        WRITERS * TURNS / _seconds(lambda: _in_processes(place, WRITERS, TURNS, shared=True))
        for _ in range(ROUNDS)
    )
    _lengthen(place)
    balance = min(_seconds(lambda: _balance(place)) for _ in range(20)) * 1000
    _balances(place)
    balances = min(_seconds(lambda: _balances(place)) for _ in range(20)) * 1000
    verified = max(_verified(place) for _ in range(ROUNDS))
    return [
        at_least("reserved and used on distinct contracts, two processes", together, "1/s", 300),
        reported("reserved and used on distinct contracts, one process", alone, "1/s"),
        at_least("reserved and used on one contract, 16 writers", racing, "1/s", 60),
        at_most(f"balance of an account with {POSTINGS:,} postings", balance, "ms", 5),
        at_most("all balances of its contract, for a decision", balances, "ms", 5),
        at_least("postings verified", verified, "1/s", 50_000),
    ]


def _place() -> Place:
    _service.start()
    from palier.contracts import actions as contracts
    from palier.contracts import queries
    from palier.ledger import posting
    from palier.people import actions, tenancy
    from palier.people.access import Viewer
    from palier.programme import library

    vendor = actions.add_vendor(
        slug="ledger",
        name="Ledger",
        prefix="LED",
        zone="Europe/Paris",
        address="https://ledger.example/",
        now=_service.NOW,
        staff_need_second_factor=False,
    )
    machine = Viewer.machine(vendor.id)
    made: list[Standings] = []
    with tenancy.vendor(vendor.id):
        source = library.reference_programmes()["solidxperts"].read_text()
        revision = contracts.publish_revision(by=machine, source=source, now=_service.NOW)
        programme = queries.programme_of(revision)
        for number in range(CONTRACTS):
            organisation = actions.add_organisation(
                by=machine, name=f"Customer {number}", zone="America/Toronto", country="CA", now=_service.NOW
            )
            contract = contracts.draw_up(
                by=machine,
                organisation=organisation,
                revision=revision,
                plan="standard",
                number=f"S-{number}",
                activation_on=date(2026, 1, 1),
                now=_service.NOW,
                seats=16,
                paid_at=_service.NOW,
            )
            made.append(queries.contract_by_id(vendor.id, contract.id))
        place = Place(vendor_id=vendor.id, programme=programme, contracts=tuple(made))
        for one in place.contracts:
            posting.grant(
                owner=place.owner(one),
                allowance=ALLOWANCE,
                quantity=PLENTY,
                lot_key=BOUGHT,
                opens_at=_service.NOW - timedelta(days=1),
                expires_at=_service.NOW + timedelta(days=365),
                origin="purchase",
                cause={"why": "purchase"},
                at=_service.NOW,
                now=_service.NOW,
            )
    return place


def _cycles(place: Place, contracts: tuple[Standings, ...], times: int) -> None:
    from uuid_utils.compat import uuid7

    from palier.ledger import posting
    from palier.people import tenancy
    from palier.people.actions import lock_customer

    now = _service.NOW
    for contract in itertools.islice(itertools.cycle(contracts), times):
        reservation = uuid7()
        with tenancy.vendor(place.vendor_id):
            lock_customer(vendor_id=place.vendor_id, organisation_id=contract.organisation_id)
            posting.reserve(
                owner=place.owner(contract),
                allowance=ALLOWANCE,
                quantity=1,
                reservation=reservation,
                cause={"why": "choice", "clause": "B6"},
                at=now,
                now=now,
            )
        with tenancy.vendor(place.vendor_id):
            lock_customer(vendor_id=place.vendor_id, organisation_id=contract.organisation_id)
            posting.consume(
                vendor_id=place.vendor_id, reservation=reservation, cause={"why": "resolved"}, at=now, now=now
            )


def _in_processes(place: Place, processes: int, times: int, *, shared: bool) -> None:
    from django.db import connections

    connections.close_all()  # a connection belongs to one process
    context = multiprocessing.get_context("fork")
    running = [
        context.Process(
            target=_cycles,
            args=(place, place.contracts[:1] if shared else place.contracts[turn::processes], times),
        )
        for turn in range(processes)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        raise RuntimeError("a writer failed: see above")


def _lengthen(place: Place) -> None:
    """Make the last contract's account as long as asked, the way the writer does, many moves at a time."""
    from palier.ledger import accounts, writing
    from palier.people import tenancy

    owner = place.owner(place.contracts[-1])
    written = 0
    while written < POSTINGS:
        with tenancy.vendor(place.vendor_id):
            books = accounts.locked(owner, ALLOWANCE, since=_service.NOW)
            writing.write(books, tuple(_uses(books)), now=_service.NOW)
        written += AT_ONCE


def _uses(books: Books) -> Iterator[Move]:
    from uuid_utils.compat import uuid7

    from palier.core import ledger
    from palier.ledger.instants import micros

    plenty = ledger.State(lots={BOUGHT: books.state.lots[BOUGHT]}, reservations={})
    for _ in range(AT_ONCE // 2):
        yield from ledger.spend(
            plenty, quantity=1, at=micros(_service.NOW), reservation=str(uuid7()), cause={"why": "time"}
        )


def _balance(place: Place) -> None:
    from palier.ledger import queries
    from palier.people import tenancy

    owner = place.owner(place.contracts[-1])
    with tenancy.vendor(place.vendor_id):
        queries.balance(vendor_id=place.vendor_id, owner=owner, allowance=ALLOWANCE, at=_service.NOW)


def _balances(place: Place) -> None:
    from palier.ledger import queries
    from palier.people import tenancy

    contract = place.contracts[-1]
    with tenancy.vendor(place.vendor_id):
        queries.balances(
            vendor_id=place.vendor_id,
            programme=place.programme,
            contract=contract,
            organisation_id=contract.organisation_id,
            at=_service.NOW,
        )


def _verified(place: Place) -> float:
    from palier.ledger import verify

    begun = time.perf_counter()
    found = verify.verify(vendor_id=place.vendor_id)
    seconds = time.perf_counter() - begun
    if found.faults:
        raise RuntimeError(f"the ledger is wrong: {found.faults[0]}")
    return found.postings / seconds


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
