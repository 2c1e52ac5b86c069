"""Who is on call, in words and drawn to scale: two weeks of a roster, its gaps, whom the line holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from palier.core import rotation
from palier.core.rotation import Shift
from palier.pages import moments
from palier.pages.catalogue import gettext as _
from palier.pages.context import initials
from palier.pages.moments import Moments
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.services.models import Swap
from palier.services.queries import Drawn

DAYS = 14
WEEK = 7
BEYOND = 35
NAMED_FROM, SHORT_FROM, ANY_FROM = 30.0, 9.0, 3.0
"""Per cent of a week's width from which a bar holds a name on a telephone, on a wide screen, and initials on any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A shift or gap as drawn: per cent of its week's width, what stands in it, where pressing it leads."""

    x: str
    width: str
    kind: str
    """`gap`, `mine` or `other`."""
    swapped: bool
    name: str
    short: str
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The beginning of a day on the drawing."""

    x: str
    text: str
    today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days to scale; `now` is where now stands, empty outside."""

    days: tuple[Day, ...]
    bars: tuple[Bar, ...]
    now: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A shift in the list; `take_back` where its swap is taken back, empty where the reader may not."""

    when: str
    who: str
    mine: bool
    gap: bool
    swap: str
    take_back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterView:
    """A roster as it stands: who is on call and until when, who comes next, its weeks, shifts and gaps."""

    id: str
    name: str
    who: str
    mine: bool
    until: str
    next: str
    serves: str
    weeks: tuple[Week, ...]
    lines: tuple[Line, ...]
    gaps: tuple[str, ...]


def range_of(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """From the first instant of today there to well after the two weeks drawn, so that a shift that goes on has its end."""
    there = Moments(locale="en", zone=zone)
    return (
        moments.moment(there.midnight(now)),
        moments.moment(there.midnight(now, days=DAYS + BEYOND)),
    )


def view(
    drawn: Drawn,
    *,
    viewer: Viewer,
    names: Mapping[UUID, str],
    speech: Speech,
    now: datetime,
    serves: str,
    may_all: bool,
) -> RosterView:
    """The roster for one reader, in that reader's zone."""
    at = moments.micros(now)
    current = rotation.on_call(drawn.core, at)
    until = rotation.next_change(drawn.shifts, at)
    here = speech.moments
    after = [_name(UUID(one), names) for one in rotation.line(drawn.core, at)[1:]]
    last = here.midnight(at, days=DAYS)
    shown = [one for one in drawn.shifts if at < one.end and one.start < last]
    teller = _Teller(drawn=drawn, viewer=viewer, names=names, here=here, now=at)
    return RosterView(
        id=str(drawn.row.id),
        name=drawn.row.name,
        who="" if current is None or current.person is None else _name(UUID(current.person), names),
        mine=current is not None and current.person == str(viewer.staff_id),
        until=here.near(until, at) if until is not None else "",
        next=", ".join(after),
        serves=serves,
        weeks=tuple(teller.week(number) for number in range(DAYS // WEEK)),
        lines=tuple(teller.line(one, may_all=may_all) for one in shown),
        gaps=tuple(here_span(here, one.start, one.end, at) for one in shown if one.is_gap),
    )  # fmt: skip


def here_span(here: Moments, start: int, end: int, now: int) -> str:
    """`Fri 18:00 – Mon 09:00`, with days where the weekday alone is not clear."""
    return f"{here.near(max(start, now), now)} – {here.near(end, now)}"


def _name(id_: UUID, names: Mapping[UUID, str]) -> str:
    return names.get(id_, _("somebody"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Teller:
    drawn: Drawn
    viewer: Viewer
    names: Mapping[UUID, str]
    here: Moments
    now: int

    def week(self, number: int) -> Week:
        edges = [self.here.midnight(self.now, days=WEEK * number + day) for day in range(WEEK + 1)]
        first, last = edges[0], edges[-1]

        def x(at: int) -> float:
            return 100 * (at - first) / (last - first)

        shown = [one for one in self.drawn.shifts if one.start < last and first < one.end]
        bars = []
        for one in shown:
            begins, ends = max(one.start, first), min(one.end, last)
            bars.append(self._bar(one, x(begins), x(ends) - x(begins)))
        return Week(
            days=tuple(
                Day(x=f"{x(edge):.3f}%", text=self.here.short_day(edge), today=number == 0 and place == 0)
                for place, edge in enumerate(edges[:-1])
            ),
            bars=tuple(bars),
            now=f"{x(self.now):.3f}%" if first <= self.now < last else "",
            label=_("%(roster)s, from %(first)s to %(last)s")
            % {
                "roster": self.drawn.row.name,
                "first": self.here.day(first),
                "last": self.here.day(last - 1),
            },
        )

    def _bar(self, one: Shift, x: float, width: float) -> Bar:
        name = self._who(one)
        mine = one.person is not None and one.person == str(self.viewer.staff_id)
        kind = "gap" if one.is_gap else "mine" if mine else "other"
        label = f"{name}, {here_span(self.here, one.start, one.end, min(one.start, self.now))}"
        return Bar(
            x=f"{x:.3f}%",
            width=f"{width:.3f}%",
            kind=kind,
            swapped=one.swap is not None,
            name=name if width >= SHORT_FROM else "",
            short="" if width >= NAMED_FROM or width < ANY_FROM else "–" if one.is_gap else initials(name),
            label=f"{label}, {_('swap')}" if one.swap is not None else label,
            url=f"?{urlencode(self._prefilled(one))}#swap-{self.drawn.row.id}",
        )

    def _prefilled(self, one: Shift) -> dict[str, str]:
        begins = max(one.start, self.now - self.now % moments.MINUTE)
        return {
            "roster": str(self.drawn.row.id),
            "from": self.here.local(begins).strftime("%Y-%m-%dT%H:%M"),
            "until": self.here.local(one.end).strftime("%Y-%m-%dT%H:%M"),
        }

    def line(self, one: Shift, *, may_all: bool) -> Line:
        swap = self.drawn.swaps.get(one.swap or "")
        return Line(
            when=here_span(self.here, one.start, one.end, self.now),
            who=self._who(one),
            mine=one.person is not None and one.person == str(self.viewer.staff_id),
            gap=one.is_gap,
            swap=self._swap(swap) if swap is not None else "",
            take_back=reverse("desk:on-call-take-back", args=[swap.id])
            if swap is not None and (may_all or self.viewer.staff_id in (swap.staff_id, swap.made_by_id))
            else "",
        )

    def _swap(self, swap: Swap) -> str:
        when = self.here.day_time(swap.made_at)
        if swap.made_by is None:
            return _("swap, made %(when)s") % {"when": when}
        return _("swap, made by %(who)s, %(when)s") % {"who": swap.made_by.name, "when": when}

    def _who(self, one: Shift) -> str:
        return _("Nobody") if one.person is None else _name(UUID(one.person), self.names)
