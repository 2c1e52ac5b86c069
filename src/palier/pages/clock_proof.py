"""The proof of a promise as rows of text: from, to, why it began and ended, time counted. The rows sum up.

Rows are in the zone of the drawing. A segment that spans nights is told span by span, so that every opening can be
checked; past `_SPANS_TOLD` spans it is one row with its sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import ngettext

from palier.core.promises import Because, Counting, Promised, Segment
from palier.pages import wording
from palier.pages.catalogue import gettext as _
from palier.pages.clock_scale import Stretch, within
from palier.pages.moments import Moments, counted, duration

_SPANS_TOLD = 7
OpenIn = Callable[[str, int, int], Sequence[Stretch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stretch. `id` is set on the first row of a segment: a link of the drawing leads there."""

    id: str
    start: str
    end: str
    why: str
    counted: str
    micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All stretches of one cycle of one commitment. `total` is what was counted; `whole` what was promised."""

    id: str
    commitment: str
    which: str
    cycle: int
    clause: str
    of: str
    rows: tuple[Row, ...]
    total: str
    total_micros: int
    owed: bool
    binding: str


def numbered(one: Promised, name: str) -> list[str]:
    """The id of the first row of each segment."""
    return [f"{name}-{one.commitment.value}-{one.cycle}-{number}" for number in range(len(one.segments))]


def proof(one: Promised, *, now: int, moments: Moments, open_in: OpenIn, name: str) -> Proof:
    """The rows of one cycle. What ran over is told but not part of the sum, which is the time promised."""
    rows = tuple(
        row
        for segment, id_ in zip(one.segments, numbered(one, name), strict=True)
        for row in _rows(segment, id_, now, moments, open_in)
    )
    total = sum(segment.counted for segment in one.segments if segment.state is not Counting.OVER)
    return Proof(
        id=f"{name}-{one.commitment.value}-{one.cycle}",
        commitment=wording.commitment(one.commitment),
        which=one.commitment.value,
        cycle=one.cycle,
        clause=one.clause,
        of=duration(one.duration),
        rows=rows,
        total=counted(total),
        total_micros=total,
        owed=one.owed,
        binding=one.binding.value,
    )


def _rows(segment: Segment, id_: str, now: int, moments: Moments, open_in: OpenIn) -> Iterator[Row]:
    spans: list[Stretch] = []
    if segment.state not in (Counting.PAUSED, Counting.OVER):
        spans = list(
            within(open_in(segment.calendar, segment.start, segment.end), segment.start, segment.end)
        )
    if not 1 <= len(spans) <= _SPANS_TOLD:
        told = segment.counted if segment.state is not Counting.PAUSED else 0
        why = _why(segment, first=True, last=True)
        if len(spans) > _SPANS_TOLD:
            openings = ngettext("%(n)d opening", "%(n)d openings", len(spans)) % {"n": len(spans)}
            why = f"{why}, {openings}"
        yield _row(id_, segment.start, segment.end, why, told, now, moments)
        return
    for number, (start, end) in enumerate(spans):
        first, last = number == 0, number == len(spans) - 1
        # The sum must be the segment's to the microsecond, whatever the spans say.
        told = end - start if not last else segment.counted - sum(e - s for s, e in spans[:-1])
        yield _row(
            id_ if first else "", start, end, _why(segment, first=first, last=last), told, now, moments
        )


def _row(id_: str, start: int, end: int, why: str, told: int, now: int, moments: Moments) -> Row:
    same = moments.local(start).date() == moments.local(end).date()
    until = moments.time(end) if same else moments.weekday_time(end)
    return Row(
        id=id_,
        start=_("now") if start == now else moments.weekday_time(start),
        end=_("now, %(time)s") % {"time": until} if end == now else until,
        why=why,
        counted=counted(told),
        micros=told,
    )


def _why(segment: Segment, *, first: bool, last: bool) -> str:
    if segment.state is Counting.PAUSED:
        what = (
            wording.wait_for(segment.wait).lower()
            if segment.wait is not None
            else _("not promised just then")
        )
        return _("paused, %(why)s") % {"why": what}
    if segment.state is Counting.AHEAD:
        return _("left")
    if segment.state is Counting.SPARED:
        return _("not needed")
    if segment.state is Counting.OVER:
        ended = "" if segment.ended is Because.NOW else f", {wording.because(segment.ended)}"
        return _("late, counted apart") + ended
    began = wording.because(segment.began, segment.wait) if first else ""
    ended = wording.because(segment.ended) if last else _("closing time")
    return ", ".join(word for word in (began, ended) if word)
