"""Foreign keys without an index of their own, which no question read; one for whether a customer ranked anything."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contracts', '0002_walls'),
        ('people', '0003_sign_in'),
        ('people', '__first__'),
        ('tickets', '0003_queue_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('is_open', True), ('rank__isnull', False)), fields=['vendor', 'organisation'], name='tickets_ranked'),
        ),
    ]
