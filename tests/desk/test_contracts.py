"""Contracts on the desk: who finds them, what each role may do to one, and what is refused with what was typed."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.pages.world import World

from palier.contracts import queries as contracts
from palier.people import tenancy
from palier.people.models import Role, Staff


@pytest.fixture
def manager(northern: World, client: Client) -> Client:
    client.force_login(northern.manager_user)
    return client


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def address(made: World, customer: str, action: str = "") -> str:
    found = f"{made.path}/desk/contracts/{made.customers[customer].contract.id}"
    return f"{found}/{action}" if action else found


def standing(made: World, customer: str) -> contracts.Standings:
    with tenancy.vendor(made.vendor.id):
        return contracts.contract_by_id(made.vendor.id, made.customers[customer].contract.id)


def test_the_list_names_every_customer_and_finds_by_a_part_of_the_name(
    northern: World, manager: Client
) -> None:
    page = manager.get(f"{northern.path}/desk/contracts").content.decode()
    assert all(name in page for name in northern.customers)
    found = manager.get(f"{northern.path}/desk/contracts?q=ferro").content.decode()
    assert "Ferronor" in found
    assert "Kisaragi" not in found
    assert "Nothing found" in manager.get(f"{northern.path}/desk/contracts?q=zzz").content.decode()


def test_a_manager_suspends_and_lifts(northern: World, manager: Client) -> None:
    assert manager.post(address(northern, "Ferronor", "suspend")).status_code == 302
    assert standing(northern, "Ferronor").suspended_at is not None
    assert manager.post(address(northern, "Ferronor", "lift")).status_code == 302
    assert standing(northern, "Ferronor").suspended_at is None


def test_what_cannot_be_read_is_told_with_the_form_open_and_what_was_typed(
    northern: World, manager: Client
) -> None:
    sent = {"name": "Move to the new plant", "first_on": "soon", "last_on": "2026-12-01", "person": "Ana Roy"}
    answer = manager.post(address(northern, "Ferronor", "project"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“First day” is a date" in page
    assert 'value="Ana Roy"' in page
    assert 'id="project" open' in page


def test_a_project_ends_after_it_begins(northern: World, manager: Client) -> None:
    sent = {"name": "Move", "first_on": "2026-12-02", "last_on": "2026-12-01", "person": "Ana Roy"}
    answer = manager.post(address(northern, "Ferronor", "project"), sent)
    assert answer.status_code == 422
    assert "first day or later" in answer.content.decode()
    manager.post(address(northern, "Ferronor", "project"), {**sent, "last_on": "2027-02-01"})
    assert [one.name for one in standing(northern, "Ferronor").projects] == ["Move"]


def test_an_agent_reads_a_contract_and_may_not_end_it(northern: World, agent: Client) -> None:
    page = agent.get(address(northern, "Ferronor")).content.decode()
    assert "Ferronor" in page
    assert 'id="end"' not in page
    refused = agent.post(address(northern, "Ferronor", "end"), {"on": "2026-12-01"})
    assert refused.status_code == 422
    assert "roles" in refused.content.decode()
    assert standing(northern, "Ferronor").ended_at is None


def test_a_restricted_customers_contract_is_missing_for_those_not_named(
    northern: World, client: Client
) -> None:
    from palier.people.models import Organisation

    with tenancy.vendor(northern.vendor.id):
        Organisation.objects.filter(name="Ferronor").update(restricted=True)
        Staff.objects.filter(id=northern.agent.id).update(roles=[Role.AGENT.value])
    client.force_login(northern.agent_user)
    assert client.get(address(northern, "Ferronor")).status_code == 404
    assert "Ferronor" not in client.get(f"{northern.path}/desk/contracts").content.decode()


def test_a_customer_finds_no_desk(northern: World, client: Client) -> None:
    client.force_login(northern.customers["Ferronor"].user)
    assert client.get(address(northern, "Ferronor")).status_code == 404
    assert client.post(address(northern, "Ferronor", "suspend")).status_code == 404


def test_an_unknown_deed_is_missing(northern: World, manager: Client) -> None:
    assert manager.post(address(northern, "Ferronor", "explode")).status_code == 404


# --- drawing up -------------------------------------------------------------------------------------


def new(made: World, customer: str) -> str:
    return f"{made.path}/desk/contracts/new?customer={made.customers[customer].organisation.id}"


TERMS = {
    "number": "NOR-2027-1",
    "plan": "standard",
    "activation_on": "2027-01-01",
    "seats": "5",
    "solution": "Quota reports",
    "solution_goals": "One report a week",
}


def test_what_the_customer_gets_is_shown_before_anything_is_written(northern: World, manager: Client) -> None:
    answer = manager.post(new(northern, "Ferronor"), {**TERMS, "do": "preview"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1\u00a0January 2027" in page
    assert "8\u00a0h" in page
    assert 'value="NOR-2027-1"' in page
    with tenancy.vendor(northern.vendor.id):
        assert (
            len(contracts.contracts_of(northern.vendor.id, northern.customers["Ferronor"].organisation.id))
            == 1
        )


def test_it_is_drawn_up_and_its_page_shows_it_pending(northern: World, manager: Client) -> None:
    answer = manager.post(new(northern, "Ferronor"), {**TERMS, "do": "draw-up"}, follow=True)
    page = answer.content.decode()
    assert "Contract NOR-2027-1 is drawn up." in page
    assert "Quota reports" in page
    assert 'id="paid"' in page


def test_every_problem_is_told_at_once_with_what_was_typed(northern: World, manager: Client) -> None:
    taken = northern.customers["Ferronor"].contract.number
    answer = manager.post(
        new(northern, "Ferronor"), {**TERMS, "number": taken, "seats": "0", "do": "preview"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert taken in page
    assert page.count("<li>") >= 2


def test_an_agent_may_not_draw_up(northern: World, agent: Client) -> None:
    assert agent.get(f"{northern.path}/desk/contracts/new").status_code == 403


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ACCOUNT_MANAGER])
def test_balances_are_corrected_with_a_reason_by_those_who_take_money_and_by_account_managers(
    solidxperts: World, client: Client, role: Role
) -> None:
    with tenancy.vendor(solidxperts.vendor.id):
        Staff.objects.filter(user=solidxperts.manager_user).update(roles=[role.value])
    client.force_login(solidxperts.manager_user)
    customer = next(iter(solidxperts.customers))
    sent = {"allowance": "grace-calls", "difference": "1", "reason": "A call we spoilt"}
    answer = client.post(address(solidxperts, customer, "adjust"), sent, follow=True)
    page = answer.content.decode()
    assert "Corrected; the line says why." in page
    ledger = next(part.split('"')[0] for part in page.split('href="') if "/ledger/" in part.split('"')[0])
    lines = client.get(ledger).content.decode()
    assert "A call we spoilt" in lines


def test_a_cap_is_agreed_and_withdrawn(northern: World, manager: Client) -> None:
    contact = str(northern.customers["Ferronor"].contact.id)
    sent = {"minutes": "120", "amount": "300,00", "agreed_by": contact}
    page = manager.post(address(northern, "Ferronor", "cap"), sent, follow=True).content.decode()
    assert "Without asking: up to 2\u00a0h a request" in page
    page = manager.post(address(northern, "Ferronor", "cap-off"), follow=True).content.decode()
    assert "No cap" in page


def test_a_plan_asked_for_is_granted_from_the_contracts_page(northern: World, manager: Client) -> None:
    from datetime import UTC, datetime

    from palier.contracts import requests
    from palier.people.access import Viewer

    now = datetime(2026, 11, 19, 12, tzinfo=UTC)
    customer = northern.customers["Ferronor"]
    with tenancy.vendor(northern.vendor.id):
        requests.ask_for_plan(
            by=Viewer.customer(customer.contact),
            contract=customer.contract,
            plan="augmented",
            words="We open three plants",
            now=now,
        )
    page = manager.get(address(northern, "Ferronor")).content.decode()
    assert "We open three plants" in page
    assert manager.post(address(northern, "Ferronor", "grant-plan"), {"answer": "Gladly"}).status_code == 302
    assert standing(northern, "Ferronor").as_of(now.replace(year=2027)).plan == "augmented"


def test_a_newer_programme_is_told_and_moved_to(northern: World, manager: Client) -> None:
    from datetime import UTC, datetime

    from tests.pages.world import PROGRAMMES

    from palier.contracts import actions

    with tenancy.vendor(northern.vendor.id):
        text = (PROGRAMMES / "northern.yaml").read_text()
        newer = text.replace("contacts: 4", "contacts: 5").replace(
            "first_response: {1: 8h", "first_response: {1: 6h"
        )
        assert newer != text
        actions.publish_revision(by=northern.machine, source=newer, now=datetime(2026, 11, 18, tzinfo=UTC))
    page = manager.get(address(northern, "Ferronor")).content.decode()
    assert "(better)" in page
    revision = page.split('id="move-revision"')[1].split('<option value="')[1].split('"')[0]
    moved = manager.post(address(northern, "Ferronor", "move"), {"revision": revision}, follow=True)
    assert "Moved; the customer is told what changes." in moved.content.decode()


def test_what_a_customer_changes_is_told_on_the_desk(northern: World, manager: Client) -> None:
    from datetime import UTC, datetime

    from palier.contracts import requests
    from palier.people.access import Viewer

    customer = northern.customers["Ferronor"]
    with tenancy.vendor(northern.vendor.id):
        requests.ask_for_plan(
            by=Viewer.customer(customer.contact),
            contract=customer.contract,
            plan="augmented",
            words="",
            now=datetime(2026, 11, 19, 12, tzinfo=UTC),
        )
    assert "Notices (1)" in manager.get(f"{northern.path}/desk/queue").content.decode()
    page = manager.get(f"{northern.path}/desk/notices").content.decode()
    assert customer.contact.name in page
    manager.post(f"{northern.path}/desk/notices/read")
    assert "Notices (1)" not in manager.get(f"{northern.path}/desk/queue").content.decode()


def test_the_address_of_a_refused_form_asked_for_again_is_its_page(northern: World, manager: Client) -> None:
    assert manager.post(address(northern, "Ferronor", "project"), {"first_on": "soon"}).status_code == 422
    again = manager.get(address(northern, "Ferronor", "project"))
    assert again.status_code == 200
    assert "Ferronor" in again.content.decode()
    ticket = f"{northern.path}/desk/tickets/NOR-{northern.tickets['missed'].number}"
    assert manager.get(f"{ticket}/classify").status_code == 200
    assert manager.get(f"{northern.path}/desk/finance/settings/seller").status_code == 200
