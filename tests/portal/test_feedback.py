"""Contesting, rating, following and ordering in the browser: the customer's own, and nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.pages.world import World, build

from palier.people import tenancy
from palier.tickets import objecting, rating
from palier.tickets.models import Follow, Objection, Rating, Ticket


def number(made: World, name: str) -> str:
    return f"{made.vendor.prefix}-{made.tickets[name].number}"


def url(made: World, name: str, action: str = "") -> str:
    found = f"{made.path}/requests/{number(made, name)}"
    return f"{found}/{action}" if action else found


@pytest.fixture
def camille(northern: World, client: Client) -> Client:
    client.force_login(northern.customers["Ferronor"].user)
    return client


def test_what_is_contested_says_who_answers_and_by_when_and_the_desk_answers(
    northern: World, camille: Client, client: Client
) -> None:
    sent = {"what": "severity", "body": "It is worse than that."}
    page = camille.post(url(northern, "fresh", "contest"), sent, follow=True).content.decode()
    assert "Étienne Roy answers before" in page
    assert '<option value="severity">' not in page.split('id="contest-what"')[1]
    client.force_login(northern.manager_user)
    listed = client.get(f"{northern.path}/desk/contested").content.decode()
    assert "It is worse than that." in listed
    ticket = client.get(f"{northern.path}/desk/tickets/{number(northern, 'fresh')}").content.decode()
    assert "It is worse than that." in ticket
    answer = listed.split('action="')[-1].split('"')[0]
    assert client.post(answer, {"upheld": "", "words": "Yes"}).status_code == 422
    refused = client.post(answer, {"upheld": "yes", "words": ""})
    assert refused.status_code == 422
    assert "open" in refused.content.decode().split("pl-form-fold")[1][:80]
    assert client.post(answer, {"upheld": "yes", "words": "You are right."}).status_code == 302
    client.force_login(northern.customers["Ferronor"].user)
    page = client.get(url(northern, "fresh")).content.decode()
    assert "you were right" in page
    assert "You are right." in page
    assert "What you contested was answered" in client.get(f"{northern.path}/notices/").content.decode()


def test_an_agent_sees_what_is_contested_and_does_not_answer_for_the_manager(
    northern: World, camille: Client, client: Client
) -> None:
    camille.post(url(northern, "fresh", "contest"), {"what": "decision", "body": "Covered, surely."})
    with tenancy.vendor(northern.vendor.id):
        row = Objection.objects.get()
    client.force_login(northern.agent_user)
    listed = client.get(f"{northern.path}/desk/contested").content.decode()
    assert "Covered, surely." in listed
    assert 'name="upheld"' not in listed
    sent = {"upheld": "yes", "words": "x"}
    assert client.post(f"{northern.path}/desk/contested/{row.id}", sent).status_code == 422
    for user in (build("horizant").manager_user, northern.customers["Ferronor"].user):
        client.force_login(user)
        assert client.post(f"{northern.path}/desk/contested/{row.id}", sent).status_code in (302, 404)
    with tenancy.vendor(northern.vendor.id):
        row.refresh_from_db()
        assert row.answered_at is None


def test_a_request_is_rated_when_it_is_resolved(northern: World, client: Client) -> None:
    client.force_login(northern.customers["Kisaragi Seiki"].user)
    assert "How satisfied are you?" in client.get(url(northern, "resolved")).content.decode()
    assert "How satisfied are you?" not in client.get(url(northern, "tokyo")).content.decode()
    refused = client.post(url(northern, "resolved", "rate"), {"score": "9", "body": "Good"})
    assert refused.status_code == 422
    assert "Good</textarea>" in refused.content.decode()
    page = client.post(
        url(northern, "resolved", "rate"), {"score": "4", "body": "Quick"}, follow=True
    ).content.decode()
    assert "You said: satisfied" in page
    with tenancy.vendor(northern.vendor.id):
        assert [(one.score, one.words) for one in Rating.objects.all()] == [(4, "Quick")]
    client.force_login(northern.customers["Ferronor"].user)
    assert client.post(url(northern, "resolved", "rate"), {"score": "1"}).status_code == 404


def test_a_colleague_follows_and_stops(northern: World, client: Client) -> None:
    client.force_login(northern.customers["Ferronor"].colleague_user)
    page = client.post(url(northern, "fresh", "follow"), {"following": "yes"}, follow=True).content.decode()
    assert "Stop following" in page
    page = client.post(url(northern, "fresh", "follow"), {"following": "no"}, follow=True).content.decode()
    assert "Follow: tell me when it moves" in page
    with tenancy.vendor(northern.vendor.id):
        assert not Follow.objects.exists()


def ranks(made: World) -> dict[str, int | None]:
    with tenancy.vendor(made.vendor.id):
        numbers = {ticket.number: name for name, ticket in made.tickets.items()}
        return {numbers[one.number]: one.rank for one in Ticket.objects.exclude(rank=None)}


def test_the_own_order_is_made_by_buttons_and_as_a_whole(northern: World, camille: Client) -> None:
    page = camille.get(f"{northern.path}/requests/order").content.decode()
    assert "No order yet" in page
    assert "Import stops at two gigabytes" not in page
    ids = {name: str(one.id) for name, one in northern.tickets.items()}
    address = f"{northern.path}/requests/rank"
    for move in (
        f"in:{ids['fresh']}",
        f"in:{ids['answered']}",
        f"in:{ids['waiting']}",
        f"up:{ids['waiting']}",
    ):
        assert camille.post(address, {"move": move}).status_code == 302
    assert ranks(northern) == {"fresh": 1, "waiting": 2, "answered": 3}
    camille.post(address, {"move": f"down:{ids['fresh']}"})
    camille.post(address, {"move": f"out:{ids['answered']}"})
    assert ranks(northern) == {"waiting": 1, "fresh": 2}
    camille.post(address, {"order": f"{ids['answered']},{ids['fresh']}"})
    assert ranks(northern) == {"answered": 1, "fresh": 2}


@pytest.mark.parametrize(
    "sent", [{"move": "in:nonsense"}, {"move": "up:{missed}"}, {"move": "in:{missed}"}, {"order": "{missed}"}]
)
def test_what_is_not_ones_own_is_not_ranked(northern: World, camille: Client, sent: dict[str, str]) -> None:
    filled = {key: value.format(missed=northern.tickets["missed"].id) for key, value in sent.items()}
    assert camille.post(f"{northern.path}/requests/rank", filled).status_code == 422
    assert ranks(northern) == {}


def test_the_desk_reads_how_satisfied_customers_are(northern: World, client: Client) -> None:
    from django.utils import timezone

    from palier.people.access import Viewer

    with tenancy.vendor(northern.vendor.id):
        by = Viewer.customer(northern.customers["Kisaragi Seiki"].contact)
        rating.rate(
            by=by, ticket=northern.tickets["resolved"], score=5, words="Très bien", now=timezone.now()
        )
        assert objecting.objections(by).count() == 0
    client.force_login(northern.manager_user)
    page = client.get(f"{northern.path}/desk/dashboard").content.decode()
    assert "Très bien" in page
    assert "1 of 1" in page
