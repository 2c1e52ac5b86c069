"""The desk's search, its fragment for the palette, and a customer with all there is of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from tests.pages import world as worlds
from tests.pages.world import World

from palier.desk import find_results
from palier.people import access, actions, noting, tenancy
from palier.people.models import OrganisationNote
from palier.tickets import answering, steering
from palier.tickets.models import Rating, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def found(client: Client, world: World, query: str, place: str = "find") -> str:
    answer = client.get(f"{world.path}/desk/{place}?{query}")
    assert answer.status_code == 200, query
    return answer.content.decode()


def test_a_number_leads_to_its_ticket(northern: World, agent: Client) -> None:
    number = northern.tickets["fresh"].number
    for typed in (f"NOR-{number}", f"nor{number}", str(number), f" {number} "):
        answer = agent.get(f"{northern.path}/desk/find", {"q": typed})
        assert answer["Location"].endswith(f"/desk/tickets/NOR-{number}"), typed
    assert "Nothing found for" in found(agent, northern, "q=NOR-99999")
    assert "Nothing found for" in found(agent, northern, f"q=HOR-{number}")
    assert "What are you looking for?" in found(agent, northern, "q=")


def test_everything_is_found_by_kind(northern: World, agent: Client) -> None:
    page = found(agent, northern, "q=licence")
    assert "Every seat reports “no <mark>licence</mark>” at start-up" in page
    assert "<mark>Licence</mark> server refuses every token" in page
    page = found(agent, northern, "q=FERRO")
    assert '<h2 id="customers-h">Customers</h2>' in page
    assert "<mark>Ferro</mark>nor" not in page  # a word is marked as a whole
    assert "<mark>Ferronor</mark>" in page
    assert "NOR-C-FER" in page
    page = found(agent, northern, "q=theo+lambert")
    assert "<mark>Théo</mark> <mark>Lambert</mark>" in page
    page = found(agent, northern, "q=factory&kind=tickets")
    assert "in a note" in page
    assert "Same in the lab with a <mark>factory</mark> template." in page
    assert "Contacts</h2>" not in page
    assert "Nothing found for" in found(agent, northern, "q=factory&kind=contracts")
    for odd in ("q=%27&kind=x", "q=a&page=0", "q=a&page=99999", "q=a&page=x", f"q={'a' * 4000}"):
        found(agent, northern, odd)


def test_french_pages_hold_no_english_word(northern: World, agent: Client) -> None:
    worlds.read_in(northern, "fr")
    page = found(agent, northern, "q=licence")
    assert "Rechercher" in page
    assert "Search" not in page
    assert "Customers" not in found(agent, northern, "", "customers")


def test_many_are_listed_a_page_at_a_time(northern: World, agent: Client, frozen: datetime) -> None:
    with tenancy.vendor(northern.vendor.id):
        from palier.tickets import opening

        who = access.Viewer.customer(northern.customers["Ferronor"].contact)
        for n in range(find_results.A_PAGE + 2):
            opening.open_ticket(
                by=who, draft=worlds.draft(subject=f"Walrus {n}"), now=frozen - timedelta(hours=n)
            )
    page = found(agent, northern, "q=walrus")
    assert page.count("<mark>Walrus</mark>") == find_results.A_PAGE
    assert "More of these" in page
    page = found(agent, northern, "q=walrus&kind=tickets")
    assert "q=walrus&amp;kind=tickets&amp;page=2" in page
    page = found(agent, northern, "q=walrus&kind=tickets&page=2")
    assert page.count("<mark>Walrus</mark>") == 2
    assert "To the top" in page


def test_the_palettes_options(northern: World, agent: Client) -> None:
    page = found(agent, northern, "q=licen", "find/results")
    assert page.count('role="option"') == 2
    assert 'data-url="/northern/desk/tickets/NOR-' in page
    assert "<html" not in page
    assert 'role="option"' not in found(agent, northern, "q=l", "find/results")
    assert 'id="palette"' in found(agent, northern, "", "queue")


def test_an_agent_finds_nothing_beyond_its_teams_and_customers(
    northern: World, agent: Client, frozen: datetime
) -> None:
    with tenancy.vendor(northern.vendor.id):
        team = actions.add_team(by=northern.machine, name="Two", level=2)
        ticket = Ticket.objects.get(id=northern.tickets["fresh"].id)
        note = access.Viewer.staff(northern.agent)
        answering.add_note(by=note, ticket=ticket, body="The zanzibarine is loose.", now=frozen)
        steering.assign(by=northern.machine, ticket=ticket, team=team, now=frozen)
        ferronor = northern.customers["Ferronor"].organisation
        number = ticket.number
    for place in ("find", "find/results"):
        assert "tickets/NOR-" not in found(agent, northern, "q=zanzibarine", place)
        assert "no licence" not in found(agent, northern, f"q=NOR-{number}", place)
    with tenancy.vendor(northern.vendor.id):
        ferronor.restricted = True
        ferronor.save()
    for place in ("find", "find/results", "customers"):
        page = found(agent, northern, "q=ferronor", place)
        # What was typed is said again; nothing else is.
        for again in ("“ferronor”", 'value="ferronor"', "ferronor · Search", "q=ferronor"):
            page = page.replace(again, "")
        assert "ferronor" not in page.lower(), place
        assert "vasseur" not in found(agent, northern, "q=camille", place).lower()
    assert agent.get(f"{northern.path}/desk/customers/{ferronor.id}").status_code == 404
    with tenancy.vendor(northern.vendor.id), pytest.raises(access.Refused):
        noting.note(by=access.Viewer.staff(northern.agent), organisation=ferronor, body="x", now=frozen)


# --- customers --------------------------------------------------------------------------------------


def test_customers_are_listed_and_found_by_any_part(northern: World, agent: Client) -> None:
    page = found(agent, northern, "", "customers")
    assert [name in page for name in northern.customers] == [True] * 3
    assert "Thu\u00a022:00" in page  # in Tokyo
    page = found(agent, northern, "q=saragi", "customers")
    assert "Kisaragi Seiki" in page
    assert "Ferronor" not in page
    assert "Nothing found for" in found(agent, northern, "q=xyz", "customers")
    assert "Tidewater" in found(agent, northern, "after=Kisaragi+Seiki", "customers")


def test_one_customer_with_all_there_is(northern: World, client: Client, frozen: datetime) -> None:
    client.force_login(northern.manager_user)
    who = northern.customers["Ferronor"]
    place = f"customers/{who.organisation.id}"
    page = found(client, northern, "", place)
    for words in (
        "Head office: <strong>Thu 14:00</strong>", "NOR-C-FER", "Camille Vasseur", "camille.vasseur@ferronor.example",
        "authorised", "last wrote 19", "Every seat reports", "Nothing of theirs was closed yet.", "Nothing is owed.",
        "France",
    ):  # fmt: skip
        assert words in page.replace("\u00a0", " "), words
    assert "Import stops at two gigabytes" not in page  # another customer's
    assert "Satisfaction" not in page
    assert "Who looked" not in page
    page = found(client, northern, "", f"customers/{northern.customers['Kisaragi Seiki'].organisation.id}")
    assert "Ribbon unreadable on the second screen" in page
    with tenancy.vendor(northern.vendor.id):
        for score in (1, 4):
            Rating.objects.create(
                vendor_id=northern.vendor.id, ticket=northern.tickets["answered"], organisation=who.organisation,
                contact=who.contact, score=score, at=frozen - timedelta(days=5 - score),
            )  # fmt: skip
    assert "4 of 5, from 1 rating in the last year" in found(client, northern, "", place)
    worlds.read_in(northern, "fr")
    page = found(client, northern, "", place).replace("\u00a0", " ")
    assert "Travail en cours" in page
    assert "4 sur 5, d’après 1 note" in page


def test_only_those_who_take_money_see_what_is_owed(northern: World, agent: Client) -> None:
    page = found(agent, northern, "", f"customers/{northern.customers['Ferronor'].organisation.id}")
    assert "Open invoices" not in page


def test_a_note_is_kept_for_colleagues(northern: World, agent: Client) -> None:
    ferronor = northern.customers["Ferronor"].organisation
    url = f"{northern.path}/desk/customers/{ferronor.id}"
    answer = agent.post(f"{url}/note", {"body": "Call <b>Camille</b> first."}, follow=True)
    page = answer.content.decode()
    assert "Noted." in page
    assert "Call &lt;b&gt;Camille&lt;/b&gt; first." in page
    answer = agent.post(f"{url}/note", {"body": "x" * 5001})
    assert answer.status_code == 422
    assert "between 1 and 5000" in answer.content.decode()
    assert agent.post(f"{url}/note", {"body": " "}).status_code == 422
    assert agent.post(f"{url}/explode").status_code == 404
    agent.force_login(northern.customers["Ferronor"].user)
    assert agent.get(url).status_code == 404
    assert agent.post(f"{url}/note", {"body": "x"}).status_code == 404
    with tenancy.vendor(northern.vendor.id):
        assert OrganisationNote.objects.count() == 1
        theirs = access.Viewer.customer(northern.customers["Ferronor"].contact)
        assert not noting.notes(theirs, ferronor.id).exists()


def test_looks_at_a_restricted_customer_are_kept_and_shown(northern: World, client: Client) -> None:
    ferronor = northern.customers["Ferronor"].organisation
    with tenancy.vendor(northern.vendor.id):
        ferronor.restricted = True
        ferronor.save()
        for staff in (northern.agent, northern.manager):
            actions.clear(by=northern.machine, staff=staff, organisation=ferronor, now=worlds.START)
    client.force_login(northern.agent_user)
    page = found(client, northern, "", f"customers/{ferronor.id}")
    assert "restricted: only those named see it" in page
    assert "Who looked" not in page
    client.force_login(northern.manager_user)
    page = found(client, northern, "", f"customers/{ferronor.id}")
    assert "Who looked" in page
    assert "Maude Tremblay" in page
