"""The books of one account: what a posting moves, and the state that postings add up to.

An account has six buckets. A posting moves a positive quantity of one lot from one bucket to another, so that an account
always sums to zero: what is not in `issued` any more is in exactly one other place. `fold` refuses every move that breaks
a law, so a state that exists is a lawful one. Nothing here is ever changed in place. Rules: docs/reference/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a posting does."""

    GRANT = "grant"
    RESERVE = "reserve"
    RELEASE = "release"
    CONSUME = "consume"
    EXPIRE = "expire"
    TRANSFER = "transfer"
    ADJUST = "adjust"


class Bucket(StrEnum):
    """Where units of an account are. `issued` is the counter-account that grants come out of."""

    ISSUED = "issued"
    AVAILABLE = "available"
    RESERVED = "reserved"
    CONSUMED = "consumed"
    EXPIRED = "expired"
    TRANSFERRED = "transferred"


PURCHASE = "purchase"
BROUGHT_FORWARD = "brought-forward"
TRANSFER = "transfer"

BY_PERIOD = "period"
BY_TIER = "tier"
SETTLED = frozenset({BY_PERIOD, BY_TIER})
"""The reasons (`why` of a cause) of moves that follow from the programme. Adjusts for another reason were made by hand."""

OVERRUN = "overrun"
"""Set to 1 in the cause of a reservation whose programme lets an allowance go below zero."""

Cause = Mapping[str, str | int]
"""Ids and figures only, never names or free text: `{"why": "choice", "ticket": …, "decision": …, "clause": "B6"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """One grant: usable in `[opens_at, expires_at)`. `key` names it in its account; `origin` says where it comes from
    (`plan`, `tier`, `purchase`, `brought-forward`, `transfer`)."""

    key: str
    opens_at: int
    expires_at: int | None
    origin: str

    def in_force(self, at: int) -> bool:
        """Whether an instant lies in its time."""
        return self.opens_at <= at and not self.over(at)

    def over(self, at: int) -> bool:
        """Whether its time has ended."""
        return self.expires_at is not None and self.expires_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A quantity of a lot from one bucket to another. `at` is the instant it counts for (whose grant pays, when the work
    was done); when it was written down is `Posting.recorded`."""

    kind: Kind
    source: Bucket
    target: Bucket
    quantity: int
    lot: Lot
    at: int
    reservation: str | None
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class LotState:
    """Where the units of a lot are. `issued` is all that was given; `by_hand` the part of it that people adjusted.

    `issued = available + reserved + consumed + expired + transferred`; `transferred` is negative where units came in.
    """

    lot: Lot
    available: int = 0
    reserved: int = 0
    consumed: int = 0
    expired: int = 0
    transferred: int = 0
    issued: int = 0
    by_hand: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Units kept for one purpose: how many of which lot (by its key)."""

    id: str
    parts: Mapping[str, int]

    @property
    def quantity(self) -> int:
        """Units kept in all."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the postings of an account add up to: its lots, and the reservations that are still open."""

    lots: Mapping[str, LotState]
    reservations: Mapping[str, Reservation]


EMPTY = State(lots=MappingProxyType({}), reservations=MappingProxyType({}))


class BrokenLaw(ValueError):
    """A move that the books do not allow. `en` and `fr` say which law, in words."""

    def __init__(self, *, en: str, fr: str) -> None:
        self.en, self.fr = en, fr
        super().__init__(f"{en} / {fr}")


class Insufficient(ValueError):
    """More was asked for than is left: `left` of `asked` units (hours: minutes)."""

    def __init__(self, *, left: int, asked: int) -> None:
        self.left, self.asked = left, asked
        super().__init__(f"{left} left, {asked} asked for / il reste {left}, {asked} demandé(s)")


