"""The writer of the ledger; what people do by hand (`ledger.by_hand`) goes through its `act`.

Each act locks its account first; its caller holds the customer's lock already.

Before an account is used it is settled: the period in force is granted, what is over expires. `at` is the instant an act
counts for (whose grant pays), `now` when it is recorded. A cause holds ids and figures only. Order of locks:
docs/reference/locking.md; rules: docs/reference/ledger.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from palier.contracts import queries as contracts
from palier.contracts.queries import Standings
from palier.core import ledger
from palier.core.programme import Programme
from palier.ledger import accounts, settled, writing
from palier.ledger.accounts import Books
from palier.ledger.accounts import Owner as Owner
from palier.ledger.accounts import owner_for as owner_for
from palier.ledger.instants import micros
from palier.ledger.models import Posting
from palier.ledger.writing import Written as Written
from palier.people import access, tenancy

Cause = ledger.Cause
OF = "of"
"""In the cause of what is given back: the posting that used it."""


class NothingLeft(access.Refused):
    """More was asked for than is left: `left` of `asked` units (hours: minutes)."""

    def __init__(self, *, left: int, asked: int, unit: str) -> None:
        self.left, self.asked, self.unit = left, asked, unit
        minutes = " min" if unit == "hour" else ""
        super().__init__(
            code="nothing-left",
            en=f"{left}{minutes} left, {asked}{minutes} needed: choose another way forward.",
            fr=f"Il reste {left}{minutes}, il faut {asked}{minutes} : choisissez une autre voie.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What an act wrote, and what the account shows at the act's instant afterwards."""

    account_id: UUID
    postings: tuple[Written, ...]
    balance: ledger.Balance


# --- uses -------------------------------------------------------------------------------------------


def reserve(
    *,
    owner: Owner,
    allowance: str,
    quantity: int,
    reservation: UUID,
    cause: Cause,
    at: datetime,
    now: datetime,
    overrun: bool = False,
) -> Posted:
    """Keep units for one purpose, of the grants in force at `at`, oldest expiring first. Raises NothingLeft."""
    books = settled_books(owner, allowance, at=at, now=now)
    return act(
        books,
        lambda state: ledger.reserve(
            state,
            quantity=quantity,
            at=micros(at),
            reservation=str(reservation),
            cause=writing.checked(cause),
            overrun=overrun,
        ),
        at=at,
        now=now,
    )


def consume(
    *,
    vendor_id: UUID,
    reservation: UUID,
    cause: Cause,
    at: datetime,
    now: datetime,
    quantity: int | None = None,
) -> Posted:
    """Use what a reservation keeps (all of it, or some), whatever became of its period. Raises Refused if it keeps less."""
    return _of_kept(ledger.consume, vendor_id, reservation, cause, quantity, at=at, now=now)


def release(
    *,
    vendor_id: UUID,
    reservation: UUID,
    cause: Cause,
    at: datetime,
    now: datetime,
    quantity: int | None = None,
) -> Posted:
    """Let go of what a reservation keeps. What comes back after its time expires at once."""
    return _of_kept(ledger.release, vendor_id, reservation, cause, quantity, at=at, now=now)


def spend(
    *,
    owner: Owner,
    allowance: str,
    quantity: int,
    reservation: UUID,
    cause: Cause,
    at: datetime,
    now: datetime,
    overrun: bool = False,
) -> Posted:
    """Reserve and use at once: work that was done at `at`. Raises NothingLeft."""
    books = settled_books(owner, allowance, at=at, now=now)
    return act(
        books,
        lambda state: ledger.spend(
            state,
            quantity=quantity,
            at=micros(at),
            reservation=str(reservation),
            cause=writing.checked(cause),
            overrun=overrun,
        ),
        at=at,
        now=now,
    )


def give_back(
    *, vendor_id: UUID, posting_id: UUID, quantity: int, cause: Cause, at: datetime, now: datetime
) -> Posted:
    """Reverse a use (some of the posting that recorded it), as a reversing time entry does. Raises Refused."""
    used = Posting.objects.get(vendor_id=vendor_id, id=posting_id)
    books = accounts.locked_by_id(used.account_id, since=min(at, now), keys=[used.lot])
    left = _not_given_back(used)
    if quantity > left:
        raise access.Refused(
            code="not-used",
            en=f"Of what this entry used, {left} can still be given back, not {quantity}.",
            fr=f"De ce que cette écriture a consommé, on peut encore rendre {left}, non {quantity}.",
        )
    return act(
        books,
        lambda state: ledger.give_back(
            state,
            lot=used.lot,
            quantity=quantity,
            at=micros(at),
            cause={**writing.checked(cause), OF: str(posting_id)},
        ),
        at=at,
        now=now,
    )


def _not_given_back(used: Posting) -> int:
    if used.kind != ledger.Kind.CONSUME:
        return 0
    returned = Posting.objects.filter(
        vendor_id=used.vendor_id,
        account_id=used.account_id,
        kind=ledger.Kind.ADJUST,
        source=ledger.Bucket.CONSUMED,
        cause__of=str(used.id),
    ).aggregate(units=Sum("quantity", default=0))
    return used.quantity - int(returned["units"])


# --- grants -----------------------------------------------------------------------------------------


