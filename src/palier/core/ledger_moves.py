"""What to write into an account: each act as the moves it takes. Nothing is written here; the caller appends them.

All take the state as it is and return moves that `ledger.apply` accepts. `at` is the instant an act counts for: the grants
in force *then* pay, even if they have expired in the meantime. Rules: docs/reference/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from palier.core.entitlements import TIER, Entitlement
from palier.core.ledger_state import (
    BY_PERIOD,
    BY_TIER,
    OVERRUN,
    BrokenLaw,
    Bucket,
    Cause,
    Insufficient,
    Kind,
    Lot,
    LotState,
    Move,
    State,
)

Moves = tuple[Move, ...]
_FOREVER = 1 << 62


def _order(lot: LotState) -> tuple[int, int, str]:
    """Oldest expiring first; what never expires last."""
    expires = _FOREVER if lot.lot.expires_at is None else lot.lot.expires_at
    return expires, lot.lot.opens_at, lot.lot.key


def _positive(quantity: int) -> None:
    if quantity <= 0:
        raise BrokenLaw(
            en=f"a quantity of {quantity}: only whole units above zero move",
            fr=f"une quantité de {quantity} : seules des unités entières, plus que zéro, se déplacent",
        )


def _move(
    kind: Kind,
    source: Bucket,
    target: Bucket,
    quantity: int,
    lot: Lot,
    at: int,
    cause: Cause,
    id: str | None = None,
) -> Move:
    return Move(
        kind=kind,
        source=source,
        target=target,
        quantity=quantity,
        lot=lot,
        at=at,
        reservation=id,
        cause=cause,
    )


# --- what the programme gives -------------------------------------------------------------------------


def settle(state: State, entitlement: Entitlement | None, at: int, *, cause: Cause | None = None) -> Moves:
    """What an account lacks at `at`, by difference: nothing, once it is written.

    Lots whose time is over expire, except what is reserved or used. What the period gave stands at
    `max(entitlement, used + reserved)`: more is granted at once, less takes back only what is free. What people adjusted
    by hand stays on top. Without an entitlement only expiry is looked at; a contract that lost it has one of 0.
    """
    found = list(_expiry(state, at))
    if entitlement is not None:
        found += _difference(state, entitlement, at, cause or {})
    return tuple(found)


def _expiry(state: State, at: int) -> Iterable[Move]:
    for lot in sorted(state.lots.values(), key=_order):
        ends = lot.lot.expires_at
        if ends is not None and ends <= at and lot.available > 0:
            # It expired when its time ended, however much later that is noticed.
            yield _move(
                Kind.EXPIRE,
                Bucket.AVAILABLE,
                Bucket.EXPIRED,
                lot.available,
                lot.lot,
                ends,
                {"why": BY_PERIOD},
            )


def _difference(state: State, entitlement: Entitlement, at: int, cause: Cause) -> Iterable[Move]:
    period = entitlement.period
    known = state.lots.get(period.key)
    if known is None:
        opened = Lot(
            key=period.key, opens_at=period.starts_at, expires_at=period.ends_at, origin=entitlement.origin
        )
        known = LotState(lot=opened)
    used = known.consumed + known.reserved + max(known.transferred, 0)
    # An overrun is used without having been given: it must not be given afterwards.
    due = max(entitlement.quantity + known.by_hand, min(used, known.issued))
    missing = due - known.issued
    why = {
        **cause,
        "why": BY_TIER if entitlement.origin == TIER else BY_PERIOD,
        "entitled": entitlement.quantity,
    }
    if missing > 0:
        yield _move(Kind.GRANT, Bucket.ISSUED, Bucket.AVAILABLE, missing, known.lot, at, why)
    elif (back := min(-missing, known.available)) > 0:
        yield _move(Kind.ADJUST, Bucket.AVAILABLE, Bucket.ISSUED, back, known.lot, at, why)


def grant(*, lot: Lot, quantity: int, at: int, cause: Cause) -> Moves:
    """Give units of a lot, such as a block that was bought."""
    _positive(quantity)
    return (_move(Kind.GRANT, Bucket.ISSUED, Bucket.AVAILABLE, quantity, lot, at, cause),)


def bring_forward(
    *, lot: Lot, available: int, used: int, entitled: int, at: int, reservation: str, cause: Cause
) -> Moves:
    """An opening balance: what was left and used of a lot before these books began.

    `entitled` is what the programme gives for that lot (0 for a bought block): the difference to `available + used` is
    kept as an adjust by hand, so that settling does not undo it.
    """
    given = available + used
    found: list[Move] = []
    if max(entitled, given) > 0:
        found.append(
            _move(
                Kind.GRANT,
                Bucket.ISSUED,
                Bucket.AVAILABLE,
                entitled if entitled else given,
                lot,
                at,
                cause,
            )
        )
    if entitled and given > entitled:
        found.append(_move(Kind.ADJUST, Bucket.ISSUED, Bucket.AVAILABLE, given - entitled, lot, at, cause))
    elif given < entitled:
        found.append(_move(Kind.ADJUST, Bucket.AVAILABLE, Bucket.ISSUED, entitled - given, lot, at, cause))
    if used:
        # What was used before counts for the lot, not for the day the books began.
        when = max(lot.opens_at, min(at, _FOREVER if lot.expires_at is None else lot.expires_at - 1))
        found.append(
            _move(Kind.RESERVE, Bucket.AVAILABLE, Bucket.RESERVED, used, lot, when, cause, reservation)
        )
        found.append(
            _move(Kind.CONSUME, Bucket.RESERVED, Bucket.CONSUMED, used, lot, when, cause, reservation)
        )
    return tuple(found)


# --- requests -----------------------------------------------------------------------------------------


def reserve(
    state: State, *, quantity: int, at: int, reservation: str, cause: Cause, overrun: bool = False
) -> Moves:
    """Keep units of the lots in force at `at`, oldest expiring first. Raises `Insufficient`.

    What has expired since `at` is taken back for it (the request reached us, or the work was done, while it was in force).
    With `overrun` what is missing comes from the last lot in force, which goes below zero.
    """
    _positive(quantity)
    current = sorted((lot for lot in state.lots.values() if lot.lot.in_force(at)), key=_order)
    left = sum(lot.available + lot.expired for lot in current)
    if quantity > left and not (overrun and current):
        raise Insufficient(left=left, asked=quantity)
    found: list[Move] = []
    missing = quantity
    for lot in current:
        units = min(missing, max(lot.available, 0) + lot.expired)
        if units > 0:
            missing -= units
            found += _take(lot, units, at, reservation, cause)
    if missing:
        last = current[-1].lot
        found.append(
            _move(
                Kind.RESERVE,
                Bucket.AVAILABLE,
                Bucket.RESERVED,
                missing,
                last,
                at,
                {**cause, OVERRUN: 1},
                reservation,
            )
        )
    return tuple(found)


def _take(lot: LotState, units: int, at: int, reservation: str, cause: Cause) -> Iterable[Move]:
    late = units - max(lot.available, 0)
    if late > 0:
        yield _move(Kind.ADJUST, Bucket.EXPIRED, Bucket.AVAILABLE, late, lot.lot, at, {**cause, "late": 1})
    yield _move(Kind.RESERVE, Bucket.AVAILABLE, Bucket.RESERVED, units, lot.lot, at, cause, reservation)


def spend(
    state: State, *, quantity: int, at: int, reservation: str, cause: Cause, overrun: bool = False
) -> Moves:
    """Reserve and consume at once: work that was done. Raises `Insufficient`."""
    kept = reserve(state, quantity=quantity, at=at, reservation=reservation, cause=cause, overrun=overrun)
    used = (
        _move(Kind.CONSUME, Bucket.RESERVED, Bucket.CONSUMED, m.quantity, m.lot, at, cause, reservation)
        for m in kept
        if m.kind is Kind.RESERVE
    )
    return (*kept, *used)


def consume(state: State, *, reservation: str, at: int, cause: Cause, quantity: int | None = None) -> Moves:
    """Use what a reservation keeps (all of it, or some), even if its lot's time is over. Raises `BrokenLaw`."""
    return tuple(
        _move(Kind.CONSUME, Bucket.RESERVED, Bucket.CONSUMED, units, lot.lot, at, cause, reservation)
        for lot, units in _parts(state, reservation, quantity)
    )


