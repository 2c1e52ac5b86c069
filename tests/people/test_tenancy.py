"""The wall between vendors, asked of the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.state import ProjectState
from psycopg.pq import TransactionStatus
from uuid_utils.compat import uuid7

from palier.people import tenancy
from palier.people.models import Organisation, Site, Vendor
from palier.site import database

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def other(db: None) -> Vendor:
    return Vendor.objects.create(
        slug="beta", name="Beta", prefix="BET", zone="UTC", address="https://beta.example/", created_at=AT
    )


def organisation(vendor_id: UUID, name: str = "Customer") -> Organisation:
    return Organisation.objects.create(vendor_id=vendor_id, name=name, zone="UTC", created_at=AT)


def test_a_query_outside_a_vendors_transaction_fails(db: None) -> None:
    with pytest.raises(DatabaseError, match=r"palier\.vendor|uuid"), transaction.atomic():
        Organisation.objects.count()
    with pytest.raises(DatabaseError, match=r"palier\.vendor|uuid"), transaction.atomic():
        Organisation.objects.filter(id=uuid7()).first()


def test_a_query_after_a_vendors_transaction_fails_too(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        organisation(vendor.id)
    with pytest.raises(DatabaseError, match="uuid"), transaction.atomic():
        Organisation.objects.count()


def test_one_vendor_neither_sees_nor_changes_another_vendors_rows(vendor: Vendor, other: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        theirs = organisation(vendor.id)
    with tenancy.vendor(other.id):
        assert Organisation.objects.count() == 0
        assert Organisation.objects.filter(id=theirs.id).update(name="Taken") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            organisation(vendor.id, "Planted")
    with tenancy.vendor(vendor.id):
        assert Organisation.objects.get().name == "Customer"


def test_a_row_cannot_point_into_another_vendors_data(vendor: Vendor, other: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        theirs = organisation(vendor.id)
    with tenancy.vendor(other.id):
        Site.objects.create(vendor_id=other.id, organisation_id=theirs.id, name="Here", zone="UTC")
        with pytest.raises(IntegrityError, match="organisation_id"):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_the_same_vendor_again_is_the_same_transaction(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        depth = len(connection.savepoint_ids)
        with tenancy.vendor(vendor.id):
            assert len(connection.savepoint_ids) == depth
            organisation(vendor.id)
        assert Organisation.objects.count() == 1
        assert tenancy.current() == vendor.id


def test_another_vendor_inside_is_an_error(vendor: Vendor, other: Vendor) -> None:
    inner = tenancy.vendor(other.id)
    with tenancy.vendor(vendor.id), pytest.raises(tenancy.WrongVendor, match=str(other.id)):
        inner.__enter__()


def test_without_a_vendor_there_is_no_current_one(db: None) -> None:
    with pytest.raises(tenancy.NoVendor):
        tenancy.current()


def test_an_exception_rolls_back_and_leaves_no_vendor(vendor: Vendor) -> None:
    def fail() -> None:
        with tenancy.vendor(vendor.id):
            organisation(vendor.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(tenancy.NoVendor):
        tenancy.current()
    with tenancy.vendor(vendor.id):
        assert Organisation.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_with_real_transactions_too() -> None:
    inner = tenancy.vendor(uuid7())
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        inner.__enter__()
    made = Vendor.objects.create(
        slug="real", name="Real", prefix="REA", zone="UTC", address="https://real.example/", created_at=AT
    )
    with tenancy.vendor(made.id):
        organisation(made.id)
    with pytest.raises(DatabaseError, match="uuid"):
        Organisation.objects.count()
    with tenancy.vendor(made.id):
        assert Organisation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_outside_nothing_is_open_and_afterwards_it_is_the_same_vendor() -> None:
    made = Vendor.objects.create(
        slug="beta", name="Beta", prefix="BET", zone="UTC", address="https://beta.example/", created_at=AT
    )

    def fails_afterwards() -> None:
        with tenancy.vendor(made.id):
            organisation(made.id, "Before")
            with tenancy.outside():
                assert connection.connection.info.transaction_status == TransactionStatus.IDLE
                assert tenancy.held() is None
            assert tenancy.current() == made.id
            assert Organisation.objects.get().name == "Before"
            organisation(made.id, "After")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_afterwards()
    with tenancy.vendor(made.id):
        assert [one.name for one in Organisation.objects.all()] == ["Before"]
        with pytest.raises(ZeroDivisionError), tenancy.outside():
            raise ZeroDivisionError
        assert Organisation.objects.count() == 1
        with pytest.raises(RuntimeError, match="further"), transaction.atomic(), tenancy.outside():
            pytest.fail("half a transaction was committed")
    with pytest.raises(tenancy.NoVendor), tenancy.outside():
        pytest.fail("there is nothing to leave")


def test_outside_no_row_is_seen(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        with tenancy.outside(), pytest.raises(DatabaseError, match="uuid"), transaction.atomic():
            Organisation.objects.count()
        assert Organisation.objects.count() == 0


def test_the_table_that_was_emptied_after_real_transactions_is_empty(vendor: Vendor) -> None:
    assert list(Vendor.objects.all()) == [vendor]


# Jobs ---------------------------------------------------------------------------------------------------------------


def test_a_job_carries_ids_as_text_and_runs_for_its_vendor(vendor: Vendor) -> None:
    seen: list[object] = []

    @tenancy.job
    def deliver(*, vendor_id: UUID, message_id: UUID, ticket_ids: list[UUID]) -> int:
        seen.append((vendor_id, message_id, ticket_ids, tenancy.current()))
        return 3

    message, ticket = uuid7(), uuid7()
    queued = tenancy.arguments(vendor_id=vendor.id, message_id=message, ticket_ids=[ticket])
    assert queued == {"vendor_id": str(vendor.id), "message_id": str(message), "ticket_ids": [str(ticket)]}
    assert deliver(**queued) == 3
    assert seen == [(vendor.id, message, [ticket], vendor.id)]


def test_a_job_takes_nothing_but_ids() -> None:
    def with_text(*, vendor_id: UUID, subject: str) -> None: ...

    def without_vendor(*, message_id: UUID) -> None: ...

    with pytest.raises(TypeError, match="carries ids only"):
        tenancy.job(with_text)
    with pytest.raises(TypeError, match="no vendor_id"):
        tenancy.job(without_vendor)


# Operations ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def table(vendor: Vendor) -> Iterator[str]:
    """A tenant-owned table made by the owner; committed, because two connections look at it."""
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("create table things (id uuid primary key, vendor_id uuid not null, thing_id uuid)")
    yield "things"
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("drop table things cascade")


def apply(*operations: tenancy.SqlOperation, back: bool = False) -> None:
    state = ProjectState()
    with database.as_owner() as owner, owner.schema_editor() as editor:
        for operation in operations:
            (operation.database_backwards if back else operation.database_forwards)("x", editor, state, state)


def statement(text: str, *values: UUID) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.django_db(transaction=True)
class TestOperations:
    def test_row_security_is_forced_and_can_be_taken_back(self, table: str, vendor: Vendor) -> None:
        apply(tenancy.EnableRowSecurity(table))
        assert database.open_tables(connection) == []
        with pytest.raises(DatabaseError):
            statement("select * from things")
        with tenancy.vendor(vendor.id):
            statement("insert into things values (%s, %s)", uuid7(), vendor.id)
            with pytest.raises(DatabaseError, match="row-level security"):
                statement("insert into things values (%s, %s)", uuid7(), uuid7())
        apply(tenancy.EnableRowSecurity(table), back=True)
        assert database.open_tables(connection) == ["things"]

    def test_composite_keys_hold_and_cascade(self, table: str, vendor: Vendor) -> None:
        key = tenancy.CompositeKey(table)
        relation = tenancy.TenantForeignKey(table, "thing_id", table, on_delete="set null")
        apply(key, relation)
        one, two = uuid7(), uuid7()
        statement(
            "insert into things values (%s, %s, null), (%s, %s, %s)", one, vendor.id, two, vendor.id, one
        )
        with pytest.raises(IntegrityError):
            statement("insert into things values (%s, %s, %s)", uuid7(), uuid7(), one)
        statement("delete from things where id = %s", one)
        assert statement("select vendor_id, thing_id from things") == [(vendor.id, None)]
        apply(relation, key, back=True)

    def test_append_only_is_refused_to_everybody(self, table: str, vendor: Vendor) -> None:
        apply(tenancy.AppendOnly(table))
        statement("insert into things values (%s, %s)", uuid7(), vendor.id)
        for change in ("update things set thing_id = null", "delete from things", "truncate things"):
            with pytest.raises(DatabaseError, match="permission denied"):
                statement(change)
            with database.as_owner(), pytest.raises(IntegrityError, match="append-only"):
                statement(change)
        database.migrate()
        with pytest.raises(DatabaseError, match="permission denied"):
            statement("delete from things")
        apply(tenancy.AppendOnly(table), back=True)
        statement("delete from things")

    def test_a_definer_function_sees_all_vendors_and_only_the_application_calls_it(
        self, table: str, vendor: Vendor
    ) -> None:
        function = tenancy.DefinerFunction(
            "things_all(most integer)", "select vendor_id, id from things limit most"
        )
        apply(tenancy.EnableRowSecurity(table), function)
        one = uuid7()
        with tenancy.vendor(vendor.id):
            statement("insert into things values (%s, %s)", one, vendor.id)
        assert statement("select * from things_all(5)") == [(vendor.id, one)]
        config = statement("select proconfig from pg_proc where proname = 'things_all'")
        assert config == [(["search_path=pg_catalog, public, pg_temp"],)]
        everybodys = (
            "select count(*) from pg_proc, aclexplode(proacl) where proname = 'things_all' and grantee = 0"
        )
        assert statement(everybodys) == [(0,)]
        apply(function, back=True)

    def test_a_librarys_table_is_as_closed_as_the_row_it_points_to(self, table: str, vendor: Vendor) -> None:
        with database.as_owner() as owner, owner.cursor() as cursor:
            cursor.execute("create table devices (id integer, thing_id uuid not null)")
        try:
            apply(
                tenancy.EnableRowSecurity(table),
                tenancy.EnableRowSecurityThrough("devices", "thing_id", table),
            )
            one = uuid7()
            with tenancy.vendor(vendor.id):
                statement("insert into things values (%s, %s)", one, vendor.id)
                statement("insert into devices values (1, %s)", one)
                assert statement("select id from devices") == [(1,)]
            with tenancy.vendor(uuid7()):
                assert statement("select id from devices") == []
                with pytest.raises(DatabaseError, match="row-level security"):
                    statement("insert into devices values (2, %s)", one)
            with pytest.raises(DatabaseError):
                statement("select id from devices")
        finally:
            with database.as_owner() as owner, owner.cursor() as cursor:
                cursor.execute("drop table devices")


def test_long_names_of_constraints_stay_apart() -> None:
    names = {tenancy._named("a" * 60, column, "vendor_fk") for column in ("one_id", "two_id")}
    assert len(names) == 2
    assert all(len(name) <= 63 for name in names)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: tenancy.TenantForeignKey("a", "b_id", "b", on_delete="explode"),
        lambda: tenancy.DefinerFunction("f()", "select 1", volatility="lazy"),
        lambda: tenancy.DefinerFunction("f()", "select 1", language="c"),
    ],
)
def test_operations_refuse_what_they_do_not_know(wrong: Any) -> None:
    with pytest.raises(ValueError):
        wrong()
