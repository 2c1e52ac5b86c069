"""The walls between vendors; revisions and holiday rows are only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = (
    "contracts_programmerevision",
    "contracts_holidayrows",
    "contracts_contract",
    "contracts_contractproduct",
    "contracts_authorisation",
    "contracts_project",
    "contracts_solution",
    "contracts_contractdocument",
)
RELATIONS = (
    ("contracts_contract", "organisation_id", "people_organisation", "no action"),
    ("contracts_contract", "revision_id", "contracts_programmerevision", "no action"),
    ("contracts_contractproduct", "contract_id", "contracts_contract", "cascade"),
    ("contracts_authorisation", "contract_id", "contracts_contract", "cascade"),
    ("contracts_project", "contract_id", "contracts_contract", "cascade"),
    ("contracts_solution", "contract_id", "contracts_contract", "cascade"),
    ("contracts_contractdocument", "contract_id", "contracts_contract", "cascade"),
    ("contracts_authorisation", "contact_id", "people_contact", "no action"),
)
ONLY_ADDED = ("contracts_programmerevision", "contracts_holidayrows")


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_rows"), ("people", "0002_walls")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(
            tenancy.TenantForeignKey(table, column, target, on_delete=on_delete)
            for table, column, target, on_delete in RELATIONS
        ),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        *(tenancy.AppendOnly(table) for table in ONLY_ADDED),
    ]
