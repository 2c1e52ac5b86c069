"""A calendar laid out as sorted UTC intervals with running totals: each question is one or two binary searches.

A `Compiled` is shared between threads. What it holds never changes; when a question falls outside, a longer layout is
built beside the old one and put in its place, under a lock. Instants and durations are whole µs.
Semantics: docs/reference/calendars.md.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from typing import Protocol

from palier.core import spans
from palier.core.localtime import DAY, EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST

PATIENCE = 1827 * DAY
"""Five years (two of them leap years): a closed stretch longer than this is an error, not an answer."""

_FIRST_PAST = 200 * DAY
_FIRST_AHEAD = 530 * DAY
_MOST_AT_ONCE = 12_000 * DAY


class Source(Protocol):
    """What can be compiled."""

    @property
    def name(self) -> str:
        """What people call it; errors name it."""

    @property
    def hash(self) -> str:
        """The hash of all that decides its hours."""

    @property
    def known_until(self) -> int | None:
        """The first instant whose hours may still change because its holidays are not known yet; None: never."""

    def spans(self, start: int, end: int) -> spans.Spans:
        """The open time in `[start, end)`."""


class CalendarHasNoOpening(Exception):
    """The calendar does not open within five years of the question, so that no amount of waiting answers it."""

    def __init__(self, calendar_name: str) -> None:
        super().__init__(
            f"calendar '{calendar_name}' has no opening within 5 years: check its hours, closures and openings"
        )
        self.calendar_name = calendar_name


class OutOfRange(Exception):
    """The instant, or the answer, lies outside the years that can be asked about."""

    def __init__(self, calendar_name: str) -> None:
        super().__init__(
            f"calendar '{calendar_name}' was asked about a time outside the years {FIRST_YEAR} to {LAST_YEAR}"
        )
        self.calendar_name = calendar_name


Table = tuple[int, int, int, list[int], list[int], list[int], list[int], list[int], list[int]]
"""One layout: (low, high, shift, cells, edges, base, opens, closes, shifts).

With edges `[open, close, open, close, …]` an instant is open where an odd number of edges is ≤ it; let i be that number.
The open time before an instant t, counted from `low`, is `base[i]` (closed) or `base[i] + t` (open). `closes[i]` is the
open time before the end of the interval t lies in, or comes next to: an instant of that interval is its own open time
plus `shifts[i]`. `opens[k]` is the open time before the k-th interval. `edges`, `closes` and `shifts` end later than all.

