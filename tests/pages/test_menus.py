"""Menus are rendered once for what they show, and completed for each page and reader."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from palier.pages import menus

CAMILLE = menus.Menus(language="en", prefix="/", person="Camille", theme="", desk_url="", is_signed_in=True)
ACCOUNT, LANGUAGES = "pages/account_menu.html", "pages/languages.html"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def filled(template: str, shown: menus.Menus, here: str = "/", token: str = "t0") -> str:
    return menus.filled(template, shown, here=here, token=token)


def test_each_page_gets_its_own_address_and_each_form_the_token_of_the_moment() -> None:
    first = filled(ACCOUNT, CAMILLE, "/requests", "one")
    second = filled(ACCOUNT, CAMILLE, "/contracts", "two")
    assert 'value="/requests"' in first
    assert first.count('name="csrfmiddlewaretoken" value="one"') == 2
    assert 'value="/contracts"' in second
    assert "one" not in second.replace("telephone", "")
    assert "\0" not in first + second


def test_what_is_set_in_is_escaped() -> None:
    assert 'value="/?a=1&amp;b=&quot;&lt;x&gt;"' in filled(LANGUAGES, CAMILLE, '/?a=1&b="<x>')


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        ({"person": "Zoé <b>"}, "<p>Zoé &lt;b&gt;</p>"),
        ({"theme": "dark"}, 'value="dark" aria-pressed="true"'),
        ({"desk_url": "/desk/queue"}, '<a href="/desk/queue">'),
    ],
)
def test_another_reader_gets_another_menu(change: dict[str, Any], shows: str) -> None:
    filled(ACCOUNT, CAMILLE)
    assert shows in filled(ACCOUNT, dataclasses.replace(CAMILLE, **change))
    assert shows not in filled(ACCOUNT, CAMILLE)


def test_nobody_signed_in_is_not_asked_to_sign_out() -> None:
    assert "Sign out" in filled(ACCOUNT, CAMILLE)
    assert "Sign out" not in filled(ACCOUNT, dataclasses.replace(CAMILLE, is_signed_in=False))


def test_each_language_has_its_own() -> None:
    assert 'value="fr"' in filled(LANGUAGES, CAMILLE)
    with translation.override("fr"):
        shown = filled(LANGUAGES, dataclasses.replace(CAMILLE, language="fr"))
        assert "Se déconnecter" in filled(ACCOUNT, CAMILLE)
    assert 'value="en"' in shown
    assert 'value="fr"' not in shown
    assert "Sign out" in filled(ACCOUNT, CAMILLE)
