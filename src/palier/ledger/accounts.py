"""Whose account it is, and its rows as values of the core: the account locked, its lots and its open reservations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.contracts.queries import Standings
from palier.core import ledger
from palier.core.entitlements import ACCOUNT, HOUR
from palier.core.programme import Programme
from palier.ledger.instants import micros
from palier.people import prepared, tenancy

INCIDENT = "incident"
"""The unit of what is bought one by one, whose allowance is the id of its price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose units they are: a contract's, or an organisation's (`contract_id` None). `unit` is that of the allowance.

    `contract` is the contract whose plan grants them; None where nothing is granted by a plan.
    """

    organisation_id: UUID
    contract_id: UUID | None
    contract: Standings | None
    unit: str = INCIDENT


def owner_for(
    programme: Programme, allowance: str, contract: Standings | None, organisation_id: UUID
) -> Owner:
    """The owner of an allowance: the contract; the organisation for `per: account` and for the id of a price."""
    known = programme.allowances.get(allowance)
    shared = known is None or known.per == ACCOUNT or contract is None
    return Owner(
        organisation_id=organisation_id if contract is None else contract.organisation_id,
        contract_id=None if shared or contract is None else contract.id,
        contract=contract,
        unit=_bought_unit(programme, allowance) if known is None else known.unit,
    )


def _bought_unit(programme: Programme, price: str) -> str:
    """What is bought at a price that fills no allowance: hours, or one by one."""
    found = programme.prices.get(price)
    return HOUR if found is not None and found.minutes is not None else INCIDENT


def identity(
    *, vendor_id: UUID, organisation_id: UUID, contract_id: UUID | None, allowance: str, unit: str
) -> str:
    """How an account is named inside its seals: a row pointed to another owner no longer fits its chain."""
    return f"{vendor_id}/{organisation_id}/{contract_id or '-'}/{allowance}/{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """An account with what is alive in it. `made` tells that the row exists; one that does not has no postings."""

    id: UUID
    vendor_id: UUID
    organisation_id: UUID
    contract_id: UUID | None
    allowance: str
    unit: str
    seq: int
    hash: bytes
    state: ledger.State
    made: bool = True

    @property
    def name(self) -> str:
        """Its identity, as sealed."""
        return identity(
            vendor_id=self.vendor_id,
            organisation_id=self.organisation_id,
            contract_id=self.contract_id,
            allowance=self.allowance,
            unit=self.unit,
        )


_ACCOUNT = (
    "select id, organisation_id, contract_id, allowance, unit, last_seq, last_hash from ledger_account "
)
_OF_ORGANISATION = (
    _ACCOUNT + "where vendor_id = %s and organisation_id = %s and allowance = %s"
    " and contract_id is null for no key update"
)
_OF_CONTRACT = (
    _ACCOUNT + "where vendor_id = %s and organisation_id = %s and allowance = %s"
    " and contract_id = %s for no key update"
)
_BY_ID = _ACCOUNT + "where vendor_id = %s and id = %s for no key update"
# Whose account a reservation is on never changes: it may be looked up by the statement that locks.
_KEEPING = (
    _ACCOUNT + "where vendor_id = %s and id = (select account_id from ledger_reservationrow"  # noqa: S608
    " where vendor_id = %s and reservation = %s limit 1) for no key update"
)
_ALL = (
    _ACCOUNT
    + "where vendor_id = %s and organisation_id = %s and contract_id is null union all "
    + _ACCOUNT
    + "where vendor_id = %s and contract_id = %s"
)
_MAKE = """
insert into ledger_account (id, vendor_id, organisation_id, contract_id, allowance, unit, last_seq, last_hash, created_at)
values (%s, %s, %s, %s, %s, %s, 0, %s, %s) on conflict (vendor_id, organisation_id, contract_id, allowance) do nothing
"""
# A used-up lot of a period that never ends must be seen: nothing else tells that it was granted.
_ALIVE = """
select account_id, key, opens_at, expires_at, origin, available, reserved, consumed, expired, transferred, issued, by_hand,
    null::uuid
from ledger_lotrow where vendor_id = %s and account_id = any(%s) and (
    available <> 0 or reserved <> 0 or expires_at > %s or (expires_at is null and origin in ('plan', 'tier'))
    or key = any(%s))
