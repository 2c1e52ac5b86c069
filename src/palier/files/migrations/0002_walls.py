"""The walls between vendors around files."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TABLE = "files_file"


class Migration(migrations.Migration):
    dependencies = [("files", "0001_rows")]

    operations = [
        tenancy.CompositeKey(TABLE),
        tenancy.TenantForeignKey(TABLE, "user_id", "people_user"),
        tenancy.EnableRowSecurity(TABLE),
    ]
