"""The words of letters: written with the letter beside them following the typing, and before axe."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.test_flow import Visitor
from tests.browser.test_flow import served as served
from tests.browser.test_settings import look
from tests.pages.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_letter_follows_the_typing(browser: Any, served: tuple[World, str]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    axe, found = Axe(), list[str]()
    visitor = Visitor(browser, address)
    visitor.sign_in(made.manager_user)
    page, keys = visitor.page, visitor.page.keyboard
    page.goto(f"{address}/desk/settings/letters")
    found += look(axe, page, "letters-words")
    page.goto(f"{address}/desk/settings/letters/received/fr")
    letter = page.frame_locator("iframe[name=letter-preview]")
    letter.locator("text=La décision, et pourquoi").first.wait_for()
    page.focus("#letter-body")
    keys.press("Control+Home")
    keys.type("Salut. ")
    letter.locator("text=Salut. Bonjour").first.wait_for()
    assert page.evaluate("document.activeElement.id") == "letter-body"
    keys.type("{personne} ")
    letter.locator("text=Il n’y a pas de variable {personne}").or_(
        letter.locator("text=There is no variable {personne}")
    ).first.wait_for()
    for _ in "{personne} ":
        keys.press("Backspace")
    letter.locator("text=Salut. Bonjour").first.wait_for()
    found += look(axe, page, "letter-words")
    page.locator("button.btn-primary").click()
    page.wait_for_selector("text=Back to the product’s words")
    assert found == []
