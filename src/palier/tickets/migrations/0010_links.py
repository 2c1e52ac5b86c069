"""Links between requests, the defect a request hangs on, and one message for many."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_notices_walls'),
        ('software', '0001_rows'),
        ('tickets', '0009_decided'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=10)),
                ('texts', models.JSONField(default=dict)),
                ('then', models.CharField(default='keep', max_length=16)),
                ('fixed_in', models.CharField(blank=True, max_length=120)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('defect', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='software.defect')),
                ('staff', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.staff')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
        ),
        migrations.CreateModel(
            name='RoundLine',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(default='waiting', max_length=8)),
                ('said', models.JSONField(default=dict)),
                ('at', models.DateTimeField(null=True)),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.contact')),
                ('message', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.message')),
                ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('round', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='tickets.round')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
        ),
        migrations.CreateModel(
            name='DefectLink',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('defect', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='software.defect')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='defect_links', to='tickets.ticket')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'defect', 'ticket'], name='tickets_of_defect')],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'ticket'), name='tickets_defect_once')],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('relation', models.CharField(choices=[('duplicate-of', 'Duplicate Of'), ('caused-by', 'Caused By'), ('same-defect', 'Same Defect'), ('related', 'Related'), ('merged-into', 'Merged Into'), ('split-from', 'Split From')], max_length=16)),
                ('at', models.DateTimeField()),
                ('other', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='links_here', to='tickets.ticket')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='tickets.ticket')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'other'], name='tickets_links_here')],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'ticket', 'other', 'relation'), name='tickets_link_once'), models.UniqueConstraint(condition=models.Q(('relation', 'merged-into')), fields=('vendor', 'ticket'), name='tickets_merged_once'), models.CheckConstraint(condition=models.Q(('ticket', models.F('other')), _negated=True), name='tickets_link_two')],
            },
        ),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['vendor', 'id'], name='tickets_rounds_to_do'),
        ),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(fields=['vendor', 'defect', 'started_at'], name='tickets_rounds_of_defect'),
        ),
        migrations.AddIndex(
            model_name='roundline',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['vendor', 'round', 'id'], name='tickets_to_tell'),
        ),
        migrations.AddConstraint(
            model_name='roundline',
            constraint=models.UniqueConstraint(condition=models.Q(('ticket__isnull', False)), fields=('vendor', 'round', 'ticket'), name='tickets_told_once'),
        ),
        migrations.AddConstraint(
            model_name='roundline',
            constraint=models.UniqueConstraint(condition=models.Q(('ticket__isnull', True)), fields=('vendor', 'round', 'contact'), name='tickets_contact_told_once'),
        ),
        migrations.AddConstraint(
            model_name='roundline',
            constraint=models.CheckConstraint(condition=models.Q(('ticket__isnull', False), ('contact__isnull', False), _connector='OR'), name='tickets_tells_somebody'),
        ),
    ]
