"""The walls around what customers say of the work."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = ("tickets_objection", "tickets_rating", "tickets_follow")
RELATIONS = (
    ("tickets_objection", "organisation_id", "people_organisation"),
    ("tickets_objection", "ticket_id", "tickets_ticket"),
    ("tickets_objection", "contact_id", "people_contact"),
    ("tickets_objection", "staff_id", "people_staff"),
    ("tickets_objection", "answered_by_id", "people_user"),
    ("tickets_rating", "organisation_id", "people_organisation"),
    ("tickets_rating", "ticket_id", "tickets_ticket"),
    ("tickets_rating", "contact_id", "people_contact"),
)
FOLLOWS = (
    ("tickets_follow", "ticket_id", "tickets_ticket"),
    ("tickets_follow", "contact_id", "people_contact"),
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0014_feedback")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(tenancy.TenantForeignKey(table, column, target) for table, column, target in RELATIONS),
        *(
            tenancy.TenantForeignKey(table, column, target, on_delete="cascade")
            for table, column, target in FOLLOWS
        ),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
    ]
