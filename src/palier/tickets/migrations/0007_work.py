"""Tags, watchers and snoozes; two more orders in which a list is read."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contracts', '0004_drawing_up_walls'),
        ('people', '0005_notices_walls'),
        ('tickets', '0006_money_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='Snooze',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('until', models.DateTimeField(null=True)),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=40)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tagging',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tagged_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('is_open', True)), fields=['vendor', 'number'], include=('restricted', 'organisation', 'team', 'assignee'), name='tickets_open_by_number'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['vendor', 'updated_at', 'number'], name='tickets_by_update'),
        ),
        migrations.AddField(
            model_name='snooze',
            name='staff',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.staff'),
        ),
        migrations.AddField(
            model_name='snooze',
            name='ticket',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snoozes', to='tickets.ticket'),
        ),
        migrations.AddField(
            model_name='snooze',
            name='vendor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor'),
        ),
        migrations.AddField(
            model_name='tag',
            name='vendor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor'),
        ),
        migrations.AddField(
            model_name='tagging',
            name='tag',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='tickets.tag'),
        ),
        migrations.AddField(
            model_name='tagging',
            name='ticket',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='taggings', to='tickets.ticket'),
        ),
        migrations.AddField(
            model_name='tagging',
            name='vendor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor'),
        ),
        migrations.AddField(
            model_name='watch',
            name='staff',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.staff'),
        ),
        migrations.AddField(
            model_name='watch',
            name='ticket',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='watches', to='tickets.ticket'),
        ),
        migrations.AddField(
            model_name='watch',
            name='vendor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor'),
        ),
        migrations.AddConstraint(
            model_name='snooze',
            constraint=models.UniqueConstraint(fields=('vendor', 'staff', 'ticket'), name='tickets_snooze_once'),
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(fields=('vendor', 'key'), name='tickets_tag_once'),
        ),
        migrations.AddIndex(
            model_name='tagging',
            index=models.Index(fields=['vendor', 'tag', 'ticket'], name='tickets_tagged'),
        ),
        migrations.AddConstraint(
            model_name='tagging',
            constraint=models.UniqueConstraint(fields=('vendor', 'ticket', 'tag'), name='tickets_tagging_once'),
        ),
        migrations.AddIndex(
            model_name='watch',
            index=models.Index(fields=['vendor', 'ticket'], name='tickets_watchers'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.UniqueConstraint(fields=('vendor', 'staff', 'ticket'), name='tickets_watch_once'),
        ),
    ]
