"""Many processes that want the last unit, and many workers that settle and sign one night, on the real database."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests import racing

from palier.ledger import queries, verify
from palier.ledger.instants import micros
from palier.ledger.models import Checkpoint, Posting
from palier.people import tenancy
from palier.people.models import Vendor

from . import world
from .world import JUNE

PREAMBLE = """
import sys, threading
from uuid import UUID
from django.db import connection
from uuid_utils.compat import uuid7
from palier.contracts import queries as contracts
from palier.ledger import nightly, posting
from palier.ledger.instants import instant
from palier.people import tenancy
from palier.people.actions import lock_customer
vendor, contract, now = UUID(sys.argv[1]), UUID(sys.argv[2]), instant(int(sys.argv[3]))
ready()
"""
TAKER = (
    PREAMBLE
    + """
outcomes = []
def take(polite):
    try:
        with tenancy.vendor(vendor):
            found = contracts.contract_by_id(vendor, contract)
            if polite:
                lock_customer(vendor_id=vendor, organisation_id=found.organisation_id)
            owner = posting.owner_for(contracts.programme(found.revision_id), "grace-calls", found, found.organisation_id)
            posting.reserve(owner=owner, allowance="grace-calls", quantity=1, reservation=uuid7(),
                            cause={"why": "choice"}, at=now, now=now)
        outcomes.append("has it")
    except posting.NothingLeft as error:
        outcomes.append(f"{error.left} left")
    finally:
        connection.close()
threads = [threading.Thread(target=take, args=[turn % 2 == 0]) for turn in range(int(sys.argv[4]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("\\n".join(outcomes), flush=True)
"""
)
NIGHT = PREAMBLE + "nightly.run(vendor_id=vendor, now=now)\n"


def left(customer: world.Customer) -> int:
    with tenancy.vendor(customer.vendor_id):
        found = queries.balances(
            vendor_id=customer.vendor_id,
            programme=customer.programme,
            contract=customer.standings,
            organisation_id=customer.organisation.id,
            at=JUNE,
        )
        return found["grace-calls"].left


@pytest.fixture
def customer(vendor: Vendor) -> world.Customer:
    with tenancy.vendor(vendor.id):
        return world.customer(vendor.id, seats=1)


def arguments(customer: world.Customer) -> tuple[str, str, str]:
    return str(customer.vendor_id), str(customer.contract.id), str(micros(JUNE))


# Eight processes of eight takers each; every other taker forgets the customer's lock, and is no luckier.
@pytest.mark.django_db(transaction=True)
def test_of_64_takers_of_one_call_exactly_one_has_it(customer: world.Customer) -> None:
    said = racing.together(TAKER, [[*arguments(customer), "8"]] * 8)
    assert Counter(said) == {"has it": 1, "0 left": 63}
    assert left(customer) == 0
    with tenancy.vendor(customer.vendor_id):
        assert Posting.objects.filter(kind="reserve").count() == 1
    assert verify.verify(vendor_id=customer.vendor_id).faults == ()


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_64_processes(customer: world.Customer) -> None:
    said = racing.together(TAKER, [[*arguments(customer), "1"]] * 64)
    assert Counter(said) == {"has it": 1, "0 left": 63}


@pytest.mark.django_db(transaction=True)
def test_workers_that_share_a_night_write_it_once(customer: world.Customer, vendor: Vendor) -> None:
    after = JUNE + timedelta(days=365)
    with tenancy.vendor(vendor.id):
        world.customer(vendor.id, number="S-2", seats=20)
    vendor_id, contract, _ = arguments(customer)
    racing.together(NIGHT, [[vendor_id, contract, str(micros(after))]] * 3)
    with tenancy.vendor(vendor.id):
        assert Counter(Posting.objects.values_list("kind", "account__allowance")) == {
            ("grant", "grace-calls"): 2,
            ("grant", "devices"): 2,
            ("expire", "grace-calls"): 2,
        }
        assert Checkpoint.objects.count() == 1
    found = verify.verify(vendor_id=vendor.id)
    assert (found.faults, found.unprotected) == ((), 0)


@pytest.mark.django_db(transaction=True)
def test_the_nightly_job_runs_each_vendor(customer: world.Customer) -> None:
    from palier.ledger import jobs

    assert jobs.night(timestamp=0) == 1
    # Waiting already, it is not queued again.
    assert jobs.night(timestamp=0) == 0
    queued = ProcrastinateJob.objects.filter(task_name="ledger.vendor_night")
    assert [one.args for one in queued] == [{"vendor_id": str(customer.vendor_id)}]
    jobs.vendor_night(vendor_id=str(customer.vendor_id))
    with tenancy.vendor(customer.vendor_id):
        assert Checkpoint.objects.count() == 1


def test_a_stranger_s_reservation_is_none_of_this_vendor(within: UUID) -> None:
    from palier.ledger import posting

    with pytest.raises(tenancy.WrongVendor):
        posting.consume(vendor_id=UUID(int=1), reservation=UUID(int=2), cause={}, at=JUNE, now=JUNE)