_LEGAL = frozenset(
    {
        (Kind.GRANT, Bucket.ISSUED, Bucket.AVAILABLE),
        (Kind.RESERVE, Bucket.AVAILABLE, Bucket.RESERVED),
        (Kind.RELEASE, Bucket.RESERVED, Bucket.AVAILABLE),
        (Kind.CONSUME, Bucket.RESERVED, Bucket.CONSUMED),
        (Kind.EXPIRE, Bucket.AVAILABLE, Bucket.EXPIRED),
        (Kind.TRANSFER, Bucket.AVAILABLE, Bucket.TRANSFERRED),
        (Kind.TRANSFER, Bucket.TRANSFERRED, Bucket.AVAILABLE),
        (Kind.ADJUST, Bucket.ISSUED, Bucket.AVAILABLE),
        (Kind.ADJUST, Bucket.AVAILABLE, Bucket.ISSUED),
        (Kind.ADJUST, Bucket.CONSUMED, Bucket.AVAILABLE),
        (Kind.ADJUST, Bucket.EXPIRED, Bucket.AVAILABLE),
    }
)
_BOTTOMLESS = frozenset({Bucket.ISSUED, Bucket.TRANSFERRED})
# Counter-buckets: units come out of them. Every other bucket holds what it holds.


class Books:
    """An account's books while they are being folded: the one place where they change."""

    __slots__ = ("buckets", "by_hand", "kept", "lots")

    def __init__(self, state: State) -> None:
        self.lots: dict[str, Lot] = {}
        self.buckets: dict[str, dict[Bucket, int]] = {}
        self.by_hand: dict[str, int] = {}
        self.kept: dict[str, dict[str, int]] = {r.id: dict(r.parts) for r in state.reservations.values()}
        for key, lot in state.lots.items():
            self.lots[key] = lot.lot
            self.by_hand[key] = lot.by_hand
            self.buckets[key] = {
                Bucket.ISSUED: -lot.issued,
                Bucket.AVAILABLE: lot.available,
                Bucket.RESERVED: lot.reserved,
                Bucket.CONSUMED: lot.consumed,
                Bucket.EXPIRED: lot.expired,
                Bucket.TRANSFERRED: lot.transferred,
            }

    def enter(self, move: Move) -> None:
        """Write one move down. Raises `BrokenLaw`, and then nothing was written."""
        # Verifying enters every posting there ever was: what most of them need is looked at here, without a call.
        kind, source, target, quantity = move.kind, move.source, move.target, move.quantity
        if quantity <= 0 or (kind, source, target) not in _LEGAL:
            raise BrokenLaw(
                en=f"{move.kind} of {move.quantity} from {move.source} to {move.target} does not exist",
                fr=f"{move.kind} de {move.quantity}, de {move.source} à {move.target}, n’existe pas",
            )
        key = move.lot.key
        buckets = self.buckets.get(key)
        if buckets is None:
            buckets = self._open(move)
        elif (lot := self.lots[key]) is not move.lot and lot != move.lot:
            raise BrokenLaw(
                en=f"lot {key} was opened with another time or origin",
                fr=f"le lot {key} a été ouvert avec une autre durée ou une autre origine",
            )
        if buckets[source] < quantity:
            self._check_quantity(move, buckets[source])
        if kind is Kind.RESERVE or kind is Kind.EXPIRE:
            self._check_time(move)
        if source is Bucket.RESERVED or target is Bucket.RESERVED:
            self._keep(move)
        buckets[source] -= quantity
        buckets[target] += quantity
        if kind is Kind.ADJUST and move.cause.get("why") not in SETTLED:
            self.by_hand[key] += move.quantity * (
                (move.source is Bucket.ISSUED) - (move.target is Bucket.ISSUED)
            )

    def _open(self, move: Move) -> dict[Bucket, int]:
        if move.source not in _BOTTOMLESS:
            raise BrokenLaw(
                en=f"{move.kind} of lot {move.lot.key}, of which nothing was granted",
                fr=f"{move.kind} sur le lot {move.lot.key}, dont rien n’a été accordé",
            )
        self.lots[move.lot.key] = move.lot
        self.by_hand[move.lot.key] = 0
        return self.buckets.setdefault(move.lot.key, dict.fromkeys(Bucket, 0))

    def _check_quantity(self, move: Move, held: int) -> None:
        if move.source in _BOTTOMLESS:
            return
        if move.kind is Kind.RESERVE and move.cause.get(OVERRUN) == 1:
            return
        raise BrokenLaw(
            en=f"{move.kind} of {move.quantity} of lot {move.lot.key}, which has {held} {move.source}",
            fr=f"{move.kind} de {move.quantity} sur le lot {move.lot.key}, qui en a {held} ({move.source})",
        )

    def _check_time(self, move: Move) -> None:
        if move.kind is Kind.RESERVE and not move.lot.in_force(move.at):
            raise BrokenLaw(
                en=f"lot {move.lot.key} is not in force at the instant the reservation counts for",
                fr=f"le lot {move.lot.key} n’est pas en vigueur à l’instant pour lequel la réservation compte",
            )
        if move.kind is Kind.EXPIRE and not move.lot.over(move.at):
            raise BrokenLaw(
                en=f"lot {move.lot.key} expires before its time is over",
                fr=f"le lot {move.lot.key} expire avant son terme",
            )

    def _keep(self, move: Move) -> None:
        """Keep a move's units for its reservation, or let go of them."""
        if move.reservation is None:
            raise BrokenLaw(en=f"{move.kind} without a reservation", fr=f"{move.kind} sans réservation")
        parts = self.kept.get(move.reservation, {})
        key = move.lot.key
        left = parts.get(key, 0) + (move.quantity if move.kind is Kind.RESERVE else -move.quantity)
        if left < 0:
            raise BrokenLaw(
                en=f"{move.kind} of {move.quantity} that reservation {move.reservation} does not hold",
                fr=f"{move.kind} de {move.quantity} que la réservation {move.reservation} ne tient pas",
            )
        parts[key] = left
        if not left:
            del parts[key]
        if parts:
            self.kept[move.reservation] = parts
        else:
            self.kept.pop(move.reservation, None)

    def state(self) -> State:
        """The books as a value."""
        return State(
            lots=MappingProxyType({key: self._lot(key) for key in self.lots}),
            reservations=MappingProxyType(
                {key: Reservation(id=key, parts=MappingProxyType(dict(p))) for key, p in self.kept.items()}
            ),
        )

    def _lot(self, key: str) -> LotState:
        buckets = self.buckets[key]
        return LotState(
            lot=self.lots[key],
            available=buckets[Bucket.AVAILABLE],
            reserved=buckets[Bucket.RESERVED],
            consumed=buckets[Bucket.CONSUMED],
            expired=buckets[Bucket.EXPIRED],
            transferred=buckets[Bucket.TRANSFERRED],
            issued=-buckets[Bucket.ISSUED],
            by_hand=self.by_hand[key],
        )


