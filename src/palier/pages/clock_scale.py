"""Where an instant stands on a drawing: a piecewise linear scale from a range of time to 0..100 per cent.

A clock of a few days is drawn to one scale. A longer one folds what nobody works in (nights, weekends) to a sliver, and
when that is not enough, what lies well before or after now, so that the last and next days stay readable. A fold is
always drawn and named: nothing is left out silently. Instants are int µs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from palier.pages.moments import DAY, HOUR, Moments

Stretch = tuple[int, int]

LINEAR_UP_TO = 4 * DAY + 6 * HOUR
_CLOSED_FROM = 3 * HOUR
_SLIVER = HOUR
_ROOM = 52 * HOUR
_ROOM_BEFORE = 20 * HOUR
_ROOM_AFTER = 30 * HOUR
_END_FOLD = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch drawn at one scale. `fold`: "" true to scale, "closed" a folded night, "earlier" or "later" days."""

    start: int
    end: int
    weight: float
    fold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From instants to per cent, monotone, over `start..end`."""

    pieces: tuple[Piece, ...]
    offsets: tuple[float, ...]
    starts: tuple[int, ...]
    start: int
    """The first instant drawn."""
    end: int
    """The last instant drawn."""

    def x(self, at: int) -> float:
        """Per cent of the width; instants outside the range stand at its ends."""
        if at <= self.start:
            return 0.0
        if at >= self.end:
            return 100.0
        number = bisect_right(self.starts, at) - 1
        piece = self.pieces[number]
        inside = (at - piece.start) / (piece.end - piece.start)
        return 100 * (self.offsets[number] + inside * piece.weight) / self.offsets[-1]

    def folds(self) -> Iterator[Piece]:
        """The pieces that are not drawn to scale."""
        return (piece for piece in self.pieces if piece.fold)


def scale(*, start: int, end: int, now: int, opened: Sequence[Stretch], moments: Moments) -> Scale:
    """The scale for a clock from `start` to `end`; `opened` are all stretches in which any of its lanes counts."""
    if end - start <= LINEAR_UP_TO:
        return _made([Piece(start=start, end=end, weight=float(end - start))])
    pieces = list(_nights_folded(start, end, opened))
    if sum(piece.weight for piece in pieces) > _ROOM:
        pieces = _ends_folded(pieces, now, moments)
    return _made(pieces)


def _made(pieces: list[Piece]) -> Scale:
    offsets = [0.0]
    for piece in pieces:
        offsets.append(offsets[-1] + piece.weight)
    return Scale(
        pieces=tuple(pieces),
        offsets=tuple(offsets),
        starts=tuple(piece.start for piece in pieces),
        start=pieces[0].start,
        end=pieces[-1].end,
    )


def _nights_folded(start: int, end: int, opened: Sequence[Stretch]) -> Iterator[Piece]:
    at = start
    for first, last in [*merged(opened), (end, end)]:
        first, last = min(max(first, at), end), min(last, end)
        if first - at > _CLOSED_FROM:
            yield Piece(start=at, end=first, weight=float(_SLIVER), fold="closed")
        elif first > at:
            yield Piece(start=at, end=first, weight=float(first - at))
        if last > first:
            yield Piece(start=first, end=last, weight=float(last - first))
        at = max(at, last)


def _ends_folded(pieces: list[Piece], now: int, moments: Moments) -> list[Piece]:
    """Keep whole days around now; one fold for all days before, one for all after."""
    first = moments.midnight(_reach(pieces, now, -_ROOM_BEFORE))
    last = moments.midnight(_reach(pieces, now, _ROOM_AFTER), days=1)
    start, end = pieces[0].start, pieces[-1].end
    if first - start < DAY:
        first = start
    if end - last < DAY:
        last = end
    kept = [cut for piece in pieces if (cut := _cut(piece, first, last)) is not None]
    fold = _END_FOLD * sum(piece.weight for piece in kept)
    if first > start:
        kept.insert(0, Piece(start=start, end=first, weight=fold, fold="earlier"))
    if last < end:
        kept.append(Piece(start=last, end=end, weight=fold, fold="later"))
    return kept


def _reach(pieces: list[Piece], now: int, room: float) -> int:
    """The instant so far before (room < 0) or after now that the pieces between weigh that much."""
    left = abs(room)
    ordered = pieces if room > 0 else list(reversed(pieces))
    for piece in ordered:
        cut = _cut(piece, now, piece.end) if room > 0 else _cut(piece, piece.start, now)
        if cut is None:
            continue
        if cut.weight > left:
            inside = int((cut.end - cut.start) * left / cut.weight)
            return cut.start + inside if room > 0 else cut.end - inside
        left -= cut.weight
    return pieces[-1].end if room > 0 else pieces[0].start


def _cut(piece: Piece, first: int, last: int) -> Piece | None:
    start, end = max(piece.start, first), min(piece.end, last)
    if end <= start:
        return None
    if (start, end) == (piece.start, piece.end):
        return piece
    share = (end - start) / (piece.end - piece.start)
    return Piece(start=start, end=end, weight=piece.weight * share, fold=piece.fold)


def merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Sorted, with what touches or overlaps joined."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def within(stretches: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    """The parts of the stretches inside `start..end`."""
    for first, last in stretches:
        first, last = max(first, start), min(last, end)
        if first < last:
            yield first, last
