"""The clock drawn to scale, as plain data for the template `pages/clock.html`.

x and widths are per cent of the drawn range, y and heights px: the picture stretches, its text and round marks do not.
Rules: docs/explanation/look.md. Nothing here reads a clock or a database: promises, now and opening hours come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import ngettext

from palier.core import calendars, worktime
from palier.core.programme import Commitment
from palier.core.promises import Counting, Promised, Segment, State
from palier.pages import clock_proof, clock_scale, due, wording
from palier.pages.catalogue import gettext as _
from palier.pages.clock_scale import Scale, Stretch, within
from palier.pages.moments import DAY, HOUR, Moments, duration

OpenIn = Callable[[str, int, int], Sequence[Stretch]]
"""The opened stretches of the calendar with that hash, from one instant to another."""

_ORDER = (Commitment.FIRST_RESPONSE, Commitment.WORKAROUND, Commitment.NEXT_UPDATE, Commitment.RESOLUTION)
_KINDS = {
    Counting.COUNTED: "counted",
    Counting.PAUSED: "paused",
    Counting.OVER: "over",
    Counting.AHEAD: "left",
    Counting.SPARED: "spare",
}
_ROW, _STRIP, _NAME = 35, 17, 18
_NOW_WIDTH_EM = 6.4
_NEAR = 45 * DAY
"""What is further from now than this is never drawn day by day: a scale has room for a week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch on a lane: `kind` counted, paused, left, spare or over; `label` says it in words."""

    kind: str
    x: str
    width: str
    y: str
    height: str
    label: str
    row: str
    tip: Tip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """The words shown over a bar that is pointed at or focused; `width` px is estimated from the letters."""

    x: str
    offset: str
    width: str
    anchor: str
    text_x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A sign on a lane: `met`, `missed`, `due` or `was` (a deadline that had gone when it was met)."""

    kind: str
    x: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Words above or below the strips."""

    x: str
    text: str
    anchor: str = "start"
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One commitment: its name, what became of it, and its strip."""

    name: str
    said: str
    tone: str
    text_y: int
    strip_y: int
    height: int
    middle: str
    opened: tuple[tuple[str, str], ...]
    thread: tuple[str, str] | None
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All a template needs: it does no arithmetic."""

    id: str
    height: int
    title: str
    description: str
    lanes: tuple[Lane, ...]
    days: tuple[Label, ...]
    days_y: int
    hours: tuple[Label, ...]
    hours_y: int
    midnights: tuple[str, ...]
    folds: tuple[str, ...]
    now_x: str
    now_y: int
    now_to: int
    now_from: int
    now_width: str
    now_half: str
    now_text_x: str
    now_word: str
    desk: tuple[tuple[str, str], ...]
    desk_y: int
    desk_word: str
    kinds: frozenset[str]
    proofs: tuple[clock_proof.Proof, ...] = field(default=())
    named: bool = True


def draw(
    promised: Sequence[Promised],
    *,
    now: int,
    moments: Moments,
    open_in: OpenIn,
    desk_open: Sequence[Stretch] = (),
    subject: str,
    name: str = "clock",
    desk_word: str = "",
    single: bool = False,
) -> Drawing | None:
    """The drawing of these promises at `now`, or None when nothing was promised.

    `subject` names what it is the clock of; `name` is unique on the page. `single` leaves out the lane's words: the preview.
    """
    if not promised:
        return None
    return _Draughtsman(
        promised=promised, now=now, moments=moments, open_in=open_in, name=name, single=single
    ).drawing(subject=subject, desk_open=desk_open, desk_word=desk_word)


def opened_in(known: Mapping[str, calendars.AnyCalendar]) -> OpenIn:
    """Opening hours by a calendar's hash, from the calendars a clock carries."""

    def opened(hash_: str, start: int, end: int) -> Sequence[Stretch]:
        return worktime.segments(known[hash_], start, end) if start < end else ()

    return opened


def percent(value: float) -> str:
    """As SVG wants it, whatever the reader's decimal sign."""
    return f"{value:.3f}%"


