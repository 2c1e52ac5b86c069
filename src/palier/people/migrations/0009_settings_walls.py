"""The walls between vendors around the history of settings, which is only added to."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

CHANGE = "people_change"


class Migration(migrations.Migration):
    dependencies = [("people", "0008_settings")]

    operations = [
        tenancy.CompositeKey(CHANGE),
        tenancy.TenantForeignKey(CHANGE, "staff_id", "people_staff"),
        tenancy.EnableRowSecurity(CHANGE),
        tenancy.AppendOnly(CHANGE),
    ]
