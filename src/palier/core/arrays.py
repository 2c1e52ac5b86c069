"""`worktime` over NumPy arrays of instants: the same answers as one by one, some fifty times faster.

Arrays are int64 µs of any shape; the two arguments of a function broadcast against each other. An error of one element
is raised for the whole array, as the scalar form would raise it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from palier.core import compiled, worktime

Instants = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
IntLike = Instants | int


class _Layout:
    """The layout of a compiled calendar as arrays, with a grid over each that says where a search begins."""

    def __init__(self, table: compiled.Table) -> None:
        low, high, _, _, edges, base, open_totals, closes, shifts = table
        close_totals = closes[::2]
        self.table = table
        self.edges = _Grid(edges[:-1], low, high)
        self.base = np.array(base, np.int64)
        self.is_open = np.arange(len(base), dtype=np.int64) & 1
        self.whole = close_totals[-2] if open_totals else 0
        self.open_totals = _Grid(open_totals, 0, self.whole)
        self.close_totals = _Grid(close_totals[:-1], 0, self.whole)
        self.shifts = np.array(shifts[::2], np.int64)

    def total_before(self, at: Instants) -> Instants:
        """Open time before each instant, counted from the beginning of the layout."""
        found = self.edges.at_most(at)
        return self.base[found] + at * self.is_open[found]


_CELLS_A_VALUE = 16
_LAST = 1 << 62


class _Grid:
    """Sorted values with a grid over `[low, high]`: `first[cell]` is how many values lie before the cell.

    Only the values inside the cell, nearly always none or one, are left to compare: two reads instead of the eleven
    unpredictable ones of a binary search.
    """

    def __init__(self, values: list[int], low: int, high: int) -> None:
        sought = np.array(values, np.int64)
        self.values = np.append(sought, _LAST)  # small enough to be added to without overflow
        self.low = low
        # Cells are a power of two wide: a shift is several times cheaper than a division.
        self.shift = ((high - low) // (len(values) * _CELLS_A_VALUE + 1)).bit_length()
        starts = low + (np.arange(((high - low) >> self.shift) + 2, dtype=np.int64) << self.shift)
        self.first = np.searchsorted(sought, starts, side="left")
        self.most = int(np.max(np.diff(self.first), initial=0))

    def at_most(self, wanted: Instants) -> Positions:
        """How many values are ≤ each wanted one, which lie in `[low, high]`."""
        found: Positions = self.first[(wanted - self.low) >> self.shift]
        for _ in range(self.most):
            found += self.values[found] <= wanted
        return found

    def below(self, wanted: Instants) -> Positions:
        """How many values are < each wanted one, which lie in `[low, high]`."""
        found: Positions = self.first[(wanted - self.low) >> self.shift]
        for _ in range(self.most):
            found += self.values[found] < wanted
        return found


_layouts: weakref.WeakKeyDictionary[compiled.Compiled, _Layout] = weakref.WeakKeyDictionary()


def _layout(calendar: compiled.Compiled, low: int, high: int) -> _Layout:
    """The arrays for a range, made anew when the calendar has grown."""
    table = calendar.cover(low, high)
    found = _layouts.get(calendar)
    if found is None or found.table is not table:
        found = _layouts[calendar] = _Layout(table)
    return found


_BLOCK = 16_384  # elements worked on at once: what is in between stays in the processor's cache


def _whole(values: IntLike) -> Instants:
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"instants and durations are whole µs (int64), not {array.dtype}")
    return array.astype(np.int64, copy=False)


def _by_blocks(
    work: Callable[[Instants, Instants], npt.NDArray[Any]], dtype: type, first: IntLike, second: IntLike
) -> npt.NDArray[Any]:
    """Apply `work` to the two arguments, broadcast against each other, a block at a time."""
    left, right = np.broadcast_arrays(_whole(first), _whole(second))
    result: npt.NDArray[Any] = np.empty(left.shape, dtype)
    flat, a, b = result.reshape(-1), left.reshape(-1), right.reshape(-1)
    for begin in range(0, flat.size, _BLOCK):
        block = slice(begin, begin + _BLOCK)
        flat[block] = work(a[block], b[block])
    return result


def _bounds(*values: IntLike) -> tuple[int, int]:
    arrays = [_whole(one) for one in values]
    return min(int(one.min()) for one in arrays), max(int(one.max()) for one in arrays)


def elapsed(calendar: worktime.AnyCompilable, start: IntLike, end: IntLike) -> Instants:
    """µs of open time in `[start, end)` for each pair. As `worktime.elapsed`."""
    if not (np.size(start) and np.size(end)):
        return _by_blocks(np.subtract, np.int64, start, end)
    layout = _layout(worktime.compiled(calendar), *_bounds(start, end))
    return _by_blocks(lambda a, b: layout.total_before(b) - layout.total_before(a), np.int64, start, end)


def add(calendar: worktime.AnyCompilable, start: IntLike, duration: IntLike) -> Instants:
    """The earliest instant with `duration` of open time after each `start`. As `worktime.add`."""
    compiled_ = worktime.compiled(calendar)
    if not (np.size(start) and np.size(duration)):
        return _by_blocks(np.add, np.int64, start, duration)
    layout = _layout(compiled_, *_bounds(start))

    def work(starts: Instants, durations: Instants) -> Instants:
        target = layout.total_before(starts) + durations
        within = np.minimum(np.maximum(target, 0), layout.whole)
        answer = target + layout.shifts[layout.close_totals.below(within)]
        still = durations == 0
        answer[still] = starts[still]
        odd = (durations < 0) | (target > layout.whole) | (answer - starts > compiled.PATIENCE)
        return _one_by_one(compiled_.add, answer, odd & ~still, starts, durations)

    return _by_blocks(work, np.int64, start, duration)


def subtract(calendar: worktime.AnyCompilable, end: IntLike, duration: IntLike) -> Instants:
    """The latest instant with `duration` of open time until each `end`. As `worktime.subtract`."""
    compiled_ = worktime.compiled(calendar)
    if not (np.size(end) and np.size(duration)):
        return _by_blocks(np.subtract, np.int64, end, duration)
    layout = _layout(compiled_, *_bounds(end))

    def work(ends: Instants, durations: Instants) -> Instants:
        target = layout.total_before(ends) - durations
        within = np.minimum(np.maximum(target, 0), layout.whole)
        answer = target + layout.shifts[layout.open_totals.at_most(within) - 1]
        still = durations == 0
        answer[still] = ends[still]
        odd = (durations < 0) | (target < 0) | (ends - answer > compiled.PATIENCE)
        return _one_by_one(compiled_.subtract, answer, odd & ~still, ends, durations)

    return _by_blocks(work, np.int64, end, duration)


def is_open(calendar: worktime.AnyCompilable, at: IntLike) -> Flags:
    """Whether each instant is open. As `worktime.is_open`."""
    if not np.size(at):
        return np.zeros(np.shape(at), np.bool_)
    low, high = _bounds(at)
    layout = _layout(worktime.compiled(calendar), low, high + 1)
    return _by_blocks(lambda a, _: layout.edges.at_most(a) & 1 == 1, np.bool_, at, 0)


def next_open(calendar: worktime.AnyCompilable, at: IntLike) -> Instants:
    """The first open instant from each one on. As `worktime.next_open`."""
    compiled_ = worktime.compiled(calendar)
    if not np.size(at):
        return np.zeros(np.shape(at), np.int64)
    low, high = _bounds(at)
    layout = _layout(compiled_, low, high + 1)

    def work(instants: Instants, _: Instants) -> Instants:
        found = layout.edges.at_most(instants)
        answer = np.where(found & 1 == 1, instants, layout.edges.values[found])
        odd = answer - instants > compiled.PATIENCE
        return _one_by_one(lambda a, _: compiled_.next_open(a), answer, odd, instants, instants)

    return _by_blocks(work, np.int64, at, 0)


def _one_by_one(
    ask: Callable[[int, int], int], answer: Instants, odd: Flags, first: Instants, second: Instants
) -> Instants:
    """Ask the scalar form about the elements the arrays cannot answer: past the layout, over five years, zero, negative."""
    for i in np.flatnonzero(odd):
        answer[i] = ask(int(first[i]), int(second[i]))
    return answer
