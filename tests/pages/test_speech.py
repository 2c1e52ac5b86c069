"""Pages speak one language, in the vendor's words and its region's typography; a choice is kept; errors name a way out."""

from __future__ import annotations

import html
import re
from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils import translation
from scripts import check_translations
from tests.pages import world
from tests.pages.world import World

from palier.pages import errors
from palier.people import tenancy
from palier.people.models import User

LANGUAGE = settings.LANGUAGE_COOKIE_NAME


def text_of(page: str) -> str:
    """What is read on a page: no tags, no markup, entities resolved."""
    page = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", page, flags=re.S)
    labels = " ".join(re.findall(r'(?:aria-label|placeholder|alt|title)="([^"]*)"', page))
    return html.unescape(re.sub(r"<[^>]+>", "|", page) + labels)


def english() -> list[str]:
    """Messages that would stand out on a French page."""
    catalogue = check_translations.catalogue()
    return [
        text
        for (context, text) in check_translations.messages()
        if len(text) > 8
        and "%" not in text
        and (entry := catalogue.get(text, context=context)) is not None
        and entry.string != text
    ]


def french() -> list[str]:
    """Translations that would stand out on an English page."""
    return [
        message.string
        for message in check_translations.catalogue()
        if isinstance(message.string, str)
        and len(message.string) > 10
        and "%" not in message.string
        and message.id
        and message.string != message.id
    ]


def pages(made: World, client: Client) -> list[str]:
    number = f"NOR-{made.tickets['answered'].number}"
    held = f"NOR-{made.tickets['missing'].number}"
    client.force_login(made.customers["Ferronor"].user)
    found = [
        client.get(f"{made.path}/{path}").content.decode()
        for path in ("", "requests/", f"requests/{number}", f"requests/{held}", "requests/new?kind=defect&effect=lasting-major", "requests/nothing")
    ]  # fmt: skip
    client.force_login(made.agent_user)
    return found + [
        client.get(f"{made.path}/desk/{path}").content.decode()
        for path in (
            "queue",
            "queue?view=held",
            f"tickets/{number}",
            f"tickets/{held}?open=classify",
            "tickets/none",
        )
    ]


def test_a_mixed_page_would_be_seen(northern: World, client: Client) -> None:
    world.read_in(northern, "fr")
    strangers = french()
    for page in pages(northern, client):
        assert strange(page, strangers)


def strange(page: str, strangers: list[str]) -> list[str]:
    """Those of the other language's words that stand on a page by themselves."""
    read = f"|{text_of(page)}|"
    return [
        one
        for one in strangers
        if one in read and re.search(rf"[|(,.:>“ ]\s*{re.escape(one)}\s*[|),.:<” ]", read)
    ]


def test_no_page_is_mixed(northern: World, client: Client) -> None:
    for language, strangers in (("fr", english()), ("en", french())):
        world.read_in(northern, language)
        for page in pages(northern, client):
            assert f'<html lang="{language}"' in page
            found = strange(page, strangers)
            assert not found, (language, re.findall(r"<title>(.*?)</title>", page), found)


@pytest.mark.parametrize(
    ("slug", "language", "said", "never"),
    [
        ("horizant", "fr", ("Nouveau billet", "De quoi s’agit-il?"), "s’agit-il\u202f?"),
        ("infor", "fr", ("Nouveau ticket", "De quoi s’agit-il\u202f?"), "s’agit-il?"),
        ("proconcept", "fr", ("Nouveau ticket", "De quoi s’agit-il\u202f?"), "s’agit-il?"),
        ("northern", "en", ("New ticket", "What is it about?"), "De quoi"),
    ],
)
def test_each_region_has_its_words_and_its_spacing(
    northern: World, client: Client, slug: str, language: str, said: tuple[str, ...], never: str
) -> None:
    made = northern if slug == "northern" else world.build(slug)
    client.force_login(next(iter(made.customers.values())).user)
    world.read_in(made, language)
    page = client.get(f"{made.path}/requests/new").content.decode()
    for words in said:
        assert words in page
    assert never not in page


