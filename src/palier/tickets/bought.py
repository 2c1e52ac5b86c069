"""What is bought before it is used becomes units of the ledger: an incident, or a block's minutes with their expiry."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import terms
from palier.core.programme import Price, Programme
from palier.ledger import posting
from palier.tickets import convert, funds

ORIGIN = "purchase"


def grant(
    *,
    programme: Programme,
    price_id: str,
    organisation_id: UUID,
    contract: contracts.Standings | None,
    key: str,
    paid_at: datetime,
    now: datetime,
    quantity: int = 1,
    zone: str | None = None,
) -> posting.Posted:
    """Grant what was paid for: `quantity` incidents or blocks. `key` names the purchase: nothing is granted twice for it.

    Raises Refused when that purchase was granted already. A block is good from its payment up to the
    same local date so many months later, as its price says, in the contract's zone (`zone` without a contract).
    """
    price = programme.prices[price_id]
    account = price.fills or price.id
    expires = _expiry(price, paid_at, contract.zone if contract is not None else zone or "UTC")
    return posting.grant(
        owner=funds.owner_of(programme, account, contract, organisation_id),
        allowance=account,
        quantity=quantity * (price.minutes or 1),
        lot_key=key,
        opens_at=paid_at,
        expires_at=expires,
        origin=ORIGIN,
        cause={"why": "purchase", "price": price_id},
        at=paid_at,
        now=now,
    )


def take_back(
    *,
    programme: Programme,
    price_id: str,
    organisation_id: UUID,
    contract: contracts.Standings | None,
    key: str,
    now: datetime,
) -> posting.Posted:
    """Take back what was granted for a purchase that is refunded. Raises posting.NothingLeft if any of it was used."""
    price = programme.prices[price_id]
    account = price.fills or price.id
    return posting.withdraw(
        owner=funds.owner_of(programme, account, contract, organisation_id),
        allowance=account,
        lot_key=key,
        quantity=price.minutes or 1,
        cause={"why": "refund", "price": price_id},
        at=now,
        now=now,
    )


def _expiry(price: Price, paid_at: datetime, zone: str) -> datetime | None:
    if price.valid_months is None:
        return None
    paid_on = terms.date_at(convert.micros(paid_at), zone)
    return convert.instant(terms.start_of(terms.add_months(paid_on, price.valid_months), zone))
