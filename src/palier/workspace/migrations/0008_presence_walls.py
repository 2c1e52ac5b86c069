"""The walls between vendors around who is on a ticket."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TABLE = "workspace_presence"


class Migration(migrations.Migration):
    dependencies = [("workspace", "0007_presence")]

    operations = [
        tenancy.CompositeKey(TABLE),
        tenancy.TenantForeignKey(TABLE, "ticket_id", "tickets_ticket", on_delete="cascade"),
        tenancy.TenantForeignKey(TABLE, "staff_id", "people_staff", on_delete="cascade"),
        tenancy.EnableRowSecurity(TABLE),
    ]