@pytest.mark.parametrize(("language", "price"), [("fr", "$\xa0CA"), ("en", "CA$")])
def test_prices_are_written_as_the_region_writes_them(
    db: None, frozen: datetime, client: Client, language: str, price: str
) -> None:
    made = world.build("solidxperts")
    client.force_login(next(iter(made.customers.values())).user)
    world.read_in(made, language)
    page = client.post(
        f"{made.path}/requests/preview", {"kind": "configuration", "body": "x"}
    ).content.decode()
    assert 'name="way"' in page
    assert price in html.unescape(page)


def test_a_choice_of_language_comes_back_to_the_page_and_is_kept(northern: World, client: Client) -> None:
    user = northern.customers["Ferronor"].user
    client.force_login(user)
    here = f"{northern.path}/requests/new?kind=defect"
    answer = client.post(f"{northern.path}/preferences/language", {"language": "fr", "next": here})
    assert answer["Location"] == here
    assert answer.cookies[LANGUAGE].value == "fr"
    assert "Nouveau ticket" in client.get(here).content.decode()
    with tenancy.vendor(northern.vendor.id):
        assert User.objects.get(id=user.id).language == "fr"
    del client.cookies[LANGUAGE]
    assert "Nouveau ticket" in client.get(here).content.decode()


def test_a_choice_of_appearance_is_kept(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    client.post(
        f"{northern.path}/preferences/theme", {"theme": "dark", "next": f"{northern.path}/desk/queue"}
    )
    page = client.get(f"{northern.path}/desk/queue").content.decode()
    assert 'data-bs-theme="dark"' in page
    client.post(f"{northern.path}/preferences/theme", {"theme": "", "next": f"{northern.path}/desk/queue"})
    assert "data-bs-theme" not in client.get(f"{northern.path}/desk/queue").content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_choice_never_leads_elsewhere(northern: World, client: Client, elsewhere: str) -> None:
    for name, data in (("language", {"language": "fr"}), ("theme", {"theme": "dark"})):
        answer = client.post(f"{northern.path}/preferences/{name}", {**data, "next": elsewhere})
        assert answer["Location"] == f"{northern.path}/"
        assert client.get(f"{northern.path}/preferences/{name}").status_code == 405


def test_a_language_nobody_has_changes_nothing(northern: World, client: Client) -> None:
    answer = client.post(
        f"{northern.path}/preferences/language", {"language": "../de", "next": f"{northern.path}/"}
    )
    assert LANGUAGE not in answer.cookies


def test_errors_name_a_way_out_in_both_languages(northern: World, client: Client) -> None:
    client.force_login(northern.customers["Ferronor"].user)
    for language, said in (("en", "To the home page"), ("fr", "À l’accueil")):
        world.read_in(northern, language)
        answer = client.get(f"{northern.path}/no/such/page")
        assert answer.status_code == 404
        assert said in answer.content.decode()


def test_a_form_without_its_protection_says_how_to_go_on(northern: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(f"{northern.path}/preferences/theme", {"theme": "dark"})
    assert answer.status_code == 403
    assert "cookies" in answer.content.decode()


def test_our_own_mistake_is_told_without_database_or_session() -> None:
    with translation.override("en"):
        answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "on our side" in answer.content.decode()


def test_errors_before_any_vendor_is_known_have_a_page_too(frozen: datetime) -> None:
    request = RequestFactory().get("/")
    for answer, status in (
        (errors.bad_request(request), 400),
        (errors.forbidden(request), 403),
        (errors.not_found(request), 404),
    ):
        assert answer.status_code == status
        assert "<h1>" in answer.content.decode()


def test_the_policy_allows_no_inline_script_or_style(northern: World, client: Client) -> None:
    client.force_login(northern.customers["Ferronor"].user)
    answer = client.get(f"{northern.path}/requests/new?kind=defect")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert not re.search(r'\sstyle="', answer.content.decode())
