"""The page behind a link in a letter: it shows and does nothing by itself, acts once for its person, and tells nobody else."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import structlog
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.pages import world as worlds
from tests.pages.world import World

from palier.contracts import caps
from palier.mail import links, matters, tokens
from palier.mail.links import Purpose
from palier.mail.models import ActionLink
from palier.people import ratelimits, tenancy
from palier.people.access import Viewer
from palier.people.models import Contact
from palier.site import logs
from palier.tickets import estimating, opening, rating
from palier.tickets.models import Choice, Consent, Event, Rating, Ticket

SUBJECT = "Quota report stops without a message"


@pytest.fixture
def solid(solidxperts: World) -> World:
    return solidxperts


def customer(made: World) -> worlds.Customer:
    return next(iter(made.customers.values()))


def how_to(made: World, now: datetime, **more: object) -> Ticket:
    return opening.open_ticket(
        by=Viewer.customer(customer(made).contact),
        draft=worlds.draft("how-to", effect="none", environment="none", fields={}, **more),
        now=now,
    )


def link_to(
    made: World, ticket: Ticket, purpose: Purpose, *, language: str = "en", way: str = "", contact: Contact | None = None
) -> str:  # fmt: skip
    """The path of a new link, below this vendor's."""
    url = links.make(
        purpose=purpose,
        contact=contact or customer(made).contact,
        ticket=ticket,
        language=language,
        way=way,
        now=timezone.now(),
    )
    return made.path + url.removeprefix(made.vendor.address.rstrip("/"))


def estimated(made: World, now: datetime, language: str = "en") -> str:
    with tenancy.vendor(made.vendor.id):
        ticket = how_to(made, now, way="hourly-quote", way_text="Read.")
        estimating.estimate(
            by=Viewer.staff(made.agent),
            ticket=ticket,
            way="hourly-quote",
            minutes=170,
            text="Three hours, and the way to you.",
            now=now,
            extras=[estimating.Extra(kind="travel", text="Lévis", amount=12_000)],
        )
        return link_to(made, ticket, Purpose.AGREE, language=language)


def plain(page: str) -> str:
    return page.replace("\u00a0", " ").replace("\u202f", " ")


def seal_of(page: str) -> str:
    return str(re.findall(r'name="seal" value="([^"]+)"', page)[0])


def press(client: Client, url: str, deed: str, **sent: str) -> tuple[int, str]:
    """Read the page, then press: the status of the press, and the page after it."""
    seal = seal_of(client.get(url).content.decode())
    answer = client.post(url, {"seal": seal, "deed": deed, **sent})
    page = client.get(answer["Location"]) if answer.status_code == 302 else answer
    return answer.status_code, plain(page.content.decode())


def rows(made: World) -> list[str]:
    with tenancy.vendor(made.vendor.id):
        return [repr(list(model.objects.values())) for model in (ActionLink, Event, Consent, Rating)]


# --- what asking does ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", ["get", "head"])
def test_asking_changes_nothing_and_keeps_the_address_to_itself(
    solid: World, frozen: datetime, client: Client, ask: str
) -> None:
    url = estimated(solid, frozen)
    before = rows(solid)
    answer = getattr(client, ask)(url, headers={"Sec-Purpose": "prefetch"})
    assert answer.status_code == 200
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert answer["Content-Language"] == "en"
    assert not answer.cookies, "not even a cookie"
    assert rows(solid) == before
    assert client.put(url).status_code == 405


