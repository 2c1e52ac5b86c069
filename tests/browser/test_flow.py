"""The main flow in a real browser: a contact writes a request that says beforehand what will happen, an agent answers.

In both languages, with the keyboard alone, without JavaScript, and before axe on every page, wide and on a phone, light
and dark. Nothing may be written to the console: the strict policy of content holds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from tests.pages import world
from tests.pages.world import World

from palier.people import tenancy
from palier.people.models import User
from palier.tickets import presses

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a word that only this test knows"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def served(live_server: Any, frozen: datetime) -> tuple[World, str]:
    """Northern behind a real server, everybody with a password; and its address."""
    made = world.build("northern", address=live_server.url + "/{slug}/")
    world.fill(made, frozen)
    with tenancy.vendor(made.vendor.id):
        for user in User.objects.all():
            user.set_password(PASSWORD)
            user.save()
    return made, live_server.url + made.path


class Visitor:
    """A browser of its own, which remembers what was written to the console."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": WIDE, "locale": "en-GB", **options})
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.address = address
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._heard(said))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, said: Any) -> None:
        # A page that was refused on purpose (422) is told to the console by the browser itself.
        # htmx logs a request that a newer one replaced.
        expected = "status of 4" in said.text or said.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
        if said.type in ("error", "warning") and not expected:
            self.complaints.append(said.text)

    def sign_in(self, user: User) -> None:
        self.page.goto(self.address + "/accounts/login/")
        self.page.fill("input[name=login]", user.email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_selector("h1")

    def close(self) -> None:
        assert self.complaints == []
        self.context.close()


def write(page: Any) -> None:
    page.check("input[name=kind][value=defect]")
    page.select_option("#q-effect", "lasting-major")
    page.select_option("#q-environment", "production")
    page.fill("#q-field-applications", "SQL Server")
    page.fill("#q-field-access", "Call me")
    page.fill("#q-subject", "Report stops at once")
    page.fill("#q-body", "It stops at 40 %.")


@pytest.mark.parametrize(
    ("language", "due", "covered", "send", "sent", "answer"),
    [
        ("en", "Friday 20\xa0November at 13:00", "Covered", "Send", "Received as", "Next update"),
        ("fr", "vendredi 20\xa0novembre à 13:00", "Couvert", "Envoyer", "Bien reçu", "Prochaine nouvelle"),
    ],
)
def test_from_a_request_to_an_answer(
    browser: Any,
    served: tuple[World, str],
    language: str,
    due: str,
    covered: str,
    send: str,
    sent: str,
    answer: str,
    frozen: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, address = served
    who = made.customers["Ferronor"]
    with tenancy.vendor(made.vendor.id):
        User.objects.filter(id=who.user.id).update(language=language)
    customer = Visitor(browser, address, locale={"en": "en-GB", "fr": "fr-FR"}[language])
    customer.sign_in(who.user)
    page = customer.page
    page.goto(address + "/requests/new")
    page.check("input[name=kind][value=defect]")
    page.wait_for_selector("#q-effect")
    page.select_option("#q-effect", "lasting-major")
    page.wait_for_selector(f".pl-answer:has-text('{due}')")
    assert covered in page.inner_text("#preview")
    write(page)
    page.click(f"button.btn-lg:has-text('{send}')")
    page.wait_for_selector(f"text={sent}")
    assert "13:00" in page.inner_text("#clock")
    number = page.url.rsplit("/", 1)[1]
    customer.close()

    agent = Visitor(browser, address)
    agent.sign_in(made.agent_user)
    page = agent.page
    assert page.url.endswith("/desk/queue")
    page.click("text=Report stops at once")
    assert "is the first answer, 8\xa0h early" in page.inner_text(".pl-composer-effect")
    page.fill("#reply", "We are looking at it.")
    page.click(".pl-composer button.btn-primary")
    page.wait_for_selector(".pl-undo:has-text('Sent to')")
    assert "met, 0\xa0min of 8\xa0h" in page.inner_text("#clock figure")
    agent.close()

    customer = Visitor(browser, address)
    customer.sign_in(who.user)
    customer.page.goto(f"{address}/requests/{number}")
    # For ten seconds the agent can take it back.
    assert "We are looking at it." not in customer.page.inner_text("main")
    monkeypatch.setattr(timezone, "now", lambda: frozen + presses.SEND_DELAY)
    customer.page.reload()
    assert "We are looking at it." in customer.page.inner_text("main")
    assert answer in customer.page.inner_text("#clock")
    customer.close()


@pytest.mark.parametrize(
    ("language", "failed", "again"),
    [("en", "This cannot be shown just now", "Try again"), ("fr", "ne peut pas être montré", "Réessayer")],
)
def test_a_preview_that_cannot_be_had_says_so_and_is_tried_again(
    browser: Any, served: tuple[World, str], language: str, failed: str, again: str
) -> None:
    made, address = served
    who = made.customers["Ferronor"]
    with tenancy.vendor(made.vendor.id):
        User.objects.filter(id=who.user.id).update(language=language)
    customer = Visitor(browser, address, viewport=PHONE)
    customer.sign_in(who.user)
    page = customer.page
    page.goto(address + "/requests/new?kind=defect")
    page.wait_for_selector("#q-effect")
    preview = "**/requests/preview"
    for effect, fail in (
        ("lasting-major", lambda route: route.fulfill(status=503, body="<p>never shown</p>")),
        ("intermittent-minor", lambda route: route.abort("connectionfailed")),
    ):
        page.route(preview, fail)
        page.select_option("#q-effect", effect)
        page.wait_for_selector(f"#preview:has-text('{failed}')")
        assert failed in page.inner_text("#dock")
        assert "never shown" not in page.content()
        page.unroute(preview)
        page.click(f"#preview button:has-text('{again}')")
        page.wait_for_selector("#preview .pl-answer")
        assert failed not in page.inner_text("#dock")
        assert page.input_value("#q-effect") == effect
    # The browser and htmx tell the console what failed; nothing else was wrong.
    customer.complaints = [
        one for one in customer.complaints if "503" not in one and "ERR_CONNECTION" not in one and "sendError" not in one
    ]  # fmt: skip
    customer.close()


def test_with_the_keyboard_alone(browser: Any, served: tuple[World, str]) -> None:
    made, address = served
    customer = Visitor(browser, address)
    customer.sign_in(made.customers["Ferronor"].user)
    page = customer.page
    page.goto(address + "/requests/new")
    page.keyboard.press("Tab")
    assert "Skip" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    reach(page, "input[name=kind]")
    page.keyboard.press("Space")
    page.wait_for_selector("#q-effect")
    reach(page, "#q-environment")
    page.keyboard.press("P")
    reach(page, "#q-effect")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    for field, text in (
        ("#q-field-applications", "SQL"),
        ("#q-field-access", "Call"),
        ("#q-subject", "By keyboard"),
        ("#q-body", "It stops."),
    ):
        reach(page, field)
        page.keyboard.type(text)
    reach(page, "button[value=send]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Received as")
    reach(page, ".pl-clock-hits a")
    assert page.locator(".pl-clock-hits a:focus .c-tip text").is_visible()
    customer.close()

    agent = Visitor(browser, address)
    agent.sign_in(made.agent_user)
    page = agent.page
    first = page.inner_text("tr.is-cursor .pl-subject")
    page.keyboard.press("j")
    assert page.inner_text("tr.is-cursor .pl-subject") != first
    page.keyboard.press("k")
    assert page.inner_text("tr.is-cursor .pl-subject") == first
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Tab")
    page.keyboard.press("o")
    page.wait_for_url("**/desk/tickets/**")
    page.keyboard.press("a")
    assert page.locator("#assign[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#assign[open]").count() == 0
    page.keyboard.press("r")
    page.keyboard.type("From the keyboard.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".pl-undo:has-text('Sent to')")
    assert "From the keyboard." in page.inner_text("#stream")
    agent.close()


def reach(page: Any, selector: str) -> None:
    """Press Tab until that is focused."""
    for _step in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} was not reached with Tab")


def test_without_javascript(browser: Any, served: tuple[World, str]) -> None:
    made, address = served
    customer = Visitor(browser, address, java_script_enabled=False)
    customer.sign_in(made.customers["Ferronor"].user)
    page = customer.page
    page.goto(address + "/requests/new")
    page.check("input[name=kind][value=defect]")
    page.click("button[value=show]")
    write(page)
    page.click("button[value=show]")
    assert "Friday 20\xa0November at 13:00" in page.inner_text("#preview")
    assert page.input_value("#q-subject") == "Report stops at once"
    page.click("button[value=send]")
    assert "Received as" in page.inner_text("main")
    page.click("button[name=language][value=fr]")
    assert "Accueil" in page.inner_text("header")
    assert "/requests/NOR-" in page.url
    customer.close()

    agent = Visitor(browser, address, java_script_enabled=False)
    agent.sign_in(made.agent_user)
    page = agent.page
    page.click("text=Report stops at once")
    page.click("#severity > summary")
    page.select_option("#sev", "4")
    page.fill("#sev-why", "It is cosmetic.")
    page.click("#severity button.btn-primary")
    assert "It is cosmetic." in page.inner_text("#stream")
    agent.close()


def paths(made: World) -> tuple[list[str], list[str]]:
    of = {name: f"NOR-{ticket.number}" for name, ticket in made.tickets.items()}
    portal = [
        "/",
        "/requests/",
        "/requests/new",
        "/requests/new?kind=defect&effect=lasting-major",
        "/requests/new?kind=services",
    ]
    portal += [f"/requests/{of[name]}" for name in ("answered", "missing", "waiting", "fresh")] + [
        "/nothing/here"
    ]
    desk = ["/desk/queue", "/desk/queue?view=due-soon"]
    desk += [f"/desk/tickets/{of[name]}" for name in ("answered", "missed", "missing", "offer", "raised")]
    return portal, [*desk, f"/desk/tickets/{of['fresh']}?open=classify"]


# Colours glide from light to dark: what is read is where they arrive.
AT_ONCE = "document.getAnimations().filter(a => a instanceof CSSTransition).forEach(a => a.finish())"


def violations(axe: Any, page: Any, where: str, *rules: str) -> list[str]:
    """What axe finds on the page as it stands, by these rules or by all."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    # Half a megabyte of script: once a page, not once a question.
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe.axe_script)
    return [
        f"{where}: {violation['id']}: "
        + "; ".join(
            node["html"][:160] + " " + node.get("failureSummary", "")[:300] for node in violation["nodes"][:3]
        )
        for violation in page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing(browser: Any, served: tuple[World, str], language: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    axe, found = Axe(), list[str]()
    portal, desk = paths(made)
    # Axe looks at a phone in French and a wide screen in English: the two sizes differ in language. A phone's page is
    # measured at its whole height: a sticky dock "obscures" whatever lies under it.
    looked_at, beside = ({**PHONE, "height": 4000}, WIDE) if language == "fr" else (WIDE, PHONE)
    visitors = [
        (None, ["/accounts/login/"]),
        (made.customers["Ferronor"].user, portal),
        (made.agent_user, desk),
    ]
    world.read_in(made, language)
    for user, some in visitors:
        visitor = Visitor(browser, address, viewport=looked_at, color_scheme="light")
        if user is not None:
            visitor.sign_in(user)
        page = visitor.page
        visitor.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": address + "/"}]
        )
        for path in some:
            where = f"{path} in {language}"
            page.goto(address + path)
            # All of it, and its colours by night too: those alone change.
            found += violations(axe, page, where)
            page.emulate_media(color_scheme="dark")
            page.evaluate(AT_ONCE)
            found += violations(axe, page, f"{where} by night", "color-contrast", "link-in-text-block")
            page.emulate_media(color_scheme="light")
            for size in (looked_at, beside):
                page.set_viewport_size(size)
                overflow = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                if overflow > 0:
                    found.append(f"{where}: {overflow} px wider than a screen of {size['width']} px")
            page.set_viewport_size(looked_at)
        visitor.complaints.clear()
        visitor.close()
    assert found == []
