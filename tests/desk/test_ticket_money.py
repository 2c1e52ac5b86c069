"""What a ticket costs, on the desk: estimate, consent before cost, time booked and taken back, research."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.test import Client
from tests.pages.fixtures import NOW
from tests.pages.world import FILLED, World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import choosing, estimating, opening
from palier.tickets.drafts import Draft
from palier.tickets.models import Ticket, TimeEntry


@pytest.fixture
def billable(solidxperts: World) -> Ticket:
    """A migration for which the customer asked for a quote by the hour."""
    customer = next(iter(solidxperts.customers.values()))
    draft = Draft(
        kind="migration",
        subject="Move to the new server",
        body="We move everything in December.",
        product="solidworks",
        fields=FILLED,
        facts={"expected": "above-an-hour"},
        language="en",
    )
    with tenancy.vendor(solidxperts.vendor.id):
        by = Viewer.customer(customer.contact)
        made = opening.open_ticket(by=by, draft=draft, now=NOW - timedelta(hours=3))
        choosing.choose(
            by=by, ticket=made, way="hourly-quote", text="By the hour", now=NOW - timedelta(hours=2)
        )
    return made


@pytest.fixture
def agent(solidxperts: World, client: Client) -> Client:
    client.force_login(solidxperts.agent_user)
    return client


def url(made: World, ticket: Ticket, action: str = "") -> str:
    found = f"{made.path}/desk/tickets/SXP-{ticket.number}"
    return f"{found}/{action}" if action else found


ESTIMATE = {"way": "hourly-quote", "minutes": "120", "travel": "80,00", "text": "Two hours and the way."}
TIME = {"started_at": "2026-11-19T07:10", "minutes": "35", "billable": "yes", "note": "Copied the vault"}


def test_nothing_billable_is_booked_before_the_customers_yes(
    solidxperts: World, billable: Ticket, agent: Client
) -> None:
    refused = agent.post(url(solidxperts, billable, "book-time"), TIME)
    page = html.unescape(refused.content.decode())
    assert refused.status_code == 422
    assert "Nothing billable before the customer’s yes" in page.replace("'", "’")
    assert "Copied the vault" in page


def test_time_without_its_begin_ended_just_now(solidxperts: World, billable: Ticket, agent: Client) -> None:
    given = {"started_at": "", "minutes": "35", "note": "Looked at it"}
    booked = agent.post(url(solidxperts, billable, "book-time"), given, follow=True).content.decode()
    assert "Booked." in booked
    with tenancy.vendor(solidxperts.vendor.id):
        entry = TimeEntry.objects.get(ticket=billable)
    assert timedelta(0) <= NOW - (entry.started_at + timedelta(minutes=35)) < timedelta(minutes=1)


def test_estimate_yes_time_and_taking_it_back(solidxperts: World, billable: Ticket, agent: Client) -> None:
    sent = agent.post(url(solidxperts, billable, "estimate"), ESTIMATE, follow=True)
    page = sent.content.decode()
    assert "we wait for the customer’s yes" in page
    customer = next(iter(solidxperts.customers.values()))
    with tenancy.vendor(solidxperts.vendor.id):
        standing = estimating.standing(billable)
        assert standing is not None
        estimating.agree(
            by=Viewer.customer(customer.contact),
            ticket=billable,
            estimate=standing.estimate,
            text="Yes",
            now=NOW - timedelta(hours=1),
        )
    booked = agent.post(url(solidxperts, billable, "book-time"), TIME, follow=True).content.decode()
    assert "Booked." in booked
    assert "45\u00a0min" in booked
    entry = booked.split('id="reverse-time-entry"')[1].split('<option value="')[1].split('"')[0]
    back = {"entry": entry, "reason": "Wrong ticket"}
    page = agent.post(url(solidxperts, billable, "reverse-time"), back, follow=True).content.decode()
    assert "taken back" in page
    assert "45\u00a0min" not in page


def test_travel_beside_covered_work_is_asked_first(northern: World, client: Client) -> None:
    client.force_login(northern.manager_user)
    address = f"{northern.path}/desk/tickets/NOR-{northern.tickets['missed'].number}"
    page = client.get(address).content.decode()
    assert "Estimate a visit on site" in page
    sent = {"travel": "450,00", "text": "We come on Monday."}
    page = client.post(f"{address}/estimate", sent, follow=True).content.decode()
    assert "we wait for the customer’s yes" in page
    assert "450.00" in page


def test_what_goes_to_research_keeps_its_reference_and_comes_back(
    solidxperts: World, billable: Ticket, agent: Client
) -> None:
    sent = {
        "wait": "patch",
        "reference": "SPR-77",
        "follow_up_on": "2026-12-01",
        "message": "The maker has it.",
    }
    page = agent.post(url(solidxperts, billable, "hand-over"), sent, follow=True).content.decode()
    assert "SPR-77" in page
    page = agent.post(url(solidxperts, billable, "came-back"), follow=True).content.decode()
    assert "It is with us again." in page


def test_a_customer_books_nothing(solidxperts: World, billable: Ticket, client: Client) -> None:
    client.force_login(next(iter(solidxperts.customers.values())).user)
    assert client.post(url(solidxperts, billable, "book-time"), TIME).status_code == 404
