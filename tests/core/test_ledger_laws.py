"""Laws of the ledger over random histories of two accounts between which units are transferred."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from palier.core import ledger, terms
from palier.core.ledger import Bucket, Kind, Lot, Move, State
from palier.core.localtime import DAY

ORIGINS = (date(2024, 2, 29), date(2025, 7, 15), date(2025, 11, 30), date(2026, 1, 31))
ZONES = ("Europe/Paris", "America/Toronto", "Pacific/Apia", "UTC")
units = st.integers(1, 6)


class Books(RuleBasedStateMachine):
    """Whatever is done to the books, in any order, every law holds after every act."""

    @initialize(
        origin=st.sampled_from(ORIGINS),
        zone=st.sampled_from(ZONES),
        per=st.sampled_from(["contract-year", "calendar-month", "term", "account"]),
        overrun=st.booleans(),
    )
    def begin(self, origin: date, zone: str, per: str, overrun: bool) -> None:
        self.origin, self.zone, self.per, self.overrun = origin, zone, per, overrun
        self.now = terms.start_of(origin, zone)
        self.tier = 0
        self.count = 0
        self.moves: list[Move] = []
        self.state: State = ledger.EMPTY
        self.other: State = ledger.EMPTY
        self.other_moves: list[Move] = []

    # --- helpers ---------------------------------------------------------------------------------------

    def write(self, moves: ledger.Moves) -> None:
        self.state = ledger.apply(self.state, moves)
        self.moves += moves

    def entitlement(self, at: int) -> ledger.Entitlement:
        period = ledger.entitlement_period(self.per, origin=self.origin, months=3, zone=self.zone, at=at)
        assert period is not None
        return ledger.Entitlement(quantity=self.tier, period=period, origin="tier")

    def id(self) -> str:
        self.count += 1
        return f"r{self.count}"

    def one(self, data: st.DataObject, keys: list[str]) -> str:
        return data.draw(st.sampled_from(sorted(keys)))

    # --- acts ------------------------------------------------------------------------------------------

    @rule(days=st.integers(0, 200))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY

    @rule(tier=st.integers(0, 5))
    def seats_change(self, tier: int) -> None:
        self.tier = tier
        self.settle()

    @rule()
    def settle(self) -> None:
        entitlement = self.entitlement(self.now)
        self.write(ledger.settle(self.state, entitlement, self.now))
        assert ledger.settle(self.state, entitlement, self.now) == ()
        lot = self.state.lots.get(entitlement.period.key)
        if lot is not None:
            used = lot.reserved + lot.consumed + max(lot.transferred, 0)
            assert lot.issued == max(self.tier + lot.by_hand, min(used, lot.issued))
        assert all(s.available <= 0 for s in self.state.lots.values() if s.lot.over(self.now))

    @rule(quantity=units, months=st.integers(0, 3))
    def buy(self, quantity: int, months: int) -> None:
        expires = self.now + months * 30 * DAY if months else None
        lot = Lot(key=self.id(), opens_at=self.now, expires_at=expires, origin=ledger.PURCHASE)
        self.write(ledger.grant(lot=lot, quantity=quantity, at=self.now, cause={"why": "purchase"}))

    @rule(quantity=units, back=st.integers(0, 60))
    def take(self, quantity: int, back: int) -> None:
        at = max(self.now - back * DAY, terms.start_of(self.origin, self.zone))
        current = [s for s in self.state.lots.values() if s.lot.in_force(at)]
        left = sum(s.available + s.expired for s in current)
        name = self.id()
        ask = partial(
            ledger.reserve,
            quantity=quantity,
            at=at,
            reservation=name,
            cause={"why": "choice"},
            overrun=self.overrun,
        )
        if quantity > left and not (self.overrun and current):
            with pytest.raises(ledger.Insufficient) as err:
                ask(self.state)
            assert (err.value.left, err.value.asked) == (left, quantity)
            return
        moves = ask(self.state)
        self.write(moves)
        assert self.state.reservations[name].quantity == quantity
        if quantity <= left:
            assert not any(m.cause.get("overrun") for m in moves)
        # Oldest expiring first: nothing is left in a lot that expires before one that was used.
        used = [m.lot.expires_at for m in moves if m.kind is Kind.RESERVE]
        latest = None if None in used else max(e for e in used if e is not None)
        for s in self.state.lots.values():
            ends = s.lot.expires_at
            if s.lot.in_force(at) and ends is not None and (latest is None or ends < latest):
                assert s.available <= 0

    @rule(quantity=units)
    def work(self, quantity: int) -> None:
        before = ledger.balance(self.state, self.now)
        try:
            moves = ledger.spend(
                self.state,
                quantity=quantity,
                at=self.now,
                reservation=self.id(),
                cause={},
                overrun=self.overrun,
            )
        except ledger.Insufficient:
            return
        self.write(moves)
        assert ledger.balance(self.state, self.now).consumed == before.consumed + quantity

    @precondition(lambda self: self.state.reservations)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        name = self.one(data, list(self.state.reservations))
        kept = self.state.reservations[name]
        quantity = data.draw(st.none() | st.integers(1, kept.quantity))
        moves = ledger.consume(self.state, reservation=name, at=self.now, cause={}, quantity=quantity)
        assert {m.lot.key for m in moves} <= set(kept.parts)
        self.write(moves)

    @precondition(lambda self: self.state.reservations)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        name = self.one(data, list(self.state.reservations))
        quantity = data.draw(st.none() | st.integers(1, self.state.reservations[name].quantity))
        before = self.state
        self.write(ledger.release(self.state, reservation=name, at=self.now, cause={}, quantity=quantity))
        for key, lot in self.state.lots.items():
            if lot.lot.over(self.now):
                assert lot.available <= max(before.lots[key].available, 0)

    @precondition(lambda self: any(s.consumed for s in self.state.lots.values()))
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        key = self.one(data, [k for k, s in self.state.lots.items() if s.consumed])
        quantity = data.draw(st.integers(1, self.state.lots[key].consumed))
        self.write(
            ledger.give_back(self.state, lot=key, quantity=quantity, at=self.now, cause={"why": "reversed"})
        )

    @rule(difference=st.integers(-4, 4).filter(bool))
    def correct(self, difference: int) -> None:
        before = ledger.balance(self.state, self.now)
        ask = partial(ledger.adjust, difference=difference, at=self.now, cause={"why": "by-hand"})
        if difference > 0 and not any(s.lot.in_force(self.now) for s in self.state.lots.values()):
            with pytest.raises(ledger.BrokenLaw):
                ask(self.state)
            return
        if difference < 0 and before.available < -difference:
            with pytest.raises(ledger.Insufficient) as err:
                ask(self.state)
            assert err.value.left == before.available
            return
        self.write(ask(self.state))
        assert ledger.balance(self.state, self.now).available == before.available + difference

    @rule(quantity=units)
    def hand_over(self, quantity: int) -> None:
        try:
            out = ledger.transfer_out(self.state, quantity=quantity, at=self.now, cause={})
        except ledger.Insufficient:
            return
        self.write(out)
        arriving = ledger.transfer_in(out, key=self.id(), at=self.now, cause={})
        self.other = ledger.apply(self.other, arriving)
        self.other_moves += arriving

    # --- laws ------------------------------------------------------------------------------------------

    @invariant()
    def every_unit_is_in_one_place(self) -> None:
        for s in (*self.state.lots.values(), *self.other.lots.values()):
            assert s.issued == s.available + s.reserved + s.consumed + s.expired + s.transferred

    @invariant()
    def nothing_is_below_zero_unless_allowed(self) -> None:
        for s in self.state.lots.values():
            assert min(s.reserved, s.consumed, s.expired, s.transferred, s.issued) >= 0
            assert self.overrun or s.available >= 0

    @invariant()
    def reservations_are_what_is_reserved(self) -> None:
        kept: Counter[str] = Counter()
        for reservation in self.state.reservations.values():
            assert min(reservation.parts.values()) > 0
            kept.update(dict(reservation.parts))
        assert kept == Counter({key: s.reserved for key, s in self.state.lots.items() if s.reserved})

    @invariant()
    def transfers_cancel_out(self) -> None:
        moved = [s.transferred for s in (*self.state.lots.values(), *self.other.lots.values())]
        assert sum(moved) == 0

    @invariant()
    def recomputed_is_stored(self) -> None:
        assert ledger.fold(self.moves) == self.state
        by_bucket: Counter[tuple[str, Bucket]] = Counter()
        for m in self.moves:
            by_bucket[m.lot.key, m.source] -= m.quantity
            by_bucket[m.lot.key, m.target] += m.quantity
        assert all(s.available == by_bucket[key, Bucket.AVAILABLE] for key, s in self.state.lots.items())
        assert sum(by_bucket.values()) == 0

    @invariant()
    def the_balance_is_what_lots_in_force_hold(self) -> None:
        shown = ledger.balance(self.state, self.now)
        assert shown.granted == shown.available + shown.reserved + shown.consumed
        everywhere = sum(s.reserved for s in self.state.lots.values())
        assert shown.reserved + shown.reserved_elsewhere == everywhere

    def teardown(self) -> None:
        posted = ledger.post(self.moves, account="a", seq=0, previous=ledger.GENESIS, recorded=self.now)
        found = ledger.verify(posted)
        assert (found.faults, found.seq, found.state) == ((), len(self.moves), self.state)


def histories(examples: int) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.data_too_large,
            ],
        ),
    )


def test_every_law_holds_over_random_histories() -> None:
    histories(300)


@pytest.mark.soak
def test_every_law_holds_over_ten_thousand_histories() -> None:
    histories(10_000)
