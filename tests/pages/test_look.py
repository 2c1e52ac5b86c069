"""Colour, words, instants: the small things every page is made of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from palier.pages import colour, due
from palier.pages.due import DeskDay
from palier.pages.moments import DAY, HOUR, MINUTE, Moments, about, counted, duration, micros
from palier.pages.words import nth, words

LIGHT, DARK = ("#f5f5f3", "#ffffff", "#f0f0ed"), ("#121316", "#1a1b1f", "#222429")


def both(pair: str) -> tuple[str, str]:
    light, dark = pair.removeprefix("light-dark(").removesuffix(")").split(", ")
    return light, dark


@pytest.mark.parametrize(
    ("number", "en", "feminine", "masculine"),
    [
        (1, "1st ticket", "1re demande", "1er billet"),
        (2, "2nd ticket", "2e demande", "2e billet"),
        (3, "3rd ticket", "3e demande", "3e billet"),
        (11, "11th ticket", "11e demande", "11e billet"),
        (22, "22nd ticket", "22e demande", "22e billet"),
        (113, "113th ticket", "113e demande", "113e billet"),
    ],
)
def test_a_place_in_a_row(number: int, en: str, feminine: str, masculine: str) -> None:
    assert nth(number, language="en", one="ticket") == en
    assert nth(number, language="fr", one="demande") == feminine
    assert nth(number, language="fr", one="billet") == masculine


@given(st.integers(min_value=0, max_value=0xFFFFFF))
def test_whatever_colour_a_vendor_has_its_words_can_be_read(value: int) -> None:
    made = colour.accent(f"#{value:06x}")
    light, dark = both(made.text)
    assert min(colour.contrast(light, ground) for ground in LIGHT) >= 4.5
    assert min(colour.contrast(dark, ground) for ground in DARK) >= 4.5
    for solid in (*both(made.solid), *both(made.hover)):
        assert colour.contrast(solid, "#ffffff") >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("bad", ["red", "#fff", "#12345g", "", "#1234567", "url(x)"])
def test_what_is_no_colour_is_refused_by_name(bad: str) -> None:
    assert not colour.is_colour(bad)
    with pytest.raises(ValueError, match="is not a colour"):
        colour.accent(bad)


@pytest.mark.parametrize(
    ("language", "one", "many", "said"),
    [
        ("fr", "billet", "billets", ("Nouveau billet", "ce billet", "le billet", "Billets ouverts", "Aucun billet ouvert")),
        ("fr", "demande", "demandes", ("Nouvelle demande", "cette demande", "la demande", "Demandes ouvertes", "Aucune demande ouverte")),
        ("fr", "incident", "incidents", ("Nouvel incident", "cet incident", "l’incident", "Incidents ouverts", "Aucun incident ouvert")),
        ("fr", "réclame", "réclames", ("Nouvelle réclame", "cette réclame", "la réclame", "Réclames ouvertes", "Aucune réclame ouverte")),
        ("en", "ticket", "tickets", ("New ticket", "this ticket", "the ticket", "Open tickets", "No open ticket")),
        ("en", "inquiry", "inquiries", ("New inquiry", "this inquiry", "the inquiry", "Open inquiries", "No open inquiry")),
    ],
)  # fmt: skip
def test_french_agrees_with_the_vendors_word(
    language: str, one: str, many: str, said: tuple[str, ...]
) -> None:
    made = words(language, one=one, many=many, support="", mail="")
    assert (made.new, made.this, made.the, made.open_many, made.none_open) == said


def test_an_article_follows_the_word() -> None:
    assert words("en", one="inquiry", many="x", support="", mail="").a == "an inquiry"
    assert words("fr", one="demande", many="x", support="", mail="").a == "une demande"


AT = datetime(2026, 7, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "zone", "day", "long", "city"),
    [
        ("fr-FR", "Europe/Paris", "jeu. 9\xa0juil., 14:00", "jeudi 9\xa0juillet", "Paris"),
        ("fr-CA", "America/Toronto", "jeu. 9\xa0juill., 08:00", "jeudi 9\xa0juillet", "Toronto"),
        ("en-GB", "Asia/Kathmandu", "Thu 9\xa0Jul, 17:45", "Thursday 9\xa0July", "Kathmandu"),
        ("en", "UTC", "Thu 9\xa0Jul, 12:00", "Thursday 9\xa0July", "UTC"),
        ("fr-CH", "Europe/London", "jeu. 9\xa0juil., 13:00", "jeudi 9\xa0juillet", "Londres"),
    ],
)
def test_an_instant_in_a_zone(locale: str, zone: str, day: str, long: str, city: str) -> None:
    moments = Moments(locale=locale, zone=zone)
    assert (moments.day_time(AT), moments.day_long(AT), moments.city) == (day, long, city)


def test_the_first_of_a_month_and_nearness() -> None:
    french = Moments(locale="fr-FR", zone="Europe/Paris")
    assert french.date(datetime(2026, 4, 1, tzinfo=UTC).date()) == "1er\xa0avril 2026"
    assert french.near(AT, AT) == "14:00"
    assert french.near(micros(AT) + DAY, micros(AT)) == "ven.\xa014:00"
    assert french.near(micros(AT) + 9 * DAY, micros(AT)) == "sam. 18\xa0juil., 14:00"


def test_durations() -> None:
    assert duration(30_000_000) == "0\xa0min"
    assert duration(45 * MINUTE) == "45\xa0min"
    assert duration(2 * HOUR + 13 * MINUTE) == "2\xa0h\xa013"
    assert counted(0) == "0\xa0h\xa000"
    assert about(3 * DAY + 5 * HOUR, "fr") == "3\xa0j\xa05\xa0h"
    assert about(3 * DAY, "en") == "3\xa0d"


PARIS = Moments(locale="en-GB", zone="Europe/Paris")
TOKYO = Moments(locale="en-GB", zone="Asia/Tokyo")
NOW = micros(AT)
DAY_ = DeskDay(closes_at=NOW + 5 * HOUR, opens_at=NOW + 19 * HOUR)


@pytest.mark.parametrize(
    ("due_at", "breached_at", "words_", "tone"),
    [
        (NOW - HOUR, NOW - HOUR, "missed 1\xa0h ago", "bad"),
        (NOW - HOUR, None, "missed 1\xa0h ago", "bad"),
        (NOW + 48 * MINUTE, None, "in 48\xa0min", "soon"),
        (NOW + 3 * HOUR + 33 * MINUTE, None, "in 3\xa0h\xa033", ""),
        (NOW + 19 * HOUR, None, "answer today", ""),
        (NOW + 21 * HOUR, None, "tomorrow 11:00", ""),
        (NOW + 4 * DAY, None, "Monday", ""),
        (NOW + 20 * DAY, None, "Wed 29\xa0Jul", ""),
    ],
)
def test_due_says_the_urgency_first(due_at: int, breached_at: int | None, words_: str, tone: str) -> None:
    with translation.override("en"):
        found = due.Column(now=NOW, here=PARIS, day=DAY_).words(due_at, breached_at)
    assert found == (words_, tone)


def test_the_second_line_names_both_instants_once_each() -> None:
    with translation.override("en"):
        assert due.both(NOW + HOUR, NOW, TOKYO, PARIS) == "22:00 Tokyo, 15:00 here"
        assert due.both(NOW + HOUR, NOW, PARIS, PARIS) == "15:00 Paris"
