"""Public holidays by country and subdivision code, as dates. The one importer of the `holidays` library.

Codes are ISO 3166: `FR`, `CA-QC`, `CH-GE`. Public holidays count, with the days on which they are observed when they
fall on a weekend. The library knows each country for a span of years (to 2100 nearly everywhere); outside it nothing is
known, which is not the same as no holiday. A country the library has no data for has none, and the reader is warned.
"""

from __future__ import annotations

import functools
import importlib.resources
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import holidays as library

from palier.programme.problems import Code, Place, Problem, closest, error, said, warning


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """First and last year for which the dates are known, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayDates:
    """The dates of some codes together, and until when they are known (None: no code has data, so nothing can end)."""

    codes: tuple[str, ...]
    dates: frozenset[date]
    known_from: date | None
    known_until: date | None


@functools.cache
def _supported() -> dict[str, list[str]]:
    """Countries with data, with the subdivisions the library distinguishes."""
    return dict(library.list_supported_countries(include_aliases=False))


@functools.cache
def countries() -> frozenset[str]:
    """Every ISO 3166 country code, with data or without."""
    table = (
        importlib.resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    )
    listed = {line.partition("\t")[0] for line in table.splitlines() if not line.startswith("#")}
    return frozenset(listed | _supported().keys())


def subdivisions(country: str) -> tuple[str, ...]:
    """Codes of the subdivisions whose holidays are known apart (`CA-QC`); empty when the country has but one list."""
    return tuple(f"{country}-{part}" for part in _supported().get(country, []))


@functools.cache
def has_data(code: str) -> bool:
    """Whether holidays of the code are known: the library has the place, and any day at all for it."""
    country, _, part = code.partition("-")
    if country not in _supported() or (part and part not in _supported()[country]):
        return False
    return any(_dates(code, year) for year in range(2020, 2030))


def years(code: str) -> Years | None:
    """The years for which the holidays of the code are known; None without data."""
    if not has_data(code):
        return None
    return _years(code)


@functools.cache
def _years(code: str) -> Years:
    country, _, part = code.partition("-")
    calendar = library.country_holidays(country, subdiv=part or None)
    return Years(first=calendar.start_year, last=calendar.end_year)


def dates(code: str, year: int) -> frozenset[date]:
    """Public holidays of the code in one year, observed days included; none for a code or a year without data."""
    span = years(code)
    if span is None or not span.first <= year <= span.last:
        return frozenset()
    return _dates(code, year)


@functools.lru_cache(maxsize=4096)
def _dates(code: str, year: int) -> frozenset[date]:
    country, _, part = code.partition("-")
    with warnings.catch_warnings():  # the library speaks of estimated lunar dates on the warnings channel
        warnings.simplefilter("ignore")
        found = library.country_holidays(
            country, subdiv=part or None, years=year, observed=True, expand=False
        )
    return frozenset(day for day in found if day.year == year)


def between(codes: Iterable[str], first_year: int, last_year: int) -> HolidayDates:
    """The holidays of all `codes` from `first_year` to `last_year`, cut to the years known for every one of them."""
    wanted = tuple(dict.fromkeys(codes))
    spans = [span for span in map(years, wanted) if span is not None]
    first = max([first_year, *(span.first for span in spans)])
    last = min([last_year, *(span.last for span in spans)])
    found = frozenset(day for code in wanted for year in range(first, last + 1) for day in dates(code, year))
    return HolidayDates(
        codes=wanted,
        dates=found,
        known_from=date(first, 1, 1) if spans else None,
        known_until=date(last, 12, 31) if spans else None,
    )


def code_of(country: str, subdivision: str | None) -> str | None:
    """The code for a place: its subdivision where the library tells it apart, else its country; None without data."""
    candidates = [f"{country}-{subdivision}"] if subdivision else []
    return next((code for code in [*candidates, country] if has_data(code)), None)


def check(code: str, place: Place, path: str) -> Problem | None:
    """The problem with a code written in a file, if there is one: unknown (an error) or without data (a warning)."""
    country, _, part = code.partition("-")
    if has_data(code):
        return None
    if country in countries() and not part:
        return warning(
            Code.NO_HOLIDAY_DATA,
            place,
            path,
            said(
                en=f"no holidays are known for '{code}'", fr=f"aucun jour férié n’est connu pour « {code} »"
            ),
            said(
                en="none are counted: list the days under `closures`",
                fr="aucun n’est compté : inscrivez les jours sous `closures`",
            ),
        )
    hint_en, hint_fr = _nearest(country, part) if part else _nearest_country(country)
    return error(
        Code.UNKNOWN_HOLIDAYS,
        place,
        path,
        said(en=f"unknown holiday code '{code}'", fr=f"code de jours fériés inconnu : « {code} »"),
        said(en=hint_en, fr=hint_fr),
    )


def _nearest_country(word: str) -> tuple[str, str]:
    """The hint for a code without a hyphen: the country (or the full subdivision code) that was likely meant."""
    near = closest(word, countries())
    if near is None:
        return (
            "write an ISO 3166 code such as FR, CA-QC or CH-GE",
            "écrivez un code ISO 3166 tel que FR, CA-QC ou CH-GE",
        )
    return f"did you mean '{near}'?", f"vouliez-vous dire « {near} » ?"


def _nearest(country: str, part: str) -> tuple[str, str]:
    """The hint for a subdivision that is not told apart: the near one, else the country as a whole."""
    if country.upper() not in countries():
        return _nearest_country(country)
    country = country.upper()
    parts = {code.partition("-")[2] for code in subdivisions(country)}
    near = closest(part, parts, cutoff=0.5)
    if near is not None:
        return f"did you mean '{country}-{near}'?", f"vouliez-vous dire « {country}-{near} » ?"
    return (
        f"write '{country}': its holidays are not told apart for '{part}'",
        f"écrivez « {country} » : ses jours fériés ne sont pas distingués pour « {part} »",
    )
