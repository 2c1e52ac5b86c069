"""The picture tour: `python -m scripts.tour` takes the pictures of docs/tour.md from the running product.

Each stop is a page as somebody sees it: wide and on the phone, light and dark, in French and in English by turns. Needs
Chromium (/usr/bin/chromium) and the development packages. Pictures are written to docs/images/tour/.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.running_demo import Demo, running

IMAGES = Path(__file__).resolve().parent.parent / "docs/images/tour"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One picture. `keys` are pressed before it is taken; `wait` is what must be on the page by then."""

    name: str
    vendor: str
    role: str
    path: str
    language: str = "en"
    scheme: str = "light"
    size: dict[str, int] | None = None
    keys: str = ""
    wait: str = "main"


STOPS = (
    Stop(name="portal-home", vendor="northern", role="customer", path=""),
    Stop(name="new-request", vendor="solidxperts", role="customer", path="requests/new", language="fr"),
    Stop(name="request-phone", vendor="northern", role="customer", path="requests/{first}", size=PHONE),
    Stop(name="known-defects", vendor="northern", role="customer", path="defects/"),
    Stop(name="queue", vendor="northern", role="vendor, agent", path="desk/queue"),
    Stop(
        name="queue-by-due",
        vendor="northern",
        role="vendor, agent",
        path="desk/queue?order=due",
        language="fr",
    ),
    Stop(name="ticket", vendor="northern", role="vendor, agent", path="desk/tickets/{first}"),
    Stop(
        name="ticket-dark",
        vendor="northern",
        role="vendor, agent",
        path="desk/tickets/{first}",
        scheme="dark",
    ),
    Stop(name="palette", vendor="northern", role="vendor, agent", path="desk/queue", keys="Control+k"),
    Stop(name="customer", vendor="northern", role="vendor, manager", path="desk/customers"),
    Stop(name="dashboard", vendor="northern", role="vendor, manager", path="desk/dashboard"),
    Stop(name="contract", vendor="solidxperts", role="vendor, manager", path="desk/contracts", language="fr"),
)


def main() -> int:
    """Take every picture."""
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(parents=True, exist_ok=True)
    with running() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        for stop in STOPS:
            _picture(browser, demo, stop)
            print(stop.name, flush=True)
        browser.close()
    return 0


def _picture(browser: Any, demo: Demo, stop: Stop) -> None:
    context = browser.new_context(
        viewport=stop.size or WIDE, color_scheme=stop.scheme, locale=stop.language, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(demo.address(stop.vendor, "accounts/login/"))
    page.fill("input[name=login]", demo.person(stop.vendor, stop.role))
    page.fill("input[name=password]", demo.passwords[stop.vendor])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "login" not in address)
    here = "desk" if stop.role.startswith("vendor") else ""
    if page.locator("html").get_attribute("lang") != stop.language:
        # On a telephone the choice of language stands in the menu, on a wide page in the head.
        page.locator(f"button[name=language][value={stop.language}]:visible").first.click()
        page.wait_for_selector(f"html[lang={stop.language}]")
    path = (
        stop.path.replace("{first}", _first(page, demo, stop, here)) if "{first}" in stop.path else stop.path
    )
    page.goto(demo.address(stop.vendor, path))
    page.wait_for_selector(stop.wait)
    if stop.keys:
        page.keyboard.press(stop.keys)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=str(IMAGES / f"{stop.name}.png"))
    context.close()


def _first(page: Any, demo: Demo, stop: Stop, here: str) -> str:
    """The number of the first request that is listed and has a clock."""
    page.goto(demo.address(stop.vendor, f"{here}/queue" if here else "requests/"))
    address = page.locator("a.pl-subject").first.get_attribute("href")
    assert address is not None
    return str(address).rstrip("/").rpartition("/")[2]


if __name__ == "__main__":
    sys.exit(main())