class _Draughtsman:
    """Holds what every part of one drawing needs."""

    def __init__(
        self,
        *,
        promised: Sequence[Promised],
        now: int,
        moments: Moments,
        open_in: OpenIn,
        name: str,
        single: bool,
    ) -> None:
        self.now, self.moments, self.open_in, self.name, self.single = now, moments, open_in, name, single
        self.lanes = [
            found
            for which in _ORDER
            if (found := sorted((p for p in promised if p.commitment is which), key=lambda p: p.cycle))
        ]
        start, end = self._range()
        self.scale: Scale = clock_scale.scale(
            start=start, end=end, now=now, opened=self._opened_near(start, end), moments=moments
        )
        self.ends = {piece.fold: piece for piece in self.scale.folds() if piece.fold in ("earlier", "later")}
        # Between the folds at the ends: inside them days are told as a number, and their hours not drawn one by one.
        self.shown_from = self.ends["earlier"].end if "earlier" in self.ends else self.scale.start
        self.shown_to = self.ends["later"].start if "later" in self.ends else self.scale.end

    # --- the range

    def _calendar(self, cycles: Sequence[Promised]) -> str:
        """The calendar a lane is drawn on: the last one it counted in."""
        return cycles[-1].segments[-1].calendar if cycles[-1].segments else ""

    def _opened(self, cycles: Sequence[Promised], start: int, end: int) -> Sequence[Stretch]:
        calendar = self._calendar(cycles)
        return self.open_in(calendar, start, end) if calendar else ()

    def _all_opened(self, start: int, end: int) -> Sequence[Stretch]:
        return [one for cycles in self.lanes for one in self._opened(cycles, start, end)]

    def _opened_near(self, start: int, end: int) -> Sequence[Stretch]:
        """The same, for the scale: what lies far from now is folded whatever its hours, and taken as open throughout."""
        first, last = max(start, self.now - _NEAR), min(end, self.now + _NEAR)
        if first >= last:
            return self._all_opened(start, end)
        far = [one for one in ((start, first), (last, end)) if one[0] < one[1]]
        return [*self._all_opened(first, last), *far]

    def _range(self) -> tuple[int, int]:
        every = [one for cycles in self.lanes for one in cycles]
        first = min(one.started_at for one in every)
        ends = [self.now, *(at for one in every for at in (one.due_at, one.done_at) if at is not None)]
        last = max(ends)
        opening = [s for s, e in self._all_opened(first - 20 * HOUR, first + 1) if e > first - 1]
        closing = [e for s, e in self._all_opened(last - 1, last + 20 * HOUR) if s <= last]
        start = max([at for at in opening if at <= first], default=first) - HOUR
        end = min([at for at in closing if last <= at], default=last) + HOUR
        if first - start > 14 * HOUR:
            start = first - 2 * HOUR
        if end - last > 14 * HOUR:
            end = last + 2 * HOUR
        return start, max(end, start + 4 * HOUR)

    # --- the whole

    def drawing(self, *, subject: str, desk_open: Sequence[Stretch], desk_word: str) -> Drawing:
        midnights = list(self._midnights())
        days = self._days(midnights)
        now_x = self.scale.x(self.now)
        word = _("now")
        half = (len(word) * _NOW_WIDTH_EM + 8) / 2
        lifted = any(_overlap(label, now_x, half) for label in days)
        top = 16 if lifted else 0
        first_strip = top + (20 if self.single else 38)
        strip = 24 if self.single else _STRIP
        lanes = tuple(
            self._lane(cycles, first_strip + number * _ROW, strip) for number, cycles in enumerate(self.lanes)
        )
        bottom = lanes[-1].strip_y + strip
        has_desk = bool(desk_open) and not self.single
        spans = tuple(
            (percent(self.scale.x(s)), percent(self.scale.x(e) - self.scale.x(s)))
            for s, e in within(desk_open, self.shown_from, self.shown_to)
        )
        return Drawing(
            id=self.name,
            height=bottom + (29 if has_desk else 15),
            title=self._title(subject),
            description=" ".join(self._sentence(cycles) for cycles in self.lanes),
            lanes=lanes,
            days=tuple(days),
            days_y=top + 11,
            hours=tuple(self._hours()),
            hours_y=bottom + 12,
            midnights=tuple(percent(self.scale.x(at)) for at in midnights),
            folds=tuple(
                percent((self.scale.x(p.start) + self.scale.x(p.end)) / 2) for p in self.scale.folds()
            ),
            now_x=percent(now_x),
            now_y=0,
            now_from=14,
            now_to=bottom,
            now_width=f"{2 * half:.1f}",
            now_half=f"{_shift(now_x, half):.1f}",
            now_text_x=f"{half - _shift(now_x, half):.1f}",
            now_word=word,
            desk=spans if has_desk else (),
            desk_y=bottom + 21,
            desk_word=desk_word,
            kinds=frozenset(bar.kind for lane in lanes for bar in lane.bars),
            proofs=tuple(
                clock_proof.proof(
                    one, now=self.now, moments=self.moments, open_in=self.open_in, name=self.name
                )
                for cycles in self.lanes
                for one in cycles
            ),
            named=not self.single,
        )

    def _title(self, subject: str) -> str:
        return _("Clock of %(subject)s from %(start)s to %(end)s, %(city)s time, to scale") % {
            "subject": subject,
            "start": f"{self.moments.day_long(self.scale.start)}, {self.moments.time(self.scale.start)}",
            "end": f"{self.moments.day_long(self.scale.end)}, {self.moments.time(self.scale.end)}",
            "city": self.moments.city,
        }

    # --- lanes

    def _lane(self, cycles: Sequence[Promised], strip_y: int, height: int) -> Lane:
        last = cycles[-1]
        end = last.due_at or self.now
        if last.state is State.BREACHED:
            end = last.done_at or last.ended_at or self.now
        said, tone = outcome(cycles, now=self.now, moments=self.moments)
        opened = within(self._opened(cycles, self.shown_from, self.shown_to), self.shown_from, self.shown_to)
        first, past = self.scale.x(cycles[0].started_at), self.scale.x(end)
        return Lane(
            name=wording.commitment(last.commitment),
            said=said,
            tone=tone,
            text_y=strip_y - 5,
            strip_y=strip_y,
            height=height,
            middle=f"{strip_y + height / 2:g}",
            opened=tuple(
                (percent(self.scale.x(s)), percent(self.scale.x(e) - self.scale.x(s))) for s, e in opened
            ),
            thread=(percent(first), percent(past)) if past > first else None,
            bars=tuple(bar for one in cycles for bar in self._bars(one, one is last, strip_y, height)),
            marks=tuple(mark for one in cycles for mark in self._marks(one, one is last)),
        )

    def _bars(self, one: Promised, last: bool, strip_y: int, height: int) -> Iterator[Bar]:
        rows = clock_proof.numbered(one, self.name)
        for segment, row in zip(one.segments, rows, strict=True):
            kind = _KINDS[segment.state]
            if kind == "spare" and not last:
                continue
            for start, end in self._pieces(segment):
                x, width = self.scale.x(start), self.scale.x(end) - self.scale.x(start)
                tall = 4 if kind == "over" else 11 if self.single else 9
                label = self._label(segment, start, end)
                yield Bar(
                    kind=kind,
                    x=percent(x),
                    width=percent(width),
                    y=f"{strip_y + (height - tall) / 2:g}",
                    height=str(tall),
                    label=label,
                    row=row,
                    tip=_tip(x + width / 2, label, strip_y),
                )

    def _pieces(self, segment: Segment) -> Sequence[Stretch]:
        """What is drawn of a segment: its open parts; lateness as a whole; open time paused, or all of it if it was closed."""
        if segment.state is Counting.OVER:
            return [(segment.start, segment.end)]
        opened = list(
            within(self.open_in(segment.calendar, segment.start, segment.end), segment.start, segment.end)
        )
        if segment.state is Counting.PAUSED and not opened:
            return [(segment.start, segment.end)]
        return self._folded_as_one(opened)

    def _folded_as_one(self, pieces: list[Stretch]) -> list[Stretch]:
        """The same with those inside a fold at an end joined: a bar for what was counted there, not one for each day."""
        before = [one for one in pieces if one[1] <= self.shown_from]
        after = [one for one in pieces if one[0] >= self.shown_to]
        between = pieces[len(before) : len(pieces) - len(after)]
        ends = ([(part[0][0], part[-1][1])] if part else [] for part in (before, after))
        return [*next(ends), *between, *next(ends)]

    def _label(self, segment: Segment, start: int, end: int) -> str:
        words = {
            Counting.COUNTED: _("counted"),
            Counting.PAUSED: _("paused"),
            Counting.OVER: _("late"),
            Counting.AHEAD: _("left"),
            Counting.SPARED: _("not needed"),
        }[segment.state]
        return _("%(from)s to %(to)s, %(what)s") % {
            "from": self.moments.weekday_time(start),
            "to": self._until(start, end),
            "what": words,
        }

    def _until(self, start: int, end: int) -> str:
        same = self.moments.local(start).date() == self.moments.local(end).date()
        return self.moments.time(end) if same else self.moments.weekday_time(end)

    def _marks(self, one: Promised, last: bool) -> Iterator[Mark]:
        if one.state is State.BREACHED and one.breached_at is not None:
            yield Mark(kind="missed", x=percent(self.scale.x(one.breached_at)))
            if one.done_at is not None:
                yield Mark(kind="was", x=percent(self.scale.x(one.done_at)))
        elif one.met_at is not None:
            if last and one.due_at is not None:
                yield Mark(kind="was", x=percent(self.scale.x(one.due_at)))
            yield Mark(kind="met", x=percent(self.scale.x(one.met_at)))
        elif one.owed and one.due_at is not None:
            yield Mark(kind="due", x=percent(self.scale.x(one.due_at)))

    def _sentence(self, cycles: Sequence[Promised]) -> str:
        said, _tone = outcome(cycles, now=self.now, moments=self.moments, long=True)
        return _("%(commitment)s: %(outcome)s.") % {
            "commitment": wording.commitment(cycles[-1].commitment),
            "outcome": said,
        }

    # --- around the strips

    def _midnights(self) -> Iterator[int]:
        """The midnights shown: not those of folded days."""
        at = self.moments.midnight(self.shown_from)
        if at < self.shown_from or at == self.scale.start:
            at = self.moments.midnight(at, days=1)
        while at < self.scale.end and at <= self.shown_to:
            after = self.moments.midnight(at + HOUR, days=1)
            if not self._is_folded_whole(at, after):
                yield at
            at = after

    def _is_folded_whole(self, start: int, end: int) -> bool:
        return any(p.fold == "closed" and p.start <= start and end <= p.end for p in self.scale.folds())

    def _days(self, midnights: Sequence[int]) -> list[Label]:
        """A label a day where there is room for it; folded days as a number."""
        ends = self.ends
        wide = len(midnights) <= 3
        labels: list[Label] = []
        taken, limit = 0.0, 100.0
        if "earlier" in ends:
            text = self._folded(ends["earlier"])
            labels.append(Label(x=percent(0), text=text, quiet=True))
            taken = _room(text)
        if "later" in ends:
            text = self._folded(ends["later"])
            labels.append(Label(x="100%", text=text, anchor="end", quiet=True))
            limit -= _room(text)
        for at in midnights if "earlier" in ends else [self.scale.start, *midnights]:
            x = self.scale.x(at)
            text = self.moments.day(at) if wide else self.moments.short_day(at)
            if x >= taken and x + _room(text) <= limit + 3:
                labels.append(Label(x=percent(x), text=text))
                taken = x + _room(text)
        return labels

    def _folded(self, piece: clock_scale.Piece) -> str:
        days = max(1, round((piece.end - piece.start) / DAY))
        if piece.fold == "earlier":
            return ngettext("%(n)d day before", "%(n)d days before", days) % {"n": days}
        return ngettext("%(n)d day after", "%(n)d days after", days) % {"n": days}

    def _hours(self) -> list[Label]:
        """Openings first, closings where there is still room."""
        opened = clock_scale.merged(self._opened(self.lanes[-1], self.shown_from, self.shown_to))
        ends = [(p.start, p.end) for p in self.ends.values()]
        taken: list[tuple[float, float]] = []
        labels: list[Label] = []
        wanted = [s for s, _e in opened] + [e for _s, e in opened]
        if self.single and self.lanes[-1][-1].due_at is not None:
            wanted.insert(0, self.lanes[-1][-1].due_at)
        for at in wanted:
            if not self.scale.start < at < self.scale.end or any(s <= at <= e for s, e in ends):
                continue
            text = self.moments.time(at) if self.single else self.moments.hour(at)
            x, half = self.scale.x(at), len(text) * 0.95 + 0.8
            if (
                any(x - half < end and x + half > start for start, end in taken)
                or not half <= x <= 100 - half / 2
            ):
                continue
            taken.append((x - half, x + half))
            labels.append(Label(x=percent(x), text=text, anchor="middle"))
        return labels


