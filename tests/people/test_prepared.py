"""Prepared statements are inside Django's transaction, behind the vendor's wall, and seen by whoever listens."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from palier.people import prepared, tenancy
from palier.people.models import Organisation, Vendor
from palier.site import database

NAMES = "select name from people_organisation where vendor_id = %s order by name"
NOW = datetime(2026, 7, 9, tzinfo=UTC)
READY = "select generic_plans + custom_plans from pg_prepared_statements where statement like %s"


def organisation(vendor_id: UUID, name: str) -> Organisation:
    return Organisation.objects.create(vendor_id=vendor_id, name=name, zone="Europe/Paris", created_at=NOW)


def test_a_statement_is_prepared_once_and_sees_what_was_written_before(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        for wanted in (["a"], ["a", "b"], ["a", "b", "c"]):
            organisation(vendor.id, wanted[-1])
            assert [name for (name,) in prepared.rows(NAMES, [vendor.id])] == wanted
        assert prepared.row(NAMES, [vendor.id]) == ("a",)
        with connection.cursor() as cursor:
            cursor.execute(READY, ["select name from people_organisation%"])
            ((times,),) = cursor.fetchall()
        assert times == 4


def test_no_row_is_none(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        assert prepared.row(NAMES, [vendor.id]) is None


def test_the_wall_stands_before_a_prepared_statement(vendor: Vendor, db: None) -> None:
    with tenancy.vendor(vendor.id):
        organisation(vendor.id, "a")
        assert prepared.rows("select name from people_organisation where name <> %s", [""]) == [("a",)]
    with pytest.raises(DatabaseError), transaction.atomic():
        prepared.rows("select name from people_organisation where name <> %s", [""])


def test_a_failure_is_djangos_and_rolls_back(vendor: Vendor) -> None:
    def fail() -> None:
        with transaction.atomic():
            organisation(vendor.id, "a")
            prepared.run("select 1 / %s::int", [0])

    with tenancy.vendor(vendor.id):
        with pytest.raises(DatabaseError):
            fail()
        assert prepared.rows(NAMES, [vendor.id]) == []


def test_listeners_hear_of_it(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id), CaptureQueriesContext(connection) as asked:
        prepared.rows(NAMES, [vendor.id])
    assert len(asked) == 1


def test_what_django_asks_is_not_prepared(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        prepared.rows(NAMES, [vendor.id])
        for _ in range(10):
            list(Organisation.objects.filter(vendor_id=vendor.id, zone="Asia/Tokyo"))
        with connection.cursor() as cursor:
            cursor.execute(READY, ["%Asia/Tokyo%"])
            assert cursor.fetchall() == []


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_between_two_requests_is_made_anew() -> None:
    connection.close_if_unusable_or_obsolete()
    (died,) = prepared.row("select pg_backend_pid()", []) or (0,)
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 10000)", [died])
    # What Django does when the next request begins.
    connection.close_if_unusable_or_obsolete()
    (fresh,) = prepared.row("select pg_backend_pid()", []) or (0,)
    assert fresh != died
