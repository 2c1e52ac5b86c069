"""Escalations: by how much they raised a ticket in the queue, and each of their steps once."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):

    dependencies = [("tickets", "0018_folded")]

    operations = [
        migrations.AddField(model_name="ticket", name="raised", field=models.SmallIntegerField(default=0)),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                F("vendor"),
                F("ticket"),
                F("data__rule"),
                F("data__since"),
                F("data__part"),
                condition=Q(kind="escalated"),
                name="tickets_escalated_once",
            ),
        ),
    ]
