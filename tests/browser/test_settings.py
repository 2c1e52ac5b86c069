"""Settings with the keyboard alone, and before axe: inviting somebody, one's own settings, the first steps, the style guide."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.browser.test_flow import AT_ONCE, PHONE, WIDE, Visitor, violations
from tests.browser.test_flow import served as served
from tests.pages.world import World

from palier.people import tenancy
from palier.people.models import Staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PALIER_PICTURES", "")
"""A folder for a picture of each page, to be looked at."""


def look(axe: Any, page: Any, name: str) -> list[str]:
    """What axe finds in light at a desk and in dark on a phone."""
    found = []
    for scheme, size in (("light", WIDE), ("dark", {**PHONE, "height": 4000})):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        page.evaluate(AT_ONCE)
        found += violations(axe, page, f"{name} {scheme}")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            found.append(f"{name} {scheme}: {wider} px wider than the screen")
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{scheme}.png"), full_page=scheme == "dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    return found


def test_settings_by_keyboard_and_before_axe(browser: Any, served: tuple[World, str]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    made.vendor.demo = True
    made.vendor.save()
    axe, found = Axe(), list[str]()
    visitor = Visitor(browser, address)
    visitor.sign_in(made.manager_user)
    page, keys = visitor.page, visitor.page.keyboard
    page.goto(address + "/desk/settings/people")
    page.focus("#invite > summary")
    keys.press("Enter")
    keys.press("Tab")
    keys.type("Zoé Lambert")
    keys.press("Tab")
    keys.type("zoe@northern.example")
    keys.press("Tab")
    keys.press("Space")
    found += look(axe, page, "invite")
    page.focus("#invite-email")
    keys.press("Enter")
    page.wait_for_selector("text=Zoé Lambert is invited")
    with tenancy.vendor(made.vendor.id):
        zoe = Staff.objects.get(name="Zoé Lambert")
        assert zoe.roles == ["agent"]
    for name, path in (
        ("people", "settings/people"),
        ("person", f"settings/people/{zoe.id}?open=change"),
        ("look", "settings/look"),
        ("mine", "settings/mine"),
        ("set-up", "set-up?programme=northern"),
        ("contacts", f"customers/{made.customers['Ferronor'].organisation.id}/people"),
    ):
        page.goto(f"{address}/desk/{path}")
        page.locator("main details.pl-form-fold > summary").first.click() if name in (
            "person",
            "look",
            "contacts",
        ) else None
        found += look(axe, page, name)

    page.goto(f"{address}/desk/settings/mine")
    page.select_option("#mine-density", "compact")
    page.focus("#mine-zone")
    keys.press("Enter")
    page.wait_for_selector("body.pl-compact")
    page.goto(f"{address}/desk/queue")
    found += look(axe, page, "queue-compact")
    page.goto(f"{address}/desk/settings/look")
    page.locator("#logo > summary").click()
    picture = io.BytesIO()
    Image.new("RGB", (700, 200), "#7c2d12").save(picture, "PNG")
    page.set_input_files(
        "#logo-logo", {"name": "l.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.locator("#logo button").click()
    page.wait_for_selector("img.pl-logo")
    assert page.evaluate("document.querySelector('img.pl-logo').naturalWidth") == 448
    found += look(axe, page, "logo")
    page.goto(f"{address}/styleguide")
    found += look(axe, page, "styleguide")
    page.click("body")
    page.goto(f"{address}/desk/settings/teams")
    page.click("button[name=language][value=fr]")
    page.locator("main details.pl-form-fold > summary").first.click()
    found += look(axe, page, "teams-fr")
    page.goto(f"{address}/desk/set-up")
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "set-up-fr.png"))
    visitor.close()
    assert found == []


def test_a_contacts_settings(browser: Any, served: tuple[World, str]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    visitor = Visitor(browser, address)
    visitor.sign_in(made.customers["Ferronor"].user)
    visitor.page.goto(f"{address}/account")
    found = look(Axe(), visitor.page, "account")
    visitor.page.select_option("#mine-language", "fr")
    visitor.page.focus("#mine-zone")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("h1:text('Mes réglages')")
    visitor.close()
    assert found == []
