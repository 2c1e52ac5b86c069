"""The ledger's worked figures: periods, tiers, who pays when, expiry, overrun, brought forward, chains."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.test_terms import micros

from palier.core import ledger, terms
from palier.core.conditions import Condition, Text
from palier.core.ledger import Bucket, Kind, Lot, Move, State
from palier.core.programme import Allowance, Tier

PARIS, TORONTO = "Europe/Paris", "America/Toronto"
CAUSE = {"why": "choice", "ticket": "t1", "clause": "B6"}


def at(text: str) -> int:
    return micros(text.replace("Z", "+00:00"))


def local(day: date, zone: str = PARIS) -> int:
    return terms.start_of(day, zone)


def year(origin: date, day: date, quantity: int, zone: str = PARIS) -> ledger.Entitlement:
    period = ledger.entitlement_period(
        "contract-year", origin=origin, months=12, zone=zone, at=local(day, zone)
    )
    assert period is not None
    return ledger.Entitlement(quantity=quantity, period=period, origin="tier")


def settled(state: State, entitlement: ledger.Entitlement | None, now: int) -> State:
    return ledger.apply(state, ledger.settle(state, entitlement, now))


def taken(state: State, id: str, now: int, quantity: int = 1) -> State:
    moves = ledger.reserve(state, quantity=quantity, at=now, reservation=id, cause=CAUSE)
    return ledger.apply(state, moves)


def used(state: State, id: str, now: int) -> State:
    return ledger.apply(state, ledger.consume(state, reservation=id, at=now, cause=CAUSE))


# --- periods -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "key", "ends"),
    [
        (date(2024, 2, 29), "year:2024-02-29", date(2025, 2, 28)),
        (date(2025, 2, 27), "year:2024-02-29", date(2025, 2, 28)),
        (date(2025, 2, 28), "year:2025-02-28", date(2026, 2, 28)),
        (date(2027, 3, 1), "year:2027-02-28", date(2028, 2, 29)),
        (date(2028, 2, 28), "year:2027-02-28", date(2028, 2, 29)),
        (date(2028, 2, 29), "year:2028-02-29", date(2029, 2, 28)),
    ],
)
def test_contract_years_count_from_the_29th_of_february(day: date, key: str, ends: date) -> None:
    found = ledger.entitlement_period(
        "contract-year", origin=date(2024, 2, 29), months=3, zone=PARIS, at=local(day)
    )
    assert found == ledger.Period(key=key, starts_at=local(date.fromisoformat(key[5:])), ends_at=local(ends))


@pytest.mark.parametrize(
    ("zone", "key"), [(TORONTO, "month:2026-01"), (PARIS, "month:2026-02"), ("UTC", "month:2026-02")]
)
def test_a_month_is_the_local_one(zone: str, key: str) -> None:
    found = ledger.entitlement_period(
        "calendar-month", origin=date(2025, 11, 17), months=12, zone=zone, at=at("2026-02-01T04:30:00Z")
    )
    assert found is not None
    assert found.key == key


def test_a_month_is_full_in_every_month_the_contract_touches() -> None:
    origin = date(2026, 1, 31)
    first = ledger.entitlement_period(
        "calendar-month", origin=origin, months=12, zone=TORONTO, at=local(origin, TORONTO)
    )
    assert first == ledger.Period(
        key="month:2026-01",
        starts_at=local(date(2026, 1, 1), TORONTO),
        ends_at=local(date(2026, 2, 1), TORONTO),
    )


def test_a_term_of_three_months_from_the_last_of_november() -> None:
    found = ledger.entitlement_period(
        "term", origin=date(2026, 11, 30), months=3, zone=PARIS, at=local(date(2027, 2, 27))
    )
    assert found == ledger.Period(
        key="term:2026-11-30", starts_at=local(date(2026, 11, 30)), ends_at=local(date(2027, 2, 28))
    )


def test_an_account_has_one_period_without_end() -> None:
    found = ledger.entitlement_period("account", origin=date(2026, 1, 1), months=12, zone=PARIS, at=0)
    assert found == ledger.Period(key="account", starts_at=0, ends_at=None)


@pytest.mark.parametrize("per", ["contract-year", "term", "calendar-month"])
def test_there_is_no_period_before_the_contract(per: str) -> None:
    before = local(date(2026, 2, 28))
    assert ledger.entitlement_period(per, origin=date(2026, 3, 1), months=3, zone=PARIS, at=before) is None


GRACE = Allowance(
    id="grace-calls",
    clause="L1",
    name=Text(values={"en": "calls", "fr": "appels"}),
    text=None,
    unit="call",
    per="contract-year",
    by_seats=(
        Tier(low=1, high=5, amount=1),
        Tier(low=6, high=15, amount=2),
        Tier(low=16, high=None, amount=3),
    ),
    not_for=((Condition(fact="term", values=("short-rental",)),),),
)


def entitled(
    allowance: Allowance = GRACE, granted: int | str | None = "by-seats", seats: int = 6, term: str = "year"
) -> ledger.Entitlement | None:
    return ledger.entitlement(
        allowance=allowance,
        granted=granted,
        seats=seats,
        facts={"term": term},
        origin=date(2025, 7, 15),
        months=12,
        zone=PARIS,
        at=local(date(2026, 1, 1)),
    )


@pytest.mark.parametrize(("seats", "calls"), [(0, 0), (1, 1), (5, 1), (6, 2), (15, 2), (16, 3), (400, 3)])
def test_calls_follow_the_seats(seats: int, calls: int) -> None:
    found = entitled(seats=seats)
    assert found is not None
    assert (found.quantity, found.origin, found.period.key) == (calls, "tier", "year:2025-07-15")


@pytest.mark.parametrize(
    ("granted", "term", "quantity", "origin"),
    [(2, "year", 2, "plan"), (None, "year", 0, "plan"), ("by-seats", "short-rental", 0, "tier")],
)
def test_a_plan_gives_a_number_or_none_and_a_short_rental_gets_none(
    granted: int | str | None, term: str, quantity: int, origin: str
) -> None:
    found = entitled(granted=granted, term=term)
    assert found is not None
    assert (found.quantity, found.origin) == (quantity, origin)


def test_hours_are_counted_in_minutes() -> None:
    hours = dataclasses.replace(GRACE, unit="hour", per="calendar-month", by_seats=(), not_for=())
    found = entitled(hours, granted=16)
    assert found is not None
    assert (found.quantity, found.period.key) == (960, "month:2026-01")


def test_there_is_no_entitlement_before_the_contract() -> None:
    found = ledger.entitlement(
        allowance=GRACE, granted=1, seats=1, facts={}, origin=date(2026, 1, 2), months=12, zone=PARIS, at=0
    )
    assert found is None


@pytest.mark.parametrize(
    ("per", "unit", "expected"),
    [
        ("calendar-month", "incident", 1),
        ("calendar-month", "hour", 2),
        ("contract-year", "call", 2),
        ("account", "device", 2),
    ],
)
def test_monthly_incidents_count_when_they_reached_us(per: str, unit: str, expected: int) -> None:
    assert ledger.counts_at(per, unit=unit, reached_at=1, chosen_at=2) == expected


# --- tiers ---------------------------------------------------------------------------------------------

ORIGIN = date(2025, 7, 15)
SUMMER = local(date(2025, 9, 1))


def calls(tier: int, *, consumed: int = 0, reserved: int = 0) -> State:
    state = settled(ledger.EMPTY, year(ORIGIN, ORIGIN, tier), SUMMER)
    for n in range(consumed + reserved):
        state = taken(state, f"r{n}", SUMMER)
    for n in range(consumed):
        state = used(state, f"r{n}", SUMMER)
    return state


@pytest.mark.parametrize(
    ("before", "now", "consumed", "reserved", "left", "granted"),
    [
        # 5 -> 6 seats: one call more, at once.
        (1, 2, 1, 0, 1, 2),
        (1, 2, 0, 0, 2, 2),
        # 16 -> 15 seats: what was used or reserved stands.
        (3, 2, 2, 1, 0, 3),
        (3, 2, 1, 0, 1, 2),
        (3, 2, 0, 0, 2, 2),
        (3, 0, 1, 1, 0, 2),
    ],
)
def test_a_tier_is_followed_at_once_and_never_takes_back_what_was_used(
    before: int, now: int, consumed: int, reserved: int, left: int, granted: int
) -> None:
    state = settled(calls(before, consumed=consumed, reserved=reserved), year(ORIGIN, ORIGIN, now), SUMMER)
    found = ledger.balance(state, SUMMER)
    assert (found.available, found.reserved, found.consumed, found.granted) == (
        left,
        reserved,
        consumed,
        granted,
    )
    assert ledger.settle(state, year(ORIGIN, ORIGIN, now), SUMMER) == ()


def test_a_call_released_under_a_lower_tier_goes() -> None:
    tier = year(ORIGIN, ORIGIN, 2)
    state = settled(calls(3, consumed=2, reserved=1), tier, SUMMER)
    state = ledger.apply(state, ledger.release(state, reservation="r2", at=SUMMER, cause=CAUSE))
    assert ledger.balance(state, SUMMER).available == 1
    moves = ledger.settle(state, tier, SUMMER, cause={"ticket": "t1", "why": "overwritten"})
    assert [(m.kind, m.quantity, m.cause) for m in moves] == [
        (Kind.ADJUST, 1, {"ticket": "t1", "why": "tier", "entitled": 2})
    ]
    assert ledger.balance(ledger.apply(state, moves), SUMMER).available == 0


def test_what_was_adjusted_by_hand_stays_on_top_of_the_tier() -> None:
    state = ledger.apply(
        calls(2), ledger.adjust(calls(2), difference=1, at=SUMMER, cause={"why": "goodwill"})
    )
    assert settled(state, year(ORIGIN, ORIGIN, 2), SUMMER) == state
    assert ledger.balance(settled(state, year(ORIGIN, ORIGIN, 1), SUMMER), SUMMER).available == 2
    less = ledger.apply(state, ledger.adjust(state, difference=-3, at=SUMMER, cause={"why": "mistake"}))
    assert settled(less, year(ORIGIN, ORIGIN, 2), SUMMER) == less


def test_a_replaced_device_is_an_adjust() -> None:
    devices = ledger.Entitlement(
        quantity=2, period=ledger.Period(key="account", starts_at=0, ends_at=None), origin="plan"
    )
    state = settled(ledger.EMPTY, devices, SUMMER)
    state = used(taken(state, "a", SUMMER, 2), "a", SUMMER)
    with pytest.raises(ledger.Insufficient, match="0 left, 1 asked"):
        taken(state, "b", SUMMER)
    state = ledger.apply(state, ledger.adjust(state, difference=1, at=SUMMER, cause={"why": "replaced"}))
    years_later = local(date(2040, 1, 1))
    assert ledger.balance(settled(state, devices, years_later), years_later).available == 1


# --- which grant pays ----------------------------------------------------------------------------------


def test_the_year_in_which_it_was_reserved_pays() -> None:
    reserved_at, done_at = local(date(2026, 7, 14)), local(date(2026, 7, 16))
    state = taken(settled(ledger.EMPTY, year(ORIGIN, date(2026, 7, 14), 1), reserved_at), "r", reserved_at)
    state = settled(state, year(ORIGIN, date(2026, 7, 16), 1), done_at)
    assert ledger.balance(state, done_at).reserved_elsewhere == 1
    state = settled(used(state, "r", done_at), year(ORIGIN, date(2026, 7, 16), 1), done_at)
    assert (state.lots["year:2025-07-15"].consumed, state.lots["year:2025-07-15"].available) == (1, 0)
    assert ledger.balance(state, done_at) == ledger.Balance(
        available=1,
        reserved=0,
        consumed=0,
        granted=1,
        reserved_elsewhere=0,
        expires_at=local(date(2027, 7, 15)),
    )


def test_a_unit_released_after_its_period_expires_at_once() -> None:
    reserved_at, late = local(date(2026, 7, 14)), local(date(2026, 7, 16))
    state = taken(settled(ledger.EMPTY, year(ORIGIN, date(2026, 7, 14), 2), reserved_at), "r", reserved_at)
    state = settled(state, None, late)
    assert state.lots["year:2025-07-15"].expired == 1
    moves = ledger.release(state, reservation="r", at=late, cause=CAUSE)
    assert [m.kind for m in moves] == [Kind.RELEASE, Kind.EXPIRE]
    state = ledger.apply(state, moves)
    assert (state.lots["year:2025-07-15"].expired, state.reservations) == (2, {})


def test_expiry_is_dated_at_the_end_of_the_period() -> None:
    state = settled(ledger.EMPTY, year(ORIGIN, ORIGIN, 2), SUMMER)
    (expired,) = ledger.settle(state, None, local(date(2026, 12, 1)))
    assert (expired.kind, expired.at, expired.quantity) == (Kind.EXPIRE, local(date(2026, 7, 15)), 2)


def january() -> ledger.Entitlement:
    period = ledger.entitlement_period(
        "calendar-month", origin=ORIGIN, months=12, zone=TORONTO, at=at("2026-02-01T04:30:00Z")
    )
    assert period is not None
    return ledger.Entitlement(quantity=4, period=period, origin="plan")


def test_an_incident_of_january_chosen_in_february_is_paid_by_january() -> None:
    reached, chosen = at("2026-02-01T04:30:00Z"), at("2026-02-03T15:00:00Z")
    state = settled(ledger.EMPTY, january(), at("2026-01-10T00:00:00Z"))
    state = settled(state, None, chosen)
    assert state.lots["month:2026-01"].expired == 4
    assert ledger.balance(state, reached).available == 4
    assert ledger.balance(state, chosen).available == 0
    moves = ledger.reserve(state, quantity=1, at=reached, reservation="r", cause=CAUSE)
    assert [(m.kind, m.source, m.cause.get("late")) for m in moves] == [
        (Kind.ADJUST, Bucket.EXPIRED, 1),
        (Kind.RESERVE, Bucket.AVAILABLE, None),
    ]
    state = ledger.apply(state, moves)
    assert (state.lots["month:2026-01"].reserved, state.lots["month:2026-01"].expired) == (1, 3)
    with pytest.raises(ledger.Insufficient, match="3 left, 4 asked"):
        taken(state, "more", reached, 4)


def test_a_month_nobody_used_is_granted_when_it_is_needed() -> None:
    chosen = at("2026-02-03T15:00:00Z")
    state = settled(ledger.EMPTY, january(), chosen)
    state = taken(state, "r", at("2026-02-01T04:30:00Z"))
    assert settled(state, None, chosen).lots["month:2026-01"].expired == 3


def test_an_event_in_the_next_year_is_reserved_against_that_year() -> None:
    approved, window = local(date(2026, 6, 1)), local(date(2026, 8, 1))
    state = settled(ledger.EMPTY, year(ORIGIN, date(2026, 6, 1), 1), approved)
    state = settled(state, year(ORIGIN, date(2026, 8, 1), 1), approved)
    state = taken(state, "event", window)
    assert ledger.balance(state, approved).available == 1
    assert ledger.balance(state, window).available == 0


def block(key: str, expires: date | None, quantity: int = 600) -> ledger.Moves:
    lot = Lot(
        key=key,
        opens_at=SUMMER,
        expires_at=None if expires is None else local(expires),
        origin=ledger.PURCHASE,
    )
    return ledger.grant(lot=lot, quantity=quantity, at=SUMMER, cause={"why": "purchase"})


def blocks() -> State:
    return ledger.fold(
        [*block("never", None), *block("late", date(2026, 12, 1)), *block("soon", date(2026, 3, 1), 60)]
    )


def test_the_oldest_expiring_is_used_first_and_let_go_of_last() -> None:
    state = taken(blocks(), "r", SUMMER, 700)
    assert state.reservations["r"].parts == {"soon": 60, "late": 600, "never": 40}
    moves = ledger.release(state, reservation="r", at=SUMMER, cause=CAUSE, quantity=100)
    assert [(m.lot.key, m.quantity) for m in moves] == [("never", 40), ("late", 60)]
    spent = ledger.consume(state, reservation="r", at=SUMMER, cause=CAUSE, quantity=100)
    assert [(m.lot.key, m.quantity) for m in spent] == [("soon", 60), ("late", 40)]


def test_the_balance_tells_what_expires_first() -> None:
    assert ledger.balance(blocks(), SUMMER).expires_at == local(date(2026, 3, 1))
    empty = ledger.apply(
        blocks(), ledger.spend(blocks(), quantity=60, at=SUMMER, reservation="r", cause=CAUSE)
    )
    assert ledger.balance(empty, SUMMER).expires_at == local(date(2026, 12, 1))


def test_a_decision_taken_again_is_not_shut_out_by_its_own_reservation() -> None:
    state = taken(calls(1), "mine", SUMMER)
    assert ledger.balance(state, SUMMER).available == 0
    assert ledger.balance(state, SUMMER, own="mine") == ledger.Balance(
        available=1, reserved=0, consumed=0, granted=1, reserved_elsewhere=0, expires_at=None
    )
    assert ledger.balance(state, SUMMER, own="gone").available == 0
    after = local(date(2026, 8, 1))
    assert ledger.balance(state, after, own="mine").available == 1
    assert ledger.balance(state, after, own="mine").reserved_elsewhere == 0


# --- overrun -------------------------------------------------------------------------------------------


def test_hours_go_below_zero_only_where_the_programme_lets_them() -> None:
    state = ledger.fold(block("soon", date(2026, 3, 1), 60))
    with pytest.raises(ledger.Insufficient):
        ledger.spend(state, quantity=90, at=SUMMER, reservation="r", cause=CAUSE)
    moves = ledger.spend(state, quantity=90, at=SUMMER, reservation="r", cause=CAUSE, overrun=True)
    state = ledger.apply(state, moves)
    assert ledger.balance(state, SUMMER).available == -30
    assert [m.cause.get("overrun") for m in moves if m.kind is Kind.RESERVE] == [None, 1]
    # What was overrun is not given afterwards, and a later block does not hide it.
    more = ledger.apply(state, block("late", date(2026, 12, 1)))
    assert ledger.balance(more, SUMMER).available == 570
    with pytest.raises(ledger.Insufficient, match="570 left, 571 asked"):
        taken(more, "r2", SUMMER, 571)
    assert ledger.balance(taken(more, "r2", SUMMER, 570), SUMMER).available == 0


def test_an_overrun_of_a_plan_is_not_granted_afterwards() -> None:
    state = calls(1)
    state = ledger.apply(
        state, ledger.spend(state, quantity=3, at=SUMMER, reservation="r", cause=CAUSE, overrun=True)
    )
    assert settled(state, year(ORIGIN, ORIGIN, 1), SUMMER) == state
    assert settled(state, year(ORIGIN, ORIGIN, 0), SUMMER) == state


def test_without_anything_in_force_there_is_nothing_to_overrun() -> None:
    with pytest.raises(ledger.Insufficient, match="0 left, 1 asked"):
        ledger.reserve(ledger.EMPTY, quantity=1, at=0, reservation="r", cause=CAUSE, overrun=True)


def test_what_comes_back_fills_an_overrun_before_it_expires() -> None:
    end = date(2026, 3, 1)
    state = ledger.fold(block("soon", end, 60))
    state = ledger.apply(
        state, ledger.reserve(state, quantity=100, at=SUMMER, reservation="r", cause=CAUSE, overrun=True)
    )
    moves = ledger.release(state, reservation="r", at=local(end), cause=CAUSE, quantity=30)
    assert [m.kind for m in moves] == [Kind.RELEASE]
    state = ledger.apply(state, moves)
    moves = ledger.release(state, reservation="r", at=local(end), cause=CAUSE, quantity=30)
    assert [(m.kind, m.quantity) for m in moves] == [(Kind.RELEASE, 30), (Kind.EXPIRE, 20)]
    ledger.apply(state, moves)


# --- by hand -------------------------------------------------------------------------------------------


def test_a_reversed_use_comes_back_or_expires() -> None:
    state = ledger.fold(block("soon", date(2026, 3, 1), 60))
    state = ledger.apply(state, ledger.spend(state, quantity=45, at=SUMMER, reservation="r", cause=CAUSE))
    back = ledger.apply(state, ledger.give_back(state, lot="soon", quantity=45, at=SUMMER, cause=CAUSE))
    assert ledger.balance(back, SUMMER).available == 60
    late = local(date(2026, 3, 2))
    assert ledger.balance(back, late).available == 0
    gone = ledger.apply(state, ledger.give_back(state, lot="soon", quantity=45, at=late, cause=CAUSE))
    assert gone.lots["soon"].expired == 45
    with pytest.raises(ledger.BrokenLaw, match="no lot other"):
        ledger.give_back(state, lot="other", quantity=1, at=SUMMER, cause=CAUSE)


def test_an_adjust_names_a_lot_or_finds_one() -> None:
    state = blocks()
    less = ledger.adjust(state, difference=-70, at=SUMMER, cause=CAUSE)
    assert [(m.lot.key, m.quantity) for m in less] == [("soon", 60), ("late", 10)]
    named = ledger.adjust(state, difference=-70, at=SUMMER, cause=CAUSE, lot=state.lots["never"].lot)
    assert [(m.lot.key, m.quantity) for m in named] == [("never", 70)]
    with pytest.raises(ledger.Insufficient):
        ledger.adjust(state, difference=-61, at=SUMMER, cause=CAUSE, lot=state.lots["soon"].lot)
    (more,) = ledger.adjust(state, difference=5, at=SUMMER, cause=CAUSE)
    assert more.lot.key == "never"
    with pytest.raises(ledger.BrokenLaw, match="nothing is in force"):
        ledger.adjust(ledger.EMPTY, difference=5, at=SUMMER, cause=CAUSE)
    (first,) = ledger.adjust(ledger.EMPTY, difference=5, at=SUMMER, cause=CAUSE, lot=more.lot)
    assert ledger.balance(ledger.fold([first]), SUMMER).available == 5


def test_a_transfer_keeps_the_time_of_what_it_moves() -> None:
    out = ledger.transfer_out(blocks(), quantity=100, at=SUMMER, cause=CAUSE)
    arriving = ledger.fold(ledger.transfer_in(out, key="tr", at=SUMMER, cause=CAUSE))
    assert {key: (s.available, s.lot.expires_at) for key, s in arriving.lots.items()} == {
        "tr:soon": (60, local(date(2026, 3, 1))),
        "tr:late": (40, local(date(2026, 12, 1))),
    }
    left = ledger.apply(blocks(), out)
    assert ledger.balance(left, SUMMER).available + ledger.balance(arriving, SUMMER).available == 1260
    with pytest.raises(ledger.Insufficient):
        ledger.transfer_out(left, quantity=1161, at=SUMMER, cause=CAUSE)


def test_a_transferred_unit_of_a_plan_counts_as_used() -> None:
    state = calls(2)
    state = ledger.apply(state, ledger.transfer_out(state, quantity=1, at=SUMMER, cause=CAUSE))
    assert settled(state, year(ORIGIN, ORIGIN, 1), SUMMER).lots["year:2025-07-15"].available == 0


@pytest.mark.parametrize(
    ("available", "consumed", "entitled_to", "kinds"),
    [
        (1, 1, 2, ["grant", "reserve", "consume"]),
        (2, 1, 2, ["grant", "adjust", "reserve", "consume"]),
        (0, 1, 2, ["grant", "adjust", "reserve", "consume"]),
        (0, 0, 2, ["grant", "adjust"]),
        (600, 0, 0, ["grant"]),
        (480, 120, 0, ["grant", "reserve", "consume"]),
        (0, 0, 0, []),
    ],
)
def test_an_opening_balance_stands_and_settling_leaves_it(
    available: int, consumed: int, entitled_to: int, kinds: list[str]
) -> None:
    due = year(ORIGIN, ORIGIN, entitled_to)
    lot = Lot(
        key=due.period.key,
        opens_at=due.period.starts_at,
        expires_at=due.period.ends_at,
        origin="brought-forward",
    )
    moves = ledger.bring_forward(
        lot=lot,
        available=available,
        used=consumed,
        entitled=entitled_to,
        at=SUMMER,
        reservation="before",
        cause={"why": ledger.BROUGHT_FORWARD},
    )
    assert [m.kind for m in moves] == kinds
    state = ledger.fold(moves)
    found = ledger.balance(state, SUMMER)
    assert (found.available, found.consumed) == (available, consumed)
    if entitled_to:
        assert settled(state, due, SUMMER) == state


def test_an_opening_balance_may_be_of_a_lot_without_end() -> None:
    moves = ledger.bring_forward(
        lot=Lot(key="account", opens_at=0, expires_at=None, origin="plan"),
        available=1,
        used=1,
        entitled=2,
        at=SUMMER,
        reservation="before",
        cause={},
    )
    assert {m.at for m in moves} == {SUMMER}


@pytest.mark.parametrize(
    "act",
    [
        lambda s: ledger.reserve(s, quantity=0, at=SUMMER, reservation="r", cause={}),
        lambda s: ledger.grant(lot=s.lots["soon"].lot, quantity=-1, at=SUMMER, cause={}),
        lambda s: ledger.adjust(s, difference=0, at=SUMMER, cause={}),
        lambda s: ledger.transfer_out(s, quantity=0, at=SUMMER, cause={}),
        lambda s: ledger.give_back(s, lot="soon", quantity=0, at=SUMMER, cause={}),
        lambda s: ledger.consume(taken(s, "x", SUMMER), reservation="x", at=SUMMER, cause={}, quantity=0),
    ],
)
def test_nothing_moves_by_zero_or_less(act: Callable[[State], ledger.Moves]) -> None:
    with pytest.raises(ledger.BrokenLaw, match="whole units above zero"):
        act(blocks())


def test_a_reservation_gives_no_more_than_it_keeps() -> None:
    state = taken(blocks(), "r", SUMMER, 10)
    with pytest.raises(ledger.BrokenLaw, match="keeps 10, not 11"):
        ledger.consume(state, reservation="r", at=SUMMER, cause={}, quantity=11)
    with pytest.raises(ledger.BrokenLaw, match="keeps 0, not anything"):
        ledger.release(state, reservation="other", at=SUMMER, cause={})


# --- the books refuse ----------------------------------------------------------------------------------

LOT = Lot(key="lot", opens_at=10, expires_at=20, origin="plan")
GRANT = Move(
    kind=Kind.GRANT,
    source=Bucket.ISSUED,
    target=Bucket.AVAILABLE,
    quantity=2,
    lot=LOT,
    at=5,
    reservation=None,
    cause={},
)


def move(kind: Kind, source: Bucket, target: Bucket, **other: object) -> Move:
    found: Move = dataclasses.replace(GRANT, kind=kind, source=source, target=target, quantity=1, at=10)
    return dataclasses.replace(found, **other)  # type: ignore[arg-type]


RESERVE = move(Kind.RESERVE, Bucket.AVAILABLE, Bucket.RESERVED, reservation="r")


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (dataclasses.replace(GRANT, quantity=0), "does not exist"),
        (move(Kind.GRANT, Bucket.AVAILABLE, Bucket.ISSUED), "does not exist"),
        (dataclasses.replace(GRANT, lot=dataclasses.replace(LOT, expires_at=21)), "another time or origin"),
        (dataclasses.replace(RESERVE, lot=dataclasses.replace(LOT, key="other")), "nothing was granted"),
        (dataclasses.replace(RESERVE, quantity=3), "has 2 available"),
        (dataclasses.replace(RESERVE, at=9), "not in force"),
        (dataclasses.replace(RESERVE, at=20), "not in force"),
        (dataclasses.replace(RESERVE, reservation=None), "without a reservation"),
        (move(Kind.EXPIRE, Bucket.AVAILABLE, Bucket.EXPIRED, at=19), "before its time"),
        (move(Kind.CONSUME, Bucket.RESERVED, Bucket.CONSUMED, reservation="r"), "has 0 reserved"),
        (move(Kind.TRANSFER, Bucket.AVAILABLE, Bucket.TRANSFERRED, quantity=3), "has 2 available"),
    ],
)
def test_the_books_refuse_what_breaks_a_law(refused: Move, why: str) -> None:
    state = ledger.fold([GRANT])
    with pytest.raises(ledger.BrokenLaw, match=why) as err:
        ledger.step(state, refused)
    assert err.value.fr not in ("", err.value.en)


def test_a_reservation_cannot_use_what_another_keeps() -> None:
    state = ledger.fold([GRANT, RESERVE])
    with pytest.raises(ledger.BrokenLaw, match="reservation s does not hold"):
        ledger.step(state, move(Kind.CONSUME, Bucket.RESERVED, Bucket.CONSUMED, reservation="s"))


def test_a_lot_without_an_end_never_expires() -> None:
    endless = dataclasses.replace(LOT, expires_at=None)
    state = ledger.fold([dataclasses.replace(GRANT, lot=endless)])
    with pytest.raises(ledger.BrokenLaw, match="before its time"):
        ledger.step(state, move(Kind.EXPIRE, Bucket.AVAILABLE, Bucket.EXPIRED, at=1 << 60, lot=endless))


# --- the chain -----------------------------------------------------------------------------------------


def chain() -> list[ledger.Posting]:
    moves = [
        GRANT,
        RESERVE,
        dataclasses.replace(
            RESERVE, kind=Kind.CONSUME, source=Bucket.RESERVED, target=Bucket.CONSUMED, at=12
        ),
    ]
    first = ledger.post(moves[:1], account="acc", seq=0, previous=ledger.GENESIS, recorded=100)
    return [*first, *ledger.post(moves[1:], account="acc", seq=1, previous=first[-1].hash, recorded=101)]


def test_a_chain_that_nobody_touched_has_no_fault() -> None:
    assert ledger.verify_chain(chain()) == []
    found = ledger.verify(chain())
    assert (found.seq, found.hash, found.state.lots["lot"].consumed) == (3, chain()[-1].hash, 1)


def test_the_seal_is_the_hash_of_canonical_json() -> None:
    written = {
        "account": "acc",
        "at": 5,
        "cause": {},
        "kind": "grant",
        "lot": ["lot", 10, 20, "plan"],
        "previous": "00" * 32,
        "quantity": 2,
        "recorded": 100,
        "reservation": None,
        "seq": 1,
        "source": "issued",
        "target": "available",
    }
    line = json.dumps(written, sort_keys=True, separators=(",", ":"))
    assert chain()[0].hash == hashlib.sha256(line.encode()).digest()


words = st.text(max_size=6)
numbers = st.integers(-(1 << 60), 1 << 60)


@given(
    account=words,
    seq=numbers,
    recorded=numbers,
    previous=st.binary(min_size=32, max_size=32),
    cause=st.dictionaries(words, words | numbers, max_size=4),
    lot=st.builds(Lot, key=words, opens_at=numbers, expires_at=st.none() | numbers, origin=words),
    reservation=st.none() | words,
)
def test_the_line_that_is_sealed_is_the_encoders(
    account: str,
    seq: int,
    recorded: int,
    previous: bytes,
    cause: dict[str, str | int],
    lot: Lot,
    reservation: str | None,
) -> None:
    sealed = dataclasses.replace(RESERVE, cause=cause, lot=lot, reservation=reservation)
    told = {
        "account": account,
        "at": sealed.at,
        "cause": cause,
        "kind": "reserve",
        "lot": [lot.key, lot.opens_at, lot.expires_at, lot.origin],
        "previous": previous.hex(),
        "quantity": sealed.quantity,
        "recorded": recorded,
        "reservation": reservation,
        "seq": seq,
        "source": "available",
        "target": "reserved",
    }
    line = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    found = ledger.digest(previous=previous, account=account, seq=seq, move=sealed, recorded=recorded)
    assert found == hashlib.sha256(line.encode()).digest()


def test_the_seal_in_the_reference_can_be_computed_by_hand() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "ledger.md").read_text(encoding="utf-8")
    found = re.search(r"```json\n(.*)\n```\n\nhashes to `([0-9a-f]{64})`", page)
    assert found is not None
    line, seal = found.groups()
    assert hashlib.sha256(line.encode()).hexdigest() == seal
    told = json.loads(line)
    key, opens, expires, origin = told["lot"]
    granted = dataclasses.replace(
        GRANT,
        quantity=told["quantity"],
        at=told["at"],
        cause=told["cause"],
        lot=Lot(key=key, opens_at=opens, expires_at=expires, origin=origin),
    )
    (posted,) = ledger.post(
        [granted], account=told["account"], seq=0, previous=ledger.GENESIS, recorded=told["recorded"]
    )
    assert posted.hash.hex() == seal


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda c: [c[0], c[2]], ["number", "link", "law"]),
        (
            lambda c: [dataclasses.replace(c[0], move=dataclasses.replace(GRANT, quantity=9)), *c[1:]],
            ["seal"],
        ),
        (lambda c: [dataclasses.replace(c[0], recorded=99), *c[1:]], ["seal"]),
        (lambda c: [dataclasses.replace(c[0], hash=bytes(32)), *c[1:]], ["seal", "link"]),
        (lambda c: [c[1], c[0], c[2]], ["number", "link", "law", "number", "link", "number", "link", "law"]),
        (lambda c: c[1:], ["number", "link", "law", "law"]),
    ],
)
def test_every_change_of_a_chain_shows(
    change: Callable[[list[ledger.Posting]], list[ledger.Posting]], kinds: list[str]
) -> None:
    faults = ledger.verify_chain(change(chain()))
    assert [f.kind for f in faults] == kinds
    assert all(f.en and f.fr and f.account == "acc" for f in faults)


def test_a_head_is_one_leaf() -> None:
    assert ledger.head_leaf(account="acc", seq=3, hash=b"\x01\x02") == b"acc\x003\x00\x01\x02"
