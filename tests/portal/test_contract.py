"""The customer's contract page, by persona."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.test import Client
from tests.pages import world
from tests.pages.world import World

from palier.people import tenancy


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
    assert who.colleague.name not in page.split("</header>")[1]
    assert "Storage reporting" in page
    assert "handed over on 10" in page.lower()


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
