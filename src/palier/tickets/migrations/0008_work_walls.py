"""The walls around tags, watchers and snoozes; and the counter that tells pages whether anything happened."""

from __future__ import annotations

from django.db import migrations

from palier.people import tenancy

TENANT_OWNED = ("tickets_tag", "tickets_tagging", "tickets_watch", "tickets_snooze")
RELATIONS = (
    ("tickets_tagging", "ticket_id", "tickets_ticket"),
    ("tickets_tagging", "tag_id", "tickets_tag"),
    ("tickets_watch", "ticket_id", "tickets_ticket"),
    ("tickets_watch", "staff_id", "people_staff"),
    ("tickets_snooze", "ticket_id", "tickets_ticket"),
    ("tickets_snooze", "staff_id", "people_staff"),
)

# Once a transaction, whatever number of events it wrote: what the first one did stands in a setting of the transaction.
COUNT = """
declare
    mark text := new.vendor_id::text || ' ' || pg_catalog.pg_current_xact_id()::text;
begin
    if pg_catalog.current_setting('palier.pulse', true) is distinct from mark then
        insert into public.tickets_pulse as p (vendor_id, slot, changes)
        values (new.vendor_id, pg_catalog.pg_backend_pid() % 8, 1)
        on conflict (vendor_id, slot) do update set changes = p.changes + 1;
        perform pg_catalog.set_config('palier.pulse', mark, true);
    end if;
    return null;
end
"""


class Counter(tenancy.SqlOperation):
    """The counter's table, and the trigger that moves it.

    Eight slots a vendor: one row would make all of a vendor's actions wait for one another's commits. The trigger is
    deferred to the end of the transaction, so that a slot is held for the length of a commit and nobody who holds one
    waits for a customer or a ticket.
    """

    def forwards(self) -> list[str]:
        return [
            "create table tickets_pulse (vendor_id uuid not null references people_vendor (id) on delete cascade, "
            "slot smallint not null, changes bigint not null, primary key (vendor_id, slot)) with (fillfactor = 50)",
            f"create function tickets_count_change() returns trigger language plpgsql security definer "
            f"set search_path = pg_catalog, public, pg_temp as $palier$ {COUNT} $palier$",
            "revoke all on function tickets_count_change() from public",
            "create constraint trigger tickets_pulse_event after insert on tickets_event "
            "deferrable initially deferred for each row execute function tickets_count_change()",
        ]

    def backwards(self) -> list[str]:
        return [
            "drop trigger tickets_pulse_event on tickets_event",
            "drop function tickets_count_change()",
            "drop table tickets_pulse",
        ]

    def describe(self) -> str:
        return "Count what happens to a vendor's tickets"


class Migration(migrations.Migration):
    dependencies = [("tickets", "0007_work")]

    operations = [
        *(tenancy.CompositeKey(table) for table in TENANT_OWNED),
        *(
            tenancy.TenantForeignKey(table, column, target, on_delete="cascade")
            for table, column, target in RELATIONS
        ),
        *(tenancy.EnableRowSecurity(table) for table in TENANT_OWNED),
        Counter(),
        tenancy.EnableRowSecurity("tickets_pulse"),
    ]
