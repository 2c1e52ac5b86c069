"""Files that came with messages, and the walls around them."""

from __future__ import annotations

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

from palier.people import tenancy

TABLE = "tickets_attachment"


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0002_walls'),
        ('people', '0005_notices_walls'),
        ('tickets', '0012_search'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('file', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.file')),
                ('message', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='tickets.message')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'message', 'position'], name='tickets_attachment_message')],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'file', 'message'), name='tickets_attachment_once')],
            },
        ),
        tenancy.CompositeKey(TABLE),
        tenancy.TenantForeignKey(TABLE, "message_id", "tickets_message"),
        tenancy.TenantForeignKey(TABLE, "file_id", "files_file"),
        tenancy.EnableRowSecurity(TABLE),
    ]
