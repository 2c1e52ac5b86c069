"""The walls between vendors around what each person chose for the desk."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

SETTINGS = "workspace_settings"


class Migration(migrations.Migration):
    dependencies = [("workspace", "0005_settings")]

    operations = [
        tenancy.CompositeKey(SETTINGS),
        tenancy.TenantForeignKey(SETTINGS, "user_id", "people_user", on_delete="cascade"),
        tenancy.EnableRowSecurity(SETTINGS),
    ]
