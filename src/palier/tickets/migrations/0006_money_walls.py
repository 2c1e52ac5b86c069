"""The walls around what requests cost; choices, estimates, consents and time worked are only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = (
    "tickets_choice",
    "tickets_choicestep",
    "tickets_claim",
    "tickets_estimate",
    "tickets_consent",
    "tickets_timeentry",
    "tickets_timenote",
    "tickets_spending",
    "tickets_handover",
    "tickets_saidonce",
)
RELATIONS = (
    ("tickets_choice", "ticket_id", "tickets_ticket"),
    ("tickets_choice", "verdict_id", "tickets_verdict"),
    ("tickets_choice", "contract_id", "contracts_contract"),
    ("tickets_choice", "contact_id", "people_contact"),
    ("tickets_choicestep", "choice_id", "tickets_choice"),
    ("tickets_claim", "ticket_id", "tickets_ticket"),
    ("tickets_claim", "choice_id", "tickets_choice"),
    ("tickets_claim", "organisation_id", "people_organisation"),
    ("tickets_claim", "contract_id", "contracts_contract"),
    ("tickets_estimate", "ticket_id", "tickets_ticket"),
    ("tickets_estimate", "verdict_id", "tickets_verdict"),
    ("tickets_estimate", "contract_id", "contracts_contract"),
    ("tickets_estimate", "message_id", "tickets_message"),
    ("tickets_estimate", "staff_id", "people_staff"),
    ("tickets_estimate", "replaces_id", "tickets_estimate"),
    ("tickets_consent", "ticket_id", "tickets_ticket"),
    ("tickets_consent", "estimate_id", "tickets_estimate"),
    ("tickets_consent", "choice_id", "tickets_choice"),
    ("tickets_consent", "contact_id", "people_contact"),
    ("tickets_timeentry", "ticket_id", "tickets_ticket"),
    ("tickets_timeentry", "staff_id", "people_staff"),
    ("tickets_timeentry", "consent_id", "tickets_consent"),
    ("tickets_timeentry", "reverses_id", "tickets_timeentry"),
    ("tickets_timenote", "entry_id", "tickets_timeentry"),
    ("tickets_spending", "ticket_id", "tickets_ticket"),
    ("tickets_spending", "entry_id", "tickets_timeentry"),
    ("tickets_spending", "staff_id", "people_staff"),
    ("tickets_spending", "contract_id", "contracts_contract"),
    ("tickets_handover", "ticket_id", "tickets_ticket"),
    ("tickets_handover", "user_id", "people_user"),
)
ONLY_ADDED = (
    "tickets_choice",
    "tickets_choicestep",
    "tickets_estimate",
    "tickets_consent",
    "tickets_timeentry",
    "tickets_spending",
    "tickets_handover",
    "tickets_saidonce",
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0005_money")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(tenancy.TenantForeignKey(table, column, target) for table, column, target in RELATIONS),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        *(tenancy.AppendOnly(table) for table in ONLY_ADDED),
    ]
