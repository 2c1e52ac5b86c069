"""What could pay for a request: the balance of each allowance at that instant, and whose it is.

An allowance belongs to the request's contract or to its customer. Hours that are bought may lie on another contract of
the same customer (an hours plan beside a support plan): they are found there when the request's own has none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import entitlements, terms
from palier.core.coverage import Balance
from palier.core.programme import Price, Programme, Way
from palier.ledger import queries as ledger
from palier.ledger.accounts import Owner, owner_for
from palier.tickets import convert

PREPAID_HOURS = "prepaid-hours"
PAY_PER_INCIDENT = "pay-per-incident"
PROJECT = "project"


class WayKind(StrEnum):
    """How a way is funded."""

    ALLOWANCE = "allowance"
    """One unit, reserved when it is chosen."""
    HOURS = "hours"
    """Minutes bought beforehand, taken as they are worked, on an estimate."""
    PAY = "pay"
    """A price paid at once: an incident, or a block of hours."""
    ESTIMATE = "estimate"
    """Billed after an estimate that is agreed to."""
    ELSEWHERE = "elsewhere"
    """It leads to somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """A balance and whose it is: a contract's, or the customer's own (`contract` None)."""

    allowance: str
    balance: Balance
    contract: contracts.Standings | None


Funds = Mapping[str, Fund]


def funds(
    *,
    vendor_id: UUID,
    programme: Programme,
    contract: contracts.Standings | None,
    siblings: Iterable[contracts.Standings],
    organisation_id: UUID,
    now: datetime,
    reached_at: datetime,
    own: UUID | None = None,
    used: Iterable[str] = (),
) -> dict[str, Fund]:
    """By allowance of the programme. `own` is a reservation that counts as still there, `used` allowances of which one does.

    Incidents of a month count in the month in which they reached us; all else as of `now`.
    """
    if not programme.allowances:
        return {}

    def read(of: contracts.Standings | None, at: datetime) -> dict[str, Balance]:
        return ledger.balances(
            vendor_id=vendor_id,
            programme=programme,
            contract=of,
            organisation_id=organisation_id,
            at=at,
            own=own,
        )

    balances = read(contract, now)
    if contract is not None and not _same_month(reached_at, now, contract.zone):
        earlier = read(contract, reached_at)
        balances |= {id_: earlier[id_] for id_ in balances if _counts_when_reached(programme, id_)}
    for id_ in balances.keys() & set(used):
        balances[id_] = dataclasses.replace(balances[id_], left=balances[id_].left + 1)
    found = {id_: Fund(allowance=id_, balance=b, contract=contract) for id_, b in balances.items()}
    for id_ in _short_of_hours(programme, found):
        elsewhere = [
            Fund(allowance=id_, balance=balance, contract=other)
            for other in siblings
            if (contract is None or other.id != contract.id)
            and other.standing(now) is contracts.Standing.ACTIVE
            if (balance := read(other, now).get(id_)) is not None
        ]
        best = next((one for one in elsewhere if one.balance.left > 0 or _sells_hours(one.contract)), None)
        if best is not None and (best.balance.left > 0 or not _sells_hours(contract)):
            found[id_] = best
    return found


def _sells_hours(contract: contracts.Standings | None) -> bool:
    """Whether a contract is one for hours: what is bought later belongs there."""
    if contract is None:
        return False
    plan = contracts.programme(contract.revision_id).plans.get(contract.plan)
    return plan is not None and plan.kind == "hours"


def bought(
    *,
    vendor_id: UUID,
    programme: Programme,
    organisation_id: UUID,
    now: datetime,
    own: UUID | None = None,
) -> dict[str, Fund]:
    """What the customer bought one by one and has not used: incidents, and blocks that fill no allowance, by price."""
    return {
        price.id: Fund(
            allowance=price.id,
            balance=_bought_balance(vendor_id, programme, price.id, organisation_id, now, own),
            contract=None,
        )
        for price in programme.prices.values()
        if is_paid_beforehand(price) and price.fills is None
    }


