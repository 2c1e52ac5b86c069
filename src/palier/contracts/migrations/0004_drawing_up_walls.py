"""The walls between vendors around what hangs on contracts; events, papers and binding texts are only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = (
    "contracts_earlierterm",
    "contracts_contractevent",
    "contracts_authoriseduser",
    "contracts_roleholder",
    "contracts_regionmanager",
    "contracts_paper",
    "contracts_agreement",
    "contracts_contractagreement",
    "contracts_cap",
    "contracts_capapprover",
    "contracts_planrequest",
)
CONTRACT, CONTACT, STAFF, PAPER = "contracts_contract", "people_contact", "people_staff", "contracts_paper"
RELATIONS = (
    ("contracts_earlierterm", "contract_id", CONTRACT, "cascade"),
    ("contracts_contractevent", "contract_id", CONTRACT, "no action"),
    ("contracts_contractevent", "contact_id", CONTACT, "no action"),
    ("contracts_contractevent", "staff_id", STAFF, "no action"),
    ("contracts_authoriseduser", "contract_id", CONTRACT, "cascade"),
    ("contracts_authoriseduser", "contact_id", CONTACT, "no action"),
    ("contracts_roleholder", "contract_id", CONTRACT, "cascade"),
    ("contracts_roleholder", "staff_id", STAFF, "no action"),
    ("contracts_regionmanager", "staff_id", STAFF, "no action"),
    ("contracts_agreement", "paper_id", PAPER, "no action"),
    ("contracts_agreement", "staff_id", STAFF, "no action"),
    ("contracts_contractagreement", "contract_id", CONTRACT, "cascade"),
    ("contracts_contractagreement", "accepted_by_id", CONTACT, "no action"),
    ("contracts_cap", "contract_id", CONTRACT, "cascade"),
    ("contracts_cap", "agreed_by_id", CONTACT, "no action"),
    ("contracts_capapprover", "cap_id", "contracts_cap", "cascade"),
    ("contracts_capapprover", "contact_id", CONTACT, "no action"),
    ("contracts_planrequest", "contract_id", CONTRACT, "cascade"),
    ("contracts_planrequest", "asked_by_id", CONTACT, "no action"),
    ("contracts_planrequest", "answered_by_id", STAFF, "no action"),
    ("contracts_contractdocument", "paper_id", PAPER, "no action"),
    ("contracts_solution", "scope_id", "contracts_contractdocument", "no action"),
)
ONLY_ADDED = ("contracts_contractevent", "contracts_paper", "contracts_agreement")


class Migration(migrations.Migration):
    dependencies = [("contracts", "0003_drawing_up")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(
            tenancy.TenantForeignKey(table, column, target, on_delete=on_delete)
            for table, column, target, on_delete in RELATIONS
        ),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        *(tenancy.AppendOnly(table) for table in ONLY_ADDED),
    ]
