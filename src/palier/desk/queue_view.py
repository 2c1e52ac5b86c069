"""The queue's rows as ready HTML: the template only sets them down.

A page is 50 rows; whatever depends on a programme, a zone or a status is made once and looked up, and a line that did
not change is made once a minute for all who look. That keeps the page within its time at any number of tickets
(docs/explanation/look.md, "Fast").
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.pages import due, severities, wording
from palier.pages.catalogue import gettext as _
from palier.pages.due import DeskDay
from palier.pages.moments import MINUTE, Moments, micros
from palier.pages.speech import Speech
from palier.pages.templatetags.palier import icon, shape
from palier.tickets.lists import QueuePage, QueueRow, ViewCount

_LINES_KEPT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The page."""

    title: str
    count: str
    views: SafeString
    """The views as HTML: how many each holds, the one shown marked."""
    rows: SafeString
    """The lines as HTML; empty where there are none."""
    next_url: str
    first_url: str
    caption: str


def view(
    page: QueuePage,
    speech: Speech,
    *,
    chosen: str,
    day: DeskDay,
    here: Moments,
    now: datetime,
    is_first: bool,
) -> QueueView:
    """The page in words. `here` is the desk's zone."""
    # To the minute, as everything the lines say.
    minute = micros(now) // MINUTE * MINUTE
    rows = _rows(_Seen(language=speech.language, locale=speech.locale, zone=here.zone, day=day, now=minute,
                       address=reverse("desk:ticket", args=["0"])[:-1]))  # fmt: skip
    counts = {one.view: _count(one) for one in page.views}
    names = view_names()
    address = reverse("desk:queue")
    return QueueView(
        title=names[chosen],
        count=counts.get(chosen, ""),
        views=_views(names, counts, chosen, address),
        rows=rows.lines(page.rows),
        next_url=f"{address}?view={chosen}&after={page.next.token()}" if page.next is not None else "",
        first_url="" if is_first else f"{address}?view={chosen}",
        caption=_("%(view)s. %(now)s in %(city)s")
        % {"view": names[chosen], "now": here.day_time(now), "city": here.city},
    )


def _views(names: Mapping[str, str], counts: Mapping[str, str], chosen: str, address: str) -> SafeString:
    """The list of views. Missed ones stand out as soon as there is one."""
    lines = []
    for name, words in names.items():
        count = counts.get(name, "")
        bad = ' class="is-bad"' if name == "missed" and count not in ("", "0") else ""
        url = address if name == "all" else f"{address}?view={name}"
        current = ' aria-current="page"' if name == chosen else ""
        lines.append(
            f'<li{bad}><a href="{escape(url)}"{current}><span>{escape(words)}</span><span>{count}</span></a></li>'
        )
    return mark_safe("".join(lines))  # noqa: S308 (all that goes in is escaped, or a number)


def view_names() -> dict[str, str]:
    """The views, in the order of the side bar."""
    return {
        "all": _("All open"),
        "mine": _("Mine"),
        "nobodys": _("Nobody’s"),
        "missed": _("Missed"),
        "due-soon": _("Due within two hours"),
        "waiting": _("Waiting"),
        "held": _("On hold"),
    }


def _count(one: ViewCount) -> str:
    return f"{one.count}+" if one.or_more else str(one.count)


class _Seen(NamedTuple):
    """All that a line's HTML depends on besides its row: whatever else it shows must be added here."""

    language: str
    locale: str
    zone: str
    day: DeskDay
    now: int
    """The minute, in µs."""
    address: str
    """Where tickets' addresses begin."""


@functools.lru_cache(maxsize=8)
def _rows(seen: _Seen) -> _Rows:
    """One maker for all who look in the same minute, language and zone."""
    return _Rows(seen)


def lines(
    rows: Iterable[QueueRow], speech: Speech, *, here: Moments, day: DeskDay, now: datetime
) -> SafeString:
    """Some lines as any list of the desk shows them. `here` is the desk's zone."""
    minute = micros(now) // MINUTE * MINUTE
    seen = _Seen(language=speech.language, locale=speech.locale, zone=here.zone, day=day, now=minute,
                 address=reverse("desk:ticket", args=["0"])[:-1])  # fmt: skip
    return _rows(seen).lines(rows)


