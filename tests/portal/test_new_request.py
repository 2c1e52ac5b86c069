"""Writing a request: what is asked, what is said beforehand, what is kept."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.pages import world
from tests.pages.world import World

from palier.contracts import actions as contracts
from palier.contracts.models import Solution
from palier.people import tenancy
from palier.tickets.models import Ticket

FIELDS = {
    "kind": "defect",
    "effect": "lasting-major",
    "environment": "production",
    "subject": "Quota report stops",
    "body": "It stops at 40 %.",
    "field-applications": "SQL Server",
    "field-access": "Call me",
}


def signed_in(client: Client, who: Any) -> Client:
    client.force_login(who.user)
    return client


def paris(made: World) -> world.Customer:
    return made.customers["Ferronor"]


def post(client: Client, made: World, path: str, data: dict[str, str], **more: Any) -> Any:
    return client.post(f"{made.path}/requests/{path}", data, **more)


def tickets(made: World) -> int:
    with tenancy.vendor(made.vendor.id):
        return Ticket.objects.count()


def test_the_worked_example_is_seen_before_sending(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    page = post(client, northern, "preview", FIELDS).content.decode()
    assert "Covered, not billable" in page
    assert "Friday 20\xa0November at 13:00" in page
    assert "Paris time" in page
    assert "a target, not a guarantee" in page
    assert 'role="img"' in page


@pytest.mark.parametrize(
    ("customer", "effect", "due"),
    [
        ("Ferronor", "loss-of-service", "Friday 20\xa0November at 13:00"),
        ("Ferronor", "lasting-minor", "Friday 20\xa0November at 17:00"),
        ("Ferronor", "intermittent-minor", "Monday 23\xa0November at 12:00"),
        ("Tidewater Fabrication", "lasting-major", "Thursday 19\xa0November at 17:00"),
        ("Kisaragi Seiki", "lasting-major", "Friday 20\xa0November at 17:00"),
    ],
)
def test_the_first_answer_is_due_in_the_customers_own_hours(
    northern: World, client: Client, customer: str, effect: str, due: str
) -> None:
    signed_in(client, northern.customers[customer])
    assert due in post(client, northern, "preview", {**FIELDS, "effect": effect}).content.decode()


def test_a_preview_writes_nothing(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    before = tickets(northern)
    with tenancy.vendor(northern.vendor.id), connection.cursor() as cursor:
        cursor.execute("select count(*) from tickets_event")
        events = cursor.fetchone()
    post(client, northern, "preview", FIELDS)
    with tenancy.vendor(northern.vendor.id), connection.cursor() as cursor:
        cursor.execute("select count(*) from tickets_event")
        assert cursor.fetchone() == events
    assert tickets(northern) == before


def test_only_what_the_kind_needs_is_asked(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    bare = client.get(f"{northern.path}/requests/new").content.decode()
    assert "q-effect" not in bare
    assert "Choose what it is about" in bare
    fault = client.get(f"{northern.path}/requests/new?kind=defect").content.decode()
    assert "q-effect" in fault
    assert "q-field-applications" in fault
    beta = client.get(f"{northern.path}/requests/new?kind=beta").content.decode()
    assert "q-effect" not in beta
    assert "q-field-applications" not in beta


def test_what_the_kind_asks_is_swapped_only_when_the_kind_changed(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    assert (
        'id="asked"'
        not in post(client, northern, "preview", {**FIELDS, "asked_for": "defect"}).content.decode()
    )
    assert (
        'hx-swap-oob="true"'
        in post(client, northern, "preview", {**FIELDS, "asked_for": "beta"}).content.decode()
    )


def test_a_programme_without_levels_is_told_none(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    for language, level, covered, billable in (
        ("en", "level", "Covered, not billable", "Billable: you choose"),
        ("fr", "niveau", "Couvert, non facturable", "Facturable\xa0: vous choisissez"),
    ):
        world.read_in(northern, language)
        for sent, title in ((FIELDS, covered), ({"kind": "services", "body": "A report"}, billable)):
            page = post(client, northern, "preview", sent).content.decode()
            assert title in page
            assert level not in page.lower()


def test_french_sets_a_no_break_space_before_every_colon(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    world.read_in(northern, "fr")
    page = post(client, northern, "preview", FIELDS).content.decode()
    text = re.sub(r"<[^>]+>", "", page)
    assert "Gravité proposée\xa0: " in text
    assert not re.search(r"[^\s\xa0]: ", text)


def test_the_subject_comes_before_what_only_this_vendor_asks(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    page = client.get(f"{northern.path}/requests/new?kind=defect").content.decode()
    places = [page.index(f'id="q-{name}"') for name in ("effect", "subject", "body", "field-applications")]
    assert places == sorted(places)


def test_without_a_script_a_button_shows_what_will_happen(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    before = tickets(northern)
    answer = post(client, northern, "new", {**FIELDS, "do": "show"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Friday 20\xa0November at 13:00" in page
    assert 'value="Quota report stops"' in page
    assert "It stops at 40 %." in page
    assert tickets(northern) == before


def test_sending_leads_to_the_request_with_its_number(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    answer = post(client, northern, "new", {**FIELDS, "do": "send"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(f"{northern.path}/requests/NOR-")
    assert "Received as NOR-" in page
    assert "tomorrow 13:00" in page


@pytest.mark.parametrize("left_out", ["subject", "body", "kind", "effect"])
def test_what_is_missing_is_named_and_nothing_typed_is_lost(
    northern: World, client: Client, left_out: str
) -> None:
    signed_in(client, paris(northern))
    before = tickets(northern)
    answer = post(client, northern, "new", {**FIELDS, left_out: "", "do": "send"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Not sent yet" in page
    for name in ("subject", "body"):
        if name != left_out:
            assert FIELDS[name] in page
    assert tickets(northern) == before


def test_what_may_be_sent_incomplete_is_asked_for_at_once(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    sent = {name: value for name, value in FIELDS.items() if not name.startswith("field-")}
    preview = post(client, northern, "preview", sent).content.decode()
    assert "Once it is complete" in preview
    assert "Still missing" in preview
    page = post(client, northern, "new", {**sent, "do": "send"}, follow=True).content.decode()
    assert "Asked for at once" in page
    assert "On hold: no clock runs" in page
    assert "Held: " in page
    assert "Then: covered" in page


def test_before_hand_over_or_out_of_scope_the_ways_on_are_listed(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    page = post(client, northern, "preview", {"kind": "services", "body": "A report"}).content.decode()
    assert 'name="way" id="way-professional-services"' in page
    assert "you choose" in page


def test_what_nobody_works_on_here_lists_its_ways_and_asks_for_no_choice(
    northern: World, client: Client
) -> None:
    with tenancy.vendor(northern.vendor.id):
        Solution.objects.update(handed_over_on=None)
    signed_in(client, paris(northern))
    page = post(client, northern, "preview", {**FIELDS, "do": "show"}).content.decode()
    assert "pl-ways-list" in page
    assert 'name="way"' not in page


def test_somebody_who_is_not_authorised_reads_who_can_free_it_and_what_then(
    northern: World, client: Client
) -> None:
    client.force_login(paris(northern).colleague_user)
    page = post(client, northern, "preview", FIELDS).content.decode()
    assert "Held: " in page
    assert "Who can free it" in page
    assert "Then: covered" in page
    assert "What would change it" in page


def test_nonsense_is_answered_not_raised(northern: World, client: Client) -> None:
    signed_in(client, paris(northern))
    for odd in (
        {"kind": "no-such"},
        {**FIELDS, "effect": "no-such"},
        {**FIELDS, "contract": "x", "solution": "y", "site": "z"},
        {**FIELDS, "environment": "moon"},
        {**FIELDS, "subject": "x" * 9000},
        {**FIELDS, "fact-modification": "maybe"},
    ):
        assert post(client, northern, "preview", odd).status_code == 200
        assert post(client, northern, "new", {**odd, "do": "send"}).status_code in (302, 422)


@pytest.mark.parametrize("slug", ["horizant", "solidxperts", "infor", "proconcept"])
def test_every_vendors_kinds_can_be_previewed_in_both_languages(
    db: None, frozen: datetime, client: Client, slug: str
) -> None:
    made = world.build(slug)
    who = next(iter(made.customers.values()))
    client.force_login(who.user)
    with tenancy.vendor(made.vendor.id):
        from palier.pages import speech

        programme = speech.programme_of(made.vendor.id, frozen)
    assert programme is not None
    for language in ("en", "fr"):
        world.read_in(made, language)
        for kind in programme.kinds:
            effects = list(programme.effects) if programme.kinds[kind].asks_effect else [""]
            data = {
                "kind": kind,
                "effect": effects[0],
                "body": "x",
                "product": next(iter(programme.products)),
                "environment": next(iter(programme.environments), ""),
            }
            page = post(client, made, "preview", data).content.decode()
            assert "pl-verdict-title" in page, (kind, language)
            if "pl-due" in page or "pl-answer" in page:
                assert "pl-clock" in page


def test_the_only_solution_handed_over_is_chosen_beforehand(northern: World, client: Client) -> None:
    who = paris(northern)
    with tenancy.vendor(northern.vendor.id):
        contracts.add_solution(
            by=northern.machine, contract=who.contract, name="Not yet delivered", now=world.START
        )
    signed_in(client, who)
    page = post(client, northern, "preview", FIELDS).content.decode()
    assert "Covered, not billable" in page
    asked = client.get(f"{northern.path}/requests/new?kind=defect").content.decode()
    assert re.search(r"<option[^>]*selected[^>]*>Storage reporting<", asked)
    unsaid = post(client, northern, "preview", {**FIELDS, "solution": ""}).content.decode()
    assert "Covered, not billable" not in unsaid


def test_a_modification_left_blank_says_nothing_and_one_without_consent_is_not_covered(
    db: None, frozen: datetime, client: Client
) -> None:
    made = world.build("proconcept")
    who = next(iter(made.customers.values()))
    client.force_login(who.user)
    asked = {"kind": "blocked-task", "effect": "task-stopped", "product": "erp", "subject": "x", "body": "y"}
    assert 'name="fact-modification"' in post(client, made, "preview", asked).content.decode()
    for kind in ("blocked-task", "error"):
        filled = {
            **asked, "kind": kind, "version": "16.2", "field-task": "x", "field-steps": "x",
            "fact-object": "standard", "fact-modification": "",
        }  # fmt: skip
        answer = post(client, made, "new", {**filled, "do": "send"})
        assert answer.status_code == 302, answer.content.decode()
        changed = post(client, made, "preview", {**filled, "fact-modification": "by-customer"})
        assert "without our written consent" in changed.content.decode().replace("\xa0", " ")
