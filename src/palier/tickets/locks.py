"""Which rows an action locks, and in what order: the customer, its ticket, then the numbering (docs/reference/locking.md)."""

from __future__ import annotations

from collections.abc import Iterable
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


def tickets(by: access.Viewer, ids: Iterable[UUID]) -> dict[UUID, Ticket]:
    """Several tickets as they are now, by id: their customers are locked first, all in the order of their ids.

    Raises Ticket.DoesNotExist when the viewer may not see one of them.
    """
    wanted = set(ids)
    visible = Ticket.objects.visible_to(by).filter(id__in=wanted)
    for organisation_id in sorted(set(visible.values_list("organisation_id", flat=True))):
        lock_customer(vendor_id=by.vendor_id, organisation_id=organisation_id)
    rows = visible.select_related("organisation").select_for_update(no_key=True, of=("self",)).order_by("id")
    found = {row.id: row for row in rows}
    if len(found) != len(wanted):
        raise Ticket.DoesNotExist("one of these tickets is not there")
    return found


def next_number(vendor_id: UUID) -> int:
    """The vendor's next ticket number. The last lock an action takes: no number is lost when it is rolled back."""
    ((number,),) = prepared.rows(
        "insert into tickets_numbering as n (id, vendor_id, next) values (%s, %s, %s)"
        " on conflict (vendor_id) do update set next = n.next + 1 returning n.next - 1",
        [uuid7(), vendor_id, FIRST_NUMBER + 1],
    )
    return int(number)
