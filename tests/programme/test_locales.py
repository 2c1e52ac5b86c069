"""Instants, money and spacing in each region. `~` stands for a no-break space, `^` for a narrow one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import babel
import pytest

from palier.core import worktime
from palier.programme import locales

FRIDAY = datetime(2026, 7, 10, 11, 0, tzinfo=UTC)
"""13:00 in Paris."""
REGIONS = ("fr-CA", "fr-FR", "fr-CH", "en", "en-CA", "en-GB")


def marked(text: str) -> str:
    return text.replace(locales.NO_BREAK, "~").replace(locales.NARROW, "^")


@pytest.mark.parametrize(
    ("locale", "long", "short", "day"),
    [
        (
            "fr-CA",
            "vendredi 10~juillet 2026 à~13:00, heure de~Paris",
            "ven. 10~juill.~13:00",
            "10~juillet 2026",
        ),
        (
            "fr-FR",
            "vendredi 10~juillet 2026 à~13:00, heure de~Paris",
            "ven. 10~juil.~13:00",
            "10~juillet 2026",
        ),
        (
            "fr-CH",
            "vendredi 10~juillet 2026 à~13:00, heure de~Paris",
            "ven. 10~juil.~13:00",
            "10~juillet 2026",
        ),
        ("en", "Friday 10~July 2026, 13:00~Paris time", "Fri 10~Jul~13:00", "10~July 2026"),
        ("en-CA", "Friday 10~July 2026, 13:00~Paris time", "Fri 10~Jul~13:00", "10~July 2026"),
        ("en-GB", "Friday 10~July 2026, 13:00~Paris time", "Fri 10~Jul~13:00", "10~July 2026"),
    ],
)
def test_an_instant_in_a_zone(locale: str, long: str, short: str, day: str) -> None:
    for instant in (FRIDAY, worktime.to_micros(FRIDAY)):
        assert marked(locales.long_instant(instant, "Europe/Paris", locale)) == long
        assert marked(locales.short_instant(instant, "Europe/Paris", locale)) == short
    assert marked(locales.plain_date(FRIDAY.date(), locale)) == day
    assert locales.time_of(FRIDAY, "Asia/Kathmandu") == "16:45"


@pytest.mark.parametrize(
    ("locale", "shown"), [("fr-FR", "mercredi 1er~juillet 2026"), ("en-GB", "Wednesday 1~July 2026")]
)
def test_the_first_of_a_month(locale: str, shown: str) -> None:
    assert marked(locales.long_date(date(2026, 7, 1), locale)) == shown


@pytest.mark.parametrize(
    ("zone", "fr", "en"),
    [
        ("Europe/Paris", "heure de~Paris", "Paris time"),
        ("Europe/London", "heure de~Londres", "London time"),
        ("Europe/Amsterdam", "heure d’Amsterdam", "Amsterdam time"),
        ("Africa/Cairo", "heure du~Caire", "Cairo time"),
        ("America/New_York", "heure de~New York", "New York time"),
        ("America/Montreal", "heure de~Montréal", "Montréal time"),
        ("Asia/Kathmandu", "heure de~Kathmandu", "Kathmandu time"),
        ("US/Eastern", "heure d’Eastern", "Eastern time"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_a_zone_in_words(zone: str, fr: str, en: str) -> None:
    assert marked(locales.zone_words(zone, "fr-FR")) == fr
    assert marked(locales.zone_words(zone, "en")) == en


@pytest.mark.parametrize(
    ("seconds", "shown", "exact"),
    [
        (0, "0~s", "0~s"),
        (30, "30~s", "30~s"),
        (60, "1~min", "1~min"),
        (45 * 60 + 59, "45~min", "45~min~59~s"),
        (3600, "1~h", "1~h"),
        (2 * 3600 + 13 * 60, "2~h~13", "2~h~13~min"),
        (8 * 3600 + 5 * 60, "8~h~05", "8~h~5~min"),
        (100 * 3600 + 1, "100~h", "100~h~1~s"),
        (-3600, "1~h", "1~h"),
    ],
)
def test_durations(seconds: int, shown: str, exact: str) -> None:
    assert marked(locales.duration(seconds * 1_000_000)) == shown
    assert marked(locales.exact_duration(seconds * 1_000_000)) == exact


@pytest.mark.parametrize(
    ("locale", "cad", "usd", "eur", "chf", "jpy"),
    [
        ("fr-CA", "1~525,00~$~CA", "-5,25~$~US", "525,00~€", "525,00~CHF", "525~¥"),
        ("fr-FR", "1^525,00~$~CA", "-5,25~$~US", "525,00~€", "525,00~CHF", "525~JPY"),
        ("fr-CH", "1^525,00~$~CA", "-5,25~$~US", "525,00~€", "525,00~CHF", "525~JPY"),
        ("en", "CA$1,525.00", "-US$5.25", "€525.00", "CHF~525.00", "¥525"),
        ("en-CA", "CA$1,525.00", "-US$5.25", "€525.00", "CHF~525.00", "JP¥525"),
        ("en-GB", "CA$1,525.00", "-US$5.25", "€525.00", "CHF~525.00", "JP¥525"),
    ],
)
def test_money_from_minor_units(locale: str, cad: str, usd: str, eur: str, chf: str, jpy: str) -> None:
    assert marked(locales.money(152500, "CAD", locale)) == cad
    assert marked(locales.money(-525, "USD", locale)) == usd
    assert marked(locales.money(52500, "EUR", locale)) == eur
    assert marked(locales.money(52500, "CHF", locale)) == chf
    assert marked(locales.money(525, "JPY", locale)) == jpy


@pytest.mark.parametrize(
    ("locale", "number", "percentage"),
    [
        ("fr-CA", "1~234,5", "12,5~%"),
        ("fr-FR", "1^234,5", "12,5~%"),
        ("fr-CH", "1^234,5", "12,5~%"),
        ("en", "1,234.5", "12.5%"),
        ("en-CA", "1,234.5", "12.5%"),
        ("en-GB", "1,234.5", "12.5%"),
    ],
)
def test_numbers(locale: str, number: str, percentage: str) -> None:
    assert marked(locales.number(Decimal("1234.5"), locale)) == number
    assert marked(locales.percentage(Decimal("12.5"), locale)) == percentage


SAMPLES = {
    "Vraiment ?": ("Vraiment?", "Vraiment^?"),
    "Vraiment?": ("Vraiment?", "Vraiment^?"),
    "Quoi ?! Non !": ("Quoi?! Non!", "Quoi^?! Non^!"),
    "un ; deux;": ("un; deux;", "un^; deux^;"),
    "Voici : a": ("Voici~: a", "Voici~: a"),
    "Voici: a": ("Voici~: a", "Voici~: a"),
    "à 13:00, https://a.example/?b=c;d": ("à 13:00, https://a.example/?b=c;d",) * 2,
    "« Oui »": ("«~Oui~»", "«~Oui~»"),
    "«Oui ?»": ("«~Oui?~»", "«~Oui^?~»"),
    "(vraiment ?)": ("(vraiment?)", "(vraiment^?)"),
    "« ? »": ("«~?~»", "«~?~»"),
}


@pytest.mark.parametrize("text", SAMPLES)
def test_french_spacing(text: str) -> None:
    canada, france = SAMPLES[text]
    assert marked(locales.typeset(text, "fr-CA")) == canada
    assert marked(locales.typeset(text, "fr-FR")) == france
    assert marked(locales.typeset(text, "fr-CH")) == france


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("locale", REGIONS)
def test_spacing_twice_is_spacing_once(text: str, locale: str) -> None:
    once = locales.typeset(text, locale)
    assert locales.typeset(once, locale) == once


@pytest.mark.parametrize("locale", ["en", "en-CA", "en-GB"])
def test_english_is_left_alone(locale: str) -> None:
    assert locales.typeset("Really? « a » : b", locale) == "Really? « a » : b"


def test_a_locale_that_does_not_exist() -> None:
    with pytest.raises(babel.UnknownLocaleError):
        locales.parse("xx-YY")
