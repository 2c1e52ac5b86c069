"""What a mail repeats is kept beside its own words, and what its writer's clock said."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("tickets", "0017_gone")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="folded",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(model_name="message", name="sent_at", field=models.DateTimeField(null=True)),
    ]