def test_the_page_names_who_acts_what_for_and_until_when(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(solid, frozen)
    page = plain(client.get(url).content.decode())
    who = customer(solid)
    assert f"You act as <strong>{who.contact.name}</strong>" in page
    assert "Not you?" in page
    assert "3 December 2026" in page
    for words in (
        "Estimate 1",
        "Travel: Lévis",
        "CA$675.00",
        "I agree to at most CA$675.00, without tax",
        SUBJECT,
    ):
        assert words in page, words
    assert "Three hours, and the way to you." not in page, "nothing of the conversation"
    assert "It stops at 40 %" not in page


# --- a yes --------------------------------------------------------------------------------------------


def test_a_yes_without_signing_in_or_cookies(solid: World, frozen: datetime) -> None:
    url = estimated(solid, frozen)
    client = Client(enforce_csrf_checks=True)
    seal = seal_of(client.get(url).content.decode())
    # As a browser sends it from a page with `no-referrer`.
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    answer = Client(enforce_csrf_checks=True).post(
        url, {"seal": seal, "deed": "agree", "agree": "yes"}, headers=headers
    )
    assert answer.status_code == 302
    page = plain(client.get(answer["Location"]).content.decode())
    assert "Agreed" in page
    assert "I agree to at most CA$675.00, without tax" in page
    with tenancy.vendor(solid.vendor.id):
        consent, link = Consent.objects.get(estimate__isnull=False), ActionLink.objects.get()
    assert (consent.agreed, consent.contact_id) == (True, customer(solid).contact.id)
    assert (consent.text, consent.text_hash, consent.language) == (link.text, link.text_hash, "en")


def test_a_link_acts_once(solid: World, frozen: datetime, client: Client) -> None:
    url = estimated(solid, frozen)
    seal = seal_of(client.get(url).content.decode())
    sent = {"seal": seal, "deed": "agree", "agree": "yes"}
    assert client.post(url, sent).status_code == 302
    again = client.post(url, sent)
    assert again.status_code == 200
    assert "This link is used up." in again.content.decode()
    with tenancy.vendor(solid.vendor.id):
        assert Consent.objects.filter(estimate__isnull=False).count() == 1


def test_a_box_must_be_ticked_and_a_page_read(solid: World, frozen: datetime, client: Client) -> None:
    url = estimated(solid, frozen)
    seal = seal_of(client.get(url).content.decode())
    for sent, said in (
        ({"seal": seal, "deed": "agree"}, "Tick the box"),
        ({"deed": "agree", "agree": "yes"}, "Nothing was done"),
        ({"seal": seal[:-1] + "x", "deed": "agree", "agree": "yes"}, "Nothing was done"),
        ({"seal": seal, "deed": "rate", "agree": "yes"}, "Nothing was done"),
        ({"seal": seal, "agree": "yes"}, "Nothing was done"),
    ):
        answer = client.post(url, sent)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    with tenancy.vendor(solid.vendor.id):
        assert not Consent.objects.filter(estimate__isnull=False).exists()


def test_the_seal_of_another_link_does_not_fit(solid: World, frozen: datetime, client: Client) -> None:
    one, other = estimated(solid, frozen), estimated(solid, frozen)
    seal = seal_of(client.get(one).content.decode())
    answer = client.post(other, {"seal": seal, "deed": "agree", "agree": "yes"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_another_sites_form_does_nothing(
    solid: World, frozen: datetime, client: Client, headers: dict[str, str]
) -> None:
    url = estimated(solid, frozen)
    seal = seal_of(client.get(url).content.decode())
    answer = client.post(url, {"seal": seal, "deed": "agree", "agree": "yes"}, headers=headers)
    assert answer.status_code == 422
    with tenancy.vendor(solid.vendor.id):
        assert not Consent.objects.filter(estimate__isnull=False).exists()


def test_a_no_says_why(solid: World, frozen: datetime, client: Client) -> None:
    url = estimated(solid, frozen)
    status, page = press(client, url, "decline", body=" ")
    assert status == 422
    status, page = press(client, url, "decline", body="Too dear.")
    assert status == 302
    assert "Declined" in page
    assert "the other ways are open again" in page
    with tenancy.vendor(solid.vendor.id):
        assert not Consent.objects.get(estimate__isnull=False).agreed


# --- languages ------------------------------------------------------------------------------------------


def test_the_links_language_comes_first_and_can_be_changed(solid: World, frozen: datetime) -> None:
    url = estimated(solid, frozen, language="fr")
    client = Client(headers={"Accept-Language": "en-GB"})
    answer = client.get(url)
    page = plain(answer.content.decode())
    assert '<html lang="fr"' in page
    assert answer["Content-Language"] == "fr"
    assert "Vous agissez au nom de <strong>" in page
    assert "675,00 $" in page
    assert "Mot pour mot" not in page
    english = plain(client.get(url + "?language=en").content.decode())
    assert '<html lang="en"' in english
    assert "I agree to at most CA$675.00" in english
    assert "Word for word" in english
    with tenancy.vendor(solid.vendor.id):
        kept = ActionLink.objects.get().text
    assert kept.split(".")[0][:20].replace("\u00a0", " ") in english
    status, page = press(client, url + "?language=en", "agree", agree="yes")
    assert status == 302
    assert "Agreed" in page, "still in English"
    with tenancy.vendor(solid.vendor.id):
        consent = Consent.objects.get(estimate__isnull=False)
    assert (consent.text, consent.language) == (kept, "fr")


# --- above the cap, or not any more ---------------------------------------------------------------------


def test_above_the_cap_the_page_leads_to_the_request(solid: World, frozen: datetime, client: Client) -> None:
    who = customer(solid)
    with tenancy.vendor(solid.vendor.id):
        caps.set_cap(
            by=Viewer.customer(who.contact), contract=who.contract, per_request_amount=1_000, currency="CAD",
            approvers=[who.contact], now=frozen - timedelta(hours=1),
        )  # fmt: skip
    url = estimated(solid, frozen)
    page = client.get(url).content.decode()
    assert "sign in to agree to it" in page
    assert 'name="agree"' not in page
    request = re.findall(r'href="([^"]+)#estimate"', page)[0]
    assert client.get(request)["Location"].startswith(f"{solid.path}/accounts/login/?next=")
    client.force_login(who.user)
    assert "I agree to at most" in client.get(request).content.decode()
    answer = Client().post(url, {"seal": seal_of(page), "deed": "agree", "agree": "yes"})
    assert answer.status_code == 422
    assert "sign in and answer it" in answer.content.decode()
    with tenancy.vendor(solid.vendor.id):
        assert not Consent.objects.filter(estimate__isnull=False).exists()


def test_who_is_signed_in_is_told_in_whose_name_the_link_acts(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(solid, frozen)
    client.force_login(customer(solid).colleague_user)
    page = client.get(url).content.decode()
    assert f"{customer(solid).colleague.name} is signed in" in page


@pytest.mark.parametrize(
    ("change", "status", "title", "names_request"),
    [
        ({"expires_at": datetime.fromisoformat("2026-11-19T12:59:00+00:00")}, 410, "This link is too old", True),
        ({"void_at": datetime.fromisoformat("2026-11-19T12:59:00+00:00")}, 410, "A newer mail replaces this one", True),
        ({"stands_hash": "0" * 64}, 410, "What this mail says is not so any more", True),
        ({"subject_id": UUID(int=7)}, 410, "What this mail was about has been replaced", True),
        ({"token_hash": "0" * 64}, 404, "This link leads nowhere", False),
    ],
)  # fmt: skip
def test_what_does_nothing_any_more_says_so_and_no_more(
    solid: World,
    frozen: datetime,
    client: Client,
    change: dict[str, object],
    status: int,
    title: str,
    names_request: bool,
) -> None:
    url = estimated(solid, frozen)
    with tenancy.vendor(solid.vendor.id):
        ActionLink.objects.update(**change)
    for answer in (client.get(url), client.post(url, {"deed": "agree", "agree": "yes"})):
        page = answer.content.decode()
        assert answer.status_code == status
        assert title in page
        assert answer["Referrer-Policy"] == "no-referrer"
        assert SUBJECT not in page
        assert customer(solid).contact.name not in page
        assert "CA$" not in page
        assert ("/requests/" in page) is names_request


def test_who_may_no_longer_answer_learns_nothing(solid: World, frozen: datetime, client: Client) -> None:
    url = estimated(solid, frozen)
    with tenancy.vendor(solid.vendor.id):
        Contact.objects.filter(id=customer(solid).contact.id).update(removed_at=frozen)
    answer = client.get(url)
    assert answer.status_code == 410
    page = answer.content.decode()
    assert "This is not yours to answer any more" in page
    assert "/requests/" not in page
    assert SUBJECT not in page


# --- the others -----------------------------------------------------------------------------------------


def test_a_way_is_chosen_by_its_link(solid: World, frozen: datetime, client: Client) -> None:
    with tenancy.vendor(solid.vendor.id):
        ticket = how_to(solid, frozen)
        url = link_to(solid, ticket, Purpose.CHOOSE, way="incident")
        free = link_to(solid, ticket, Purpose.CHOOSE, way="grace-call")
    assert "2 now, 1 after" in plain(client.get(free).content.decode())
    status, page = press(client, url, "choose")
    assert status == 422
    assert "Tick the box" in page
    status, page = press(client, url, "choose", agree="yes")
    assert status == 302
    assert "I agree to pay CA$195.00, without tax" in page
    with tenancy.vendor(solid.vendor.id):
        assert Choice.objects.get().way == "incident"
        assert Consent.objects.get().amount == 19_500
    assert client.get(free).status_code == 410


def test_a_rating_takes_one_press_and_can_be_changed(northern: World, client: Client) -> None:
    who = northern.customers["Kisaragi Seiki"]
    with tenancy.vendor(northern.vendor.id):
        url = link_to(northern, northern.tickets["resolved"], Purpose.RATE, contact=who.contact)
    page = client.get(url).content.decode()
    assert re.findall(r'name="score" value="(\d)"', page) == ["5", "4", "3", "2", "1"]
    status, page = press(client, url, "rate", score="4")
    assert status == 302
    assert "You said: satisfied" in page
    assert press(client, url, "rate", score="2", body="Slow.")[0] == 302
    assert press(client, url, "rate", score="9")[0] == 422
    with tenancy.vendor(northern.vendor.id):
        latest = rating.latest(northern.tickets["resolved"])
        assert [(one.score, one.words, one.contact_id) for one in latest] == [(2, "Slow.", who.contact.id)]
        assert Rating.objects.count() == 2


def test_a_colleagues_request_is_taken_over_by_its_link(db: None, frozen: datetime, client: Client) -> None:
    horizant = worlds.build("horizant")
    who = customer(horizant)
    with tenancy.vendor(horizant.vendor.id):
        ticket = opening.open_ticket(
            by=Viewer.customer(who.colleague),
            draft=worlds.draft("deficiency", effect="work-goes-on"),
            now=frozen,
        )
        assert ticket.hold == "adoption"
        url = link_to(horizant, ticket, Purpose.ADOPT)
    page = client.get(url).content.decode()
    assert who.colleague.name in page
    assert "It stops at 40 %" not in page, "what the colleague wrote is read after signing in"
    assert press(client, url, "decline", body="")[0] == 422
    status, page = press(client, url, "adopt")
    assert status == 302
    assert "It is yours now" in page
    with tenancy.vendor(horizant.vendor.id):
        assert Ticket.objects.get(id=ticket.id).adopted_by_id == who.contact.id


# --- walls, guesses, logs -------------------------------------------------------------------------------


def test_a_link_leads_nowhere_at_another_vendor(
    solid: World, northern: World, frozen: datetime, client: Client
) -> None:
    url = estimated(solid, frozen)
    there = url.replace(solid.path, northern.path, 1)
    unknown = client.get(f"{northern.path}/act/{'x' * tokens.LENGTH}")
    for answer in (client.get(there), client.post(there, {"deed": "agree", "agree": "yes"})):
        assert answer.status_code == 404
        assert answer.content.decode().count("Solidxperts") == 0
    # Told apart from any other guess by nothing.
    assert client.get(there).content == unknown.content
    with tenancy.vendor(solid.vendor.id):
        assert not Consent.objects.filter(estimate__isnull=False).exists()


@pytest.mark.parametrize(
    "guess",
    ["x", "x" * 43, "é" * 43, "../..", "x" * 5000, "%00", "' or 1=1 --", "link:0", "a/b/c", "\u202e" * 9],
)
def test_guesses_all_read_the_same(northern: World, client: Client, guess: str) -> None:
    from urllib.parse import quote

    answer = client.get(f"{northern.path}/act/{quote(guess)}")
    assert answer.status_code == 404
    assert "This link leads nowhere" in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"


def test_who_guesses_often_waits_and_guesses_at_nobody_elses_expense(
    solid: World, frozen: datetime, client: Client
) -> None:
    url = estimated(solid, frozen)
    most = int(settings.ACCOUNT_RATE_LIMITS["act_link"].split("/")[0])
    for n in range(most):
        assert client.get(f"{solid.path}/act/{n:0>43}").status_code == 404
    answer = client.get(url)
    assert answer.status_code == ratelimits.TOO_MANY
    assert int(answer["Retry-After"]) > 0
    assert answer["Referrer-Policy"] == "no-referrer"
    assert client.get(url, REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_log_has_a_token(
    solid: World, frozen: datetime, client: Client, capsys: pytest.CaptureFixture[str], form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whatever logs the address of a request writes it without its secret part, also in a traceback."""
    url = estimated(solid, frozen)
    token = url.rpartition("/")[2]
    handler = logging.StreamHandler()
    configured = logs.configuration(level="DEBUG", form=form)["formatters"]["structured"]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=configured["processors"], foreign_pre_chain=configured["foreign_pre_chain"]
        )
    )
    lines: list[str] = []
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(handler.format(record)))
    root = logging.getLogger()
    root.addHandler(handler)
    loggers = [logging.getLogger(name) for name in ("django", "django.request", "django.security")]
    for one in loggers:
        monkeypatch.setattr(one, "disabled", False)
        monkeypatch.setattr(one, "propagate", True)
    try:
        with tenancy.vendor(solid.vendor.id):
            ActionLink.objects.update(void_at=frozen)
        assert client.get(url).status_code == 410
        client.get(url + "x")
        client.put(url)
        monkeypatch.setattr(matters, "speech_for", broken)
        client.raise_request_exception = False
        with tenancy.vendor(solid.vendor.id):
            ActionLink.objects.update(void_at=None)
        assert client.get(url).status_code == 500
        structlog.get_logger("palier").warning("a line of ours", path=url)
        logging.getLogger("django.request").warning("Gone: %s", url)
    finally:
        root.removeHandler(handler)
    written = "\n".join(lines)
    assert "/act/…" in written or json.dumps("/act/…")[1:-1] in written
    assert "broken on purpose" in written
    assert token not in written
    assert token[:16] not in written


def broken(*_arguments: object) -> None:
    raise RuntimeError("broken on purpose")
