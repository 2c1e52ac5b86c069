"""What was decided, and what was resolved or closed in a time, is found by indexes that row-level security lets be used."""

from django.db import migrations, models
from django.db.models import Case, F, Q, When


class Migration(migrations.Migration):

    dependencies = [("tickets", "0016_of_contract")]

    operations = [
        migrations.RemoveIndex(model_name="commitmentrow", name="tickets_commitment_decided"),
        migrations.AddIndex(
            model_name="commitmentrow",
            index=models.Index(
                F("vendor"),
                Case(When(breached_at__isnull=False, then=F("breached_at")), default=F("met_at")),
                condition=Q(state__in=["met", "breached"]),
                name="tickets_commitment_decided",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                F("vendor"),
                Case(When(resolved_at__isnull=False, then=F("resolved_at")), default=F("closed_at")),
                condition=Q(is_open=False),
                name="tickets_gone",
            ),
        ),
    ]