`cells` cuts `[low, high]` into pieces of 2**shift µs and says how many edges lie before each: a search begins there and
rarely takes a second step, which in Python is twice as fast as a binary search. A plain tuple, because taking a plain
tuple apart is the cheapest way to read a consistent set of lists while another thread may replace it.
"""

_LAST = 1 << 62
_CELLS_AN_EDGE = 8
_EMPTY: Table = (1, 0, 0, [0], [_LAST], [0], [], [_LAST, _LAST], [_LAST, _LAST])


def _lay_out(low: int, high: int, intervals: spans.Spans) -> Table:
    edges: list[int] = []
    base = [0]
    opens: list[int] = []
    closes: list[int] = []
    shifts: list[int] = []
    total = 0
    for start, end in intervals:
        edges += (start, end)
        opens.append(total)
        shifts += (start - total, start - total)
        base.append(total - start)
        total += end - start
        base.append(total)
        closes += (total, total)
    shift = ((high - low) // (_CELLS_AN_EDGE * len(edges) + 1)).bit_length()
    cells: list[int] = []
    for count, edge in enumerate(edges):  # a cell that begins on an edge does not have it before it
        cells += [count] * (((edge - low) >> shift) + 1 - len(cells))
    cells += [len(edges)] * (((high - low) >> shift) + 1 - len(cells))
    edges.append(_LAST)
    closes += (_LAST, _LAST)
    shifts += (_LAST, _LAST)
    return low, high, shift, cells, edges, base, opens, closes, shifts


class Compiled:
    """A calendar ready to be asked. Made by `calendars.compile`, shared by all who ask about the same calendar."""

    __slots__ = ("__weakref__", "_lock", "_source", "_table", "hash", "known_until", "name")

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.hash = source.hash
        self.known_until = source.known_until
        self._source = source
        self._table = _EMPTY
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Compiled {self.name} {self.hash[:12]}>"

    # --- questions ----------------------------------------------------------------------------------
    # Each is written out flat: a shared helper would cost as much as the search itself.

    def elapsed(self, start: int, end: int) -> int:
        """Open time in `[start, end)`; negative when `end` is before `start`. Raises `OutOfRange`."""
        low, high, shift, cells, edges, base, _, _, _ = self._table
        if low <= start <= high and low <= end <= high:
            i = cells[start - low >> shift]
            while edges[i] <= start:
                i += 1
            j = cells[end - low >> shift]
            while edges[j] <= end:
                j += 1
            if i & 1:
                return base[j] - base[i] - start + end if j & 1 else base[j] - base[i] - start
            return base[j] - base[i] + end if j & 1 else base[j] - base[i]
        self.cover(min(start, end), max(start, end))
        return self.elapsed(start, end)

    def add(self, start: int, duration: int) -> int:
        """The earliest t ≥ `start` with `duration` of open time in `[start, t)`; `start` itself for 0, open or not.

        Raises ValueError for a negative duration, `CalendarHasNoOpening`, `OutOfRange`.
        """
        low, high, shift, cells, edges, base, _, closes, shifts = self._table
        if low <= start <= high and duration > 0:
            i = cells[start - low >> shift]
            while edges[i] <= start:
                i += 1
            target = base[i] + start + duration if i & 1 else base[i] + duration
            if closes[i] < target:  # not in this interval: in the next one, mostly, else search
                i += 2
                if closes[i] < target:
                    i = bisect_left(closes, target, i)
            answer = target + shifts[i]  # beyond the layout the sentinel makes it larger than any patience
            if answer - start <= PATIENCE:
                return answer
        return self._add(start, duration)

    def subtract(self, end: int, duration: int) -> int:
        """The latest t ≤ `end` with `duration` of open time in `[t, end)`; `end` itself for 0. Raises as `add`."""
        low, high, shift, cells, edges, base, opens, _, shifts = self._table
        if low <= end <= high and duration > 0:
            i = cells[end - low >> shift]
            while edges[i] <= end:
                i += 1
            target = base[i] - duration
            if i & 1:
                target += end
            if target >= 0:
                k = bisect_right(opens, target, 0, (i + 1) >> 1) - 1
                answer = target + shifts[2 * k]
                if end - answer <= PATIENCE:
                    return answer
        return self._subtract(end, duration)

    def is_open(self, at: int) -> bool:
        """Whether the instant is open. Raises `OutOfRange`."""
        low, high, _, _, edges, _, _, _, _ = self._table
        if low <= at < high:
            return bisect_right(edges, at) & 1 == 1
        self.cover(at, at + 1)
        return self.is_open(at)

    def next_open(self, at: int) -> int:
        """The first open instant ≥ `at`: `at` itself when open. Raises `CalendarHasNoOpening`, `OutOfRange`."""
        low, high, _, _, edges, _, _, _, _ = self._table
        if low <= at < high:
            i = bisect_right(edges, at)
            if i & 1:
                return at
            if edges[i] != _LAST:
                if edges[i] - at > PATIENCE:
                    raise CalendarHasNoOpening(self.name)
                return edges[i]
            self._look_ahead(at, at)
        else:
            self.cover(at, at + 1)
        return self.next_open(at)

    def segments(self, start: int, end: int) -> spans.Spans:
        """The open spans within `[start, end)`; none when `end` is not after `start`. Raises `OutOfRange`."""
        if end <= start:
            return spans.NOTHING
        edges = self.cover(start, end)[4]
        first = bisect_right(edges, start)
        last = bisect_left(edges, end)
        found = edges[first:last]
        if first & 1:
            found.insert(0, start)
        if last & 1:
            found.append(end)
        return tuple(spans.Span(*pair) for pair in zip(found[::2], found[1::2], strict=True))

    def is_provisional(self, at: int) -> bool:
        """Whether the instant lies past the dates the calendar knows, so that a due time there may still move."""
        return self.known_until is not None and at >= self.known_until

    # --- when the layout is too short, and the rule of five years ---------------------------------------

    def _add(self, start: int, duration: int) -> int:
        if duration <= 0:
            if duration < 0:
                raise ValueError(f"a duration of {duration} µs: it cannot be negative")
            return start
        self.cover(start, start + 1)
        while True:
            _, _, _, _, edges, base, opens, closes, shifts = self._table
            i = bisect_right(edges, start)
            target = base[i] + duration + (start if i & 1 else 0)
            i = bisect_left(closes, target)
            if i < 2 * len(opens):
                self._refuse_gap(edges, start, edges[i])
                return target + shifts[i]
            last_close = edges[-2] if opens else start
            self._refuse_gap(edges, start, last_close)
            self._look_ahead(start, last_close)

    def _subtract(self, end: int, duration: int) -> int:
        if duration <= 0:
            if duration < 0:
                raise ValueError(f"a duration of {duration} µs: it cannot be negative")
            return end
        self.cover(end - 1, end)
        while True:
            _, _, _, _, edges, base, opens, _, shifts = self._table
            i = bisect_right(edges, end)
            target = base[i] - duration + (end if i & 1 else 0)
            if target >= 0:
                k = bisect_right(opens, target) - 1
                self._refuse_gap(edges, edges[2 * k + 1], end)
                return target + shifts[2 * k]
            first_open = edges[0] if opens else end
            self._refuse_gap(edges, first_open, end)
            self._look_back(end, first_open)

    def _refuse_gap(self, edges: list[int], start: int, end: int) -> None:
        """Raise if a closed stretch between `start` and `end` is too long: whether it was laid out before must not matter."""
        if end - start <= PATIENCE:
            return
        inside = edges[bisect_right(edges, start) : bisect_right(edges, end)]
        first_is_close = bisect_right(edges, start) & 1
        stops = inside if first_is_close else [start, *inside]
        if len(stops) & 1:
            stops = [*stops, end]
        if any(opens - closed > PATIENCE for closed, opens in zip(stops[::2], stops[1::2], strict=True)):
            raise CalendarHasNoOpening(self.name)

    def _look_ahead(self, start: int, last_close: int) -> None:
        """Lay out more of what follows, unless it has been closed for too long already."""
        high = self._table[1]
        if high - max(start, last_close) > PATIENCE:
            raise CalendarHasNoOpening(self.name)
        self.cover(start, max(high, start) + DAY)

    def _look_back(self, end: int, first_open: int) -> None:
        """Lay out more of what went before, unless it has been closed for too long already."""
        low = self._table[0]
        if min(end, first_open) - low > PATIENCE:
            raise CalendarHasNoOpening(self.name)
        self.cover(min(low, end) - DAY, end)

    def cover(self, start: int, end: int) -> Table:
        """A layout that holds `[start, end]`, grown if need be. Raises `OutOfRange`."""
        table = self._table
        if table[0] <= start and end <= table[1]:
            return table
        if start < EARLIEST or end > LATEST:
            raise OutOfRange(self.name)
        with self._lock:
            self._table = table = self._grown(self._table, start, end)
        return table

    def _grown(self, table: Table, start: int, end: int) -> Table:
        """The layout with what is missing on either side, and some years more so that growing stays rare."""
        low, high, _, _, edges, *_ = table
        if high < low:
            low, high = _in_days(start - _FIRST_PAST, end + _FIRST_AHEAD)
            return _lay_out(low, high, self._source.spans(low, high))
        more = min(high - low, _MOST_AT_ONCE)
        new_low, new_high = _in_days(
            min(start, low - more) if start < low else low,
            max(end, high + more) if end > high else high,
        )
        if (new_low, new_high) == (low, high):  # another thread has grown it meanwhile
            return table
        known = zip(edges[:-1:2], edges[1:-1:2], strict=True)
        before, after = self._source.spans(new_low, low), self._source.spans(high, new_high)
        return _lay_out(new_low, new_high, spans.join([*before, *known, *after]))


def _in_days(low: int, high: int) -> tuple[int, int]:
    """The whole days around a range, within the years there are."""
    return max(low // DAY * DAY, EARLIEST), min(-(-high // DAY) * DAY, LATEST)
