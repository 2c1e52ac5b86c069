"""Many processes press the same button at one instant on real PostgreSQL: one does it, the others are told so."""

from __future__ import annotations

from collections import Counter

import pytest
from tests import racing
from tests.mail.test_links import LATER, THURSDAY, estimated, made
from tests.tickets import moneyed

from palier.mail.links import Purpose
from palier.mail.models import ActionLink
from palier.people import tenancy
from palier.people.models import Vendor
from palier.tickets import convert, opening
from palier.tickets.models import Choice, Consent, Event

PRESSES = 8
PRESSER = """
import sys
from uuid import UUID
from palier.mail import links
from palier.people import tenancy
from palier.tickets import convert
vendor, now, token, deed = UUID(sys.argv[1]), convert.instant(int(sys.argv[2])), sys.argv[3], sys.argv[4]
with tenancy.vendor(vendor):
    links.look(token, now)
ready()
try:
    with tenancy.vendor(vendor):
        links.act(token, deed=links.Deed(deed), now=now, said=links.Said(words="Non."))
    print("did", flush=True)
except links.Gone as gone:
    print(gone.reason, flush=True)
"""


def pressed(vendor: Vendor, *tokens_and_deeds: tuple[str, str]) -> Counter[str]:
    shared = [str(vendor.id), str(convert.micros(LATER))]
    return Counter(racing.together(PRESSER, [[*shared, *each] for each in tokens_and_deeds]))


@pytest.mark.django_db(transaction=True)
def test_of_many_presses_exactly_one_agrees(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = moneyed.solidxperts(vendor.id, seats=8, authorise=True)
        token = made(world, estimated(world))
    said = pressed(vendor, *[(token, "agree"), (token, "decline")] * (PRESSES // 2))
    assert said == {"did": 1, "used": PRESSES - 1}
    with tenancy.vendor(vendor.id):
        consent, link = Consent.objects.get(), ActionLink.objects.get()
        assert link.deed == ("agree" if consent.agreed else "decline")
        assert Event.objects.filter(kind__in=["agreed", "disagreed"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_and_two_ways_one_is_chosen(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = moneyed.solidxperts(vendor.id, seats=8, authorise=True)
        ticket = opening.open_ticket(by=world.customer, draft=moneyed.asked("how-to"), now=THURSDAY)
        ways = [made(world, ticket, Purpose.CHOOSE, way=way) for way in ("grace-call", "incident")]
    said = pressed(vendor, *[(way, "choose") for way in ways] * (PRESSES // 2))
    assert said["did"] == 1
    assert set(said) <= {"did", "used", "answered", "replaced", "ended"}
    with tenancy.vendor(vendor.id):
        assert Choice.objects.count() == 1
        assert ActionLink.objects.exclude(used_at=None).count() == 1
