"""The walls between vendors around rosters and pages, and the one look across them: which calls go on now."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

RELATIONS = {
    "services_roster": (),
    "services_layer": (("roster_id", "services_roster"),),
    "services_turn": (("layer_id", "services_layer"), ("staff_id", "people_staff")),
    "services_swap": (
        ("roster_id", "services_roster"),
        ("staff_id", "people_staff"),
        ("made_by_id", "people_staff"),
        ("withdrawn_by_id", "people_staff"),
    ),
    "services_alarm": (
        ("ticket_id", "tickets_ticket"),
        ("roster_id", "services_roster"),
        ("ended_by_id", "people_staff"),
    ),
    "services_page": (("alarm_id", "services_alarm"), ("staff_id", "people_staff")),
    "services_feedkey": (("staff_id", "people_staff"),),
}
# Of the open calls, which are few, those whose next step has come and those whose request was taken in hand.
WAITING = """
select a.vendor_id, a.id from services_alarm a
where a.state = 'open' and (
    a.next_at <= due_by
    or not exists (select from tickets_ticket t where t.vendor_id = a.vendor_id and t.id = a.ticket_id
        and t.is_open and t.status not in ('held', 'not-covered'))
    or exists (select from tickets_event e where e.vendor_id = a.vendor_id and e.ticket_id = a.ticket_id
        and e.at >= a.at and e.recorded_at >= a.recorded_at and e.by = 'person'
        and (e.kind = 'answered' or e.kind = 'assigned' and e.data ? 'assignee'))
)
order by a.next_at limit most
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0001_rows")]

    operations = [
        *(tenancy.CompositeKey(table) for table in RELATIONS),
        *(
            tenancy.TenantForeignKey(table, column, target)
            for table, columns in RELATIONS.items()
            for column, target in columns
        ),
        *(tenancy.EnableRowSecurity(table) for table in RELATIONS),
        tenancy.DefinerFunction("services_alarms_due(due_by timestamptz, most integer)", WAITING),
    ]
