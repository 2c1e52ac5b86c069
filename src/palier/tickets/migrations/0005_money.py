"""Choices, estimates, consents, time worked and the claims they hold on allowances."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contracts', '0002_walls'),
        ('people', '0003_sign_in'),
        ('people', '__first__'),
        ('tickets', '0004_only_indexes_that_are_read'),
    ]

    operations = [
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('way', models.CharField(max_length=80)),
                ('price', models.CharField(blank=True, max_length=80)),
                ('amount', models.BigIntegerField(null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('allowance', models.CharField(blank=True, max_length=80)),
                ('quantity', models.PositiveIntegerField(default=0)),
                ('balance_before', models.IntegerField(null=True)),
                ('balance_after', models.IntegerField(null=True)),
                ('text', models.TextField()),
                ('text_hash', models.CharField(max_length=64)),
                ('language', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.contact')),
                ('contract', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.contract')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='choices', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
                ('verdict', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.verdict')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('vendor', 'ticket', 'number'), name='tickets_choice_number')],
            },
        ),
        migrations.CreateModel(
            name='ChoiceStep',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('quoted', 'Quoted'), ('reserved', 'Reserved'), ('unpaid', 'Unpaid'), ('paid', 'Paid'), ('consumed', 'Consumed'), ('released', 'Released'), ('referred', 'Referred')], max_length=12)),
                ('why', models.CharField(blank=True, max_length=40)),
                ('at', models.DateTimeField()),
                ('choice', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='tickets.choice')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'choice', 'at', 'id'], name='tickets_choice_steps')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('allowance', models.CharField(max_length=80)),
                ('reservation', models.UUIDField()),
                ('quantity', models.PositiveIntegerField()),
                ('used', models.PositiveIntegerField(default=0)),
                ('left', models.IntegerField(null=True)),
                ('clause', models.CharField(max_length=80)),
                ('state', models.CharField(default='held', max_length=10)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('choice', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='tickets.choice')),
                ('contract', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.contract')),
                ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'ticket', 'at'], name='tickets_claims')],
                'constraints': [models.UniqueConstraint(fields=('vendor', 'reservation'), name='tickets_claim_reservation'), models.UniqueConstraint(condition=models.Q(('state', 'held')), fields=('vendor', 'ticket'), name='tickets_claim_one_held')],
            },
        ),
        migrations.CreateModel(
            name='Estimate',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('way', models.CharField(max_length=80)),
                ('price', models.CharField(blank=True, max_length=80)),
                ('allowance', models.CharField(blank=True, max_length=80)),
                ('minutes', models.PositiveIntegerField()),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('lines', models.JSONField(default=list)),
                ('balance_before', models.IntegerField(null=True)),
                ('balance_after', models.IntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('contract', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.contract')),
                ('message', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.message')),
                ('replaces', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.estimate')),
                ('staff', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.staff')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='estimates', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
                ('verdict', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.verdict')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('vendor', 'ticket', 'number'), name='tickets_estimate_number')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('agreed', models.BooleanField()),
                ('cap', models.UUIDField(null=True)),
                ('minutes', models.PositiveIntegerField(default=0)),
                ('amount', models.BigIntegerField(default=0)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('text', models.TextField()),
                ('text_hash', models.CharField(max_length=64)),
                ('language', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
                ('choice', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='tickets.choice')),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.contact')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
                ('estimate', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='tickets.estimate')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'ticket', 'at', 'id'], name='tickets_consents'), models.Index(condition=models.Q(('cap__isnull', False)), fields=['vendor', 'cap', 'at'], name='tickets_consents_by_cap')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('estimate__isnull', False)), fields=('vendor', 'estimate'), name='tickets_consent_estimate_once'), models.CheckConstraint(condition=models.Q(('estimate__isnull', False), ('choice__isnull', False), _connector='OR'), name='tickets_consent_to_something')],
            },
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('wait', models.CharField(max_length=20)),
                ('reference', models.CharField(blank=True, max_length=120)),
                ('follow_up_on', models.DateField(null=True)),
                ('at', models.DateTimeField()),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='hand_overs', to='tickets.ticket')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'ticket', 'at', 'id'], name='tickets_hand_overs'), models.Index(condition=models.Q(('follow_up_on__isnull', False)), fields=['vendor', 'follow_up_on'], name='tickets_hand_overs_due')],
            },
        ),
        migrations.CreateModel(
            name='SaidOnce',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('vendor', 'key'), name='tickets_said_once')],
            },
        ),
        migrations.CreateModel(
            name='TimeEntry',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('minutes', models.PositiveIntegerField()),
                ('day', models.DateField(help_text="The local date in the contract's zone.")),
                ('weight_percent', models.PositiveSmallIntegerField(default=100)),
                ('billable', models.BooleanField()),
                ('clause', models.CharField(max_length=80)),
                ('price', models.CharField(blank=True, max_length=80)),
                ('allowance', models.CharField(blank=True, max_length=80)),
                ('recorded_at', models.DateTimeField()),
                ('consent', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.consent')),
                ('reverses', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='tickets.timeentry')),
                ('staff', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.staff')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='time_entries', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'ticket', 'day', 'id'], name='tickets_time'), models.Index(condition=models.Q(('billable', True)), fields=['vendor', 'day'], name='tickets_time_billable')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('reverses__isnull', False)), fields=('vendor', 'reverses'), name='tickets_time_reversed_once'), models.CheckConstraint(condition=models.Q(('minutes__gt', 0)), name='tickets_time_worked')],
            },
        ),
        migrations.CreateModel(
            name='Spending',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('allowance', models.CharField(max_length=80)),
                ('posting', models.UUIDField()),
                ('minutes', models.IntegerField()),
                ('at', models.DateTimeField()),
                ('contract', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.contract')),
                ('staff', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.staff')),
                ('ticket', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='spendings', to='tickets.ticket')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='spendings', to='tickets.timeentry')),
            ],
            options={
                'indexes': [models.Index(fields=['vendor', 'ticket', 'staff', 'day', 'id'], name='tickets_spendings')],
            },
        ),
        migrations.CreateModel(
            name='TimeNote',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('entry', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='note', to='tickets.timeentry')),
                ('vendor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.vendor')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
