"""Letters as a mail program draws them: nothing for axe to find, nothing wider than the narrowest phone, nothing fetched."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.mail.letters.test_composing import composed, customers, in_french, moved, notice
from tests.pages.fixtures import NOW
from tests.pages.world import World

from palier.mail import letters
from palier.people import tenancy
from palier.people.models import Contact, Notice, Staff

pytestmark = pytest.mark.browser
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


def _letters(made: World) -> dict[str, str]:
    paris, toronto, tokyo = customers(made)
    told: dict[str, tuple[Contact | Staff, Notice]] = {
        "received": (paris.contact, notice(made, paris.contact, "request-received", "fresh")),
        "held": (paris.contact, notice(made, paris.contact, "request-received", "missing")),
        "offer": (toronto.contact, notice(made, toronto.contact, "request-received", "offer")),
        "resolved": (tokyo.contact, moved(made, "resolved", "resolved")[0]),
        "reminder": (paris.contact, notice(made, paris.contact, "reminded", "waiting", about="silence", day=3)),
        "given": (made.agent, notice(made, made.agent, "given", "missed", note=True)),
        "contract": (paris.contact, notice(made, paris.contact, "contract-changed", contract=str(paris.contract.id), event="renewed")),
    }  # fmt: skip
    found = {name: composed(made, reader, one).html for name, (reader, one) in told.items()}
    with tenancy.vendor(made.vendor.id):
        plain = letters.compose_plain(
            "mail-confirm", made.vendor, "fr", {"link": "https://x.example/", "when": "hier"}, now=NOW
        )
    return {**found, "mail-confirm": plain.html}


def test_letters_read_well_light_dark_and_narrow(northern: World, browser: Any) -> None:
    in_french(northern)
    for name, html in _letters(northern).items():
        assert not re.search(r"<(img|script|link|iframe|style|form)\b|url\(|\son\w+=", html), name
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 320, "height": 700}, color_scheme=scheme)
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.set_content(html)
            found = Axe().run(page, options=RULES).response["violations"]
            assert not found, (name, scheme, [(one["id"], one["nodes"][0]["html"]) for one in found])
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
            assert not [one for one in asked if one.startswith("http")], name
            page.close()
