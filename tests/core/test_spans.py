"""Spans as sets of instants, held against Python's own sets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.core import spans
from palier.core.spans import Span

pairs = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 8)).map(lambda p: (p[0], p[0] + p[1])), max_size=8
)


def points(found: spans.Spans) -> set[int]:
    return {point for start, end in found for point in range(start, end)}


def is_canonical(found: spans.Spans) -> bool:
    return all(isinstance(one, Span) and one.start < one.end for one in found) and all(
        a.end < b.start for a, b in pairwise(found)
    )


@given(pairs, pairs)
def test_set_logic(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    a, b = spans.join(left), spans.join(right)
    assert is_canonical(a)
    assert points(a) == {point for start, end in left for point in range(start, end)}
    for found, expected in [
        (spans.join([*a, *b]), points(a) | points(b)),
        (spans.intersect(a, b), points(a) & points(b)),
        (spans.subtract(a, b), points(a) - points(b)),
        (spans.clip(a, 5, 20), points(a) & set(range(5, 20))),
    ]:
        assert points(found) == expected
        assert is_canonical(found)
    assert spans.total(a) == len(points(a))


def test_touching_spans_are_one() -> None:
    assert spans.join([(3, 5), (1, 3), (5, 5)]) == (Span(1, 5),)
    assert spans.join([]) == spans.NOTHING
    assert Span(2, 5).length == 3


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends"):
        spans.join([(5, 3)])
