"""The demonstration's five vendors in a database: what they hold, that it verifies, and that their pages open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from palier.billing.models import IncidentCredit, Invoice, InvoiceLine, Kind, Order, Refund, Settings, TaxRule
from palier.contracts import queries, roles
from palier.contracts.models import Agreement, Cap, ContractAgreement, NamedRole, PlanRequest
from palier.demo import cast, seed, stories
from palier.demo.models import Demonstration
from palier.ledger import posting
from palier.ledger import queries as ledger
from palier.ledger import verify as ledger_verify
from palier.people import notices, tenancy
from palier.people.access import WORKS_ON_TICKETS, Viewer
from palier.people.models import Contact, Notice, Organisation, Staff, User, Vendor
from palier.services import paging
from palier.services import queries as on_call
from palier.services.models import Alarm, Page, State
from palier.tickets import estimating, timekeeping, verify
from palier.tickets.models import (
    CommitmentRow,
    Consent,
    Estimate,
    HandOver,
    Message,
    Status,
    Ticket,
    TimeEntry,
)

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


def tenant(slug: str) -> Callable[[Callable[[Vendor], None]], Callable[[], None]]:
    """A test of one vendor, as that vendor."""

    def wrap(test: Callable[[Vendor], None]) -> Callable[[], None]:
        def run() -> None:
            found = Vendor.objects.get(slug=slug)
            with tenancy.vendor(found.id):
                test(found)

        run.__name__ = test.__name__
        return run

    return wrap


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


# --- the money half ----------------------------------------------------------------------------------


def test_the_ledger_verifies_to_its_checkpoint(vendor: Vendor) -> None:
    found = ledger_verify.verify(vendor_id=vendor.id)
    assert (list(found.faults), found.checkpoints, found.unprotected) == ([], 1, 0)


def balance(vendor: Vendor, number: str, allowance: str) -> Any:
    """What a contract has of an allowance."""
    row = next(one for one in queries.contracts(Viewer.machine(vendor.id)) if one.number == number)
    contract = queries.contract_at(vendor.id, row.id, NOW)
    owner = posting.owner_for(
        queries.programme(contract.revision_id), allowance, contract, contract.organisation_id
    )
    return ledger.balance(vendor_id=vendor.id, owner=owner, allowance=allowance, at=NOW)


def told_of(vendor_id: Any, kind: notices.Kind, **data: str) -> set[str]:
    """Whom notices of a kind went to, by name."""
    names: set[str] = set()
    for one in Notice.objects.filter(vendor_id=vendor_id, kind=kind).select_related("contact", "staff__user"):
        if data.items() <= one.data.items():
            names |= {who.name for who in (one.contact, one.staff and one.staff.user) if who is not None}
    return names


def ticket(subject: str) -> Ticket:
    """The request whose subject begins so."""
    return Ticket.objects.get(subject__startswith=subject)


@tenant("solidxperts")
def test_a_grace_call_is_used_and_told(vendor: Vendor) -> None:
    left = balance(vendor, "SX-5510", "grace-calls")
    assert (left.available, left.consumed, left.reserved) == (1, 1, 0)
    told = told_of(vendor.id, notices.Kind.ALLOWANCE_USED, allowance="grace-calls")
    assert told == {"Audrey Lavoie", "Simon Caron", "Rosa Delgado"}
    waiting = ticket("Comment numéroter")
    assert (waiting.outcome, waiting.answers.get("way")) == ("offer", None)


@tenant("solidxperts")
def test_a_third_device_is_excluded(vendor: Vendor) -> None:
    found = [
        ticket(subject) for subject in ("First installation on the design", "First installation on a new")
    ]
    assert [(one.outcome, one.clause) for one in found] == [("cover", "C3")] * 2
    third = ticket("First installation on the laptop")
    assert (third.outcome, third.clause) == ("exclude", "D1")


@tenant("solidxperts")
def test_a_paid_incident_is_credited_and_another_refunded(vendor: Vendor) -> None:
    assert [one.amount for one in IncidentCredit.objects.all()] == [195_00]
    block = Order.objects.get(price="hours-10")
    assert [line.net for line in Invoice.objects.get(order=block).lines.order_by("position")] == [
        1650_00,
        -195_00,
    ]
    assert block.organisation.name == "Moulerie Saint-Laurent"
    refund = Refund.objects.get()
    credited = Invoice.objects.get(kind=Kind.CREDIT_NOTE).corrects
    assert credited is not None
    assert (refund.amount, credited.organisation.name) == (204_75, "Tidewater Robotics")
    assert credited.order == refund.payment.order


@tenant("horizant")
def test_expert_hours_are_estimated_agreed_and_worked(vendor: Vendor) -> None:
    report = ticket("Un rapport des rebuts")
    agreed = estimating.in_force(report)
    assert agreed is not None
    assert agreed.contact.name == "Sylvie Gagnon"
    assert [(line["kind"], line["amount"]) for line in agreed.estimate.lines] == [
        ("labour", 0),
        ("travel", 180_00),
    ]
    assert [(one.minutes, one.charged) for one in timekeeping.charged(report)] == [(35, 45), (95, 105)]
    left = balance(vendor, "HE-1205", "expert-hours")
    assert (left.granted, left.consumed, left.reserved) == (600, 45 + 105 + 30, 240 - 45 - 105)
    assert Consent.objects.exclude(cap=None).count() == 1
    waiting = [one for one in Estimate.objects.all() if not one.consents.exists()]
    assert [one.minutes for one in waiting] == [150]
    assert HandOver.objects.get().reference == "88-2041"


@tenant("proconcept")
def test_level_two_is_found_agreed_worked_invoiced_and_credited(vendor: Vendor) -> None:
    lost = ticket("Les gammes de la famille 200")
    found = [(one.clause, one.decision["level"]) for one in lost.verdicts.order_by("number")]
    assert (found[0], set(found[1:])) == (("C3", 1), {("B4", 2)})
    customer = Organisation.objects.get(name="Décolletage Vuillemin")
    invoice = Invoice.objects.get(organisation=customer)
    assert [(line.minutes, line.net) for line in invoice.lines.all()] == [(90, 330_00)]
    assert (invoice.total, list(invoice.payments.values_list("amount", flat=True))) == (356_73, [356_73])
    note = Invoice.objects.get(kind=Kind.CREDIT_NOTE)
    credited = note.corrects
    assert credited is not None
    assert (note.net, credited.net, credited.tax) == (55_00, 220_00 * 150 // 60, 0)
    assert TimeEntry.objects.exclude(reverses=None).count() == 1
    answers = Consent.objects.filter(ticket__subject="A report of expiring sterile goods").order_by("at")
    assert [one.agreed for one in answers] == [False, True]


@tenant("infor")
def test_extension_incidents_and_hours_of_the_month_are_used(vendor: Vendor) -> None:
    left = balance(vendor, "I-70655", "extension-incidents")
    assert (left.available, left.consumed, left.reserved) == (1, 2, 1)
    hours = balance(vendor, "I-70655", "extension-hours")
    assert (hours.available, hours.consumed) == (16 * 60 - 340, 340)
    assert ticket("A second production line").answers["way"] == "work-order"
    assert Consent.objects.get().amount == 1560_00


@tenant("northern")
def test_the_augmented_discount_is_taken_off(vendor: Vendor) -> None:
    worked = InvoiceLine.objects.filter(source="time").order_by("position")
    assert [(line.minutes, line.discount, line.net) for line in worked] == [
        (330, 10_000, 891_00),
        (285, 10_000, 769_50),
    ]
    invoice = Invoice.objects.get()
    assert (invoice.net, invoice.tax) == (891_00 + 769_50 + 850_00, 0)
    waiting = {one.ticket.subject: one.amount for one in Estimate.objects.all() if not one.consents.exists()}
    assert waiting == {
        "Scanning at the border from a telephone": 20 * 180_00 * 9 // 10,
        "Reprendre les archives de la mutuelle rachetée": 16 * 180_00,
    }


def test_everybody_sells_without_a_provider(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        settings = Settings.objects.get(vendor_id=vendor.id)
        assert (settings.stripe_enabled, settings.stripe_key) == (False, None)
        assert TaxRule.objects.filter(vendor_id=vendor.id).exists()


def test_the_pages_of_money_open(vendor: Vendor, client: Any) -> None:
    with tenancy.vendor(vendor.id):
        finance = next(one.user for one in Staff.objects.select_related("user") if "finance" in one.roles)
        administrators = [
            one.user
            for one in Contact.objects.filter(is_administrator=True).exclude(user=None).select_related("user")
        ]
        numbers = list(Invoice.objects.values_list("number", flat=True))
    client.force_login(finance)
    for path in ("finance", *(f"finance/invoices/{number}" for number in numbers)):
        assert client.get(f"/{vendor.slug}/desk/{path}").status_code == 200, path
    for user in administrators:
        client.force_login(user)
        for path in ("invoices", "contracts"):
            assert client.get(f"/{vendor.slug}/{path}", follow=True).status_code == 200, path


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


@tenant("infor")
def test_critical_requests_woke_whoever_was_on_call(vendor: Vendor) -> None:
    """Pavel's week: one page he took within minutes, one he took only after Claire was paged too."""
    ends = {
        alarm.ticket.subject: (alarm.state, alarm.ended_by, [page.staff.name for page in pages])
        for alarm, pages in (
            (alarm, alarm.pages.select_related("staff").order_by("step"))
            for alarm in Alarm.objects.select_related("ticket", "ended_by")
        )
        if alarm.ended_by is not None
    }
    assert {who.name for _state, who, _pages in ends.values()} == {"Pavel Novotny"}
    assert ends["Le plan de production ne se calcule plus"][2] == ["Pavel Novotny"]
    assert ends["Receiving app closes on every scan"][2] == ["Pavel Novotny", "Claire Dubreuil"]
    assert Alarm.objects.exclude(state=State.ACKNOWLEDGED).count() == 0
    assert Page.objects.filter(sent_at__gt=F("at") + paging.LATE).count() == 0
    drawn = on_call.drawn(on_call.rosters(vendor.id), start=NOW, end=NOW + timedelta(days=14), now=NOW)
    assert [one.row.name for one in drawn] == ["24×7"]
    assert not [one for one in drawn[0].shifts if one.is_gap]
    assert len(drawn[0].swaps) == 1