def grant(
    *,
    owner: Owner,
    allowance: str,
    quantity: int,
    lot_key: str,
    opens_at: datetime,
    expires_at: datetime | None,
    origin: str,
    cause: Cause,
    at: datetime,
    now: datetime,
) -> Posted:
    """Give units that were bought, as a lot of their own. Raises Refused if that lot was given already."""
    books = opened(owner, allowance, since=min(at, now), now=now, keys=[lot_key])
    if lot_key in books.state.lots:
        raise access.Refused(
            code="granted-already",
            en=f"{lot_key} was granted already: nothing is given twice.",
            fr=f"{lot_key} a déjà été accordé : rien n’est donné deux fois.",
        )
    lot = ledger.Lot(
        key=lot_key,
        opens_at=micros(opens_at),
        expires_at=None if expires_at is None else micros(expires_at),
        origin=origin,
    )
    return act(
        books,
        lambda _: ledger.grant(lot=lot, quantity=quantity, at=micros(at), cause=writing.checked(cause)),
        at=at,
        now=now,
    )


def withdraw(
    *,
    owner: Owner,
    allowance: str,
    lot_key: str,
    cause: Cause,
    at: datetime,
    now: datetime,
    quantity: int | None = None,
) -> Posted:
    """Take back units of one lot that nobody reserved or used (all of them, or so many): a purchase that is refunded.

    Raises NothingLeft when fewer are free, or none is.
    """
    books = opened(owner, allowance, since=min(at, now), now=now, keys=[lot_key])
    lot = books.state.lots.get(lot_key)
    free = 0 if lot is None else lot.available
    asked = free if quantity is None else quantity
    if lot is None or not 0 < asked <= free:
        raise NothingLeft(left=free, asked=max(asked, 1), unit=books.unit)
    return act(
        books,
        lambda state: ledger.adjust(
            state, difference=-asked, at=micros(at), cause=writing.checked(cause), lot=lot.lot
        ),
        at=at,
        now=now,
    )


# --- settling ---------------------------------------------------------------------------------------


def settle(*, contract: Standings, programme: Programme, now: datetime) -> None:
    """Write what the accounts of a contract lack at `now`: grants by period and tier, and what has expired."""
    for allowance in programme.allowances:
        owner = owner_for(programme, allowance, contract, contract.organisation_id)
        books = accounts.locked(owner, allowance, since=now)
        moves = settled.moves(
            books.state, contract=contract, programme=programme, allowance=allowance, at=now, now=now
        )
        if moves:
            books = books if books.made else accounts.made(books, owner, now=now)
            writing.write(books, moves, now=now)


def expire(*, account_id: UUID, now: datetime) -> None:
    """Write what has expired in one account, whoever owns it: also when its contract is over."""
    books = accounts.locked_by_id(account_id, since=now)
    writing.write(books, ledger.settle(books.state, None, micros(now)), now=now)


# --- what they share --------------------------------------------------------------------------------


def programme_at(owner: Owner, at: datetime) -> Programme | None:
    """The programme that grants what an owner has at an instant; None where no contract does."""
    return None if owner.contract is None else contracts.programme(owner.contract.as_of(at).revision_id)


def opened(
    owner: Owner, allowance: str, *, since: datetime, now: datetime, keys: tuple[str, ...] | list[str] = ()
) -> Books:
    """The account, locked; made where nothing was ever posted to it. `keys` are lots wanted though they are used up."""
    books = accounts.locked(owner, allowance, since=since, keys=keys)
    return books if books.made else accounts.made(books, owner, now=now)


def settled_books(owner: Owner, allowance: str, *, at: datetime, now: datetime) -> Books:
    """The account, locked, with all that must be written before it is used at `at`."""
    books = accounts.locked(owner, allowance, since=min(at, now))
    if not books.made:
        books = accounts.made(books, owner, now=now)
    moves = settled.moves(
        books.state,
        contract=owner.contract,
        programme=programme_at(owner, at),
        allowance=allowance,
        at=at,
        now=now,
    )
    return writing.write(books, moves, now=now)[0]


def _keeping(vendor_id: UUID, reservation: UUID, *, since: datetime) -> Books:
    if vendor_id != tenancy.current():
        raise tenancy.WrongVendor(f"a transaction of vendor {tenancy.current()} cannot work for {vendor_id}")
    books = accounts.keeping(reservation, since=since)
    if books is None:
        raise access.Refused(
            code="not-reserved",
            en="Nothing was reserved for this.",
            fr="Rien n’a été réservé pour cela.",
        )
    return books


def _of_kept(
    what: Callable[..., ledger.Moves],
    vendor_id: UUID,
    reservation: UUID,
    cause: Cause,
    quantity: int | None,
    *,
    at: datetime,
    now: datetime,
) -> Posted:
    """Use or let go of what a reservation keeps: all of it, or some."""
    return act(
        _keeping(vendor_id, reservation, since=min(at, now)),
        lambda state: what(
            state,
            reservation=str(reservation),
            at=micros(at),
            cause=writing.checked(cause),
            quantity=quantity,
        ),
        at=at,
        now=now,
    )


def act(
    books: Books, moves: Callable[[ledger.State], ledger.Moves], *, at: datetime, now: datetime
) -> Posted:
    """Write the moves that the core answers for an account. Raises NothingLeft, or Refused for what its laws forbid."""
    try:
        after, written = writing.write(books, moves(books.state), now=now)
    except ledger.Insufficient as error:
        raise NothingLeft(left=error.left, asked=error.asked, unit=books.unit) from error
    except ledger.BrokenLaw as error:
        raise access.Refused(code="not-in-the-books", en=error.en, fr=error.fr) from error
    return Posted(account_id=books.id, postings=written, balance=ledger.balance(after.state, micros(at)))
