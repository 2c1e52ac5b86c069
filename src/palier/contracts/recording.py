"""How every action on a contract begins and ends: lock the customer, write, keep what happened, tell who listens.

An event keeps who did what, effective from when, with ids and figures only; the contract's own values change with the
event that changes them, never without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from palier.contracts import listeners, queries
from palier.contracts.models import Contract, ContractEvent, EventKind
from palier.contracts.standings import Standings
from palier.core import terms
from palier.people import access, notices
from palier.people.actions import lock_customer
from palier.people.models import Contact

VALUES = (
    "revision_id",
    "plan",
    "options",
    "seats",
    "licence_seats",
    "environments",
    "yearly_amount",
    "currency",
)
"""The values of a contract's row that change with an effective instant."""


def take(by: access.Viewer, contract: Contract) -> Standings:
    """Lock the contract's customer and read the contract as it stands; `contract` only names it.

    Raises Contract.DoesNotExist for one the viewer may not see.
    """
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    if not by.is_machine and not queries.contracts(by).filter(id=contract.id).exists():
        raise Contract.DoesNotExist(str(contract.id))
    contract.refresh_from_db()
    return queries.contract_by_id(by.vendor_id, contract.id)


def record(
    *,
    by: access.Viewer,
    contract: Contract,
    kind: EventKind,
    now: datetime,
    effective_at: datetime | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    data: Mapping[str, object] | None = None,
) -> ContractEvent:
    """Keep that something happened to a contract, effective from `effective_at` (now)."""
    return ContractEvent.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        kind=kind,
        effective_at=effective_at or now,
        recorded_at=now,
        contact_id=by.contact_id,
        staff_id=by.staff_id,
        changes={
            name: [to_json(before), to_json(after)] for name, (before, after) in (changes or {}).items()
        },
        data={name: to_json(value) for name, value in (data or {}).items()},
    )


def to_json(value: object) -> object:
    """A value as an event's row keeps it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple | list | frozenset) else value


def changed(before: Standings, at: datetime, wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What of the wanted values (None: as it is) differs from those in force at an instant: {field: (before, after)}."""
    there = {name: before.value_at(name, at) for name in wanted}
    return {
        name: (there[name], value)
        for name, value in wanted.items()
        if value is not None and value != there[name]
    }


def settle_row(contract: Contract, now: datetime) -> None:
    """Bring the row's own values up to those in force now."""
    there = queries.contract_by_id(contract.vendor_id, contract.id)
    values: dict[str, Any] = {}
    for name in VALUES:
        value = there.value_at(name, now)
        values[name] = list(value) if isinstance(value, tuple) else value
    Contract.objects.filter(vendor_id=contract.vendor_id, id=contract.id).update(**values)
    contract.refresh_from_db()


def tell(contract: Contract, now: datetime) -> None:
    """Tell the layers above that what this customer's contracts allow may have changed."""
    listeners.tell(vendor_id=contract.vendor_id, organisation_id=contract.organisation_id, now=now)


def notice_customer(
    *, by: access.Viewer, contract: Contract, kind: str, now: datetime, data: Mapping[str, object]
) -> None:
    """Leave a notice for the customer's administrators and the contract's authorised contacts, but not for who did it."""
    there = queries.contract_at(contract.vendor_id, contract.id, now)
    administrators: Iterable[UUID] = Contact.objects.filter(
        vendor_id=contract.vendor_id,
        organisation_id=contract.organisation_id,
        is_administrator=True,
        removed_at=None,
    ).values_list("id", flat=True)
    named = (one.contact_id for one in there.authorised if one.at(now))
    people = [one for one in (*administrators, *named) if one != by.contact_id]
    notices.notify(
        vendor_id=contract.vendor_id,
        contacts=people,
        kind=kind,
        data={"contract": contract.id, **{name: to_json(value) for name, value in data.items()}},
        now=now,
    )


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local date."""
    return queries.instant(terms.start_of(day, zone))
