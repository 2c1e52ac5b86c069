"""Each view of the queue is read from an index in the order of the queue, and counted from the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contracts', '0002_walls'),
        ('people', '0003_sign_in'),
        ('tickets', '0002_walls'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='ticket',
            name='tickets_queue',
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='tickets_by_assignee',
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='tickets_by_status',
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='tickets_by_due',
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('is_open', True)), fields=['vendor', 'order_calm', 'order_severity', 'order_priority', 'order_due', 'order_number', 'id'], include=('restricted', 'organisation', 'team', 'assignee', 'breached'), name='tickets_queue'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('is_open', True)), fields=['vendor', 'assignee', 'order_calm', 'order_severity', 'order_priority', 'order_due', 'order_number'], include=('restricted', 'organisation', 'team'), name='tickets_by_assignee'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('is_open', True)), fields=['vendor', 'status', 'order_calm', 'order_severity', 'order_priority', 'order_due', 'order_number'], include=('restricted', 'organisation', 'team', 'assignee'), name='tickets_by_status'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('is_open', True), ('next_due_at__isnull', False)), fields=['vendor', 'next_due_at'], include=('restricted', 'organisation', 'team', 'assignee'), name='tickets_by_due'),
        ),
    ]
