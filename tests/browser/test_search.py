"""Search, palette and a customer's page with the keyboard alone, and before axe; what is alike while one writes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.test_flow import AT_ONCE, PHONE, WIDE, Visitor, violations
from tests.browser.test_flow import served as served
from tests.pages.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_search_palette_and_customer_by_keyboard(browser: Any, served: tuple[World, str]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    axe, found = Axe(), list[str]()
    visitor = Visitor(browser, address, color_scheme="light")
    visitor.sign_in(made.agent_user)
    page, keys = visitor.page, visitor.page.keyboard
    page.goto(address + "/desk/queue")
    keys.press("/")
    keys.type("licence")
    keys.press("Enter")
    page.wait_for_selector("h2#tickets-h")
    assert page.locator("mark").count() >= 2
    found += look(axe, page, "results")

    keys.press("Control+k")
    keys.type("ferrono")
    page.wait_for_selector("#palette [role=option][id^=found-customers]")
    found += look(axe, page, "palette", wide_only=True)
    option = page.locator("#palette [role=option][id^=found-customers]")
    for _ in range(12):
        if option.get_attribute("aria-selected") == "true":
            break
        keys.press("ArrowDown")
    assert page.locator("#palette input").get_attribute("aria-activedescendant") == option.get_attribute("id")
    keys.press("Enter")
    page.wait_for_selector("h1:text('Ferronor')")
    found += look(axe, page, "customer")

    # A command of the page, by its name; Escape closes and gives back the place.
    keys.press("Control+k")
    keys.press("Escape")
    assert not page.locator("#palette").is_visible()
    keys.press("Control+k")
    keys.type("write a note")
    keys.press("Enter")
    keys.type("They close in August.")
    keys.press("Control+Enter")
    page.wait_for_selector("text=They close in August.")

    keys.press("Control+k")
    keys.type("customers")
    assert page.locator("#palette [aria-selected=true]").inner_text() == "Customers"
    keys.press("Enter")
    page.wait_for_selector("h1:text('Customers')")
    found += look(axe, page, "customers")
    # Two keys: g, and the first letter of a page.
    keys.press("g")
    keys.press("q")
    page.wait_for_selector("h1:text('All open')")
    keys.press("g")
    keys.press("c")
    page.wait_for_selector("h1:text('Customers')")
    visitor.close()
    assert found == []


def test_what_is_alike_is_shown_while_one_writes(browser: Any, served: tuple[World, str]) -> None:
    made, address = served
    visitor = Visitor(browser, address)
    visitor.sign_in(made.customers["Ferronor"].user)
    page = visitor.page
    page.goto(address + "/requests/new")
    page.check("input[name=kind][value=defect]")
    page.focus("#q-subject")
    page.keyboard.type("Quota report stops again")
    page.wait_for_selector("#look-first mark")
    assert "Quota report stops without a message" in page.inner_text("#look-first")
    assert page.input_value("#q-subject") == "Quota report stops again"
    visitor.close()


def look(axe: Any, page: Any, where: str, *, wide_only: bool = False) -> list[str]:
    """What axe finds by day and, of colours, by night; and whether the page is wider than a screen or a phone."""
    found = violations(axe, page, where)
    page.emulate_media(color_scheme="dark")
    page.evaluate(AT_ONCE)
    found += violations(axe, page, f"{where} by night", "color-contrast", "link-in-text-block")
    page.emulate_media(color_scheme="light")
    for size in () if wide_only else (PHONE, WIDE):
        page.set_viewport_size(size)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{where}: {over} px wider than a screen of {size['width']} px")
    return found
