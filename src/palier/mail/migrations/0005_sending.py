"""Letters that are due are found across vendors by one function; tries to send them are only added."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

DUE = """
select l.vendor_id, l.id from public.mail_letter l
where l.state = 'waiting' and l.due_at <= at order by l.due_at limit most
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_links_kept"), ("people", "0010_notices_by_mail")]

    operations = [
        tenancy.DefinerFunction("mail_letters_due(at timestamptz, most integer)", DUE),
        tenancy.AppendOnly("mail_lettertry"),
    ]
