"""The tables of sign-in are as closed as the accounts they belong to; one address may be an account at each vendor."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

THROUGH = (
    ("account_emailaddress", "user_id", "people_user"),
    ("account_emailconfirmation", "email_address_id", "account_emailaddress"),
    ("mfa_authenticator", "user_id", "people_user"),
    ("usersessions_usersession", "user_id", "people_user"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_walls"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        *(tenancy.EnableRowSecurityThrough(table, column, target) for table, column, target in THROUGH),
        migrations.RunSQL(
            "drop index if exists unique_verified_email", migrations.RunSQL.noop, hints={"app": "account"}
        ),
    ]
