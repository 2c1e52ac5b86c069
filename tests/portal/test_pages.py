"""The customer's home, list and request page, by persona."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client
from tests.pages import world
from tests.pages.world import World

from palier.people import tenancy
from palier.tickets.models import Ticket


def ferronor(made: World) -> world.Customer:
    return made.customers["Ferronor"]


def get(client: Client, made: World, path: str) -> str:
    answer = client.get(f"{made.path}/{path}")
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def number(made: World, name: str) -> str:
    return f"NOR-{made.tickets[name].number}"


def test_home_says_first_what_is_owed_and_what_waits(northern: World, client: Client) -> None:
    client.force_login(ferronor(northern).user)
    page = get(client, northern, "")
    assert "<h1>We owe you" in page
    assert "Your turn" in page
    assert number(northern, "waiting") in page
    assert number(northern, "fresh") in page
    assert "Quota report" in page
    assert "Kisaragi" not in page
    assert number(northern, "missed") not in page


def test_home_counts_what_the_term_has_seen(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    with tenancy.vendor(northern.vendor.id):
        count = Ticket.objects.filter(organisation=who.organisation, contract__isnull=False).count()
    assert count
    assert f"{count} tickets since 1" in get(client, northern, "").replace("\u00a0", " ")


def test_home_does_not_claim_to_work_on_what_waits_for_the_customer(
    northern: World, client: Client, frozen: datetime
) -> None:
    who = ferronor(northern)
    late = frozen - timedelta(days=1)
    with tenancy.vendor(northern.vendor.id):
        mine = Ticket.objects.filter(organisation=who.organisation, is_open=True)
        mine.update(next_due_at=late, next_due_commitment="first_response", breached_at=late)
    client.force_login(who.user)
    assert "<h1>We are late on" in get(client, northern, "")
    with tenancy.vendor(northern.vendor.id):
        mine.exclude(id=northern.tickets["fresh"].id).update(status="waiting", wait="customer")
    assert f"<h1>We are late on {number(northern, 'fresh')}" in get(client, northern, "")
    with tenancy.vendor(northern.vendor.id):
        mine.update(status="waiting", wait="customer")
    assert "<h1>We wait for your answer on NOR-" in get(client, northern, "")
    world.read_in(northern, "fr")
    assert "<h1>Nous attendons votre réponse sur NOR-" in get(client, northern, "")


def test_an_authorised_contact_takes_over_what_a_colleague_wrote(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.colleague_user)
    sent = {
        "kind": "defect", "effect": "lasting-major", "environment": "production", "subject": "From a colleague",
        "body": "It stops.", "field-applications": "x", "field-access": "y", "do": "send",
    }  # fmt: skip
    answer = client.post(f"{northern.path}/requests/new", sent)
    url = answer["Location"]
    assert "On hold" in client.get(url).content.decode()
    client.force_login(who.user)
    assert f"Take over what {who.colleague.name} wrote" in get(client, northern, "")
    assert "Take it over" in client.get(url).content.decode()
    page = client.post(url + "/adopt", follow=True).content.decode()
    assert "It is yours now" in page
    assert "Covered" in page
    assert "Take it over" not in page


def test_what_is_missing_is_filled_in_and_the_clock_starts(northern: World, client: Client) -> None:
    client.force_login(ferronor(northern).user)
    url = f"{northern.path}/requests/{number(northern, 'missing')}"
    page = client.get(url).content.decode()
    assert "Still missing" in page
    assert "Take it over" not in page
    page = client.post(
        url + "/complete", {"applications": "SQL", "access": "call"}, follow=True
    ).content.decode()
    assert "Still missing" not in page
    assert "tomorrow 13:00" in page


def test_a_request_shows_conversation_why_and_clock_but_no_internal_note(
    northern: World, client: Client
) -> None:
    client.force_login(ferronor(northern).user)
    page = get(client, northern, f"requests/{number(northern, 'answered')}")
    assert "I see the same here" in page
    assert "factory template" not in page
    assert "Looked at before" in page
    assert "What was counted" in page
    assert 'role="img"' in page
    assert "Assigned to" not in page


def test_a_request_says_which_of_the_term_it_is(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    with tenancy.vendor(northern.vendor.id):
        first = Ticket.objects.filter(organisation=who.organisation).order_by("reached_at", "number")[0]
    page = get(client, northern, f"requests/NOR-{first.number}").replace("\u00a0", " ")
    assert "<dt>This term</dt><dd>1st ticket since 1 " in page
    world.read_in(northern, "fr")
    page = get(client, northern, f"requests/NOR-{first.number}").replace("\u00a0", " ")
    assert "<dt>Cette période</dt><dd>1er ticket depuis le 1er " in page


def test_reply_contest_close_and_reopen(northern: World, client: Client) -> None:
    client.force_login(ferronor(northern).user)
    url = f"{northern.path}/requests/{number(northern, 'answered')}"
    for action, data, said in (
        ("reply", {"body": "Any news?"}, "Any news?"),
        ("contest", {"what": "severity", "body": "It stops us all."}, "The severity is contested"),
        ("close", {}, "Closed. It can be taken up again"),
        ("reopen", {"body": "It is back."}, "It is back."),
    ):
        answer = client.post(f"{url}/{action}", data, follow=True)
        assert said in answer.content.decode(), action


def test_a_refusal_keeps_what_was_typed(northern: World, client: Client) -> None:
    client.force_login(ferronor(northern).user)
    url = f"{northern.path}/requests/{number(northern, 'answered')}"
    answer = client.post(f"{url}/contest", {"what": "weather", "body": "Too wet."})
    assert answer.status_code == 422
    assert "Too wet." in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    assert client.post(f"{url}/reply", {"body": "  "}).status_code == 422


def test_an_action_nobody_knows_is_nothing(northern: World, client: Client) -> None:
    client.force_login(ferronor(northern).user)
    url = f"{northern.path}/requests/{number(northern, 'answered')}"
    assert client.post(f"{url}/explode").status_code == 404
    assert client.get(f"{url}/reply").status_code == 200  # reloaded after a refusal: the page


def test_the_empty_list_says_what_would_be_here(db: None, frozen: datetime, client: Client) -> None:
    made = world.build("infor")
    client.force_login(next(iter(made.customers.values())).user)
    page = get(client, made, "")
    assert "No open ticket" in page
    assert "We owe you nothing right now" in page
    assert "Open now" in page or "Closed now" in page
    assert "Nothing yet" in get(client, made, "requests/")


def test_people_of_the_vendor_are_led_to_the_desk(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    assert client.get(f"{northern.path}/")["Location"] == f"{northern.path}/desk/queue"


def test_a_partner_sees_its_customers_requests_and_no_others(northern: World, client: Client) -> None:
    who = ferronor(northern)
    with tenancy.vendor(northern.vendor.id):
        toronto = northern.customers["Tidewater Fabrication"].organisation
        toronto.partner = who.organisation
        toronto.save()
    client.force_login(who.user)
    page = get(client, northern, "requests/")
    assert number(northern, "missed") in page
    assert number(northern, "tokyo") not in page


def test_a_page_at_midnight_of_another_zone_speaks_the_tickets_zone(northern: World, client: Client) -> None:
    client.force_login(northern.customers["Kisaragi Seiki"].user)
    with tenancy.vendor(northern.vendor.id):
        assert Ticket.objects.get(id=northern.tickets["tokyo"].id).zone == "Asia/Tokyo"
    assert "Tokyo time" in get(client, northern, f"requests/{number(northern, 'tokyo')}")
