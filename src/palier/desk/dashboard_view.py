"""The dashboard in words: figures as links to their tickets, the flow as a drawing and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import ngettext

from palier.core.programme import Programme
from palier.pages import wording
from palier.pages.catalogue import gettext as _
from palier.pages.severities import severity_name
from palier.pages.speech import Speech
from palier.programme import locales
from palier.reports.figures import AGES, HOURS_AHEAD, Attained, Day, Figure, Load
from palier.reports.slices import NOBODY, Kind

_HEIGHT, _GROUND = 120, 96
"""Of the drawing of the flow, in px: all of it, and where the bars stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure: the number in the reader's digits, and where its tickets are listed; no link for nothing."""

    count: str
    url: str
    label: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttainedView:
    """A line of attainment. `share` in words, `width` of its bar in per cent."""

    name: str
    kept: Shown
    missed: Shown
    share: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttainmentView:
    """A table of attainment by one thing."""

    by: str
    title: str
    column: str
    lines: tuple[AttainedView, ...]
    csv_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadView:
    """What one person has."""

    name: str
    open: Shown
    waiting: Shown
    late: Shown
    due: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day of the drawing: two bars and the height of the backlog; x and widths in per cent, y and heights in px."""

    x: str
    x_ended: str
    width: str
    y_opened: str
    h_opened: str
    y_ended: str
    h_ended: str
    x_left: str
    y_left: str
    tip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """A day of the flow in the table."""

    name: str
    opened: Shown
    ended: Shown
    left: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """The flow: a sentence that answers whether the backlog grows, the drawing, and the table."""

    sentence: str
    description: str
    bars: tuple[Bar, ...]
    top: str
    days: tuple[DayView, ...]


def figure(one: Figure, speech: Speech, *, label: str = "", bad: bool = False) -> Shown:
    """A number that leads to its tickets."""
    url = f"{reverse('desk:dashboard-tickets')}?{urlencode(one.slice.query())}" if one.count else ""
    return Shown(
        count=locales.number(one.count, speech.locale), url=url, label=label, bad=bad and one.count > 0
    )


def titles() -> dict[str, tuple[str, str]]:
    """What attainment is told by: the table's title and its first column."""
    return {
        "severity": (_("By severity"), _("Severity")),
        "plan": (_("By plan"), _("Plan")),
        "organisation": (_("By customer"), _("Customer")),
    }


def attainment(
    by: str, lines: Iterable[Attained], speech: Speech, *, names: Mapping[str, str], csv_url: str
) -> AttainmentView:
    """One table."""
    title, column = titles()[by]
    return AttainmentView(
        by=by,
        title=title,
        column=column,
        lines=tuple(_attained(one, speech, name(by, one.key, speech, names)) for one in lines),
        csv_url=csv_url,
    )


def name(by: str, key: str, speech: Speech, names: Mapping[str, str]) -> str:
    """What a line is called."""
    programme: Programme | None = speech.programme
    if by == "organisation":
        return names.get(key, "")
    if programme is None:
        return key
    if by == "severity":
        return severity_name(programme, key, speech)
    plan = programme.plans.get(key)
    return speech.text(plan.name) if plan is not None else (_("no plan") if key == "none" else key)


def _attained(one: Attained, speech: Speech, line: str) -> AttainedView:
    hundredths = Decimal(0) if one.share is None else Decimal(one.kept.count * 100) / one.total
    shown = hundredths.quantize(Decimal("0.1"), ROUND_HALF_UP)
    # Nearly all is not all: what was missed must show.
    if one.missed.count and shown == 100:
        shown = Decimal("99.9")
    return AttainedView(
        name=line,
        kept=figure(one.kept, speech),
        missed=figure(one.missed, speech, bad=True),
        share=locales.percentage(shown.normalize() if shown == shown.to_integral() else shown, speech.locale),
        width=f"{hundredths:.2f}",
    )


def due_next(late: Figure, steps: Sequence[Figure], speech: Speech) -> list[Shown]:
    """What is late, and what comes within each step."""
    labels = [
        ngettext("within %(n)d hour", "within %(n)d hours", hours) % {"n": hours} for hours in HOURS_AHEAD
    ]
    return [
        figure(late, speech, label=_("missed already"), bad=True),
        *(figure(one, speech, label=label) for one, label in zip(steps, labels, strict=True)),
    ]


