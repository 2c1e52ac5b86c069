"""Half-open spans of time `[start, end)`, and sets of instants made of them.

Instants are whole microseconds since 1970-01-01T00:00Z. A set is a sorted tuple of spans that neither overlap nor touch,
so that equal sets are equal tuples. Semantics: docs/reference/calendars.md.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """The instants from `start` (in) to `end` (out). A tuple, because compiled calendars hold thousands."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """µs between start and end."""
        return self.end - self.start


_named = functools.partial(tuple.__new__, Span)
# Makes a Span of a pair without the Python-level constructor, which would be half the time of compiling a calendar.

Spans = tuple[Span, ...]
"""A set of instants: sorted, disjoint, not touching."""

NOTHING: Spans = ()


def join(pairs: Iterable[tuple[int, int]]) -> Spans:
    """The union of any spans, in any order, overlapping or not. Empty ones vanish; one that ends before it starts is a ValueError."""
    merged: list[tuple[int, int]] = []
    start = end = 0
    begun = False
    for next_start, next_end in sorted(pairs):
        if next_end <= next_start:
            if next_end < next_start:
                raise ValueError(f"a span ends ({next_end}) before it starts ({next_start})")
            continue
        if begun and next_start <= end:
            end = max(end, next_end)
            continue
        if begun:
            merged.append((start, end))
        start, end, begun = next_start, next_end, True
    if begun:
        merged.append((start, end))
    return tuple(map(_named, merged))


def intersect(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> Spans:
    """The instants in both sets."""
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(map(_named, found))


def subtract(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> Spans:
    """The instants of `left` that are not in `right`."""
    found: list[tuple[int, int]] = []
    j = 0
    for start, end in left:
        while j < len(right) and right[j][1] <= start:
            j += 1
        k = j
        while k < len(right) and right[k][0] < end:
            if start < right[k][0]:
                found.append((start, right[k][0]))
            start = right[k][1]
            k += 1
        if start < end:
            found.append((start, end))
    return tuple(map(_named, found))


def clip(pairs: Iterable[tuple[int, int]], start: int, end: int) -> Spans:
    """What of a set lies in `[start, end)`."""
    return tuple(Span(max(a, start), min(b, end)) for a, b in pairs if a < end and start < b)


def total(pairs: Iterable[tuple[int, int]]) -> int:
    """µs in the set."""
    return sum(end - start for start, end in pairs)
