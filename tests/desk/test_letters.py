"""Letters on the desk: what was given up and why, sending again, addresses that work again; and what one wishes of mail."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest
from django.test import Client
from tests.mail import posted
from tests.pages.world import World

from palier.mail import bounces
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter, LetterTry, MailWish, Undeliverable
from palier.people import tenancy
from palier.people.models import User

pytestmark = pytest.mark.django_db
ANSWER = "550 5.1.1 no such user"


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def written(world: World, now: datetime, state: str = LetterState.DEAD, **more: Any) -> Letter:
    customer = world.customers["Ferronor"]
    with tenancy.vendor(world.vendor.id):
        words = posted.Words(subject="An answer", text="Line one\nline <two>\n")
        letter = posted.write(
            world.vendor.id, customer.contact, now, ticket=world.tickets["fresh"], words=words, **more
        )
        Letter.objects.filter(id=letter.id).update(state=state, failure=ANSWER, attempts=1)
        LetterTry.objects.create(
            vendor_id=world.vendor.id,
            letter=letter,
            at=now,
            outcome="refused",
            code=550,
            answer="5.1.1 no such user",
        )
    return letter


def speak(user: User, language: str) -> None:
    with tenancy.vendor(user.vendor_id):
        User.objects.filter(pk=user.pk).update(language=language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Given up", "Send again", "It works again")),
        ("fr", ("Abandonnés", "Renvoyer", "Elle fonctionne de nouveau")),
    ],
)
def test_what_was_given_up_stands_with_the_server_s_answer(
    northern: World, agent: Client, frozen: datetime, language: str, words: tuple[str, ...]
) -> None:
    letter = written(northern, frozen)
    with tenancy.vendor(northern.vendor.id):
        bounces.mark(letter, hard=True, answer=ANSWER, now=frozen)
    speak(northern.agent_user, language)
    page = agent.get(f"{northern.path}/desk/letters")
    content = page.content.decode()
    assert page.status_code == 200
    for wanted in (*words, ANSWER, letter.to_address, letter.subject):
        assert wanted in content


def test_a_letter_is_read_with_every_try(northern: World, agent: Client, frozen: datetime) -> None:
    letter = written(northern, frozen)
    content = agent.get(f"{northern.path}/desk/letters/{letter.id}").content.decode()
    assert "line &lt;two&gt;" in content
    assert "550 5.1.1 no such user" in content
    assert "refused" in content


def test_a_letter_is_sent_again_and_an_address_is_cleared(
    northern: World, agent: Client, frozen: datetime
) -> None:
    letter = written(northern, frozen)
    with tenancy.vendor(northern.vendor.id):
        row = bounces.mark(letter, hard=True, answer=ANSWER, now=frozen)
    again, clear = (f"{northern.path}/desk/letters/{deed}" for deed in ("again", "clear"))
    page = agent.post(again, {"id": str(letter.id)})
    assert page.status_code == 422
    assert "clear the address first" in page.content.decode()
    # Reloading what a refusal showed shows the list.
    assert agent.get(again).status_code == 200
    assert agent.post(clear, {"id": str(row.id)}).status_code == 302
    assert agent.post(again, {"id": str(letter.id)}).status_code == 302
    with tenancy.vendor(northern.vendor.id):
        letter.refresh_from_db()
        assert letter.state == LetterState.WAITING
        assert Undeliverable.objects.get(id=row.id).cleared_by_id == northern.agent.id
    assert agent.post(again, {"id": "x"}).status_code == 404
    assert agent.post(f"{northern.path}/desk/letters/burn", {"id": str(row.id)}).status_code == 404


def test_customers_and_those_who_see_no_tickets_find_no_letters(
    northern: World, client: Client, frozen: datetime
) -> None:
    letter = written(northern, frozen)
    with tenancy.vendor(northern.vendor.id):
        northern.agent.roles = ["finance"]
        northern.agent.save(update_fields=["roles"])
    for user in (northern.agent_user, northern.customers["Ferronor"].user):
        client.force_login(user)
        for place in ("letters", f"letters/{letter.id}"):
            assert client.get(f"{northern.path}/desk/{place}").status_code == 404


WISHED = {
    "way_requests": "digest", "way_watched": "at-once", "way_reminders": "never", "way_contract": "digest",
    "way_allowances": "digest", "way_money": "digest", "digest_at": "07:30", "quiet_from": "20:00", "quiet_until": "07:00",
}  # fmt: skip


def test_a_person_of_the_vendor_says_what_comes_by_mail(northern: World, agent: Client) -> None:
    address = f"{northern.path}/desk/settings/mine/letters"
    assert "in the digest of the day" in agent.get(address).content.decode()
    assert agent.post(address, WISHED).status_code == 302
    with tenancy.vendor(northern.vendor.id):
        row = MailWish.objects.get(user=northern.agent_user)
        assert row.ways["watched"] == "at-once"
        assert (row.digest_at, row.quiet_from, row.quiet_until) == (time(7, 30), time(20), time(7))
    content = agent.get(address).content.decode()
    assert 'value="07:30"' in content


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"quiet_until": ""}, "Hours of quiet have a beginning and an end"),
        ({"digest_at": "later"}, "is a time of day"),
        ({"way_money": "hourly"}, "must be one of those listed"),
    ],
)
def test_what_makes_no_sense_is_said_and_kept_in_the_form(
    northern: World, agent: Client, sent: dict[str, str], said: str
) -> None:
    page = agent.post(f"{northern.path}/desk/settings/mine/letters", {**WISHED, **sent})
    assert page.status_code == 422
    assert said in page.content.decode()
    assert 'value="20:00"' in page.content.decode()


def test_a_contact_says_so_too_and_is_offered_only_its_own_groups(northern: World, client: Client) -> None:
    user = northern.customers["Ferronor"].user
    client.force_login(user)
    speak(user, "fr")
    address = f"{northern.path}/account/letters"
    content = client.get(address).content.decode()
    assert "Courriels que je reçois" in content
    assert "way_watched" not in content
    wished = {f"way_{one}": "never" for one in ("requests", "contract", "allowances", "money")}
    assert client.post(address, wished).status_code == 302
    with tenancy.vendor(northern.vendor.id):
        assert set(MailWish.objects.get(user=user).ways.values()) == {"never"}
    assert client.get(f"{northern.path}/desk/settings/mine/letters").status_code == 404
