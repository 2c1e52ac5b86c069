"""Notices: told in words, marked as read, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from tests.pages.world import World

from palier.pages import notices as words
from palier.people import notices, tenancy
from palier.people.models import Notice
from palier.people.notices import Kind


@pytest.fixture
def northern(northern: World) -> World:
    """Nobody has any notice yet."""
    with tenancy.vendor(northern.vendor.id):
        Notice.objects.all().delete()
    return northern


def leave(made: World, now: datetime, kind: str = Kind.REQUEST_HELD, **data: object) -> None:
    with tenancy.vendor(made.vendor.id):
        who = made.customers["Ferronor"]
        notices.notify(
            vendor_id=made.vendor.id,
            kind=kind,
            now=now,
            contacts=[who.contact.id],
            data=data,
            ticket_number=made.tickets["fresh"].number,
        )


def test_new_ones_are_marked_everywhere_and_lead_to_the_request(
    northern: World, frozen: datetime, client: Client
) -> None:
    leave(northern, frozen)
    client.force_login(northern.customers["Ferronor"].user)
    assert "1 new" in client.get(f"{northern.path}/").content.decode()
    page = client.get(f"{northern.path}/notices/").content.decode()
    assert "A colleague wrote and waits for you" in page
    assert f"/requests/NOR-{northern.tickets['fresh'].number}" in page


def test_reading_takes_the_mark_away(northern: World, frozen: datetime, client: Client) -> None:
    for _time in range(3):
        leave(northern, frozen)
    client.force_login(northern.customers["Ferronor"].user)
    with tenancy.vendor(northern.vendor.id):
        first = Notice.objects.first()
    assert first is not None
    url = f"{northern.path}/notices/read"
    page = client.post(url, {"notice": str(first.id)}, follow=True).content.decode()
    assert "2 new" in page
    page = client.post(url, follow=True).content.decode()
    assert " new</span>" not in page
    assert "Mark all as read" not in page


def test_anothers_notice_is_nothing(northern: World, frozen: datetime, client: Client) -> None:
    leave(northern, frozen)
    with tenancy.vendor(northern.vendor.id):
        first = Notice.objects.get()
    client.force_login(northern.customers["Kisaragi Seiki"].user)
    assert "A colleague wrote" not in client.get(f"{northern.path}/notices/").content.decode()
    for named in (str(first.id), "not an id"):
        assert client.post(f"{northern.path}/notices/read", {"notice": named}).status_code == 404
    client.force_login(northern.agent_user)
    assert client.get(f"{northern.path}/notices/").status_code == 404


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_sentence(kind: Kind) -> None:
    assert kind in words._SENTENCES


def test_a_swap_is_told_with_names(northern: World, frozen: datetime, client: Client) -> None:
    who = northern.customers["Ferronor"]
    leave(
        northern,
        frozen,
        Kind.CONTACT_SWAPPED,
        contract=str(who.contract.id),
        out=str(who.contact.id),
        **{"in": str(who.colleague.id), "from": frozen.isoformat()},
    )
    client.force_login(who.user)
    page = client.get(f"{northern.path}/notices/").content.decode().replace("\u00a0", " ")
    assert f"{who.colleague.name} takes the place of {who.contact.name} from 19 November 2026." in page
