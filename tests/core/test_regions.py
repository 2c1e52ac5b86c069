"""Regions against a walk over every point."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.core import regions
from palier.core.regions import Box, Point

SIZES = (2, 3, 4, 2)
POINTS: tuple[Point, ...] = tuple(itertools.product(*(range(size) for size in SIZES)))
boxes = st.tuples(*(st.integers(1, (1 << size) - 1) for size in SIZES))
several = st.lists(boxes, max_size=7)


def held(box: Box) -> frozenset[Point]:
    return frozenset(point for point in POINTS if regions.holds(box, point))


def union(found: list[Box]) -> frozenset[Point]:
    return frozenset().union(*map(held, found)) if found else frozenset()


def test_the_whole_space_holds_every_point() -> None:
    assert held(regions.whole(SIZES)) == frozenset(POINTS)


@given(boxes, boxes)
def test_what_two_boxes_have_in_common(a: Box, b: Box) -> None:
    both = regions.meet(a, b)
    assert (held(both) if both is not None else frozenset()) == held(a) & held(b)
    assert regions.within(a, b) == (held(a) <= held(b))


@given(boxes, several)
def test_what_is_left_is_what_a_walk_finds_each_point_once(box: Box, without: list[Box]) -> None:
    left = list(regions.parts(box, without))
    assert union(left) == held(box) - union(without)
    assert sum(len(held(one)) for one in left) == len(union(left))


@given(boxes, several)
def test_a_witness_is_found_exactly_when_something_is_left(box: Box, without: list[Box]) -> None:
    found = regions.witness(box, without)
    left = held(box) - union(without)
    assert (found in left) if left else found is None


@given(boxes, several)
def test_hiders_hide_and_none_can_be_left_out(box: Box, without: list[Box]) -> None:
    if held(box) - union(without):
        with pytest.raises(ValueError, match="left"):
            regions.hiders(box, without)
        return
    named = regions.hiders(box, without)
    assert held(box) <= union([without[place] for place in named])
    for place in named:
        assert held(box) - union([without[other] for other in named if other != place])


def test_of_two_that_hide_alike_the_first_is_named() -> None:
    box = (1, 1, 1, 1)
    assert regions.hiders(box, [(2, 7, 15, 3), (3, 7, 15, 3), (1, 7, 15, 3)]) == (1,)


@given(st.sampled_from(POINTS), several)
def test_a_box_around_a_point_changes_nothing_that_was_true_of_it(point: Point, others: list[Box]) -> None:
    inside = [one for one in others if regions.holds(one, point)]
    outside = [one for one in others if not regions.holds(one, point)]
    found = regions.around(point, inside=inside, outside=outside, space=regions.whole(SIZES))
    assert regions.holds(found, point)
    assert all(regions.within(found, one) for one in inside)
    assert all(regions.meet(found, one) is None for one in outside)
