"""Letters on the desk, and what one wishes of mail, with the keyboard alone and before axe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.browser.test_flow import Visitor
from tests.browser.test_flow import served as served
from tests.browser.test_settings import look
from tests.mail import posted
from tests.pages.world import World

from palier.mail import bounces
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter, LetterTry, MailWish
from palier.people import tenancy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ANSWER = (
    "550 5.1.1 <camille@ferronor.example>: Recipient address rejected: User unknown in virtual mailbox table"
)


def stand(world: World) -> Letter:
    """A letter given up after two tries, one that waits, one that went, and an address that is stopped."""
    now = timezone.now()
    customer, ticket = world.customers["Ferronor"], world.tickets["fresh"]
    with tenancy.vendor(world.vendor.id):
        words = posted.Words(
            subject="We answered: the licence server refuses every token", text="Good morning,\n\nTry this.\n"
        )
        dead, waits, went = (
            posted.write(world.vendor.id, customer.contact, now, ticket=ticket, words=words) for _ in range(3)
        )
        for minutes, outcome, code, answer in ((9, "later", None, "timed out"), (5, "refused", 550, ANSWER)):
            LetterTry.objects.create(
                vendor_id=world.vendor.id, letter=dead, at=now - timedelta(minutes=minutes), outcome=outcome,
                code=code, answer=answer,
            )  # fmt: skip
        Letter.objects.filter(id=dead.id).update(state=LetterState.DEAD, failure=ANSWER)
        Letter.objects.filter(id=waits.id).update(due_at=now + timedelta(minutes=8), failure="421 try later")
        Letter.objects.filter(id=went.id).update(state=LetterState.SENT, sent_at=now)
        bounces.mark(dead, hard=True, answer=ANSWER, now=now)
    return dead


def test_letters_by_keyboard_and_before_axe(browser: Any, served: tuple[World, str]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    dead = stand(made)
    axe, found = Axe(), list[str]()
    visitor = Visitor(browser, address)
    visitor.sign_in(made.agent_user)
    page, keys = visitor.page, visitor.page.keyboard
    page.goto(f"{address}/desk/letters")
    found += look(axe, page, "letters")
    page.goto(f"{address}/desk/letters/{dead.id}")
    found += look(axe, page, "letter")

    page.goto(f"{address}/desk/letters")
    page.focus("text=It works again")
    keys.press("Enter")
    page.wait_for_selector("text=again.")
    page.focus("button:has-text('Send again')")
    keys.press("Enter")
    page.wait_for_selector("text=goes out again")
    with tenancy.vendor(made.vendor.id):
        assert Letter.objects.get(id=dead.id).state == LetterState.WAITING

    page.goto(f"{address}/desk/settings/mine/letters")
    found += look(axe, page, "letters-i-get")
    page.select_option("#letters-way_watched", "never")
    page.focus("#letters-quiet_from")
    keys.type("0800PM")
    page.focus("#letters-quiet_until")
    keys.type("0700AM")
    page.focus(".pl-account-form .btn-primary")
    keys.press("Enter")
    page.wait_for_selector("text=Saved.")
    with tenancy.vendor(made.vendor.id):
        wish = MailWish.objects.get(user=made.agent_user)
        assert wish.ways["watched"] == "never"
        assert (str(wish.quiet_from), str(wish.quiet_until)) == ("20:00:00", "07:00:00")

    visitor = Visitor(browser, address)
    visitor.sign_in(made.customers["Ferronor"].user)
    visitor.page.goto(f"{address}/account/letters")
    found += look(axe, visitor.page, "letters-i-get-portal")
    assert found == []
