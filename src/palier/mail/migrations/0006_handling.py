"""What waits to be handled is found across vendors, and a message by its Message-ID behind row-level security."""

from __future__ import annotations

from django.contrib.postgres.indexes import HashIndex
from django.db import migrations, models

from palier.people import tenancy

TO_HANDLE = """
select i.vendor_id, i.id from public.mail_incoming i
where i.state = 'received' and (i.try_at is null or i.try_at <= at) order by i.reached_at, i.id limit most
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0005_sending")]

    operations = [
        migrations.RemoveIndex(model_name="incoming", name="mail_incoming_by_mail_id"),
        migrations.AddIndex(
            model_name="incoming",
            index=HashIndex(
                fields=["mail_id"], condition=~models.Q(mail_id=""), name="mail_incoming_by_id"
            ),
        ),
        tenancy.DefinerFunction("mail_incoming_to_handle(at timestamptz, most integer)", TO_HANDLE),
    ]
