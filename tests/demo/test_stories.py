"""The stories as they are written: understood, in order and past on any day of the week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from palier.demo import stories, telling
from palier.programme import library

MONDAY = date(2026, 11, 16)
WEEK = [MONDAY + timedelta(days=days) for days in range(7)]


@pytest.mark.parametrize("day", WEEK, ids=lambda day: day.strftime("%A"))
def test_each_story_is_past_and_in_order_on_any_day(day: date) -> None:
    moments = telling.moments(stories.all_vendors(), day=day)
    assert moments[-1].at < datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)


def test_the_same_day_tells_the_same() -> None:
    first, again = (telling.moments(stories.all_vendors(), day=MONDAY) for _ in range(2))
    assert [(one.at, one.about) for one in first] == [(one.at, one.about) for one in again]


def test_every_reference_programme_has_its_vendor() -> None:
    assert [vendor.slug for vendor in stories.all_vendors()] == list(library.reference_programmes())


def test_forty_tickets_and_more_in_both_languages() -> None:
    told = stories.all_vendors()
    assert sum(len(vendor.stories) for vendor in told) >= 40
    for vendor in told:
        spoken = {vendor.customers[one.customer].contacts[one.by].language for one in vendor.stories}
        assert spoken == {"fr", "en"}
        assert len(vendor.customers) >= 2
        assert len({customer.zone for customer in vendor.customers.values()}) > 1
        signing = [one.sign_in for one in vendor.staff.values() if one.sign_in]
        assert sorted(signing) == ["account-manager", "agent", "finance", "manager"]


def test_no_address_could_be_somebodys() -> None:
    for vendor in stories.all_vendors():
        people = [
            *vendor.staff.values(),
            *(p for c in vendor.customers.values() for p in c.contacts.values()),
        ]
        assert all(person.email.endswith(".example") for person in people)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("1 14:00", "Europe/Paris", datetime(2026, 11, 13, 13, tzinfo=UTC)),
        ("5 09:00", "Asia/Tokyo", datetime(2026, 11, 9, 0, tzinfo=UTC)),
        ("w1 sat 07:30", "Europe/Paris", datetime(2026, 11, 14, 6, 30, tzinfo=UTC)),
        ("w2 thu 14:00", "America/Toronto", datetime(2026, 11, 5, 19, tzinfo=UTC)),
    ],
)
def test_when(at: str, zone: str, expected: datetime) -> None:
    assert stories.instant(at, day=MONDAY, zone=zone) == expected


@pytest.mark.parametrize("at", ["0 09:00", "9:00", "1 25:00", "w0 mon 09:00", "yesterday"])
def test_a_time_that_makes_no_sense_or_is_not_past_is_refused(at: str) -> None:
    with pytest.raises(ValueError):
        stories.instant(at, day=MONDAY, zone="Europe/Paris")


def test_a_mistake_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text("zone: Europe/Paris\n")
    with pytest.raises(ValueError, match=r"acme\.yaml"):
        stories.all_vendors(tmp_path)
