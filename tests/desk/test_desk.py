"""The queue and the ticket page: order, views, places, every action, and what an agent must not see."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages import world
from tests.pages.world import World

from palier.core.programme import Commitment
from palier.pages import due
from palier.pages.moments import duration
from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import orders, ticket_page
from palier.tickets.models import Ticket


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def queue(client: Client, made: World, query: str = "") -> str:
    answer = client.get(f"{made.path}/desk/queue{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def url(made: World, name: str) -> str:
    return f"{made.path}/desk/tickets/NOR-{made.tickets[name].number}"


def ticket(made: World, name: str) -> Ticket:
    with tenancy.vendor(made.vendor.id):
        return Ticket.objects.get(id=made.tickets[name].id)


def test_the_queue_shows_missed_first_with_words_and_both_instants(northern: World, agent: Client) -> None:
    page = queue(agent, northern)
    assert page.index("Import stops at two gigabytes") < page.index("Quota report stops")
    assert re.search(r"missed \d[^<]* ago", page)
    assert "Tokyo" in page
    assert " here" in page
    assert "Standard support" in page
    assert 'class="is-cursor"' in page
    assert page.count("<tr data-row") == 8


def test_each_view_has_its_own_address_and_an_empty_one_says_what_would_be_here(
    northern: World, agent: Client
) -> None:
    assert queue(agent, northern, "?view=mine").count("<tr data-row") == 1
    assert queue(agent, northern, "?view=held").count("<tr data-row") == 1
    northern.tickets["missing"]
    assert "Nothing is due within two hours" in queue(agent, northern, "?view=due-soon")
    assert agent.get(f"{northern.path}/desk/queue?view=nonsense").status_code == 404


def test_the_next_page_begins_after_the_last_row(
    northern: World, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from palier.tickets import lists

    whole = lists.page

    def three(viewer, **more):  # type: ignore[no-untyped-def]
        return whole(viewer, **{**more, "size": 3})

    monkeypatch.setattr(lists, "page", three)
    first = queue(agent, northern)
    address = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = agent.get(address).content.decode()
    numbers = [[part[:8] for part in page.split("/tickets/")[1:]] for page in (first, second)]
    assert not set(numbers[0]) & set(numbers[1])
    assert "To the top" in second


@pytest.mark.parametrize(
    "odd", ["x", "W10", "e30", "WzEsMiwzLDQsNV0", "%00", "WyJxdWV1ZSIsMSwyXQ", "WyJxdWV1ZSIsMCwxLDEsMSwxLDFd"]
)
def test_a_place_that_is_none_starts_at_the_head(odd: str) -> None:
    assert orders.place(odd, orders.Order.QUEUE) is None


def test_a_place_comes_back_as_it_was(northern: World) -> None:
    from datetime import UTC, datetime

    values = (False, 1, -2, datetime(2026, 7, 9, 12, tzinfo=UTC), 1042)
    place = orders.Place(order=orders.Order.QUEUE, stretch=0, values=values)
    assert orders.place(place.token(), orders.Order.QUEUE) == place
    assert orders.place(place.token(), orders.Order.DUE) is None


def test_a_number_leads_to_its_ticket_and_a_strange_one_to_nothing(northern: World, agent: Client) -> None:
    number = f"NOR-{northern.tickets['fresh'].number}"
    answer = agent.get(f"{northern.path}/desk/find?q={number}")
    assert answer["Location"] == f"{northern.path}/desk/tickets/{number}"
    assert "Nothing found" in agent.get(f"{northern.path}/desk/find?q=../x").content.decode()


def test_the_ticket_page_has_all_it_takes_to_decide(northern: World, agent: Client) -> None:
    page = html.unescape(agent.get(url(northern, "answered")).content.decode())
    for said in (
        "Thu\xa014:00 in Paris",
        "open until 18:00",
        "Covered, not billable",
        "This uses nothing of what the customer's plan grants, and costs nothing.",
        "Looked at before",
        "What would change it",
        "<p>If the ",
        "Is it billable?",
        "Why is a ticket needed?",
        "Why this place in the queue?",
        "internal note, the customer does not see it",
        "factory template",
        "is the next update",
        "Sum, without what ran over",
        'data-key="r"',
        'data-key="a"',
        "SQL Server, antivirus",
        " ticket since 1\xa0",
    ):
        assert said in page, said


def test_what_is_late_is_late_by_business_time(northern: World, agent: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        viewer = Viewer.machine(northern.vendor.id)
        found = ticket_page.ticket_page(viewer, number=northern.tickets["missed"].number, now=timezone.now())
        promised = found.clock.latest(Commitment.FIRST_RESPONSE)
    assert promised is not None
    assert promised.breached_at is not None
    # Missed for days, of which the calendar counts some hours.
    late = duration(due.over(promised))
    assert due.over(promised) < found.clock.now - promised.breached_at
    page = agent.get(url(northern, "missed")).content.decode()
    assert f"First answer missed by {late} of business time" in page
    assert f"is the first answer, late by {late} of business time." in page
    world.read_in(northern, "fr")
    page = agent.get(url(northern, "missed")).content.decode()
    assert f"manquée de {late} de temps ouvré" in page


def test_an_answer_a_note_and_what_follows(northern: World, agent: Client) -> None:
    page = agent.post(url(northern, "fresh") + "/reply", {"to": "customer", "body": "We are on it.", "then": "wait-customer"}, follow=True).content.decode()  # fmt: skip
    assert "We are on it." in page
    assert ticket(northern, "fresh").status == "waiting"
    page = agent.post(url(northern, "fresh") + "/resume", follow=True).content.decode()
    assert ticket(northern, "fresh").status == "open"
    page = agent.post(
        url(northern, "fresh") + "/reply", {"to": "note", "body": "Only for us."}, follow=True
    ).content.decode()
    assert "Only for us." in page
    assert "the customer does not see it" in page


@pytest.mark.parametrize(
    ("action", "data", "column", "value"),
    [
        ("severity", {"severity": "4", "reason": "It is cosmetic."}, "severity", "4"),
        ("classify", {"kind": "question", "reason": "Only a question."}, "kind", "question"),
        ("wait", {"wait": "patch", "body": "The patch comes in May."}, "status", "waiting"),
        ("resolve", {"body": "Done."}, "status", "resolved"),
        ("close", {"body": "Duplicate."}, "status", "closed"),
    ],
)
def test_each_action_does_one_thing(
    northern: World, agent: Client, action: str, data: dict[str, str], column: str, value: str
) -> None:
    answer = agent.post(f"{url(northern, 'fresh')}/{action}", data, follow=True)
    assert answer.status_code == 200
    assert getattr(ticket(northern, "fresh"), column) == value


def test_assigning_to_somebody_and_to_nobody(northern: World, agent: Client) -> None:
    agent.post(url(northern, "fresh") + "/assign", {"assignee": str(northern.manager.id)})
    assert ticket(northern, "fresh").assignee_id == northern.manager.id
    agent.post(url(northern, "fresh") + "/assign", {"assignee": ""})
    assert ticket(northern, "fresh").assignee_id is None


def test_reopening_and_lifting_a_hold(northern: World, agent: Client, client: Client) -> None:
    page = agent.post(
        url(northern, "resolved") + "/reopen", {"body": "It is back."}, follow=True
    ).content.decode()
    assert "It is back." in page
    client.force_login(northern.manager_user)
    held = client.get(url(northern, "missing")).content.decode()
    assert "Lift it for this one" in held
    assert client.post(url(northern, "missing") + "/free", {"hold": "information"}).status_code in (302, 422)


def test_a_refusal_opens_its_form_again_with_what_was_typed(northern: World, agent: Client) -> None:
    answer = agent.post(
        url(northern, "fresh") + "/wait", {"wait": "weather", "body": "Until it stops raining."}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Until it stops raining." in page
    assert '<details class="pl-act" id="wait" open>' in page
    empty = agent.post(url(northern, "fresh") + "/reply", {"to": "customer", "body": " "})
    assert empty.status_code == 422


NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("action", "data", "said"),
    [
        ("severity", {"severity": "the same", "reason": "As before."}, "has this severity already"),
        ("assign", {"assignee": NOBODY}, "Nobody listed"),
        ("assign", {"assignee": "not an id"}, "Nobody listed"),
        ("assign", {"team": NOBODY}, "No team listed"),
        ("move", {"site": NOBODY}, "not one of this customer"),
        ("move", {"site": "elsewhere"}, "not one of this customer"),
    ],
)
def test_what_is_not_listed_is_refused_and_changes_nothing(
    northern: World, agent: Client, action: str, data: dict[str, str], said: str
) -> None:
    before = ticket(northern, "fresh")
    data = {name: before.severity if value == "the same" else value for name, value in data.items()}
    answer = agent.post(f"{url(northern, 'fresh')}/{action}", data)
    assert answer.status_code == 422
    assert said in html.unescape(answer.content.decode())
    after = ticket(northern, "fresh")
    assert (after.severity, after.assignee_id, after.team_id, after.site_id, after.updated_at) == (
        before.severity, before.assignee_id, before.team_id, before.site_id, before.updated_at,
    )  # fmt: skip
    world.read_in(northern, "fr")
    page = html.unescape(agent.post(f"{url(northern, 'fresh')}/{action}", data).content.decode())
    said_fr = ("a déjà cette gravité", "Personne de la liste", "Aucune équipe", "pas à ce client")
    assert any(word in page for word in said_fr)


def test_without_a_script_an_address_opens_a_form(northern: World, agent: Client) -> None:
    page = agent.get(url(northern, "fresh") + "?open=assign").content.decode()
    assert '<details class="pl-act" id="assign" open>' in page


def test_a_customer_finds_no_desk(northern: World, client: Client) -> None:
    client.force_login(northern.customers["Ferronor"].user)
    for path in (
        "desk/queue",
        "desk/",
        "desk/find?q=1",
        f"desk/tickets/NOR-{northern.tickets['fresh'].number}",
    ):
        assert client.get(f"{northern.path}/{path}").status_code == 404
    assert client.post(url(northern, "fresh") + "/close").status_code == 404


def test_the_queue_asks_the_database_a_fixed_number_of_questions(northern: World, agent: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    queue(agent, northern)
    with CaptureQueriesContext(connection) as asked:
        queue(agent, northern)
    assert len(asked) < 22, [one["sql"][:90] for one in asked]
