"""The walls between vendors around what people keep for their own work."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

DRAFT, CANNED = "workspace_draft", "workspace_cannedanswer"


class Migration(migrations.Migration):
    dependencies = [("workspace", "0001_rows"), ("tickets", "0006_money_walls")]

    operations = [
        tenancy.CompositeKey(DRAFT),
        tenancy.TenantForeignKey(DRAFT, "user_id", "people_user", on_delete="cascade"),
        tenancy.TenantForeignKey(DRAFT, "ticket_id", "tickets_ticket", on_delete="cascade"),
        tenancy.EnableRowSecurity(DRAFT),
        tenancy.CompositeKey(CANNED),
        tenancy.TenantForeignKey(CANNED, "team_id", "people_team", on_delete="cascade"),
        tenancy.TenantForeignKey(CANNED, "written_by_id", "people_staff", on_delete="set null"),
        tenancy.EnableRowSecurity(CANNED),
    ]
