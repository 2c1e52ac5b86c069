"""Operations taken together leave the same tables as one by one, in fewer steps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from palier.people import tenancy
from palier.site import database, tables

pytestmark = pytest.mark.django_db(transaction=True)

APP = "shelves"
NOTHING = migrations.RunSQL.noop


def shelf(**options: object) -> migrations.CreateModel:
    return migrations.CreateModel(
        "Shelf",
        [("id", models.UUIDField(primary_key=True)), ("vendor_id", models.UUIDField()), ("name", models.CharField(max_length=20))],
        options=options,
    )  # fmt: skip


def book() -> migrations.CreateModel:
    place = models.ForeignKey("shelves.shelf", on_delete=models.CASCADE, related_name="books")
    return migrations.CreateModel(
        "Book",
        [("id", models.UUIDField(primary_key=True)), ("vendor_id", models.UUIDField()), ("place", place), ("pages", models.IntegerField())],
    )  # fmt: skip


FIRST = migrations.AddField(
    "shelf", "first", models.ForeignKey("shelves.book", null=True, on_delete=models.CASCADE, related_name="+")
)
BY_NAME = models.Index(fields=["name"], name="shelves_by_name")
FILLED = models.CheckConstraint(condition=models.Q(pages__gt=0), name="shelves_filled")
KEY = tenancy.CompositeKey("shelves_shelf")


def _kinds(operations: list[Operation]) -> list[object]:
    """Which are together: a list for a step of several, the class of one that stands alone."""
    return [
        [type(each) for each in one.operations] if isinstance(one, tables.Together) else type(one)
        for one in operations
    ]


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    yield
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("drop table if exists shelves_shelf, shelves_book cascade")


def left(operations: list[Operation]) -> tuple[list[object], ...]:
    """Apply them, and say which columns, indexes and constraints the tables have; the tables are gone then."""
    migration = migrations.Migration("0001_only", APP)
    migration.operations = operations  # type: ignore[misc]
    state = ProjectState()
    assert len(state.apps.get_models()) == 0  # drawn beforehand, as it is after the first migration
    with database.as_owner() as owner:
        with owner.schema_editor() as editor:
            after = migration.apply(state, editor)
        with owner.cursor() as cursor:
            found = []
            for question in (
                "select table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable"
                " from information_schema.columns where table_name like 'shelves%%' order by 1, 2",
                "select indexname, indexdef from pg_indexes where tablename like 'shelves%%' order by 1",
                "select conname, pg_get_constraintdef(oid), condeferrable from pg_constraint"
                " where conrelid::regclass::text like 'shelves%%' order by 1",
            ):
                cursor.execute(question)
                found.append(cursor.fetchall())
            cursor.execute("drop table if exists shelves_shelf, shelves_book cascade")
    found.append(
        [(name, sorted(model.fields), model.options) for name, model in sorted(after.models.items())]
    )
    return tuple(found)


@pytest.mark.parametrize(
    "operations",
    [
        [shelf(), book()],
        [shelf(), book(), FIRST],
        [shelf(indexes=[BY_NAME]), book(), KEY],
        [shelf(), book(), migrations.AddIndex("shelf", BY_NAME), migrations.AddConstraint("book", FILLED), KEY],
        [shelf(), book(), migrations.AlterField("shelf", "name", models.TextField())],
        [shelf(indexes=[BY_NAME]), migrations.RemoveIndex("shelf", "shelves_by_name"), book()],
        [
            *(shelf(), book(), KEY, migrations.RunSQL("comment on table shelves_shelf is 'made'", NOTHING)),
            *(migrations.AddField("book", "title", models.TextField(default="?")), FIRST),
            migrations.AlterField("book", "pages", models.BigIntegerField(null=True)),
            migrations.AddConstraint("book", FILLED),
        ],
        [
            *(shelf(indexes=[BY_NAME]), book(), migrations.RunSQL("select 1", NOTHING)),
            migrations.RemoveIndex("shelf", "shelves_by_name"),
            migrations.AddIndex("shelf", models.Index(fields=["-name"], name="shelves_by_name")),
            *(migrations.AlterField("shelf", "name", models.TextField()), FIRST),
            migrations.AlterField("shelf", "name", models.CharField(max_length=7)),
        ],
    ],
)  # fmt: skip
def test_the_tables_are_those_of_one_by_one(operations: list[Operation]) -> None:
    grouped = tables.grouped(operations)
    assert len(grouped) < len(operations)
    assert left(grouped) == left(operations)


def test_what_may_be_taken_together() -> None:
    create, add = migrations.CreateModel, migrations.AddField
    alter, run = migrations.AlterField, migrations.RunSQL
    assert _kinds(tables.grouped([shelf(), book(), FIRST, KEY])) == [
        [create, create, add, tenancy.CompositeKey]
    ]
    assert _kinds(tables.grouped([shelf()])) == [create]
    changed = migrations.AlterField("shelf", "name", models.TextField())
    assert _kinds(tables.grouped([shelf(), book(), changed])) == [[create, create], alter]
    assert _kinds(tables.grouped([changed, changed])) == [alter, alter]
    assert _kinds(tables.grouped([changed, FIRST])) == [[alter, add]]
    assert _kinds(tables.grouped([shelf(), migrations.RunSQL("select 1", NOTHING), book()])) == [
        create,
        run,
        create,
    ]


def test_an_operation_of_a_kind_of_its_own_stands_alone() -> None:
    class Careful(migrations.AddField):
        pass

    careful = Careful("shelf", "colour", models.TextField(default=""))
    assert _kinds(tables.grouped([shelf(), careful, book()])) == [
        migrations.CreateModel, Careful, migrations.CreateModel,
    ]  # fmt: skip


def test_nothing_is_left_to_do_and_doing_it_again_does_nothing() -> None:
    with database.as_owner() as owner, owner.cursor() as cursor:
        tables.bring_up_to_date(owner)
        cursor.execute("select count(*) from django_migrations")
        (before,) = cursor.fetchone()
        tables.bring_up_to_date(owner)
        cursor.execute("select count(*) from django_migrations")
        assert cursor.fetchone() == (before,)
    assert database.unapplied() == []
    assert connection.settings_dict["USER"] == tenancy.APP_ROLE
