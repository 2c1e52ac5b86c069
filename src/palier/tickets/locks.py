"""Which rows an action locks, and in what order: the customer, its ticket, then the numbering (docs/reference/locking.md)."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

from palier.people import access, prepared
from palier.people.actions import lock_customer
from palier.tickets.models import Ticket

FIRST_NUMBER = 1001


def ticket(by: access.Viewer, ticket_id: UUID) -> Ticket:
    """The ticket as it is now, locked after its customer. Raises Ticket.DoesNotExist for one the viewer may not see."""
    visible = Ticket.objects.visible_to(by).filter(id=ticket_id)
    organisation_id = visible.values_list("organisation_id", flat=True).get()
    lock_customer(vendor_id=by.vendor_id, organisation_id=organisation_id)
    return visible.select_related("organisation").select_for_update(no_key=True, of=("self",)).get()


def next_number(vendor_id: UUID) -> int:
    """The vendor's next ticket number. The last lock an action takes: no number is lost when it is rolled back."""
    ((number,),) = prepared.rows(
        "insert into tickets_numbering as n (id, vendor_id, next) values (%s, %s, %s)"
        " on conflict (vendor_id) do update set next = n.next + 1 returning n.next - 1",
        [uuid7(), vendor_id, FIRST_NUMBER + 1],
    )
    return int(number)
