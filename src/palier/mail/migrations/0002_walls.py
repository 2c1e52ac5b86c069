"""The walls between vendors around mail."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

RELATIONS = {
    "mail_source": (),
    "mail_mailaddress": (),
    "mail_incoming": (
        ("source_id", "mail_source"),
        ("contact_id", "people_contact"),
        ("ticket_id", "tickets_ticket"),
        ("message_id", "tickets_message"),
        ("handled_by_id", "people_staff"),
    ),
    "mail_original": (("incoming_id", "mail_incoming"),),
    "mail_letter": (
        ("contact_id", "people_contact"),
        ("staff_id", "people_staff"),
        ("ticket_id", "tickets_ticket"),
    ),
    "mail_lettertry": (("letter_id", "mail_letter"),),
    "mail_template": (("written_by_id", "people_staff"),),
    "mail_mailwish": (("user_id", "people_user"),),
    "mail_undeliverable": (("cleared_by_id", "people_staff"),),
    "mail_actionlink": (("contact_id", "people_contact"), ("ticket_id", "tickets_ticket")),
}


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_rows")]

    operations = [
        *(tenancy.CompositeKey(table) for table in RELATIONS),
        *(
            tenancy.TenantForeignKey(table, column, target)
            for table, columns in RELATIONS.items()
            for column, target in columns
        ),
        *(tenancy.EnableRowSecurity(table) for table in RELATIONS),
    ]
