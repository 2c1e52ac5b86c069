"""The walls between vendors around saved views and bulk deeds."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

VIEW, BULK = "workspace_savedview", "workspace_bulk"


class Migration(migrations.Migration):
    dependencies = [("workspace", "0003_views")]

    operations = [
        tenancy.CompositeKey(VIEW),
        tenancy.TenantForeignKey(VIEW, "owner_id", "people_staff", on_delete="cascade"),
        tenancy.TenantForeignKey(VIEW, "team_id", "people_team", on_delete="cascade"),
        tenancy.EnableRowSecurity(VIEW),
        tenancy.CompositeKey(BULK),
        tenancy.TenantForeignKey(BULK, "staff_id", "people_staff", on_delete="cascade"),
        tenancy.EnableRowSecurity(BULK),
    ]