def ages(steps: Sequence[Figure], speech: Speech) -> list[Shown]:
    """How old the open requests are."""
    labels = [_("under a day")]
    labels += [_("%(a)d to %(b)d days") % {"a": a, "b": b} for a, b in pairwise(AGES)]
    labels.append(_("over %(n)d days") % {"n": AGES[-1]})
    return [figure(one, speech, label=label) for one, label in zip(steps, labels, strict=True)]


def workload(lines: Iterable[Load], speech: Speech, names: Mapping[str, str]) -> list[LoadView]:
    """What each person has."""
    return [
        LoadView(
            name=_("nobody yet") if one.key == NOBODY else names.get(one.key, ""),
            open=figure(one.open, speech),
            waiting=figure(one.waiting, speech),
            late=figure(one.late, speech, bad=True),
            due=figure(one.due, speech),
        )
        for one in lines
    ]


def flow(days: Sequence[Day], speech: Speech) -> FlowView:
    """The flow, drawn and told."""
    came = sum(one.opened.count for one in days)
    went = sum(one.ended.count for one in days)
    before = days[0].left - days[0].opened.count + days[0].ended.count
    grown = days[-1].left - before
    values = {"came": came, "went": went, "left": days[-1].left, "by": abs(grown)}
    if grown > 0:
        sentence = _("%(came)d came, %(went)d went: %(left)d open at the end, %(by)d more than before.")
    elif grown < 0:
        sentence = _("%(came)d came, %(went)d went: %(left)d open at the end, %(by)d fewer than before.")
    else:
        sentence = _("%(came)d came, %(went)d went: %(left)d open at the end, as many as before.")
    most = max(1, *(max(one.opened.count, one.ended.count, one.left) for one in days))
    return FlowView(
        sentence=speech.typeset(sentence % values),
        description="; ".join(_tip(one, speech) for one in days),
        bars=tuple(_bar(one, number, len(days), most, speech) for number, one in enumerate(days)),
        top=locales.number(most, speech.locale),
        days=tuple(
            DayView(
                name=speech.moments.date(one.on),
                opened=figure(one.opened, speech),
                ended=figure(one.ended, speech),
                left=locales.number(one.left, speech.locale),
            )
            for one in days
        ),
    )


def _tip(one: Day, speech: Speech) -> str:
    values = {
        "day": speech.moments.date(one.on), "came": one.opened.count, "went": one.ended.count, "left": one.left
    }  # fmt: skip
    return _("%(day)s: %(came)d came, %(went)d went, %(left)d open") % values


def _bar(one: Day, number: int, count: int, most: int, speech: Speech) -> Bar:
    slot = 100 / count
    width = slot * 0.36

    def height(value: int) -> float:
        return value / most * (_GROUND - 8)

    opened, ended = height(one.opened.count), height(one.ended.count)
    return Bar(
        x=f"{number * slot + slot * 0.12:.2f}%",
        x_ended=f"{number * slot + slot * 0.12 + width:.2f}%",
        width=f"{width:.2f}%",
        y_opened=f"{_GROUND - opened:.1f}",
        h_opened=f"{opened:.1f}",
        y_ended=f"{_GROUND - ended:.1f}",
        h_ended=f"{ended:.1f}",
        x_left=f"{number * slot + slot / 2:.2f}%",
        y_left=f"{_GROUND - height(one.left):.1f}",
        tip=_tip(one, speech),
    )


def slice_words(one: Figure, speech: Speech, names: Mapping[str, str]) -> tuple[str, list[str]]:
    """What a list of tickets is: its title, and what narrows it."""
    slice_, moments = one.slice, speech.moments
    title = {
        Kind.KEPT: _("Promises kept"),
        Kind.MISSED: _("Promises missed"),
        Kind.OPEN: _("Open"),
        Kind.DUE: _("Due"),
        Kind.LATE: _("Missed and still owed"),
        Kind.OPENED: _("Came in"),
        Kind.ENDED: _("Resolved or closed"),
    }[slice_.kind]
    parts = []
    if slice_.commitment:
        parts.append(wording.commitment(slice_.commitment))
    for by in ("severity", "plan", "organisation"):
        key = getattr(slice_, by)
        if key:
            parts.append(name(by, key, speech, names))
    if slice_.assignee:
        parts.append(_("nobody yet") if slice_.assignee == NOBODY else names.get(slice_.assignee, ""))
    if slice_.status:
        parts.append(wording.status(slice_.status))
    if slice_.since is not None:
        parts.append(_("from %(when)s") % {"when": moments.day_time(slice_.since)})
    if slice_.until is not None:
        parts.append(_("until %(when)s") % {"when": moments.day_time(slice_.until)})
    return title, [part for part in parts if part]
