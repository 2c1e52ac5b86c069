"""The walls between vendors; what was issued, paid or credited is only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

_BOUGHT = ("organisation_id", "people_organisation")
_RELATIONS = {
    "settings": (),
    "party": (_BOUGHT,),
    "taxrule": (),
    "series": (),
    "order": (
        _BOUGHT,
        ("contract_id", "contracts_contract"),
        ("ticket_id", "tickets_ticket"),
        ("verdict_id", "tickets_verdict"),
        ("revision_id", "contracts_programmerevision"),
        ("ordered_by_contact_id", "people_contact"),
        ("ordered_by_staff_id", "people_staff"),
    ),
    "invoice": (
        _BOUGHT,
        ("corrects_id", "billing_invoice"),
        ("order_id", "billing_order"),
        ("issued_by_id", "people_staff"),
    ),
    "invoiceline": (
        ("invoice_id", "billing_invoice"),
        ("ticket_id", "tickets_ticket"),
        ("verdict_id", "tickets_verdict"),
        ("contract_id", "contracts_contract"),
        ("order_id", "billing_order"),
        ("line_id", "billing_invoiceline"),
    ),
    "paper": (("invoice_id", "billing_invoice"),),
    "charge": (
        _BOUGHT,
        ("contract_id", "contracts_contract"),
        ("ticket_id", "tickets_ticket"),
        ("verdict_id", "tickets_verdict"),
        ("order_id", "billing_order"),
        ("by_id", "people_staff"),
    ),
    "providerevent": (),
    "checkoutsession": (
        ("order_id", "billing_order"),
        ("invoice_id", "billing_invoice"),
        ("opened_by_id", "people_contact"),
    ),
    "payment": (
        ("order_id", "billing_order"),
        ("invoice_id", "billing_invoice"),
        ("event_id", "billing_providerevent"),
        ("recorded_by_id", "people_staff"),
    ),
    "refund": (
        ("payment_id", "billing_payment"),
        ("event_id", "billing_providerevent"),
        ("recorded_by_id", "people_staff"),
    ),
    "incidentcredit": (("incident_id", "billing_order"), ("block_id", "billing_order")),
}
_ONLY_ADDED = ("invoice", "invoiceline", "paper", "charge", "payment", "refund", "incidentcredit")


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_rows"),
        ("contracts", "0002_walls"),
        ("people", "0002_walls"),
        ("tickets", "0002_walls"),
    ]

    operations = [
        *(tenancy.CompositeKey(f"billing_{table}") for table in _RELATIONS),
        *(
            tenancy.TenantForeignKey(f"billing_{table}", column, target)
            for table, relations in _RELATIONS.items()
            for column, target in relations
        ),
        *(tenancy.EnableRowSecurity(f"billing_{table}") for table in _RELATIONS),
        *(tenancy.AppendOnly(f"billing_{table}") for table in _ONLY_ADDED),
    ]