def outcome(cycles: Sequence[Promised], *, now: int, moments: Moments, long: bool = False) -> tuple[str, str]:
    """What became of a commitment in a few words, and its tone: met, missed or due. `long` names the days in full."""
    one = cycles[-1]

    def when(at: int) -> str:
        return f"{moments.day_long(at)}, {moments.time(at)}" if long else moments.near(at, now)

    figures = {"used": duration(one.used), "of": duration(one.duration), "left": duration(one.left)}
    missed_before = sum(1 for cycle in cycles[:-1] if cycle.breached_at is not None)
    if one.state is State.MET:
        said, tone = _("met, %(used)s of %(of)s") % figures, "met"
    elif one.breached_at is not None:
        said = _("missed by %(late)s of business time; was due %(due)s") % {
            "late": duration(due.over(one)),
            "due": when(one.breached_at),
        }
        tone = "missed"
    elif one.state is State.ENDED:
        said, tone = _("ended, %(used)s of %(of)s used") % figures, "quiet"
    elif one.endless:
        said, tone = _("no opening hours ahead, %(left)s left of %(of)s") % figures, "due"
    elif one.due_at is None:
        said, tone = _("paused, %(left)s left of %(of)s") % figures, "due"
    else:
        said = _("due %(due)s, %(left)s left of %(of)s") % {**figures, "due": when(one.due_at)}
        tone = "due"
    if missed_before:
        times = ngettext("%(n)d missed before", "%(n)d missed before", missed_before) % {"n": missed_before}
        said = f"{said}; {times}"
    return said, tone