def _bought_balance(
    vendor_id: UUID, programme: Programme, price: str, organisation_id: UUID, now: datetime, own: UUID | None
) -> Balance:
    found = ledger.balance(
        vendor_id=vendor_id,
        owner=owner_of(programme, price, None, organisation_id),
        allowance=price,
        at=now,
        own=own,
    )
    return Balance(left=found.available, granted=found.granted)


def owner_of(
    programme: Programme, allowance: str, contract: contracts.Standings | None, organisation_id: UUID
) -> Owner:
    """The ledger's owner of an allowance; what a block holds is counted in hours."""
    found = owner_for(programme, allowance, contract, organisation_id)
    if allowance in programme.allowances or not is_time(programme, allowance):
        return found
    return dataclasses.replace(found, unit=entitlements.HOUR)


def is_time(programme: Programme, allowance: str) -> bool:
    """Whether an allowance, or what a price buys, is counted in minutes."""
    known = programme.allowances.get(allowance)
    if known is not None:
        return known.unit == entitlements.HOUR
    price = programme.prices.get(allowance)
    return price is not None and price.minutes is not None


def _same_month(one: datetime, other: datetime, zone: str) -> bool:
    days = [terms.date_at(convert.micros(at), zone) for at in (one, other)]
    return (days[0].year, days[0].month) == (days[1].year, days[1].month)


def _counts_when_reached(programme: Programme, id_: str) -> bool:
    allowance = programme.allowances.get(id_)
    return (
        allowance is not None
        and entitlements.counts_at(allowance.per, unit=allowance.unit, reached_at=1, chosen_at=0) == 1
    )


def counts_at(programme: Programme, id_: str, *, reached_at: datetime, now: datetime) -> datetime:
    """The instant whose grant pays: that of a month's incident is when it reached us."""
    return reached_at if _counts_when_reached(programme, id_) else now


def _short_of_hours(programme: Programme, found: Funds) -> list[str]:
    """Allowances that bought hours fill, of which nothing is left where the request is."""
    filled = {price.fills for price in programme.prices.values() if price.fills is not None}
    return [id_ for id_ in found if id_ in filled and found[id_].balance.left <= 0]


# --- ways -------------------------------------------------------------------------------------------


def is_paid_beforehand(price: Price) -> bool:
    """Whether it is bought before it is used: an incident, or a block of hours."""
    return price.kind in (PAY_PER_INCIDENT, PREPAID_HOURS)


def account_of(programme: Programme, way: Way) -> str | None:
    """The allowance that a way takes from: its own, the one that its block fills, else what its price buys one by one."""
    if way.allowance is not None:
        return way.allowance
    price = programme.prices[way.price] if way.price is not None else None
    if price is None or not is_paid_beforehand(price):
        return None
    return price.fills or price.id


def is_hours(programme: Programme, way: Way) -> bool:
    """Whether what it takes is time."""
    if way.allowance is not None:
        return programme.allowances[way.allowance].unit == entitlements.HOUR
    return way.price is not None and programme.prices[way.price].kind == PREPAID_HOURS


def kind_of(programme: Programme, way: Way, found: Funds) -> WayKind:
    """How a way is funded now: what was bought beforehand and is still there is used before anything is bought again."""
    if way.points_to is not None:
        return WayKind.ELSEWHERE
    account = account_of(programme, way)
    if account is None:
        return WayKind.ESTIMATE
    if way.price is not None:
        fund = found.get(account)
        # A block's own way buys more of what another way uses.
        buys_only = way.allowance is None and account != way.price
        if buys_only or fund is None or fund.balance.left <= 0:
            return WayKind.PAY
    return WayKind.HOURS if is_hours(programme, way) else WayKind.ALLOWANCE


def rate_of(programme: Programme, way: Way) -> Price | None:
    """The price by which a way's time is counted: its own, or that of a block which fills its allowance."""
    if way.price is not None:
        return programme.prices[way.price]
    return next((price for price in programme.prices.values() if price.fills == way.allowance), None)
