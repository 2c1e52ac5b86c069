"""The only writer of the ledger. Each act locks its account first; its caller holds the customer's lock already.

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
from uuid_utils.compat import uuid7

from palier.contracts import queries as contracts
from palier.contracts.queries import Standings
from palier.core import ledger
from palier.core.programme import Programme
from palier.ledger import accounts, settled, writing
from palier.ledger.accounts import Books
from palier.ledger.accounts import Owner as Owner
from palier.ledger.accounts import owner_for as owner_for
from palier.ledger.instants import micros
from palier.ledger.models import Posting, Reason
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
    books = _settled(owner, allowance, at=at, now=now)
    return _act(
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
    return _act(
        _keeping(vendor_id, reservation, since=min(at, now)),
        lambda state: ledger.consume(
            state,
            reservation=str(reservation),
            at=micros(at),
            cause=writing.checked(cause),
            quantity=quantity,
        ),
        at=at,
        now=now,
    )


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
    return _act(
        _keeping(vendor_id, reservation, since=min(at, now)),
        lambda state: ledger.release(
            state,
            reservation=str(reservation),
            at=micros(at),
            cause=writing.checked(cause),
            quantity=quantity,
        ),
        at=at,
        now=now,
    )


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
    books = _settled(owner, allowance, at=at, now=now)
    return _act(
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
    return _act(
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
    books = _made(owner, allowance, since=min(at, now), now=now, keys=[lot_key])
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
    return _act(
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
    books = _made(owner, allowance, since=min(at, now), now=now, keys=[lot_key])
    lot = books.state.lots.get(lot_key)
    free = 0 if lot is None else lot.available
    asked = free if quantity is None else quantity
    if lot is None or not 0 < asked <= free:
        raise NothingLeft(left=free, asked=max(asked, 1), unit=books.unit)
    return _act(
        books,
        lambda state: ledger.adjust(
            state, difference=-asked, at=micros(at), cause=writing.checked(cause), lot=lot.lot
        ),
        at=at,
        now=now,
    )


def adjust(
    *, by: access.Viewer, owner: Owner, allowance: str, difference: int, reason: str, now: datetime
) -> Posted:
    """Correct an account by hand: so many more or fewer (hours: minutes), with a reason. For those who take money.

    More goes to what expires last; where nothing is in force it is a lot of its own, without an end.
    """
    access.require_role(by, access.TAKES_MONEY)
    books = _settled(owner, allowance, at=now, now=now)
    cause = _by_hand(by, reason, "adjust", now)
    lot = None
    if difference > 0 and not any(one.lot.in_force(micros(now)) for one in books.state.lots.values()):
        lot = ledger.Lot(
            key=f"adjust:{cause['reason']}", opens_at=micros(now), expires_at=None, origin="adjust"
        )
    return _act(
        books,
        lambda state: ledger.adjust(state, difference=difference, at=micros(now), cause=cause, lot=lot),
        at=now,
        now=now,
    )


def transfer(
    *,
    by: access.Viewer,
    source: Owner,
    target: Owner,
    allowance: str,
    quantity: int,
    reason: str,
    now: datetime,
) -> tuple[Posted, Posted]:
    """Move units to another contract of the same customer, each with the time it had. For those who take money."""
    access.require_role(by, access.TAKES_MONEY)
    if source.organisation_id != target.organisation_id:
        raise access.Refused(
            code="another-customer",
            en="Units move between contracts of one customer only.",
            fr="Des unités ne passent que d’un contrat à l’autre du même client.",
        )
    if source.contract_id == target.contract_id:
        raise access.Refused(
            code="same-account",
            en="The units are there already: name another contract.",
            fr="Les unités s’y trouvent déjà : nommez un autre contrat.",
        )
    cause = _by_hand(by, reason, "transfer", now)
    first = _settled(source, allowance, at=now, now=now)
    second = _settled(target, allowance, at=now, now=now)
    out = _act(
        first,
        lambda state: ledger.transfer_out(
            state, quantity=quantity, at=micros(now), cause={**cause, "to": str(second.id)}
        ),
        at=now,
        now=now,
    )
    moved = [one.move for one in out.postings]
    arrived = _act(
        second,
        lambda _: ledger.transfer_in(
            moved,
            key=f"transfer:{cause['reason']}",
            at=micros(now),
            cause={**cause, "from": str(first.id)},
        ),
        at=now,
        now=now,
    )
    return out, arrived


def bring_forward(
    *,
    by: access.Viewer,
    owner: Owner,
    allowance: str,
    available: int,
    used: int,
    now: datetime,
    opens_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Posted:
    """An opening balance at go-live: what was left and used of the period in force, or of a block with its own dates.

    Raises Refused if that balance was brought forward already, or if there is no period and no date.
    """
    access.require_role(by, access.TAKES_MONEY)
    books = _made(owner, allowance, since=now, now=now)
    programme = _programme(owner, now)
    period = (
        settled.entitlement_of(books.state, owner.contract, programme, allowance, at=now, now=now)
        if owner.contract is not None and programme is not None
        else None
    )
    lot, entitled_to = _forward_lot(period, opens_at, expires_at)
    if Posting.objects.filter(
        vendor_id=books.vendor_id, account_id=books.id, lot=lot.key, cause__why=ledger.BROUGHT_FORWARD
    ).exists():
        raise access.Refused(
            code="brought-forward-already",
            en=f"The opening balance of {allowance} was brought forward already: adjust it instead.",
            fr=f"Le solde d’ouverture de {allowance} est déjà repris : ajustez-le plutôt.",
        )
    cause: dict[str, str | int] = {"why": ledger.BROUGHT_FORWARD, **_person(by)}
    return _act(
        books,
        lambda state: _forward(
            state,
            lot=lot,
            available=available,
            used=used,
            entitled_to=entitled_to,
            at=micros(now),
            cause=cause,
        ),
        at=now,
        now=now,
    )


def _forward_lot(
    period: ledger.Entitlement | None, opens_at: datetime | None, expires_at: datetime | None
) -> tuple[ledger.Lot, int]:
    """The lot an opening balance belongs to, and what the programme gives for it."""
    if period is not None and period.quantity > 0:
        start, end = period.period.starts_at, period.period.ends_at
        if opens_at is None or (micros(opens_at), None if expires_at is None else micros(expires_at)) == (
            start,
            end,
        ):
            lot = ledger.Lot(key=period.period.key, opens_at=start, expires_at=end, origin=period.origin)
            return lot, period.quantity
    if opens_at is None:
        raise access.Refused(
            code="no-period",
            en="The plan grants nothing of this now: say from when the balance counts, and until when.",
            fr="Le plan n’en accorde rien à présent : dites depuis quand ce solde compte, et jusqu’à quand.",
        )
    return (
        ledger.Lot(
            key=f"brought-forward:{opens_at.date()}",
            opens_at=micros(opens_at),
            expires_at=None if expires_at is None else micros(expires_at),
            origin=ledger.BROUGHT_FORWARD,
        ),
        0,
    )


def _forward(
    state: ledger.State,
    *,
    lot: ledger.Lot,
    available: int,
    used: int,
    entitled_to: int,
    at: int,
    cause: Cause,
) -> ledger.Moves:
    known = state.lots.get(lot.key)
    reservation = str(uuid7())
    if known is None:
        return ledger.bring_forward(
            lot=lot,
            available=available,
            used=used,
            entitled=entitled_to,
            at=at,
            reservation=reservation,
            cause=cause,
        )
    # The contract's own grant was there first: what differs is adjusted, what was used is used of that lot.
    difference = available + used - (known.issued - known.consumed - known.reserved)
    found: ledger.Moves = ()
    if difference:
        found += ledger.adjust(state, difference=difference, at=at, cause=cause, lot=known.lot)
    if used:
        only = ledger.apply(ledger.State(lots={lot.key: known}, reservations={}), found)
        found += ledger.spend(only, quantity=used, at=at, reservation=reservation, cause=cause)
    return found


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


def _programme(owner: Owner, at: datetime) -> Programme | None:
    return None if owner.contract is None else contracts.programme(owner.contract.as_of(at).revision_id)


def _made(
    owner: Owner, allowance: str, *, since: datetime, now: datetime, keys: tuple[str, ...] | list[str] = ()
) -> Books:
    books = accounts.locked(owner, allowance, since=since, keys=keys)
    return books if books.made else accounts.made(books, owner, now=now)


def _settled(owner: Owner, allowance: str, *, at: datetime, now: datetime) -> Books:
    """The account, locked, with all that must be written before it is used at `at`."""
    books = accounts.locked(owner, allowance, since=min(at, now))
    if not books.made:
        books = accounts.made(books, owner, now=now)
    moves = settled.moves(
        books.state,
        contract=owner.contract,
        programme=_programme(owner, at),
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


def _act(
    books: Books, moves: Callable[[ledger.State], ledger.Moves], *, at: datetime, now: datetime
) -> Posted:
    try:
        after, written = writing.write(books, moves(books.state), now=now)
    except ledger.Insufficient as error:
        raise NothingLeft(left=error.left, asked=error.asked, unit=books.unit) from error
    except ledger.BrokenLaw as error:
        raise access.Refused(code="not-in-the-books", en=error.en, fr=error.fr) from error
    return Posted(account_id=books.id, postings=written, balance=ledger.balance(after.state, micros(at)))


def _person(by: access.Viewer) -> dict[str, str | int]:
    person = by.staff_id or by.contact_id
    return {} if person is None else {"person": str(person)}


def _by_hand(by: access.Viewer, reason: str, why: str, now: datetime) -> dict[str, str | int]:
    """The cause of what somebody does by hand; the reason itself stands in a row that can be erased."""
    if not reason.strip():
        raise access.Refused(
            code="no-reason",
            en="Say why: a correction without a reason cannot be explained to the customer.",
            fr="Dites pourquoi : une correction sans motif ne s’explique pas au client.",
        )
    row = Reason.objects.create(vendor_id=by.vendor_id, text=reason.strip(), written_at=now)
    return {"why": why, "reason": str(row.id), **_person(by)}


def erase_reason(*, vendor_id: UUID, reason_id: UUID, now: datetime) -> None:
    """Forget the words of a reason; the posting that names it stays, and so does its seal."""
    Reason.objects.filter(vendor_id=vendor_id, id=reason_id).update(text="", erased_at=now)