def _room(text: str) -> float:
    """Per cent that a label needs on the narrowest drawing (340 px)."""
    return len(text) * 6.7 / 3.4 + 1.2


def _overlap(label: Label, x: float, half_px: float) -> bool:
    """Whether a day's label would stand under the `now` badge, on the narrowest drawing (340 px)."""
    left = float(label.x.rstrip("%"))
    width, half = len(label.text) * 6.6 / 3.4, half_px / 3.4
    start = left - width if label.anchor == "end" else left
    return start - half < x < start + width + half


def _shift(x: float, half: float) -> float:
    """How far the badge begins left of now: centred, but never over the edge of the picture."""
    if x > 94:
        return 2 * half - 2
    return 2.0 if x < 6 else half


def _tip(x: float, label: str, strip_y: int) -> Tip:
    width = len(label) * 5.9 + 14
    anchor, offset = ("start", 0.0) if x < 30 else ("end", -width) if x > 70 else ("middle", -width / 2)
    text_x = {"start": 7.0, "end": -7.0, "middle": 0.0}[anchor]
    return Tip(
        x=percent(x),
        offset=f"{offset:.1f}",
        width=f"{width:.1f}",
        anchor=anchor,
        text_x=f"{text_x:g}",
        y=str(strip_y - 19),
    )
