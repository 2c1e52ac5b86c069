"""The walls between vendors around notices."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TABLE = "people_notice"


class Migration(migrations.Migration):
    dependencies = [("people", "0004_notices")]

    operations = [
        tenancy.CompositeKey(TABLE),
        tenancy.TenantForeignKey(TABLE, "contact_id", "people_contact", on_delete="cascade"),
        tenancy.TenantForeignKey(TABLE, "staff_id", "people_staff", on_delete="cascade"),
        tenancy.EnableRowSecurity(TABLE),
    ]
