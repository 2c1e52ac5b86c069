"""The walls between vendors: row-level security, composite keys and relations; looks are only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = (
    "people_user",
    "people_organisation",
    "people_site",
    "people_contact",
    "people_team",
    "people_staff",
    "people_membership",
    "people_clearance",
    "people_look",
    "people_identityprovider",
    "people_federatedidentity",
)
RELATIONS = (
    ("people_organisation", "partner_id", "people_organisation", "no action"),
    ("people_site", "organisation_id", "people_organisation", "no action"),
    ("people_contact", "organisation_id", "people_organisation", "no action"),
    ("people_contact", "site_id", "people_site", "no action"),
    ("people_contact", "user_id", "people_user", "no action"),
    ("people_staff", "user_id", "people_user", "no action"),
    ("people_membership", "staff_id", "people_staff", "cascade"),
    ("people_membership", "team_id", "people_team", "cascade"),
    ("people_clearance", "staff_id", "people_staff", "cascade"),
    ("people_clearance", "organisation_id", "people_organisation", "cascade"),
    ("people_look", "staff_id", "people_staff", "no action"),
    ("people_identityprovider", "organisation_id", "people_organisation", "no action"),
    ("people_federatedidentity", "provider_id", "people_identityprovider", "cascade"),
    ("people_federatedidentity", "user_id", "people_user", "cascade"),
)
ONLY_ADDED = ("people_look",)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_rows")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(
            tenancy.TenantForeignKey(table, column, target, on_delete=on_delete)
            for table, column, target, on_delete in RELATIONS
        ),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        *(tenancy.AppendOnly(table) for table in ONLY_ADDED),
    ]
