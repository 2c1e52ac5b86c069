"""Escalations on the desk's page of a ticket: what happened, what comes next, and nothing of it for the customer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from tests.pages.fixtures import NOW
from tests.pages.world import World

from palier.people import notices, tenancy
from palier.people.models import Notice
from palier.tickets import opening, sweeping
from palier.tickets.drafts import Draft
from palier.tickets.models import Event, Ticket

LATE = timedelta(hours=26)
DRAFT = Draft(
    kind="defect",
    subject="Nothing opens",
    body="Since this morning.",
    environment="production",
    effect="loss-of-service",
    fields={"applications": "a database", "access": "call me"},
    language="en",
)


@pytest.fixture
def missed(northern: World) -> Ticket:
    """A request that nobody answered, opened yesterday, and noticed by the worker late."""
    customer = next(iter(northern.customers.values()))
    from palier.people.access import Viewer

    with tenancy.vendor(northern.vendor.id):
        ticket = opening.open_ticket(by=Viewer.customer(customer.contact), draft=DRAFT, now=NOW - LATE)
    sweeping.sweep(now=NOW)
    return ticket


def page(client: Client, northern: World, ticket: Ticket, *, face: str = "desk", language: str = "en") -> str:
    where = "desk/tickets" if face == "desk" else "requests"
    client.cookies["django_language"] = language
    answer = client.get(f"{northern.path}/{where}/NOR-{ticket.number}", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_stream_tells_each_step_with_its_clause_and_what_was_noticed_late(
    northern: World, client: Client, missed: Ticket
) -> None:
    client.force_login(northern.agent_user)
    found = page(client, northern, missed)
    assert "Escalated (75" in found
    assert "Escalated (due: first answer): people told:" in found
    assert "noticed late," in found
    assert '<a class="pl-clause" href="#verdict">X2</a>' in found


def test_the_customer_reads_nothing_of_it(northern: World, client: Client, missed: Ticket) -> None:
    customer = next(iter(northern.customers.values()))
    client.force_login(customer.user)
    found = page(client, northern, missed, face="portal")
    assert "Escalated" not in found
    assert "next-escalation" not in found


def test_what_comes_next_stands_beside_the_clock(northern: World, client: Client) -> None:
    from palier.people.access import Viewer

    customer = next(iter(northern.customers.values()))
    with tenancy.vendor(northern.vendor.id):
        ticket = opening.open_ticket(by=Viewer.customer(customer.contact), draft=DRAFT, now=NOW)
    client.force_login(northern.agent_user)
    found = page(client, northern, ticket)
    assert 'id="next-escalation"' in found
    assert "75 % of the time used: first answer; the person in charge, the team told" in found


def test_a_notice_tells_it_in_the_readers_language(northern: World, client: Client, missed: Ticket) -> None:
    with tenancy.vendor(northern.vendor.id):
        assert Event.objects.filter(ticket=missed, kind="escalated").count() == 2
        mine = Notice.objects.filter(staff=northern.manager, kind=notices.Kind.ESCALATED)
        assert mine.filter(ticket_number=missed.number).exists()
    client.force_login(northern.manager_user)
    found = client.get(f"{northern.path}/desk/notices").content.decode()
    assert "and was noticed late" in found
