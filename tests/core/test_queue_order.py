"""The order of the queue, and that ranking moves nobody else."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from palier.core import queue_order
from palier.core.queue_order import NEVER, Key, Queued, natural_key, order_keys


def ticket(number: int, **more: object) -> Queued:
    return Queued(**{"severity": 2, "priority": 0, "due": 100, "number": number, **more})  # type: ignore[arg-type]


def test_what_comes_before_what() -> None:
    in_order = [
        ticket(9, severity=3, breached=True),
        ticket(8, severity=4, critical_unrelieved=True),
        ticket(7, severity=1),
        ticket(6, severity=2, priority=2, due=900),
        ticket(5, severity=2, priority=1, due=200),
        ticket(3, severity=2, priority=1, due=300),
        ticket(4, severity=2, priority=1, due=300),
        ticket(2, severity=2, priority=1, due=None),
        ticket(1, severity=3),
    ]
    shuffled = in_order[1::2] + in_order[::2]
    assert sorted(shuffled, key=natural_key) == in_order


def test_a_key_holds_what_is_sorted_by() -> None:
    key = natural_key(ticket(7, priority=2, due=None, breached=True))
    assert key == Key(calm=False, severity=2, priority=-2, due=NEVER, number=7)


def test_a_ranks_its_third_then_its_first() -> None:
    ours = {"A1": ticket(1, rank=2), "A2": ticket(3), "A3": ticket(4, rank=1)}
    theirs = {"B1": ticket(2)}
    keys = {**order_keys(ours.items()), **order_keys(theirs.items())}
    assert sorted(keys, key=keys.__getitem__) == ["A3", "B1", "A1", "A2"]


def test_ranks_move_tickets_within_equal_severity_only() -> None:
    ours = {
        "grave": ticket(1, severity=1),
        "light": ticket(2, severity=3, rank=1),
        "missed": ticket(3, severity=3, breached=True),
    }
    keys = order_keys(ours.items())
    assert sorted(keys, key=keys.__getitem__) == ["light", "grave", "missed"]
    assert keys["light"] == natural_key(ours["missed"])


TICKETS = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.builds(
            Queued,
            severity=st.integers(1, 3),
            priority=st.integers(0, 1),
            due=st.none() | st.integers(0, 5),
            number=st.just(0),
            breached=st.booleans(),
            critical_unrelieved=st.booleans(),
            rank=st.none() | st.integers(1, 4),
        ),
    ),
    max_size=12,
)


def numbered(drawn: list[tuple[str, Queued]], *, ranked: bool) -> list[tuple[str, Queued]]:
    return [
        (owner, replace(one, number=number, rank=one.rank if ranked else None))
        for number, (owner, one) in enumerate(drawn)
    ]


def queue(tickets: list[tuple[str, Queued]]) -> list[tuple[str, int]]:
    """The whole desk's queue as (owner, number), each owner's keys reckoned apart."""
    keys: dict[tuple[str, int], Key] = {}
    for owner in "AB":
        keys |= order_keys(((name, one.number), one) for name, one in tickets if name == owner)
    assert len(set(keys.values())) == len(keys)
    return sorted(keys, key=keys.__getitem__)


@given(TICKETS)
def test_ranking_never_moves_another_customer(drawn: list[tuple[str, Queued]]) -> None:
    plain, ranked = numbered(drawn, ranked=False), numbered(drawn, ranked=True)
    before = queue(plain)
    after = queue(
        [with_ if with_[0] == "A" else without for with_, without in zip(ranked, plain, strict=True)]
    )
    assert [owner for owner, _ in after] == [owner for owner, _ in before]
    assert [one for one in after if one[0] == "B"] == [one for one in before if one[0] == "B"]


@given(TICKETS)
def test_places_within_a_severity_are_kept_and_filled_by_rank(drawn: list[tuple[str, Queued]]) -> None:
    tickets = {one.number: one for _, one in numbered(drawn, ranked=True)}
    keys = order_keys(tickets.items())
    for severity in (1, 2, 3):
        group = [number for number, one in tickets.items() if one.severity == severity]
        assert sorted(keys[number] for number in group) == sorted(
            natural_key(tickets[number]) for number in group
        )
        ranks = [tickets[number].rank for number in sorted(group, key=keys.__getitem__)]
        ranked = [rank for rank in ranks if rank is not None]
        assert ranks == sorted(ranked) + [None] * (len(ranks) - len(ranked))


@given(TICKETS)
def test_without_ranks_each_has_its_natural_place(drawn: list[tuple[str, Queued]]) -> None:
    tickets = [(one.number, one) for _, one in numbered(drawn, ranked=False)]
    assert queue_order.order_keys(tickets) == {number: natural_key(one) for number, one in tickets}
