"""Who else is on a ticket: told to colleagues who may see it, gone soon after, and nobody else's business."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages.world import World

from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import answering
from palier.tickets.models import Ticket
from palier.workspace import presence


def number(made: World, name: str) -> str:
    return f"NOR-{made.tickets[name].number}"


def here(made: World, name: str) -> str:
    return f"{made.path}/desk/tickets/{number(made, name)}/here"


def test_two_on_one_ticket_hear_of_each_other_and_the_list_says_so(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    assert client.post(here(northern, "missed"), {"writing": "yes"}).json() == {"words": "", "writing": False}
    client.force_login(northern.manager_user)
    found = client.post(here(northern, "missed"), {"writing": "no"}).json()
    assert found == {"words": "Maude Tremblay writes", "writing": True}
    listed = client.get(f"{northern.path}/desk/here")
    assert listed.json() == {number(northern, "missed"): {"words": "Maude Tremblay writes", "writing": True}}
    again = client.get(f"{northern.path}/desk/here", headers={"If-None-Match": listed["ETag"]})
    assert again.status_code == 304
    client.force_login(northern.agent_user)
    client.post(here(northern, "missed"), {"writing": "gone"})
    client.force_login(northern.manager_user)
    assert client.get(f"{northern.path}/desk/here").json() == {}


def test_who_says_nothing_for_half_a_minute_is_gone(northern: World) -> None:
    now, ticket = timezone.now(), northern.tickets["missed"]
    with tenancy.vendor(northern.vendor.id):
        agent, manager = Viewer.staff(northern.agent), Viewer.staff(northern.manager)
        presence.say(by=agent, ticket=ticket, writing=True, now=now)
        assert presence.busy(manager, [ticket.id], now) == {ticket.id}
        assert presence.busy(agent, [ticket.id], now) == frozenset()
        later = now + presence.FRESH
        assert presence.others(manager, ticket.id, later) == ()
        assert presence.everywhere(manager, later) == {}
        presence.say(by=agent, ticket=northern.tickets["fresh"], writing=False, now=now + timedelta(hours=2))
        assert presence.others(manager, ticket.id, now) == ()


def test_the_next_ticket_is_one_that_nobody_has_open(northern: World, client: Client) -> None:
    client.force_login(northern.manager_user)
    client.get(f"{northern.path}/desk/queue")
    first = client.get(f"{northern.path}/desk/queue/next")["Location"].rpartition("/")[2]
    with tenancy.vendor(northern.vendor.id):
        ticket = Ticket.objects.get(number=int(first.rpartition("-")[2]))
        presence.say(by=Viewer.staff(northern.agent), ticket=ticket, writing=False, now=timezone.now())
    assert client.get(f"{northern.path}/desk/queue/next")["Location"].rpartition("/")[2] != first


@pytest.mark.parametrize("who", ["customer", "another team's agent"])
def test_who_does_not_see_the_ticket_neither_says_nor_hears(
    northern: World, client: Client, who: str
) -> None:
    with tenancy.vendor(northern.vendor.id):
        team = people.add_team(by=Viewer.staff(northern.manager), name="Elsewhere")
        Ticket.objects.filter(id=northern.tickets["missed"].id).update(team=team)
        presence.say(
            by=Viewer.staff(northern.manager),
            ticket=northern.tickets["missed"],
            writing=True,
            now=timezone.now(),
        )
    client.force_login(
        northern.customers["Tidewater Fabrication"].user if who == "customer" else northern.agent_user
    )
    assert client.post(here(northern, "missed"), {"writing": "yes"}).status_code == 404
    answer = client.get(f"{northern.path}/desk/here")
    assert answer.status_code == 404 if who == "customer" else answer.json() == {}


def test_an_answer_written_while_somebody_else_wrote_waits_until_that_is_read(
    northern: World, client: Client
) -> None:
    client.force_login(northern.agent_user)
    address = f"{northern.path}/desk/tickets/{number(northern, 'fresh')}"
    page = client.get(address).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    with tenancy.vendor(northern.vendor.id):
        answering.reply(
            by=Viewer.customer(northern.customers["Ferronor"].contact),
            ticket=northern.tickets["fresh"],
            body="Solved, it was the cable.",
            now=timezone.now(),
        )
    sent = {"to": "customer", "body": "Restart it.", "then": "keep", "seen": seen}
    refused = client.post(f"{address}/reply", sent)
    again = refused.content.decode()
    assert refused.status_code == 422
    assert "Something was written while you did" in again
    assert "Solved, it was the cable." in again
    assert "Restart it." in again
    sent["seen"] = again.split('name="seen" value="')[1].split('"')[0]
    assert sent["seen"] != seen
    assert client.post(f"{address}/reply", sent).status_code == 302


def test_a_ticket_is_handed_over_with_a_note_for_whoever_takes_it(northern: World, client: Client) -> None:
    client.force_login(northern.manager_user)
    address = f"{northern.path}/desk/tickets/{number(northern, 'fresh')}"
    sent = {"assignee": str(northern.agent.id), "note": "Ring before noon."}
    page = client.post(f"{address}/assign", sent, follow=True).content.decode()
    assert "Ring before noon." in page
    client.force_login(northern.agent_user)
    assert "It was given to you, with a note." in client.get(f"{northern.path}/desk/notices").content.decode()
    client.force_login(northern.customers["Ferronor"].user)
    assert (
        "Ring before noon."
        not in client.get(f"{northern.path}/requests/{number(northern, 'fresh')}").content.decode()
    )
