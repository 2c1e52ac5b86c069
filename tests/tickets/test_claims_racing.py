"""Sixty-four processes reach for one grace call on real PostgreSQL: one has it, the others are told the next way."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from tests import racing

from palier.ledger.models import Posting
from palier.people import tenancy
from palier.people.models import Vendor
from palier.tickets import convert, opening
from palier.tickets.models import Choice, Claim, Ticket

from .moneyed import asked, left, solidxperts
from .personas import at

THURSDAY, LATER = at("2026-07-09 12:00"), at("2026-07-10 14:00")
TAKERS = 64
CHOOSER = """
import sys
from uuid import UUID
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Contact
from palier.tickets import choosing, convert
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
vendor, contact, now = UUID(sys.argv[1]), UUID(sys.argv[2]), convert.instant(int(sys.argv[3]))
with tenancy.vendor(vendor):
    by = Viewer.customer(Contact.objects.get(id=contact))
    mine = [Ticket.objects.get(id=UUID(one)) for one in sys.argv[4:]]
ready()
for ticket in mine:
    try:
        with tenancy.vendor(vendor):
            choosing.choose(by=by, ticket=ticket, way="grace-call", text="1 of 1", now=now)
        print("had it", flush=True)
    except CannotDo as refused:
        print(refused.code, "next" if "Pay for this incident" in refused.said["en"] else "?", flush=True)
"""


def race(vendor: Vendor, processes: int, now: datetime = LATER) -> Counter[str]:
    """So many processes, and sixty-four requests between them."""
    with tenancy.vendor(vendor.id):
        world = solidxperts(vendor.id)
        tickets = [
            opening.open_ticket(
                by=world.customer, draft=asked("how-to", subject=f"Une aide {n}"), now=THURSDAY
            )
            for n in range(TAKERS)
        ]
    shared = [str(vendor.id), str(world.contact.id), str(convert.micros(now))]
    each = [[*shared, *(str(t.id) for t in tickets[n::processes])] for n in range(processes)]
    told = Counter(racing.together(CHOOSER, each))
    with tenancy.vendor(vendor.id):
        assert Choice.objects.count() == Claim.objects.filter(state=Claim.HELD).count() == 1
        assert Posting.objects.filter(kind="reserve").count() == 1
        assert Ticket.objects.filter(wait="consent").count() == TAKERS - 1
        assert left(world, "grace-calls", now) == 0
    return told


@pytest.mark.django_db(transaction=True)
def test_of_sixty_four_takers_exactly_one_has_the_call(vendor: Vendor) -> None:
    assert race(vendor, 8) == {"had it": 1, "nothing-left next": TAKERS - 1}


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_of_sixty_four_processes_exactly_one_has_the_call(vendor: Vendor) -> None:
    assert race(vendor, TAKERS) == {"had it": 1, "nothing-left next": TAKERS - 1}
