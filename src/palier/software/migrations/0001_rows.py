"""Known defects, what was changed of them, and who has one too."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0005_notices_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Defect',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('product', models.CharField(max_length=80)),
                ('title', models.JSONField(default=dict)),
                ('description', models.JSONField(default=dict)),
                ('workaround', models.JSONField(default=dict)),
                ('affected', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('first_seen_on', models.DateField()),
                ('state', models.CharField(choices=[('confirmed', 'Confirmed'), ('in-progress', 'In Progress'), ('fixed-awaiting-release', 'Fixed'), ('shipped', 'Shipped'), ('will-not-fix', 'Will Not Fix'), ('withdrawn', 'Withdrawn')], default='confirmed', max_length=24)),
                ('maker_reference', models.CharField(blank=True, max_length=120)),
                ('follow_up_on', models.DateField(null=True)),
                ('fixed_in', models.CharField(blank=True, max_length=120)),
                ('shipped_on', models.DateField(null=True)),
                ('public', models.BooleanField(default=False)),
                ('words', models.TextField(blank=True)),
                ('confirmed_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.staff')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
        ),
        migrations.CreateModel(
            name='DefectChange',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('defect', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='software.defect')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
        ),
        migrations.CreateModel(
            name='MeToo',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.CharField(blank=True, max_length=40)),
                ('at', models.DateTimeField()),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.contact')),
                ('defect', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='me_toos', to='software.defect')),
                ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
        ),
        migrations.CreateModel(
            name='Numbering',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('next', models.PositiveIntegerField(default=1)),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
        ),
        migrations.AddIndex(
            model_name='defect',
            index=models.Index(fields=['vendor', 'product', '-number'], name='software_by_product'),
        ),
        migrations.AddIndex(
            model_name='defect',
            index=models.Index(condition=models.Q(('follow_up_on__isnull', False)), fields=['vendor', 'follow_up_on'], name='software_follow_ups'),
        ),
        migrations.AddConstraint(
            model_name='defect',
            constraint=models.UniqueConstraint(fields=('vendor', 'number'), name='software_defect_number'),
        ),
        migrations.AddIndex(
            model_name='defectchange',
            index=models.Index(fields=['vendor', 'defect', 'at', 'id'], name='software_changes'),
        ),
        migrations.AddIndex(
            model_name='metoo',
            index=models.Index(fields=['vendor', 'organisation'], name='software_me_toos'),
        ),
        migrations.AddConstraint(
            model_name='metoo',
            constraint=models.UniqueConstraint(fields=('vendor', 'defect', 'organisation'), name='software_me_too_once'),
        ),
        migrations.AddConstraint(
            model_name='numbering',
            constraint=models.UniqueConstraint(fields=('vendor',), name='software_numbering_once'),
        ),
    ]
