"""What a request costs, in a real browser: from the preview to the grace call used, in French; by keyboard, without a script;
and the pages of contract, ledger, notices and ways before axe, wide and on a phone, light and dark."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.browser.test_flow import AT_ONCE, PASSWORD, PHONE, WIDE, Visitor, reach, violations
from tests.pages import world
from tests.pages.world import World

from palier.ledger.models import Account
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import User
from palier.tickets import estimating, opening, presses, reopening, sweeping
from palier.tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def solid(live_server: Any, frozen: datetime) -> tuple[World, str]:
    """Solidxperts with a customer that has used one of its two grace calls; everybody reads French and has a password."""
    made = world.build("solidxperts", address=live_server.url + "/{slug}/")
    who = next(iter(made.customers.values()))
    with tenancy.vendor(made.vendor.id):
        for user in User.objects.all():
            user.set_password(PASSWORD)
            user.language = "fr"
            user.save()
        opening.open_ticket(
            by=Viewer.customer(who.contact),
            draft=world.draft(
                "how-to", effect="none", environment="none", fields={}, way="grace-call", way_text="Read."
            ),
            now=frozen,
        )
    return made, live_server.url + made.path


def customer(made: World) -> world.Customer:
    return next(iter(made.customers.values()))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_how_to_takes_the_last_grace_call_and_leaves_none(
    browser: Any, solid: tuple[World, str], frozen: datetime
) -> None:
    made, address = solid
    who = customer(made)
    visitor = Visitor(browser, address, locale="fr-CA")
    visitor.sign_in(who.user)
    page = visitor.page
    page.goto(address + "/requests/new")
    page.check("input[name=kind][value=how-to]")
    page.wait_for_selector("#way-grace-call")
    assert "1 maintenant, 0 ensuite" in plain(page.inner_text("#preview"))
    assert not page.is_checked("#agree-incident"), "no box is ticked beforehand"
    assert not page.is_visible("#agree-incident"), "it is asked where its way is chosen"
    page.fill("#q-subject", "Comment inverser une pièce")
    page.fill("#q-body", "Je veux la gauche à partir de la droite.")
    page.wait_for_selector("#preview:not(:has-text('Il manque encore'))")
    page.check("#way-grace-call")
    page.wait_for_timeout(400)
    assert page.is_checked("#way-grace-call"), "what was picked stays while the preview is renewed"
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.check("#way-incident")
    page.check("#agree-incident")
    page.check("#way-grace-call")
    page.wait_for_timeout(400)
    assert asked == [], "what is picked is not asked about: an answer on its way could take it back"
    page.click("button[value=send]")
    page.wait_for_selector("#funding")
    assert "1 avant, 0 ensuite" in plain(page.inner_text("#funding"))
    number = int(page.url.rsplit("-", 1)[1])
    with tenancy.vendor(made.vendor.id):
        reopening.resolve(
            by=Viewer.staff(made.agent),
            ticket=Ticket.objects.get(number=number),
            now=frozen,
            message="Insertion, Symétrie.",
        )
    # What a resolving answer uses is used once it can no longer be taken back.
    sweeping.sweep(now=frozen + presses.SEND_DELAY)
    page.goto(f"{address}/contracts/{who.contract.id}")
    assert "0 sur 2" in plain(page.inner_text("#left"))
    page.click("#left a:has-text('Appels de Grâce')")
    page.wait_for_selector("h1:has-text('Appels de Grâce')")
    lines = plain(page.inner_text("main"))
    assert "Utilisé" in lines
    assert f"SXP-{number}" in lines
    page.goto(address + "/notices/")
    assert "il en reste 0" in plain(page.inner_text("main"))
    page.goto(address + "/requests/new?kind=how-to")
    assert page.is_disabled("#way-grace-call")
    assert "Il n’en reste plus." in page.inner_text("#preview")
    visitor.close()


def test_a_way_is_chosen_by_keyboard(browser: Any, solid: tuple[World, str]) -> None:
    made, address = solid
    visitor = Visitor(browser, address)
    visitor.sign_in(customer(made).user)
    page = visitor.page
    page.goto(address + "/requests/new?kind=how-to")
    for field, text in (("#q-subject", "Au clavier"), ("#q-body", "Comment faire ?")):
        reach(page, field)
        page.keyboard.type(text)
    page.wait_for_selector("#preview:not(:has-text('Il manque encore'))")
    reach(page, "input[name=way]:checked")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#agree-incident:visible")
    page.wait_for_timeout(400)
    assert page.is_checked("#way-incident")
    reach(page, "#agree-incident")
    page.keyboard.press("Space")
    page.wait_for_timeout(400)
    reach(page, "button[value=send]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#funding")
    assert "À payer" in page.inner_text("#funding")
    visitor.close()


def test_a_way_is_chosen_and_taken_back_without_a_script(browser: Any, solid: tuple[World, str]) -> None:
    made, address = solid
    visitor = Visitor(browser, address, java_script_enabled=False)
    visitor.sign_in(customer(made).user)
    page = visitor.page
    page.goto(address + "/requests/new?kind=how-to")
    page.fill("#q-subject", "Sans script")
    page.fill("#q-body", "Comment faire ?")
    page.click("button[value=show]")
    page.check("#way-grace-call")
    page.click("button[value=send]")
    assert "Réservé" in page.inner_text("#funding")
    page.click("#funding button")
    assert "Repris." in page.inner_text("main")
    page.check("#way-hourly-quote")
    page.click("#ways button.btn-primary")
    assert "Sur estimation" in page.inner_text("#funding")
    visitor.close()


def paths(made: World, now: datetime) -> list[str]:
    """The pages of contract and money, with requests in each state of their money."""
    who = customer(made)
    numbers: list[int] = []
    with tenancy.vendor(made.vendor.id):
        for way in ("", "incident", "hourly-quote"):
            ticket = opening.open_ticket(
                by=Viewer.customer(who.contact),
                draft=world.draft(
                    "how-to", subject=f"Way {way}", effect="none", environment="none", fields={}, way=way,
                    way_text="Read.", way_agreed=True,
                ),
                now=now,
            )  # fmt: skip
            numbers.append(ticket.number)
        estimating.estimate(
            by=Viewer.staff(made.agent),
            ticket=ticket,
            way="hourly-quote",
            minutes=90,
            text="So much.",
            now=now,
        )
        account = Account.objects.get(allowance="grace-calls")
    contract = f"/contracts/{who.contract.id}"
    return [
        contract,
        f"{contract}/ledger/{account.id}",
        "/notices/",
        "/requests/new?kind=how-to",
        *(f"/requests/SXP-{number}" for number in numbers),
    ]


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_axe_finds_nothing(browser: Any, solid: tuple[World, str], frozen: datetime, size: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = solid
    axe, found = Axe(), list[str]()
    viewport = {**PHONE, "height": 4000} if size == "phone" else WIDE
    visitor = Visitor(browser, address, viewport=viewport, color_scheme="light")
    visitor.sign_in(customer(made).user)
    page = visitor.page
    world.read_in(made, "fr" if size == "phone" else "en")
    for path in paths(made, frozen):
        page.goto(address + path)
        # Folded forms are looked at too.
        page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })")
        found += violations(axe, page, path)
        page.emulate_media(color_scheme="dark")
        page.evaluate(AT_ONCE)
        found += violations(axe, page, f"{path} by night", "color-contrast", "link-in-text-block")
        page.emulate_media(color_scheme="light")
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if overflow > 0:
            found.append(f"{path}: {overflow} px wider than the screen")
    visitor.complaints.clear()
    visitor.close()
    assert found == []
