"""The walls around defects; what was done to one is only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = ("software_numbering", "software_defect", "software_defectchange", "software_metoo")
RELATIONS = (
    ("software_defect", "owner_id", "people_staff"),
    ("software_defectchange", "defect_id", "software_defect"),
    ("software_defectchange", "user_id", "people_user"),
    ("software_metoo", "defect_id", "software_defect"),
    ("software_metoo", "organisation_id", "people_organisation"),
    ("software_metoo", "contact_id", "people_contact"),
)


class Migration(migrations.Migration):
    dependencies = [("software", "0001_rows")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(tenancy.TenantForeignKey(table, column, target) for table, column, target in RELATIONS),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        tenancy.AppendOnly("software_defectchange"),
    ]
