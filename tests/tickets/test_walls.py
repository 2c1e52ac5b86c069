"""The walls between vendors, as the database holds them: a stranger's query finds nothing, a forgotten vendor fails."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Contact, Look, Vendor
from palier.site import database
from palier.tickets import lists, opening, ticket_page
from palier.tickets.models import Event, Message, Ticket, Verdict

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")


@pytest.fixture
def world(vendor: Vendor) -> World:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
        return world


@pytest.fixture
def neighbour(vendor: Vendor) -> World:
    other = personas.add_vendor("neighbour")
    with tenancy.vendor(other.id):
        return personas.northern(other.id)


def test_another_vendors_people_find_nothing(world: World, neighbour: World) -> None:
    with tenancy.vendor(neighbour.vendor_id):
        for viewer in (neighbour.boss, neighbour.desk, neighbour.customer, neighbour.machine):
            assert not Ticket.objects.visible_to(viewer)
            assert lists.page(viewer, now=THURSDAY).rows == ()
            with pytest.raises(Ticket.DoesNotExist):
                ticket_page.ticket_page(viewer, number=1001, now=THURSDAY)
        # Nor does a query without any scope, nor a viewer of the other vendor smuggled in.
        assert not Ticket.objects.all()
        assert not Message.objects.all()
        assert not Event.objects.all()
        assert not Verdict.objects.all()
        assert not Contact.objects.filter(id=world.contact.id)
        smuggled = Viewer.machine(world.vendor_id)
        assert lists.page(smuggled, now=THURSDAY).rows == ()


@pytest.mark.django_db
def test_outside_a_vendors_transaction_a_query_fails(world: World) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Ticket.objects.count()


def test_a_row_cannot_point_into_another_vendors_data(world: World, neighbour: World) -> None:
    with tenancy.vendor(neighbour.vendor_id):
        ticket = opening.open_ticket(by=neighbour.customer, draft=personas.failure(), now=THURSDAY)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
        theirs = Ticket.objects.filter(id=ticket.id)
        with pytest.raises(IntegrityError), transaction.atomic():
            theirs.update(author_id=world.contact.id)


def test_a_row_cannot_be_given_to_another_vendor(world: World, neighbour: World) -> None:
    with tenancy.vendor(world.vendor_id), pytest.raises(DatabaseError), transaction.atomic():
        Ticket.objects.update(vendor_id=neighbour.vendor_id)


@pytest.mark.parametrize("model", [Event, Verdict, Look])
def test_history_is_only_added(world: World, model: type[Event | Verdict | Look]) -> None:
    for act in (lambda: model.objects.all().delete(), lambda: model.objects.update(id=world.contact.id)):
        with tenancy.vendor(world.vendor_id), pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_owner_cannot_rewrite_history_either(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select tgrelid::regclass::text from pg_trigger where tgname = 'palier_append_only'")
        found = {table for (table,) in cursor.fetchall()}
    assert found >= {
        "tickets_event", "tickets_verdict", "people_look", "contracts_programmerevision", "contracts_holidayrows",
    }  # fmt: skip


@pytest.mark.django_db
def test_every_relation_between_tenant_rows_is_composite() -> None:
    """Lists the relations whose column is no part of a foreign key together with the vendor: there must be none."""
    from django.apps import apps

    loose = []
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.conrelid::regclass::text, array_agg(a.attname::text) from pg_constraint c"
            " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)"
            " where c.contype = 'f' group by c.oid, c.conrelid"
        )
        keys = {(table, frozenset(columns)) for table, columns in cursor.fetchall()}
    for app in ("people", "software", "files", "contracts", "tickets", "billing", "workspace"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                target = field.related_model
                if target is None or not isinstance(target, type) or target is Vendor:
                    continue
                if (model._meta.db_table, frozenset({"vendor_id", field.column})) not in keys:
                    loose.append(f"{model._meta.db_table}.{field.column}")
    assert loose == []


@pytest.mark.django_db
def test_every_table_with_a_vendor_is_closed() -> None:
    assert database.open_tables(connection) == []


@pytest.mark.django_db
def test_indexes_and_keys_of_tickets_start_with_the_vendor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select i.indexrelid::regclass::text from pg_index i join pg_class t on t.oid = i.indrelid"
            " join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]"
            " where t.relname in ('tickets_ticket', 'tickets_event', 'tickets_verdict', 'tickets_commitmentrow')"
            " and not i.indisprimary and i.indnkeyatts > 1 and a.attname <> 'vendor_id'"
        )
        assert cursor.fetchall() == []
