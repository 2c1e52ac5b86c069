"""Holiday codes become dates; unknown ones become problems with a way out."""

from __future__ import annotations

from datetime import date

import pytest

from palier.programme import holidays
from palier.programme.problems import Code, Level, Place

HERE = Place(file="p.yaml", line=3, column=12)


def test_quebec_keeps_its_own_days() -> None:
    found = holidays.between(["CA-QC"], 2026, 2026)
    assert {date(2026, 6, 24), date(2026, 7, 1), date(2026, 12, 25)} <= found.dates
    assert date(2026, 8, 3) not in found.dates
    assert (found.known_from, found.known_until) == (date(2026, 1, 1), date(2026, 12, 31))
    assert found.codes == ("CA-QC",)


def test_observed_days_are_included() -> None:
    assert date(2021, 12, 27) in holidays.dates("GB-ENG", 2021)  # Christmas Day fell on a Saturday


def test_codes_together_and_the_years_known() -> None:
    both = holidays.between(["FR", "CH-GE", "FR"], 2026, 2300)
    assert both.codes == ("FR", "CH-GE")
    assert {date(2026, 7, 14), date(2026, 9, 10)} <= both.dates
    assert both.known_until == date(2100, 12, 31)
    assert holidays.years("FR") == holidays.Years(first=1803, last=2100)
    assert holidays.dates("FR", 2101) == frozenset()


def test_a_country_without_data_has_none_and_says_so() -> None:
    assert not holidays.has_data("BV")
    assert holidays.years("BV") is None
    assert holidays.dates("BV", 2026) == frozenset()
    none = holidays.between(["BV"], 2026, 2027)
    assert (none.dates, none.known_from, none.known_until) == (frozenset(), None, None)
    problem = holidays.check("BV", HERE, "calendars.desk.holidays")
    assert problem is not None
    assert (problem.code, problem.severity) == (Code.NO_HOLIDAY_DATA, Level.WARNING)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("ca-qc", "did you mean 'CA-QC'?"),
        ("CA-QB", "did you mean 'CA-QC'?"),
        ("fr", "did you mean 'FR'?"),
        ("FR-IDF", "write 'FR': its holidays are not told apart for 'IDF'"),
        ("JP-13", "write 'JP': its holidays are not told apart for '13'"),
        ("XX-YY", "write an ISO 3166 code such as FR, CA-QC or CH-GE"),
        ("", "write an ISO 3166 code such as FR, CA-QC or CH-GE"),
    ],
)
def test_unknown_codes(code: str, hint: str) -> None:
    problem = holidays.check(code, HERE, "holidays")
    assert problem is not None
    assert (problem.code, problem.severity, problem.place) == (Code.UNKNOWN_HOLIDAYS, Level.ERROR, HERE)
    assert problem.hint is not None
    assert problem.hint["en"] == hint
    assert holidays.check("CA-QC", HERE, "holidays") is None


def test_the_code_of_a_place() -> None:
    assert holidays.code_of("CA", "QC") == "CA-QC"
    assert holidays.code_of("FR", "IDF") == "FR"
    assert holidays.code_of("JP", None) == "JP"
    assert holidays.code_of("BV", None) is None
