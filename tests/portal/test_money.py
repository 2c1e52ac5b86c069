"""What a request costs, said before and kept: ways in the preview and on the page, choices, estimates, by persona."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from tests.pages import world
from tests.pages.world import World

from palier.ledger.models import Account
from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import choosing, estimating, timekeeping
from palier.tickets.models import Choice, Consent, Ticket

HOW_TO = {
    "kind": "how-to",
    "subject": "How do I mirror a part?",
    "body": "I want the left one from the right one.",
}


@pytest.fixture
def solid(db: None, frozen: datetime) -> World:
    """Solidxperts with a customer of eight seats: two grace calls a year."""
    return world.build("solidxperts")


def customer(made: World) -> world.Customer:
    return next(iter(made.customers.values()))


def page_of(client: Client, made: World, sent: dict[str, object] | None = None) -> str:
    answer = client.post(f"{made.path}/requests/new", {**HOW_TO, "do": "show", **(sent or {})})
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def seen(page: str) -> dict[str, str]:
    """The marks of the words on the page, as its form sends them."""
    return dict(re.findall(r'name="(seen-[a-z0-9-]+)" value="([0-9a-f]+)"', page))


def send(client: Client, made: World, **sent: object) -> tuple[str, str]:
    marks = seen(page_of(client, made))
    answer = client.post(f"{made.path}/requests/new", {**HOW_TO, **marks, "do": "send", **sent})
    assert answer.status_code == 302, re.findall(r'role="alert".*?</div>', answer.content.decode(), re.S)
    url = answer["Location"]
    return url, client.get(url).content.decode().replace("\u00a0", " ")


def test_the_preview_lists_each_way_with_price_use_and_balance(solid: World, client: Client) -> None:
    client.force_login(customer(solid).user)
    page = page_of(client, solid)
    ways = re.findall(r'name="way" id="[^"]+" value="([^"]*)"', page)
    assert ways == ["grace-call", "incident", "hours-10", "hourly-quote", "fixed-quote", ""]
    assert "2 now, 1 after" in page
    assert "CA$195.00" in page
    assert 'name="agree"' in page
    assert 'name="agree" id="agree-incident" value="incident">' in page, "the box starts empty"
    assert "I agree to pay CA$195.00, without tax" in page
    assert 'id="way-later" value="" checked' in page


def test_a_grace_call_chosen_in_the_preview_is_kept_with_the_words_that_were_read(
    solid: World, client: Client
) -> None:
    who = customer(solid)
    client.force_login(who.user)
    url, page = send(client, solid, way="grace-call")
    assert "Kept for it" in page
    assert "2 before, 1 after" in page
    with tenancy.vendor(solid.vendor.id):
        choice = Choice.objects.get()
        account = Account.objects.get(allowance="grace-calls")
        assert choice.contact_id == who.contact.id
        assert choice.text.startswith("Use a grace call. Nothing to pay.")
    lines = client.get(f"{solid.path}/contracts/{who.contract.id}/ledger/{account.id}").content.decode()
    assert "Reserved" in lines
    assert f'href="{url}"' in lines
    assert "1 new" in client.get(f"{solid.path}/").content.decode()


def test_what_costs_needs_its_box_ticked(solid: World, client: Client) -> None:
    client.force_login(customer(solid).user)
    marks = seen(page_of(client, solid))
    sent = {**HOW_TO, **marks, "do": "send", "way": "incident"}
    answer = client.post(f"{solid.path}/requests/new", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "agree to its price first" in page
    assert 'id="way-incident" value="incident" checked' in page
    with tenancy.vendor(solid.vendor.id):
        assert not Ticket.objects.exists(), "nothing is written by what was refused"
    answer = client.post(f"{solid.path}/requests/new", {**sent, "agree": "incident"})
    page = client.get(answer["Location"]).content.decode()
    assert "To be paid" in page
    assert "Payment awaited" in page or "payment awaited" in page
    with tenancy.vendor(solid.vendor.id):
        consent = Consent.objects.get()
        assert (consent.amount, consent.currency) == (19500, "CAD")
        assert "I agree to pay" in consent.text


def test_what_changed_since_it_was_read_is_asked_for_again(solid: World, client: Client) -> None:
    who = customer(solid)
    client.force_login(who.user)
    marks = seen(page_of(client, solid))
    send(client, solid, way="grace-call", subject="Another", body="First one.")
    answer = client.post(f"{solid.path}/requests/new", {**HOW_TO, **marks, "do": "send", "way": "grace-call"})
    assert answer.status_code == 422 or "changed since" in answer.content.decode()
    page = answer.content.decode()
    assert "changed since you looked" in page
    assert "1 now, 0 after" in page


def test_nothing_left_says_so_and_cannot_be_chosen(solid: World, client: Client) -> None:
    client.force_login(customer(solid).user)
    for n in range(2):
        send(client, solid, way="grace-call", subject=f"Number {n}", body=f"Body {n}.")
    page = page_of(client, solid)
    assert "Nothing is left of it." in page
    assert re.search(r'id="way-grace-call"[^>]* disabled', page)


def test_a_colleague_without_a_place_reads_the_ways_and_chooses_none(solid: World, client: Client) -> None:
    who = customer(solid)
    client.force_login(who.colleague_user)
    page = page_of(client, solid)
    assert 'name="way"' not in page


def test_a_way_is_chosen_on_the_page_changed_and_taken_back(solid: World, client: Client) -> None:
    client.force_login(customer(solid).user)
    url, page = send(client, solid, way="")
    assert "Choose how it goes on" in page
    page = client.post(f"{url}/choose", {"way": "grace-call", **seen(page)}, follow=True).content.decode()
    assert "Chosen. Below is what happens now." in page
    assert "Kept for it" in page
    assert "Go on another way" in page
    refused = client.post(f"{url}/choose", {"way": "incident", **seen(page)})
    assert refused.status_code == 422
    assert 'value="incident" checked' in refused.content.decode()
    page = client.post(
        f"{url}/choose", {"way": "incident", "agree": "incident", **seen(page)}, follow=True
    ).content.decode()
    assert "To be paid" in page
    page = client.post(f"{url}/withdraw-choice", follow=True).content.decode()
    assert "Taken back." in page
    assert "Choose how it goes on" in page
    assert "2 now, 1 after" in page.replace("\u00a0", " ")
    assert client.post(f"{url}/choose", {"way": "no-such-way"}).status_code == 422


def test_nobody_else_chooses(solid: World, northern: World, client: Client) -> None:
    who = customer(solid)
    client.force_login(who.user)
    url, page = send(client, solid, way="")
    client.force_login(who.colleague_user)
    answer = client.post(f"{url}/choose", {"way": "grace-call", **seen(page)})
    assert answer.status_code == 422
    client.force_login(northern.customers["Ferronor"].user)
    assert (
        client.post(url.replace("/solidxperts/", "/northern/") + "/choose", {"way": "grace-call"}).status_code
        == 404
    )
    with tenancy.vendor(solid.vendor.id):
        assert not Choice.objects.exists()


# --- estimates ------------------------------------------------------------------------------------------


def estimated(client: Client, made: World, now: datetime) -> str:
    """A request on estimate, with one that waits for its answer."""
    client.force_login(customer(made).user)
    url, _ = send(client, made, way="hourly-quote")
    with tenancy.vendor(made.vendor.id):
        estimating.estimate(
            by=Viewer.staff(made.agent),
            ticket=Ticket.objects.get(),
            way="hourly-quote",
            minutes=170,
            text="Three hours, and the way to you.",
            now=now,
            extras=[estimating.Extra(kind="travel", text="Lévis", amount=12_000)],
        )
    return url


def test_an_estimate_is_read_whole_and_agreed_to_by_its_box(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(client, solid, frozen)
    page = client.get(url).content.decode().replace("\u00a0", " ")
    for words in (
        "Estimate 1",
        "Travel: Lévis",
        "CA$555.00",
        "CA$675.00",
        "I agree to at most CA$675.00, without tax",
    ):
        assert words in page, words
    with tenancy.vendor(solid.vendor.id):
        named = str(estimating.standing(Ticket.objects.get()).estimate.id)  # type: ignore[union-attr]
    answer = client.post(f"{url}/agree", {"estimate": named})
    assert answer.status_code == 422
    assert "Tick the box" in answer.content.decode()
    page = client.post(f"{url}/agree", {"estimate": named, "agree": named}, follow=True).content.decode()
    assert "Agreed, and kept with your name" in page
    assert "Agreed by Maëlle Kervella" in page
    with tenancy.vendor(solid.vendor.id):
        consent = Consent.objects.get(estimate__isnull=False)
        assert consent.agreed
        assert (consent.amount, consent.currency) == (67_500, "CAD")
        assert "I agree to at most" in consent.text
        assert consent.language == "en"
    again = client.post(f"{url}/agree", {"estimate": named, "agree": named})
    assert again.status_code == 422


def test_what_was_read_in_french_is_kept_as_french(solid: World, client: Client) -> None:
    world.read_in(solid, "fr")
    client.force_login(customer(solid).user)
    url, page = send(client, solid, way="")
    client.post(f"{url}/choose", {"way": "grace-call", **seen(page)})
    with tenancy.vendor(solid.vendor.id):
        choice = Choice.objects.get()
    assert choice.language == "fr"
    assert choice.text.startswith("Utiliser un Appel de Grâce. Rien à payer.")


def test_an_estimate_is_declined_with_a_reason_and_the_ways_open_again(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(client, solid, frozen)
    with tenancy.vendor(solid.vendor.id):
        named = str(estimating.standing(Ticket.objects.get()).estimate.id)  # type: ignore[union-attr]
    assert client.post(f"{url}/disagree", {"estimate": named, "body": " "}).status_code == 422
    page = client.post(
        f"{url}/disagree", {"estimate": named, "body": "Too dear."}, follow=True
    ).content.decode()
    assert "Too dear." in page
    assert "Declined by" in page
    assert "Choose how it goes on" in page
    with tenancy.vendor(solid.vendor.id):
        assert choosing.standing(Ticket.objects.get()).state == "released"  # type: ignore[union-attr]


def test_a_colleagues_estimate_stands_first_for_who_agrees_to_it_and_for_nobody_else(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(client, solid, frozen)
    number = url.rpartition("/")[2]
    with tenancy.vendor(solid.vendor.id):
        Ticket.objects.update(author=customer(solid).colleague)
    waiting = client.get(f"{solid.path}/").content.decode().split("Your turn")[1].split("</section>")[0]
    assert number in waiting
    with tenancy.vendor(solid.vendor.id):
        Ticket.objects.update(author=customer(solid).contact)
    client.force_login(customer(solid).colleague_user)
    page = client.get(f"{solid.path}/").content.decode()
    assert number in page
    assert number not in page.split("Your turn")[-1].split("</section>")[0] or "Your turn" not in page


def test_an_estimate_is_answered_by_nobody_else(solid: World, frozen: datetime, client: Client) -> None:
    url = estimated(client, solid, frozen)
    client.force_login(customer(solid).colleague_user)
    page = client.get(url).content.decode()
    assert "Somebody who agrees to estimates on your contract answers it" in page
    with tenancy.vendor(solid.vendor.id):
        named = str(estimating.standing(Ticket.objects.get()).estimate.id)  # type: ignore[union-attr]
    assert client.post(f"{url}/agree", {"estimate": named, "agree": named}).status_code == 422
    with tenancy.vendor(solid.vendor.id):
        assert not Consent.objects.filter(estimate__isnull=False).exists()


def test_another_estimate_than_the_one_read_is_not_agreed_to(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(client, solid, frozen)
    with tenancy.vendor(solid.vendor.id):
        ticket = Ticket.objects.get()
        first = str(estimating.standing(ticket).estimate.id)  # type: ignore[union-attr]
        estimating.estimate(
            by=Viewer.staff(solid.agent),
            ticket=ticket,
            way="hourly-quote",
            minutes=600,
            text="More.",
            now=frozen,
        )
    answer = client.post(f"{url}/agree", {"estimate": first, "agree": first})
    assert answer.status_code == 422
    assert "A newer estimate replaced" in answer.content.decode()


def test_time_and_cost_so_far_stand_against_what_was_agreed_and_say_why(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(client, solid, frozen)
    assert "Time and cost so far" not in client.get(url).content.decode()
    with tenancy.vendor(solid.vendor.id):
        who = Viewer.customer(customer(solid).contact)
        ticket = Ticket.objects.get()
        standing = estimating.standing(ticket)
        assert standing is not None
        estimating.agree(by=who, ticket=ticket, estimate=standing.estimate, text="", now=frozen)
        timekeeping.book(
            by=Viewer.staff(solid.agent),
            ticket=Ticket.objects.get(),
            started_at=frozen + timedelta(hours=1),
            minutes=35,
            billable=True,
            note="",
            now=frozen + timedelta(hours=2),
        )
    page = client.get(url).content.decode().replace("\u00a0", " ")
    worked = page[page.index("Time and cost so far") :]
    assert "35 min" in worked
    assert "45 min" in worked, "by the quarter of an hour"
    assert "CA$138.75" in worked, "45 minutes at CA$185.00 an hour"
    assert "agreed: 3 h, CA$675.00" in worked
    assert "Why this line" in worked
    assert '<span class="pl-clause">B6</span>' in worked
    assert "Maëlle Kervella agreed" in worked


def test_without_a_contract_hours_are_for_sale_all_the_same(solid: World, client: Client) -> None:
    with tenancy.vendor(solid.vendor.id):
        organisation = people.add_organisation(
            by=solid.machine, name="No Contract Ltd", zone="America/Toronto", now=world.START
        )
        user = people.add_user(
            vendor_id=solid.vendor.id,
            email="a@nocontract.example",
            name="Ada",
            now=world.START,
            language="en",
        )
        people.add_contact(
            by=solid.machine, organisation=organisation, name="Ada", email=user.email, now=world.START, user=user,
            is_administrator=True,
        )  # fmt: skip
    client.force_login(user)
    page = client.get(f"{solid.path}/contracts/").content.decode()
    assert "No contract stands in your name" in page
    assert f'href="{solid.path}/buy/hours-10"' in page