def apply(state: State, moves: Iterable[Move]) -> State:
    """The state after some moves, in their order. Raises `BrokenLaw`."""
    books = Books(state)
    for move in moves:
        books.enter(move)
    return books.state()


def step(state: State, move: Move) -> State:
    """The state after one move. Raises `BrokenLaw`."""
    return apply(state, (move,))


def fold(moves: Iterable[Move]) -> State:
    """The state that all moves of an account add up to, in their order. Raises `BrokenLaw`."""
    return apply(EMPTY, moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account shows at an instant, of the lots in force then (hours: minutes).

    `granted = available + reserved + consumed`. `reserved_elsewhere` is kept on lots of other periods; `expires_at`
    is the first instant at which something available expires, None where nothing does. `available` is below zero after an
    overrun.
    """

    available: int
    reserved: int
    consumed: int
    granted: int
    reserved_elsewhere: int
    expires_at: int | None


def balance(state: State, at: int, *, own: str | None = None) -> Balance:
    """What is left, kept and used at an instant. The units of reservation `own` count as still available.

    Of an instant in the past, what has expired since then was still there: it can be reserved for that instant.
    """
    current = [lot for lot in state.lots.values() if lot.lot.in_force(at)]
    kept = state.reservations.get(own) if own is not None else None
    mine = 0 if kept is None else kept.quantity
    here = 0 if kept is None else sum(kept.parts.get(lot.lot.key, 0) for lot in current)
    available = sum(lot.available + lot.expired for lot in current) + mine
    reserved = sum(lot.reserved for lot in current) - here
    consumed = sum(lot.consumed for lot in current)
    left = (lot.lot for lot in current if lot.available + lot.expired > 0)
    ends = (lot.expires_at for lot in left if lot.expires_at is not None)
    elsewhere = sum(lot.reserved for lot in state.lots.values() if not lot.lot.in_force(at)) - (mine - here)
    return Balance(
        available=available,
        reserved=reserved,
        consumed=consumed,
        granted=available + reserved + consumed,
        reserved_elsewhere=elsewhere,
        expires_at=min(ends, default=None),
    )
