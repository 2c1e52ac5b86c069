"""The queue in a real browser with the keyboard alone: pick, assign, undo, filter, save, put aside, next; and live."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from tests.browser.test_flow import Visitor, served
from tests.pages.fixtures import frozen
from tests.pages.world import World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import answering, tags
from palier.tickets.models import Ticket
from palier.workspace.models import SavedView

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["frozen", "served"]


def press(page: Any, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def numbers(page: Any) -> list[str]:
    found: list[str] = page.eval_on_selector_all("tr[data-row]", "rows => rows.map(row => row.dataset.row)")
    return found


def clean(page: Any) -> None:
    violations = [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in Axe().run(page).response["violations"]
    ]
    assert violations == []


def test_a_morning_at_the_queue_with_the_keyboard_alone(browser: Any, served: tuple[World, str]) -> None:
    made, address = served
    agent = Visitor(browser, address)
    agent.sign_in(made.agent_user)
    page = agent.page
    page.goto(f"{address}/desk/queue")
    order = numbers(page)
    # The second and the third, given to somebody; then taken back.
    press(page, "j x j x")
    assert page.locator("[data-picked]").inner_text() == "2 selected"
    clean(page)
    press(page, "a")
    page.wait_for_url("**/queue/bulk?*")
    press(page, "ArrowDown Control+Enter")
    page.wait_for_selector("text=Assign: done on 2 tickets.")
    with tenancy.vendor(made.vendor.id):
        given = Ticket.objects.filter(assignee=made.manager).values_list("number", flat=True)
        assert {f"NOR-{number}" for number in given} == set(order[1:3])
    press(page, "u")
    page.wait_for_selector("text=Undone on 2 tickets.")
    # The one under the cursor, put aside until tomorrow.
    press(page, "z")
    page.wait_for_url("**/queue/bulk?*")
    press(page, "Control+Enter")
    page.wait_for_selector("text=Put aside: done on 1 ticket.")
    assert numbers(page) == order[1:]
    # What is new, saved by name.
    press(page, "f")
    page.wait_for_selector("#narrow-h")
    clean(page)
    page.locator("input[name=status][value=new]").focus()
    press(page, "Space")
    page.locator("button[name=show]").focus()
    press(page, "Enter")
    page.wait_for_selector(".pl-filters b")
    page.locator("text=Save as a view").focus()
    press(page, "Enter")
    page.wait_for_selector("#view-name")
    page.keyboard.type("What is new")
    press(page, "Enter")
    page.wait_for_selector("h1:has-text('What is new')")
    with tenancy.vendor(made.vendor.id):
        assert SavedView.objects.get().filters == {"status": ["new"]}
    fresh = numbers(page)
    # Through them one by one, tagging the first.
    press(page, "o")
    page.wait_for_selector(f".pl-no:has-text('{fresh[0]}')")
    press(page, "t")
    page.keyboard.type("export")
    press(page, "Enter")
    page.wait_for_selector(".pl-tag:has-text('export')")
    press(page, "n")
    page.wait_for_selector(f".pl-no:has-text('{fresh[1]}')")
    press(page, "b")
    page.wait_for_selector("h1:has-text('What is new')")
    press(page, "v")
    page.wait_for_selector("h1:has-text('Your views')")
    clean(page)
    with tenancy.vendor(made.vendor.id):
        first = Ticket.objects.get(number=int(fresh[0].removeprefix("NOR-")))
        assert tags.of_ticket(Viewer.staff(made.agent), first.id) == ("export",)
    agent.close()


def test_an_open_page_follows_what_happens(browser: Any, served: tuple[World, str]) -> None:
    made, address = served
    agent = Visitor(browser, address)
    agent.sign_in(made.agent_user)
    page = agent.page
    page.goto(f"{address}/desk/queue")
    order = numbers(page)
    press(page, "j x")
    page.evaluate("window.stays = document.querySelector('tr.is-cursor')")
    with tenancy.vendor(made.vendor.id):
        last = Ticket.objects.select_related("organisation").get(number=int(order[0].removeprefix("NOR-")))
        answering.reply(
            by=Viewer.staff(made.manager),
            ticket=last,
            body="Which?",
            now=timezone.now(),
            then="wait-customer",
        )
    page.locator("[data-part=news]:has-text('changed')").wait_for(state="attached")
    assert page.locator(f"tr[data-row='{order[0]}']").inner_text().count("Waiting") == 1
    # Cursor, pick and focus are where they were.
    assert page.locator("tr.is-cursor").get_attribute("data-row") == order[1]
    assert page.locator("input[name=t]:checked").count() == 1
    assert page.evaluate("document.activeElement.closest('tr')?.dataset.row") == order[1]
    # A ticket that is open says that there is more, and leaves what is being written alone.
    page.goto(f"{address}/desk/tickets/{order[1]}")
    press(page, "r")
    page.keyboard.type("I am writing")
    with tenancy.vendor(made.vendor.id):
        open_one = Ticket.objects.get(number=int(order[1].removeprefix("NOR-")))
        answering.add_note(by=Viewer.staff(made.manager), ticket=open_one, body="Mine?", now=timezone.now())
    page.wait_for_selector("[data-fresh]:not([hidden])")
    assert "1 new entry" in page.locator("[data-fresh]").inner_text()
    assert page.locator("[data-key=r]").input_value() == "I am writing"
    agent.close()
