"""What was kept, missed and came in a time is found without reading every ticket (reports/figures.py)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):

    dependencies = [('tickets', '0008_work_walls')]

    operations = [
        migrations.AddIndex(
            model_name='commitmentrow',
            index=models.Index(
                models.F('vendor'),
                Coalesce('breached_at', 'met_at'),
                condition=models.Q(state__in=['met', 'breached']),
                name='tickets_commitment_decided',
            ),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=BrinIndex(fields=['reached_at'], pages_per_range=32, name='tickets_reached'),
        ),
    ]
