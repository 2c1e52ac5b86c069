"""What a customer agreed to beforehand: which estimates a cap holds, and who agrees to those above it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from palier.contracts import caps
from palier.core import terms
from palier.people import access
from palier.people.models import Contact
from palier.tickets import convert, drafts, patience
from palier.tickets.models import Consent, Estimate, Ticket


def cap_that_holds(ticket: Ticket, row: Estimate, now: datetime) -> caps.CapOn | None:
    """The cap that the customer agreed to beforehand and that this estimate lies within."""
    if row.way and drafts.of_ticket(ticket).way not in (drafts.NONE, row.way):
        # Its customer chose another way: only its customer can choose this one instead.
        return None
    cap = _cap(ticket, row, now)
    return cap if cap is not None and _within(ticket, row, cap, now) else None


def _cap(ticket: Ticket, row: Estimate, now: datetime) -> caps.CapOn | None:
    contract_id = row.contract_id or ticket.contract_id
    return None if contract_id is None else caps.cap_of(ticket.vendor_id, contract_id, now)


def _within(ticket: Ticket, row: Estimate, cap: caps.CapOn, now: datetime) -> bool:
    return cap.holds(
        minutes=row.minutes,
        amount=row.amount,
        currency=cap.currency if row.amount == 0 else row.currency,
        month_so_far=_this_month(ticket, cap, now),
    )


def _this_month(ticket: Ticket, cap: caps.CapOn, now: datetime) -> int:
    """What the cap agreed to for other requests this month, in the contract's zone: the latest of each."""
    zone = patience.contract_zone(ticket)
    first = terms.date_at(convert.micros(now), zone).replace(day=1)
    since = convert.instant(terms.start_of(first, zone))
    agreed = Consent.objects.filter(vendor_id=ticket.vendor_id, cap=cap.id, agreed=True, at__gte=since)
    others = agreed.exclude(ticket_id=ticket.id).order_by("at", "id")
    found: dict[UUID, int] = dict(others.values_list("ticket_id", "amount"))
    return sum(found.values())


def lies_above(ticket: Ticket, row: Estimate, now: datetime) -> bool:
    """Whether an estimate lies above a cap that its customer agreed to."""
    cap = _cap(ticket, row, now)
    return cap is not None and not _within(ticket, row, cap, now)


def purchase_lies_above(ticket: Ticket, *, amount: int, currency: str, now: datetime) -> bool:
    """The same for a price that is paid at once."""
    cap = None if ticket.contract_id is None else caps.cap_of(ticket.vendor_id, ticket.contract_id, now)
    return cap is not None and not cap.holds(
        minutes=0, amount=amount, currency=currency, month_so_far=_this_month(ticket, cap, now)
    )


def check_above(by: access.Viewer, ticket: Ticket, row: Estimate, now: datetime) -> None:
    """Raise Refused, with who may, where an estimate lies above a cap and this contact is none of its approvers."""
    cap = _cap(ticket, row, now)
    if cap is None or _within(ticket, row, cap, now):
        return
    _require_approver(by, cap)


def check_purchase(by: access.Viewer, ticket: Ticket, *, amount: int, currency: str, now: datetime) -> None:
    """The same for a price that is paid at once: above the cap only its approvers agree to it."""
    cap = None if ticket.contract_id is None else caps.cap_of(ticket.vendor_id, ticket.contract_id, now)
    if cap is None:
        return
    so_far = _this_month(ticket, cap, now)
    if not cap.holds(minutes=0, amount=amount, currency=currency, month_so_far=so_far):
        _require_approver(by, cap)


def _require_approver(by: access.Viewer, cap: caps.CapOn) -> None:
    if not cap.approvers or by.contact_id in cap.approvers:
        return
    names = Contact.objects.filter(vendor_id=by.vendor_id, id__in=cap.approvers).order_by("name")
    listed = ", ".join(one.name for one in names)
    raise access.Refused(
        code="above-cap",
        en=f"This lies above what was agreed beforehand: {listed} may agree to it.",
        fr=f"Cela dépasse ce qui a été convenu d’avance : {listed} peut l’accepter.",
    )
