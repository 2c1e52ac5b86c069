"""The walls between vendors; postings, checkpoints and heads are only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = (
    "ledger_account",
    "ledger_posting",
    "ledger_lotrow",
    "ledger_reservationrow",
    "ledger_reason",
    "ledger_signingkey",
    "ledger_checkpoint",
    "ledger_head",
)
RELATIONS = (
    ("ledger_account", "organisation_id", "people_organisation", "no action"),
    ("ledger_account", "contract_id", "contracts_contract", "no action"),
    ("ledger_posting", "account_id", "ledger_account", "no action"),
    ("ledger_lotrow", "account_id", "ledger_account", "cascade"),
    ("ledger_reservationrow", "account_id", "ledger_account", "cascade"),
    ("ledger_head", "account_id", "ledger_account", "no action"),
)
POINTED_TO = ("ledger_account",)  # a key nobody points to is one more index in every row's way
ONLY_ADDED = ("ledger_posting", "ledger_checkpoint", "ledger_head")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_rows"), ("contracts", "0002_walls")]

    operations = [
        *(tenancy.CompositeKey(table) for table in POINTED_TO),
        *(
            tenancy.TenantForeignKey(table, column, target, on_delete=on_delete)
            for table, column, target, on_delete in RELATIONS
        ),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        *(tenancy.AppendOnly(table) for table in ONLY_ADDED),
    ]
