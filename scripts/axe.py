"""Every page of the running demonstration before axe: `python -m scripts.axe` (needs Chromium and the development packages).

Somebody of each role signs in and follows every link; of pages at the same kind of address one is looked at: in French and
English, by day and by night, wide and on the phone. Also told: pages wider than the phone, and what the browser complains
of. Exit 1 when anything is found.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from scripts.running_demo import Demo, running

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = ("en", "fr")
SCHEMES = ("light", "dark")
PEOPLE = (
    ("solidxperts", "customer"),
    ("northern", "customer"),
    ("infor", "customer"),
    ("northern", "vendor, agent"),
    ("northern", "vendor, manager"),
    ("infor", "vendor, manager"),
)
NOT_FOLLOWED = re.compile(
    r"/(logout|static|files|papers|brand)/|\.(pdf|csv|json|txt|xml|ics|zip|png)$|/pdf$|/print$|^mailto:|^tel:"
)


def main() -> int:
    """Look at every page; tell what is wrong."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    faults = 0
    seen: set[str] = set()
    with running() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        for vendor, role in PEOPLE:
            if (vendor, role) not in demo.people:
                print(f"nobody at {vendor} is {role}", file=sys.stderr)
                faults += 1
                continue
            for path in _pages(browser, demo, vendor, role, seen):
                for fault in _looked(browser, demo, vendor, role, path, Axe()):
                    faults += 1
                    print(f"{vendor} ({role}) {fault}", flush=True)
        browser.close()
    print(f"{len(seen)} kinds of pages, {faults} faults")
    return 1 if faults else 0


_states: dict[tuple[str, str], Any] = {}


def _signed_in(browser: Any, demo: Demo, vendor: str, role: str, **more: Any) -> Any:
    """A context in which somebody is signed in; signing in is done once."""
    state = _states.get((vendor, role))
    context = browser.new_context(storage_state=state, reduced_motion="reduce", **more)
    if state is None:
        page = context.new_page()
        page.goto(demo.address(vendor, "accounts/login/"))
        page.fill("input[name=login]", demo.person(vendor, role))
        page.fill("input[name=password]", demo.passwords[vendor])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda address: "login" not in address)
        _states[vendor, role] = context.storage_state()
        page.close()
    return context


def _pages(browser: Any, demo: Demo, vendor: str, role: str, seen: set[str]) -> Iterator[str]:
    """The paths of pages that are new in kind, by following links from the first one."""
    context = _signed_in(browser, demo, vendor, role)
    page = context.new_page()
    home = demo.address(vendor, "desk/queue" if role.startswith("vendor") else "")
    waiting, asked = [home], {home}
    while waiting:
        address = waiting.pop(0)
        answer = page.goto(address)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        kind = f"{'desk' if role.startswith('vendor') else 'portal'} {_kind(address)}"
        if kind not in seen:
            seen.add(kind)
            yield address
        for href in page.eval_on_selector_all(
            "a[href]", "links => links.map(one => one.getAttribute('href'))"
        ):
            found = urljoin(page.url, href).partition("#")[0]
            if found.startswith(demo.address(vendor)) and not NOT_FOLLOWED.search(urlsplit(found).path):
                here = f"{'desk' if role.startswith('vendor') else 'portal'} {_kind(found)}"
                if found not in asked and here not in seen:
                    asked.add(found)
                    waiting.append(found)
    context.close()


def _kind(address: str) -> str:
    """An address without what names a single thing: numbers, ids, values of a query."""
    parts = urlsplit(address)
    path = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}", "/ID", parts.path)
    path = re.sub(r"/[A-Z]{2,5}-[A-Z0-9-]*\d+", "/NUMBER", path)
    path = re.sub(r"/\d+", "/N", path)
    names = sorted(set(re.findall(r"(?:^|&)([^=&]+)=", parts.query)))
    return f"{'/'.join(path.split('/')[2:])}?{','.join(names)}" if names else "/".join(path.split("/")[2:])


def _looked(browser: Any, demo: Demo, vendor: str, role: str, address: str, axe: Any) -> Iterator[str]:
    for language in LANGUAGES:
        context = _signed_in(browser, demo, vendor, role, locale=language, viewport=SIZES["wide"])
        page = context.new_page()
        complaints: list[str] = []
        page.on(
            "console", lambda one, into=complaints: into.append(one.text) if one.type == "error" else None
        )
        page.on("pageerror", lambda one, into=complaints: into.append(str(one)))
        page.goto(address)
        if page.locator("html").get_attribute("lang") != language:
            page.locator(f"button[name=language][value={language}]:visible").first.click()
            page.wait_for_selector(f"html[lang={language}]")
            page.goto(address)
        for name, size in SIZES.items():
            page.set_viewport_size(size)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                where = f"{_kind(address)} {language} {name} {scheme}"
                found = axe.run(page)
                for one in found.response["violations"]:
                    for node in one["nodes"][:2]:
                        yield f"{where}: {one['id']} {node['html'][:120]}"
            if name == "phone" and page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                yield f"{_kind(address)} {language}: wider than the phone"
        for complaint in dict.fromkeys(complaints):
            yield f"{_kind(address)} {language}: {complaint[:200]}"
        context.close()


if __name__ == "__main__":
    sys.exit(main())
