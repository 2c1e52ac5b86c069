"""A word planted where the portal may not look, sought on every address of the portal: in every field that takes words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.pages import world as worlds
from tests.pages.fixtures import frozen as frozen
from tests.site import test_walls
from tests.site.test_walls import PLANTED, Entered, Walls, addresses, told
from tests.site.test_walls import walls as walls

from palier.people import access, noting, tenancy
from palier.tickets import answering, opening, queries

pytestmark = pytest.mark.django_db
NOTED = "quagga"
FIELDS = ("q", "number", "text", "subject", "body", "words", "search", "kind", "view", "after")


@pytest.fixture
def noted(walls: Walls, frozen: datetime) -> tuple[Walls, Walls]:
    """The word stands in a note on the customer's own request and about it, in another's request and in another vendor's.

    Answers the addresses of that other customer, and the same with the customer's own request and contract.
    """
    with tenancy.vendor(walls.middle.vendor.id):
        agent = access.Viewer.staff(walls.middle.agent)
        mine = opening.open_ticket(
            by=access.Viewer.customer(walls.middle.customers["Tidewater Fabrication"].contact),
            draft=worlds.draft(subject="Ours", body="Nothing of it."),
            now=frozen - timedelta(days=1),
        )
        answering.add_note(
            by=agent, ticket=mine, body=f"A {NOTED} in a note.", now=frozen - timedelta(hours=5)
        )
        who = walls.middle.customers["Tidewater Fabrication"]
        number = queries.number_of(mine.revision_id, mine.number)
        noting.note(by=agent, organisation=who.organisation, body=f"A {NOTED} about them.", now=frozen)
        opening.open_ticket(
            by=access.Viewer.customer(walls.middle.customers["Ferronor"].contact),
            draft=worlds.draft(subject=f"Theirs, a {NOTED}", body=f"A {NOTED}."),
            now=frozen - timedelta(days=1),
        )
    with tenancy.vendor(walls.other.vendor.id):
        elsewhere = next(iter(walls.other.customers.values()))
        opening.open_ticket(
            by=access.Viewer.customer(elsewhere.contact),
            draft=worlds.draft(kind="deficiency", effect="none", subject=f"Elsewhere, a {NOTED}"),
            now=frozen - timedelta(days=1),
        )
    values = {**walls.values, "number": number, "contract_id": str(who.contract.pk)}
    return walls, replace(walls, number=number, values=values)


def test_a_planted_word_is_found_on_no_address_of_the_portal(noted: tuple[Walls, Walls], client: Any) -> None:
    theirs, own = noted
    visitor = Entered(client, theirs.customer)
    looked = shown = 0
    for some, word in ((theirs, NOTED), (theirs, PLANTED), (own, NOTED)):
        asked = dict.fromkeys(FIELDS, word)
        for route, address in addresses(some):
            if route.name.startswith("desk:") or {"action", "deed"} & set(route.parameters):
                continue
            for method in ("get", "post"):
                ask = visitor.client.get if method == "get" else visitor.client.post
                answer = ask(f"/northern{address}", asked)
                assert word not in _without_echo(told(answer), word), (method, address)
                visitor = Entered(client, theirs.customer) if "logout" in address else visitor
                looked += 1
                shown += some is own and answer.status_code == 200 and "number" in route.parameters
    assert looked > 90
    # Its own request is among what was looked at.
    assert shown


def _without_echo(text: str, word: str) -> str:
    """What was typed is said again where it was typed; it is told from what was found by what stands around it."""
    for around in ('value="{}"', "{}</textarea>", "<p>{}</p>", "“{}”", "={}", "«\u00a0{}\u00a0»"):
        text = text.replace(around.format(word), "")
    return text


def test_whom_it_belongs_to_does_find_it(noted: tuple[Walls, Walls], client: Any) -> None:
    walls, _own = noted
    client.force_login(walls.owner)
    assert f"theirs, a {NOTED}" in told(client.get("/northern/requests/", {"q": NOTED}))
    client.force_login(walls.middle.agent_user)
    page = told(client.get("/northern/desk/find", {"q": NOTED}))
    assert "in a note" in page
    assert f"theirs, a <mark>{NOTED}</mark>" in page
    assert "elsewhere" not in page
    assert test_walls.MISSING not in page