def release(state: State, *, reservation: str, at: int, cause: Cause, quantity: int | None = None) -> Moves:
    """Let go of what a reservation keeps (all of it, or some). A unit whose time is over expires at once."""
    found: list[Move] = []
    # What expires last is let go of first, so that what is kept stays the oldest.
    for lot, units in _parts(state, reservation, quantity, newest_first=True):
        found.append(
            _move(Kind.RELEASE, Bucket.RESERVED, Bucket.AVAILABLE, units, lot.lot, at, cause, reservation)
        )
        found += _expired(lot.lot, min(units, lot.available + units), at, cause)
    return tuple(found)


def _expired(lot: Lot, units: int, at: int, cause: Cause) -> Iterable[Move]:
    # After an overrun a unit given back first fills what is below zero: then there is nothing to expire.
    if lot.over(at) and units > 0:
        yield _move(Kind.EXPIRE, Bucket.AVAILABLE, Bucket.EXPIRED, units, lot, at, cause)


def _parts(
    state: State, reservation: str, quantity: int | None, *, newest_first: bool = False
) -> Iterable[tuple[LotState, int]]:
    known = state.reservations.get(reservation)
    kept = 0 if known is None else known.quantity
    missing = kept if quantity is None else quantity
    if quantity is not None:
        _positive(quantity)
    if known is None or missing > kept:
        raise BrokenLaw(
            en=f"reservation {reservation} keeps {kept}, not {missing or 'anything'}",
            fr=f"la réservation {reservation} tient {kept}, pas {missing or 'quelque chose'}",
        )
    found: list[tuple[LotState, int]] = []
    for lot in sorted((state.lots[key] for key in known.parts), key=_order, reverse=newest_first):
        units = min(missing, known.parts[lot.lot.key])
        if units:
            missing -= units
            found.append((lot, units))
    return found


