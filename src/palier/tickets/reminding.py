"""What falls due by date and is said once: follow-ups with research or the manufacturer, hours about to expire or nearly used.

A nightly and an hourly job look through each vendor; what was said is written down under a key, so that any number of
workers say it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from palier.contracts import queries as contracts
from palier.contracts import roles
from palier.contracts.models import Contract
from palier.core import terms
from palier.core.entitlements import HOUR
from palier.core.ledger import PURCHASE
from palier.ledger.models import LotRow
from palier.people import notices, tenancy
from palier.people.models import Vendor
from palier.software import actions as software
from palier.software.models import ENDED, Defect
from palier.tickets import convert, objecting, researching, telling
from palier.tickets.models import HandOver, SaidOnce, Ticket

BEFORE_EXPIRY_DAYS = (60, 30, 7)
"""So many local days before hours expire their customer is told."""
LOW_PERCENT = (20, 0)
"""When so much of a block is left, or nothing, its customer is told."""


def say_once(*, vendor_id: UUID, key: str, now: datetime) -> bool:
    """Whether it is ours to say: True for whoever writes the key first."""
    found = SaidOnce.objects.bulk_create(
        [SaidOnce(vendor_id=vendor_id, key=key, at=now)], ignore_conflicts=True
    )
    return SaidOnce.objects.filter(vendor_id=vendor_id, id=found[0].id).exists()


def remind(*, now: datetime) -> int:
    """Say what fell due, of every vendor; returns how much."""
    said = 0
    for vendor_id in list(Vendor.objects.values_list("id", flat=True)):
        with tenancy.vendor(vendor_id):
            said += defect_follow_ups(vendor_id, now)
            said += follow_ups(vendor_id, now) + expiries(vendor_id, now) + low_balances(vendor_id, now)
            said += objections(vendor_id, now)
    return said


# --- follow-ups -------------------------------------------------------------------------------------


def follow_ups(vendor_id: UUID, now: datetime) -> int:
    """Tell whoever works on a request that the day has come to ask research or the manufacturer again."""
    rows = HandOver.objects.filter(
        vendor_id=vendor_id, follow_up_on__lte=(now + timedelta(days=1)).date(), ticket__is_open=True
    ).select_related("ticket__organisation")
    said = 0
    for row in rows.order_by("at", "id"):
        ticket: Ticket = row.ticket
        latest = researching.standing(ticket)
        due = row.follow_up_on is not None and row.follow_up_on <= researching.today(ticket, now)
        if latest != row or not due or not say_once(vendor_id=vendor_id, key=f"follow-up:{row.id}", now=now):
            continue
        contract = (
            None if ticket.contract_id is None else contracts.contract_by_id(vendor_id, ticket.contract_id)
        )
        notices.notify(
            vendor_id=vendor_id,
            kind=notices.Kind.FOLLOW_UP_DUE,
            now=now,
            staff=telling.vendors_people(ticket, contract, now),
            data={"ticket": ticket.id, "wait": row.wait, "on": str(row.follow_up_on)},
            ticket_number=ticket.number,
        )
        said += 1
    return said


def defect_follow_ups(vendor_id: UUID, now: datetime) -> int:
    """Tell whoever owns a defect that the day has come to ask the manufacturer or research how it stands."""
    today = software.here(vendor_id, now)
    rows = Defect.objects.filter(vendor_id=vendor_id, follow_up_on__lte=today).exclude(state__in=ENDED)
    said = 0
    for row in rows.order_by("number"):
        key = f"defect-follow-up:{row.id}:{row.follow_up_on}"
        if row.owner_id is None or not say_once(vendor_id=vendor_id, key=key, now=now):
            continue
        notices.notify(
            vendor_id=vendor_id,
            kind=notices.Kind.FOLLOW_UP_DUE,
            now=now,
            staff=[row.owner_id],
            data={"defect": row.number, "on": str(row.follow_up_on)},
        )
        said += 1
    return said


def objections(vendor_id: UUID, now: datetime) -> int:
    """Tell, once each, of what customers contest and nobody answered in time."""
    said = 0
    for row in objecting.overdue(vendor_id, now).select_related("ticket").order_by("due_at", "id"):
        if say_once(vendor_id=vendor_id, key=f"objection:{row.id}", now=now):
            objecting.tell_overdue(row, now)
            said += 1
    return said


# --- hours ------------------------------------------------------------------------------------------


def expiries(vendor_id: UUID, now: datetime) -> int:
    """Tell customers, at each threshold, that hours they bought expire soon and how much is left of them."""
    horizon = now + timedelta(days=max(BEFORE_EXPIRY_DAYS) + 1)
    said = 0
    for lot in _bought_hours(vendor_id).filter(available__gt=0, expires_at__gt=now, expires_at__lte=horizon):
        zone = _zone(lot)
        ends = now if lot.expires_at is None else lot.expires_at
        today, last = (terms.date_at(convert.micros(at), zone) for at in (now, ends))
        days = (last - today).days
        reached = [threshold for threshold in BEFORE_EXPIRY_DAYS if days <= threshold]
        if reached and say_once(vendor_id=vendor_id, key=f"expires:{lot.id}:{min(reached)}", now=now):
            data = {"left": lot.available, "on": last.isoformat()}
            said += _tell(vendor_id, lot, notices.Kind.ALLOWANCE_EXPIRES, data, now)
    return said


def low_balances(vendor_id: UUID, now: datetime) -> int:
    """Tell customers that little is left of a block, and that nothing is."""
    said = 0
    for lot in _bought_hours(vendor_id).filter(issued__gt=0, consumed__gt=0, expires_at__gt=now):
        share = 100 * max(lot.available, 0) / lot.issued
        reached = [threshold for threshold in LOW_PERCENT if share <= threshold]
        if reached and say_once(vendor_id=vendor_id, key=f"low:{lot.id}:{min(reached)}", now=now):
            data = {"left": lot.available, "of": lot.issued}
            said += _tell(vendor_id, lot, notices.Kind.ALLOWANCE_LOW, data, now)
    return said


def _bought_hours(vendor_id: UUID) -> QuerySet[LotRow]:
    return (
        LotRow.objects.filter(vendor_id=vendor_id, account__unit=HOUR, origin=PURCHASE)
        .select_related("account__organisation", "account__contract")
        .order_by("id")
    )


def _zone(lot: LotRow) -> str:
    contract: Contract | None = lot.account.contract
    return lot.account.organisation.zone if contract is None else contract.zone


def _tell(vendor_id: UUID, lot: LotRow, kind: str, data: Mapping[str, object], now: datetime) -> int:
    account = lot.account
    contacts = telling.administrators(vendor_id, account.organisation_id)
    staff: list[UUID] = []
    if account.contract_id is not None:
        contract = contracts.contract_by_id(vendor_id, account.contract_id)
        users = [one.contact_id for one in contract.authorised_users if one.at(now)]
        contacts += users or list(contracts.authorised_contacts(contract, now))
        staff = list(roles.vendor_side(contract, now))
    notices.notify(
        vendor_id=vendor_id,
        kind=kind,
        now=now,
        contacts=contacts,
        staff=staff,
        data={"contract": account.contract_id, "allowance": account.allowance, **data},
    )
    return 1
