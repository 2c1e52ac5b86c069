"""The walls around links and rounds; what is still to be told is found across vendors by one function."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = ("tickets_link", "tickets_defectlink", "tickets_round", "tickets_roundline")
RELATIONS = (
    ("tickets_link", "ticket_id", "tickets_ticket"),
    ("tickets_link", "other_id", "tickets_ticket"),
    ("tickets_link", "user_id", "people_user"),
    ("tickets_defectlink", "ticket_id", "tickets_ticket"),
    ("tickets_defectlink", "defect_id", "software_defect"),
    ("tickets_defectlink", "user_id", "people_user"),
    ("tickets_round", "defect_id", "software_defect"),
    ("tickets_round", "ticket_id", "tickets_ticket"),
    ("tickets_round", "staff_id", "people_staff"),
    ("tickets_roundline", "round_id", "tickets_round"),
    ("tickets_roundline", "ticket_id", "tickets_ticket"),
    ("tickets_roundline", "contact_id", "people_contact"),
    ("tickets_roundline", "organisation_id", "people_organisation"),
    ("tickets_roundline", "message_id", "tickets_message"),
)

# Vendor by vendor, so that the index which starts with the vendor serves.
TO_TELL = """
select found.vendor_id, found.id from public.people_vendor vendor cross join lateral (
    select r.vendor_id, r.id from public.tickets_round r
    where r.vendor_id = vendor.id and r.finished_at is null order by r.id limit most
) found
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0010_links"), ("software", "0002_walls")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(tenancy.TenantForeignKey(table, column, target) for table, column, target in RELATIONS),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        tenancy.DefinerFunction("tickets_to_tell(most integer)", TO_TELL),
    ]
