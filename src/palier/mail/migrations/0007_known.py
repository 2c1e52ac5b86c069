"""Who has an address is asked by the indexes over addresses in small letters, which row-level security does not let be used."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

KNOWN = """
select
    exists (select from public.mail_mailaddress a
        where a.vendor_id = current_setting('palier.vendor')::uuid and lower(a.address) = lower(asked)),
    (select s.id from public.people_user u
        join public.people_staff s on s.vendor_id = u.vendor_id and s.user_id = u.id and s.removed_at is null
        where u.vendor_id = current_setting('palier.vendor')::uuid and lower(u.email) = lower(asked)),
    (select c.id from public.people_contact c
        where c.vendor_id = current_setting('palier.vendor')::uuid and lower(c.email) = lower(asked))
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0006_handling")]

    operations = [
        tenancy.DefinerFunction(
            "mail_known(asked text)", KNOWN, returns="table (is_ours boolean, staff_id uuid, contact_id uuid)"
        ),
    ]