union all
select account_id, lot, null, null, null, quantity, null, null, null, null, null, null, reservation
from ledger_reservationrow where vendor_id = %s and account_id = any(%s) and quantity > 0
"""


def locked(owner: Owner, allowance: str, *, since: datetime, keys: Collection[str] = ()) -> Books:
    """The owner's account of an allowance, locked until the transaction ends; not made yet if it does not exist.

    Its state holds the lots that were not over at `since`, those that still hold units, and those of `keys`.
    """
    vendor_id = tenancy.current()
    row = _locked_row(vendor_id, owner, allowance)
    if row is None:
        return Books(
            id=uuid7(),
            vendor_id=vendor_id,
            organisation_id=owner.organisation_id,
            contract_id=owner.contract_id,
            allowance=allowance,
            unit=owner.unit,
            seq=0,
            hash=ledger.GENESIS,
            state=ledger.EMPTY,
            made=False,
        )
    return _with_states(vendor_id, [row], since, keys)[0]


def locked_by_id(account_id: UUID, *, since: datetime, keys: Collection[str] = ()) -> Books:
    """The account of that id, locked. Raises LookupError."""
    vendor_id = tenancy.current()
    row = prepared.row(_BY_ID, [vendor_id, account_id])
    if row is None:
        raise LookupError(f"no account {account_id}")
    return _with_states(vendor_id, [row], since, keys)[0]


def keeping(reservation: UUID, *, since: datetime) -> Books | None:
    """The account a reservation was made on, locked; None for a reservation nobody made."""
    vendor_id = tenancy.current()
    row = prepared.row(_KEEPING, [vendor_id, vendor_id, reservation])
    return None if row is None else _with_states(vendor_id, [row], since, ())[0]


def made(books: Books, owner: Owner, *, now: datetime) -> Books:
    """The same account, its row made and locked; another process may have been faster."""
    vendor_id = books.vendor_id
    prepared.run(
        _MAKE,
        [
            books.id,
            vendor_id,
            books.organisation_id,
            books.contract_id,
            books.allowance,
            books.unit,
            ledger.GENESIS,
            now,
        ],
    )
    row = _locked_row(vendor_id, owner, books.allowance)
    if row is None:
        raise LookupError(f"account {books.name} could not be made")
    return _with_states(vendor_id, [row], now, ())[0]


def of(
    *, vendor_id: UUID, organisation_id: UUID, contract_id: UUID | None, since: datetime
) -> tuple[Books, ...]:
    """The accounts of a contract and those of its organisation, as they are; nothing is locked."""
    rows = prepared.rows(_ALL, [vendor_id, organisation_id, vendor_id, contract_id])
    return tuple(_with_states(vendor_id, rows, since, ()))


def _locked_row(vendor_id: UUID, owner: Owner, allowance: str) -> tuple[Any, ...] | None:
    if owner.contract_id is None:
        return prepared.row(_OF_ORGANISATION, [vendor_id, owner.organisation_id, allowance])
    return prepared.row(_OF_CONTRACT, [vendor_id, owner.organisation_id, allowance, owner.contract_id])


def _with_states(
    vendor_id: UUID, rows: Sequence[tuple[Any, ...]], since: datetime, keys: Collection[str]
) -> list[Books]:
    ids = [row[0] for row in rows]
    if not ids:
        return []
    lots: dict[UUID, dict[str, ledger.LotState]] = {id_: {} for id_ in ids}
    kept: dict[UUID, dict[str, dict[str, int]]] = {id_: {} for id_ in ids}
    alive = prepared.rows(_ALIVE, [vendor_id, ids, since, list(keys), vendor_id, ids], binary=True)
    for account_id, key, *lot, reservation in alive:
        if reservation is None:
            lots[account_id][key] = lot_state((key, *lot))
        else:
            kept[account_id].setdefault(str(reservation), {})[key] = lot[3]
    return [
        Books(
            id=row[0],
            vendor_id=vendor_id,
            organisation_id=row[1],
            contract_id=row[2],
            allowance=row[3],
            unit=row[4],
            seq=row[5],
            hash=bytes(row[6]),
            state=ledger.State(
                lots=MappingProxyType(lots[row[0]]),
                reservations=MappingProxyType(
                    {
                        id_: ledger.Reservation(id=id_, parts=MappingProxyType(parts))
                        for id_, parts in kept[row[0]].items()
                    }
                ),
            ),
        )
        for row in rows
    ]


def lot_state(row: Sequence[Any]) -> ledger.LotState:
    """A lot from its columns: key, opens_at, expires_at, origin, then the buckets from available to by_hand."""
    (
        key,
        opens_at,
        expires_at,
        origin,
        available,
        reserved,
        consumed,
        expired,
        transferred,
        issued,
        by_hand,
    ) = row
    return ledger.LotState(
        lot=ledger.Lot(
            key=key,
            opens_at=micros(opens_at),
            expires_at=None if expires_at is None else micros(expires_at),
            origin=origin,
        ),
        available=available,
        reserved=reserved,
        consumed=consumed,
        expired=expired,
        transferred=transferred,
        issued=issued,
        by_hand=by_hand,
    )