class _Rows:
    """Makes the rows as HTML, not by a template: fifty lines would take the template two thirds of the page's time.

    Whatever goes in is escaped; what several lines share is made once, and so is a line that did not change.
    """

    def __init__(self, seen: _Seen) -> None:
        # No programme: a row's words are those of its own revision.
        self.speech = Speech(language=seen.language, locale=seen.locale, zone=seen.zone, programme=None)
        self._column = due.Column(now=seen.now, here=self.speech.moments, day=seen.day)
        self._address = escape(seen.address)
        self._kept: dict[QueueRow, str] = {}
        self._moments: dict[str, Moments] = {}
        self._severities: dict[tuple[UUID, str], str] = {}
        self._plans: dict[tuple[UUID, str], str] = {}
        self._badges: dict[tuple[str, int | None, str], str] = {}
        self._states: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._nobody = format_html('<span class="pl-3rd">{}</span>', _("nobody yet"))
        self._ranked = _("ranked %(n)d by them")

    def lines(self, page: Iterable[QueueRow]) -> SafeString:
        """All lines, as HTML."""
        kept, lines = self._kept, []
        for one in page:
            line = kept.get(one)
            if line is None:
                if len(kept) >= _LINES_KEPT:
                    kept.clear()
                line = kept[one] = self.row(one)
            lines.append(line)
        if lines:
            lines[0] = lines[0].replace('class=""', 'class="is-cursor"', 1)
        return mark_safe("".join(lines))  # noqa: S308 (row escapes all it is given)

    def row(self, one: QueueRow) -> str:
        """One line, as HTML."""
        shown = self._due(one)
        number = escape(one.number)
        url = self._address + number
        return (
            '<tr data-row class="">'
            f'<td><span class="pl-due{shown.css}">{escape(shown.words)}</span>'
            f'<span class="pl-sub">{escape(shown.sub)}</span></td>'
            f'<td class="pl-nowrap pl-2nd">{number}</td>'
            f'<th scope="row" class="pl-cell-subject"><a class="pl-subject" href="{url}">{escape(one.subject)}</a>'
            f'<span class="pl-sub">{escape(self._sub(one))}</span></th>'
            f"<td>{self._severity(one)}</td>"
            f'<td><a href="{url}#verdict" {self._badge(one)}</a></td>'
            f'<td>{self._state(one.status)}</td><td class="pl-nowrap">{self._who(one)}</td></tr>\n'
        )

    def _zone(self, zone: str) -> Moments:
        found = self._moments.get(zone)
        if found is None:
            found = self._moments[zone] = self.speech.moments_in(zone)
        return found

    def _due(self, one: QueueRow) -> due.Due:
        if one.due_at is None:
            hold = contracts.programme(one.revision_id).holds.get(one.hold)
            name = self.speech.text(hold.name) if hold is not None else ""
            return due.stopped(status=one.status, wait=one.wait, hold=name)
        return self._column.of(
            commitment=one.due_commitment,
            due_at=micros(one.due_at),
            breached_at=None if one.breached_at is None else micros(one.breached_at),
            there=self._zone(one.zone),
        )

    def _sub(self, one: QueueRow) -> str:
        where = f"{one.organisation}, {self._zone(one.zone).city}"
        plan = self._plan(one)
        ranked = f" · {self._ranked % {'n': one.rank}}" if one.rank is not None else ""
        return f"{where} · {plan}{ranked}" if plan else f"{where}{ranked}"

    def _plan(self, one: QueueRow) -> str:
        key = (one.revision_id, one.plan)
        found = self._plans.get(key)
        if found is None:
            plan = contracts.programme(one.revision_id).plans.get(one.plan)
            found = self._plans[key] = self.speech.text(plan.name) if plan is not None else ""
        return found

    def _severity(self, one: QueueRow) -> str:
        key = (one.revision_id, one.severity)
        made = self._severities.get(key)
        if made is None:
            programme: Programme = contracts.programme(one.revision_id)
            found = severities.severity(programme, one.severity, self.speech)
            made = self._severities[key] = format_html(
                '<span class="pl-sev pl-sev-{}"><b>{}</b>{}</span>', found.rank, found.id, found.name
            )
        return made

    def _badge(self, one: QueueRow) -> str:
        """The rest of a link to the verdict: its look, its words, its clause."""
        key = (one.outcome, one.level, one.clause)
        made = self._badges.get(key)
        if made is None:
            tone, picture = wording.outcome_tone(one.outcome, one.level)
            made = self._badges[key] = format_html(
                'class="pl-badge pl-badge-{}">{}{} <span class="pl-clause">{}</span>',
                tone, icon(picture), wording.outcome(one.outcome, one.level), one.clause,
            )  # fmt: skip
        return made

    def _state(self, status: str) -> str:
        made = self._states.get(status)
        if made is None:
            made = self._states[status] = format_html(
                '<span class="pl-state">{}{}</span>', shape(status), wording.status(status)
            )
        return made

    def _who(self, one: QueueRow) -> str:
        name = one.assignee_name
        if not name:
            return self._nobody
        made = self._people.get(name)
        if made is None:
            made = self._people[name] = format_html(
                '<span class="pl-state"><span class="pl-who pl-who-sm pl-who-us" aria-hidden="true">{}</span>{}</span>',
                one.initials, name.partition(" ")[0],
            )  # fmt: skip
        return made


def nothing(chosen: str) -> Mapping[str, str]:
    """What an empty view says: what would be here."""
    words = {
        "all": (_("Nothing is open"), _("Whatever a customer writes stands here at once, worst first.")),
        "mine": (_("Nothing is yours"), _("Take one from “Nobody’s”: open it, then Assign.")),
        "nobodys": (_("Everything has somebody"), _("What comes in without a name stands here.")),
        "missed": (_("Nothing was missed"), _("What is late stands here until somebody has acted.")),
        "due-soon": (_("Nothing is due within two hours"), _("It moves here when its time has come.")),
        "waiting": (
            _("Nothing waits"),
            _("What waits for a customer, a manufacturer or a patch stands here."),
        ),
        "held": (_("Nothing is on hold"), _("What waits for payment, adoption or information stands here.")),
    }
    title, text = words[chosen]
    return {"title": title, "text": text}
