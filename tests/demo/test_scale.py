"""Very many tickets: they verify like any, are found by their words, and only the demonstration's own database gets them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from palier.demo import patterns, scale, seed, stories, vocabulary
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Staff, Vendor
from palier.site.refusals import Refused
from palier.tickets import lists, pulse, search, tags, verify
from palier.tickets.models import InternalWords, Message, Numbering, PublicWords, Tagging, Ticket

DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
COUNT = 500
TABLES = ("ticket", "message", "event", "verdict", "commitmentrow", "publicwords", "internalwords", "tagging")


def _rows() -> dict[str, int]:
    """How many rows of each table the other vendors have, as their owner counts them."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        return {
            table: connection.execute(
                f"select count(*) from tickets_{table} t join people_vendor v on v.id = t.vendor_id"
                " where v.slug <> 'northern'"
            ).fetchone()[0]  # type: ignore[index]
            for table in TABLES
        }


@pytest.fixture(scope="module", autouse=True)
def northern(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The demonstration of a Thursday, in which Northern then got five hundred tickets in all."""
    from django.test import TransactionTestCase

    told = stories.all_vendors()
    heard: list[tuple[int, int]] = []
    with django_db_blocker.unblock():
        seed.fill(
            told=told,
            passwords={vendor.slug: f"quite-long-{vendor.slug}" for vendor in told},
            base="http://127.0.0.1:8000/",
            day=DAY,
            now=NOW,
            progress=lambda *_: None,
        )
        vendor = Vendor.objects.get(slug="northern")
        with tenancy.vendor(vendor.id):
            told_before = Ticket.objects.count()
            changes = pulse.at(vendor.id)
        others = _rows()
        added = scale.scale(
            owner_url=os.environ["DATABASE_OWNER_URL"],
            count=COUNT,
            now=NOW,
            progress=lambda done, of: heard.append((done, of)),
        )
        yield {"before": told_before, "added": added, "heard": heard, "others": others, "changes": changes}
        TransactionTestCase._fixture_teardown(object())  # type: ignore[attr-defined]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """Northern, inside its walls."""
    found = Vendor.objects.get(slug="northern")
    with tenancy.vendor(found.id):
        yield found


def test_as_many_are_there_as_were_asked_for_with_numbers_that_go_on(
    northern: dict[str, Any], vendor: Vendor
) -> None:
    assert northern["added"] == COUNT - northern["before"]
    assert northern["heard"][-1] == (northern["added"], northern["added"])
    numbers = sorted(Ticket.objects.values_list("number", flat=True))
    assert numbers == list(range(1001, 1001 + COUNT))
    assert Numbering.objects.get().next == 1001 + COUNT
    assert pulse.at(vendor.id) > northern["changes"]


def test_every_clock_place_and_word_verifies() -> None:
    found = verify.verify(vendor_id=Vendor.objects.get(slug="northern").id, now=NOW)
    assert (found.tickets, found.mismatches) == (COUNT, ())


def test_words_stand_as_the_triggers_would_have_written_them(vendor: Vendor) -> None:
    """With their places, which `verify` leaves out: exactly what writing them anew gives."""
    before = dict(PublicWords.objects.values_list("ticket_id", "words"))
    inside = dict(InternalWords.objects.values_list("ticket_id", "words"))
    search.rebuild(before)
    assert dict(PublicWords.objects.values_list("ticket_id", "words")) == before
    assert dict(InternalWords.objects.values_list("ticket_id", "words")) == inside
    assert len(before) == COUNT
    assert inside


def test_a_word_that_is_in_one_ticket_finds_it(vendor: Vendor) -> None:
    agent = Viewer.staff(next(one for one in Staff.objects.all() if "manager" in one.roles))
    named = Ticket.objects.filter(number__gt=1030, subject__endswith=")").first()
    assert named is not None
    reference = named.subject.rpartition("(")[2].rstrip(")")
    assert [hit.ticket_id for hit in search.find(agent, reference, now=NOW).hits] == [named.id]
    told = Message.objects.filter(public=True, ticket__number__gt=1030).first()
    assert told is not None
    rare = max((word.strip("«»“”,.:\u00a0") for word in told.body.split()), key=len)
    assert told.ticket_id in search.matching(agent, rare)


def test_some_are_open_and_have_tags_and_people(vendor: Vendor) -> None:
    copies = Ticket.objects.filter(number__gt=1030)
    share = copies.filter(is_open=True).count() / copies.count()
    assert 0.05 < share < 0.2
    assert copies.values("organisation_id").distinct().count() >= 3
    assert copies.values("reached_at").distinct().count() >= 20
    assert copies.values("assignee_id").distinct().count() >= 3
    agent = Viewer.staff(next(one for one in Staff.objects.all() if "manager" in one.roles))
    assert {name for _, name in tags.known(agent)} >= set(patterns.TAGS)
    assert Tagging.objects.filter(ticket__number__gt=1030).exists()
    assert lists.page(agent, now=NOW).rows


def test_numbers_follow_the_order_in_which_they_came_nearly(vendor: Vendor) -> None:
    """Pages of the table hold what came about the same time, which an index over blocks relies on."""
    came = list(
        Ticket.objects.filter(number__gt=1030).order_by("number").values_list("reached_at", flat=True)
    )
    half = len(came) // 2
    assert sum(a < b for a, b in zip(came[:half], came[half:], strict=False)) > 0.9 * half


def test_other_vendors_keep_what_they_had(northern: dict[str, Any]) -> None:
    assert _rows() == northern["others"]


def test_asked_again_it_adds_nothing() -> None:
    url = os.environ["DATABASE_OWNER_URL"]
    assert scale.scale(owner_url=url, count=COUNT, now=NOW, progress=lambda *_: None) == 0
    with psycopg.connect(url) as connection:
        left = connection.execute("select to_regnamespace('demo_scale') is null").fetchone()
        waits = connection.execute(
            "select reloptions from pg_class where relname in ('tickets_public_words', 'tickets_internal_words')"
        ).fetchall()
    assert left == (True,)
    assert waits == [(["gin_pending_list_limit=256"],)] * 2


def test_a_database_of_somebody_else_is_refused() -> None:
    url = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(url) as connection:
        connection.execute("update people_vendor set demo = false where slug = 'infor'")
    with pytest.raises(Refused):
        scale.scale(owner_url=url, count=COUNT + 1, now=NOW, progress=lambda *_: None)
    with psycopg.connect(url) as connection:
        connection.execute("update people_vendor set demo = true where slug = 'infor'")


@pytest.mark.parametrize("language", vocabulary.LANGUAGES)
def test_texts_have_common_and_rare_words(language: str) -> None:
    assert len(set(vocabulary.words(language))) == len(vocabulary.words(language)) > 40_000
    bodies = list(vocabulary.Writer(language, 1).bodies(400))
    assert bodies == list(vocabulary.Writer(language, 1).bodies(400))
    common, rare = vocabulary.words(language)[2], vocabulary.words(language)[30_000]
    assert sum(common in body for body in bodies) > 60
    assert sum(rare in body for body in bodies) < 4
