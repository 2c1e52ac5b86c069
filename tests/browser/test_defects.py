"""A defect from its confirmation to the fix that ships, by the keyboard alone; and axe on its pages, by day and by night."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.test_flow import AT_ONCE, PHONE, Visitor, reach, violations
from tests.browser.test_flow import served as served
from tests.pages.world import World

from palier.contracts.models import ContractProduct
from palier.people import tenancy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(page: Any, selector: str) -> None:
    """Reach something by Tab and press Enter on it; the next page is there afterwards."""
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_confirmed_linked_and_shipped_by_keyboard_and_axe_finds_nothing(
    browser: Any, served: tuple[World, str]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    axe, found = Axe(), list[str]()
    number = f"NOR-{made.tickets['fresh'].number}"
    with tenancy.vendor(made.vendor.id):
        ContractProduct.objects.create(
            vendor_id=made.vendor.id,
            contract=made.customers["Ferronor"].contract,
            product="northern-software",
        )
    agent = Visitor(browser, address)
    agent.sign_in(made.agent_user)
    page = agent.page

    def look(where: str) -> None:
        nonlocal found
        found += violations(axe, page, where)
        page.emulate_media(color_scheme="dark")
        page.evaluate(AT_ONCE)
        found += violations(axe, page, f"{where} by night", "color-contrast", "link-in-text-block")
        page.emulate_media(color_scheme="light")

    page.goto(f"{address}/desk/tickets/{number}")
    with page.expect_navigation():
        page.keyboard.press("l")
    look("links")
    enter(page, "a[href*='defects/new']")
    look("a new defect")
    reach(page, "#edit-product")
    page.keyboard.press("N")
    reach(page, "#edit-title_en")
    page.keyboard.press("Control+a")
    page.keyboard.type("The import stops")
    reach(page, "input[name=public]")
    page.keyboard.press("Space")
    enter(page, "main button.btn-primary")
    assert "The import stops" in page.inner_text("h1")
    look("a defect")
    enter(page, "a[href$='/ship']")
    look("shipping")
    reach(page, "#ship-fixed_in")
    page.keyboard.type("7.3")
    enter(page, "main button.btn-primary")
    assert "1 told" in page.inner_text("#told")
    for path in (
        "defects?state=all",
        f"tickets/{number}/history",
        f"tickets/{number}/merge",
        f"tickets/{number}/split",
        f"tickets/{number}/answer-all",
        f"tickets/{number}?print",
    ):
        page.goto(f"{address}/desk/{path}")
        look(path)
    assert page.locator("text=what was counted of").count() >= 1
    agent.close()

    customer = Visitor(browser, address, viewport={**PHONE, "height": 4000})
    customer.sign_in(made.customers["Ferronor"].user)
    page = customer.page
    page.goto(f"{address}/defects/")
    look("known defects")
    enter(page, "main th a")
    look("a known defect")
    reach(page, "#too-version")
    page.keyboard.type("7.1")
    enter(page, "main button.btn-primary")
    assert "Noted for your organisation: 7.1" in page.inner_text("main")
    customer.close()
    assert found == []
