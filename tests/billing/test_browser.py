"""The pages of money in a real browser: a block is bought and paid at the provider's page without a script, a payment is
recorded, and axe finds nothing, wide and on a phone, light and dark, in both languages."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from tests.browser.test_flow import AT_ONCE, PASSWORD, PHONE, WIDE, Visitor, violations
from tests.pages import world as worlds

from palier.billing import billables, checkout
from palier.billing.models import Order, OrderState
from palier.people import tenancy
from palier.people.models import User, Vendor
from palier.tickets import opening

from . import stripe_fake
from .selling_world import Shop, block, pay, shop, switch_on
from .test_orders import incident
from .test_pages import customers_pages, desks_pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PALIER_SHOTS", "")
"""A folder to keep pictures in, for whoever looks at them."""


@pytest.fixture
def served(live_server: Any) -> tuple[Shop, str]:
    """A vendor with paid and unpaid orders, and something to invoice; everybody with a password."""
    made, now = shop("solidxperts"), datetime.now(UTC)
    with tenancy.vendor(made.vendor_id):
        draft = worlds.draft(
            kind="how-to",
            effect="none",
            environment="none",
            way="incident",
            way_text="195 $",
            way_agreed=True,
        )
        opening.open_ticket(by=made.buyer, draft=draft, now=now)
        pay(made, Order.objects.get(), now, now=now)
        pay(made, incident(made, now), now, now=now)
        pay(made, block(made, now), now, now=now)
        block(made, now)
        billables.charge(
            by=made.finance, organisation=made.customer.organisation, kind="travel", amount=25_000, currency="CAD",
            names={"en": "Travel to Lévis", "fr": "Déplacement à Lévis"}, on=now.date(), now=now,
        )  # fmt: skip
        switch_on(made)
        for user in User.objects.all():
            user.set_password(PASSWORD)
            user.save()
    Vendor.objects.filter(id=made.vendor_id).update(address=live_server.url + made.world.path + "/")
    return made, live_server.url + made.world.path


def test_a_block_is_bought_and_paid_without_a_script(
    browser: Any, served: tuple[Shop, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, address = served
    with stripe_fake.serving() as fake:
        monkeypatch.setattr(django_settings, "PALIER_STRIPE_API", fake.url)
        visitor = Visitor(browser, address, java_script_enabled=False)
        visitor.sign_in(made.customer.user)
        page = visitor.page
        page.goto(f"{address}/buy/hours-10?contract={made.customer.contract.id}")
        page.click("main button.btn-primary")
        assert "CA$1,897.09" in page.inner_text(".pl-totals")
        page.click("main button.btn-primary")
        assert page.url == f"{fake.url}/pay/cs_test_1"
        assert "Stand-in" in page.inner_text("h1")
        with tenancy.vendor(made.vendor_id):
            checkout.hear(vendor_id=made.vendor_id, event=fake.completed("cs_test_1"), now=datetime.now(UTC))
            order = Order.objects.get(sessions__session_id="cs_test_1")
        page.goto(fake.calls[0][1]["success_url"])
        assert order.state == OrderState.PAID
        assert "paid" in page.inner_text(".pl-meta")
        page.click("main a:has-text('SOL-2026-')")
        page.click("summary:has-text('Why this line')")
        assert "P2" in page.inner_text("details[open]")
        visitor.close()


@pytest.mark.parametrize(("size", "language"), [("wide", "en"), ("phone", "fr")])
def test_axe_finds_nothing(browser: Any, served: tuple[Shop, str], size: str, language: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    with tenancy.vendor(made.vendor_id):
        User.objects.update(language=language)
    axe, found = Axe(), list[str]()
    viewport = {**PHONE, "height": 4000} if size == "phone" else WIDE
    today = datetime.now(UTC).date()
    for user, pages in (
        (made.customer.user, customers_pages(made)),
        (made.finance_user, [*desks_pages(made), f"desk/finance?until={today}"]),
    ):
        visitor = Visitor(browser, address, viewport=viewport, color_scheme="light")
        visitor.sign_in(user)
        page = visitor.page
        for number, path in enumerate(pages):
            page.goto(f"{address}/{path}")
            keep(page, f"{'desk' if 'desk' in path else 'portal'}-{number}-{size}-{language}")
            page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
            where = f"{path} in {language}, {size}"
            found += violations(axe, page, where)
            keep(page, f"{'desk' if 'desk' in path else 'portal'}-{number}-{size}-{language}-open")
            page.emulate_media(color_scheme="dark")
            page.evaluate(AT_ONCE)
            found += violations(axe, page, f"{where} by night", "color-contrast", "link-in-text-block")
            keep(page, f"{'desk' if 'desk' in path else 'portal'}-{number}-{size}-{language}-dark")
            page.emulate_media(color_scheme="light")
            wider = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wider > 0:
                found.append(f"{where}: {wider} px wider than the screen")
        visitor.close()
    assert found == []


def keep(page: Any, name: str) -> None:
    """A picture, where somebody asked for pictures."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=page.viewport_size["height"] < 2000)
