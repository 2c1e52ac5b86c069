"""The customer's contract page, by persona."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import uuid4

from django.test import Client
from tests.pages import world
from tests.pages.world import World

from palier.contracts import actions, agreements, requests
from palier.contracts import queries as contracts
from palier.contracts.models import Agreement, Authorisation, PlanRequest
from palier.ledger.models import Account
from palier.pages import contract_words
from palier.pages.speech import Speech
from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Viewer


def ferronor(made: World) -> world.Customer:
    return made.customers["Ferronor"]


def url(made: World, who: world.Customer) -> str:
    return f"{made.path}/contracts/{who.contract.id}"


def test_the_contract_says_how_it_stands_and_who_may_write(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    page = client.get(url(northern, who)).content.decode()
    assert "1 September 2026 to 31 August 2027" in page.replace("\u00a0", " ")
    assert who.contact.name in page
    assert "Storage reporting" in page
    assert "handed over on 10" in page.lower()


def test_a_renewed_contract_shows_the_term_it_stands_in(
    northern: World, client: Client, frozen: datetime
) -> None:
    who = ferronor(northern)
    with tenancy.vendor(northern.vendor.id):
        actions.renew(by=Viewer.machine(northern.vendor.id), contract=who.contract, now=frozen)
        there = contracts.contract_by_id(northern.vendor.id, who.contract.id)
        speech = Speech(language="en", locale="en-GB", zone="Europe/Paris", programme=None)
        said = [
            contract_words.term(there.as_of(frozen + timedelta(days=days)), speech).replace("\u00a0", " ")
            for days in (0, 365)
        ]
    assert said == ["1 September 2026 to 31 August 2027", "1 September 2027 to 31 August 2028"]


def test_one_contract_is_shown_at_once_and_a_colleague_reads_it_too(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.colleague_user)
    assert client.get(f"{northern.path}/contracts/")["Location"] == url(northern, who)
    assert client.get(url(northern, who)).status_code == 200


def test_nobody_else_finds_it(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(northern.customers["Kisaragi Seiki"].user)
    assert client.get(url(northern, who)).status_code == 404
    assert client.get(f"{northern.path}/contracts/{uuid4()}").status_code == 404
    other = world.build("infor")
    client.force_login(next(iter(other.customers.values())).user)
    assert client.get(f"{other.path}/contracts/{who.contract.id}").status_code == 404


def test_one_that_waits_for_its_payment_says_what_that_means(
    db: None, frozen: datetime, client: Client
) -> None:
    made = world.build("solidxperts")
    who = next(iter(made.customers.values()))
    with tenancy.vendor(made.vendor.id):
        who.contract.paid_at = None
        who.contract.save()
    client.force_login(who.user)
    page = client.get(url(made, who)).content.decode()
    assert "The payment is not recorded yet" in page
    assert '<span class="pl-clause">B1</span> Your account has no active subscription.' in page


# --- who holds the places -------------------------------------------------------------------------------


def test_an_administrator_swaps_a_contact_and_the_change_is_told(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    sent = {"out": str(who.contact.id), "in": str(who.colleague.id), "first": ""}
    page = client.post(f"{url(northern, who)}/swap", sent, follow=True).content.decode()
    assert "Swapped." in page
    assert f"{who.colleague.name} took the place of {who.contact.name}." in page
    client.force_login(who.colleague_user)
    notice = client.get(f"{northern.path}/notices/").content.decode()
    assert f"{who.colleague.name} takes the place of {who.contact.name}" in notice


def test_a_stand_in_has_an_end(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    sent = {"out": str(who.contact.id), "in": str(who.colleague.id), "first": "", "last": ""}
    answer = client.post(f"{url(northern, who)}/stand-in", sent)
    assert answer.status_code == 422
    assert "“Last day” is needed." in answer.content.decode()
    page = client.post(f"{url(northern, who)}/stand-in", {**sent, "last": "2026-11-30"}, follow=True)
    shown = page.content.decode().replace("\u00a0", " ")
    assert "from 19 November 2026 to 30 November 2026" in shown
    assert "from 1 December 2026" in shown


def test_a_place_too_many_is_refused_with_who_holds_them_and_nothing_is_written(
    db: None, frozen: datetime, client: Client
) -> None:
    made = world.build("horizant")
    who = next(iter(made.customers.values()))
    with tenancy.vendor(made.vendor.id):
        third = people.add_contact(
            by=made.machine,
            organisation=who.organisation,
            name="Odile Third",
            email="odile@laurentide.example",
            now=frozen,
        )
    client.force_login(who.user)
    for contact, status in ((who.colleague, 302), (third, 422)):
        answer = client.post(f"{url(made, who)}/name", {"in": str(contact.id), "first": ""})
        assert answer.status_code == status
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert page.count(who.contact.name) > 1
    assert f'value="{third.id}" selected' in page
    with tenancy.vendor(made.vendor.id):
        assert Authorisation.objects.count() == 2


def test_who_is_not_authorised_sees_no_form_and_is_refused(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.colleague_user)
    page = client.get(url(northern, who)).content.decode()
    assert "Swap somebody" not in page
    sent = {"out": str(who.contact.id), "in": str(who.colleague.id), "first": ""}
    answer = client.post(f"{url(northern, who)}/swap", sent)
    assert answer.status_code == 422
    assert "not by you" in answer.content.decode()
    client.force_login(northern.customers["Kisaragi Seiki"].user)
    assert client.post(f"{url(northern, who)}/swap", sent).status_code == 404


def test_a_deed_nobody_knows_is_nothing(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    assert client.post(f"{url(northern, who)}/explode").status_code == 404
    assert client.get(f"{url(northern, who)}/swap").status_code == 200  # reloaded after a refusal: the page


# --- what is left and why -------------------------------------------------------------------------------


def test_the_balance_leads_to_its_lines(db: None, frozen: datetime, client: Client) -> None:
    made = world.build("solidxperts")
    who = next(iter(made.customers.values()))
    client.force_login(who.user)
    page = client.get(url(made, who)).content.decode()
    assert "<strong>2</strong> of 2" in page
    assert "by 8 seats" in page
    with tenancy.vendor(made.vendor.id):
        account = Account.objects.get(allowance="grace-calls")
    lines = f"{url(made, who)}/ledger/{account.id}"
    assert lines in page
    shown = client.get(lines).content.decode()
    assert "Granted" in shown
    assert "+2" in shown
    client.force_login(who.colleague_user)
    assert client.get(lines).status_code == 200


def test_anothers_lines_are_nothing(northern: World, client: Client) -> None:
    made = world.build("solidxperts")
    who = next(iter(made.customers.values()))
    with tenancy.vendor(made.vendor.id):
        account = Account.objects.get(allowance="grace-calls")
    client.force_login(ferronor(northern).user)
    mine = url(northern, ferronor(northern))
    assert client.get(f"{mine}/ledger/{account.id}").status_code == 404
    assert client.get(f"{northern.path}/contracts/{who.contract.id}/ledger/{account.id}").status_code == 404
    assert client.get(f"{mine}/ledger/{uuid4()}").status_code == 404


# --- what both sides agreed to --------------------------------------------------------------------------


def test_a_binding_text_is_read_downloaded_and_accepted(
    northern: World, frozen: datetime, client: Client
) -> None:
    who = ferronor(northern)
    with tenancy.vendor(northern.vendor.id):
        document = next(iter(contracts.programme(who.contract.revision_id).documents.values()))
        agreements.deposit(
            by=northern.machine,
            document=document.id,
            version=document.version,
            language="en",
            filename="sla.md",
            media_type=agreements.MARKDOWN,
            body=b"# Service levels\n\nWe answer.",
            now=frozen,
            title="Service levels",
        )
        text = Agreement.objects.get()
    client.force_login(who.user)
    page = client.get(url(northern, who)).content.decode()
    assert f"/texts/{text.id}" in page
    read = client.get(f"{northern.path}/texts/{text.id}").content.decode()
    assert "We answer." in read
    assert client.get(f"{northern.path}/texts/{text.id}?file=yes")["Content-Disposition"].startswith(
        "attachment"
    )
    done = client.post(
        f"{url(northern, who)}/accept", {"document": document.id}, follow=True
    ).content.decode()
    assert "Accepted, and kept with your name" in done
    assert f"accepted by {who.contact.name}" in done.lower().replace(
        who.contact.name.lower(), who.contact.name
    )
    other = world.build("infor")
    client.force_login(next(iter(other.customers.values())).user)
    assert client.get(f"{other.path}/texts/{text.id}").status_code == 404


def test_a_limit_is_agreed_beforehand_and_withdrawn(northern: World, client: Client) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    sent = {"minutes": "120", "request": "300", "month": "a lot", "approvers": [str(who.colleague.id)]}
    answer = client.post(f"{url(northern, who)}/cap", sent)
    assert answer.status_code == 422
    kept = answer.content.decode()
    assert 'value="a lot"' in kept
    assert 'role="alert"' in kept
    page = client.post(f"{url(northern, who)}/cap", {**sent, "month": "1 000"}, follow=True)
    shown = page.content.decode().replace("\u00a0", " ")
    assert "up to 2 h a request, up to €300.00 a request, up to €1,000.00 a month" in shown
    assert f"Beyond it, {who.colleague.name} is asked." in shown
    page = client.post(f"{url(northern, who)}/no-cap", follow=True)
    assert "every estimate is asked first" in page.content.decode()


def test_the_augmented_plan_is_asked_for_once_and_its_answer_shown(
    northern: World, frozen: datetime, client: Client
) -> None:
    who = ferronor(northern)
    client.force_login(who.user)
    assert "Ask for another plan" in client.get(url(northern, who)).content.decode()
    sent = {"plan": "augmented", "words": "Twelve factories by spring."}
    page = client.post(f"{url(northern, who)}/ask-plan", sent, follow=True).content.decode()
    assert "Twelve factories by spring." in page
    assert "Waits for the answer" in page
    assert "Ask for another plan" not in page
    assert client.post(f"{url(northern, who)}/ask-plan", sent).status_code == 422
    with tenancy.vendor(northern.vendor.id):
        requests.decline_plan(
            by=Viewer.staff(northern.manager),
            request=PlanRequest.objects.get(),
            answer="From ten plants on: let us talk in May.",
            now=frozen,
        )
    page = client.get(url(northern, who)).content.decode()
    assert "Not granted" in page
    assert "let us talk in May" in page


def test_the_statement_is_taken_home_as_data_and_as_paper(db: None, frozen: datetime, client: Client) -> None:
    made = world.build("solidxperts")
    who = next(iter(made.customers.values()))
    client.force_login(who.user)
    data = client.get(f"{url(made, who)}/statement.json")
    assert data["Content-Type"] == "application/json"
    assert "grace-calls" in json.dumps(data.json())
    paper = client.get(f"{url(made, who)}/statement.pdf")
    assert paper.content.startswith(b"%PDF-")
    assert ".pdf" in paper["Content-Disposition"]
    other = world.build("infor")
    client.force_login(next(iter(other.customers.values())).user)
    assert client.get(f"{other.path}/contracts/{who.contract.id}/statement.json").status_code == 404


def test_hours_are_for_sale_to_who_may_buy(db: None, frozen: datetime, client: Client) -> None:
    made = world.build("solidxperts")
    who = next(iter(made.customers.values()))
    client.force_login(who.user)
    page = client.get(url(made, who)).content.decode()
    assert "Buy hours" in page
    assert f"/buy/hours-10?contract={who.contract.id}" in page
    client.force_login(who.colleague_user)
    assert "Buy hours" not in client.get(url(made, who)).content.decode()
