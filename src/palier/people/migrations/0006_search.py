"""Finding people and organisations by a part of their name; what the vendor notes about a customer."""

from __future__ import annotations

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

from palier.people import folding, tenancy

# `longest` is what the index is asked: three letters at least, or the beginning of a name.
ORGANISATIONS = """
with found as materialized (
    select o.vendor_id, o.id, palier_fold(o.name) as folded from public.people_organisation o
    where o.vendor_id = current_setting('palier.vendor')::uuid
        and palier_fold(o.name) like palier_fold(longest)
        and palier_fold(o.name) like all (select palier_fold(one) from unnest(sought) one)
)
select f.vendor_id, f.id from found f order by f.folded like palier_fold(start) desc, f.folded, f.id limit most
"""
CONTACTS = """
with found as materialized (
    select c.vendor_id, c.id, palier_fold(c.name) as folded from public.people_contact c
    where c.vendor_id = current_setting('palier.vendor')::uuid and c.removed_at is null
        and palier_fold(c.name || ' ' || c.email) like palier_fold(longest)
        and palier_fold(c.name || ' ' || c.email) like all (select palier_fold(one) from unnest(sought) one)
)
select f.vendor_id, f.id from found f order by f.folded like palier_fold(start) desc, f.folded, f.id limit most
"""
NOTE = "people_organisationnote"


class Migration(migrations.Migration):
    dependencies = [("people", "0005_notices_walls")]

    operations = [
        folding.CreateFold(),
        folding.IndexParts("people_organisation", "name"),
        folding.IndexParts("people_contact", "name || ' ' || email", name="people_contact_parts"),
        tenancy.DefinerFunction(
            "people_organisations_like(longest text, sought text[], start text, most integer)", ORGANISATIONS
        ),
        tenancy.DefinerFunction(
            "people_contacts_like(longest text, sought text[], start text, most integer)", CONTACTS
        ),
        migrations.CreateModel(
            name="OrganisationNote",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("body", models.TextField()),
                ("at", models.DateTimeField()),
                ("organisation", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="people.organisation")),
                ("staff", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff")),
                ("vendor", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.vendor")),
            ],
            options={
                "indexes": [models.Index(fields=["vendor", "organisation", "-at"], name="people_note_newest")],
            },
        ),
        tenancy.CompositeKey(NOTE),
        tenancy.TenantForeignKey(NOTE, "organisation_id", "people_organisation", on_delete="cascade"),
        tenancy.TenantForeignKey(NOTE, "staff_id", "people_staff"),
        tenancy.EnableRowSecurity(NOTE),
    ]
