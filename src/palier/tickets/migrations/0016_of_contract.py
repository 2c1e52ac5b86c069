"""An index of a contract's requests by when they reached us: which of its term one is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0015_feedback_walls"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("contract__isnull", False)),
                fields=["vendor", "contract", "reached_at", "number"],
                include=["organisation"],
                name="tickets_of_contract",
            ),
        ),
    ]
