"""What letters need to be sent: their secret parts sealed, and the one look across vendors for those that are due."""

from __future__ import annotations

from django.db import migrations, models

from palier.people import tenancy

DUE = """
select l.vendor_id, l.id from public.mail_letter l
where l.state = 'waiting' and l.due_at <= at order by l.due_at limit most
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_links_kept"), ("people", "0010_notices_by_mail")]

    operations = [
        migrations.AddField(model_name="letter", name="sealed", field=models.BinaryField(null=True)),
        tenancy.DefinerFunction("mail_letters_due(at timestamptz, most integer)", DUE),
        tenancy.AppendOnly("mail_lettertry"),
    ]
