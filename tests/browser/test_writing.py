"""Writing with the keyboard alone: marks, quotes, people named, canned answers, previews, drafts, and taking back; and axe."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from tests.browser.test_flow import AT_ONCE, PHONE, WIDE, Visitor, violations
from tests.browser.test_flow import served as served
from tests.pages.world import World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Notice, User
from palier.tickets.models import Message
from palier.workspace import canned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BODY = "document.getElementById('reply').value"


def add_canned(made: World) -> None:
    with tenancy.vendor(made.vendor.id):
        for title, body in (
            ("Close it?", "May we close it?"),
            ("Which version", "Hello {contact.first_name}, which version? {agent.name}"),
        ):
            canned.save(
                by=Viewer.staff(made.manager),
                title=title,
                bodies={"en": body, "fr": body},
                now=timezone.now(),
            )


def kept(page: Any) -> None:
    """Wait until the draft is kept: a second after the last key."""
    page.wait_for_selector("[data-kept]:has-text('kept')")


def test_an_agent_writes_with_the_keyboard_alone(browser: Any, served: tuple[World, str]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    axe = Axe()
    add_canned(made)
    agent = Visitor(browser, address, color_scheme="light")
    agent.sign_in(made.agent_user)
    page, keys = agent.page, agent.page.keyboard
    page.goto(f"{address}/desk/tickets/NOR-{made.tickets['answered'].number}")

    # Quote, bold, list, code; leave and come back.
    keys.press("q")
    quoted = page.evaluate(BODY)
    assert quoted.startswith("> ")
    keys.press("Control+a")
    keys.type("It is ")
    keys.press("Control+b")
    keys.type("fixed")
    keys.press("End")
    keys.type(" in ")
    keys.press("Control+e")
    keys.type("2026.1")
    keys.press("End")
    keys.press("Enter")
    keys.type("one")
    keys.press("Control+Shift+8")
    assert page.evaluate(BODY) == "It is **fixed** in `2026.1`\n- one"
    keys.press("Escape")
    assert page.evaluate("document.activeElement.id") != "reply"
    kept(page)
    page.reload()
    assert page.evaluate(BODY) == "It is **fixed** in `2026.1`\n- one"

    # A canned answer, found and inserted.
    keys.press(";")
    keys.type("vers")
    keys.press("Enter")
    page.wait_for_selector(".pl-canned:not([open])")
    assert "Hello Camille, which version?" in page.evaluate(BODY)
    keys.press("Alt+p")
    page.wait_for_selector("#preview strong:has-text('fixed')")
    found = violations(axe, page, "compose, light")
    page.emulate_media(color_scheme="dark")
    page.evaluate(AT_ONCE)
    found += violations(axe, page, "compose, dark")
    page.set_viewport_size(PHONE)
    found += violations(axe, page, "compose, phone")
    page.set_viewport_size(WIDE)
    assert found == []

    # Sent, and taken back: the text is there again.
    text = page.evaluate(BODY)
    keys.press("Control+Enter")
    page.wait_for_selector(".pl-undo")
    assert page.evaluate(BODY) == ""
    assert page.locator(".pl-md strong:has-text('fixed')").count() == 1
    keys.press("u")
    page.wait_for_selector(".pl-taken-back")
    assert page.evaluate(BODY) == text
    assert page.evaluate("document.activeElement.id") == "reply"

    # The other tab has a draft of its own; who is named is told.
    keys.press("Escape")
    page.focus("input[name=to]:checked")
    keys.press("ArrowRight")
    assert page.evaluate(BODY) == ""
    page.focus("#reply")
    keys.type("@" + made.manager.name[:3])
    page.wait_for_selector("#people:not([hidden])")
    keys.press("Enter")
    assert page.evaluate(BODY) == f"@{made.manager.name} "
    keys.type("please look")
    keys.press("Control+Enter")
    page.wait_for_selector(".pl-note:has-text('please look')")
    with tenancy.vendor(made.vendor.id):
        assert Notice.objects.filter(kind="mentioned", staff=made.manager).count() == 1
        assert not Message.objects.filter(public=True, body__contains="please look").exists()
    assert page.evaluate(BODY) == text
    agent.close()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_customer_goes_on_where_it_stopped(browser: Any, served: tuple[World, str], language: str) -> None:
    made, address = served
    who = made.customers["Ferronor"]
    with tenancy.vendor(made.vendor.id):
        User.objects.filter(id=who.user.id).update(language=language)
    customer = Visitor(browser, address, viewport=PHONE)
    customer.sign_in(who.user)
    page, keys = customer.page, customer.page.keyboard
    page.goto(address + "/requests/new?kind=defect")
    page.wait_for_selector("#q-effect")
    page.fill("#q-subject", "Half a request")
    # Left at once: what is typed goes along.
    page.goto(f"{address}/requests/NOR-{made.tickets['answered'].number}")
    page.focus("#reply")
    keys.type("Half an answer")
    page.wait_for_selector("[data-kept]:not(:empty)")
    elsewhere = Visitor(browser, address)
    elsewhere.sign_in(who.user)
    page = elsewhere.page
    page.goto(f"{address}/requests/NOR-{made.tickets['answered'].number}")
    assert page.evaluate(BODY) == "Half an answer"
    page.goto(address + "/requests/new")
    page.click(".pl-begun a")
    page.wait_for_selector("#q-subject")
    assert page.input_value("#q-subject") == "Half a request"
    elsewhere.close()
    customer.close()
