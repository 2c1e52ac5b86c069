"""Random histories of one account on the database: whatever people do, in whatever order, the laws of the books hold."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from uuid_utils.compat import uuid7

from palier.contracts import actions as contracts
from palier.core import ledger
from palier.ledger import by_hand, posting, queries, settling, verify
from palier.ledger.models import LotRow, ReservationRow
from palier.people import access

from . import world

CALLS = "grace-calls"
DAY = timedelta(days=1)
few = st.integers(1, 3)


class History(RuleBasedStateMachine):
    """What happens to the grace calls of one contract over two years; undone at its end."""

    customer: world.Customer
    finance: access.Viewer

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.now = world.JUNE
        self.kept: dict[UUID, int] = {}
        self.used: list[tuple[UUID, int]] = []
        self.consumed = 0
        self.lots: list[str] = []

    @initialize(days=st.integers(0, 400))
    def begin(self, days: int) -> None:
        self.now += days * DAY

    def act(
        self, act: Callable[..., posting.Posted], *, asked: int | None = None, **given: Any
    ) -> posting.Posted | None:
        refusal: access.Refused | None = None
        try:
            with transaction.atomic():
                done = act(**given, now=self.now)
        except access.Refused as error:
            refusal = error
        if isinstance(refusal, posting.NothingLeft):
            assert refusal.left < refusal.asked
            assert asked is None or asked == refusal.asked
        if refusal is not None:
            assert refusal.code in ("nothing-left", "not-in-the-books", "not-used", "granted-already"), (
                refusal
            )
            return None
        for one in done.postings:
            if one.move.kind is ledger.Kind.CONSUME:
                self.used.append((one.id, one.move.quantity))
                self.consumed += one.move.quantity
        return done

    @property
    def mine(self) -> dict[str, Any]:
        return {"owner": self.customer.owner(CALLS), "allowance": CALLS}

    def at(self, ago: int) -> datetime:
        return self.now - ago * DAY

    @rule(days=st.integers(1, 200))
    def time_goes_by(self, days: int) -> None:
        self.now += days * DAY

    @rule(seats=st.sampled_from([1, 5, 6, 15, 16, 40]))
    def seats_change(self, seats: int) -> None:
        # Refused where it is so already, or the contract is over.
        with contextlib.suppress(access.Refused), transaction.atomic():
            contracts.change_seats(
                by=self.customer.machine, contract=self.customer.contract, seats=seats, now=self.now
            )

    @rule()
    def a_night_goes_by(self) -> None:
        settling.settle_customer(
            vendor_id=self.customer.vendor_id, organisation_id=self.customer.organisation.id, now=self.now
        )

    @rule(quantity=few, ago=st.sampled_from([0, 0, 0, 1, 40, 300]))
    def reserve(self, quantity: int, ago: int) -> None:
        id_ = uuid7()
        done = self.act(
            posting.reserve,
            asked=quantity,
            quantity=quantity,
            reservation=id_,
            cause={"why": "choice"},
            at=self.at(ago),
            **self.mine,
        )
        if done is not None:
            self.kept[id_] = quantity

    @rule(quantity=few, ago=st.sampled_from([0, 1, 40, 300]))
    def spend(self, quantity: int, ago: int) -> None:
        self.act(
            posting.spend,
            asked=quantity,
            quantity=quantity,
            reservation=uuid7(),
            cause={"why": "time"},
            at=self.at(ago),
            **self.mine,
        )

    @precondition(lambda self: bool(self.kept))
    @rule(data=st.data(), use=st.booleans(), quantity=st.none() | few)
    def end_a_reservation(self, data: st.DataObject, use: bool, quantity: int | None) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.kept)))
        done = self.act(
            posting.consume if use else posting.release,
            vendor_id=self.customer.vendor_id,
            reservation=id_,
            cause={"why": "resolved"},
            at=self.now,
            quantity=quantity,
        )
        asked = self.kept[id_] if quantity is None else quantity
        assert (done is not None) == (asked <= self.kept[id_])
        if done is not None:
            self.kept[id_] -= asked
            if not self.kept[id_]:
                del self.kept[id_]

    @precondition(lambda self: bool(self.used))
    @rule(data=st.data(), quantity=few)
    def give_back(self, data: st.DataObject, quantity: int) -> None:
        place = data.draw(st.integers(0, len(self.used) - 1))
        id_, used = self.used[place]
        done = self.act(
            posting.give_back,
            vendor_id=self.customer.vendor_id,
            posting_id=id_,
            quantity=quantity,
            cause={"why": "reversed"},
            at=self.now,
        )
        assert (done is not None) == (quantity <= used)
        if done is not None:
            self.used[place] = (id_, used - quantity)
            self.consumed -= quantity

    @rule(quantity=few, days=st.none() | st.integers(1, 300))
    def buy(self, quantity: int, days: int | None) -> None:
        key = f"order:{len(self.lots)}"
        done = self.act(
            posting.grant,
            quantity=quantity,
            lot_key=key,
            opens_at=self.now,
            expires_at=None if days is None else self.now + days * DAY,
            origin="purchase",
            cause={"why": "purchase"},
            at=self.now,
            **self.mine,
        )
        assert done is not None
        self.lots.append(key)

    @precondition(lambda self: bool(self.lots))
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.lots))
        self.act(posting.withdraw, lot_key=key, cause={"why": "refund"}, at=self.now, **self.mine)

    @rule(difference=st.integers(-2, 2).filter(bool))
    def adjust(self, difference: int) -> None:
        self.act(by_hand.adjust, by=self.finance, difference=difference, reason="A mistake", **self.mine)

    def check_laws(self) -> None:
        found = verify.verify(vendor_id=self.customer.vendor_id)
        assert found.faults == ()
        lots = list(LotRow.objects.filter(account__allowance=CALLS))
        for lot in lots:
            assert lot.issued == lot.available + lot.reserved + lot.consumed + lot.expired + lot.transferred
            assert min(lot.available, lot.reserved, lot.consumed, lot.expired) >= 0
        assert sum(lot.reserved for lot in lots) == sum(self.kept.values())
        assert sum(lot.consumed for lot in lots) == self.consumed
        open_ones = ReservationRow.objects.filter(quantity__gt=0)
        assert sum(one.quantity for one in open_ones) == sum(self.kept.values())
        # Seen without writing, and written first: the same.
        shown = queries.balance(vendor_id=self.customer.vendor_id, at=self.now, **self.mine)
        self.a_night_goes_by()
        assert queries.balance(vendor_id=self.customer.vendor_id, at=self.now, **self.mine) == shown

    def teardown(self) -> None:
        try:
            self.check_laws()
        finally:
            transaction.savepoint_rollback(self.savepoint)


def histories(vendor_id: UUID, *, count: int, steps: int) -> None:
    customer = world.customer(vendor_id, seats=6)
    # Two years on end: histories cross an anniversary.
    contracts.renew(by=customer.machine, contract=customer.contract, now=world.JUNE, paid_at=world.JUNE)
    taken = {"customer": customer, "finance": world.finance(customer.machine)}
    run_state_machine_as_test(
        type("Told", (History,), taken),
        settings=settings(
            max_examples=count,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_300_histories_keep_every_law(within: UUID) -> None:
    histories(within, count=300, steps=10)


@pytest.mark.soak
def test_many_long_histories_keep_every_law(within: UUID) -> None:
    histories(within, count=3000, steps=40)
