"""The walls between vendors; events and verdicts are only added; due tickets are found across vendors by one function."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = (
    "tickets_numbering",
    "tickets_ticket",
    "tickets_ticketclearance",
    "tickets_message",
    "tickets_event",
    "tickets_verdict",
    "tickets_commitmentrow",
)
RELATIONS = (
    ("tickets_ticket", "organisation_id", "people_organisation", "no action"),
    ("tickets_ticket", "site_id", "people_site", "no action"),
    ("tickets_ticket", "contract_id", "contracts_contract", "no action"),
    ("tickets_ticket", "revision_id", "contracts_programmerevision", "no action"),
    ("tickets_ticket", "author_id", "people_contact", "no action"),
    ("tickets_ticket", "adopted_by_id", "people_contact", "no action"),
    ("tickets_ticket", "solution_id", "contracts_solution", "no action"),
    ("tickets_ticket", "project_id", "contracts_project", "no action"),
    ("tickets_ticket", "follows_id", "tickets_ticket", "no action"),
    ("tickets_ticket", "assignee_id", "people_staff", "no action"),
    ("tickets_ticket", "team_id", "people_team", "no action"),
    ("tickets_ticketclearance", "ticket_id", "tickets_ticket", "cascade"),
    ("tickets_ticketclearance", "staff_id", "people_staff", "cascade"),
    ("tickets_message", "ticket_id", "tickets_ticket", "no action"),
    ("tickets_message", "user_id", "people_user", "no action"),
    ("tickets_message", "contact_id", "people_contact", "no action"),
    ("tickets_event", "ticket_id", "tickets_ticket", "no action"),
    ("tickets_event", "user_id", "people_user", "no action"),
    ("tickets_event", "contact_id", "people_contact", "no action"),
    ("tickets_event", "message_id", "tickets_message", "no action"),
    ("tickets_verdict", "ticket_id", "tickets_ticket", "no action"),
    ("tickets_verdict", "replaces_id", "tickets_verdict", "no action"),
    ("tickets_verdict", "revision_id", "contracts_programmerevision", "no action"),
    ("tickets_commitmentrow", "ticket_id", "tickets_ticket", "cascade"),
)
ONLY_ADDED = ("tickets_event", "tickets_verdict")

# Vendor by vendor, so that the index which starts with the vendor serves, and a busy vendor starves nobody.
DUE = """
select found.vendor_id, found.id from public.people_vendor vendor cross join lateral (
    select t.vendor_id, t.id from public.tickets_ticket t
    where t.vendor_id = vendor.id and t.next_check_at <= at order by t.next_check_at limit most
) found
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_rows"), ("contracts", "0002_walls")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(
            tenancy.TenantForeignKey(table, column, target, on_delete=on_delete)
            for table, column, target, on_delete in RELATIONS
        ),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        *(tenancy.AppendOnly(table) for table in ONLY_ADDED),
        tenancy.DefinerFunction("tickets_due(at timestamptz, most integer)", DUE),
    ]
