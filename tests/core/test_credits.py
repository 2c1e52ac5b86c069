"""Incident credits: worked figures and laws."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.test_ledger import at

from palier.core import credits as incident_credits
from palier.core.credits import Block, Credit, Incident
from palier.core.localtime import DAY
from palier.core.money import Amount

PARIS, TORONTO = "Europe/Paris", "America/Toronto"


def cad(minor: int) -> Amount:
    return Amount(minor=minor, currency="CAD")


def incident(
    id: str = "i", paid: str = "2026-03-02T03:30:00Z", minor: int = 19_500, days: int = 30
) -> Incident:
    return Incident(id=id, amount=cad(minor), paid_at=at(paid), towards="hours-10", days=days)


def block(id: str = "b", paid: str = "2026-04-01T10:00:00Z", minor: int = 165_000) -> Block:
    return Block(id=id, price="hours-10", amount=cad(minor), paid_at=at(paid))


ONE = Credit(incident="i", block="b", amount=cad(19_500))


@pytest.mark.parametrize(
    ("paid", "zone", "credited"),
    [
        # Paid on 2 March in Paris, on 1 March in Toronto: 30 days later is 1 April, 31 March.
        ("2026-04-01T10:00:00Z", PARIS, True),
        ("2026-04-01T10:00:00Z", TORONTO, False),
        ("2026-04-01T21:59:59Z", PARIS, True),
        ("2026-04-01T22:00:00Z", PARIS, False),
        ("2026-04-01T03:59:59Z", TORONTO, True),
        ("2026-04-01T04:00:00Z", TORONTO, False),
        # The day of payment itself counts, whatever the hour; a day before does not.
        ("2026-03-01T23:00:00Z", PARIS, True),
        ("2026-03-01T22:59:59Z", PARIS, False),
        ("2026-03-01T05:00:00Z", TORONTO, True),
        ("2026-03-01T04:59:59Z", TORONTO, False),
    ],
)
def test_day_30_and_day_31_in_two_zones(paid: str, zone: str, credited: bool) -> None:
    assert incident_credits.due([incident()], [block(paid=paid)], zone=zone) == ((ONE,) if credited else ())


def test_several_incidents_go_against_one_block_each_once() -> None:
    found = incident_credits.due(
        [incident("i1"), incident("i2")], [block("b1"), block("b2", "2026-04-01T11:00:00Z")], zone=PARIS
    )
    assert [(c.incident, c.block) for c in found] == [("i1", "b1"), ("i2", "b1")]


def test_a_block_never_costs_less_than_nothing() -> None:
    small = block("small", minor=30_000)
    found = incident_credits.due([incident("i1"), incident("i2"), incident("i3")], [small], zone=PARIS)
    assert [(c.incident, c.amount.minor) for c in found] == [("i1", 19_500), ("i2", 10_500)]


def test_an_incident_prefers_a_block_with_room_for_all_of_it() -> None:
    small, large = block("small", "2026-03-20T10:00:00Z", 10_000), block("large")
    found = incident_credits.due([incident()], [large, small], zone=PARIS)
    assert [(c.block, c.amount.minor) for c in found] == [("large", 19_500)]


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(block(), price="hours-40"),
        dataclasses.replace(block(), amount=Amount(minor=165_000, currency="EUR")),
        dataclasses.replace(block(), refunded=True),
    ],
)
def test_another_price_another_currency_or_a_refund_gives_nothing(other: Block) -> None:
    assert incident_credits.due([incident()], [other], zone=PARIS) == ()
    assert not incident_credits.creditable(incident(), other, zone=PARIS)


def test_refunding_the_block_restores_the_credit_for_another() -> None:
    first, second = block("b"), block("b2", "2026-04-01T12:00:00Z")
    before = incident_credits.due([incident()], [first], zone=PARIS)
    refunded = dataclasses.replace(first, refunded=True)
    after = incident_credits.due([incident()], [refunded], zone=PARIS)
    assert incident_credits.difference(standing=before, now=after) == incident_credits.Difference(
        give=(), take_back=(ONE,)
    )
    again = incident_credits.due([incident()], [refunded, second], zone=PARIS)
    assert again == (dataclasses.replace(ONE, block="b2"),)


def test_refunding_the_incident_charges_it_back() -> None:
    before = incident_credits.due([incident()], [block()], zone=PARIS)
    after = incident_credits.due([dataclasses.replace(incident(), refunded=True)], [block()], zone=PARIS)
    assert incident_credits.difference(standing=before, now=after).take_back == (ONE,)
    assert incident_credits.difference(standing=after, now=before) == incident_credits.Difference(
        give=(ONE,), take_back=()
    )
    assert incident_credits.difference(standing=before, now=before) == incident_credits.Difference(
        give=(), take_back=()
    )


START = at("2026-01-01T00:00:00Z")
payments = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 40_000), st.booleans()), max_size=6)


@given(incidents=payments, blocks=payments, shuffled=st.randoms(use_true_random=False))
def test_credits_do_not_depend_on_the_order_of_recording(
    incidents: list[tuple[int, int, bool]], blocks: list[tuple[int, int, bool]], shuffled: random.Random
) -> None:
    paid = [
        dataclasses.replace(incident(f"i{n}", minor=m), paid_at=START + d * DAY, refunded=r)
        for n, (d, m, r) in enumerate(incidents)
    ]
    bought = [
        dataclasses.replace(block(f"b{n}", minor=m * 3), paid_at=START + d * DAY, refunded=r)
        for n, (d, m, r) in enumerate(blocks)
    ]
    found = incident_credits.due(paid, bought, zone=TORONTO)
    mixed_paid, mixed_bought = paid[:], bought[:]
    shuffled.shuffle(mixed_paid)
    shuffled.shuffle(mixed_bought)
    assert incident_credits.due(mixed_paid, mixed_bought, zone=TORONTO) == found
    # Once an incident, within its price; a block never below nothing; none left out while a block has room.
    assert len({c.incident for c in found}) == len(found)
    by_id = {one.id: one for one in paid}
    room = {one.id: one.amount.minor for one in bought}
    for c in found:
        assert 0 < c.amount.minor <= by_id[c.incident].amount.minor
        room[c.block] -= c.amount.minor
    assert min(room.values(), default=0) >= 0
    credited = {c.incident for c in found}
    for one in paid:
        if one.id not in credited:
            assert not any(room[b.id] and incident_credits.creditable(one, b, zone=TORONTO) for b in bought)
