"""What an open page asks again and again: nothing is sent where nothing happened, and what happened is never missed.

Counted is what was committed: these tests commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages import world
from tests.pages.world import World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import answering, snoozing
from palier.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(transactional_db: None, frozen: datetime) -> World:
    built = world.build("northern")
    world.fill(built, frozen)
    return built


@pytest.fixture
def agent(made: World, client: Client) -> Client:
    client.force_login(made.agent_user)
    return client


def number(made: World, name: str) -> str:
    return f"NOR-{made.tickets[name].number}"


def ticket(made: World, name: str) -> Ticket:
    return Ticket.objects.select_related("organisation").get(id=made.tickets[name].id)


def test_nothing_happened_nothing_is_sent(made: World, agent: Client) -> None:
    page = agent.get(f"{made.path}/desk/queue?view=all").content.decode()
    etag = unescape(page.split('data-etag="')[1].split('"')[0])
    url = f"{made.path}/desk/queue/rows?view=all"
    same = agent.get(url, headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    with tenancy.vendor(made.vendor.id):
        viewer = Viewer.staff(made.agent)
        answering.reply(by=viewer, ticket=ticket(made, "fresh"), body="Hello", now=timezone.now())
    fresh = agent.get(url, headers={"If-None-Match": etag})
    assert fresh.status_code == 200
    assert number(made, "fresh") in fresh.json()["rows"]
    assert fresh["ETag"] != etag
    # The mark is one person's, for one list.
    assert agent.get(f"{url}&order=due", headers={"If-None-Match": fresh["ETag"]}).status_code == 200
    other = Client()
    agent.force_login(made.manager_user)
    assert agent.get(url, headers={"If-None-Match": fresh["ETag"]}).status_code == 200
    assert other.get(url).status_code == 302


def test_what_sleeps_wakes_within_the_minute(
    made: World, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    with tenancy.vendor(made.vendor.id):
        viewer = Viewer.staff(made.agent)
        until = now + timedelta(minutes=1)
        snoozing.snooze(by=viewer, ticket=ticket(made, "fresh"), until=until, now=now)
    url = f"{made.path}/desk/queue/rows"
    first = agent.get(url)
    assert number(made, "fresh") not in first.json()["rows"]
    monkeypatch.setattr(timezone, "now", lambda: until)
    later = agent.get(url, headers={"If-None-Match": first["ETag"]})
    assert number(made, "fresh") in later.json()["rows"]


def test_a_ticket_says_how_many_entries_it_has(made: World, agent: Client) -> None:
    at = f"{made.path}/desk/tickets/{number(made, 'fresh')}"
    page = agent.get(at).content.decode()
    seen = int(page.split('data-seen="')[1].split('"')[0])
    first = agent.get(f"{at}/pulse")
    assert first.json() == {"entries": seen}
    assert agent.get(f"{at}/pulse", headers={"If-None-Match": first["ETag"]}).status_code == 304
    with tenancy.vendor(made.vendor.id):
        contact = Viewer.customer(made.customers["Ferronor"].contact)
        answering.reply(by=contact, ticket=ticket(made, "fresh"), body="News?", now=timezone.now())
    assert agent.get(f"{at}/pulse", headers={"If-None-Match": first["ETag"]}).json()["entries"] > seen
    assert agent.get(f"{made.path}/desk/tickets/NOR-99999/pulse").status_code == 404
