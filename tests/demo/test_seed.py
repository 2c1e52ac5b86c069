"""The demonstration's five vendors in a database: what they hold, that it verifies, and that their pages open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from palier.contracts import queries, roles
from palier.contracts.models import Agreement, Cap, ContractAgreement, NamedRole, PlanRequest
from palier.demo import cast, seed, stories
from palier.demo.models import Demonstration
from palier.people import tenancy
from palier.people.access import WORKS_ON_TICKETS, Viewer
from palier.people.models import Contact, Staff, User, Vendor
from palier.tickets import verify
from palier.tickets.models import CommitmentRow, Message, Status, Ticket

DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
BASE = "http://127.0.0.1:8000/"
SLUGS = ("horizant", "infor", "northern", "proconcept", "solidxperts")


@pytest.fixture(scope="module", autouse=True)
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[stories.Vendor, ...]]:
    """The demonstration of a Thursday, told once for all tests of this file."""
    from django.test import TransactionTestCase

    told = stories.all_vendors()
    with django_db_blocker.unblock():
        seed.fill(
            told=told,
            passwords={vendor.slug: f"quite-long-{vendor.slug}" for vendor in told},
            base=BASE,
            day=DAY,
            now=NOW,
            progress=lambda *_: None,
        )
        yield told
        TransactionTestCase._fixture_teardown(object())  # type: ignore[attr-defined]


@pytest.fixture(params=SLUGS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """Each vendor in turn."""
    return Vendor.objects.get(slug=request.param)


def test_it_is_marked_as_finished() -> None:
    assert Demonstration.objects.get().finished_at == NOW
    assert all(Vendor.objects.values_list("demo", flat=True))


def test_stored_clocks_are_what_the_events_say(vendor: Vendor) -> None:
    found = verify.verify(vendor_id=vendor.id, now=NOW)
    assert found.tickets >= 8
    assert found.mismatches == ()


def test_every_vendor_has_something_of_everything(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        statuses = Counter(Ticket.objects.values_list("status", flat=True))
        assert statuses[Status.HELD] >= 1
        assert {Status.NEW, Status.OPEN} & set(statuses)
        assert statuses[Status.CLOSED] + statuses[Status.RESOLVED] >= 1
        assert {"cover", "hold"} <= set(Ticket.objects.values_list("outcome", flat=True))
        assert Message.objects.filter(from_vendor=True).exists()


def test_breaches_and_relief_are_among_them() -> None:
    breached = relieved = 0
    for one in Vendor.objects.all():
        with tenancy.vendor(one.id):
            breached += CommitmentRow.objects.exclude(breached_at=None).count()
            relieved += Ticket.objects.filter(events__kind="relieved").count()
    assert breached >= 5
    assert relieved >= 2


def test_the_worked_example_stands_there() -> None:
    """Submitted Thursday 14:00 in Paris, answered Friday 09:00: 4 h of 8 used; it was due Friday 13:00."""
    northern = Vendor.objects.get(slug="northern")
    with tenancy.vendor(northern.id):
        ticket = Ticket.objects.get(subject__startswith="La recherche par numéro")
        row = CommitmentRow.objects.get(ticket=ticket, commitment="first_response")
    assert row.met_at == datetime(2026, 11, 6, 8, tzinfo=UTC)
    assert row.due_at == datetime(2026, 11, 6, 12, tzinfo=UTC)


def test_those_who_sign_in_have_the_password(told: tuple[stories.Vendor, ...], vendor: Vendor) -> None:
    one = next(one for one in told if one.slug == vendor.slug)
    with tenancy.vendor(vendor.id):
        signing = cast.sign_ins(one)
        assert sorted(who.role for who in signing) == [
            "account-manager",
            "administrator",
            "agent",
            "contact",
            "finance",
            "manager",
        ]
        for who in signing:
            assert User.objects.get(email=who.email).check_password(f"quite-long-{vendor.slug}")


def test_contracts_have_what_can_be_tried(vendor: Vendor) -> None:
    """Every vendor has finance and account managers who sign in, texts in both languages, and people named on contracts."""
    with tenancy.vendor(vendor.id):
        assert {"finance", "account-manager"} <= {role for one in Staff.objects.all() for role in one.roles}
        assert set(Agreement.objects.values_list("language", flat=True)) == {"en", "fr"}
        viewer = Viewer.machine(vendor.id)
        found = [queries.contract_at(vendor.id, one.id, NOW) for one in queries.contracts(viewer)]
        managed = [roles.roles_of(one, NOW).get(NamedRole.ACCOUNT_MANAGER) for one in found]
        assert any(one is not None for one in managed)
        assert all(ContractAgreement.objects.filter(contract_id=one.id).exists() for one in found)


def test_the_demonstrations_contracts_stand_in_every_way() -> None:
    """Among the five: unpaid, future, suspended, ended, renewed, a rental, seats over time, a cap, a plan asked for."""
    standings, terms, events, caps, asked = set(), set(), set(), 0, 0
    for one in Vendor.objects.all():
        with tenancy.vendor(one.id):
            for row in queries.contracts(Viewer.machine(one.id)):
                there = queries.contract_at(one.id, row.id, NOW)
                standings.add(there.standing(NOW).value)
                terms.add((there.term, len(there.terms)))
                events |= set(queries.history(one.id, row.id).values_list("kind", flat=True))
            caps += Cap.objects.count()
            asked += PlanRequest.objects.filter(answered_at=None).count()
    assert standings == {"active", "unpaid", "future", "suspended", "ended"}
    assert {("year", 2), ("short-rental", 1)} <= terms
    assert {"renewed", "amended", "paid", "cap-set", "plan-asked", "stand-in-named", "suspended"} <= events
    assert (caps, asked) == (2, 1)


def test_the_desks_pages_open(vendor: Vendor, client: Any) -> None:
    with tenancy.vendor(vendor.id):
        agents = [
            one
            for one in Staff.objects.select_related("user")
            if one.user.has_usable_password() and set(one.roles) & WORKS_ON_TICKETS
        ]
        numbers = {
            one.id: list(Ticket.objects.visible_to(Viewer.staff(one)).values_list("number", flat=True))
            for one in agents
        }
    for agent in agents:
        client.force_login(agent.user)
        assert numbers[agent.id]
        assert client.get(f"/{vendor.slug}/desk/queue").status_code == 200
        for number in numbers[agent.id]:
            path = f"/{vendor.slug}/desk/tickets/{vendor.prefix}-{number}"
            assert client.get(path).status_code == 200, path


def test_the_portals_pages_open(vendor: Vendor, client: Any) -> None:
    with tenancy.vendor(vendor.id):
        contacts = list(Contact.objects.exclude(user=None).select_related("user", "organisation"))
        numbers = {
            one.id: list(Ticket.objects.visible_to(Viewer.customer(one)).values_list("number", flat=True))
            for one in contacts
        }
    for contact in contacts:
        client.force_login(contact.user)
        assert numbers[contact.id]
        for path in ("", "requests/", "requests/new"):
            assert client.get(f"/{vendor.slug}/{path}").status_code == 200, path
        for number in numbers[contact.id]:
            path = f"/{vendor.slug}/requests/{vendor.prefix}-{number}"
            assert client.get(path).status_code == 200, path


def test_signing_in_says_that_this_is_a_demonstration(vendor: Vendor, client: Any) -> None:
    page = client.get(f"/{vendor.slug}/accounts/login/", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "second factor" in page.content.decode()


def test_another_port_moves_the_addresses() -> None:
    seed.move("http://127.0.0.1:8001/")
    assert Vendor.objects.get(slug="infor").address == "http://127.0.0.1:8001/infor/"
    seed.move(BASE)