# --- by hand ------------------------------------------------------------------------------------------


def give_back(state: State, *, lot: str, quantity: int, at: int, cause: Cause) -> Moves:
    """Reverse a use of a lot, as a reversing time entry does. What comes back after its time expires at once."""
    _positive(quantity)
    known = _known(state, lot)
    moved = _move(Kind.ADJUST, Bucket.CONSUMED, Bucket.AVAILABLE, quantity, known.lot, at, cause)
    return (moved, *_expired(known.lot, min(quantity, known.available + quantity), at, cause))


def adjust(state: State, *, difference: int, at: int, cause: Cause, lot: Lot | None = None) -> Moves:
    """Correct an account by hand. Without a lot: more goes to the last lot in force, less is taken oldest expiring first.

    Raises `Insufficient` if fewer are free than are taken back, `BrokenLaw` if nothing is in force to add to.
    """
    _positive(abs(difference))
    current = sorted((known for known in state.lots.values() if known.lot.in_force(at)), key=_order)
    if difference > 0:
        if lot is None and not current:
            raise BrokenLaw(
                en="nothing is in force to add to: name a lot",
                fr="rien n’est en vigueur à quoi ajouter : nommez un lot",
            )
        to = current[-1].lot if lot is None else lot
        return (_move(Kind.ADJUST, Bucket.ISSUED, Bucket.AVAILABLE, difference, to, at, cause),)
    free = current if lot is None else [_known(state, lot.key)]
    return tuple(
        _move(Kind.ADJUST, Bucket.AVAILABLE, Bucket.ISSUED, units, known.lot, at, cause)
        for known, units in _free(free, -difference)
    )


def transfer_out(state: State, *, quantity: int, at: int, cause: Cause) -> Moves:
    """Take units out of an account for another, oldest expiring first. Raises `Insufficient`."""
    _positive(quantity)
    current = sorted((known for known in state.lots.values() if known.lot.in_force(at)), key=_order)
    return tuple(
        _move(Kind.TRANSFER, Bucket.AVAILABLE, Bucket.TRANSFERRED, units, known.lot, at, cause)
        for known, units in _free(current, quantity)
    )


def transfer_in(out: Iterable[Move], *, key: str, at: int, cause: Cause) -> Moves:
    """What arrives in the other account for the moves that left the first: each lot with its own time, under a new key."""
    return tuple(
        _move(
            Kind.TRANSFER,
            Bucket.TRANSFERRED,
            Bucket.AVAILABLE,
            move.quantity,
            Lot(
                key=f"{key}:{move.lot.key}",
                opens_at=move.lot.opens_at,
                expires_at=move.lot.expires_at,
                origin="transfer",
            ),
            at,
            cause,
        )
        for move in out
    )


def _known(state: State, key: str) -> LotState:
    known = state.lots.get(key)
    if known is None:
        raise BrokenLaw(en=f"there is no lot {key}", fr=f"il n’y a pas de lot {key}")
    return known


def _free(lots: Iterable[LotState], quantity: int) -> Iterable[tuple[LotState, int]]:
    lots = list(lots)
    left = sum(lot.available for lot in lots)
    if quantity > left:
        raise Insufficient(left=left, asked=quantity)
    found: list[tuple[LotState, int]] = []
    for lot in lots:
        units = min(quantity, max(lot.available, 0))
        if units:
            quantity -= units
            found.append((lot, units))
    return found
