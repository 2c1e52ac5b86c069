"""The links of letters in a real browser, on a phone: read, answered with a thumb or by keyboard, without a script, in both
languages and themes, before axe. A browser sends a form of such a page with `Origin: null`: that this works is the point."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.browser.test_flow import PHONE, WIDE, Visitor, reach, violations
from tests.pages import world
from tests.pages.world import World

from palier.mail import links
from palier.mail.links import Purpose
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Contact
from palier.tickets import estimating, opening, rating, reopening
from palier.tickets.models import Choice, Consent, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PALIER_PICTURES", "")
"""Where to keep pictures of the pages, for whoever wants to look at them."""


@pytest.fixture
def solid(live_server: Any, frozen: datetime) -> tuple[World, str]:
    """Solidxperts behind a real server."""
    return world.build("solidxperts", address=live_server.url + "/{slug}/"), live_server.url + "/solidxperts"


def contact(made: World) -> Contact:
    return next(iter(made.customers.values())).contact


def how_to(made: World, now: datetime, **more: object) -> Ticket:
    return opening.open_ticket(
        by=Viewer.customer(contact(made)),
        draft=world.draft("how-to", effect="none", environment="none", fields={}, **more),
        now=now,
    )


def link(made: World, purpose: Purpose, now: datetime, *, language: str = "fr") -> str:
    """A new link to a request that stands so."""
    with tenancy.vendor(made.vendor.id):
        way = {Purpose.AGREE: "hourly-quote", Purpose.RATE: "grace-call"}.get(purpose)
        ticket = how_to(made, now, **({} if way is None else {"way": way, "way_text": "Lu."}))
        agent = Viewer.staff(made.agent)
        if purpose is Purpose.AGREE:
            extra = estimating.Extra(kind="travel", text="Lévis", amount=12_000)
            estimating.estimate(
                by=agent,
                ticket=ticket,
                way="hourly-quote",
                minutes=170,
                text="Trois heures.",
                now=now,
                extras=[extra],
            )
        if purpose is Purpose.RATE:
            ticket = reopening.resolve(by=agent, ticket=ticket, now=now, message="Par le menu Édition.")
        return links.make(
            purpose=purpose, contact=contact(made), ticket=ticket, language=language, now=now,
            way="incident" if purpose is Purpose.CHOOSE else "",
        )  # fmt: skip


def looked_at(axe: Any, page: Any, name: str) -> None:
    assert violations(axe, page, name) == []
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{name}: the page is wider than the screen"
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_an_estimate_is_agreed_to_on_a_phone_without_a_script(
    browser: Any, solid: tuple[World, str], frozen: datetime
) -> None:
    made, address = solid
    url = link(made, Purpose.AGREE, frozen)
    visitor = Visitor(browser, address, viewport=PHONE, locale="en-GB", java_script_enabled=False)
    page = visitor.page
    page.goto(url)
    assert page.locator("html").get_attribute("lang") == "fr", "the letter's language, not the browser's"
    page.click("text=English")
    assert "You act as" in page.inner_text("main")
    page.click("text=Français")
    page.check("input[name=agree]")
    page.click("button:has-text('Accepter')")
    assert "Ce lien a servi" in page.inner_text("main")
    page.goto(url)
    assert "Ce lien a servi" in page.inner_text("main")
    with tenancy.vendor(made.vendor.id):
        assert Consent.objects.get(estimate__isnull=False).agreed
    visitor.close()


def test_a_rating_by_keyboard(browser: Any, solid: tuple[World, str], frozen: datetime) -> None:
    made, address = solid
    url = link(made, Purpose.RATE, frozen, language="en")
    visitor = Visitor(browser, address)
    page = visitor.page
    page.goto(url)
    reach(page, "button[name=score][value='4']")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You said: satisfied")
    reach(page, "#word")
    page.keyboard.type("Quick.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You said: satisfied")
    with tenancy.vendor(made.vendor.id):
        assert [(one.score, one.words) for one in rating.latest(Ticket.objects.get())] == [(4, "Quick.")]
    visitor.close()


def test_a_way_is_chosen_and_the_address_told_to_nobody(
    browser: Any, solid: tuple[World, str], frozen: datetime
) -> None:
    made, address = solid
    url = link(made, Purpose.CHOOSE, frozen, language="en")
    visitor = Visitor(browser, address, viewport=PHONE)
    page = visitor.page
    told: list[str] = []
    page.on("request", lambda one: told.append(one.headers.get("referer", "")))
    page.goto(url)
    page.check("input[name=agree]")
    page.click("button:has-text('Choose this way')")
    page.wait_for_selector("text=Chosen")
    page.click("text=Open the request")
    page.wait_for_selector("input[name=login]")
    assert url.rpartition("/")[2] not in "".join(told)
    with tenancy.vendor(made.vendor.id):
        assert Choice.objects.get().way == "incident"
    visitor.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_before_axe(browser: Any, solid: tuple[World, str], frozen: datetime, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    made, address = solid
    screen = PHONE if theme == "light" else WIDE
    visitor = Visitor(browser, address, viewport=screen, color_scheme=theme)
    page = visitor.page
    for purpose in (Purpose.AGREE, Purpose.CHOOSE, Purpose.RATE):
        page.goto(link(made, purpose, frozen))
        looked_at(axe, page, f"{purpose.value}-{theme}")
    page.click("button[name=score][value='5']")
    page.wait_for_selector("#word")
    looked_at(axe, page, f"rated-{theme}")
    page.goto(f"{address}/act/{'x' * 43}")
    looked_at(axe, page, f"unknown-{theme}")
    visitor.close()
