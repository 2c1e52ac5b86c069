"""Notices wait for the mail: when each is to be looked at, and the one look across vendors for those whose time has come."""

from __future__ import annotations

from django.db import migrations, models

from palier.people import tenancy

TO_MAIL = """
select n.vendor_id, n.id from public.people_notice n where n.mail_at <= at order by n.mail_at limit most
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0009_settings_walls")]

    operations = [
        # What was told before stands in the product only: nobody is sent a letter about it now.
        migrations.AddField(
            model_name="notice", name="mail_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("mail_at__isnull", False)),
                fields=["mail_at"],
                name="people_notice_to_mail",
            ),
        ),
        tenancy.DefinerFunction("people_notices_to_mail(at timestamptz, most integer)", TO_MAIL),
    ]
