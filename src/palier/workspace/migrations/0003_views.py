"""Saved views, and what was done to many tickets at once."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0006_search'),
        ('workspace', '0002_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bulk',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('deed', models.CharField(max_length=20)),
                ('given', models.JSONField(default=dict)),
                ('done', models.JSONField(default=list)),
                ('refused', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('staff', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.staff')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'staff', '-at'], name='workspace_bulk_latest')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reach', models.CharField(choices=[('mine', 'Mine'), ('team', 'Team'), ('all', 'All')], default='mine', max_length=4)),
                ('name', models.CharField(max_length=80)),
                ('base', models.CharField(default='all', max_length=20)),
                ('filters', models.JSONField(default=dict)),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('order', models.CharField(default='queue', max_length=10)),
                ('position', models.IntegerField(default=0)),
                ('made_at', models.DateTimeField()),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.staff')),
                ('team', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'reach', 'owner'], name='workspace_views')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reach', 'team'), ('team__isnull', False)), models.Q(models.Q(('reach', 'team'), _negated=True), ('team__isnull', True)), _connector='OR'), name='workspace_view_team')],
            },
        ),
    ]
