"""The mail settings with the keyboard alone, and before axe, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.test_flow import Visitor
from tests.browser.test_flow import served as served
from tests.browser.test_settings import look
from tests.mail import dovecot
from tests.pages.world import START, World

from palier.mail import sources
from palier.mail.models import MailAddress, Source
from palier.people import tenancy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _filled(made: World) -> None:
    """A mailbox in trouble that left a message, a webhook, and direct delivery that is off."""
    with tenancy.vendor(made.vendor.id):
        MailAddress.objects.create(
            vendor=made.vendor,
            address="urgences-du-logiciel@assistance.northern.example",
            product=next(iter(_products(made))),
            language="fr",
        )
        box = Source(
            vendor=made.vendor, kind="imap", name="Boîte de l’assistance", settings=dovecot.settings(993), created_at=START,
            trusted_borders=["mx1.northern.example", "mx2.northern.example"], checked_at=START, failed_at=START,
            failure="login-refused [AUTHENTICATIONFAILED] Authentication failed.",
            place={"": [{"folder": "INBOX", "uid": 7, "size": 61_000_000, "at": START.isoformat()}]},
        )  # fmt: skip
        sources.seal(box, sources.Secret(password="x"))
        box.save()
        Source.objects.create(
            vendor=made.vendor,
            kind="webhook",
            name="Mailgun",
            settings={"provider": "mailgun"},
            created_at=START,
        )
        Source.objects.create(vendor=made.vendor, kind="smtp", name="Direct", enabled=False, created_at=START)


def _products(made: World) -> Any:
    from palier.pages import speech

    programme = speech.programme_of(made.vendor.id, START)
    assert programme is not None
    return programme.products


def test_mail_settings_by_keyboard_and_before_axe(browser: Any, served: tuple[World, str]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    axe, found = Axe(), list[str]()
    visitor = Visitor(browser, address)
    visitor.sign_in(made.manager_user)
    page, keys = visitor.page, visitor.page.keyboard
    page.goto(address + "/desk/settings/mail")
    found += look(axe, page, "mail-empty")
    page.focus("#address-new > summary")
    keys.press("Enter")
    keys.press("Tab")
    keys.type("help@northern.example")
    keys.press("Enter")
    page.get_by_text("Mail to help@northern.example is taken in.").wait_for()
    page.focus("#imap-new > summary")
    keys.press("Enter")
    found += look(axe, page, "mail-mailbox")
    _filled(made)
    page.goto(address + "/desk/settings/mail")
    found += look(axe, page, "mail")
    with tenancy.vendor(made.vendor.id):
        made.manager_user.language = "fr"
        made.manager_user.save(update_fields=["language"])
    page.goto(address + "/desk/settings/mail")
    page.get_by_text("Le serveur refuse le nom d’utilisateur").wait_for()
    found += look(axe, page, "mail-fr")
    assert found == []
