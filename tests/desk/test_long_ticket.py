"""A very long conversation: its ends, and all of it on demand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages.world import World

from palier.people import tenancy
from palier.tickets.models import Event, Ticket

MANY = 160


@pytest.fixture
def address(northern: World, client: Client) -> str:
    """The page of a request on which very much was tagged, and whose reader works at the desk."""
    client.force_login(northern.agent_user)
    now = timezone.now()
    with tenancy.vendor(northern.vendor.id):
        ticket = Ticket.objects.get(id=northern.tickets["fresh"].id)
        Event.objects.bulk_create(
            Event(
                vendor_id=ticket.vendor_id,
                ticket=ticket,
                kind="tagged",
                at=now + timedelta(milliseconds=nth),
                recorded_at=now + timedelta(milliseconds=nth),
                by="person",
                data={"added": [f"word-{nth:03}"]},
            )
            for nth in range(MANY)
        )
    return f"{northern.path}/desk/tickets/NOR-{ticket.number}"


def test_a_very_long_conversation_shows_its_ends_and_leads_to_all(address: str, client: Client) -> None:
    page = client.get(address).content.decode()
    assert "word-000" in page
    assert f"word-{MANY - 1}" in page
    assert "word-080" not in page
    assert "entries in between" in page
    assert f'href="{address}?all=yes#stream"' in page


def test_all_of_it_is_shown_where_it_is_asked_for(address: str, client: Client) -> None:
    page = client.get(f"{address}?all=yes").content.decode()
    assert all(f"word-{nth:03}" in page for nth in range(MANY))
    assert "entries in between" not in page
    assert "entries in between" not in client.get(f"{address}?print").content.decode()


def test_a_live_page_counts_every_entry(address: str, client: Client) -> None:
    page = client.get(address).content.decode()
    entries = client.get(f"{address}/pulse").json()["entries"]
    assert entries > MANY
    assert f'data-seen="{entries}"' in page
